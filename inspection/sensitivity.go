package inspection

import (
	"context"
	"slices"
	"time"

	"plumbline/inspection/scoring"
)

// LaterRating is an answer that is rated otherwise than when the fieldwork was done for the first time.
type LaterRating struct {
	AnswerID      ID
	RequirementID ID
	Before        Rating
	Now           Rating
	// DoneAt is when the fieldwork was first done, ChangedAt when the newest version was recorded.
	DoneAt    time.Time
	ChangedAt time.Time
	AuthorID  ID
}

// Sensitivity says, by each policy, the fewest answers whose change would move its result, by the
// policies' versions that scored the inspection. Only from the end of the fieldwork on: before, it would
// tell which answers to give.
func (s *Service) Sensitivity(ctx context.Context, actor Actor, i *Inspection) ([]scoring.Change, error) {
	var changes []scoring.Change
	err := s.lookAtSensitivity(ctx, actor, i, func(tx Tx) error {
		policies, err := policiesOf(ctx, tx, i)
		if err != nil {
			return err
		}
		in, err := s.loadInput(ctx, tx, i)
		if err != nil {
			return err
		}
		for _, policy := range policies {
			own, err := policy.Changes(in)
			if err != nil {
				return err
			}
			changes = append(changes, own...)
		}
		return nil
	})
	return changes, err
}

// LaterRatings lists the answers whose rating is another than when the fieldwork was first done: what
// somebody changed who may have known what would change the result.
func (s *Service) LaterRatings(ctx context.Context, actor Actor, i *Inspection) ([]LaterRating, error) {
	var later []LaterRating
	err := s.lookAtSensitivity(ctx, actor, i, func(tx Tx) (err error) {
		later, err = tx.LaterRatings(ctx, i.ID)
		return err
	})
	return later, err
}

func (s *Service) lookAtSensitivity(ctx context.Context, actor Actor, i *Inspection, f func(Tx) error) error {
	return s.lookAt(ctx, actor, i, ReadSensitivity, func(tx Tx) error {
		if !slices.Contains([]State{FieldworkDone, InReview, Issued, Closed}, i.State) {
			return Refuse(Locked, "", "the inspection is %s; what would change a result is shown once the fieldwork is done", i.State)
		}
		return f(tx)
	})
}

// policiesOf are the versions that scored an issued inspection, else the newest.
func policiesOf(ctx context.Context, tx Tx, i *Inspection) ([]scoring.Policy, error) {
	if !issued(i) {
		return newestPolicies(ctx, tx)
	}
	all, err := allPolicies(ctx, tx)
	if err != nil {
		return nil, err
	}
	stored, err := tx.Scores(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	var policies []scoring.Policy
	for _, p := range all {
		identity := p.Policy.Identity()
		if slices.ContainsFunc(stored, func(s StoredScore) bool { return s.Policy == identity.ID && s.Version == identity.Version }) {
			policies = append(policies, p.Policy)
		}
	}
	return policies, nil
}
