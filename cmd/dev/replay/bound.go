package replay

import (
	"context"

	"github.com/google/uuid"
)

// bound is what a report's inspection is bound to: the edition that its deficiencies rest on and, of
// a mixed visit, the editions that the report names.
type bound struct {
	edition
	beside []edition
}

// boundTo finds the editions of a report.
func (p *player) boundTo(ctx context.Context, r Report) (bound, error) {
	sets := setsOf(r.StandardSet)
	var b bound
	for n, set := range sets {
		e, err := p.edition(ctx, set.edition)
		if err != nil {
			return b, err
		}
		if n == len(sets)-1 {
			b.edition = e
		} else {
			b.beside = append(b.beside, e)
		}
	}
	return b, nil
}

// scope is the plan's choice of standards. Every standard of a report's one edition is in scope. Of a
// mixed visit those of the editions it names are, and beside them the deficient ones whose edition is
// not published.
func (b bound) scope(r Report) map[string]any {
	if len(b.beside) == 0 {
		return map[string]any{"editionId": b.id}
	}
	deficient := []uuid.UUID{}
	for _, count := range r.Counts {
		if st := b.standard(count.Standard); st != nil && count.Deficiencies > 0 {
			deficient = append(deficient, st.ID)
		}
	}
	also := make([]map[string]any, len(b.beside))
	for n, e := range b.beside {
		also[n] = map[string]any{"editionId": e.id, "standardIds": e.ids()}
	}
	return map[string]any{"editionId": b.id, "standardIds": deficient, "also": also}
}

func (e edition) ids() []uuid.UUID {
	ids := make([]uuid.UUID, len(e.standards))
	for n, st := range e.standards {
		ids[n] = st.ID
	}
	return ids
}

// all is one list of every standard that may be in scope.
func (b bound) all() edition {
	whole := edition{standards: b.standards}
	for _, e := range b.beside {
		whole.standards = append(whole.standards[:len(whole.standards):len(whole.standards)], e.standards...)
	}
	return whole
}
