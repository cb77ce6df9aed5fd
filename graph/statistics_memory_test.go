package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// Declared and derived repeats stand side by side, the longest open first, the merely declared last.
func TestRepeatsOfASmallNation(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	live, full := inspection.Live, inspection.ScopeFull
	n.happen(n.behind(), []visit{
		{at: n.facility, origin: live, scope: full, announced: &yes, start: "2026-01-10", state: inspection.Issued, parts: []part{{n.alpha, "1.1", "DDDD"}},
			flaws: []flaw{{edition: n.alpha, number: "1.1", repeat: true, derived: inspection.RepeatCertain, days: 400}, {edition: n.alpha, number: "1.1", derived: inspection.RepeatProbable, days: 30},
				{edition: n.alpha, number: "1.1", repeat: true, derived: inspection.RepeatNone}, {edition: n.alpha, number: "1.1", derived: inspection.RepeatNone},
				{edition: n.alpha, number: "1.1", derived: inspection.RepeatCertain, days: 900, removed: true}, {edition: n.alpha, number: "1.1", kind: inspection.Note}}},
		{at: n.oak, origin: live, scope: full, announced: &yes, start: "2026-02-10", state: inspection.Closed, parts: []part{{n.beta, "4.2", "D--"}},
			flaws: []flaw{{edition: n.beta, number: "4.2", derived: inspection.RepeatCertain, days: 731}, {edition: n.beta, number: "4.2", repeat: true}, {edition: n.beta, number: "4.2", derived: inspection.RepeatProbable, days: 0}}},
		{at: n.oak, origin: inspection.Exercise, scope: full, announced: &yes, start: "2026-02-11", state: inspection.Issued, parts: []part{{n.alpha, "4.2", "DD"}},
			flaws: []flaw{{edition: n.alpha, number: "4.2", derived: inspection.RepeatCertain, days: 5}}},
		{at: n.oak, origin: live, scope: full, announced: &yes, start: "2026-02-12", state: inspection.InReview, parts: []part{{n.alpha, "4.2", "DD"}},
			flaws: []flaw{{edition: n.alpha, number: "4.2", derived: inspection.RepeatCertain, days: 6}}},
	})
	list := func(arguments string) (string, []string, []string) {
		data := n.ask(auditor, `{ repeats`+arguments+` { `+basisFields+` counts { deficiencies declared certain probable declaredAlone derivedAlone both underived daysOpen { from to count } }
			edges { cursor node { findingId facility { name } fieldOffice standard declared derived times firstOn daysOpen repeatOf } } pageInfo { hasNextPage endCursor } } }`, nil)["repeats"]
		var lines, ids []string
		for _, e := range fields(data, "edges").([]any) {
			r := fields(e, "node")
			ids = append(ids, fields(r, "findingId").(string))
			lines = append(lines, fmt.Sprintf("%.4s %v %v: declared %v, derived %v, %v times since %v, %v days", fields(r, "facility", "name"), fields(r, "fieldOffice"), fields(r, "standard"),
				fields(r, "declared"), fields(r, "derived"), fields(r, "times"), fields(r, "firstOn"), fields(r, "daysOpen")))
		}
		c := fields(data, "counts")
		counts := fmt.Sprintf("%v: declared %v, certain %v, probable %v; alone %v, %v, both %v, underived %v; days", fields(c, "deficiencies"), fields(c, "declared"), fields(c, "certain"), fields(c, "probable"),
			fields(c, "declaredAlone"), fields(c, "derivedAlone"), fields(c, "both"), fields(c, "underived"))
		for _, b := range fields(c, "daysOpen").([]any) {
			counts += fmt.Sprintf(" %v-%v:%v", fields(b, "from"), fields(b, "to"), fields(b, "count"))
		}
		return counts, lines, ids
	}
	counts, lines, ids := list("")
	if want := "7: declared 3, certain 2, probable 2; alone 1, 3, both 1, underived 1; days 0-30:2 31-90:0 91-180:0 181-365:0 366-730:1 731-<nil>:1"; counts != want {
		t.Errorf("counts %s, want %s", counts, want)
	}
	want := []string{
		"OAK  SEA 4.2: declared false, derived CERTAIN, 1 times since 2026-02-09, 731 days",
		"PINE NOL 1.1: declared true, derived CERTAIN, 1 times since 2026-01-09, 400 days",
		"PINE NOL 1.1: declared false, derived PROBABLE, 1 times since 2026-01-09, 30 days",
		"OAK  SEA 4.2: declared false, derived PROBABLE, 1 times since 2026-02-09, 0 days",
	}
	alone := []string{"OAK  SEA 4.2: declared true, derived <nil>, 0 times since <nil>, <nil> days", "PINE NOL 1.1: declared true, derived NONE, 0 times since <nil>, <nil> days"}
	tail := slices.Clone(lines[min(4, len(lines)):])
	slices.Sort(tail) // of as many days, by id
	if diff := cmp.Diff(slices.Concat(want, alone), slices.Concat(lines[:min(4, len(lines))], tail)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if counts, lines, _ := list("(filter: {editionSet: \"beta\"})"); len(lines) != 3 || !strings.HasPrefix(counts, "3: declared 1, certain 1, probable 1; alone 0, 2, both 0, underived 1;") {
		t.Errorf("of beta: %s %v", counts, lines)
	}
	if counts, lines, _ := list("(filter: {origins: [EXERCISE]})"); len(lines) != 1 || !strings.HasPrefix(counts, "1: ") {
		t.Errorf("of exercises: %s %v", counts, lines)
	}
	var turned []string
	after := ""
	for range ids {
		data := n.ask(auditor, fmt.Sprintf("{ repeats(first: 1%s) { edges { node { findingId } } pageInfo { endCursor } } }", after), nil)["repeats"]
		turned = append(turned, fields(fields(data, "edges").([]any)[0], "node", "findingId").(string))
		after = fmt.Sprintf(", after: %q", fields(data, "pageInfo", "endCursor"))
	}
	if !slices.Equal(turned, ids) {
		t.Errorf("page by page %v, want %v", turned, ids)
	}
}

// hints prints the hints, a line each: requirement, published, and for each origin nationwide (by how many
// inspections), at the type, here.
func (n *nation) hints(as, arguments string) []string {
	n.t.Helper()
	data := n.ask(as, `{ citationHints(`+arguments+`) { facilityId facilityType origins edges { cursor node { standard published requirement { key } found { origin nationwide inspections sameType here } } } pageInfo { hasNextPage endCursor } } }`, nil)
	var lines []string
	for _, e := range fields(data, "citationHints", "edges").([]any) {
		h := fields(e, "node")
		line := fmt.Sprintf("%v %v: %v", fields(h, "standard"), fields(h, "requirement", "key"), fields(h, "published"))
		for _, c := range fields(h, "found").([]any) {
			line += fmt.Sprintf("; %v %v (%v), %v, %v", fields(c, "origin"), fields(c, "nationwide"), fields(c, "inspections"), fields(c, "sameType"), fields(c, "here"))
		}
		lines = append(lines, line)
	}
	return lines
}

// How often a requirement was cited, its sources apart, across editions by lineage.
func TestHintsWhereToLook(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	gamma := smallEdition("gamma", false, []string{"1.1", "7.7"}, map[string]int{"1.1": 2, "7.7": 1})
	gamma.Parts[0].Standards[0].Requirements[0].Lineage, gamma.Parts[0].Standards[0].Requirements[0].TimesCited = "L1", 9
	delta := smallEdition("delta", false, []string{"5.5"}, map[string]int{"5.5": 2})
	delta.Parts[0].Standards[0].Requirements[1].Lineage = "L1"
	n.load(gamma, delta)
	live, full := inspection.Live, inspection.ScopeFull
	cite := func(e *inspection.Edition, number string, rests int) flaw {
		return flaw{edition: e, number: number, rests: rests}
	}
	withdrawn := cite(gamma, "1.1", 1)
	withdrawn.withdrawn = true
	note, taken := cite(gamma, "1.1", 1), cite(gamma, "1.1", 1)
	note.kind, taken.removed = inspection.Note, true
	visits := []visit{
		{at: n.facility, origin: live, scope: full, announced: &yes, start: "2026-01-10", state: inspection.Issued, parts: []part{{gamma, "1.1", "DD"}},
			flaws: []flaw{cite(gamma, "1.1", 1), cite(gamma, "1.1", 1), cite(gamma, "1.1", 2), withdrawn, note, taken, {edition: gamma, number: "1.1"}}},
		// By lineage: another edition's requirement that asks for the same.
		{at: n.oak, origin: live, scope: full, announced: &yes, start: "2026-02-10", state: inspection.Closed, parts: []part{{delta, "5.5", "DD"}}, flaws: []flaw{cite(delta, "5.5", 1), cite(delta, "5.5", 2)}},
		{at: n.other, origin: inspection.Reconstructed, scope: full, start: "2024-02-10", state: inspection.Closed, parts: []part{{gamma, "1.1", "DD"}}, flaws: []flaw{cite(gamma, "1.1", 1)}},
		{at: n.other, origin: live, scope: full, announced: &yes, start: "2026-03-10", state: inspection.InReview, parts: []part{{gamma, "1.1", "DD"}}, flaws: []flaw{cite(gamma, "1.1", 1)}},
	}
	n.happen(n.behind(), visits)
	at := func(facility, edition inspection.ID) string {
		return fmt.Sprintf("facilityId: %q, editionId: %q", facility, edition)
	}
	for _, c := range []struct {
		as, arguments string
		want          []string
	}{
		{lead, at(n.facility, gamma.ID), []string{"1.1 1.1-0: 9; LIVE 3 (2), 2, 2", "1.1 1.1-1: 0; LIVE 1 (1), 1, 1"}},
		{lead, at(n.other, gamma.ID) + ", citedOnly: false", []string{"1.1 1.1-0: 9; LIVE 3 (2), 1, 0", "1.1 1.1-1: 0; LIVE 1 (1), 0, 0", "7.7 7.7-0: 0; LIVE 0 (0), 0, 0"}},
		{lead, at(n.other, gamma.ID) + ", origins: [RECONSTRUCTED, LIVE], standardNumber: \"1.1\"",
			[]string{"1.1 1.1-0: 9; LIVE 3 (2), 1, 0; RECONSTRUCTED 1 (1), 1, 1", "1.1 1.1-1: 0; LIVE 1 (1), 0, 0; RECONSTRUCTED 0 (0), 0, 0"}},
		// No type is known of Elm.
		{inspector, at(n.elm, delta.ID), []string{"5.5 5.5-0: 0; LIVE 1 (1), <nil>, 0", "5.5 5.5-1: 0; LIVE 3 (2), <nil>, 0"}},
		{analyst, at(n.elm, n.alpha.ID), nil},
		// An inspection's own findings do not count.
		{analyst, fmt.Sprintf("inspectionId: %q", visits[0].id), []string{"1.1 1.1-0: 9; LIVE 1 (1), 0, 0"}},
		{reviewer, fmt.Sprintf("inspectionId: %q, origins: [LIVE]", visits[3].id), []string{"1.1 1.1-0: 9; LIVE 3 (2), 1, 0", "1.1 1.1-1: 0; LIVE 1 (1), 0, 0"}},
	} {
		if diff := cmp.Diff(c.want, n.hints(c.as, c.arguments)); diff != "" {
			t.Errorf("%s as %s (-want +got):\n%s", c.arguments, c.as, diff)
		}
	}
	for _, c := range []struct{ as, arguments, want string }{
		{facility, at(n.facility, gamma.ID), "FORBIDDEN"}, {fieldOffice, at(n.facility, gamma.ID), "FORBIDDEN"}, {admin, at(n.facility, gamma.ID), "FORBIDDEN"},
		{analyst, fmt.Sprintf("inspectionId: %q", visits[3].id), "NOT_FOUND"}, {analyst, at(n.facility, n.oak), "NOT_FOUND"}, {analyst, at(gamma.ID, gamma.ID), "NOT_FOUND"},
	} {
		data, errs := n.send(c.as, "{ citationHints("+c.arguments+") { facilityId } }", nil)
		if data != nil || !strings.Contains(fmt.Sprint(errs), c.want) {
			t.Errorf("%s as %s: %v %v", c.arguments, c.as, data, errs)
		}
	}
	for arguments, want := range map[string]int{at(n.facility, n.edition.ID) + ", citedOnly: false, first: 1": 3, at(n.facility, n.edition.ID) + ", citedOnly: false, first: 100": 3, fmt.Sprintf("inspectionId: %q, first: 1", visits[0].id): 4, fmt.Sprintf("inspectionId: %q, first: 100", visits[0].id): 4} {
		n.hints(analyst, arguments)
		n.statements.Reset()
		n.hints(analyst, arguments)
		if got := n.statements.Count(); got != want {
			t.Errorf("%s takes %d statements, want %d: %q", arguments, got, want, n.statements.SQL())
		}
	}
	whole := n.hints(analyst, at(n.facility, n.edition.ID)+", citedOnly: false, standardNumber: \"4.3\", first: 100")
	var turned []string
	after := ""
	for len(turned) < len(whole) {
		arguments := at(n.facility, n.edition.ID) + ", citedOnly: false, standardNumber: \"4.3\", first: 7" + after
		turned = append(turned, n.hints(analyst, arguments)...)
		after = fmt.Sprintf(", after: %q", fields(n.ask(analyst, "{ citationHints("+arguments+") { pageInfo { endCursor } } }", nil), "citationHints", "pageInfo", "endCursor"))
	}
	if diff := cmp.Diff(whole, turned); diff != "" || len(whole) < 8 {
		t.Errorf("page by page (-whole +pages):\n%s", diff)
	}
}
