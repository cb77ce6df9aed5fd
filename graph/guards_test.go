package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"plumbline/inspection"
)

// messages are the texts of a payload's problems.
func messages(payload map[string]any) []string {
	var texts []string
	for _, p := range payload["problems"].([]any) {
		texts = append(texts, fields(p, "message").(string))
	}
	return texts
}

// Each step is possible in its states only, and says in which.
func TestEachStepHasItsStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	rating := map[string]any{"rating": "Meets Standard", "reason": "as scored"}
	reason := map[string]any{"reason": "because"}
	steps := []struct {
		as, mutation, input string
		more                map[string]any
		states              []string
	}{
		{lead, "startInspection", "StepInput", nil, []string{"PLANNED"}},
		{lead, "finishFieldwork", "FinishFieldworkInput", nil, []string{"IN_PROGRESS"}},
		{lead, "recommendRating", "RatingInput", rating, []string{"FIELDWORK_DONE"}},
		{lead, "submitForReview", "StepInput", nil, []string{"FIELDWORK_DONE"}},
		{reviewer, "approveInspection", "StepInput", nil, []string{"IN_REVIEW"}},
		{reviewer, "setFinalRating", "RatingInput", rating, []string{"IN_REVIEW"}},
		{reviewer, "returnInspection", "ReasonInput", reason, []string{"IN_REVIEW"}},
		{reviewer, "issueInspection", "StepInput", nil, []string{"IN_REVIEW"}},
		{reviewer, "closeInspection", "StepInput", nil, []string{"ISSUED"}},
		{lead, "cancelInspection", "ReasonInput", reason, []string{"PLANNED", "IN_PROGRESS", "FIELDWORK_DONE", "IN_REVIEW"}},
	}
	id := w.plan("5.8")
	check := func(state string) {
		for _, step := range steps {
			if slices.Contains(step.states, state) {
				continue
			}
			w.untouched(db, step.mutation+" while "+state, func() {
				message := w.refused("LockedInspectionProblem", w.try(step.as, step.mutation, step.input, header, w.stepInput(id, step.more)))
				last := len(step.states) - 1
				possible := strings.Join(step.states[:last], ", ") + " or " + step.states[last]
				if want := fmt.Sprintf("the inspection is %s; this is possible while it is %s", state, strings.TrimPrefix(possible, " or ")); message != want {
					t.Errorf("%s: %q, want %q", step.mutation, message, want)
				}
			})
		}
	}
	check("PLANNED")
	w.step(lead, "startInspection", "StepInput", id, nil)
	check("IN_PROGRESS")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	check("FIELDWORK_DONE")
	w.step(lead, "recommendRating", "RatingInput", id, rating)
	w.step(lead, "submitForReview", "StepInput", id, nil)
	check("IN_REVIEW")
	w.step(reviewer, "approveInspection", "StepInput", id, nil)
	w.step(reviewer, "setFinalRating", "RatingInput", id, rating)
	w.step(reviewer, "issueInspection", "StepInput", id, nil)
	check("ISSUED")
	w.step(reviewer, "closeInspection", "StepInput", id, nil)
	check("CLOSED")
	id = w.plan("5.8")
	w.step(lead, "cancelInspection", "ReasonInput", id, reason)
	check("CANCELLED")
}

// A caller who read an older revision changes nothing, and neither does one who read none.
func TestAStaleRevisionChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.plan("5.8")
	w.do(lead, "recordMilestone", "RecordMilestoneInput", header, map[string]any{"inspectionId": id, "kind": "DOCUMENTS_REQUESTED", "occurredAt": "2026-03-01T00:00:00Z"})
	for _, revision := range []int{1, 0, -1, 3, 1 << 31} {
		w.untouched(db, "starting", func() {
			message := w.refused("StaleRevisionProblem", w.try(lead, "startInspection", "StepInput", header, map[string]any{"inspectionId": id, "revision": revision}))
			if want := fmt.Sprintf("you read revision %d, it is 2", revision); !contains(message, want) {
				t.Errorf("%q says not %q", message, want)
			}
		})
	}
}

// Fieldwork ends when every item is rated or left out with a reason, and not before; each gap is named.
func TestWhatFinishingFieldworkAsksFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.4")
	rs := w.standard("5.4").Requirements
	priority := slices.IndexFunc(rs, func(r inspection.Requirement) bool { return r.Priority == inspection.PrioritySourced })
	finish := func() map[string]any {
		return w.try(lead, "finishFieldwork", "FinishFieldworkInput", header, w.stepInput(id, nil))
	}
	refused := func(what string, want ...string) {
		t.Helper()
		w.untouched(db, what, func() {
			payload := finish()
			w.refused("GuardProblem", payload)
			if got := messages(payload); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		})
		gaps := w.ask(inspector, "query($id: ID!) { inspection(id: $id) { gaps { message } } }", map[string]any{"id": id})
		var listed []string
		for _, g := range fields(gaps, "inspection", "gaps").([]any) {
			listed = append(listed, fields(g, "message").(string))
		}
		if !slices.Equal(listed, want) {
			t.Errorf("%s: the gaps are %q, want %q", what, listed, want)
		}
	}
	var untouched []string
	for _, r := range rs {
		untouched = append(untouched, "item "+r.Key+": not rated; rate it, or say why it was not reviewed")
	}
	refused("nothing answered", untouched...)
	w.answerAll(inspector, id, "MEETS", "5.4")
	w.recorded(inspector, id,
		answer(rs[priority].ID, 1, "MEETS", map[string]any{"methods": []any{"STAFF_INTERVIEW"}}),
		answer(rs[(priority+1)%len(rs)].ID, 1, "DOES_NOT_MEET", map[string]any{"methods": []any{}}),
		answer(rs[(priority+2)%len(rs)].ID, 1, "NOT_APPLICABLE", nil),
		answer(rs[(priority+3)%len(rs)].ID, 1, "NOT_REVIEWED", nil))
	want := make([]string, len(rs))
	want[priority] = "item " + rs[priority].Key + ": a priority component cannot rest on a staff interview alone"
	want[(priority+1)%len(rs)] = "item " + rs[(priority+1)%len(rs)].Key + ": say how it is known: name at least one method"
	want[(priority+2)%len(rs)] = "item " + rs[(priority+2)%len(rs)].Key + ": NOT_APPLICABLE needs a reason"
	want[(priority+3)%len(rs)] = "item " + rs[(priority+3)%len(rs)].Key + ": not rated; rate it, or say why it was not reviewed"
	unmet := rs[(priority+1)%len(rs)]
	want = append(want, "item "+unmet.Key+": rated DOES_NOT_MEET without a deficiency; adopt its draft or record one")
	refused("five gaps", slices.DeleteFunc(want, func(s string) bool { return s == "" })...)
	w.recorded(inspector, id,
		answer(rs[priority].ID, 2, "MEETS", map[string]any{"methods": []any{"STAFF_INTERVIEW", "OBSERVATION"}}),
		answer(rs[(priority+1)%len(rs)].ID, 2, "DOES_NOT_MEET", nil),
		answer(rs[(priority+2)%len(rs)].ID, 2, "NOT_APPLICABLE", map[string]any{"reason": "none held"}),
		answer(rs[(priority+3)%len(rs)].ID, 2, "NOT_REVIEWED", map[string]any{"reason": "no time"}))

	refused("an unmet item without a deficiency", "item "+unmet.Key+": rated DOES_NOT_MEET without a deficiency; adopt its draft or record one")
	w.deficiency(inspector, id, "5.4", map[string]any{"kind": "NOTE", "requirementId": unmet.ID})
	refused("an unmet item with a note", "item "+unmet.Key+": rated DOES_NOT_MEET without a deficiency; adopt its draft or record one")
	w.deficiency(inspector, id, "5.4", map[string]any{"requirementId": unmet.ID})
	w.deficiency(inspector, id, "5.4", map[string]any{"requirementId": unmet.ID})
	wrong := w.deficiency(inspector, id, "5.4", map[string]any{"requirementId": rs[priority].ID})
	w.deficiency(inspector, id, "5.4", nil)
	refused("a deficiency of an item that is met", "deficiency "+wrong+" of item "+rs[priority].Key+": the item is rated MEETS; take the deficiency back or correct the rating")
	w.do(inspector, "removeFinding", "RemoveFindingInput", "finding { id }", map[string]any{"inspectionId": id, "findingId": wrong, "reason": "The wrong item."})

	missing := w.declare(inspector, id, picture(1), nil)
	refused("a missing original", "evidence "+missing+" is missing; upload it, or accept its absence with a reason")
	w.untouched(db, "accepting as a member", func() {
		w.refused("ForbiddenProblem", w.try(inspector, "acceptEvidence", "AcceptEvidenceInput", evidenceFields, map[string]any{"inspectionId": id, "evidenceId": missing, "reason": "x"}))
	})
	w.untouched(db, "accepting without a reason", func() {
		w.refused("ValidationProblem", w.try(lead, "acceptEvidence", "AcceptEvidenceInput", evidenceFields, map[string]any{"inspectionId": id, "evidenceId": missing, "reason": " \n"}))
	})
	w.do(lead, "acceptEvidence", "AcceptEvidenceInput", evidenceFields, map[string]any{"inspectionId": id, "evidenceId": missing, "reason": "The tablet was lost."})

	w.recorded(second, id, answer(rs[(priority+4)%len(rs)].ID, 1, "DOES_NOT_MEET", nil))
	refused("an open dispute", "item "+rs[(priority+4)%len(rs)].Key+": two ratings differ; rule on the dispute")
	dispute := fields(w.ask(lead, "query($id: ID!) { inspection(id: $id) { disputes { id } } }", map[string]any{"id": id}), "inspection", "disputes").([]any)[0]
	w.do(lead, "ruleDispute", "RuleDisputeInput", "answer { rating }", map[string]any{"inspectionId": id, "disputeId": fields(dispute, "id"), "revision": 1, "reason": "seen myself"})
	if payload := finish(); fields(payload, "inspection", "state") != "FIELDWORK_DONE" {
		t.Errorf("not finished: %v", payload)
	}
}

// A hundred gaps are named and the rest are counted.
func TestManyGapsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	texts := messages(w.try(lead, "finishFieldwork", "FinishFieldworkInput", header, w.stepInput(id, nil)))
	if len(texts) != 101 || texts[100] != "and 600 more" {
		t.Errorf("%d problems, the last %q", len(texts), texts[len(texts)-1])
	}
}

// Review: what has to be there before it, what a return takes back, what an issue needs.
func TestReviewReturnAndReissue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	refused := func(kind, as, mutation, input string, more map[string]any, want string) {
		t.Helper()
		w.untouched(db, mutation, func() {
			payload := w.try(as, mutation, input, header, w.stepInput(id, more))
			w.refused(kind, payload)
			if got := strings.Join(messages(payload), "; "); got != want {
				t.Errorf("%s: %q, want %q", mutation, got, want)
			}
		})
	}
	rating := map[string]any{"rating": "Meets Standard", "reason": "as scored"}
	refused("GuardProblem", lead, "submitForReview", "StepInput", nil, "the lead has not recommended a rating")
	refused("ValidationProblem", lead, "recommendRating", "RatingInput", map[string]any{"rating": " ", "reason": "x"}, "give the rating in 1 to 60 characters")
	refused("ValidationProblem", lead, "recommendRating", "RatingInput", map[string]any{"rating": strings.Repeat("é", 61), "reason": "x"}, "give the rating in 1 to 60 characters")
	refused("ValidationProblem", lead, "recommendRating", "RatingInput", map[string]any{"rating": "Pass", "reason": ""}, "a rating needs its reasons")
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": strings.Repeat("é", 60), "reason": "x"})
	w.step(lead, "recommendRating", "RatingInput", id, rating)
	w.step(lead, "submitForReview", "StepInput", id, nil)
	refused("GuardProblem", reviewer, "issueInspection", "StepInput", nil, "the reviewer has not approved the inspection; the reviewer has not set the final rating")
	w.step(reviewer, "approveInspection", "StepInput", id, nil)
	refused("GuardProblem", reviewer, "issueInspection", "StepInput", nil, "the reviewer has not set the final rating")
	w.step(reviewer, "setFinalRating", "RatingInput", id, rating)
	refused("ValidationProblem", reviewer, "returnInspection", "ReasonInput", map[string]any{"reason": "  "}, "say what has to be put right")
	if state := w.step(reviewer, "returnInspection", "ReasonInput", id, map[string]any{"reason": "Item 3 lacks a photograph."}); state != "IN_PROGRESS" {
		t.Fatalf("returned to %s", state)
	}
	const ask = `query($id: ID!) { inspection(id: $id) { returnedReason approvedAt fieldworkDoneAt submittedAt recommendedRating { rating } finalRating { rating } } }`
	back := w.ask(lead, ask, map[string]any{"id": id})["inspection"].(map[string]any)
	if back["returnedReason"] != "Item 3 lacks a photograph." || back["approvedAt"] != nil || back["finalRating"] != nil || back["recommendedRating"] != nil || back["submittedAt"] != nil || back["fieldworkDoneAt"] != nil {
		t.Errorf("after the return: %v", back)
	}
	w.recorded(inspector, id, answer(w.standard("5.8").Requirements[3].ID, 1, "DOES_NOT_MEET", nil))
	w.issue(id)
	again := w.ask(reviewer, ask, map[string]any{"id": id})["inspection"].(map[string]any)
	if again["returnedReason"] != "" || again["approvedAt"] == nil {
		t.Errorf("after the issue: %v", again)
	}
}

// Cancelling needs its reason, keeps what was recorded and ends everything.
func TestCancelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	w.recorded(inspector, id, answer(r, 0, "MEETS", nil))
	w.untouched(db, "without a reason", func() {
		w.refused("ValidationProblem", w.try(lead, "cancelInspection", "ReasonInput", header, w.stepInput(id, map[string]any{"reason": ""})))
	})
	w.step(lead, "cancelInspection", "ReasonInput", id, map[string]any{"reason": "The facility closed."})
	w.untouched(db, "answering", func() {
		w.refused("LockedInspectionProblem", w.recordAs(inspector, id, answer(r, 1, "DOES_NOT_MEET", nil)))
	})
	kept := w.ask(inspector, "query($id: ID!) { inspection(id: $id) { cancelledReason checklist { rated } } }", map[string]any{"id": id})
	if fields(kept, "inspection", "cancelledReason") != "The facility closed." || fields(kept, "inspection", "checklist", "rated") != 1.0 {
		t.Errorf("kept: %v", kept)
	}
	last := w.ask(analyst, "query($id: ID!) { facility(id: $id) { lastInspection { id } } }", map[string]any{"id": w.facility})
	if fields(last, "facility", "lastInspection") != nil {
		t.Error("a cancelled inspection is the facility's last")
	}
}

// Milestones have their own small rules.
func TestMilestones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.plan("5.8") // unannounced
	for _, c := range []struct {
		what string
		more map[string]any
		kind string // of the problem; empty if it is recorded
	}{
		{"a notice of an unannounced visit", map[string]any{"kind": "NOTICE"}, "ConflictProblem"},
		{"a briefing without roles", map[string]any{"kind": "ENTRANCE_BRIEFING"}, "ValidationProblem"},
		{"an exit briefing that says nothing of the list", map[string]any{"kind": "EXIT_BRIEFING", "rolesPresent": []any{"warden"}}, "ValidationProblem"},
		{"an exit briefing", map[string]any{"kind": "EXIT_BRIEFING", "rolesPresent": []any{"warden"}, "preliminaryListHandedOver": false}, ""},
		{"documents refused", map[string]any{"kind": "DOCUMENTS_REFUSED", "note": "count sheets"}, ""},
		{"the year 0", map[string]any{"kind": "DOCUMENTS_REFUSED", "occurredAt": "0000-01-01T00:00:00Z"}, "ValidationProblem"},
		{"the end of time", map[string]any{"kind": "DOCUMENTS_REFUSED", "occurredAt": "9999-12-31T23:59:59-12:00"}, "ValidationProblem"},
	} {
		input := map[string]any{"inspectionId": id, "occurredAt": "2026-03-03T13:00:00Z"}
		for k, v := range c.more {
			input[k] = v
		}
		try := func() map[string]any {
			return w.try(inspector, "recordMilestone", "RecordMilestoneInput", header, input)
		}
		if c.kind == "" {
			if problems := messages(try()); len(problems) > 0 {
				t.Errorf("%s: %v", c.what, problems)
			}
			continue
		}
		w.untouched(db, c.what, func() { w.refusedAs(c.kind, inspector, c.what, try()) })
	}
}

// After the issue the facility answers each deficiency once, OPR rules once, and closing needs all
// actions settled.
func TestAcceptingContestingAndClosing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	first, second := w.deficiency(inspector, id, "5.8", nil), w.deficiency(inspector, id, "5.8", map[string]any{"repeat": true})
	concern := w.deficiency(inspector, id, "5.8", map[string]any{"kind": "AREA_OF_CONCERN"})
	respond := func(as, finding, stance, reason string) map[string]any {
		return w.try(as, "respondToDeficiency", "RespondToDeficiencyInput", "response { stance }", map[string]any{"inspectionId": id, "findingId": finding, "stance": stance, "reason": reason})
	}
	rule := func(as, finding, ruling, reason string) map[string]any {
		return w.try(as, "ruleOnContest", "RuleOnContestInput", "response { ruling }", map[string]any{"inspectionId": id, "findingId": finding, "ruling": ruling, "reason": reason})
	}
	refused := func(what, kind string, try func() map[string]any) {
		t.Helper()
		w.untouched(db, what, func() { w.refusedAs(kind, "someone", what, try()) })
	}
	refused("a response before the issue", "NotFoundProblem", func() map[string]any { return respond(facility, first, "ACCEPTED", "") })
	w.issue(id)
	refused("a contest without a reason", "ValidationProblem", func() map[string]any { return respond(facility, first, "CONTESTED", " ") })
	refused("another facility's response", "NotFoundProblem", func() map[string]any { return respond(elsewhere, first, "ACCEPTED", "") })
	refused("the field office's response", "ForbiddenProblem", func() map[string]any { return respond(fieldOffice, first, "ACCEPTED", "") })
	refused("a response to a concern", "NotFoundProblem", func() map[string]any { return respond(facility, concern, "ACCEPTED", "") })
	refused("a ruling on what nobody contested", "NotFoundProblem", func() map[string]any { return rule(reviewer, first, "WITHDRAWN", "x") })
	if problems := messages(respond(facility, first, "CONTESTED", "The log was misread.")); len(problems) > 0 {
		t.Fatal(problems)
	}
	if problems := messages(respond(facility, second, "ACCEPTED", "")); len(problems) > 0 {
		t.Fatal(problems)
	}
	w.untouched(db, "the same response again", func() {
		if problems := messages(respond(facility, first, "CONTESTED", " The log was misread. ")); len(problems) > 0 {
			t.Errorf("the same response again: %v", problems)
		}
	})
	refused("a changed response", "ConflictProblem", func() map[string]any { return respond(facility, first, "ACCEPTED", "") })
	refused("a ruling by the lead", "ForbiddenProblem", func() map[string]any { return rule(lead, first, "WITHDRAWN", "x") })
	refused("a ruling without a reason", "ValidationProblem", func() map[string]any { return rule(reviewer, first, "WITHDRAWN", "") })
	refused("a ruling on an accepted deficiency", "NotFoundProblem", func() map[string]any { return rule(reviewer, second, "WITHDRAWN", "x") })
	if problems := messages(rule(reviewer, first, "WITHDRAWN", "Misread indeed.")); len(problems) > 0 {
		t.Fatal(problems)
	}
	refused("a second ruling", "ConflictProblem", func() map[string]any { return rule(reviewer, first, "UPHELD", "x") })
	refused("closing with an open action", "GuardProblem", func() map[string]any {
		return w.try(reviewer, "closeInspection", "StepInput", header, w.stepInput(id, nil))
	})
	report := w.ask(facility, "query($id: ID!) { inspection(id: $id) { tally { deficiencies } findings { id response { stance ruling } correctiveAction { state } } } }", map[string]any{"id": id})
	if fields(report, "inspection", "tally", "deficiencies") != 2.0 {
		t.Error("a withdrawn deficiency changed the count that was issued")
	}
	for _, f := range fields(report, "inspection", "findings").([]any) {
		want := map[string]any{first: "WITHDRAWN", second: "OPEN", concern: nil}[fields(f, "id").(string)]
		if got := fields(f, "correctiveAction", "state"); got != want {
			t.Errorf("the action of %v is %v, want %v", fields(f, "id"), got, want)
		}
	}
}

// A reviewer who once worked on the team signs nothing there, whatever they are now.
func TestNoOneReviewsTheirOwnFieldwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[inspector].ID})
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	w.step(lead, "submitForReview", "StepInput", id, nil)
	w.mustExec(db, "update app_user set role = 'REVIEWER' where email = any ($1)", []string{inspector, lead})
	for _, as := range []string{inspector, lead} {
		for mutation, c := range map[string]struct {
			input string
			more  map[string]any
		}{"approveInspection": {"StepInput", nil}, "setFinalRating": {"RatingInput", map[string]any{"rating": "Pass", "reason": "x"}},
			"issueInspection": {"StepInput", nil}, "returnInspection": {"ReasonInput", map[string]any{"reason": "x"}}, "cancelInspection": {"ReasonInput", map[string]any{"reason": "x"}}} {
			w.untouched(db, mutation+" as "+as, func() {
				w.refusedAs("ForbiddenProblem", as, mutation, w.try(as, mutation, c.input, header, w.stepInput(id, c.more)))
			})
		}
	}
}
