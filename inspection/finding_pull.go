package inspection

import (
	"context"

	"plumbline/inspection/sync"
)

type findingSyncTx interface {
	// FindingsBeyond loads findings whose number is beyond their inspection's head, in order of
	// inspection and number; those taken back are among them.
	FindingsBeyond(ctx context.Context, heads []sync.Head, limit int) ([]Finding, error)
	// FindingVersions loads the kept versions of the findings, in order of revision.
	FindingVersions(ctx context.Context, inspection ID, findings []ID) ([]Finding, error)
	// IDsTaken returns those of the ids that name something else than a document of the collection in
	// the inspection.
	IDsTaken(ctx context.Context, inspection ID, of Collection, ids []ID) (map[ID]bool, error)
}

// FindingDocument is a finding as tablets replicate it. One that was taken back is deleted.
type FindingDocument struct {
	Finding
	// Gone is nil for a document that is there.
	Gone *Tombstone
}

// PullFindings returns the next findings of the inspections open to the actor, by the rules of
// PullAnswers.
func (s *Service) PullFindings(ctx context.Context, actor Actor, checkpoint string, limit int) (Bulk[FindingDocument], error) {
	return pull(ctx, s, actor, findingsPulled(), checkpoint, limit)
}

func findingsPulled() pulled[FindingDocument] {
	return pulled[FindingDocument]{
		name: CollectionFinding,
		load: func(ctx context.Context, tx Tx, heads []sync.Head, limit int) ([]FindingDocument, error) {
			findings, err := tx.FindingsBeyond(ctx, heads, limit)
			documents := make([]FindingDocument, len(findings))
			for n, f := range findings {
				documents[n].Finding = f
			}
			return documents, err
		},
		place: func(d FindingDocument) (ID, int64) { return d.InspectionID, d.Seq },
		gone: func(d Departed) FindingDocument {
			return FindingDocument{Gone: &Tombstone{d.ID.String(), d.InspectionID.String()}}
		},
	}
}
