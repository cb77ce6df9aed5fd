package graph_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// adoptedLate has a deficiency of second's adopted and returns its finding's id.
func (w *world) adoptedLate(id, text string, more document) string {
	w.t.Helper()
	said := document{"id": inspection.NewID()}
	for k, v := range more {
		said[k] = v
	}
	w.decided(reviewer, "adoptLateWork", id, w.keep(w.behind(), id, kept{user: second, code: "LATE_FROZEN", late: true, collection: "finding",
		document: w.lateDeficiency(id, "MC-137", text, said)}))
	return fmt.Sprint(said["id"])
}

func (w *world) respond(as, id, finding, stance, reason string) map[string]any {
	w.t.Helper()
	return w.try(as, "respondToDeficiency", "RespondToDeficiencyInput", "response { stance }", map[string]any{"inspectionId": id, "findingId": finding, "stance": stance, "reason": reason})
}

func (w *world) ruleOn(as, id, finding, ruling string) map[string]any {
	w.t.Helper()
	return w.try(as, "ruleOnContest", "RuleOnContestInput", "response { ruling }", map[string]any{"inspectionId": id, "findingId": finding, "ruling": ruling, "reason": "Looked at again."})
}

// answersTo are what a user reads of the facility's answers to what was adopted late: by finding its stance
// and its ruling, of every amendment that has an answer.
func (w *world) answersTo(as, id string) map[string][]string {
	w.t.Helper()
	seen := w.ask(as, "query($id: ID!) { inspection(id: $id) { amendments { deficiency { findingId response { stance reason ruling rulingReason } } } } }", map[string]any{"id": id})
	answers := map[string][]string{}
	for _, a := range fields(seen, "inspection", "amendments").([]any) {
		if r := fields(a, "deficiency", "response"); r != nil {
			finding := fields(a, "deficiency", "findingId").(string)
			answers[finding] = append(answers[finding], fmt.Sprint(fields(r, "stance"), " ", fields(r, "reason"), " ", fields(r, "ruling"), " ", fields(r, "rulingReason")))
		}
	}
	return answers
}

// A facility answers what was adopted late as it answers what was issued, and what OPR takes back ends its
// corrective action and changes nothing that was issued.
func TestAFacilityAnswersWhatWasAdoptedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	w.answerAll(inspector, id, "MEETS", "4.3")
	w.issue(id)
	contested, accepted := w.adoptedLate(id, "two of nine", nil), w.adoptedLate(id, "no log", nil)
	note := w.adoptedLate(id, "a note", document{"kind": "NOTE"})
	before := w.frozenRows(db, id)
	for what, refused := range map[string]struct {
		kind string
		try  func() map[string]any
	}{
		"a contest without a reason":        {"ValidationProblem", func() map[string]any { return w.respond(facility, id, contested, "CONTESTED", " ") }},
		"another facility's answer":         {"NotFoundProblem", func() map[string]any { return w.respond(elsewhere, id, contested, "ACCEPTED", "") }},
		"the field office's answer":         {"ForbiddenProblem", func() map[string]any { return w.respond(fieldOffice, id, contested, "ACCEPTED", "") }},
		"an answer to a late note":          {"NotFoundProblem", func() map[string]any { return w.respond(facility, id, note, "ACCEPTED", "") }},
		"a ruling on what nobody contested": {"NotFoundProblem", func() map[string]any { return w.ruleOn(reviewer, id, contested, "WITHDRAWN") }},
		"an answer to what there is not":    {"NotFoundProblem", func() map[string]any { return w.respond(facility, id, inspection.NewID().String(), "ACCEPTED", "") }},
		"an answer to another inspection's work": {"NotFoundProblem", func() map[string]any {
			return w.respond(facility, w.visited("2026-01-05", nil, []string{"5.8"}), contested, "ACCEPTED", "")
		}},
	} {
		w.refusedAs(refused.kind, "someone", what, refused.try())
	}
	for finding, stance := range map[string]string{contested: "CONTESTED", accepted: "ACCEPTED"} {
		if problems := messages(w.respond(facility, id, finding, stance, "Nine of nine.")); len(problems) > 0 {
			t.Fatalf("%s: %v", stance, problems)
		}
	}
	w.untouched(db, "the same answer again", func() {
		if problems := messages(w.respond(facility, id, contested, "CONTESTED", " Nine of nine. ")); len(problems) > 0 {
			t.Errorf("the same answer again: %v", problems)
		}
	})
	w.refusedAs("ConflictProblem", facility, "another answer", w.respond(facility, id, contested, "ACCEPTED", ""))
	for _, as := range []string{lead, inspector, second} {
		w.refusedAs("ForbiddenProblem", as, "ruling", w.ruleOn(as, id, contested, "WITHDRAWN"))
	}
	if problems := messages(w.ruleOn(reviewer, id, contested, "WITHDRAWN")); len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[string][]string{contested: {"CONTESTED Nine of nine. WITHDRAWN Looked at again."}, accepted: {"ACCEPTED Nine of nine. <nil> "}}
	for _, as := range []string{facility, fieldOffice, reviewer, lead, inspector, auditor, analyst} {
		if diff := cmp.Diff(want, w.answersTo(as, id)); diff != "" {
			t.Errorf("%s reads (-want +got):\n%s", as, diff)
		}
	}
	for finding, state := range map[string]string{contested: "WITHDRAWN", accepted: "OPEN"} {
		if w.count(db, "select count(*) from corrective_action where finding_id = $1 and state = $2", finding, state) != 1 {
			t.Errorf("the action of %s is not %s", want[finding], state)
		}
	}
	if after := w.frozenRows(db, id); after != before {
		t.Errorf("the record moved: %s", firstDifference(before, after))
	}
}

// What was adopted once the inspection was closed is answered then, and a contest that was left is ruled on;
// what was issued is answered no more.
func TestWhatIsAdoptedAfterTheCloseIsAnsweredThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.visited("2026-03-03", nil, []string{"4.3"}, w.onLine("MC-137").ID, w.byLines("4.3", 0)[0].ID)
	left, unanswered := w.deficiencyOn(id, w.onLine("MC-137").ID)["id"].(string), w.deficiencyOn(id, w.byLines("4.3", 0)[0].ID)["id"].(string)
	if problems := messages(w.respond(facility, id, left, "CONTESTED", "It was dated.")); len(problems) > 0 {
		t.Fatal(problems)
	}
	w.inState(db, left, "VERIFIED")
	w.inState(db, unanswered, "VERIFIED")
	w.step(reviewer, "closeInspection", "StepInput", id, nil)
	late := w.adoptedLate(id, "two of nine", nil)
	w.refusedAs("LockedInspectionProblem", facility, "an answer to what was issued", w.respond(facility, id, unanswered, "ACCEPTED", ""))
	respond := "insert into finding_response (inspection_id, finding_id, stance, responded_by, responded_at) values ($1, $2, 'ACCEPTED', $3, now())"
	w.asRole(facility, func(ctx context.Context, tx pgx.Tx) {
		if code := refusedBy(t, ctx, tx, respond, id, unanswered, w.users[facility].ID); code != "PL001" {
			t.Errorf("behind the service what was issued is answered: %q", code)
		}
		if code := refusedBy(t, ctx, tx, respond, id, late, w.users[facility].ID); code != "" {
			t.Errorf("behind the service what was adopted cannot be answered: %q", code)
		}
	})
	if problems := messages(w.respond(facility, id, late, "CONTESTED", "It was dated.")); len(problems) > 0 {
		t.Fatal(problems)
	}
	before := w.frozenRows(db, id)
	for finding, ruling := range map[string]string{left: "WITHDRAWN", late: "UPHELD"} {
		if problems := messages(w.ruleOn(reviewer, id, finding, ruling)); len(problems) > 0 {
			t.Errorf("%s: %v", ruling, problems)
		}
	}
	if after := w.frozenRows(db, id); after != before {
		t.Errorf("the record moved: %s", firstDifference(before, after))
	}
	if states := w.rows(db, "select state from corrective_action where finding_id = any ($1) order by 1", []string{left, late}); !slices.Equal(states, []string{"OPEN", "WITHDRAWN"}) {
		t.Errorf("the actions are %v", states)
	}
}

// What revises a deficiency that was issued, or one that was adopted before, has its answer there.
func TestALateRevisionHasNoAnswerOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.visited("2026-03-03", nil, []string{"4.3"}, w.onLine("MC-137").ID)
	issued := w.deficiencyOn(id, w.onLine("MC-137").ID)["id"].(string)
	w.adoptedLate(id, "two of nine", document{"id": issued})
	adopted := w.adoptedLate(id, "no log", nil)
	w.adoptedLate(id, "no log at all", document{"id": adopted})
	for _, finding := range []string{issued, adopted} {
		if problems := messages(w.respond(facility, id, finding, "ACCEPTED", "")); len(problems) > 0 {
			t.Fatal(problems)
		}
	}
	want := map[string][]string{adopted: {"ACCEPTED  <nil> "}}
	for _, as := range []string{facility, reviewer} {
		if diff := cmp.Diff(want, w.answersTo(as, id)); diff != "" {
			t.Errorf("%s reads (-want +got):\n%s", as, diff)
		}
	}
}

// An area of concern that was issued, and revised late into a deficiency, is one that the facility answers.
func TestAConcernThatBecameADeficiencyLateIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	w.answerAll(inspector, id, "MEETS", "4.3")
	concern := w.deficiency(inspector, id, "4.3", map[string]any{"kind": "AREA_OF_CONCERN", "text": "two of nine"})
	w.issue(id)
	w.refusedAs("NotFoundProblem", facility, "an answer to a concern", w.respond(facility, id, concern, "ACCEPTED", ""))
	w.adoptedLate(id, "three of nine", document{"id": concern})
	before := w.frozenRows(db, id)
	if problems := append(messages(w.respond(facility, id, concern, "CONTESTED", "It was dated.")), messages(w.ruleOn(reviewer, id, concern, "WITHDRAWN"))...); len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff(map[string][]string{concern: {"CONTESTED It was dated. WITHDRAWN Looked at again."}}, w.answersTo(facility, id)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := w.count(db, "select count(*) from corrective_action where finding_id = $1 and state = 'WITHDRAWN'", concern); n != 1 {
		t.Errorf("%d actions are withdrawn", n)
	}
	if after := w.frozenRows(db, id); after != before {
		t.Errorf("the record moved: %s", firstDifference(before, after))
	}
}

// Of all that the schema offers of a late deficiency, its contest and the ruling, nothing tells the inspected
// who brought it, adopted it or ruled on it, from which device, or why it was adopted.
func TestTheInspectedAreNotToldWhoIsBehindWhatWasAdoptedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3")
	w.answerAll(inspector, id, "MEETS", "4.3")
	w.issue(id)
	device := w.registered(second, "tablet B")
	finding := inspection.NewID()
	write := w.keep(w.behind(), id, kept{user: second, device: device.ID, code: "LATE_FROZEN", late: true, collection: "finding",
		document: w.lateDeficiency(id, "MC-137", "two of nine", document{"id": finding})})
	w.decided(reviewer, "adoptLateWork", id, write)
	if problems := append(messages(w.respond(facility, id, finding.String(), "CONTESTED", "It was dated.")), messages(w.ruleOn(reviewer, id, finding.String(), "WITHDRAWN"))...); len(problems) > 0 {
		t.Fatal(problems)
	}
	never := []string{device.ID.String(), "tablet B", write, "LATE_FROZEN", `"reason":"looked at"`}
	for email, u := range w.users {
		never = append(never, email, u.ID.String())
	}
	for _, as := range []string{facility, fieldOffice} {
		told := w.told(as, id)
		for field, body := range told {
			for _, word := range never {
				if contains(body, word) {
					t.Errorf("%s is told %q by %s: %.3000s", as, word, field, around(body, word))
				}
			}
		}
		for _, part := range []string{`"text":"two of nine"`, `"stance":"CONTESTED"`, `"rulingReason":"Looked at again."`} {
			if !contains(told["amendments"], part) {
				t.Errorf("%s is not told %s: %s", as, part, told["amendments"])
			}
		}
	}
	if whole := w.told(reviewer, id)["amendments"]; !contains(whole, device.ID.String()) || !contains(whole, w.users[second].ID.String()) {
		t.Errorf("the reviewer is told %s", whole)
	}
}

// What was adopted late is not forgotten: the next inspection has it among the earlier findings, on tablets
// as in the API, until OPR takes it back.
func TestTheNextInspectionKnowsWhatWasAdoptedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.visited("2025-03-05", nil, []string{"4.3"})
	begun := w.visit("2025-09-02", nil, "4.3") // before it was adopted, so that nothing comes along
	past := w.replica(inspector, "PriorFinding")
	past.settled(0)
	late := w.adoptedLate(id, "two of nine", nil)
	past.settle("the adopted deficiency", func() bool { return len(past.heldFindings(begun)) == 1 })
	next := w.visit("2025-10-02", nil, "4.3")
	past.settle("both inspections", func() bool { return len(past.heldFindings(next)) == 1 })
	for _, at := range []string{begun, next} {
		if diff := cmp.Diff([]string{late}, past.heldFindings(at)); diff != "" {
			t.Errorf("on the tablet (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(w.priorFindingsOf(at), past.heldFindings(at)); diff != "" {
			t.Errorf("(-inspection +tablet):\n%s", diff)
		}
		d := past.held[inspection.PriorFindingID(uuidOf(t, at), uuidOf(t, late)).String()]
		if d["code"] != "MC-137" || d["text"] != "two of nine" || d["actionState"] != "OPEN" || d["carried"] != (at == next) || d["requirementId"] != w.onLine("MC-137").ID.String() {
			t.Errorf("it is %v", d)
		}
	}
	if problems := append(messages(w.respond(facility, id, late, "CONTESTED", "It was dated.")), messages(w.ruleOn(reviewer, id, late, "WITHDRAWN"))...); len(problems) > 0 {
		t.Fatal(problems)
	}
	past.settle("the withdrawal", func() bool { return len(past.heldFindings(begun)) == 0 })
	if d := past.held[inspection.PriorFindingID(uuidOf(t, next), uuidOf(t, late)).String()]; d["actionState"] != "WITHDRAWN" {
		t.Errorf("what came along is %v", d)
	}
}

// What was adopted late leaves the tablet as what was issued does: with the inspection that is cancelled, and
// with the team that its user leaves.
func TestATabletForgetsWhatWasAdoptedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.visited("2025-03-05", nil, []string{"4.3"})
	late := w.adoptedLate(id, "two of nine", nil)
	left, cancelled := w.visit("2025-09-02", nil, "4.3"), w.visit("2025-10-02", nil, "4.3")
	past := w.replica(second, "PriorFinding")
	past.settled(2)
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": left, "userId": w.users[second].ID})
	past.settle("the team that was left", func() bool { return len(past.heldFindings(left)) == 0 })
	if diff := cmp.Diff([]string{late}, past.heldFindings(cancelled)); diff != "" {
		t.Errorf("of the other one (-want +got):\n%s", diff)
	}
	w.step(lead, "cancelInspection", "ReasonInput", cancelled, map[string]any{"reason": "x"})
	past.settle("the cancelled one", func() bool { return len(past.held) == 0 })
}

// An adoption can make a visit one of the last five: the one that drops out for it leaves the tablet.
func TestAnAdoptionPushesAnOldVisitOffTheTablet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unmet := w.onLine("MC-137").ID
	id := w.plan("4.3") // before anything was issued, so that nothing comes along
	w.step(lead, "startInspection", "StepInput", id, nil)
	past := w.replica(second, "PriorFinding")
	var visits []string
	for n := range 5 {
		visits = append(visits, w.visited(fmt.Sprintf("202%d-03-05", n), nil, []string{"4.3"}, unmet))
	}
	newest := w.visited("2025-03-05", nil, []string{"4.3"})
	past.settled(5)
	late := w.adoptedLate(newest, "two of nine", nil)
	past.settle("the adoption", func() bool { return cmp.Equal(past.heldFindings(id), w.priorFindingsOf(id)) })
	held := past.heldFindings(id)
	if dropped := w.deficiencyOn(visits[0], unmet)["id"].(string); len(held) != 5 || slices.Contains(held, dropped) || !slices.Contains(held, late) {
		t.Errorf("held are %v", held)
	}
}

// The database alone has nobody who took part in an inspection consent to a waiver of what was adopted late
// of it: not who brought it, by whatever it is waived.
func TestTheDatabaseKeepsWaiversOfWhatWasAdoptedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.lateAction()
	w.mustExec(w.behind(), "update app_user set role = 'REVIEWER' where email = $1", second)
	author := w.users[second]
	author.Role = inspection.RoleReviewer
	w.users[second] = author
	for by, covered := range map[string]any{"actionId": a.action, "requirementId": w.onLine("MC-137").ID, "standardId": w.standard("4.3").ID} {
		id, state := w.grant(lead, map[string]any{by: covered})
		if state != "AWAITING_CONSENT" {
			t.Fatalf("by %s the waiver is %s", by, state)
		}
		w.refusedAs("ForbiddenProblem", second, "consenting", w.try(second, "consentToWaiver", "ConsentToWaiverInput", waiverFields, map[string]any{"waiverId": id, "remarks": "Safe."}))
		for as, want := range map[string]string{second: "PL004", reviewer: ""} {
			w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
				if code := refusedBy(t, ctx, tx, "update waiver set consent_by = actor_id(), consent_at = now() where id = $1", id); code != want {
					t.Errorf("%s consents by %s: %q, want %q", as, by, code, want)
				}
			})
		}
	}
}
