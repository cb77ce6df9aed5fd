package inspection

import (
	"context"

	"plumbline/inspection/sync"
)

type observationSyncTx interface {
	// ObservationsBeyond loads observations whose number is beyond their inspection's head, in order of
	// inspection and number; those taken back are among them.
	ObservationsBeyond(ctx context.Context, heads []sync.Head, limit int) ([]Observation, error)
	ObservationsByID(ctx context.Context, inspection ID, ids []ID) (map[ID]Observation, error)
	// ObservationVersions loads the kept versions of the observations, in order of revision.
	ObservationVersions(ctx context.Context, inspection ID, observations []ID) ([]Observation, error)
}

// ObservationDocument is an observation as tablets replicate it. One that was taken back is deleted.
type ObservationDocument struct {
	Observation
	// Gone is nil for a document that is there.
	Gone *Tombstone
}

// PullObservations returns the next observations of the inspections open to the actor, by the rules of
// PullAnswers.
func (s *Service) PullObservations(ctx context.Context, actor Actor, checkpoint string, limit int) (Bulk[ObservationDocument], error) {
	return pull(ctx, s, actor, observationsPulled(), checkpoint, limit)
}

func observationsPulled() pulled[ObservationDocument] {
	return pulled[ObservationDocument]{
		name: CollectionObservation,
		load: func(ctx context.Context, tx Tx, heads []sync.Head, limit int) ([]ObservationDocument, error) {
			observations, err := tx.ObservationsBeyond(ctx, heads, limit)
			documents := make([]ObservationDocument, len(observations))
			for n, o := range observations {
				documents[n].Observation = o
			}
			return documents, err
		},
		place: func(d ObservationDocument) (ID, int64) { return d.InspectionID, d.Seq },
		gone: func(d Departed) ObservationDocument {
			return ObservationDocument{Gone: &Tombstone{d.ID.String(), d.InspectionID.String()}}
		},
	}
}
