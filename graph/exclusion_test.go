package graph_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// inReview takes an inspection of 5.8 to IN_REVIEW: its first item not applicable, its second and
// third undetermined for one reason, its fourth not reviewed, the others met. It returns the answers.
func (w *world) inReview() (id string, answers []inspection.ID) {
	w.t.Helper()
	id = w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	for n, rating := range []string{"NOT_APPLICABLE", "UNDETERMINED", "UNDETERMINED", "NOT_REVIEWED"} {
		r := w.standard("5.8").Requirements[n].ID
		w.recorded(inspector, id, answer(r, 1, rating, map[string]any{"reason": "because " + rating, "methods": []any{}}))
		answers = append(answers, inspection.AnswerID(uuidOf(w.t.(*testing.T), id), r))
	}
	w.submit(id)
	return id, answers
}

func (w *world) submit(id string) {
	w.t.Helper()
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "as scored"})
	w.step(lead, "submitForReview", "StepInput", id, nil)
}

func (w *world) reviewExclusions(as, id, verdict, reason string, answers ...any) map[string]any {
	w.t.Helper()
	input := map[string]any{"inspectionId": id, "verdict": verdict, "reason": reason}
	if len(answers) > 0 {
		input["answerIds"] = answers
	}
	return w.try(as, "reviewExclusions", "ReviewExclusionsInput", "inspection { exclusions { unreviewed } }", input)
}

func (w *world) reviewed(id, verdict, reason string, unreviewed int, answers ...any) {
	w.t.Helper()
	payload := w.reviewExclusions(reviewer, id, verdict, reason, answers...)
	if problems := messages(payload); len(problems) > 0 {
		w.t.Fatal(problems)
	}
	if got := fields(payload, "inspection", "exclusions", "unreviewed"); got != float64(unreviewed) {
		w.t.Errorf("%v are not reviewed, want %d", got, unreviewed)
	}
}

// What was not rated is counted by reason, and a reviewer accepts it as it stands before the
// inspection is approved; a changed answer needs a new review.
func TestReviewingWhatWasNotRated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, answers := w.inReview()
	seen := w.ask(reviewer, `query($id: ID!) { inspection(id: $id) { exclusions { notApplicable undetermined notReviewed unreviewed groups { rating reason count accepted items { answer { id revision } requirement { key } review { verdict } } } }
		gaps { subjectId message } } }`, map[string]any{"id": id})["inspection"]
	exclusions := fields(seen, "exclusions")
	if got := fmt.Sprint(fields(exclusions, "notApplicable"), fields(exclusions, "undetermined"), fields(exclusions, "notReviewed"), fields(exclusions, "unreviewed")); got != "1 2 1 3" {
		t.Errorf("counted %s", got)
	}
	var groups []string
	for _, g := range fields(exclusions, "groups").([]any) {
		groups = append(groups, fmt.Sprint(fields(g, "rating"), fields(g, "count"), fields(g, "accepted"), len(fields(g, "items").([]any)), fields(g, "reason")))
	}
	if got := fmt.Sprint(groups); got != "[NOT_APPLICABLE1 0 1because NOT_APPLICABLE NOT_REVIEWED1 0 1because NOT_REVIEWED UNDETERMINED2 0 2because UNDETERMINED]" {
		t.Errorf("grouped %s", got)
	}
	if gaps := fields(seen, "gaps").([]any); len(gaps) != 5 || fields(gaps[0], "subjectId") != answers[0].String() {
		t.Errorf("the gaps are %v", gaps)
	}
	approve := func() map[string]any {
		return w.try(reviewer, "approveInspection", "StepInput", header, w.stepInput(id, nil))
	}
	blocked := func(what string, n int, message string) {
		t.Helper()
		w.untouched(db, what, func() {
			payload := approve()
			first := w.refusedAs("GuardProblem", reviewer, what, payload)
			if problems := payload["problems"].([]any); len(problems) != n || !contains(first, message) {
				t.Errorf("%s: %v", what, problems)
			}
		})
	}
	key := w.standard("5.8").Requirements[0].Key
	blocked("nothing reviewed", 3, "item "+key+": review why it is NOT_APPLICABLE")
	w.reviewed(id, "ACCEPTED", "", 1, answers[1], answers[2])
	blocked("one not reviewed", 1, "item "+key)
	w.reviewed(id, "SENT_BACK", "Which rule says so?", 1, answers[0])
	blocked("one sent back", 1, "item "+key+": its NOT_APPLICABLE was sent back")
	w.untouched(db, "the same verdict again", func() {
		w.reviewed(id, "SENT_BACK", "Which rule says so?", 1, answers[0])
	})

	w.step(reviewer, "returnInspection", "ReasonInput", id, map[string]any{"reason": "see the items sent back"})
	w.untouched(db, "finishing with an item sent back", func() {
		message := w.refusedAs("GuardProblem", lead, "finish", w.try(lead, "finishFieldwork", "FinishFieldworkInput", header, w.stepInput(id, nil)))
		if !contains(message, "item "+key+": the reviewer sent the answer back (Which rule says so?)") {
			t.Errorf("refused with %q", message)
		}
	})
	w.recorded(inspector, id, answer(w.standard("5.8").Requirements[0].ID, 2, "NOT_APPLICABLE", map[string]any{"reason": "because of the contract"}),
		answer(w.standard("5.8").Requirements[1].ID, 2, "UNDETERMINED", map[string]any{"reason": "the log was lost"}))
	w.submit(id)
	blocked("two changed since", 2, "item "+key+": review")
	w.reviewed(id, "ACCEPTED", "agreed", 0)
	w.untouched(db, "all again", func() { w.reviewed(id, "ACCEPTED", "agreed", 0) })
	w.step(reviewer, "approveInspection", "StepInput", id, nil)

	// A verdict that comes after the approval takes it back.
	before := w.stepInput(id, nil)["revision"].(float64)
	w.reviewed(id, "SENT_BACK", "on second thought", 1, answers[0])
	if after := w.stepInput(id, nil)["revision"].(float64); after != before+1 {
		t.Errorf("the revision went from %v to %v", before, after)
	}
	blocked("approval taken back", 1, "sent back")
	w.reviewed(id, "ACCEPTED", "on third thought", 0)
	w.step(reviewer, "approveInspection", "StepInput", id, nil)
	w.step(reviewer, "setFinalRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	w.step(reviewer, "issueInspection", "StepInput", id, nil)
	if n := w.verifyChains(db); n != w.events(db) {
		t.Errorf("%d events verified", n)
	}
}

// Who reviews what was not rated, when, and of which answers.
func TestReviewsOfExclusionsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, answers := w.inReview()
	met := inspection.AnswerID(uuidOf(t, id), w.standard("5.8").Requirements[4].ID)
	running := w.started("5.8")
	for _, c := range []struct {
		what, as, id, verdict, reason string
		answers                       []any
		kind                          string
	}{
		{"sent back without a reason", reviewer, id, "SENT_BACK", " ", []any{answers[0]}, "ValidationProblem"},
		{"an answer that is met", reviewer, id, "ACCEPTED", "", []any{met}, "NotFoundProblem"},
		{"an item that was not reviewed", reviewer, id, "ACCEPTED", "", []any{answers[3]}, "NotFoundProblem"},
		{"another inspection's answer", reviewer, id, "ACCEPTED", "", []any{answers[0], inspection.AnswerID(uuidOf(t, running), w.standard("5.8").Requirements[0].ID)}, "NotFoundProblem"},
		{"an answer twice", reviewer, id, "ACCEPTED", "", []any{answers[0], answers[0]}, "ValidationProblem"},
		{"while there is fieldwork", reviewer, running, "ACCEPTED", "", nil, "LockedInspectionProblem"},
		{"by the lead", lead, id, "ACCEPTED", "", nil, "ForbiddenProblem"},
		{"by an inspector", inspector, id, "ACCEPTED", "", nil, "ForbiddenProblem"},
		{"by the auditor", auditor, id, "ACCEPTED", "", nil, "ForbiddenProblem"},
		{"by the analyst", analyst, id, "ACCEPTED", "", nil, "NotFoundProblem"},
		{"by the facility", facility, id, "ACCEPTED", "", nil, "NotFoundProblem"},
		{"by the field office", fieldOffice, id, "ACCEPTED", "", nil, "NotFoundProblem"},
		{"by an administrator", admin, id, "ACCEPTED", "", nil, "NotFoundProblem"},
		{"by the privacy officer", privacy, id, "ACCEPTED", "", nil, "NotFoundProblem"},
	} {
		w.untouched(db, c.what, func() {
			w.refusedAs(c.kind, c.as, c.what, w.reviewExclusions(c.as, c.id, c.verdict, c.reason, c.answers...))
		})
	}
	// One who did the fieldwork does not review it later as a reviewer, past the server either.
	w.mustExec(db, "update app_user set role = 'REVIEWER' where email = $1", inspector)
	w.untouched(db, "by one who recorded the answers", func() {
		w.refusedAs("ForbiddenProblem", inspector, "review", w.reviewExclusions(inspector, id, "ACCEPTED", ""))
	})
	u := w.users[inspector]
	u.Role = inspection.RoleReviewer
	w.users[inspector] = u
	for as, want := range map[string]string{inspector: "PL004", reviewer: "", lead: "PL004", auditor: denied} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			sql := "insert into exclusion_review values ($1, gen_random_uuid(), $2, 2, 'ACCEPTED', '', actor_id(), now())"
			if got := refusedBy(t, ctx, tx, sql, id, answers[0]); got != want {
				t.Errorf("%s is answered %q, want %q", as, got, want)
			}
			sql = "insert into exclusion_review values ($1, gen_random_uuid(), $2, 2, 'ACCEPTED', '', $3, now())"
			if got := refusedBy(t, ctx, tx, sql, id, answers[0], w.users[auditor].ID); got != denied {
				t.Errorf("%s in another's name is answered %q", as, got)
			}
		})
	}
}
