package graph_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

func (w *world) openDispute(id string) string {
	w.t.Helper()
	all := fields(w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { disputes { id ruledAt } } }", map[string]any{"id": id}), "inspection", "disputes").([]any)
	for _, d := range all {
		if fields(d, "ruledAt") == nil {
			return fields(d, "id").(string)
		}
	}
	w.t.Fatal("no dispute is open")
	return ""
}

func (w *world) rule(as, id, dispute string, revision int, reason string) map[string]any {
	w.t.Helper()
	return w.try(as, "ruleDispute", "RuleDisputeInput", "answer { rating authorId revision }",
		map[string]any{"inspectionId": id, "disputeId": dispute, "revision": revision, "reason": reason})
}

// Two people's ratings of one item: both are kept, and the lead rules.
func TestADisputeIsRuledByTheLead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	w.recorded(inspector, id, answer(r, 0, "MEETS", map[string]any{"remarks": "first"}))
	opening := answer(r, 1, "DOES_NOT_MEET", map[string]any{"remarks": "second"})
	stands := w.recorded(second, id, opening)[0]
	if fields(stands, "rating") != "MEETS" || fields(stands, "revision") != 2.0 {
		t.Errorf("the answer during the dispute: %v", stands)
	}
	dispute := w.openDispute(id)
	w.untouched(db, "the opening request again", func() {
		if again := w.recorded(second, id, opening)[0]; fields(again, "revision") != 2.0 {
			t.Errorf("again: %v", again)
		}
	})
	refused := func(what, kind string, try func() map[string]any) {
		t.Helper()
		w.untouched(db, what, func() { w.refusedAs(kind, "someone", what, try()) })
	}
	refused("answering on", "ConflictProblem", func() map[string]any { return w.recordAs(inspector, id, answer(r, 2, "UNDETERMINED", nil)) })
	refused("a ruling without a reason", "ValidationProblem", func() map[string]any { return w.rule(lead, id, dispute, 2, " ") })
	refused("a ruling for neither", "ValidationProblem", func() map[string]any { return w.rule(lead, id, dispute, 3, "x") })
	refused("a ruling by a member", "ForbiddenProblem", func() map[string]any { return w.rule(inspector, id, dispute, 1, "x") })
	refused("a ruling by the reviewer while the lead is no party", "ForbiddenProblem", func() map[string]any { return w.rule(reviewer, id, dispute, 1, "x") })
	refused("a ruling on no dispute", "NotFoundProblem", func() map[string]any { return w.rule(lead, id, id, 1, "x") })
	ruled := w.rule(lead, id, dispute, 2, "The log shows it.")
	if a := ruled["answer"]; fields(a, "rating") != "DOES_NOT_MEET" || fields(a, "authorId") != w.users[second].ID.String() || fields(a, "revision") != 3.0 {
		t.Errorf("the ruling: %v", ruled)
	}
	refused("a second ruling", "ConflictProblem", func() map[string]any { return w.rule(lead, id, dispute, 1, "x") })
	w.recorded(second, id, answer(r, 3, "DOES_NOT_MEET", map[string]any{"remarks": "more"}))
	versions := w.ask(inspector, "query($i: ID!, $a: ID!) { answerRevisions(inspectionId: $i, answerId: $a) { revision rating remarks authorId } }",
		map[string]any{"i": id, "a": inspection.AnswerID(uuidOf(t, id), r)})["answerRevisions"].([]any)
	var got []string
	for _, v := range versions {
		by := map[string]string{w.users[inspector].ID.String(): "inspector", w.users[second].ID.String(): "second"}[fields(v, "authorId").(string)]
		got = append(got, fmt.Sprint(fields(v, "revision"), " ", by, " ", fields(v, "rating"), " ", fields(v, "remarks")))
	}
	if diff := cmp.Diff([]string{"1 inspector MEETS first", "2 second DOES_NOT_MEET second", "3 second DOES_NOT_MEET second", "4 second DOES_NOT_MEET more"}, got); diff != "" {
		t.Errorf("the kept versions (-want +got):\n%s", diff)
	}
}

// Where the lead is a party the reviewer rules, and a remark takes nobody's rating over.
func TestADisputeOfTheLeadIsRuledByTheReviewer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	w.recorded(lead, id, answer(r, 0, "MEETS", nil))
	w.recorded(inspector, id, answer(r, 1, "MEETS", map[string]any{"remarks": "so it is"}))
	w.recorded(inspector, id, answer(r, 2, "DOES_NOT_MEET", map[string]any{"remarks": "or not"}))
	dispute := w.openDispute(id)
	w.untouched(db, "the lead rules on their own rating", func() {
		message := w.refused("ForbiddenProblem", w.rule(lead, id, dispute, 2, "I was right"))
		if !contains(message, "a party to the dispute does not rule on it") {
			t.Error(message)
		}
	})
	if ruled := w.rule(reviewer, id, dispute, 2, "The lead's photograph shows it."); fields(ruled, "answer", "rating") != "MEETS" {
		t.Errorf("the ruling: %v", ruled)
	}
}

// Twenty tablets at once on one inspection: every write is kept once, in gapless numbers, and nobody
// waits for ever.
func TestManyRecordAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8", "7.1")
	rs := append(slices.Clone(w.standard("5.8").Requirements), w.standard("7.1").Requirements...)
	var wait sync.WaitGroup
	for n := range 20 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			as := []string{lead, inspector, second}[n%3]
			for round := range 3 {
				entries := []map[string]any{answer(rs[(n+round)%len(rs)].ID, round, "MEETS", map[string]any{"remarks": strconv.Itoa(n)}), answer(rs[(n+round+5)%len(rs)].ID, 0, "MEETS", nil)}
				for _, p := range w.recordAs(as, id, entries...)["problems"].([]any) {
					if kind := fields(p, "__typename"); kind != "StaleRevisionProblem" {
						t.Errorf("refused with %v", p)
					}
				}
			}
		}()
	}
	wait.Wait()
	var head, first, last, count, distinct int64
	err := db.QueryRow(t.Context(), `select i.head, min(r.seq), max(r.seq), count(*), count(distinct r.seq)
		from inspection i join answer_revision r on r.inspection_id = i.id group by i.head`).Scan(&head, &first, &last, &count, &distinct)
	if err != nil {
		t.Fatal(err)
	}
	if items := int64(len(rs)); first != items+1 || last != head || count != head-items || distinct != count || count == 0 {
		t.Errorf("%d items, head %d; %d versions (%d distinct numbers) from %d to %d", items, head, count, distinct, first, last)
	}
	if gaps := w.rows(db, `select answer_id::text from answer_revision group by 1 having max(revision) <> count(*)`); len(gaps) > 0 {
		t.Errorf("revisions are missing of %v", gaps)
	}
	w.verifyChains(db)
}

// Of two issues at the same moment one wins, and the other is told.
func TestTwoIssuesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.upload(inspector, id, nil)
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	w.step(lead, "submitForReview", "StepInput", id, nil)
	w.step(reviewer, "approveInspection", "StepInput", id, nil)
	w.step(reviewer, "setFinalRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	input := w.stepInput(id, nil)
	outcomes := make([]string, 5)
	var wait sync.WaitGroup
	for n := range outcomes {
		wait.Add(1)
		go func() {
			defer wait.Done()
			payload := w.try(reviewer, "issueInspection", "StepInput", header, input)
			outcomes[n] = "issued"
			if problems := payload["problems"].([]any); len(problems) > 0 {
				outcomes[n] = fields(problems[0], "__typename").(string)
			}
		}()
	}
	wait.Wait()
	slices.Sort(outcomes)
	want := []string{"LockedInspectionProblem", "LockedInspectionProblem", "LockedInspectionProblem", "LockedInspectionProblem", "issued"}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if issues := w.rows(w.behind(), "select n::text from audit_event where action = 'ISSUE_INSPECTION'"); len(issues) != 1 {
		t.Errorf("%d issues in the log", len(issues))
	}
}
