package graph_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// Listing 100 facilities with last inspection, score and last external rating costs three statements
// at most, the sign-in among them, and as many as listing one.
func TestListingFacilitiesCostsTheSameAtAnySize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manyFacilities(120)
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.issue(id)
	const list = `query($first: Int!) { facilities(first: $first) { edges { node { name
		lastInspection { state score { result perMille } } lastRating { rating endedOn } } } pageInfo { hasNextPage } } }`
	counts := map[int]int{}
	for _, first := range []int{1, 100} {
		w.statements.Reset()
		page := w.ask(analyst, list, map[string]any{"first": first})["facilities"].(map[string]any)
		counts[first] = w.statements.Count()
		if got := len(page["edges"].([]any)); got != first || page["pageInfo"].(map[string]any)["hasNextPage"] != true {
			t.Fatalf("%d facilities of %d", got, first)
		}
	}
	if counts[1] != counts[100] || counts[100] > 3 {
		t.Errorf("statements by page size: %v\n%q", counts, w.statements.SQL())
	}
	found := w.ask(analyst, `{ facilities(search: "PINE RIVER", first: 1) { edges { node { lastInspection { id score { perMille } } } } } }`, nil)
	node := found["facilities"].(map[string]any)["edges"].([]any)[0].(map[string]any)["node"].(map[string]any)
	if last := node["lastInspection"].(map[string]any); last["id"] != id || last["score"].(map[string]any)["perMille"] != float64(1000) {
		t.Errorf("the last inspection is %v", last)
	}
}

// Recording costs the same number of statements however many answers a request holds.
func TestRecordingCostsTheSameAtAnySize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	record := func(requirements []inspection.Requirement) int {
		var entries []any
		for _, r := range requirements {
			entries = append(entries, map[string]any{"requirementId": r.ID, "revision": 0, "rating": "MEETS", "methods": []any{"DOCUMENT"}})
		}
		w.statements.Reset()
		w.do(inspector, "recordAnswers", "RecordAnswersInput", "answers { id }", map[string]any{"inspectionId": id, "answers": entries})
		return w.statements.Count()
	}
	one, many := record(w.standard("5.8").Requirements[:1]), record(w.standard("4.3").Requirements)
	if one != many || many > 12 {
		t.Errorf("%d statements for one answer, %d for %d: %q", one, many, len(w.standard("4.3").Requirements), w.statements.SQL())
	}
}

// Every change has one audit event, in an unbroken chain of its inspection.
func TestEveryChangeIsInTheAuditChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.issue(id)
	db, err := pgx.Connect(t.Context(), w.database.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	rows, err := db.Query(t.Context(), "select n, action from audit_event where chain = $1 order by n", "inspection:"+id)
	if err != nil {
		t.Fatal(err)
	}
	type event struct {
		N      int
		Action inspection.Action
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[event])
	if err != nil {
		t.Fatal(err)
	}
	want := []inspection.Action{inspection.PlanInspection, inspection.StartInspection, inspection.RecordAnswer, inspection.FinishFieldwork,
		inspection.RecommendRating, inspection.SubmitForReview, inspection.ReviewInspection, inspection.SetFinalRating, inspection.IssueInspection}
	if len(events) != len(want) {
		t.Fatalf("%d events, want %d: %v", len(events), len(want), events)
	}
	for n, e := range events {
		if e.N != n+1 || e.Action != want[n] {
			t.Errorf("event %d is %v, want %s", n+1, e, want[n])
		}
	}
}
