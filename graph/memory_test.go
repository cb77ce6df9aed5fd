package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
)

// visit plans and starts a visit of three days.
func (w *world) visit(day string, more map[string]any, numbers ...string) string {
	w.t.Helper()
	start, err := time.Parse(time.DateOnly, day)
	if err != nil {
		w.t.Fatal(err)
	}
	input := map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "LIVE", "scope": "FULL", "announced": false,
		"plannedStart": day, "plannedEnd": start.AddDate(0, 0, 2).Format(time.DateOnly), "leadId": w.users[lead].ID, "teamIds": []any{w.users[inspector].ID, w.users[second].ID}}
	var ids []any
	for _, n := range numbers {
		ids = append(ids, w.standard(n).ID)
	}
	input["standardIds"] = ids
	for k, v := range more {
		input[k] = v
	}
	id := fields(w.do(lead, "planInspection", "PlanInspectionInput", header, input), "inspection", "id").(string)
	w.step(lead, "startInspection", "StepInput", id, nil)
	return id
}

// visited is a visit that was issued; the requirements are not met, everything else of the standards is.
func (w *world) visited(day string, more map[string]any, numbers []string, unmet ...inspection.ID) string {
	w.t.Helper()
	id := w.visit(day, more, numbers...)
	w.answerAll(inspector, id, "MEETS", numbers...)
	for _, r := range unmet {
		w.recorded(inspector, id, answer(r, 1, "DOES_NOT_MEET", nil))
	}
	w.issue(id)
	return id
}

// leave explains why items were not reviewed, and rates the others of the standards as met.
func (w *world) leave(id string, numbers []string, left ...inspection.ID) {
	w.t.Helper()
	w.answerAll(inspector, id, "MEETS", numbers...)
	for _, r := range left {
		w.recorded(inspector, id, answer(r, 1, "NOT_REVIEWED", map[string]any{"reason": "no time", "methods": []any{}}))
	}
}

// inState puts the corrective action of a finding where the facility's report would, and no further
// than the database itself.
func (w *world) inState(db *pgxpool.Pool, finding, state string) {
	w.t.Helper()
	err := pgx.BeginFunc(w.t.Context(), db, func(tx pgx.Tx) error {
		for _, sql := range []string{"set local session_replication_role = replica", "update corrective_action set state = '" + state + "' where finding_id = '" + finding + "'"} {
			if _, err := tx.Exec(w.t.Context(), sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// of reads a field of an inspection.
func (w *world) of(as, id, selection string) any {
	w.t.Helper()
	name, _, _ := strings.Cut(selection, " ")
	return fields(w.ask(as, "query($id: ID!) { inspection(id: $id) { "+selection+" } }", map[string]any{"id": id}), "inspection", name)
}

// deficiencyOn returns the standing deficiency on the requirement.
func (w *world) deficiencyOn(id string, requirement inspection.ID) map[string]any {
	w.t.Helper()
	const selection = `findings { id requirementId removedAt code text repeatDeclared repeatDerived repeatTimes repeatFirstOn repeatDaysOpen repeatOf
		correctiveAction { id state planDue proofDue openedAt } }`
	for _, f := range w.of(reviewer, id, selection).([]any) {
		if fields(f, "requirementId") == requirement.String() && fields(f, "removedAt") == nil {
			return f.(map[string]any)
		}
	}
	w.t.Fatal("no deficiency rests on the requirement")
	return nil
}

// carried prints what came along, one line each.
func (w *world) carried(id string) []string {
	w.t.Helper()
	var lines []string
	for _, c := range w.of(inspector, id, "carriedActions { findingId endedOn ageDays state outcome requirementId standardId }").([]any) {
		line := fmt.Sprint(fields(c, "endedOn"), " ", fields(c, "ageDays"), " days ", fields(c, "state"), " ", fields(c, "outcome"))
		if fields(c, "requirementId") == nil {
			line += " no item"
		}
		if fields(c, "standardId") == nil {
			line += " no standard"
		}
		lines = append(lines, line)
	}
	return lines
}

// A deficiency never corrected joins the next inspection with its age and, not met again, is a repeat.
// One that is not looked at stays open and is listed so; one that the facility says it fixed stays
// unverified and is carried on.
func TestThreeVisits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	late := w.onLine("MC-137").ID
	notSeen, fixed := w.standard("5.8").Requirements[0].ID, w.standard("5.8").Requirements[1].ID
	both := []string{"4.3", "5.8"}
	first := w.visited("2024-03-05", nil, both, late, notSeen, fixed)
	if carried := w.carried(first); len(carried) > 0 {
		t.Errorf("the first visit carries %v", carried)
	}
	one := w.deficiencyOn(first, late)
	if one["repeatDerived"] != "NONE" || one["repeatTimes"] != 0.0 || one["repeatFirstOn"] != nil || one["repeatDaysOpen"] != nil || one["code"] != "MC-137" {
		t.Errorf("found for the first time: %v", one)
	}
	w.inState(db, w.deficiencyOn(first, fixed)["id"].(string), "REPORTED_DONE")

	// The second visit: found again, not looked at, found in order.
	again := w.visit("2025-03-04", nil, both...)
	const age = 362 // from 7 March 2024 to 4 March 2025
	line := func(end string, days int, state, outcome string) string {
		return fmt.Sprintf("%s %d days %s %s", end, days, state, outcome)
	}
	begun := []string{line("2024-03-07", age, "OPEN", "<nil>"), line("2024-03-07", age, "OPEN", "<nil>"), line("2024-03-07", age, "REPORTED_DONE", "<nil>")}
	if diff := cmp.Diff(begun, w.carried(again)); diff != "" {
		t.Errorf("the second visit begins with (-want +got):\n%s", diff)
	}
	gaps := fmt.Sprint(w.of(lead, again, "gaps { message }"))
	if !contains(gaps, "item "+w.onLine("MC-137").Key+": not rated; rate it, or say why it was not reviewed (a corrective action is open on it since 2024-03-07)") {
		t.Errorf("no gap says what is open: %s", gaps)
	}
	w.leave(again, both, notSeen)
	w.recorded(inspector, again, answer(late, 1, "DOES_NOT_MEET", map[string]any{"remarks": "Again late.", "sample": map[string]any{"size": 12, "nonconforming": 2}}))
	draft := w.of(inspector, again, "deficiencyDrafts { requirementId codes text repeatDerived repeatTimes repeatFirstOn repeatDaysOpen repeatOf }").([]any)
	want := map[string]any{"requirementId": late.String(), "codes": []any{"MC-137"}, "text": "Again late. In 2 out of 12 looked at.", "repeatDerived": "CERTAIN",
		"repeatTimes": 1.0, "repeatFirstOn": "2024-03-07", "repeatDaysOpen": 364.0, "repeatOf": []any{one["id"]}}
	if diff := cmp.Diff([]any{want}, draft); diff != "" {
		t.Errorf("the draft (-want +got):\n%s", diff)
	}
	w.issue(again)
	if diff := cmp.Diff([]string{line("2024-03-07", age, "OPEN", "REPEATED"), line("2024-03-07", age, "OPEN", "NOT_LOOKED_AT"),
		line("2024-03-07", age, "REPORTED_DONE", "LOOKED_AT")}, w.carried(again)); diff != "" {
		t.Errorf("the second visit ends with (-want +got):\n%s", diff)
	}
	two := w.deficiencyOn(again, late)
	if two["repeatDerived"] != "CERTAIN" || two["repeatDeclared"] != false || two["repeatDaysOpen"] != 364.0 || two["text"] != "Again late. In 2 out of 12 looked at." {
		t.Errorf("found again: %v", two)
	}
	action := two["correctiveAction"].(map[string]any)
	if opened, due := moment(t, action["openedAt"]), moment(t, action["proofDue"]); due.Sub(opened) != 30*24*time.Hour {
		t.Errorf("the proof of a repeat is due after %s", due.Sub(opened))
	}
	if tally := w.of(facility, again, "tally { deficiencies repeatDeclared repeatDerived repeatProbable }"); fmt.Sprint(tally) != "map[deficiencies:1 repeatDeclared:0 repeatDerived:1 repeatProbable:0]" {
		t.Errorf("the tally: %v", tally)
	}

	// The third visit: a smaller scope; what the facility said it fixed is found deficient again.
	w.inState(db, two["id"].(string), "REPORTED_DONE")
	third := w.visit("2026-03-03", map[string]any{"scope": "SPECIAL_REVIEW"}, "4.3")
	w.answerAll(inspector, third, "MEETS", "4.3")
	w.recorded(inspector, third, answer(late, 1, "DOES_NOT_MEET", nil))
	events := w.events(db)
	w.issue(third)
	const since = 726 // from 7 March 2024 to 3 March 2026
	if diff := cmp.Diff([]string{line("2024-03-07", since, "OPEN", "REPEATED"), line("2024-03-07", since, "OPEN", "NOT_LOOKED_AT") + " no item no standard",
		line("2024-03-07", since, "REPORTED_DONE", "NOT_LOOKED_AT") + " no item no standard", line("2025-03-06", 362, "REOPENED", "REPEATED")}, w.carried(third)); diff != "" {
		t.Errorf("the third visit ends with (-want +got):\n%s", diff)
	}
	three := w.deficiencyOn(third, late)
	if three["repeatTimes"] != 2.0 || three["repeatFirstOn"] != "2024-03-07" || three["repeatDaysOpen"] != 728.0 ||
		fmt.Sprint(three["repeatOf"]) != fmt.Sprint([]any{two["id"], one["id"]}) {
		t.Errorf("found for the third time: %v", three)
	}
	reopened := w.rows(db, "select detail::text from audit_event where inspection_id = $1 and target_id = $2", again, action["id"])
	if len(reopened) != 1 || !contains(reopened[0], `"to":"REOPENED"`) || !contains(reopened[0], third) {
		t.Errorf("the log of the second visit says of the reopening %q", reopened)
	}
	if n := w.verifyChains(db); n != w.events(db) || n == events {
		t.Errorf("%d events verified of %d", n, w.events(db))
	}
	w.refused("GuardProblem", w.try(reviewer, "closeInspection", "StepInput", header, w.stepInput(first, nil)))
}

func moment(t *testing.T, v any) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, v.(string))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// What counts as found before, and that it is the same whoever asks.
func TestWhichHistoryCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	scope := []string{"4.3"}
	w.visited("2025-01-07", map[string]any{"origin": "EXERCISE"}, scope, late)
	w.visited("2025-01-14", map[string]any{"origin": "RECONSTRUCTED", "source": "a report"}, scope, late)
	w.visited("2025-01-21", map[string]any{"facilityId": w.other}, scope, late)
	w.visited("2025-09-02", nil, scope, late) // ended later than the visit below
	unissued := w.visit("2025-01-28", nil, "4.3")
	w.recorded(inspector, unissued, answer(late, 0, "DOES_NOT_MEET", nil))
	w.adopt(unissued)
	contested := w.visited("2025-02-04", nil, scope, late)
	this := w.visit("2025-06-03", nil, "4.3")
	w.recorded(inspector, this, answer(late, 0, "DOES_NOT_MEET", nil))
	w.adopt(this)
	for as, f := range w.everyRepeat(this) {
		if f != "CERTAIN 1 2025-02-06 119" {
			t.Errorf("%s reads %q", as, f)
		}
	}
	ref := map[string]any{"inspectionId": contested, "findingId": w.deficiencyOn(contested, late)["id"]}
	with := func(more map[string]any) map[string]any {
		for k, v := range ref {
			more[k] = v
		}
		return more
	}
	w.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "response { stance }", with(map[string]any{"stance": "CONTESTED", "reason": "x"}))
	w.do(reviewer, "ruleOnContest", "RuleOnContestInput", "response { ruling }", with(map[string]any{"ruling": "WITHDRAWN", "reason": "x"}))
	for as, f := range w.everyRepeat(this) {
		if f != "NONE 0 <nil> <nil>" {
			t.Errorf("after the withdrawal %s reads %q", as, f)
		}
	}
	exercise := w.visit("2025-06-10", map[string]any{"origin": "EXERCISE"}, "4.3")
	w.recorded(inspector, exercise, answer(late, 0, "DOES_NOT_MEET", nil))
	w.adopt(exercise)
	if f := w.deficiencyOn(exercise, late); f["repeatDerived"] != "CERTAIN" || f["repeatFirstOn"] != "2025-01-09" {
		t.Errorf("among exercises: %v", f)
	}
}

// everyRepeat is the repeat of the inspection's one deficiency as each reader of it sees it.
func (w *world) everyRepeat(id string) map[string]string {
	w.t.Helper()
	seen := map[string]string{}
	for _, as := range []string{lead, inspector, second, reviewer, auditor} {
		f := w.of(as, id, "findings { repeatDerived repeatTimes repeatFirstOn repeatDaysOpen }").([]any)[0]
		seen[as] = fmt.Sprint(fields(f, "repeatDerived"), " ", fields(f, "repeatTimes"), " ", fields(f, "repeatFirstOn"), " ", fields(f, "repeatDaysOpen"))
	}
	return seen
}

// A repeat that was frozen stays, whatever becomes of the history, and the snapshot holds it.
func TestTheSnapshotHoldsTheMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	first := w.visited("2025-02-04", nil, []string{"4.3"}, late)
	this := w.visited("2025-06-03", nil, []string{"4.3", "5.8"}, late)
	ref := map[string]any{"inspectionId": first, "findingId": w.deficiencyOn(first, late)["id"]}
	w.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "response { stance }", map[string]any{"inspectionId": first, "findingId": ref["findingId"], "stance": "CONTESTED", "reason": "x"})
	w.do(reviewer, "ruleOnContest", "RuleOnContestInput", "response { ruling }", map[string]any{"inspectionId": first, "findingId": ref["findingId"], "ruling": "WITHDRAWN", "reason": "x"})
	if f := w.deficiencyOn(this, late); f["repeatDerived"] != "CERTAIN" || f["repeatDaysOpen"] != 119.0 {
		t.Errorf("after a later withdrawal the frozen repeat is %v", f)
	}
	var document struct {
		Findings []struct {
			RepeatDerived  string
			RepeatTimes    int
			RepeatDaysOpen *int
			RepeatOf       []string
			Seq            int
		}
		CarriedActions []struct {
			FindingID, Outcome string
			AgeDays            int
		}
		Trend struct {
			All, Common     struct{ DeficienciesThen, DeficienciesNow int }
			CommonStandards []string
			Repeated        []string
		}
		Tally struct{ RepeatDerived int }
	}
	if err := json.Unmarshal([]byte(fields(w.of(reviewer, this, "snapshot { body }"), "body").(string)), &document); err != nil {
		t.Fatal(err)
	}
	f := document.Findings[0]
	if f.RepeatDerived != "CERTAIN" || f.RepeatTimes != 1 || *f.RepeatDaysOpen != 119 || f.RepeatOf[0] != ref["findingId"] || document.Tally.RepeatDerived != 1 {
		t.Errorf("the finding in the snapshot: %+v", f)
	}
	if c := document.CarriedActions; len(c) != 1 || c[0].Outcome != "REPEATED" || c[0].AgeDays != 117 || c[0].FindingID != ref["findingId"] {
		t.Errorf("the carried actions in the snapshot: %+v", c)
	}
	if tr := document.Trend; tr.All.DeficienciesThen != 1 || tr.All.DeficienciesNow != 1 || !slices.Equal(tr.CommonStandards, []string{"4.3"}) || !slices.Equal(tr.Repeated, f.RepeatOf) {
		t.Errorf("the trend in the snapshot: %+v", tr)
	}
	db := w.behind()
	if n := w.count(db, "select count(*) from finding where inspection_id = $1 and seq = $2", this, f.Seq); n != 1 {
		t.Errorf("the stored finding has another change number than the snapshot's %d", f.Seq)
	}
}

// The trend sets like beside like: the last inspection of the kind, and the standards that both
// reviewed.
func TestTheTrend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	grievance, other, third := w.standard("5.8").Requirements[0].ID, w.standard("5.8").Requirements[1].ID, w.standard("5.8").Requirements[2].ID
	care := w.standard("5.4").Requirements[0].ID
	const selection = `trend { lastInspectionId lastEndedOn commonStandards repeated foundMet notLookedAt
		all { deficienciesThen deficienciesNow deficiencies deficientStandardsThen deficientStandardsNow deficientStandards }
		common { deficienciesThen deficienciesNow deficiencies deficientStandardsThen deficientStandardsNow deficientStandards } }`
	first := w.visited("2024-03-05", nil, []string{"4.3", "5.8"}, late, grievance, other)
	if trend := w.of(reviewer, first, selection); trend != nil {
		t.Errorf("the trend of a first inspection is %v", trend)
	}
	w.visited("2024-09-03", map[string]any{"scope": "SPECIAL_REVIEW"}, []string{"4.3"})
	this := w.visit("2025-03-04", nil, "5.4", "5.8")
	w.leave(this, []string{"5.4", "5.8"}, other)
	w.recorded(inspector, this, answer(care, 1, "DOES_NOT_MEET", nil), answer(w.standard("5.4").Requirements[1].ID, 1, "DOES_NOT_MEET", nil), answer(third, 1, "DOES_NOT_MEET", nil),
		answer(w.standard("5.4").Requirements[2].ID, 1, "DOES_NOT_MEET", nil))
	w.adopt(this)
	id := func(requirement inspection.ID) any { return w.deficiencyOn(first, requirement)["id"] }
	compared := func(then, now float64, d string, standardsThen, standardsNow float64, s string) map[string]any {
		return map[string]any{"deficienciesThen": then, "deficienciesNow": now, "deficiencies": d, "deficientStandardsThen": standardsThen, "deficientStandardsNow": standardsNow, "deficientStandards": s}
	}
	want := map[string]any{"lastInspectionId": first, "lastEndedOn": "2024-03-07", "commonStandards": []any{"5.8"},
		"all": compared(3, 4, "UP", 2, 2, "LEVEL"), "common": compared(2, 1, "DOWN", 1, 1, "LEVEL"),
		"repeated": []any{}, "foundMet": []any{id(grievance)}, "notLookedAt": []any{id(late), id(other)}}
	if diff := cmp.Diff(want, w.of(reviewer, this, selection), cmp.Transformer("sorted", sortedIDs)); diff != "" {
		t.Errorf("before the issue (-want +got):\n%s", diff)
	}
	w.issue(this)
	w.visited("2025-02-04", nil, []string{"5.8"}) // issued later: what was frozen stays
	for _, as := range []string{reviewer, analyst} {
		if diff := cmp.Diff(want, w.of(as, this, selection), cmp.Transformer("sorted", sortedIDs)); diff != "" {
			t.Errorf("after the issue, as %s (-want +got):\n%s", as, diff)
		}
	}
	want["foundMet"], want["notLookedAt"] = nil, nil
	for _, as := range []string{facility, fieldOffice} {
		if diff := cmp.Diff(want, w.of(as, this, selection), cmp.Transformer("sorted", sortedIDs)); diff != "" {
			t.Errorf("as %s (-want +got):\n%s", as, diff)
		}
	}
}

// sortedIDs compares lists of ids whatever their order.
func sortedIDs(list []any) []string {
	texts := make([]string, len(list))
	for n, v := range list {
		texts[n] = fmt.Sprint(v)
	}
	slices.Sort(texts)
	return texts
}

// The inspector sees what the last five inspections found, each at its item.
func TestPriorFindings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	for n := range 6 {
		w.visited(fmt.Sprintf("202%d-03-05", n), nil, []string{"4.3"}, late)
	}
	w.visited("2025-06-03", nil, []string{"5.8"}, w.standard("5.8").Requirements[0].ID)
	id := w.visit("2025-09-02", nil, "4.3")
	var got []string
	for _, p := range w.of(second, id, "priorFindings { endedOn itemId standard code actionState }").([]any) {
		got = append(got, fmt.Sprint(fields(p, "endedOn"), " ", fields(p, "standard"), " ", fields(p, "code"), " ", fields(p, "actionState"), " ", fields(p, "itemId") == late.String()))
	}
	want := []string{"2025-06-05 5.8  OPEN false", "2025-03-07 4.3 MC-137 OPEN true", "2024-03-07 4.3 MC-137 OPEN true", "2023-03-07 4.3 MC-137 OPEN true", "2022-03-07 4.3 MC-137 OPEN true"}
	if diff := cmp.Diff(want, got, cmp.Transformer("code", func(s string) string { return strings.Join(strings.Fields(s), " ") })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
