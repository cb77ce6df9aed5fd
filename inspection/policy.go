package inspection

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"plumbline/inspection/scoring"
)

// StoredPolicy is a version of a scoring policy that an installation has.
type StoredPolicy struct {
	scoring.Document
	// LoadedAt is nil for a released policy that scores without having been loaded.
	LoadedAt *time.Time
}

type policyTx interface {
	// Policies loads every stored version of every policy, by id and version.
	Policies(ctx context.Context) ([]StoredPolicy, error)
	// SavePolicy stores a version that is not there yet.
	SavePolicy(ctx context.Context, p StoredPolicy) error
	// LaterRatings loads the answers rated otherwise than when the fieldwork was first done, in
	// checklist order.
	LaterRatings(ctx context.Context, inspection ID) ([]LaterRating, error)
}

// policyID is the id under which the audit log names a version of a policy.
func policyID(name string) ID { return uuid.NewSHA1(idSpace, []byte("policy/"+name)) }

// allPolicies are the stored policies and the released ones that are not stored, by id and version.
// Where an installation has a version of its own under a name that was released later, its own stays: it
// has scored.
func allPolicies(ctx context.Context, tx Tx) ([]StoredPolicy, error) {
	all, err := tx.Policies(ctx)
	if err != nil {
		return nil, err
	}
	for _, released := range scoring.Released() {
		if !slices.ContainsFunc(all, func(p StoredPolicy) bool { return p.Name() == released.Name() }) {
			all = append(all, StoredPolicy{Document: released})
		}
	}
	slices.SortFunc(all, func(a, b StoredPolicy) int { return a.Compare(b.Document) })
	return all, nil
}

// newestPolicies are the versions that score now.
func newestPolicies(ctx context.Context, tx Tx) ([]scoring.Policy, error) {
	all, err := allPolicies(ctx, tx)
	if err != nil {
		return nil, err
	}
	policies := make([]scoring.Policy, len(all))
	for n, p := range all {
		policies[n] = p.Policy
	}
	return scoring.Newest(policies), nil
}

// Policies lists every version of every scoring policy, by id and version.
func (s *Service) Policies(ctx context.Context, actor Actor) ([]StoredPolicy, error) {
	if err := Allow(actor, ReadStandards, Subject{}); err != nil {
		return nil, err
	}
	var all []StoredPolicy
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		all, err = allPolicies(ctx, tx)
		return err
	})
	return all, err
}

// LoadPolicy stores a version of a policy once, and reports whether it was new. A version that exists
// with other content is refused, and so is one that leaves a version out.
func (s *Service) LoadPolicy(ctx context.Context, actor Actor, d scoring.Document) (bool, error) {
	if err := Allow(actor, ManagePolicies, Subject{}); err != nil {
		return false, err
	}
	added := false
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		all, err := allPolicies(ctx, tx)
		if err != nil {
			return err
		}
		if added, err = isNew(all, d); err != nil || !added {
			return err
		}
		now := s.now()
		if err := tx.SavePolicy(ctx, StoredPolicy{Document: d, LoadedAt: &now}); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: now, Actor: actor, Action: ManagePolicies, Outcome: Done,
			TargetType: "Policy", TargetID: policyID(d.Name()), Detail: map[string]any{"policy": d.Name(), "hash": d.Hash}})
	})
	return added, err
}

// isNew decides whether a document is to be stored.
func isNew(all []StoredPolicy, d scoring.Document) (bool, error) {
	identity, newest := d.Policy.Identity(), 0
	for _, known := range all {
		if known.Name() == d.Name() {
			if known.Hash != d.Hash {
				return false, Refuse(Conflict, "version", "policy %s exists with other content (%s); a version never changes, give the new one the next version", d.Name(), known.Hash)
			}
			return known.LoadedAt == nil, nil
		}
		if other := known.Policy.Identity(); other.ID == identity.ID {
			newest = max(newest, other.Version)
		}
	}
	if identity.Version != newest+1 {
		return false, Refuse(Invalid, "version", "the next version of policy %s is %d, not %d", identity.ID, newest+1, identity.Version)
	}
	return true, nil
}
