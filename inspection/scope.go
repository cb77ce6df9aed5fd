package inspection

import (
	"context"
	"fmt"
	"slices"
)

// EditionScope binds standards of a mixed visit to an edition other than the plan's own: some sites
// are held to one standards set for most things and to another for some.
type EditionScope struct {
	EditionID ID
	// StandardIDs are the standards of that edition in scope; at least one.
	StandardIDs []ID
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
// same number or code out of "every standard" of the plan's own edition, so that nothing is checked
// twice by accident. It is checked under both where both lists name it.
func (es editions) bind(in PlanInput) ([]ScopedStandard, error) {
	bare := in.Origin == Reconstructed
	own, err := scopeOf(es.own, in.StandardIDs, bare)
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
			others = append(others, s)
		}
		offset += len(e.Standards())
	}
	if len(in.StandardIDs) == 0 {
		own = slices.DeleteFunc(own, func(s ScopedStandard) bool { return moved[s.StandardID] })
	}
	return append(own, others...), nil
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
