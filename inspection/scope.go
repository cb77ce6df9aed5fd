package inspection

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// EditionScope binds standards of a mixed visit to an edition other than the plan's own: some sites
// are held to one standards set for most things and to another for some.
type EditionScope struct {
	EditionID ID
	// StandardIDs are the standards of that edition in scope; at least one.
	StandardIDs []ID
}

// ScopeReason says why a standard is in an inspection's scope.
type ScopeReason string

const (
	// WholeEdition: the plan took every standard.
	WholeEdition ScopeReason = "WHOLE_EDITION"
	// Named: the plan names it.
	Named ScopeReason = "NAMED"
	// InCoreSet: it is in the plan's core set.
	InCoreSet ScopeReason = "CORE_SET"
	// FoundDeficient: it was found deficient at the facility's last issued inspection.
	FoundDeficient ScopeReason = "FOUND_DEFICIENT"
	// ActionUnsettled: a corrective action on it is neither verified nor waived nor withdrawn.
	ActionUnsettled ScopeReason = "ACTION_OPEN"
)

// intake are standards of the plan's own edition that a core set or a follow-up takes into the scope
// beside those that the plan names, with the reasons.
type intake map[ID][]ScopeReason

// intakeOf is what the kind of visit takes in by itself; nil if that is what the plan names, or all. A
// reconstruction's scope is what its report says was reviewed, so that only a core set picks there.
func intakeOf(ctx context.Context, tx Tx, in PlanInput, own *Edition, now time.Time) (intake, error) {
	switch {
	case in.CoreSetID != nil:
		return coreScope(ctx, tx, in, own)
	case in.Scope == ScopeFollowUp && in.Origin != Reconstructed:
		return followUpScope(ctx, tx, in, own, now)
	}
	return nil, nil
}

// scopeOf binds the wanted standards, or all, in the edition's order. Standards without requirements
// cannot be checked and are bound only if bare: a reconstruction follows a report whose lines nobody
// may have seen.
func scopeOf(e *Edition, wanted []ID, bare bool) ([]ScopedStandard, error) {
	var scope []ScopedStandard
	for position, st := range e.Standards() {
		if len(st.Requirements) == 0 && !bare || len(wanted) > 0 && !slices.Contains(wanted, st.ID) {
			continue
		}
		scope = append(scope, ScopedStandard{StandardID: st.ID, EditionID: e.ID, Position: position})
	}
	for n, id := range wanted {
		path := fmt.Sprintf("input.standardIds.%d", n)
		if slices.Contains(wanted[:n], id) {
			return nil, Refuse(Invalid, path, "the standard stands twice in the scope; name it once")
		}
		if !slices.ContainsFunc(scope, func(s ScopedStandard) bool { return s.StandardID == id }) {
			if bare {
				return nil, Refuse(Invalid, path, "edition %s has no such standard", e.Key)
			}
			return nil, Refuse(Invalid, path, "edition %s has no such standard with requirements", e.Key)
		}
	}
	return scope, nil
}

// editions are what a plan binds: its own edition, then those of a mixed visit.
type editions struct {
	own  *Edition
	also []*Edition
}

func editionsFor(ctx context.Context, tx Tx, in PlanInput) (editions, error) {
	var es editions
	var err error
	if es.own, err = tx.Edition(ctx, in.EditionID); err != nil {
		return es, at(err, "input.editionId")
	}
	for n, other := range in.Also {
		e, err := tx.Edition(ctx, other.EditionID)
		if err != nil {
			return es, at(err, fmt.Sprintf("input.also.%d.editionId", n))
		}
		es.also = append(es.also, e)
	}
	return es, nil
}

// names lists the mixed visit's other editions by key and hash.
func (es editions) names() []string {
	var names []string
	for _, e := range es.also {
		names = append(names, e.Key+" "+e.Hash)
	}
	return names
}

// bind binds an edition per standard. Naming a standard of another edition takes the standard of the
// same number or code out of what the plan's own edition brings in unnamed, so that nothing is checked
// twice by accident. It is checked under both where both lists name it.
func (es editions) bind(in PlanInput, taken intake) ([]ScopedStandard, error) {
	bare := in.Origin == Reconstructed
	own, err := es.bindOwn(in, taken, bare)
	if err != nil {
		return nil, err
	}
	var others []ScopedStandard
	moved := map[ID]bool{}
	offset := len(es.own.Standards())
	for n, e := range es.also {
		bound, err := scopeOf(e, in.Also[n].StandardIDs, bare)
		if err != nil {
			return nil, under(err, "also", n)
		}
		for _, s := range bound {
			for _, twin := range es.own.twins(e.standard(s.StandardID)) {
				moved[twin.ID] = true
			}
			s.Position += offset
			s.Reasons = []ScopeReason{Named}
			others = append(others, s)
		}
		offset += len(e.Standards())
	}
	own = slices.DeleteFunc(own, func(s ScopedStandard) bool {
		return moved[s.StandardID] && !slices.Contains(in.StandardIDs, s.StandardID)
	})
	return append(own, others...), nil
}

// bindOwn binds the standards of the plan's own edition: those it names and those taken in, or all if
// there are neither.
func (es editions) bindOwn(in PlanInput, taken intake, bare bool) ([]ScopedStandard, error) {
	all, err := scopeOf(es.own, nil, bare)
	if err != nil {
		return nil, err
	}
	if _, err := scopeOf(es.own, in.StandardIDs, bare); err != nil {
		return nil, err
	}
	var own []ScopedStandard
	for _, s := range all {
		s.Reasons = append(s.Reasons, taken[s.StandardID]...)
		if slices.Contains(in.StandardIDs, s.StandardID) {
			s.Reasons = append(s.Reasons, Named)
		}
		if len(in.StandardIDs) == 0 && taken == nil {
			s.Reasons = []ScopeReason{WholeEdition}
		}
		if len(s.Reasons) > 0 {
			own = append(own, s)
		}
	}
	return own, nil
}

// under moves a refusal of a standard in the plan's own list to the same place of another edition's.
func under(err error, list string, n int) error {
	ps := ProblemsOf(err)
	if ps == nil {
		return err
	}
	moved := make(Problems, len(ps))
	for k, p := range ps {
		p.Path = append([]string{"input", list, fmt.Sprint(n)}, p.Path[1:]...)
		moved[k] = p
	}
	return moved
}

// checkAlso checks the form of a mixed visit's other editions.
func (in PlanInput) checkAlso() Problems {
	var ps Problems
	seen := map[ID]bool{in.EditionID: true}
	for n, other := range in.Also {
		path := fmt.Sprintf("input.also.%d", n)
		if seen[other.EditionID] {
			ps = append(ps, newProblem(Invalid, path+".editionId", "the plan binds this edition already; put all of an edition's standards into one list"))
		}
		seen[other.EditionID] = true
		if len(other.StandardIDs) == 0 {
			ps = append(ps, newProblem(Invalid, path+".standardIds", "name the standards that are checked by this edition"))
		}
	}
	return ps
}

// checkScope checks that the kind of visit says what it looks at. A special review looks at something
// special; before people are held, as in a full inspection, nothing named means everything.
func (in PlanInput) checkScope() Problems {
	switch {
	case in.CoreSetID != nil && in.Scope != ScopeCoreSet:
		return Problems{newProblem(Invalid, "input.coreSetId", "only an inspection of scope CORE_SET has a core set")}
	case in.Origin == Reconstructed:
		return nil
	case in.Scope == ScopeCoreSet && in.CoreSetID == nil:
		return Problems{newProblem(Invalid, "input.coreSetId", "name the core set that the inspection looks at; standards that you name are added to it")}
	case in.Scope == ScopeSpecialReview && len(in.StandardIDs) == 0 && len(in.Also) == 0:
		return Problems{newProblem(Invalid, "input.standardIds", "name the standards that the special review looks at")}
	}
	return nil
}

// standard returns the edition's standard with the id, nil if it has none.
func (e *Edition) standard(id ID) *Standard {
	for _, st := range e.Standards() {
		if st.ID == id {
			return st
		}
	}
	return nil
}

// twins are the edition's standards on the same subject as a standard of another edition: of the
// same number, or of the same code.
func (e *Edition) twins(of *Standard) []*Standard {
	var same []*Standard
	for _, st := range e.Standards() {
		if st.Number == of.Number || of.Code != "" && st.Code == of.Code {
			same = append(same, st)
		}
	}
	return same
}
