package graph_test

import (
	"testing"
	"time"

	"plumbline/inspection"
)

// lateAction is an issued inspection with a deficiency of second's that was adopted since, and its
// corrective action.
func (w *world) lateAction() answered {
	w.t.Helper()
	id := w.started("4.3")
	w.answerAll(inspector, id, "MEETS", "4.3")
	w.issue(id)
	finding := inspection.NewID()
	w.decided(reviewer, "adoptLateWork", id, w.keep(w.behind(), id, kept{user: second, code: "LATE_FROZEN", late: true, collection: "finding",
		document: w.lateDeficiency(id, "MC-137", "two of nine", document{"id": finding})}))
	return answered{world: w, id: id, finding: finding.String(), action: inspection.CorrectiveActionID(finding).String()}
}

// late takes a step of the action, which no issued finding shows, and returns where it leads.
func (a answered) late(as, mutation, kind string, more map[string]any) map[string]any {
	a.t.Helper()
	input := map[string]any{"inspectionId": a.id, "actionId": a.action,
		"revision": a.count(a.behind(), "select revision from corrective_action where id = $1", a.action)}
	for k, v := range more {
		input[k] = v
	}
	return a.try(as, mutation, kind, actionFields, input)
}

// The correction of an adopted deficiency is verified as any other is: on newer evidence, by anyone but who
// brought the deficiency.
func TestTheCorrectionOfAnAdoptedDeficiencyIsVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a := w.lateAction()
	done := w.now().UTC()
	w.pass(time.Minute)
	proof := a.prove(facility, nil)
	reported := a.late(facility, "reportActionDone", "ReportActionDoneInput", map[string]any{"report": "The files are dated.", "doneAt": done, "evidenceIds": []any{proof}})
	if fields(reported, "action", "state") != "REPORTED_DONE" {
		t.Fatalf("reporting: %v", reported)
	}
	w.pass(time.Minute)
	verify := map[string]any{"remarks": "Seen.", "evidenceIds": []any{proof}}
	w.untouched(db, "verifying", func() {
		w.refusedAs("ForbiddenProblem", second, "verifying", a.late(second, "verifyAction", "VerifyActionInput", verify))
	})
	if verified := a.late(inspector, "verifyAction", "VerifyActionInput", verify); fields(verified, "action", "state") != "VERIFIED" {
		t.Fatalf("verifying: %v", verified)
	}
	w.step(reviewer, "closeInspection", "StepInput", a.id, nil)
}

// A waiver covers it by its action or by what it violates; that of a priority once a reviewer consents.
func TestAnAdoptedDeficiencyIsWaived(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"actionId", "requirementId"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.secondReviewer()
			a := w.lateAction()
			covered := map[string]any{"actionId": a.action, "requirementId": w.onLine("MC-137").ID}[by]
			id, state := w.grant(lead, map[string]any{by: covered})
			waived := func() int {
				return w.count(w.behind(), "select count(*) from corrective_action where id = $1 and state = 'WAIVED' and waiver_id = $2", a.action, id)
			}
			if state != "AWAITING_CONSENT" || waived() != 0 {
				t.Fatalf("without consent the waiver is %s", state)
			}
			w.do(otherReviewer, "consentToWaiver", "ConsentToWaiverInput", waiverFields, map[string]any{"waiverId": id, "remarks": "Safe."})
			if waived() != 1 {
				t.Error("it is not waived")
			}
		})
	}
}
