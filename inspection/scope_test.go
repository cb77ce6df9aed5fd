package inspection_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection"
)

// What a mixed visit binds: an edition per standard, and no standard twice unless both lists say so.
func TestTheScopeOfAMixedVisit(t *testing.T) {
	t.Parallel()
	a, b, c := smallEdition("a"), smallEdition("b"), smallEdition("c")
	st := func(e *inspection.Edition, number string) inspection.ID { return inspection.StandardID(e.ID, number) }
	also := func(e *inspection.Edition, numbers ...string) inspection.EditionScope {
		scope := inspection.EditionScope{EditionID: e.ID}
		for _, number := range numbers {
			scope.StandardIDs = append(scope.StandardIDs, st(e, number))
		}
		return scope
	}
	only := func(numbers ...string) []inspection.ID { return also(a, numbers...).StandardIDs }
	for _, x := range []struct {
		what   string
		origin inspection.Origin
		own    []inspection.ID
		also   []inspection.EditionScope
		want   []string // edition and number, in order
		path   string   // of the first problem; empty if the plan is fine
	}{
		{"another edition's standard takes its twin's place", inspection.Live, nil, []inspection.EditionScope{also(b, "1.2")}, []string{"a 1.1", "b 1.2"}, ""},
		{"all of them", inspection.Live, nil, []inspection.EditionScope{also(b, "1.2"), also(c, "1.1")}, []string{"b 1.2", "c 1.1"}, ""},
		{"beside the named", inspection.Live, only("1.1"), []inspection.EditionScope{also(b, "1.2")}, []string{"a 1.1", "b 1.2"}, ""},
		{"twice, because both lists say so", inspection.Live, only("1.1", "1.2"), []inspection.EditionScope{also(b, "1.2")}, []string{"a 1.1", "a 1.2", "b 1.2"}, ""},
		{"a reconstruction binds what has no requirements", inspection.Reconstructed, nil, []inspection.EditionScope{also(b, "7.5", "1.1")}, []string{"a 1.2", "b 1.1", "b 7.5"}, ""},
		{"nobody else does", inspection.Live, nil, []inspection.EditionScope{also(b, "7.5")}, nil, "input.also.0.standardIds.0"},
		{"a standard of the plan's own edition", inspection.Live, nil, []inspection.EditionScope{also(b, "1.2"), {EditionID: c.ID, StandardIDs: only("1.1")}}, nil, "input.also.1.standardIds.0"},
		{"a standard twice", inspection.Live, nil, []inspection.EditionScope{also(b, "1.2", "1.2")}, nil, "input.also.0.standardIds.1"},
		{"no standards", inspection.Live, nil, []inspection.EditionScope{also(b)}, nil, "input.also.0.standardIds"},
		{"an edition twice", inspection.Live, nil, []inspection.EditionScope{also(b, "1.1"), also(b, "1.2")}, nil, "input.also.1.editionId"},
		{"the plan's own edition", inspection.Live, nil, []inspection.EditionScope{also(a, "1.1")}, nil, "input.also.0.editionId"},
	} {
		in := inspection.PlanInput{EditionID: a.ID, StandardIDs: x.own, Also: x.also, Origin: x.origin}
		var editions []*inspection.Edition
		for _, other := range x.also {
			editions = append(editions, map[inspection.ID]*inspection.Edition{a.ID: a, b.ID: b, c.ID: c}[other.EditionID])
		}
		got, err := inspection.Bind(in, a, editions...)
		path := ""
		if ps := inspection.ProblemsOf(err); len(ps) > 0 {
			path = strings.Join(ps[0].Path, ".")
		}
		if diff := cmp.Diff(x.want, named(got, a, b, c)); diff != "" || path != x.path {
			t.Errorf("%s: refused at %q, want %q (-want +got):\n%s", x.what, path, x.path, diff)
		}
	}
}

// named names scoped standards by edition and number.
func named(scope []inspection.ScopedStandard, editions ...*inspection.Edition) []string {
	var names []string
	for _, s := range scope {
		for _, e := range editions {
			for _, st := range e.Standards() {
				if st.ID == s.StandardID {
					names = append(names, e.Key+" "+st.Number)
				}
			}
		}
	}
	return names
}

// Whatever the lists: each standard is bound once, to its own edition, and positions rise.
func TestEveryStandardIsBoundOnceAndInOrder(t *testing.T) {
	t.Parallel()
	a, b := smallEdition("a"), smallEdition("b")
	some := func(t *rapid.T, e *inspection.Edition, least int) []inspection.ID {
		ids := []inspection.ID{inspection.StandardID(e.ID, "1.1"), inspection.StandardID(e.ID, "1.2")}
		return rapid.Permutation(ids).Draw(t, "order")[:rapid.IntRange(least, 2).Draw(t, "n")]
	}
	rapid.Check(t, func(t *rapid.T) {
		in := inspection.PlanInput{EditionID: a.ID, StandardIDs: some(t, a, 0), Also: []inspection.EditionScope{{EditionID: b.ID, StandardIDs: some(t, b, 1)}}, Origin: inspection.Live}
		got, err := inspection.Bind(in, a, b)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[inspection.ID]bool{}
		for n, s := range got {
			if seen[s.StandardID] || n > 0 && s.Position <= got[n-1].Position {
				t.Fatalf("%+v", got)
			}
			seen[s.StandardID] = true
			if own := s.EditionID == a.ID; own != (s.StandardID == inspection.StandardID(a.ID, "1.1") || s.StandardID == inspection.StandardID(a.ID, "1.2")) {
				t.Fatalf("bound to another's edition: %+v", s)
			}
		}
		for _, wanted := range append(in.StandardIDs, in.Also[0].StandardIDs...) {
			if !seen[wanted] {
				t.Fatalf("%s is left out", wanted)
			}
		}
		if len(in.StandardIDs) == 0 && len(got) != 2 {
			t.Fatalf("every subject once, got %+v", got)
		}
	})
}
