package inspection

import (
	"context"

	"plumbline/inspection/sync"
)

type evidenceSyncTx interface {
	// EvidenceBeyond loads fieldwork's originals whose number is beyond their inspection's head, in order
	// of inspection and number.
	EvidenceBeyond(ctx context.Context, heads []sync.Head, limit int) ([]ShownEvidence, error)
	// EvidenceShown loads fieldwork's originals by their ids.
	EvidenceShown(ctx context.Context, inspection ID, ids []ID) (map[ID]ShownEvidence, error)
}

// ShownEvidence is a declared original with the requirement whose item it shows, nil if none.
type ShownEvidence struct {
	Evidence
	RequirementID *ID
}

// OriginalDocument is a declared original as tablets replicate it. What they state of it never changes;
// how far it has come does.
type OriginalDocument struct {
	ShownEvidence
	// Gone is nil for a document that is there.
	Gone *Tombstone
}

// PullEvidence returns the next declared originals of the inspections open to the actor, by the rules of
// PullAnswers: those that were declared, and those whose bytes have arrived or were looked at since.
func (s *Service) PullEvidence(ctx context.Context, actor Actor, checkpoint string, limit int) (Bulk[OriginalDocument], error) {
	return pull(ctx, s, actor, evidencePulled(), checkpoint, limit)
}

func evidencePulled() pulled[OriginalDocument] {
	return pulled[OriginalDocument]{
		name: CollectionEvidence,
		load: func(ctx context.Context, tx Tx, heads []sync.Head, limit int) ([]OriginalDocument, error) {
			shown, err := tx.EvidenceBeyond(ctx, heads, limit)
			documents := make([]OriginalDocument, len(shown))
			for n, e := range shown {
				documents[n].ShownEvidence = e
			}
			return documents, err
		},
		place: func(d OriginalDocument) (ID, int64) { return d.InspectionID, d.Seq },
		gone: func(d Departed) OriginalDocument {
			return OriginalDocument{Gone: &Tombstone{d.ID.String(), d.InspectionID.String()}}
		},
	}
}
