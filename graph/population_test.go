package graph_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

// womenEdition loads an edition whose requirements concern everyone, women, the pregnant, and
// dedicated facilities only.
func (w *world) womenEdition() *inspection.Edition {
	w.t.Helper()
	id := inspection.EditionID("women-test")
	requirement := func(code, population string, applies inspection.Applies) inspection.Requirement {
		return inspection.Requirement{ID: inspection.RequirementID(id, code), Key: code, Text: "What " + code + " asks for.",
			Strength: inspection.Cited, Priority: inspection.PriorityNone, Applies: applies, Population: population}
	}
	e := &inspection.Edition{ID: id, Key: "women-test", Title: "x", Set: "women-test", Version: 1, Parts: []inspection.Part{{Number: 4, Standards: []inspection.Standard{
		{ID: inspection.StandardID(id, "4.4"), Number: "4.4", Title: "x", Code: "MCW", Requirements: []inspection.Requirement{
			requirement("ALL", "", inspection.AppliesAll), requirement("WOMEN", "women", inspection.AppliesAll),
			requirement("PREGNANT", "pregnant women", inspection.AppliesAll), requirement("DEDICATED", "", inspection.AppliesDedicated)}}}}}}
	e.Hash = catalog.Hash(e)
	if _, err := w.service.LoadEdition(w.t.Context(), inspection.System(), e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// womenAt starts an inspection under womenEdition at the facility.
func (w *world) womenAt(facility inspection.ID) (string, *inspection.Edition) {
	w.t.Helper()
	e := w.womenEdition()
	id := w.planned(map[string]any{"facilityId": facility, "editionId": e.ID})
	w.step(lead, "startInspection", "StepInput", id, nil)
	return id, e
}

// counted is the input of one roster: groups and counts in turn.
func counted(id string, version int, groups ...any) map[string]any {
	var counts []any
	for n := 0; n < len(groups); n += 2 {
		counts = append(counts, map[string]any{"group": groups[n], "count": groups[n+1]})
	}
	return map[string]any{"inspectionId": id, "version": version, "asOf": fmt.Sprintf("2026-03-03T0%d:00:00Z", version), "source": "FACILITY_ROSTER", "counts": counts}
}

func (w *world) roster(as, id string, version int, groups ...any) {
	w.t.Helper()
	w.do(as, "recordPopulation", "RecordPopulationInput", header, counted(id, version, groups...))
}

const proposalFields = `notApplicableProposals { population { version } uncounted proposals { requirement { key } state group reason } }`

// proposals reads an inspection's proposals as "KEY STATE group", the reasons, and the uncounted groups.
func (w *world) proposals(as, id string) (all []string, reasons map[string]string, uncounted []any) {
	w.t.Helper()
	seen := w.ask(as, "query($id: ID!) { inspection(id: $id) { "+proposalFields+" } }", map[string]any{"id": id})
	reasons = map[string]string{}
	for _, p := range fields(seen, "inspection", "notApplicableProposals", "proposals").([]any) {
		key := fields(p, "requirement", "key").(string)
		all = append(all, fmt.Sprint(key, " ", fields(p, "state"), " ", fields(p, "group")))
		reasons[key] = fields(p, "reason").(string)
	}
	return all, reasons, fields(seen, "inspection", "notApplicableProposals", "uncounted").([]any)
}

func (w *world) confirm(as, id string, e *inspection.Edition, keys ...string) map[string]any {
	w.t.Helper()
	var ids []any
	for _, key := range keys {
		ids = append(ids, inspection.RequirementID(e.ID, key))
	}
	return w.try(as, "confirmNotApplicable", "ConfirmNotApplicableInput", answerFieldsWithReason, map[string]any{"inspectionId": id, "requirementIds": ids, "reason": "Seen at intake."})
}

const answerFieldsWithReason = "answers { id rating reason revision authorId }"

// What seems not to apply follows from the roster that was entered, and from nothing else that a list
// says of the facility; the inspector confirms it, and a later roster can contradict it.
func TestWhatSeemsNotToApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	w.mustExec(db, "update facility set sex = 'Male' where id = $1", w.other)
	id, e := w.womenAt(w.other) // an IGSA
	expect := func(when string, want, uncounted []string) {
		t.Helper()
		all, _, missing := w.proposals(inspector, id)
		if !slices.Equal(all, want) || fmt.Sprint(missing) != fmt.Sprint(uncounted) {
			t.Errorf("%s: proposed %q, want %q; uncounted %v, want %v", when, all, want, missing, uncounted)
		}
	}
	expect("without a roster", []string{"DEDICATED PROPOSED <nil>"}, []string{"WOMEN", "PREGNANT_WOMEN"})
	w.roster(inspector, id, 0, "ICE_DETAINEES", 40, "WOMEN", 0)
	expect("with no women", []string{"WOMEN PROPOSED WOMEN", "DEDICATED PROPOSED <nil>"}, []string{"PREGNANT_WOMEN"})
	w.roster(second, id, 1, "ICE_DETAINEES", 40, "WOMEN", 0, "PREGNANT_WOMEN", 0)
	expect("and none pregnant", []string{"WOMEN PROPOSED WOMEN", "PREGNANT PROPOSED PREGNANT_WOMEN", "DEDICATED PROPOSED <nil>"}, nil)

	w.untouched(db, "what nothing suggests", func() {
		w.refusedAs("ConflictProblem", inspector, "confirm", w.confirm(inspector, id, e, "WOMEN", "ALL"))
	})
	w.statements.Reset()
	payload := w.confirm(inspector, id, e, "WOMEN", "DEDICATED")
	if problems := messages(payload); len(problems) > 0 {
		t.Fatal(problems)
	}
	if n := w.statements.Count(); n != 15 {
		t.Errorf("confirming two items takes %d statements: %q", n, w.statements.SQL())
	}
	for _, a := range payload["answers"].([]any) {
		if fields(a, "rating") != "NOT_APPLICABLE" || fields(a, "revision") != 1.0 || fields(a, "authorId") != w.users[inspector].ID.String() {
			t.Errorf("confirmed: %v", a)
		}
	}
	_, reasons, _ := w.proposals(inspector, id)
	if got := reasons["WOMEN"]; got != "No women held: the facility's roster as of 2026-03-03T01:00:00Z counts 0. Seen at intake." {
		t.Errorf("the reason is %q", got)
	}
	if got := reasons["DEDICATED"]; got != "Holds for SPCs, CDFs and dedicated IGSAs only; the facility is of type IGSA. Seen at intake." {
		t.Errorf("the reason is %q", got)
	}
	w.untouched(db, "confirming again", func() {
		if problems := messages(w.confirm(second, id, e, "WOMEN", "DEDICATED")); len(problems) > 0 {
			t.Error(problems)
		}
	})
	w.recorded(second, id, answer(inspection.RequirementID(e.ID, "PREGNANT"), 0, "MEETS", nil))
	expect("confirmed and answered", []string{"WOMEN CONFIRMED WOMEN", "PREGNANT ANSWERED PREGNANT_WOMEN", "DEDICATED CONFIRMED <nil>"}, nil)
	w.untouched(db, "what was rated", func() {
		message := w.refusedAs("ConflictProblem", inspector, "confirm", w.confirm(inspector, id, e, "PREGNANT"))
		if !contains(message, "rated MEETS already") {
			t.Errorf("refused with %q", message)
		}
	})

	w.recorded(inspector, id, answer(inspection.RequirementID(e.ID, "ALL"), 0, "MEETS", nil))
	w.roster(inspector, id, 2, "ICE_DETAINEES", 41, "WOMEN", 1)
	expect("a woman arrives", []string{"WOMEN CONTRADICTED WOMEN", "DEDICATED CONFIRMED <nil>"}, []string{"PREGNANT_WOMEN"})
	w.untouched(db, "finishing against the roster", func() {
		message := w.refusedAs("GuardProblem", lead, "finish", w.try(lead, "finishFieldwork", "FinishFieldworkInput", header, w.stepInput(id, nil)))
		if !contains(message, "item WOMEN: NOT_APPLICABLE was confirmed because no women were held; the facility's roster as of 2026-03-03T02:00:00Z counts 1") {
			t.Errorf("refused with %q", message)
		}
	})
	gaps := w.ask(lead, "query($id: ID!) { inspection(id: $id) { gaps { subjectId } } }", map[string]any{"id": id})
	if got := fields(gaps, "inspection", "gaps").([]any); len(got) != 1 || fields(got[0], "subjectId") != inspection.AnswerID(uuidOf(t, id), inspection.RequirementID(e.ID, "WOMEN")).String() {
		t.Errorf("the gaps are %v", got)
	}
	w.untouched(db, "confirming against the roster", func() {
		w.refusedAs("ConflictProblem", inspector, "confirm", w.confirm(inspector, id, e, "WOMEN"))
	})
	w.recorded(inspector, id, answer(inspection.RequirementID(e.ID, "WOMEN"), 1, "MEETS", nil))
	expect("answered again", []string{"DEDICATED CONFIRMED <nil>"}, []string{"PREGNANT_WOMEN"})
	w.issue(id)
	if n := w.verifyChains(db); n != w.events(db) {
		t.Errorf("%d events verified", n)
	}
}

// At a dedicated facility, and at one whose type no source states, nothing is proposed for its type.
func TestWhereDedicatedRequirementsHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, _ := w.womenAt(w.facility)
	for kind, want := range map[string]int{"SPC": 0, "CDF": 0, "DIGSA": 0, "UNKNOWN": 0, "HOLD": 0, "IGSA": 1, "USMS_IGA": 1, "USMS_CDF": 1, "BOP": 1} {
		w.mustExec(db, "update facility set type = $2 where id = $1", w.facility, kind)
		if all, _, _ := w.proposals(lead, id); len(all) != want {
			t.Errorf("%s: %q", kind, all)
		}
	}
}

// Counts are checked, versioned, and recorded by the team while there is fieldwork.
func TestRecordingWhoIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.plan("5.8")
	try := func(as string, input map[string]any) map[string]any {
		return w.try(as, "recordPopulation", "RecordPopulationInput", header, input)
	}
	w.roster(inspector, id, 0, "ICE_DETAINEES", 40, "WOMEN", 4) // while it is planned
	w.step(lead, "startInspection", "StepInput", id, nil)
	with := func(more map[string]any, groups ...any) map[string]any {
		input := counted(id, 1, groups...)
		for k, v := range more {
			input[k] = v
		}
		return input
	}
	for _, c := range []struct {
		what, as, kind string
		input          map[string]any
	}{
		{"no group", lead, "ValidationProblem", with(map[string]any{"counts": []any{}})},
		{"a group twice", lead, "ValidationProblem", with(nil, "WOMEN", 1, "WOMEN", 1)},
		{"fewer than nobody", lead, "ValidationProblem", with(nil, "WOMEN", -1)},
		{"more than all", lead, "ValidationProblem", with(nil, "ICE_DETAINEES", 3, "WOMEN", 4)},
		{"more pregnant than women", lead, "ValidationProblem", with(nil, "PREGNANT_WOMEN", 3, "WOMEN", 2)},
		{"more than anywhere", lead, "ValidationProblem", with(nil, "ICE_DETAINEES", 1_000_001)},
		{"a roster of a day to come", lead, "ValidationProblem", with(map[string]any{"asOf": "2190-01-01T00:00:00Z"}, "WOMEN", 1)},
		{"the year 0", lead, "ValidationProblem", with(map[string]any{"asOf": "0000-01-01T00:00:00Z"}, "WOMEN", 1)},
		{"an old version", lead, "StaleRevisionProblem", with(map[string]any{"version": 0}, "WOMEN", 1)},
		{"a reviewer", reviewer, "ForbiddenProblem", with(nil, "WOMEN", 1)},
		{"an auditor", auditor, "ForbiddenProblem", with(nil, "WOMEN", 1)},
		{"an administrator", admin, "NotFoundProblem", with(nil, "WOMEN", 1)},
		{"the facility", facility, "NotFoundProblem", with(nil, "WOMEN", 1)},
		{"an analyst", analyst, "NotFoundProblem", with(nil, "WOMEN", 1)},
	} {
		w.untouched(db, c.what, func() { w.refusedAs(c.kind, c.as, c.what, try(c.as, c.input)) })
	}
	w.roster(second, id, 1, "WOMEN", 5)
	w.untouched(db, "the same again", func() {
		if problems := messages(try(lead, counted(id, 1, "WOMEN", 5))); len(problems) > 0 {
			t.Error(problems)
		}
	})
	seen := w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { populations { version asOf source recordedBy counts { group count } } } }", map[string]any{"id": id})
	got := fmt.Sprint(fields(seen, "inspection", "populations"))
	want := fmt.Sprintf("[map[asOf:2026-03-03T01:00:00Z counts:[map[count:5 group:WOMEN]] recordedBy:%s source:FACILITY_ROSTER version:2] map[asOf:2026-03-03T00:00:00Z counts:[map[count:40 group:ICE_DETAINEES] map[count:4 group:WOMEN]] recordedBy:%s source:FACILITY_ROSTER version:1]]",
		w.users[second].ID, w.users[inspector].ID)
	if got != want {
		t.Errorf("the versions are %s, want %s", got, want)
	}
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	w.untouched(db, "after the fieldwork", func() {
		w.refusedAs("LockedInspectionProblem", lead, "after the fieldwork", try(lead, counted(id, 2, "WOMEN", 6)))
	})
}

// The inspected see neither roster nor proposals nor what was excluded; the database holds both to it,
// and keeps what was recorded.
func TestTheInspectedSeeNoRoster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, e := w.womenAt(w.facility)
	w.roster(inspector, id, 0, "WOMEN", 0)
	w.recorded(inspector, id, answer(inspection.RequirementID(e.ID, "ALL"), 0, "MEETS", nil), answer(inspection.RequirementID(e.ID, "PREGNANT"), 0, "UNDETERMINED", map[string]any{"reason": secretWord}),
		answer(inspection.RequirementID(e.ID, "DEDICATED"), 0, "MEETS", nil))
	if problems := messages(w.confirm(inspector, id, e, "WOMEN")); len(problems) > 0 {
		t.Fatal(problems)
	}
	w.issue(id)
	tables := []string{"population", "not_applicable_basis", "exclusion_review"}
	for _, as := range everybody {
		sees := slices.Contains([]string{lead, inspector, second, reviewer, analyst, auditor}, as)
		for _, part := range []string{"populations { version }", "notApplicableProposals { proposals { reason } }", "exclusions { notApplicable groups { reason items { review { reason } } } }"} {
			body := string(w.raw(as, "query($id: ID!) { inspection(id: $id) { "+part+" } }", map[string]any{"id": id}))
			if read := !strings.Contains(body, "FORBIDDEN") && !strings.Contains(body, `"inspection":null`); read != sees {
				t.Errorf("%s asks for %s and gets %s", as, part, body)
			}
		}
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			for _, table := range tables {
				var n int
				if err := tx.QueryRow(ctx, "select count(*) from "+table).Scan(&n); err != nil {
					t.Fatal(err)
				}
				if (n > 0) != sees {
					t.Errorf("%s sees %d rows of %s", as, n, table)
				}
			}
		})
	}
	for _, c := range []struct{ as, sql, want string }{
		{lead, "update population set counts = '{}'", denied},
		{lead, "delete from population", denied},
		{lead, "insert into population select inspection_id, 2, as_of, source, counts, actor_id(), recorded_at, seq from population", "PL001"},
		{lead, "insert into population select inspection_id, 2, as_of, source, counts, recorded_by, recorded_at, seq from population", "PL001"},
		{lead, "insert into not_applicable_basis select inspection_id, answer_id, 7, '', null from not_applicable_basis", "PL001"},
		{reviewer, "update exclusion_review set verdict = 'ACCEPTED'", denied},
		{reviewer, "insert into exclusion_review select inspection_id, gen_random_uuid(), answer_id, 7, verdict, reason, reviewed_by, reviewed_at from exclusion_review limit 1", "PL003"},
	} {
		w.asRole(c.as, func(ctx context.Context, tx pgx.Tx) {
			if got := refusedBy(t, ctx, tx, c.sql); got != c.want {
				t.Errorf("%s: %s is answered %q, want %q", c.as, c.sql, got, c.want)
			}
		})
	}
}

// A roster can count every group that a requirement of the shipped editions concerns; else nobody
// could ever confirm that it does not apply.
func TestARosterCountsEveryGroupOfTheEditions(t *testing.T) {
	t.Parallel()
	editions, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range editions {
		for _, st := range e.Standards() {
			for _, r := range st.Requirements {
				if g := r.PopulationGroup(); g != "" && !slices.Contains(inspection.PopulationGroups(), g) {
					t.Errorf("%s %s concerns %q", e.Key, r.Key, r.Population)
				}
			}
		}
	}
}
