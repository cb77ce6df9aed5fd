package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"plumbline/inspection"
)

const adoptedFields = "findings { id code text requirementId responsibleParty severity likelihood correctedOnSite correctionNote priorityDerived citation revision }"

func (w *world) tryAdopt(as, id string, drafts ...map[string]any) map[string]any {
	w.t.Helper()
	return w.try(as, "adoptDrafts", "AdoptDraftsInput", adoptedFields, map[string]any{"inspectionId": id, "drafts": drafts})
}

// byLines returns requirements of the standard with exactly so many lines.
func (w *world) byLines(number string, lines int) []inspection.Requirement {
	w.t.Helper()
	of := slices.DeleteFunc(slices.Clone(w.standard(number).Requirements), func(r inspection.Requirement) bool { return len(r.Lines) != lines })
	if len(of) == 0 {
		w.t.Fatalf("no requirement of %s has %d lines", number, lines)
	}
	return of
}

// A draft becomes a deficiency once, however often it is adopted, and several where one fact breaches
// several lines.
func TestAdoptingDrafts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3", "5.8")
	two, none := w.byLines("4.3", 2)[0], w.byLines("4.3", 0)[0]
	late := w.onLine("MC-137")
	w.recorded(inspector, id, answer(late.ID, 0, "DOES_NOT_MEET", map[string]any{"remarks": "Late.", "correctedOnSite": "PARTIAL"}),
		answer(two.ID, 0, "DOES_NOT_MEET", nil), answer(none.ID, 0, "DOES_NOT_MEET", nil), answer(w.standard("5.8").Requirements[0].ID, 0, "MEETS", nil))
	drafts := func() int { return len(w.of(second, id, "deficiencyDrafts { requirementId }").([]any)) }
	if n := drafts(); n != 3 {
		t.Errorf("%d drafts, want 3", n)
	}
	entries := []map[string]any{
		{"requirementId": late.ID, "correctionNote": "Two of three.", "likelihood": "LIKELY", "spread": "PATTERN", "responsibleParty": "HEALTH_PROVIDER"},
		{"requirementId": two.ID, "codes": []any{two.Lines[1], two.Lines[0]}, "text": "Both are breached.", "immediateThreat": true},
		{"requirementId": none.ID}}
	payload := w.tryAdopt(second, id, entries...)
	found := fields(payload, "findings").([]any)
	if len(found) != 4 {
		t.Fatalf("adopted: %v", payload)
	}
	var lines []string
	for _, f := range found {
		lines = append(lines, fmt.Sprint(fields(f, "code"), "|", fields(f, "text"), "|", fields(f, "severity"), "|", fields(f, "responsibleParty"), "|", fields(f, "correctedOnSite"), "|", fields(f, "correctionNote")))
	}
	want := []string{"MC-137|Late.|HIGH|HEALTH_PROVIDER|PARTIAL|Two of three.", two.Lines[1] + "|Both are breached.|IMMEDIATE|FACILITY|NONE|",
		two.Lines[0] + "|Both are breached.|IMMEDIATE|FACILITY|NONE|", "|Not met: " + none.Text + "|<nil>|FACILITY|NONE|"}
	if !slices.Equal(lines, want) {
		t.Errorf("adopted %q, want %q", lines, want)
	}
	if n := drafts(); n != 0 {
		t.Errorf("%d drafts are left", n)
	}
	w.untouched(db, "adopting again", func() {
		again := w.tryAdopt(inspector, id, entries...)
		for n, f := range fields(again, "findings").([]any) {
			if fields(f, "id") != fields(found[n], "id") {
				t.Errorf("again: %v", again)
			}
		}
	})
	// Taken back, the draft returns and makes a new deficiency.
	first := fields(found[0], "id")
	w.do(inspector, "removeFinding", "RemoveFindingInput", "finding { id }", map[string]any{"inspectionId": id, "findingId": first, "reason": "Worded badly."})
	if n := drafts(); n != 1 {
		t.Errorf("%d drafts after one was taken back", n)
	}
	anew := fields(w.tryAdopt(second, id, entries[0]), "findings").([]any)[0]
	if fields(anew, "id") == first {
		t.Error("a deficiency that was taken back stands again")
	}
	// A changed answer takes nothing back, and says so.
	w.recorded(inspector, id, answer(late.ID, 1, "MEETS", map[string]any{"remarks": "Not late after all."}))
	gaps := fmt.Sprint(w.of(lead, id, "gaps { message }"))
	if !contains(gaps, "deficiency MC-137 of item "+late.Key+": the item is rated MEETS; take the deficiency back or correct the rating") {
		t.Errorf("nothing warns: %s", gaps)
	}
	if f := w.deficiencyOn(id, late.ID); f["id"] != fields(anew, "id") {
		t.Errorf("the deficiency is gone: %v", f)
	}
	w.untouched(db, "adopting what stands", func() { w.tryAdopt(second, id, entries[0]) })
}

// What adopting refuses, leaving nothing behind.
func TestWhatAdoptingRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3", "5.8")
	late, many := w.onLine("MC-137").ID, w.byLines("4.3", 2)[0]
	met, partial, byHand := w.standard("5.8").Requirements[0].ID, w.standard("5.8").Requirements[1].ID, w.standard("5.8").Requirements[2].ID
	w.recorded(inspector, id, answer(late, 0, "DOES_NOT_MEET", nil), answer(met, 0, "MEETS", nil), answer(many.ID, 0, "DOES_NOT_MEET", nil),
		answer(partial, 0, "DOES_NOT_MEET", map[string]any{"correctedOnSite": "REFUSED"}), answer(byHand, 0, "DOES_NOT_MEET", nil))
	w.deficiency(second, id, "5.8", map[string]any{"requirementId": byHand})
	draft := func(requirement any, more map[string]any) map[string]any {
		entry := map[string]any{"requirementId": requirement}
		for k, v := range more {
			entry[k] = v
		}
		return entry
	}
	for _, c := range []struct {
		what, as, kind string
		drafts         []map[string]any
	}{
		{"nothing", inspector, "ValidationProblem", []map[string]any{}},
		{"one twice", inspector, "ValidationProblem", []map[string]any{draft(late, nil), draft(late, nil)}},
		{"a code twice", inspector, "ValidationProblem", []map[string]any{draft(many.ID, map[string]any{"codes": []any{many.Lines[0], many.Lines[0]}})}},
		{"another requirement's line", inspector, "ValidationProblem", []map[string]any{draft(late, map[string]any{"codes": []any{many.Lines[0]}})}},
		{"a refused correction without its reason", inspector, "ValidationProblem", []map[string]any{draft(partial, nil)}},
		{"half a judgement", inspector, "ValidationProblem", []map[string]any{draft(late, map[string]any{"likelihood": "LIKELY"})}},
		{"an item that is met", inspector, "ConflictProblem", []map[string]any{draft(met, nil)}},
		{"an item with a deficiency of somebody's own", inspector, "ConflictProblem", []map[string]any{draft(byHand, nil)}},
		{"a requirement out of scope", inspector, "NotFoundProblem", []map[string]any{draft(w.standard("2.1").Requirements[0].ID, nil)}},
		{"one that may be and one that may not", inspector, "ConflictProblem", []map[string]any{draft(late, nil), draft(met, nil)}},
		{"the reviewer", reviewer, "ForbiddenProblem", []map[string]any{draft(late, nil)}},
		{"the facility", facility, "NotFoundProblem", []map[string]any{draft(late, nil)}},
	} {
		w.untouched(db, c.what, func() {
			w.refusedAs(c.kind, c.as, c.what, w.tryAdopt(c.as, id, c.drafts...))
		})
	}
}

// A finding's own rules, over the API: codes of the bound edition, both judgements or none, a reason
// for what was not wholly put right, a condition of concerns alone.
func TestWhatAFindingMustSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3", "5.8")
	entry := func(more map[string]any) map[string]any {
		e := map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "DEFICIENCY", "standardId": w.standard("4.3").ID, "text": "x"}
		for k, v := range more {
			e[k] = v
		}
		return map[string]any{"inspectionId": id, "findings": []any{e}}
	}
	const selection = "findings { code lineId severity condition correctionNote }"
	for what, c := range map[string]struct {
		more map[string]any
		want string // what is recorded; empty if it is refused
	}{
		"another standard's code":           {more: map[string]any{"code": "GS-1"}},
		"a serial number":                   {more: map[string]any{"code": "MC-1, serial number"}},
		"a code and no standard":            {more: map[string]any{"standardId": nil, "standardText": "MC", "code": "MC-137"}},
		"a line nobody has seen":            {more: map[string]any{"code": "MC-999"}, want: "MC-999 <nil>   false"},
		"a partial correction, wordless":    {more: map[string]any{"correctedOnSite": "PARTIAL"}},
		"a partial correction":              {more: map[string]any{"correctedOnSite": "PARTIAL", "correctionNote": " one of two "}, want: " <nil>  one of two false"},
		"likelihood alone":                  {more: map[string]any{"likelihood": "LIKELY"}},
		"spread alone":                      {more: map[string]any{"spread": "ISOLATED"}},
		"likely and isolated":               {more: map[string]any{"likelihood": "LIKELY", "spread": "ISOLATED"}, want: " MODERATE   false"},
		"unlikely, and an immediate threat": {more: map[string]any{"likelihood": "UNLIKELY", "spread": "ISOLATED", "immediateThreat": true}, want: " IMMEDIATE   false"},
		"a conditional deficiency":          {more: map[string]any{"condition": "if full"}},
		"a conditional concern":             {more: map[string]any{"kind": "AREA_OF_CONCERN", "condition": "if full"}, want: " <nil> if full  false"},
		"a likely note":                     {more: map[string]any{"kind": "NOTE", "likelihood": "LIKELY", "spread": "ISOLATED"}},
	} {
		try := func() map[string]any {
			return w.try(inspector, "recordFindings", "RecordFindingsInput", selection, entry(c.more))
		}
		if c.want == "" {
			w.untouched(db, what, func() { w.refusedAs("ValidationProblem", inspector, what, try()) })
			continue
		}
		payload := try()
		found := fields(payload, "findings").([]any)
		if len(found) != 1 {
			t.Errorf("%s: %v", what, payload)
			continue
		}
		f := found[0]
		got := fmt.Sprint(fields(f, "code"), " ", fields(f, "severity"), " ", fields(f, "condition"), " ", fields(f, "correctionNote"), " ", fields(f, "lineId") != nil)
		if got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

// Adopting takes as many statements for six drafts as for one, and none writes when all are there.
func TestWhatAdoptingCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	rs := w.standard("4.3").Requirements[:7]
	var entries []map[string]any
	for _, r := range rs {
		w.recorded(inspector, id, answer(r.ID, 0, "DOES_NOT_MEET", nil))
		entries = append(entries, map[string]any{"requirementId": r.ID})
	}
	for _, c := range []struct{ drafts, statements, events int }{{1, 11, 1}, {7, 11, 1}, {7, 6, 0}} {
		events := w.events(db)
		w.statements.Reset()
		if problems := messages(w.tryAdopt(inspector, id, entries[:c.drafts]...)); len(problems) > 0 {
			t.Fatal(problems)
		}
		if n := w.statements.Count(); n != c.statements {
			t.Errorf("%d drafts take %d statements, want %d: %q", c.drafts, n, c.statements, w.statements.SQL())
		}
		if n := w.events(db) - events; n != c.events {
			t.Errorf("%d drafts write %d events, want %d", c.drafts, n, c.events)
		}
	}
}
