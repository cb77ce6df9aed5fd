package graph_test

import (
	"encoding/json"
	"strings"
	"testing"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

// secondEdition loads an edition of three standards: 4.3 (MC) with the lines MC-137 and MC-900, 5.8
// with one line, and 6.1, of which nothing is known.
func (w *world) secondEdition(key string) *inspection.Edition {
	w.t.Helper()
	id := inspection.EditionID(key)
	requirement := func(code string) inspection.Requirement {
		return inspection.Requirement{ID: inspection.RequirementID(id, code), Key: code, Text: "What " + code + " asks for.",
			Strength: inspection.Cited, Priority: inspection.PriorityNone, Applies: inspection.AppliesAll, Lines: []string{code}}
	}
	e := &inspection.Edition{ID: id, Key: key, Title: key, Set: key, Version: 1, Partial: true, Parts: []inspection.Part{
		{Number: 4, Name: "Care", Standards: []inspection.Standard{{ID: inspection.StandardID(id, "4.3"), Number: "4.3", Title: "Medical Care", Code: "MC",
			Requirements: []inspection.Requirement{requirement("MC-137"), requirement("MC-900")}}}},
		{Number: 5, Name: "Activities", Standards: []inspection.Standard{{ID: inspection.StandardID(id, "5.8"), Number: "5.8", Title: "Voluntary Work", Code: "VWP",
			Requirements: []inspection.Requirement{requirement("VWP-3")}}}},
		{Number: 6, Name: "Justice", Standards: []inspection.Standard{{ID: inspection.StandardID(id, "6.1"), Number: "6.1", Title: "Detainee Handbook", Code: "DH"}}},
	}}
	e.Hash = catalog.Hash(e)
	if _, err := w.service.LoadEdition(w.t.Context(), inspection.System(), e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// planInput is a plan of the world's edition at its facility, changed as said.
func (w *world) planInput(more map[string]any) map[string]any {
	input := map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "LIVE", "scope": "FULL", "announced": false,
		"plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID, "teamIds": []any{w.users[inspector].ID, w.users[second].ID}}
	for k, v := range more {
		input[k] = v
	}
	return input
}

func (w *world) planned(more map[string]any) string {
	w.t.Helper()
	payload := w.do(lead, "planInspection", "PlanInspectionInput", header, w.planInput(more))
	return fields(payload, "inspection", "id").(string)
}

// A mixed visit binds an edition per standard, and a code finds its line only in the edition that
// its standard is bound to.
func TestAMixedVisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.secondEdition("nds-test")
	st := func(e *inspection.Edition, number string) inspection.ID { return inspection.StandardID(e.ID, number) }
	id := w.planned(map[string]any{"standardIds": []any{w.standard("4.3").ID},
		"also": []any{map[string]any{"editionId": other.ID, "standardIds": []any{st(other, "5.8"), st(other, "4.3")}}}})
	w.step(lead, "startInspection", "StepInput", id, nil)
	seen := w.ask(inspector, "query($id: ID!) { inspection(id: $id) { editions { key } standards { number editionId } checklist { total items { requirement { key } } } } }", map[string]any{"id": id})["inspection"]
	document, _ := json.Marshal([]any{fields(seen, "editions"), fields(seen, "standards")})
	want := `[[{"key":"pbnds-2011-r2016"},{"key":"nds-test"}],[{"editionId":"` + w.edition.ID.String() + `","number":"4.3"},{"editionId":"` + other.ID.String() + `","number":"4.3"},{"editionId":"` + other.ID.String() + `","number":"5.8"}]]`
	if string(document) != want {
		t.Errorf("the scope is %s, want %s", document, want)
	}
	if total := fields(seen, "checklist", "total"); total != float64(len(w.standard("4.3").Requirements)+3) {
		t.Errorf("%v items", total)
	}

	finding := func(standard inspection.ID, code string) map[string]any {
		payload := w.do(inspector, "recordFindings", "RecordFindingsInput", "findings { requirementId lineId }", map[string]any{"inspectionId": id, "findings": []any{
			map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "DEFICIENCY", "standardId": standard, "code": code, "text": "x"}}})
		return payload["findings"].([]any)[0].(map[string]any)
	}
	for _, c := range []struct {
		what     string
		standard inspection.ID
		code     string
		line     any // the line's id, nil if none is known
	}{
		{"a code of both editions under the one", st(w.edition, "4.3"), "MC-137", inspection.LineID(w.edition.ID, "MC-137").String()},
		{"and under the other", st(other, "4.3"), "MC-137", inspection.LineID(other.ID, "MC-137").String()},
		{"a code of the other edition only", st(other, "4.3"), "MC-900", inspection.LineID(other.ID, "MC-900").String()},
		{"which the first does not know", st(w.edition, "4.3"), "MC-900", nil},
	} {
		if got := finding(c.standard, c.code); got["lineId"] != c.line {
			t.Errorf("%s: rests on the line %v, want %v", c.what, got["lineId"], c.line)
		}
	}
	w.refused("ValidationProblem", w.try(inspector, "recordFindings", "RecordFindingsInput", "findings { id }", map[string]any{"inspectionId": id, "findings": []any{
		map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "DEFICIENCY", "standardId": st(w.edition, "5.8"), "code": "VWP-3", "text": "x"}}}))

	w.answerAll(inspector, id, "MEETS", "4.3")
	w.recorded(inspector, id, answer(inspection.RequirementID(w.edition.ID, "4.3-V.M-20"), 1, "DOES_NOT_MEET", nil))
	for code, rating := range map[string]string{"MC-137": "DOES_NOT_MEET", "MC-900": "DOES_NOT_MEET", "VWP-3": "MEETS"} {
		w.recorded(inspector, id, answer(inspection.RequirementID(other.ID, code), 0, rating, nil))
	}
	w.issue(id)
	report := w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { score { standards { standard all { total } } } tally { byStandard { standard deficiencies } } snapshot { body } } }", map[string]any{"id": id})["inspection"]
	var names []string
	for _, section := range fields(report, "score", "standards").([]any) {
		names = append(names, fields(section, "standard").(string))
	}
	if got := strings.Join(names, ", "); got != "4.3, 4.3 of nds-test, 5.8" {
		t.Errorf("the score has sections %s", got)
	}
	if tally, _ := json.Marshal(fields(report, "tally", "byStandard")); string(tally) != `[{"deficiencies":2,"standard":"MC"},{"deficiencies":2,"standard":"MC of nds-test"}]` {
		t.Errorf("the tally is %s", tally)
	}
	var frozen struct{ Editions []struct{ Key, Hash string } }
	if err := json.Unmarshal([]byte(fields(report, "snapshot", "body").(string)), &frozen); err != nil || len(frozen.Editions) != 2 || frozen.Editions[1].Hash != other.Hash {
		t.Errorf("the snapshot names %+v, %v", frozen, err)
	}
}

// What a plan of a mixed visit is refused for, and that nothing of it is kept.
func TestPlanningAMixedVisitWrongly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	other := w.secondEdition("nds-test")
	mc, dh := inspection.StandardID(other.ID, "4.3"), inspection.StandardID(other.ID, "6.1")
	also := func(edition inspection.ID, standards ...any) map[string]any {
		return map[string]any{"also": []any{map[string]any{"editionId": edition, "standardIds": append([]any{}, standards...)}}}
	}
	for _, c := range []struct {
		what, kind string
		more       map[string]any
	}{
		{"an unknown edition", "NotFoundProblem", also(inspection.NewID(), mc)},
		{"another edition's standard", "ValidationProblem", also(other.ID, w.standard("4.3").ID)},
		{"the plan's own edition", "ValidationProblem", also(w.edition.ID, w.standard("4.3").ID)},
		{"no standards", "ValidationProblem", also(other.ID)},
		{"a standard twice", "ValidationProblem", also(other.ID, mc, mc)},
		{"a standard without requirements", "ValidationProblem", also(other.ID, dh)},
	} {
		w.untouched(db, c.what, func() {
			w.refusedAs(c.kind, lead, c.what, w.try(lead, "planInspection", "PlanInspectionInput", header, w.planInput(c.more)))
		})
	}
}

// A reconstruction goes from plan to issue under an edition of which nothing is known; its score
// never says that it passed. Nobody else starts with nothing to check.
func TestAReconstructionWithoutAChecklist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.secondEdition("nds-test")
	nothing := &inspection.Edition{ID: inspection.EditionID("not-known"), Key: "not-known", Title: "x", Set: "not-known", Version: 1, Partial: true}
	nothing.Hash = catalog.Hash(nothing)
	if _, err := w.service.LoadEdition(t.Context(), inspection.System(), nothing); err != nil {
		t.Fatal(err)
	}
	dh := inspection.StandardID(other.ID, "6.1")
	for what, plan := range map[string]map[string]any{
		"standards without lines":     {"editionId": other.ID, "standardIds": []any{dh}},
		"an edition without anything": {"editionId": nothing.ID},
	} {
		plan["origin"], plan["source"], plan["announced"] = "RECONSTRUCTED", what, nil
		id := w.planned(plan)
		w.step(lead, "startInspection", "StepInput", id, nil)
		entry := map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "DEFICIENCY", "standardText": "DH", "code": "DH-4", "text": "x"}
		if plan["standardIds"] != nil {
			entry["standardId"] = dh
		}
		w.do(inspector, "recordFindings", "RecordFindingsInput", "findings { id }", map[string]any{"inspectionId": id, "findings": []any{entry}})
		w.issue(id)
		seen := w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { editions { key } checklist { total } tally { deficiencies } score { overall { result } } snapshot { body } } }", map[string]any{"id": id})["inspection"]
		if result := fields(seen, "score", "overall", "result"); result != "NOT_RATED" {
			t.Errorf("%s: the score is %v", what, result)
		}
		if fields(seen, "checklist", "total") != 0.0 || fields(seen, "tally", "deficiencies") != 1.0 || len(fields(seen, "editions").([]any)) != 1 {
			t.Errorf("%s: %v", what, seen)
		}
		if body := fields(seen, "snapshot", "body").(string); !strings.Contains(body, `"editions":[{"id":"`+plan["editionId"].(inspection.ID).String()) {
			t.Errorf("%s: the snapshot names no edition: %s", what, body)
		}
	}
	id := w.planned(map[string]any{"editionId": nothing.ID})
	w.refused("GuardProblem", w.try(lead, "startInspection", "StepInput", header, w.stepInput(id, nil)))
}

// The edition that an inspection was planned under stays, whoever asks the database.
func TestThePlannedEditionStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	other := w.secondEdition("nds-test")
	w.plan("5.8")
	if _, err := db.Exec(t.Context(), "update inspection set edition_id = $1", other.ID); err == nil || !strings.Contains(err.Error(), "PL001") {
		t.Errorf("the edition of a planned inspection is changed: %v", err)
	}
}
