package inspection

import (
	"context"

	"plumbline/inspection/sync"
)

type answerPullTx interface {
	// AnswersBeyond loads answers whose number is beyond their inspection's head, in order of inspection
	// and number.
	AnswersBeyond(ctx context.Context, heads []sync.Head, limit int) ([]Answer, error)
}

// Tombstone stands for a document that is not there, or no longer the reader's to see. Its ids are text:
// those of a refused row are given back as they came, whatever they were.
type Tombstone struct{ ID, InspectionID string }

// AnswerDocument is an answer as tablets replicate it.
type AnswerDocument struct {
	Answer
	// Gone is nil for a document that is there.
	Gone *Tombstone
}

func answersPulled() pulled[AnswerDocument] {
	return pulled[AnswerDocument]{
		name: CollectionAnswer,
		load: func(ctx context.Context, tx Tx, heads []sync.Head, limit int) ([]AnswerDocument, error) {
			answers, err := tx.AnswersBeyond(ctx, heads, limit)
			documents := make([]AnswerDocument, len(answers))
			for n, a := range answers {
				documents[n].Answer = a
			}
			return documents, err
		},
		place: func(d AnswerDocument) (ID, int64) { return d.InspectionID, d.Seq },
		gone: func(d Departed) AnswerDocument {
			return AnswerDocument{Gone: &Tombstone{d.ID.String(), d.InspectionID.String()}}
		},
	}
}

// PullAnswers returns the next answers of the inspections open to the actor, at most limit (1 to 1,000),
// each at its newest version. Every item of a started inspection has its answer, NOT_REVIEWED at first.
// An empty checkpoint is the beginning; one that was not given out for this reader is refused with
// Invalid, one of another history of the database with EpochChanged.
func (s *Service) PullAnswers(ctx context.Context, actor Actor, checkpoint string, limit int) (Bulk[AnswerDocument], error) {
	return pull(ctx, s, actor, answersPulled(), checkpoint, limit)
}
