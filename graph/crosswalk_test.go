package graph_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// loaded loads an edition of one requirement of Medical Care: on the line, and of MC-137's lineage.
func (w *world) loaded(set string, version int, line string) (edition, standard, requirement inspection.ID) {
	w.t.Helper()
	key, supersedes := set, ""
	if version == 2 {
		key, supersedes = set+"-v2", set
	}
	e := &inspection.Edition{ID: inspection.EditionID(key), Key: key, Title: key, Set: set, Version: version, Supersedes: supersedes, Partial: true, Hash: strings.Repeat("0", 64)}
	standard, requirement = inspection.StandardID(e.ID, "4.3"), inspection.RequirementID(e.ID, line)
	e.Parts = []inspection.Part{{Number: 4, Name: "Care", Standards: []inspection.Standard{{ID: standard, Number: "4.3", Title: "Medical Care", Code: "MC",
		Requirements: []inspection.Requirement{{ID: requirement, Key: line, Text: "A health assessment in time.", Lines: []string{line}, Lineage: w.onLine("MC-137").Key,
			Strength: inspection.Cited, Priority: inspection.PriorityNone}}}}}}
	if _, err := w.service.LoadEdition(w.t.Context(), inspection.System(), e); err != nil {
		w.t.Fatal(err)
	}
	return e.ID, standard, requirement
}

// What another standards set asks for under another code is probably the same, and what another
// version of the set asks for under the same code surely is. Both come along to their item.
func TestFoundUnderAnotherEdition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	for _, c := range []struct {
		day, next string
		set       string
		version   int
		line      string
		want      string
	}{
		{"2025-02-04", "2025-03-04", "nds-2019", 1, "MC-27", "PROBABLE"},
		{"2025-04-01", "2025-05-06", inspection.CrosswalkSet, 2, "MC-137", "CERTAIN"},
	} {
		edition, standard, requirement := w.loaded(c.set, c.version, c.line)
		id := w.visit(c.day, map[string]any{"editionId": edition, "standardIds": []any{standard}})
		w.recorded(inspector, id, answer(requirement, 0, "DOES_NOT_MEET", nil))
		w.issue(id)
		before := w.deficiencyOn(id, requirement)
		if before["code"] != c.line {
			t.Fatalf("under %s: %v", c.set, before)
		}
		next := w.visit(c.next, nil, "4.3")
		w.recorded(inspector, next, answer(late, 0, "DOES_NOT_MEET", nil))
		w.adopt(next)
		f := w.deficiencyOn(next, late)
		if f["repeatDerived"] != c.want || f["repeatTimes"] != 1.0 || cmp.Diff(f["repeatOf"], []any{before["id"]}) != "" {
			t.Errorf("after %s the repeat is %v, want %s", c.set, f, c.want)
		}
		for _, carried := range w.of(lead, next, "carriedActions { findingId requirementId standardId }").([]any) {
			if fields(carried, "requirementId") != late.String() || fields(carried, "standardId") != w.standard("4.3").ID.String() {
				t.Errorf("what %s found comes along to %v", c.set, carried)
			}
		}
		w.step(lead, "cancelInspection", "ReasonInput", next, map[string]any{"reason": "tested"})
	}
}
