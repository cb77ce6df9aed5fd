package graph_test

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"plumbline/inspection"
)

// atOnce runs f n times at once.
func atOnce(n int, f func(n int)) {
	var wait sync.WaitGroup
	for k := range n {
		wait.Add(1)
		go func() {
			defer wait.Done()
			f(k)
		}()
	}
	wait.Wait()
}

// outcomes counts what a mutation came to when many sent it at once: "" for success, else the code.
func (w *world) outcomes(n int, send func(n int) (as, mutation, inputType string, input map[string]any)) map[string]int {
	w.t.Helper()
	var lock sync.Mutex
	counts := map[string]int{}
	atOnce(n, func(k int) {
		as, mutation, inputType, input := send(k)
		data, errs := w.send(as, "mutation M($input: "+inputType+"!) { "+mutation+"(input: $input) { "+problemFields+" } }", map[string]any{"input": input})
		code := ""
		switch problems := fields(data, mutation, "problems"); {
		case len(errs) > 0:
			code = fmt.Sprint(errs)
		case len(problems.([]any)) > 0:
			code = fmt.Sprint(fields(problems.([]any)[0], "code"), " ", fields(problems.([]any)[0], "message"))
		}
		lock.Lock()
		counts[mutation+" "+code]++
		lock.Unlock()
	})
	return counts
}

// stopped is what a caller is told whose change the database gave up on, waiting for another.
var stopped = regexp.MustCompile("UNAVAILABLE|INTERNAL")

// A waiver and a step of the same action, that come at once, never each hold what the other waits for.
func TestWaiversAndStepsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	requirement := w.standard("5.8").Requirements[0].ID
	a, b := w.answered(map[string]any{"requirementId": requirement}), w.answered(map[string]any{"requirementId": requirement})
	of := []answered{a, b}
	for range 4 {
		a.report()
		b.report()
		revisions := []any{a.read(reviewer)["revision"], b.read(reviewer)["revision"]}
		waivers := make([]map[string]any, 5)
		for n := range waivers {
			waivers[n] = w.waiver(map[string]any{"requirementId": requirement})
		}
		got := w.outcomes(10, func(n int) (string, string, string, map[string]any) {
			if n%2 == 0 {
				return lead, "grantWaiver", "GrantWaiverInput", waivers[n/2]
			}
			one := n / 2 % 2
			return lead, "reopenAction", "ReopenActionInput", map[string]any{"inspectionId": of[one].id, "actionId": of[one].action, "revision": revisions[one], "reason": fmt.Sprint("Seen ", n)}
		})
		if stopped.MatchString(fmt.Sprint(got)) || got["grantWaiver "] != 5 {
			t.Errorf("%v", got)
		}
		for _, waiver := range waivers {
			w.do(lead, "endWaiver", "EndWaiverInput", "__typename", map[string]any{"waiverId": waiver["id"], "reason": "Over."})
		}
	}
}

// Twenty at once: one outcome each.
func TestTwentyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a := w.answered(nil)
	proof := a.report()
	_, input := a.input("verifyAction", map[string]any{"evidenceIds": []any{proof}})
	who := []string{lead, reviewer}
	got := w.outcomes(20, func(n int) (string, string, string, map[string]any) {
		return who[n%2], "verifyAction", "VerifyActionInput", input
	})
	if got["verifyAction "] != 10 || len(got) != 2 {
		t.Errorf("verified at once: %v", got)
	}
	if n := w.count(db, "select count(*) from corrective_action_step where kind = 'VERIFY'"); n != 1 {
		t.Errorf("%d verifications", n)
	}

	b := w.answered(nil)
	input = w.waiver(map[string]any{"actionId": b.action})
	got = w.outcomes(20, func(int) (string, string, string, map[string]any) {
		return lead, "grantWaiver", "GrantWaiverInput", input
	})
	if n := w.count(db, "select count(*) from waiver"); n != 1 || got["grantWaiver "] != 20 {
		t.Errorf("%d waivers, %v", n, got)
	}
	c := w.answered(nil)
	got = w.outcomes(20, func(int) (string, string, string, map[string]any) {
		return lead, "grantWaiver", "GrantWaiverInput", w.waiver(map[string]any{"actionId": c.action})
	})
	if got["grantWaiver "] != 1 {
		t.Errorf("many waivers of one action: %v", got)
	}

	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	r := w.standard("5.8").Requirements[0].ID
	w.recorded(inspector, id, answer(r, 1, "DOES_NOT_MEET", nil))
	got = w.outcomes(20, func(int) (string, string, string, map[string]any) {
		return lead, "adoptDrafts", "AdoptDraftsInput", map[string]any{"inspectionId": id, "drafts": []any{map[string]any{"requirementId": r}}}
	})
	if n := w.count(db, "select count(*) from finding where inspection_id = $1 and removed_at is null", id); n != 1 {
		t.Errorf("%d findings, %v", n, got)
	}
	draw := w.committed(inspector, id, nil)
	got = w.outcomes(20, func(n int) (string, string, string, map[string]any) {
		return inspector, "drawSample", "DrawSampleInput", drawInput(id, draw, 100+n%2, 10)
	})
	if len(got) != 2 || got["drawSample "] != 10 {
		t.Errorf("drawn at once: %v", got)
	}
	w.submit(id)
	w.step(reviewer, "approveInspection", "StepInput", id, nil)
	w.step(reviewer, "setFinalRating", "RatingInput", id, map[string]any{"rating": "x", "reason": "x"})
	input = w.stepInput(id, nil)
	got = w.outcomes(20, func(int) (string, string, string, map[string]any) {
		return reviewer, "issueInspection", "StepInput", input
	})
	if n := w.count(db, "select count(*) from snapshot where inspection_id = $1", id); n != 1 || got["issueInspection "] < 1 {
		t.Errorf("%d snapshots, %v", n, got)
	}
	if n := w.verifyChains(db); n != w.events(db) {
		t.Errorf("%d events verified", n)
	}
}

// An issue that finds a reported fix deficient again, and a step of that action, at once.
func TestAnIssueAndAStepOfACarriedActionAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	r := w.standard("5.8").Requirements[0].ID
	for n := range 4 {
		a := w.answered(map[string]any{"requirementId": r})
		proof := a.report()
		next := w.visit(fmt.Sprintf("2027-0%d-03", n+1), nil, "5.8")
		w.answerAll(inspector, next, "MEETS", "5.8")
		w.recorded(inspector, next, answer(r, 1, "DOES_NOT_MEET", nil))
		w.adopt(next)
		w.submit(next)
		w.step(reviewer, "approveInspection", "StepInput", next, nil)
		w.step(reviewer, "setFinalRating", "RatingInput", next, map[string]any{"rating": "x", "reason": "x"})
		_, verify := a.input("verifyAction", map[string]any{"evidenceIds": []any{proof}})
		_, endorse := a.input("endorseAction", nil)
		issue := w.stepInput(next, nil)
		got := w.outcomes(3, func(k int) (string, string, string, map[string]any) {
			switch k {
			case 0:
				return reviewer, "issueInspection", "StepInput", issue
			case 1:
				return lead, "verifyAction", "VerifyActionInput", verify
			}
			return fieldOffice, "endorseAction", "EndorseActionInput", endorse
		})
		if stopped.MatchString(fmt.Sprint(got)) || got["issueInspection "] != 1 {
			t.Errorf("%v", got)
		}
	}
	if n := w.verifyChains(db); n != w.events(db) {
		t.Errorf("%d events verified", n)
	}
}

// A waiver that has run out holds no more for the scope of a follow-up, whether or not that was
// written down.
func TestAFollowUpLooksAtWhatAWaiverNoLongerCovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.answered(map[string]any{"requirementId": w.standard("5.8").Requirements[0].ID})
	w.grant(lead, map[string]any{"actionId": a.action})
	w.visited("2026-06-01", nil, []string{"5.6"}) // the last inspection found nothing there
	scope := func() string {
		data := w.ask(lead, "query($f: ID!, $e: ID!) { followUpScope(facilityId: $f, editionId: $e, origin: LIVE) { standards { number reasons openActions } } }", map[string]any{"f": w.facility, "e": w.edition.ID})
		return fmt.Sprint(fields(data, "followUpScope", "standards"))
	}
	if got := scope(); got != "[]" {
		t.Errorf("while it is waived: %s", got)
	}
	w.pass(91 * 24 * time.Hour)
	if got := a.read(lead)["state"]; got != "REOPENED" {
		t.Fatalf("the action is %v", got)
	}
	if got := scope(); got != "[map[number:5.8 openActions:1 reasons:[ACTION_OPEN]]]" {
		t.Errorf("when the waiver has run out: %s", got)
	}
}

// A waiver verifies nothing: what it covers comes along with the next inspection, and is open again there
// when it runs out before the issue.
func TestWhatIsWaivedComesAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.answered(map[string]any{"requirementId": w.standard("5.8").Requirements[0].ID})
	w.grant(lead, map[string]any{"actionId": a.action})
	id := w.visit("2026-06-01", nil, "5.8")
	state := func() string {
		data := w.ask(lead, "query($id: ID!) { inspection(id: $id) { carriedActions { actionId state } } }", map[string]any{"id": id})
		return fmt.Sprint(fields(data, "inspection", "carriedActions"))
	}
	if got, want := state(), fmt.Sprintf("[map[actionId:%s state:WAIVED]]", a.action); got != want {
		t.Errorf("carried: %s, want %s", got, want)
	}
	w.pass(91 * 24 * time.Hour)
	if got, want := state(), fmt.Sprintf("[map[actionId:%s state:REOPENED]]", a.action); got != want {
		t.Errorf("when the waiver has run out: %s, want %s", got, want)
	}
}

// recomputes asserts that an issued inspection is recomputed from its snapshot, and taken again is the same.
func (w *world) recomputes(what, id string) {
	w.t.Helper()
	body := w.body(id)
	result, err := inspection.Recompute(body)
	if err != nil || !result.Agrees() {
		w.t.Errorf("%s: recomputed %v, %v", what, result.Agrees(), err)
	}
	again, err := w.service.Resnapshot(w.t.Context(), w.users[reviewer], uuidOf(w.t.(*testing.T), id))
	if err != nil || !slices.Equal(again.Body, body) {
		w.t.Errorf("%s: taken again it is another document (%v): %s", what, err, firstDifference(string(body), string(again.Body)))
	}
}

// Every kind of inspection is recomputed from its snapshot after the world went on.
func TestEveryKindOfInspectionIsRecomputed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	other := w.secondEdition("nds-test")
	r := w.standard("5.8").Requirements[0].ID
	ids := map[string]string{}
	first := w.visited("2024-03-05", nil, []string{"4.3", "5.8"}, r, w.onLine("MC-137").ID)
	ids["first"] = first
	mixed := w.planned(map[string]any{"plannedStart": "2025-03-03", "plannedEnd": "2025-03-05", "standardIds": []any{w.standard("5.8").ID},
		"also": []any{map[string]any{"editionId": other.ID, "standardIds": []any{inspection.StandardID(other.ID, "4.3")}}}})
	w.step(lead, "startInspection", "StepInput", mixed, nil)
	w.answerAll(inspector, mixed, "MEETS", "5.8")
	w.recorded(inspector, mixed, answer(r, 1, "DOES_NOT_MEET", nil), answer(inspection.RequirementID(other.ID, "MC-137"), 0, "DOES_NOT_MEET", nil),
		answer(inspection.RequirementID(other.ID, "MC-900"), 0, "MEETS", map[string]any{"sample": map[string]any{"datePairs": []any{
			map[string]any{"start": "2025-03-01", "end": "2025-03-09"}, map[string]any{"start": "2025-03-02"}}, "limit": map[string]any{"value": 5, "unit": "DAYS"}, "asOf": "2025-03-12"}}))
	w.issue(mixed)
	ids["mixed"] = mixed
	exercise := w.visit("2025-06-03", map[string]any{"origin": "EXERCISE"}, "5.8")
	w.answerAll(inspector, exercise, "MEETS", "5.8")
	w.recorded(inspector, exercise, answer(r, 1, "DOES_NOT_MEET", nil))
	w.issue(exercise)
	ids["exercise"] = exercise
	empty := w.planned(map[string]any{"origin": "RECONSTRUCTED", "source": "a published report", "plannedStart": "2023-03-03", "plannedEnd": "2023-03-05",
		"editionId": other.ID, "standardIds": []any{inspection.StandardID(other.ID, "6.1")}, "announced": nil})
	w.step(lead, "startInspection", "StepInput", empty, nil)
	w.do(lead, "recordFindings", "RecordFindingsInput", "findings { id }", map[string]any{"inspectionId": empty, "findings": []any{map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "DEFICIENCY",
		"standardId": inspection.StandardID(other.ID, "6.1"), "text": "x"}}})
	w.issue(empty)
	ids["empty reconstruction"] = empty
	// The world goes on.
	one := w.deficiencyOn(first, r)
	a := answered{world: w, id: first, finding: one["id"].(string), action: fields(one, "correctiveAction", "id").(string)}
	a.take(facility, "planAction", "PLANNED", nil)
	w.grant(lead, map[string]any{"actionId": a.action})
	later := w.visited("2024-02-01", nil, []string{"5.8"}, r) // ended before all, issued after them
	ids["issued late"] = later
	w.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "__typename", map[string]any{"inspectionId": later, "findingId": w.deficiencyOn(later, r)["id"], "stance": "CONTESTED", "reason": "x"})
	w.do(reviewer, "ruleOnContest", "RuleOnContestInput", "__typename", map[string]any{"inspectionId": later, "findingId": w.deficiencyOn(later, r)["id"], "ruling": "WITHDRAWN", "reason": "x"})
	w.pass(100 * 24 * time.Hour)
	for what, id := range ids {
		w.recomputes(what, id)
	}
	if d := w.deficiencyOn(mixed, r); d["repeatDerived"] != "CERTAIN" && d["repeatDerived"] != "PROBABLE" {
		t.Errorf("the mixed visit's finding: %v", d)
	}
	if d := w.deficiencyOn(exercise, r); d["repeatDerived"] != "NONE" {
		t.Errorf("an exercise repeats a live finding: %v", d)
	}
	if n := w.verifyChains(db); n != w.events(db) {
		t.Errorf("%d events verified", n)
	}
}

// A deficiency that OPR withdraws while the next inspection is under way is found again by nobody: what
// came along and the new finding say the same.
func TestWhatWasWithdrawnIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.standard("5.8").Requirements[0].ID
	first := w.visited("2025-03-04", nil, []string{"5.8"}, r)
	next := w.visit("2026-03-03", nil, "5.8")
	withdrawn := map[string]any{"inspectionId": first, "findingId": w.deficiencyOn(first, r)["id"], "stance": "CONTESTED", "reason": "x"}
	w.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "__typename", withdrawn)
	delete(withdrawn, "stance")
	withdrawn["ruling"] = "WITHDRAWN"
	w.do(reviewer, "ruleOnContest", "RuleOnContestInput", "__typename", withdrawn)
	w.answerAll(inspector, next, "MEETS", "5.8")
	w.recorded(inspector, next, answer(r, 1, "DOES_NOT_MEET", nil))
	w.issue(next)
	if got := fmt.Sprint(w.carried(next)); got != "[2025-03-06 362 days WITHDRAWN LOOKED_AT]" {
		t.Errorf("what came along: %s", got)
	}
	if d := w.deficiencyOn(next, r); d["repeatDerived"] != "NONE" {
		t.Errorf("the finding: %v", d)
	}
	w.recomputes("after a withdrawal", next)
}
