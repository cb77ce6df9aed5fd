package graph_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"plumbline/inspection"
)

// Turning the pages shows every facility once, in order, at any size of page.
func TestPagesOfFacilities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{"ADAMS", "ADAMS", "Adams County", "Ångström Hall", "ZETA", "zeta", "O'NEIL", "100% TOWN", "A_B", "BACK\\SLASH", "Ñandú"}
	err := w.service.ChangeRoster(t.Context(), inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		var change inspection.RosterChange
		for n, name := range names {
			change.NewFacilities = append(change.NewFacilities, inspection.Facility{ID: inspection.NewID(), Name: name, City: fmt.Sprint("CITY ", n), State: "TX", Type: inspection.TypeIGSA, Source: "test", Listed: n%2 == 0})
		}
		return change, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := w.turn("facilities", 100, "")
	if len(all) != len(names)+2 {
		t.Fatalf("%d facilities", len(all))
	}
	for _, first := range []int{1, 2, 5, 13} {
		if got := w.turn("facilities", first, ""); !slices.Equal(got, all) {
			t.Errorf("by %d: %v, want %v", first, got, all)
		}
	}
	for search, want := range map[string]int{"adams": 3, "100%": 1, "%": 1, "_": 1, "a_b": 1, "\\": 1, "'": 1, "zeta": 2, "ñandú": 1, "city 1": 2, "nowhere": 0, "' or 1=1 --": 0, strings.Repeat("x", 5000): 0} {
		data := w.ask(analyst, `query($s: String) { facilities(search: $s) { edges { node { name } } } }`, map[string]any{"s": search})
		if n := len(fields(data, "facilities", "edges").([]any)); n != want {
			t.Errorf("search %q finds %d, want %d", search, n, want)
		}
	}
	data := w.ask(analyst, `{ tx: facilities(state: "TX", listed: true) { edges { node { id } } } nol: facilities(fieldOffice: "NOL") { edges { node { id } } } }`, nil)
	if tx, nol := len(fields(data, "tx", "edges").([]any)), len(fields(data, "nol", "edges").([]any)); tx != 6 || nol != 1 {
		t.Errorf("%d listed in Texas, %d of New Orleans", tx, nol)
	}
}

// turn collects the ids of a list page by page.
func (w *world) turn(list string, first int, filter string) []string {
	w.t.Helper()
	var ids []string
	after := ""
	for range 50 {
		data := w.ask(reviewer, fmt.Sprintf("{ %s(first: %d%s%s) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }", list, first, after, filter), nil)
		edges := fields(data, list, "edges").([]any)
		for _, e := range edges {
			ids = append(ids, fields(e, "node", "id").(string))
		}
		end := fields(data, list, "pageInfo", "endCursor")
		if len(edges) == 0 && end != nil || len(edges) > 0 && end != fields(edges[len(edges)-1], "cursor") {
			w.t.Errorf("the end cursor is %v", end)
		}
		if fields(data, list, "pageInfo", "hasNextPage") != true {
			return ids
		}
		after = fmt.Sprintf(", after: %q", end)
	}
	w.t.Fatalf("the list of %s has no end", list)
	return nil
}

// Inspections come newest first; those of one day keep their order from page to page.
func TestPagesOfInspections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 5 {
		w.plan("5.8") // all on one day
	}
	exercise := w.do(lead, "planInspection", "PlanInspectionInput", header, map[string]any{"facilityId": w.other, "editionId": w.edition.ID, "origin": "EXERCISE", "scope": "FULL",
		"announced": true, "plannedStart": "2026-06-01", "plannedEnd": "2026-06-01", "leadId": w.users[lead].ID, "standardIds": []any{w.standard("5.8").ID}})
	all := w.turn("inspections", 100, "")
	if len(all) != 6 || all[0] != fields(exercise, "inspection", "id") {
		t.Fatalf("inspections: %v", all)
	}
	for _, first := range []int{1, 2, 4, 6} {
		if got := w.turn("inspections", first, ""); !slices.Equal(got, all) {
			t.Errorf("by %d: %v, want %v", first, got, all)
		}
	}
	for filter, want := range map[string]int{", origins: [LIVE]": 5, ", origins: [EXERCISE]": 1, ", origins: [RECONSTRUCTED]": 0, ", states: [PLANNED]": 6, ", states: [ISSUED, CLOSED]": 0,
		fmt.Sprintf(", facilityId: %q", w.other): 1, ", mine: true": 0, ", source: \"x\"": 0} {
		if got := w.turn("inspections", 4, filter); len(got) != want {
			t.Errorf("with%s: %d, want %d", filter, len(got), want)
		}
	}
	mine := w.ask(second, "{ inspections(mine: true) { edges { node { id } } } }", nil)
	if n := len(fields(mine, "inspections", "edges").([]any)); n != 5 {
		t.Errorf("%d of the second inspector's own", n)
	}
	last := w.ask(lead, `query($id: ID!) { live: facility(id: $id) { lastInspection { id } } all: facilities(search: "cedar", origins: [EXERCISE]) { edges { node { lastInspection { origin } } } } }`, map[string]any{"id": w.other})
	if fields(last, "live", "lastInspection") != nil || fields(fields(last, "all", "edges").([]any)[0], "node", "lastInspection", "origin") != "EXERCISE" {
		t.Errorf("an exercise counts unasked: %v", last)
	}
}

// A page has 1 to 100 rows, and a cursor is one that a page gave.
func TestPageLimitsAndForgedCursors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.plan("5.8")
	encode := base64.RawURLEncoding.EncodeToString
	for _, list := range []string{"facilities", "inspections"} {
		for _, first := range []int{0, -1, 101, 1 << 30} {
			w.inputError(reviewer, fmt.Sprintf("{ %s(first: %d) { edges { cursor } } }", list, first), nil)
		}
		for _, after := range []string{"x", "", "!!!", "' or 1=1", encode([]byte("{")), encode([]byte("[]")), encode([]byte(`"x"`)), encode([]byte("7")), encode([]byte(`{"ID":"x"}`)),
			encode([]byte(`{"Name":7}`)), encode([]byte(`{"ID":7}`)), encode([]byte("{\"Name\":\"\\u0000\",\"PlannedStart\":\"yesterday\"}"))} {
			w.inputError(reviewer, fmt.Sprintf("query($a: String) { %s(after: $a) { edges { cursor } } }", list), map[string]any{"a": after})
		}
		for _, after := range []string{`{}`, `null`, `{"Name":"zzz","ID":"00000000-0000-0000-0000-000000000000"}`, `{"PlannedStart":"0000-01-01T00:00:00Z"}`, `{"PlannedStart":"9999-12-31T23:59:59-23:00"}`} {
			body := string(w.raw(reviewer, fmt.Sprintf("query($a: String) { %s(after: $a) { edges { cursor } } }", list), map[string]any{"a": encode([]byte(after))}))
			if contains(body, "internal") {
				t.Errorf("%s after %s: %s", list, after, body)
			}
		}
	}
}
