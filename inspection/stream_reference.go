package inspection

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"plumbline/inspection/sync"
)

// StreamInspections gives out the headers of the actor's inspections as they change; see PullInspections
// and StreamAnswers. A change comes when every transaction older than its own has ended.
func (s *Service) StreamInspections(ctx context.Context, actor Actor, trouble Trouble) (<-chan Bulk[InspectionDocument], error) {
	return streamReference(ctx, s, actor, CollectionInspection, s.PullInspections, trouble)
}

// StreamChecklistItems gives out checklist items as inspections start; see PullChecklistItems.
func (s *Service) StreamChecklistItems(ctx context.Context, actor Actor, trouble Trouble) (<-chan Bulk[ChecklistItemDocument], error) {
	return streamReference(ctx, s, actor, CollectionChecklistItem, s.PullChecklistItems, trouble)
}

// StreamAssignments gives out assignments as they change; see PullAssignments.
func (s *Service) StreamAssignments(ctx context.Context, actor Actor, trouble Trouble) (<-chan Bulk[AssignmentDocument], error) {
	return streamReference(ctx, s, actor, CollectionAssignment, s.PullAssignments, trouble)
}

// StreamPriorFindings gives out what becomes of earlier findings; see PullPriorFindings.
func (s *Service) StreamPriorFindings(ctx context.Context, actor Actor, trouble Trouble) (<-chan Bulk[PriorFindingDocument], error) {
	return streamReference(ctx, s, actor, CollectionPriorFinding, s.PullPriorFindings, trouble)
}

// streamReference streams a collection that tablets only read.
func streamReference[T any](ctx context.Context, s *Service, actor Actor, of Collection,
	pull func(context.Context, Actor, string, int) (Bulk[T], error), trouble Trouble) (<-chan Bulk[T], error) {
	return stream(ctx, s.settings.Feed, actor.ID, streamed[T]{
		stand: func(ctx context.Context) (footing, error) { return s.standReference(ctx, actor, of) },
		pull: func(ctx context.Context, checkpoint string, limit int) (Bulk[T], error) {
			return pull(ctx, actor, checkpoint, limit)
		},
	}, trouble)
}

// standReference is the place after everything that can be read by now: whoever pulls later reads at
// least as far.
func (s *Service) standReference(ctx context.Context, actor Actor, of Collection) (footing, error) {
	if err := checkPull(actor, streamPage); err != nil {
		return footing{}, err
	}
	var now footing
	err := s.store.View(ctx, actor, func(tx Tx) error {
		horizon, err := tx.Horizon(ctx)
		if err != nil {
			return err
		}
		scope, err := tx.ReferenceScope(ctx)
		if err != nil {
			return err
		}
		version, err := tx.ScopeVersion(ctx)
		if err != nil {
			return err
		}
		at := sync.Cursor{Epoch: horizon.Epoch}
		var states []string
		for _, i := range scope {
			at.Places = append(at.Places, sync.Place{Inspection: i.ID, ChangedIn: horizon.Oldest - 1, After: uuid.Max, Since: horizon.Oldest})
			states = append(states, string(i.State))
			now.topics = append(now.topics, Topic{HeaderChanged, i.ID})
			if of == CollectionPriorFinding {
				now.topics = append(now.topics, Topic{PriorsChanged, i.FacilityID})
			}
		}
		now.scope = fmt.Sprint(horizon.Epoch, version, states)
		now.checkpoint = at.Text(sync.For{Collection: string(of), Reader: actor.ID})
		return nil
	})
	return now, err
}
