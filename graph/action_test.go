package graph_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"plumbline/inspection"
)

const actionFields = "action { id state revision overdue { due days } plan { text responsible completeOn } report { text doneAt } verifiedAt reopenedAt }"

// answered is an issued inspection with one deficiency, found by inspector and revised by second, and
// its corrective action.
type answered struct {
	*world
	id, finding, action string
}

func (w *world) answered(more map[string]any) answered {
	w.t.Helper()
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	if r, ok := more["requirementId"].(inspection.ID); ok {
		w.recorded(inspector, id, answer(r, 1, "DOES_NOT_MEET", nil))
	}
	a := answered{world: w, id: id, finding: w.deficiency(inspector, id, "5.8", more)}
	revised := map[string]any{"id": a.finding, "revision": 1, "kind": "DEFICIENCY", "standardId": w.standard("5.8").ID, "text": "Something is not as it must be, in two places."}
	for k, v := range more {
		revised[k] = v
	}
	w.do(second, "recordFindings", "RecordFindingsInput", "findings { id }", map[string]any{"inspectionId": id, "findings": []any{revised}})
	w.issue(id)
	a.action = a.read(facility)["id"].(string)
	return a
}

// read is the action as a person sees it.
func (a answered) read(as string) map[string]any {
	a.t.Helper()
	data := a.ask(as, `query($id: ID!) { inspection(id: $id) { state findings { id waived correctiveAction { id state revision overdue { due days } verifiedAt
		waivedUntil endorsements { text actorId actorRole } proof { id state declaredAs actionId retainUntil }
		history { revision kind from to text evidenceIds actorId actorRole } } } } }`, map[string]any{"id": a.id})
	for _, f := range fields(data, "inspection", "findings").([]any) {
		if fields(f, "id") == a.finding {
			action := fields(f, "correctiveAction").(map[string]any)
			action["waived"] = fields(f, "waived")
			return action
		}
	}
	a.t.Fatalf("%s does not see the finding", as)
	return nil
}

// inputs of the five steps, each from the action's present revision.
func (a answered) input(mutation string, more map[string]any) (string, map[string]any) {
	a.t.Helper()
	input := map[string]any{"inspectionId": a.id, "actionId": a.action, "revision": a.read(reviewer)["revision"]}
	kind := map[string]string{"planAction": "PlanActionInput", "reportActionDone": "ReportActionDoneInput", "endorseAction": "EndorseActionInput",
		"verifyAction": "VerifyActionInput", "reopenAction": "ReopenActionInput"}[mutation]
	switch mutation {
	case "planAction":
		input["plan"], input["responsible"], input["completeOn"] = "Train the night shift.", "facility training manager", a.now().AddDate(0, 0, 20).Format(time.DateOnly)
	case "reportActionDone":
		input["report"], input["doneAt"], input["evidenceIds"] = "The night shift is trained.", a.now(), []any{inspection.NewID()}
	case "endorseAction":
		input["remarks"] = "Agreed with the contractor."
	case "verifyAction":
		input["remarks"], input["evidenceIds"] = "Seen on the roster.", []any{inspection.NewID()}
	case "reopenAction":
		input["reason"] = "The roster shows two shifts untrained."
	}
	for k, v := range more {
		input[k] = v
	}
	return kind, input
}

func (a answered) attempt(as, mutation string, more map[string]any) map[string]any {
	a.t.Helper()
	kind, input := a.input(mutation, more)
	return a.try(as, mutation, kind, actionFields, input)
}

// take takes a step and asserts where it leads.
func (a answered) take(as, mutation, want string, more map[string]any) map[string]any {
	a.t.Helper()
	payload := a.attempt(as, mutation, more)
	if problems := payload["problems"].([]any); len(problems) > 0 {
		a.t.Fatalf("%s as %s: %v", mutation, as, problems)
	}
	if got := fields(payload, "action", "state"); got != want {
		a.t.Fatalf("%s as %s leads to %v, want %s", mutation, as, got, want)
	}
	return payload["action"].(map[string]any)
}

func (a answered) declareProof(as string, entries ...any) map[string]any {
	a.t.Helper()
	return a.try(as, "declareProof", "DeclareProofInput", "evidence { id state actionId declaredAs }", map[string]any{"inspectionId": a.id, "actionId": a.action, "evidence": entries})
}

// prove declares proof that was captured now, uploads it and has it locked.
func (a answered) prove(as string, more map[string]any) string {
	a.t.Helper()
	return a.proveWith(as, a.shot(), more)
}

func (a answered) proveWith(as string, body []byte, more map[string]any) string {
	a.t.Helper()
	id := inspection.NewID().String()
	now := a.now().UTC()
	entry := map[string]any{"capturedFrom": now, "capturedTo": now}
	for k, v := range more {
		entry[k] = v
	}
	if problems := messages(a.declareProof(as, declaration(id, body, entry))); len(problems) > 0 {
		a.t.Fatalf("declaring proof as %s: %v", as, problems)
	}
	if status := a.put(as, a.id, id, body); status != http.StatusOK {
		a.t.Fatalf("the upload answers %d", status)
	}
	if final := a.finalise(as, a.id, id); fields(final, "evidence", "state") != "LOCKED" {
		a.t.Fatalf("finalised: %v", final)
	}
	return id
}

// report reports the fix, done a moment ago, and returns proof that is newer.
func (a answered) report() string {
	a.t.Helper()
	done := a.now().UTC()
	a.pass(time.Minute)
	proof := a.prove(facility, nil)
	a.take(facility, "reportActionDone", "REPORTED_DONE", map[string]any{"doneAt": done, "evidenceIds": []any{proof}})
	a.pass(time.Minute)
	return proof
}

var actionMutations = []string{"planAction", "reportActionDone", "endorseAction", "verifyAction", "reopenAction"}

// From every state, everyone tries every step: who may not is refused by name, who may is told of the
// state, and a refusal leaves every row of every table as it was.
func TestWhoMayTakeWhichStepFromWhichState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a := w.answered(nil)
	may := map[string][]string{"planAction": {facility}, "reportActionDone": {facility}, "endorseAction": {fieldOffice},
		"verifyAction": {inspector, second, lead, reviewer}, "reopenAction": {inspector, second, lead, reviewer}}
	from := map[string][]string{"planAction": {"OPEN", "PLANNED", "REOPENED"}, "reportActionDone": {"OPEN", "PLANNED", "REOPENED"},
		"endorseAction": {"PLANNED", "REPORTED_DONE"}, "verifyAction": {"REPORTED_DONE"}, "reopenAction": {"REPORTED_DONE", "VERIFIED"}}
	check := func(state string) {
		t.Helper()
		if got := a.read(auditor)["state"]; got != state {
			t.Fatalf("the action is %v, want %s", got, state)
		}
		w.untouched(db, "everyone from "+state, func() {
			for _, mutation := range actionMutations {
				kind, input := a.input(mutation, nil)
				for _, as := range everybody {
					want := "LockedInspectionProblem"
					switch {
					case slices.Contains([]string{elsewhere, privacy, admin}, as):
						want = "NotFoundProblem"
					case !slices.Contains(may[mutation], as):
						want = "ForbiddenProblem"
					case slices.Contains(from[mutation], state) && mutation == "verifyAction":
						// The author and who revised the finding never verify; others need real evidence.
						want = map[bool]string{true: "ForbiddenProblem", false: "NotFoundProblem"}[as == inspector || as == second]
					case slices.Contains(from[mutation], state):
						continue // done below
					}
					w.refusedAs(want, as, mutation+" from "+state, w.try(as, mutation, kind, actionFields, input))
				}
			}
		})
	}
	check("OPEN")
	a.take(facility, "planAction", "PLANNED", nil)
	check("PLANNED")
	a.take(facility, "planAction", "PLANNED", map[string]any{"plan": "Train both night shifts."})
	a.take(fieldOffice, "endorseAction", "PLANNED", nil)
	first := a.report()
	check("REPORTED_DONE")
	a.take(fieldOffice, "endorseAction", "REPORTED_DONE", nil)
	reopened := w.now().UTC()
	a.take(lead, "reopenAction", "REOPENED", nil)
	check("REOPENED")
	a.take(facility, "planAction", "PLANNED", nil)
	w.untouched(db, "the fix that did not hold, reported again", func() {
		w.refused("ValidationProblem", a.attempt(facility, "reportActionDone", map[string]any{"doneAt": reopened, "evidenceIds": []any{first}}))
	})
	proof := a.report()
	a.take(lead, "verifyAction", "VERIFIED", map[string]any{"evidenceIds": []any{proof}})
	check("VERIFIED")
	a.take(inspector, "reopenAction", "REOPENED", nil)
	proof = a.report()
	if message := w.refused("GuardProblem", a.attempt(reviewer, "verifyAction", map[string]any{"evidenceIds": []any{first, proof}})); !contains(message, "evidence must be newer") {
		t.Errorf("proof of the first report verifies the third: %q", message)
	}
	a.take(reviewer, "verifyAction", "VERIFIED", map[string]any{"evidenceIds": []any{proof}})
	if state := w.step(reviewer, "closeInspection", "StepInput", a.id, nil); state != "CLOSED" {
		t.Errorf("the inspection is %s", state)
	}
	check("VERIFIED")
	other := w.answered(nil)
	w.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "__typename", map[string]any{"inspectionId": other.id, "findingId": other.finding, "stance": "CONTESTED", "reason": "x"})
	other.take(facility, "planAction", "PLANNED", nil) // contesting stops nothing
	w.do(reviewer, "ruleOnContest", "RuleOnContestInput", "__typename", map[string]any{"inspectionId": other.id, "findingId": other.finding, "ruling": "WITHDRAWN", "reason": "x"})
	a = other
	check("WITHDRAWN")
	w.untouched(db, "proof of what was withdrawn", func() {
		w.refused("LockedInspectionProblem", a.declareProof(facility, declaration(inspection.NewID().String(), picture(1), nil)))
	})
	if n := w.verifyChains(db); n != w.events(db) {
		t.Errorf("%d events verified", n)
	}
}

// Each step sent again changes nothing and is no error; a step from an older revision is refused.
func TestAStepSentAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a := w.answered(nil)
	done := w.now().UTC()
	w.pass(time.Minute)
	proof := a.prove(facility, nil)
	for _, c := range []struct {
		as, mutation string
		more         map[string]any
	}{
		{facility, "planAction", nil},
		{fieldOffice, "endorseAction", nil},
		{facility, "reportActionDone", map[string]any{"doneAt": done, "evidenceIds": []any{proof}}},
		{lead, "verifyAction", map[string]any{"evidenceIds": []any{proof}}},
		{lead, "reopenAction", nil},
	} {
		kind, input := a.input(c.mutation, c.more)
		first := w.do(c.as, c.mutation, kind, actionFields, input)
		w.untouched(db, c.mutation+" again", func() {
			again := w.do(c.as, c.mutation, kind, actionFields, input)
			if fmt.Sprint(again) != fmt.Sprint(first) {
				t.Errorf("%s again: %v, first %v", c.mutation, again, first)
			}
		})
		// The same from an older revision that was not this step's is stale, or no longer possible.
		input["revision"] = 0
		w.untouched(db, c.mutation+" from an old revision", func() {
			if payload := w.try(c.as, c.mutation, kind, actionFields, input); len(messages(payload)) == 0 {
				t.Errorf("%s from revision 0 is accepted", c.mutation)
			}
		})
	}
	w.untouched(db, "declaring and finalising proof again", func() {
		if final := a.finalise(facility, a.id, proof); fields(final, "evidence", "state") != "LOCKED" {
			t.Errorf("finalised again: %v", final)
		}
	})
}

// What is wrong with a step's input is said, and nothing is written.
func TestWhatAStepAsksFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a, b := w.answered(nil), w.answered(nil)
	w.pass(time.Minute)
	missing := inspection.NewID().String()
	a.declareProof(facility, declaration(missing, picture(1), nil))
	foreign := b.prove(facility, nil)
	fieldwork := w.rows(db, "select id::text from corrective_action where id = $1", a.action) // an id that is no evidence
	for _, c := range []struct {
		what, as, mutation string
		more               map[string]any
		kind               string
	}{
		{"no plan", facility, "planAction", map[string]any{"plan": " "}, "ValidationProblem"},
		{"no one responsible", facility, "planAction", map[string]any{"responsible": ""}, "ValidationProblem"},
		{"a plan that ends before the issue", facility, "planAction", map[string]any{"completeOn": "2026-01-01"}, "ValidationProblem"},
		{"a plan without a year", facility, "planAction", map[string]any{"completeOn": "0001-01-01"}, "ValidationProblem"},
		{"a stale plan", facility, "planAction", map[string]any{"revision": 7}, "StaleRevisionProblem"},
		{"no report", facility, "reportActionDone", map[string]any{"report": ""}, "ValidationProblem"},
		{"no proof", facility, "reportActionDone", map[string]any{"evidenceIds": []any{}}, "ValidationProblem"},
		{"one proof twice", facility, "reportActionDone", map[string]any{"evidenceIds": []any{missing, missing}}, "ValidationProblem"},
		{"proof nobody declared", facility, "reportActionDone", nil, "NotFoundProblem"},
		{"another action's proof", facility, "reportActionDone", map[string]any{"evidenceIds": []any{foreign}}, "NotFoundProblem"},
		{"what is no evidence", facility, "reportActionDone", map[string]any{"evidenceIds": []any{fieldwork[0]}}, "NotFoundProblem"},
		{"a fix to come", facility, "reportActionDone", map[string]any{"evidenceIds": []any{missing}, "doneAt": w.now().Add(time.Hour)}, "ValidationProblem"},
		{"a fix before the finding", facility, "reportActionDone", map[string]any{"evidenceIds": []any{missing}, "doneAt": "2026-03-01T00:00:00Z"}, "ValidationProblem"},
	} {
		w.untouched(db, c.what, func() { w.refusedAs(c.kind, c.as, c.what, a.attempt(c.as, c.mutation, c.more)) })
	}
	a.take(facility, "reportActionDone", "REPORTED_DONE", map[string]any{"evidenceIds": []any{missing}})
	w.untouched(db, "endorsing without a word", func() {
		w.refused("ValidationProblem", a.attempt(fieldOffice, "endorseAction", map[string]any{"remarks": " "}))
	})
	w.untouched(db, "reopening without a reason", func() {
		w.refused("ValidationProblem", a.attempt(lead, "reopenAction", map[string]any{"reason": ""}))
	})
	for what, more := range map[string]map[string]any{"no evidence": {"evidenceIds": []any{}}, "no remarks": {"remarks": ""}} {
		w.untouched(db, what, func() { w.refusedAs("ValidationProblem", lead, what, a.attempt(lead, "verifyAction", more)) })
	}
}

// An action keeps the due dates it was opened with, whatever the operator sets afterwards.
func TestDueDatesAreThoseOfTheIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.answered(nil)
	const ask = "query($id: ID!) { node(id: $id) { ...on CorrectiveAction { openedAt abatementDue planDue proofDue } } }"
	read := func(id any) map[string]any {
		return w.ask(facility, ask, map[string]any{"id": id})["node"].(map[string]any)
	}
	before := fmt.Sprint(read(old.action))
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.deficiency(inspector, id, "5.8", map[string]any{"immediateThreat": true, "priority": true})
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "x", "reason": "x"})
	w.step(lead, "submitForReview", "StepInput", id, nil)
	w.step(reviewer, "approveInspection", "StepInput", id, nil)
	w.step(reviewer, "setFinalRating", "RatingInput", id, map[string]any{"rating": "x", "reason": "x"})
	day := 24 * time.Hour
	strict := inspection.NewService(w.store, w.blobs, w.now, inspection.Settings{Action: inspection.ActionSettings{Abatement: time.Hour, Plan: 5 * day, Proof: 20 * day, PriorityProof: 10 * day}})
	if _, err := strict.IssueInspection(t.Context(), w.users[reviewer], uuidOf(t, id), int(w.stepInput(id, nil)["revision"].(float64))); err != nil {
		t.Fatal(err)
	}
	opened := w.ask(facility, "query($id: ID!) { inspection(id: $id) { findings { recordedAt correctiveAction { id } } } }", map[string]any{"id": id})
	finding := fields(opened, "inspection", "findings").([]any)[0]
	got := read(fields(finding, "correctiveAction", "id"))
	at := func(v any) time.Time {
		parsed, err := time.Parse(time.RFC3339Nano, v.(string))
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for due, want := range map[string]time.Time{"abatementDue": at(fields(finding, "recordedAt")).Add(time.Hour), "planDue": at(got["openedAt"]).Add(5 * day), "proofDue": at(got["openedAt"]).Add(10 * day)} {
		if !at(got[due]).Equal(want) {
			t.Errorf("%s is %v, want %s", due, got[due], want)
		}
	}
	if after := fmt.Sprint(read(old.action)); after != before {
		t.Errorf("the open action's dates moved: %s, were %s", after, before)
	}
}
