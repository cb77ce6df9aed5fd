package inspection

import (
	"context"
	"time"

	"plumbline/inspection/sync"
)

type streamTx interface {
	// ScopeVersion is a text that changes whenever the actor joins a team or leaves one, also if they
	// are back before anybody looks.
	ScopeVersion(ctx context.Context) (string, error)
}

// StreamAnswers gives out answers as they are committed by whoever, through whichever server process;
// see PullAnswers for what a page is. The first event has Resync set, and so has each after which the
// reader must pull. The channel is closed when ctx ends, or after trouble was told that it is over.
func (s *Service) StreamAnswers(ctx context.Context, actor Actor, trouble Trouble) (<-chan Bulk[AnswerDocument], error) {
	return streamPushed(ctx, s, actor, answersPulled(), AnswersChanged, trouble)
}

// StreamEvidence gives out declarations of originals as they change; see PullEvidence and StreamAnswers.
func (s *Service) StreamEvidence(ctx context.Context, actor Actor, trouble Trouble) (<-chan Bulk[OriginalDocument], error) {
	return streamPushed(ctx, s, actor, evidencePulled(), EvidenceChanged, trouble)
}

// StreamFindings gives out findings as they change; see PullFindings and StreamAnswers.
func (s *Service) StreamFindings(ctx context.Context, actor Actor, trouble Trouble) (<-chan Bulk[FindingDocument], error) {
	return streamPushed(ctx, s, actor, findingsPulled(), FindingsChanged, trouble)
}

// StreamObservations gives out observations as they change; see PullObservations and StreamAnswers.
func (s *Service) StreamObservations(ctx context.Context, actor Actor, trouble Trouble) (<-chan Bulk[ObservationDocument], error) {
	return streamPushed(ctx, s, actor, observationsPulled(), ObservationsChanged, trouble)
}

// streamPushed streams a collection of the inspections open to the actor.
func streamPushed[T any](ctx context.Context, s *Service, actor Actor, of pulled[T], kind TopicKind, trouble Trouble) (<-chan Bulk[T], error) {
	return stream(ctx, s.settings.Feed, actor.ID, streamed[T]{
		stand: func(ctx context.Context) (footing, error) { return of.stand(ctx, s, actor, kind) },
		pull: func(ctx context.Context, checkpoint string, limit int) (Bulk[T], error) {
			// What others did wakes a stream: it says nothing of the device, whose own pulls do.
			page, _, err := nextPage(ctx, s, actor, of, checkpoint, limit)
			return page, err
		},
	}, trouble)
}

// stand is the place after everything that was committed by now.
func (of pulled[T]) stand(ctx context.Context, s *Service, actor Actor, kind TopicKind) (footing, error) {
	if err := checkPull(actor, streamPage); err != nil {
		return footing{}, err
	}
	var now footing
	err := s.store.View(ctx, actor, func(tx Tx) error {
		epoch, open, _, err := tx.OpenInspections(ctx, ID{}, time.Time{})
		if err != nil {
			return err
		}
		version, err := tx.ScopeVersion(ctx)
		if err != nil {
			return err
		}
		at := sync.Checkpoint{Epoch: epoch}
		if err := at.Enter(open); err != nil {
			return err
		}
		at.CaughtUp(open)
		ids := make([]ID, len(open))
		for n, o := range open {
			ids[n] = o.Inspection
		}
		now = footing{scope: epoch + at.Scope + version, topics: TopicsOf(ids, kind),
			checkpoint: at.Text(sync.For{Collection: string(of.name), Reader: actor.ID})}
		return nil
	})
	return now, err
}
