package graph_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"plumbline/inspection"
)

// inside is what no answer says: of the database, of the code, of the machine.
var inside = regexp.MustCompile(`(?i)internal|sqlstate|pgx|postgres|syntax error|violates|constraint|insert into|select |update |\.go:|goroutine|/tmp/|storage:|json_populate`)

// inputError asserts that an operation is refused as a wrong input, in words that say nothing of the
// inside, and returns the response.
func (w *world) inputError(as, query string, variables map[string]any) string {
	w.t.Helper()
	body := string(w.raw(as, query, variables))
	short := body[:min(len(body), 300)]
	if inside.MatchString(body) {
		w.t.Errorf("%s\nsays too much: %s", query, short)
	}
	if !strings.Contains(body, `"INVALID"`) && !strings.Contains(body, "GRAPHQL_VALIDATION_FAILED") && !strings.Contains(body, "GRAPHQL_PARSE_FAILED") && !strings.Contains(body, `"LIMIT_EXCEEDED"`) && !strings.Contains(body, `"BAD_REQUEST"`) {
		w.t.Errorf("%s\n%v\nis not refused as a wrong input: %s", query, variables, short)
	}
	return body
}

// Every text of every mutation, with a NUL in it and far too long: refused by name where the text is
// kept, nothing kept, nothing said of the inside.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, planned := w.started("5.8"), w.plan("5.8")
	r := w.standard("5.8").Requirements[0].ID
	w.recorded(inspector, id, answer(w.standard("5.8").Requirements[1].ID, 0, "MEETS", nil))
	w.recorded(second, id, answer(w.standard("5.8").Requirements[1].ID, 1, "DOES_NOT_MEET", nil))
	dispute := w.openDispute(id)
	missing := w.declare(inspector, id, picture(1), nil)
	finding := w.deficiency(inspector, id, "5.8", nil)
	done := w.ready("FIELDWORK_DONE")
	review := w.ready("IN_REVIEW")
	issued := w.ready("ISSUED")
	reported := fields(w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { findings { id } } }", map[string]any{"id": issued}), "inspection", "findings").([]any)[0].(map[string]any)["id"]
	plan := func(change func(map[string]any)) map[string]any {
		input := map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "RECONSTRUCTED", "scope": "FULL", "plannedStart": "2026-03-03", "plannedEnd": "2026-03-05",
			"leadId": w.users[lead].ID, "source": "report", "standardIds": []any{w.standard("5.8").ID}}
		change(input)
		return input
	}
	place := func(field string, value any) map[string]any {
		input := map[string]any{"name": "N", "city": "C", "state": "LA", "source": "s"}
		input[field] = value
		return input
	}
	for _, hostile := range []string{"a\x00b", strings.Repeat("ü", 10_001)} {
		for _, c := range []struct {
			as, mutation, input string
			variables           map[string]any
		}{
			{admin, "addFacility", "AddFacilityInput", place("name", hostile)},
			{admin, "addFacility", "AddFacilityInput", place("city", hostile)},
			{admin, "addFacility", "AddFacilityInput", place("state", hostile)},
			{admin, "addFacility", "AddFacilityInput", place("street", hostile)},
			{admin, "addFacility", "AddFacilityInput", place("zip", hostile)},
			{admin, "addFacility", "AddFacilityInput", place("detloc", hostile)},
			{admin, "addFacility", "AddFacilityInput", place("source", hostile)},
			{admin, "addFacility", "AddFacilityInput", place("fieldOffice", hostile)},
			{admin, "addFacility", "AddFacilityInput", place("aliases", []any{"fine", hostile})},
			{lead, "planInspection", "PlanInspectionInput", plan(func(in map[string]any) { in["source"] = hostile })},
			{lead, "planInspection", "PlanInspectionInput", plan(func(in map[string]any) {
				in["statements"] = []any{map[string]any{"name": hostile, "value": "x", "source": "x"}}
			})},
			{lead, "planInspection", "PlanInspectionInput", plan(func(in map[string]any) {
				in["statements"] = []any{map[string]any{"name": "x", "value": hostile, "source": "x"}}
			})},
			{lead, "planInspection", "PlanInspectionInput", plan(func(in map[string]any) {
				in["statements"] = []any{map[string]any{"name": "x", "value": "x", "source": hostile}}
			})},
			{lead, "recordMilestone", "RecordMilestoneInput", map[string]any{"inspectionId": id, "kind": "DOCUMENTS_REFUSED", "occurredAt": "2026-03-03T13:00:00Z", "note": hostile}},
			{lead, "recordMilestone", "RecordMilestoneInput", map[string]any{"inspectionId": id, "kind": "ENTRANCE_BRIEFING", "occurredAt": "2026-03-03T13:00:00Z", "rolesPresent": []any{hostile}}},
			{inspector, "recordAnswers", "RecordAnswersInput", map[string]any{"inspectionId": id, "answers": []any{answer(r, 0, "MEETS", map[string]any{"remarks": hostile})}}},
			{inspector, "recordAnswers", "RecordAnswersInput", map[string]any{"inspectionId": id, "answers": []any{answer(r, 0, "MEETS", map[string]any{"reason": hostile})}}},
			{inspector, "recordAnswers", "RecordAnswersInput", map[string]any{"inspectionId": id, "answers": []any{answer(r, 0, "MEETS", map[string]any{"sample": map[string]any{"unit": hostile}})}}},
			{inspector, "recordAnswers", "RecordAnswersInput", map[string]any{"inspectionId": id, "answers": []any{answer(r, 0, "MEETS", map[string]any{"sample": map[string]any{"period": hostile}})}}},
			{lead, "ruleDispute", "RuleDisputeInput", map[string]any{"inspectionId": id, "disputeId": dispute, "revision": 1, "reason": hostile}},
			{inspector, "recordFindings", "RecordFindingsInput", map[string]any{"inspectionId": id, "findings": []any{map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "NOTE", "text": hostile}}}},
			{inspector, "recordFindings", "RecordFindingsInput", map[string]any{"inspectionId": id, "findings": []any{map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "NOTE", "text": "x", "code": hostile}}}},
			{inspector, "recordFindings", "RecordFindingsInput", map[string]any{"inspectionId": id, "findings": []any{map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "NOTE", "text": "x", "standardText": hostile}}}},
			{inspector, "removeFinding", "RemoveFindingInput", map[string]any{"inspectionId": id, "findingId": finding, "reason": hostile}},
			{inspector, "declareEvidence", "DeclareEvidenceInput", map[string]any{"inspectionId": id, "evidence": []any{declaration(inspection.NewID().String(), []byte("x"), map[string]any{"caption": hostile})}}},
			{inspector, "declareEvidence", "DeclareEvidenceInput", map[string]any{"inspectionId": id, "evidence": []any{declaration(inspection.NewID().String(), []byte("x"), map[string]any{"place": hostile})}}},
			{inspector, "declareEvidence", "DeclareEvidenceInput", map[string]any{"inspectionId": id, "evidence": []any{declaration(inspection.NewID().String(), []byte("x"), map[string]any{"device": hostile})}}},
			{inspector, "declareEvidence", "DeclareEvidenceInput", map[string]any{"inspectionId": id, "evidence": []any{declaration(inspection.NewID().String(), []byte("x"), map[string]any{"mediaType": hostile})}}},
			{lead, "acceptEvidence", "AcceptEvidenceInput", map[string]any{"inspectionId": id, "evidenceId": missing, "reason": hostile}},
			{lead, "cancelInspection", "ReasonInput", w.stepInput(planned, map[string]any{"reason": hostile})},
			{lead, "recommendRating", "RatingInput", w.stepInput(done, map[string]any{"rating": hostile, "reason": "x"})},
			{lead, "recommendRating", "RatingInput", w.stepInput(done, map[string]any{"rating": "x", "reason": hostile})},
			{reviewer, "setFinalRating", "RatingInput", w.stepInput(review, map[string]any{"rating": hostile, "reason": "x"})},
			{reviewer, "setFinalRating", "RatingInput", w.stepInput(review, map[string]any{"rating": "x", "reason": hostile})},
			{reviewer, "returnInspection", "ReasonInput", w.stepInput(review, map[string]any{"reason": hostile})},
			{facility, "respondToDeficiency", "RespondToDeficiencyInput", map[string]any{"inspectionId": issued, "findingId": reported, "stance": "CONTESTED", "reason": hostile}},
		} {
			what := fmt.Sprintf("%s with %d characters", c.mutation, len([]rune(hostile)))
			w.untouched(db, what, func() {
				message := w.refusedAs("ValidationProblem", c.as, what, w.try(c.as, c.mutation, c.input, "__typename", c.variables))
				if inside.MatchString(message) || len(message) > 200 {
					t.Errorf("%s says %q", what, message)
				}
			})
		}
	}
	finished := w.ready("IN_PROGRESS")
	w.untouched(db, "a note of fieldwork", func() {
		w.refused("ValidationProblem", w.try(lead, "finishFieldwork", "FinishFieldworkInput", header, w.stepInput(finished, map[string]any{"note": "\x00"})))
	})
	for _, query := range []string{"query($s: String) { facilities(search: $s) { edges { cursor } } }", "query($s: String) { facilities(state: $s) { edges { cursor } } }",
		"query($s: String) { facilities(fieldOffice: $s) { edges { cursor } } }", "query($s: String) { inspections(source: $s) { edges { cursor } } }"} {
		w.inputError(reviewer, query, map[string]any{"s": "\x00"})
	}
	w.ask(reviewer, "query($s: String) { edition(key: $s) { id } }", map[string]any{"s": "\x00"})
}

// ready plays an inspection of one standard, with one deficiency, to a state.
func (w *world) ready(state string) string {
	w.t.Helper()
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.deficiency(inspector, id, "5.8", nil)
	rating := map[string]any{"rating": "Pass", "reason": "x"}
	for _, step := range []struct {
		as, mutation, input string
		more                map[string]any
	}{
		{lead, "finishFieldwork", "FinishFieldworkInput", nil}, {lead, "recommendRating", "RatingInput", rating}, {lead, "submitForReview", "StepInput", nil},
		{reviewer, "approveInspection", "StepInput", nil}, {reviewer, "setFinalRating", "RatingInput", rating}, {reviewer, "issueInspection", "StepInput", nil},
	} {
		if now := fields(w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { state } }", map[string]any{"id": id}), "inspection", "state"); now == state {
			return id
		}
		w.step(step.as, step.mutation, step.input, id, step.more)
	}
	return id
}

// Values that are no values, batches beyond the limit, dates no calendar has: a clear refusal each.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	answers := "mutation($input: RecordAnswersInput!) { recordAnswers(input: $input) { problems { code message } } }"
	evidence := "mutation($input: DeclareEvidenceInput!) { declareEvidence(input: $input) { problems { code message } } }"
	plan := "mutation($input: PlanInspectionInput!) { planInspection(input: $input) { problems { code message } } }"
	milestone := "mutation($input: RecordMilestoneInput!) { recordMilestone(input: $input) { problems { code message } } }"
	findings := "mutation($input: RecordFindingsInput!) { recordFindings(input: $input) { problems { code message } } }"
	one := func(more map[string]any) map[string]any {
		return map[string]any{"inspectionId": id, "answers": []any{answer(r, 0, "MEETS", more)}}
	}
	photo := func(more map[string]any) map[string]any {
		return map[string]any{"inspectionId": id, "evidence": []any{declaration(inspection.NewID().String(), []byte("x"), more)}}
	}
	visit := func(start, end string) map[string]any {
		return map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "LIVE", "scope": "FULL", "announced": true, "plannedStart": start, "plannedEnd": end, "leadId": w.users[lead].ID}
	}
	batch := func(n int, entry func() any) []any {
		all := make([]any, n)
		for k := range all {
			all[k] = entry()
		}
		return all
	}
	for _, c := range []struct {
		what, as, query string
		input           any
	}{
		{"an id that is none", lead, "query($input: ID!) { inspection(id: $input) { id } }", "x"},
		{"an id that is empty", lead, "query($input: ID!) { node(id: $input) { id } }", ""},
		{"an id with SQL", lead, "query($input: ID!) { node(id: $input) { id } }", "'; drop table inspection; --"},
		{"an id that is a number", lead, "query($input: ID!) { facility(id: $input) { id } }", 7},
		{"an id that is a list", lead, "query($input: ID!) { facility(id: $input) { id } }", []any{"x"}},
		{"no input", inspector, answers, nil},
		{"an input of another shape", inspector, answers, "x"},
		{"no answers", inspector, answers, map[string]any{"inspectionId": id, "answers": []any{}}},
		{"1,001 answers", inspector, answers, map[string]any{"inspectionId": id, "answers": batch(1001, func() any { return answer(inspection.NewID(), 0, "MEETS", nil) })}},
		{"an answer twice", inspector, answers, map[string]any{"inspectionId": id, "answers": []any{answer(r, 0, "MEETS", nil), answer(r, 0, "MEETS", nil)}}},
		{"a rating that is none", inspector, answers, one(map[string]any{"rating": "GOOD"})},
		{"a rating in small letters", inspector, answers, one(map[string]any{"rating": "meets"})},
		{"a rating in other letters, in a list alone", inspector, answers, map[string]any{"inspectionId": id, "answers": answer(r, 0, "Meets", nil)}},
		{"a method in small letters", inspector, answers, one(map[string]any{"methods": []any{"DOCUMENT", "observation"}})},
		{"a state in small letters", lead, "query($input: [InspectionState!]) { inspections(states: $input) { edges { cursor } } }", []any{"planned"}},
		{"a state in small letters, alone", lead, "query($input: [InspectionState!]) { inspections(states: $input) { edges { cursor } } }", "planned"},
		{"a state in small letters, written out", lead, "{ inspections(states: [planned]) { edges { cursor } } }", nil},
		{"a rating that is null", inspector, answers, one(map[string]any{"rating": nil})},
		{"a method that is none", inspector, answers, one(map[string]any{"methods": []any{"GUESS"}})},
		{"a correction that is null", inspector, answers, one(map[string]any{"correctedOnSite": nil})},
		{"a field nobody knows", inspector, answers, one(map[string]any{"detaineeName": "x"})},
		{"a revision that is text", inspector, answers, one(map[string]any{"revision": "first"})},
		{"a device time of the year 0", inspector, answers, one(map[string]any{"deviceTime": "0000-01-01T00:00:00Z"})},
		{"a device time beyond all years", inspector, answers, one(map[string]any{"deviceTime": "9999-12-31T23:59:59-10:00"})},
		{"a device time that is none", inspector, answers, one(map[string]any{"deviceTime": "noon"})},
		{"a sample of less than nothing", inspector, answers, one(map[string]any{"sample": map[string]any{"size": -1}})},
		{"a sample beyond its population", inspector, answers, one(map[string]any{"sample": map[string]any{"size": 2, "population": 1}})},
		{"1,001 findings", inspector, findings, map[string]any{"inspectionId": id, "findings": batch(1001, func() any {
			return map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "NOTE", "text": "x"}
		})}},
		{"no findings", inspector, findings, map[string]any{"inspectionId": id, "findings": []any{}}},
		{"a finding of no kind", inspector, findings, map[string]any{"inspectionId": id, "findings": []any{map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "CRIME", "text": "x"}}}},
		{"a finding of the zero id", inspector, findings, map[string]any{"inspectionId": id, "findings": []any{map[string]any{"id": inspection.ID{}, "revision": 0, "kind": "NOTE", "text": "x"}}}},
		{"1,001 originals", inspector, evidence, map[string]any{"inspectionId": id, "evidence": batch(1001, func() any { return declaration(inspection.NewID().String(), []byte("x"), nil) })}},
		{"a hash that is none", inspector, evidence, photo(map[string]any{"sha256": "x"})},
		{"a hash too short", inspector, evidence, photo(map[string]any{"sha256": strings.Repeat("0", 62)})},
		{"a size of nothing", inspector, evidence, photo(map[string]any{"size": 0})},
		{"a size beyond all", inspector, evidence, photo(map[string]any{"size": 1 << 40})},
		{"a kind not accepted", inspector, evidence, photo(map[string]any{"mediaType": "image/gif"})},
		{"a class that is none", inspector, evidence, photo(map[string]any{"class": "SECRET"})},
		{"a capture that ends first", inspector, evidence, photo(map[string]any{"capturedTo": "2026-03-04T09:00:00Z"})},
		{"a capture of the year 0", inspector, evidence, photo(map[string]any{"capturedFrom": "0000-01-01T00:00:00Z"})},
		{"dates reversed", lead, plan, visit("2026-03-05", "2026-03-03")},
		{"a day that is none", lead, plan, visit("2026-02-30", "2026-03-03")},
		{"a day in words", lead, plan, visit("tomorrow", "2026-03-03")},
		{"the year 0", lead, plan, visit("0000-01-01", "0000-01-02")},
		{"the year 1", lead, plan, visit("0001-01-01", "0001-01-01")},
		{"a milestone before all years", lead, milestone, map[string]any{"inspectionId": id, "kind": "NOTICE", "occurredAt": "0000-01-01T00:00:00Z"}},
		{"too deep a query", lead, "{ a: facilities { edges { node { externalRatings { " + strings.Repeat("__typename ", 1) + "} } } }" + strings.Repeat(" b: facilities(first: 100) { edges { node { externalRatings { id } } } }", 40) + " }", nil},
		{"no query", lead, "", nil},
		{"half a query", lead, "{ viewer {", nil},
		{"a field nobody knows", lead, "{ passwords }", nil},
	} {
		w.untouched(db, c.what, func() {
			t.Helper()
			body := w.inputError(c.as, c.query, map[string]any{"input": c.input})
			if !contains(body, "message") {
				t.Errorf("%s: %s", c.what, body)
			}
		})
	}
}

// Text of every script is kept as it was written, also what looks like SQL, HTML or GraphQL.
func TestStrangeTextIsKeptAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	rs := w.standard("5.8").Requirements
	texts := []string{"'; drop table answer; --", `\u0000 \n \" "`, "<script>alert(1)</script> & <b>", "日本語 Ñandú Ł 🏛️👩🏽‍⚕️", "مرحبا \u202eolleh", "e\u0301 e\u0301", "a\tb\nc\r\nd", "\u2028\u2029\ufeff\u200b x", `{"json": [1, 2]}`, "%_\\$1 :name @x"}
	for n, text := range texts {
		got := w.recorded(inspector, id, answer(rs[n].ID, 0, "MEETS", map[string]any{"remarks": text, "reason": text}))[0]
		if fields(got, "remarks") != strings.TrimSpace(text) {
			t.Errorf("recorded %q, got %q", text, fields(got, "remarks"))
		}
	}
	items := fields(w.ask(inspector, "query($id: ID!) { inspection(id: $id) { checklist { items { answer { remarks } } } } }", map[string]any{"id": id}), "inspection", "checklist", "items").([]any)
	for n, text := range texts {
		if got := fields(items[n], "answer", "remarks"); got != strings.TrimSpace(text) {
			t.Errorf("kept %q, got %q", text, got)
		}
	}
	if again := w.recorded(inspector, id, answer(rs[3].ID, 0, "MEETS", map[string]any{"remarks": texts[3], "reason": texts[3]}))[0]; fields(again, "revision") != 1.0 {
		t.Errorf("the same text again is another version: %v", again)
	}
}

// What an administrator may get wrong about a facility.
func TestHostileFacilities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	for what, c := range map[string]struct {
		kind string
		more map[string]any
	}{
		"no name": {"ValidationProblem", map[string]any{"name": " "}}, "no source": {"ValidationProblem", map[string]any{"source": ""}}, "no city": {"ValidationProblem", map[string]any{"city": ""}},
		"a state in words": {"ValidationProblem", map[string]any{"state": "Louisiana"}}, "an office nobody knows": {"ValidationProblem", map[string]any{"fieldOffice": "XYZ"}},
		"the same place": {"ConflictProblem", map[string]any{"name": "Pine River processing center", "city": "pine river", "state": "la"}},
	} {
		input := map[string]any{"name": "N", "city": "C", "state": "LA", "source": "s"}
		for k, v := range c.more {
			input[k] = v
		}
		w.untouched(db, what, func() {
			w.refusedAs(c.kind, admin, what, w.try(admin, "addFacility", "AddFacilityInput", "facility { id }", input))
		})
	}
}
