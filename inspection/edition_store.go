package inspection

import (
	"context"
	"fmt"
)

// versionTx is what versions of a standards set need of the store.
type versionTx interface {
	// LockSet makes every other change of the standards set wait until the transaction ends, and
	// returns the id of the set's newest edition; a NotFound problem if it has none.
	LockSet(ctx context.Context, set string) (newest ID, err error)
	// NewestEdition is LockSet without the lock.
	NewestEdition(ctx context.Context, set string) (ID, error)
	// OpenFindings loads the standing deficiencies, issued or adopted late, under an edition whose
	// corrective action is not settled, the oldest action first.
	OpenFindings(ctx context.Context, edition ID) ([]OpenFinding, error)
}

// OpenFinding is a finding whose corrective action is not settled, in one line.
type OpenFinding struct {
	FindingID     ID
	InspectionID  ID
	Facility      string
	Code          string
	RequirementID *ID
	State         ActionState
	// Origin is that of the inspection, since only LIVE ones count.
	Origin Origin
}

// NewestEdition returns the newest version of a standards set.
func (s *Service) NewestEdition(ctx context.Context, actor Actor, set string) (*Edition, error) {
	if err := Allow(actor, ReadStandards, Subject{}); err != nil {
		return nil, err
	}
	var newest *Edition
	err := s.store.View(ctx, actor, func(tx Tx) error {
		id, err := tx.NewestEdition(ctx, set)
		if err != nil {
			return err
		}
		newest, err = tx.Edition(ctx, id)
		return err
	})
	return newest, err
}

// LoadEditions stores the editions that ship with the program, in their order. One whose key the
// installation has given to other content is left out and returned as kept: an administrator confirmed
// requirements before the program shipped a version of its own, and theirs stands.
func (s *Service) LoadEditions(ctx context.Context, actor Actor, editions []*Edition) (added, kept []*Edition, err error) {
	for _, e := range editions {
		isNew, err := s.LoadEdition(ctx, actor, e)
		switch {
		case e.Version > 1 && Refused(err, Conflict):
			kept = append(kept, e)
		case err != nil:
			return added, kept, fmt.Errorf("edition %s: %w", e.Key, err)
		case isNew:
			added = append(added, e)
		}
	}
	return added, kept, nil
}

// newestVersion locks a set and returns its newest edition, nil if it has none.
func newestVersion(ctx context.Context, tx Tx, set string) (*Edition, error) {
	id, err := tx.LockSet(ctx, set)
	if Refused(err, NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return tx.Edition(ctx, id)
}

// follows refuses an edition that is not the next of its set. before is the newest; nil for none.
func follows(e, before *Edition) error {
	switch {
	case before == nil && e.Version != 1:
		return Refuse(Conflict, "", "%s is version %d of %s, and the version before it, %s, is not stored: import that one first",
			e.Key, e.Version, e.Set, e.Supersedes)
	case before != nil && e.Version != before.Version+1:
		return Refuse(Conflict, "", "%s is version %d of %s, whose newest stored version is %d: the next one is %s",
			e.Key, e.Version, e.Set, before.Version, EditionKey(e.Set, before.Version+1))
	}
	return nil
}

// Impact is what a revision means for findings that are still open under the edition it supersedes.
type Impact struct {
	// Dropped rest on a requirement that the revision drops, Changed on one it changes, Untouched on
	// one it leaves as it is or, where their requirement is unknown, on their standard alone.
	Dropped, Changed []OpenFinding
	Untouched        int
}

// RevisionImpact sorts the open findings under the edition that a revision supersedes by what becomes of
// the requirement they rest on. Such a finding stays bound to its own edition, whatever it says there.
func (s *Service) RevisionImpact(ctx context.Context, actor Actor, d EditionDiff) (Impact, error) {
	var impact Impact
	if err := Allow(actor, ManageEditions, Subject{}); err != nil {
		return impact, err
	}
	err := s.store.View(ctx, actor, func(tx Tx) error {
		open, err := tx.OpenFindings(ctx, d.From.ID)
		if err != nil {
			return err
		}
		touched := d.Touched()
		for _, f := range open {
			dropped, known := false, false
			if f.RequirementID != nil {
				dropped, known = touched[*f.RequirementID]
			}
			switch {
			case dropped:
				impact.Dropped = append(impact.Dropped, f)
			case known:
				impact.Changed = append(impact.Changed, f)
			default:
				impact.Untouched++
			}
		}
		return nil
	})
	return impact, err
}
