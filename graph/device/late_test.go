package device_test

import (
	"strings"
	"testing"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

// running plans and starts an inspection of one standard, with the inspector on its team.
func (w *world) running() (id inspection.ID, requirement inspection.ID) {
	w.Helper()
	editions, err := catalog.Embedded()
	if err != nil {
		w.Fatal(err)
	}
	edition := editions[0]
	if _, err := w.service.LoadEdition(w.Context(), inspection.System(), edition); err != nil {
		w.Fatal(err)
	}
	standard := edition.Standards()[0]
	planned := dig(w.server.data(w.signIn(lead), `mutation($input: PlanInspectionInput!) { planInspection(input: $input) { inspection { id } problems { message } } }`, map[string]any{
		"input": map[string]any{"facilityId": w.place, "editionId": edition.ID, "origin": "LIVE", "scope": "FULL", "announced": false, "plannedStart": "2026-03-03",
			"plannedEnd": "2026-03-05", "leadId": w.users[lead].ID, "teamIds": []any{w.users[inspector].ID}, "standardIds": []any{standard.ID}}}), "planInspection")
	text, ok := dig(planned, "inspection", "id").(string)
	if !ok {
		w.Fatalf("not planned: %v", planned)
	}
	if err := id.UnmarshalText([]byte(text)); err != nil {
		w.Fatal(err)
	}
	started := w.server.data(w.signIn(lead), `mutation($id: ID!) { startInspection(input: {inspectionId: $id, revision: 1}) { problems { message } } }`, map[string]any{"id": id})
	if got := problemsOf(started, "startInspection"); len(got) > 0 {
		w.Fatalf("not started: %v", got)
	}
	return id, standard.Requirements[0].ID
}

func problemsOf(data map[string]any, mutation string) []any {
	return dig(data, mutation, "problems").([]any)
}

const (
	pull = `{ pullAnswer(limit: 10) { documents { id } checkpoint { seq } } }`
	push = `mutation($rows: [AnswerInputPushRow!]) { pushAnswer(answerPushRow: $rows) { id rating deleted } }`
)

// What a revoked tablet still holds is not lost and not part of the record: with the token that it has,
// and with a sign-in that names it, it is kept aside with its device and both clocks.
func TestWhatARevokedTabletBringsIsKeptAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	id, requirement := w.running()
	made := s.register(inspector)
	token := s.token(made)
	if pulled := s.data(token, pull, nil); len(dig(pulled, "pullAnswer", "documents").([]any)) == 0 {
		t.Fatal("there is nothing to pull")
	}
	s.data(w.signIn(admin), revoke, map[string]any{"id": made.id})
	row := func(remarks string) map[string]any {
		return map[string]any{"rows": []any{map[string]any{"newDocumentState": map[string]any{"id": inspection.AnswerID(id, requirement), "inspectionId": id,
			"requirementId": requirement, "rating": "MEETS", "methods": []any{"DOCUMENT", "OBSERVATION"}, "remarks": remarks, "deleted": false}}}}
	}
	for remarks, bearer := range map[string]string{"by its own token": token, "by a sign-in": w.signIn(inspector)} {
		headers := []string{"Plumbline-Device", made.id, "Plumbline-Device-Time", "2016-03-03T09:00:00Z"}
		if a := s.ask(bearer, pull, nil, headers...); a.status != 403 {
			t.Errorf("a pull %s: %d %s", remarks, a.status, a.text)
		}
		a := s.ask(bearer, push, row(remarks), headers...)
		if a.status != 200 || !strings.Contains(a.text, `"LATE_REVOKED"`) || strings.Contains(a.text, "MEETS") {
			t.Errorf("a push %s: %d %s", remarks, a.status, a.text)
		}
		kept := w.behind("select code || ' ' || late || ' ' || device_id || ' ' || (clock_offset_ms < 0) from kept_write where document->>'remarks' = $1", remarks)
		if kept != "LATE_REVOKED true "+made.id+" true" {
			t.Errorf("kept %s: %s", remarks, kept)
		}
	}
	if rating := w.behind("select rating from answer where id = $1", inspection.AnswerID(id, requirement)); rating != "NOT_REVIEWED" {
		t.Errorf("the answer became %s", rating)
	}
}
