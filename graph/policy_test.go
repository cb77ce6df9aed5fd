package graph_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

// A visit with two deficiencies, one of them on a standard alone, and a handful of answers left in
// other ways than MEETS; returned once by the reviewer, and issued.
func (w *world) scored() (id string, changed inspection.ID) {
	w.t.Helper()
	id = w.started("5.8", "7.1")
	w.answerAll(inspector, id, "MEETS", "5.8", "7.1")
	rs := w.standard("5.8").Requirements
	w.recorded(inspector, id, answer(rs[0].ID, 1, "NOT_APPLICABLE", map[string]any{"reason": secretWord}), answer(rs[1].ID, 1, "DOES_NOT_MEET", map[string]any{"methods": []any{"DOCUMENT"}}))
	w.deficiency(inspector, id, "5.8", map[string]any{"requirementId": rs[1].ID, "repeat": true})
	w.deficiency(inspector, id, "7.1", nil)
	removed := w.deficiency(inspector, id, "7.1", nil)
	w.do(inspector, "removeFinding", "RemoveFindingInput", "finding { id }", map[string]any{"inspectionId": id, "findingId": removed, "reason": "x"})
	return id, rs[2].ID
}

func (w *world) handIn(id string) {
	w.t.Helper()
	w.adopt(id)
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Good", "reason": "x"})
	w.step(lead, "submitForReview", "StepInput", id, nil)
}

const byPolicies = `query($id: ID!, $policies: [String!]) { inspection(id: $id) { scores(policies: $policies) { policy { id version notes } overall { result because coverage { numerator denominator } corroboration { numerator } exclusions { rating reason count } }
	bands { points arithmetic atBest passFail steps unknown figures { length standardsReviewed deficientStandards deficiencies priority repeats } } models { model score maximum thousandths arithmetic } } } }`

// Every policy's score stands beside the others, the same before and after the issue.
func TestThePoliciesStandSideBySide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.scored()
	before := w.raw(reviewer, byPolicies, map[string]any{"id": id})
	w.issue(id)
	if after := w.raw(reviewer, byPolicies, map[string]any{"id": id}); string(after) != string(before) {
		t.Errorf("the issue changed the scores:\n%s\n%s", before, after)
	}
	var got []string
	for _, score := range fields(w.ask(reviewer, byPolicies, map[string]any{"id": id}), "inspection", "scores").([]any) {
		got = append(got, fmt.Sprintf("%v@%v %v", fields(score, "policy", "id"), fields(score, "policy", "version"), fields(score, "overall", "result")))
		switch fields(score, "policy", "id") {
		case "odo-bands":
			figures, _ := json.Marshal(fields(score, "bands", "figures"))
			if string(figures) != `{"deficiencies":2,"deficientStandards":2,"length":"LONG","priority":0,"repeats":1,"standardsReviewed":2}` || fields(score, "bands", "passFail") != "PASS" {
				t.Errorf("figures %s, %v", figures, fields(score, "bands", "passFail"))
			}
		case "xccdf":
			if n := len(fields(score, "models").([]any)); n != 4 {
				t.Errorf("%d models", n)
			}
		default:
			if fields(score, "bands") != nil || len(fields(score, "models").([]any)) != 0 {
				t.Errorf("%v has bands or models", fields(score, "policy", "id"))
			}
		}
	}
	if diff := cmp.Diff([]string{"g324a@1 NOT_RATED", "odo-bands@1 GOOD", "xccdf@1 DOES_NOT_MEET"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	one := w.ask(reviewer, byPolicies, map[string]any{"id": id, "policies": []any{"xccdf"}})
	if scores := fields(one, "inspection", "scores").([]any); len(scores) != 1 || fields(scores[0], "policy", "id") != "xccdf" {
		t.Errorf("asked for xccdf alone: %v", scores)
	}
	if _, errs := w.send(reviewer, byPolicies, map[string]any{"id": id, "policies": []any{"g325"}}); !contains(fmt.Sprint(errs), "there is no policy") {
		t.Errorf("an unknown policy: %v", errs)
	}
}

// The inspected read every policy's arithmetic, and nothing of methods or of the inspectors' words.
func TestTheInspectedReadEveryPolicyWithoutMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.scored()
	w.issue(id)
	for _, as := range []string{facility, fieldOffice} {
		body := string(w.raw(as, byPolicies, map[string]any{"id": id}))
		if strings.Count(body, `"corroboration":null`) != 3 || contains(body, secretWord) || !contains(body, "reasons are not shown here") || !contains(body, "urn:xccdf:scoring:default") {
			t.Errorf("%s reads %s", as, body)
		}
	}
	if body := string(w.raw(analyst, byPolicies, map[string]any{"id": id})); !contains(body, secretWord) || contains(body, `"corroboration":null`) {
		t.Errorf("the analyst reads %s", body)
	}
}

// Whoever has the snapshot computes each stored score again, to the byte.
func TestAnIssuedInspectionIsRecomputedFromItsSnapshotToTheByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.scored()
	w.issue(id)
	snapshot := w.ask(auditor, "query($id: ID!) { inspection(id: $id) { snapshot { body } } }", map[string]any{"id": id})
	var document struct {
		ScoreInput scoring.Input
		Score      json.RawMessage
		Scores     []json.RawMessage
	}
	if err := json.Unmarshal([]byte(fields(snapshot, "inspection", "snapshot", "body").(string)), &document); err != nil {
		t.Fatal(err)
	}
	stored := w.rows(w.behind(), "select body::text from score_body where inspection_id = $1 order by policy", id)
	if len(document.Scores) != 3 || len(stored) != 3 {
		t.Fatalf("%d scores in the snapshot, %d stored", len(document.Scores), len(stored))
	}
	for n, frozen := range document.Scores {
		var score scoring.Score
		if err := json.Unmarshal(frozen, &score); err != nil {
			t.Fatal(err)
		}
		policy, err := scoring.Find(score.Policy.ID, score.Policy.Version)
		if err != nil {
			t.Fatal(err)
		}
		again, err := policy.Score(document.ScoreInput)
		if err != nil {
			t.Fatal(err)
		}
		computed, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if string(computed) != string(frozen) || string(computed) != stored[n] {
			t.Errorf("%s: computed\n%s\nfrozen\n%s\nstored\n%s", score.Policy.ID, computed, frozen, stored[n])
		}
		if score.Policy.ID == "g324a" && string(document.Score) != string(frozen) {
			t.Errorf("the score is not the score by g324a:\n%s\n%s", document.Score, frozen)
		}
	}
}

const whatWouldChange = `query($id: ID!) { inspection(id: $id) { sensitivity { policy direction from to answers { standard key from to } } laterRatings { requirementId before now authorId } } }`

// What would change the result is for reviewer, analyst and auditor, from the end of the fieldwork on.
func TestWhoReadsWhatWouldChangeTheResultAndWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.scored()
	vars := map[string]any{"id": id}
	look := func(stage string, allowed ...string) {
		t.Helper()
		may := map[string]bool{}
		for _, as := range allowed {
			may[as] = true
		}
		for _, as := range everybody {
			data, errs := w.send(as, whatWouldChange, vars)
			sees := len(errs) == 0 && fields(data, "inspection") != nil
			if sees != may[as] {
				t.Errorf("%s: %s sees it: %v (%v)", stage, as, sees, errs)
			}
			if body := string(w.raw(as, whatWouldChange, vars)); !may[as] && contains(body, "DOES_NOT_MEET") {
				t.Errorf("%s: %s reads %s", stage, as, body)
			}
		}
	}
	look("in progress")
	if _, errs := w.send(reviewer, whatWouldChange, vars); !contains(fmt.Sprint(errs), "once the fieldwork is done") {
		t.Errorf("the reviewer is told %v", errs)
	}
	w.handIn(id)
	look("in review", reviewer, auditor)
	w.step(reviewer, "returnInspection", "ReasonInput", id, map[string]any{"reason": "x"})
	look("returned")
	w.issue(id)
	look("issued", reviewer, auditor, analyst)
}

func TestWhatWouldChangeTheResultOfAVisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.scored()
	w.issue(id)
	failed := w.standard("5.8").Requirements[1].Key
	var got []string
	for _, change := range fields(w.ask(analyst, whatWouldChange, map[string]any{"id": id}), "inspection", "sensitivity").([]any) {
		line := fmt.Sprintf("%v %v %v to %v:", fields(change, "policy"), fields(change, "direction"), fields(change, "from"), fields(change, "to"))
		answers := fields(change, "answers").([]any)
		if len(answers) == 1 {
			line += fmt.Sprintf(" %v %v", fields(answers[0], "key"), fields(answers[0], "to"))
		} else {
			line += fmt.Sprintf(" %d answers", len(answers))
		}
		got = append(got, line)
	}
	// By odo-bands both standards that were reviewed are deficient, which is no better than GOOD. The one
	// deficiency rests on no answer, so that half of them stay deficient whatever is answered: nothing
	// raises it. With 2 points GOOD ends at 30: the answers do not have the 29 that would lower it.
	want := []string{
		"g324a RAISES NOT_RATED to MEETS: " + failed + " MEETS",
		"xccdf RAISES DOES_NOT_MEET to MEETS: " + failed + " MEETS",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An answer that was changed after the fieldwork was first done is listed beside what would change the
// result, however often it is finished again.
func TestRatingsChangedAfterTheFieldworkAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, changed := w.scored()
	vars := map[string]any{"id": id}
	w.handIn(id)
	if later := fields(w.ask(reviewer, whatWouldChange, vars), "inspection", "laterRatings").([]any); len(later) != 0 {
		t.Errorf("nothing was changed yet: %v", later)
	}
	w.step(reviewer, "returnInspection", "ReasonInput", id, map[string]any{"reason": "x"})
	w.recorded(inspector, id, answer(changed, 1, "DOES_NOT_MEET", map[string]any{"methods": []any{"DOCUMENT"}}))
	w.handIn(id)
	w.step(reviewer, "returnInspection", "ReasonInput", id, map[string]any{"reason": "x"})
	w.issue(id)
	want := fmt.Sprintf(`[{"authorId":"%s","before":"MEETS","now":"DOES_NOT_MEET","requirementId":"%s"}]`, w.users[inspector].ID, changed)
	got, err := json.Marshal(fields(w.ask(auditor, whatWouldChange, vars), "inspection", "laterRatings"))
	if err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

// A new version scores from then on; what was issued keeps the version that scored it.
func TestANewVersionOfAPolicyScoresWhatIsNotIssuedYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issued, _ := w.scored()
	running, _ := w.scored()
	w.issue(issued)
	document := func(version, weight int) scoring.Document {
		content := fmt.Sprintf(`{"id": "xccdf", "version": %d, "parameters": {"coverageFloor": 1000, "corroboratingMethods": 2, "defaultWeight": %d, "weights": []}}`, version, weight)
		d, err := scoring.ReadDocument([]byte(content))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	load := func(as inspection.Actor, d scoring.Document) (bool, error) {
		return w.service.LoadPolicy(t.Context(), as, d)
	}
	for email, u := range w.users {
		if _, err := load(u, document(2, 2000)); (err == nil) != (email == admin) || err != nil && !inspection.Refused(err, inspection.Forbidden) {
			t.Errorf("%s loads a policy: %v", email, err)
		}
	}
	if added, err := load(w.users[admin], document(2, 2000)); added || err != nil {
		t.Errorf("loading it again: %v, %v", added, err)
	}
	if _, err := load(w.users[admin], document(2, 2001)); !inspection.Refused(err, inspection.Conflict) {
		t.Errorf("the same version with other content: %v", err)
	}
	if _, err := load(w.users[admin], document(1, 2001)); !inspection.Refused(err, inspection.Conflict) {
		t.Errorf("a released version with other content: %v", err)
	}
	if _, err := load(w.users[admin], document(4, 1)); !inspection.Refused(err, inspection.Invalid) || !contains(err.Error(), "the next version of policy xccdf is 3") {
		t.Errorf("a version that leaves one out: %v", err)
	}
	version := func(id string) any {
		scores := fields(w.ask(reviewer, byPolicies, map[string]any{"id": id, "policies": []any{"xccdf"}}), "inspection", "scores").([]any)
		return fields(scores[0], "policy", "version")
	}
	if version(issued) != 1.0 || version(running) != 2.0 {
		t.Errorf("issued by version %v, running by %v", version(issued), version(running))
	}
	w.issue(running)
	if version(running) != 2.0 {
		t.Errorf("issued by version %v", version(running))
	}
	for _, id := range []string{issued, running} { // each by the version that scored it
		w.ask(auditor, whatWouldChange, map[string]any{"id": id})
	}
	var known []string
	for _, p := range fields(w.ask(facility, "{ policies { id version } }", nil), "policies").([]any) {
		known = append(known, fmt.Sprintf("%v@%v", fields(p, "id"), fields(p, "version")))
	}
	if diff := cmp.Diff([]string{"g324a@1", "odo-bands@1", "xccdf@1", "xccdf@2"}, known); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A database from before the ratings were kept gets them from the versions and the audit log: those at
// the first end of the fieldwork, not at a later one.
func TestAnOlderDatabaseLearnsWhatWasRatedThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, changed := w.scored()
	w.handIn(id)
	w.step(reviewer, "returnInspection", "ReasonInput", id, map[string]any{"reason": "x"})
	w.recorded(inspector, id, answer(changed, 1, "DOES_NOT_MEET", map[string]any{"methods": []any{"DOCUMENT"}}))
	w.issue(id)
	running := w.started("5.8")
	db := w.behind()
	kept := w.rows(db, "select answer_id::text || rating from fieldwork_rating order by 1")
	w.mustExec(db, "drop table fieldwork_rating, policy; drop function keep_fieldwork_ratings cascade")
	sql, err := os.ReadFile("../migrations/0007_policies.sql")
	if err != nil {
		t.Fatal(err)
	}
	w.mustExec(db, string(sql))
	again := w.rows(db, "select answer_id::text || rating from fieldwork_rating order by 1")
	if diff := cmp.Diff(kept, again); diff != "" || len(kept) == 0 {
		t.Errorf("%d ratings (-kept +learnt):\n%s", len(kept), diff)
	}
	if n := w.count(db, "select count(*) from fieldwork_rating where inspection_id = $1", running); n != 0 {
		t.Errorf("%d ratings of a running inspection", n)
	}
	later := fields(w.ask(auditor, whatWouldChange, map[string]any{"id": id}), "inspection", "laterRatings").([]any)
	if len(later) != 1 || fields(later[0], "requirementId") != changed.String() {
		t.Errorf("later: %v", later)
	}
}

// The whole of a score moves to a table of its own, to the byte.
func TestStoredScoresMoveWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.scored()
	w.issue(id)
	db := w.behind()
	const all = "select inspection_id::text || policy || version || body::text from score_body order by 1"
	kept := w.rows(db, all)
	w.mustExec(db, `set session_replication_role = replica; alter table score add column body json;
		update score s set body = b.body from score_body b where (b.inspection_id, b.policy, b.version) = (s.inspection_id, s.policy, s.version);
		alter table score alter column body set not null; drop table score_body; set session_replication_role = origin`)
	sql, err := os.ReadFile("../migrations/0010_score_body.sql")
	if err != nil {
		t.Fatal(err)
	}
	w.mustExec(db, string(sql))
	if diff := cmp.Diff(kept, w.rows(db, all)); diff != "" || len(kept) != 3 {
		t.Errorf("%d scores (-before +after):\n%s", len(kept), diff)
	}
}

// What history makes a certain repeat weighs in odo-bands like a declared one, before the issue and after.
func TestADerivedRepeatWeighsInTheBands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	st := w.standard("5.8")
	at := slices.IndexFunc(st.Requirements, func(r inspection.Requirement) bool { return len(r.Lines) == 1 })
	breached := st.Requirements[at].ID
	repeats := func(id string) any {
		scores := fields(w.ask(reviewer, byPolicies, map[string]any{"id": id, "policies": []any{"odo-bands"}}), "inspection", "scores").([]any)
		return fields(scores[0], "bands", "figures", "repeats")
	}
	if got := repeats(w.visited("2026-02-02", nil, []string{"5.8"}, breached)); got != 0.0 {
		t.Errorf("the first visit has %v repeats", got)
	}
	id := w.visit("2026-06-01", nil, "5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.recorded(inspector, id, answer(breached, 1, "DOES_NOT_MEET", nil))
	w.adopt(id)
	if got := repeats(id); got != 1.0 {
		t.Errorf("before the issue there are %v repeats", got)
	}
	w.issue(id)
	if got := repeats(id); got != 1.0 {
		t.Errorf("after the issue there are %v repeats", got)
	}
}
