package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"plumbline/inspection"
)

// Every change has exactly one event in the log, and every operation its fixed number of SQL
// statements, the sign-in among them. A larger request takes no more.
func TestWhatEachMutationCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	if _, err := w.store.WarmEditions(t.Context()); err != nil {
		t.Fatal(err)
	}
	var id string
	st := w.standard("4.3")
	rs := st.Requirements
	finding, takenBack := inspection.NewID(), inspection.NewID()
	evidence, quick := inspection.NewID().String(), inspection.NewID().String()
	body := picture(1)
	step := func(more map[string]any) func() map[string]any {
		return func() map[string]any { return w.stepInput(id, more) }
	}
	with := func(more map[string]any) func() map[string]any {
		return func() map[string]any {
			input := map[string]any{"inspectionId": id}
			for k, v := range more {
				input[k] = v
			}
			return input
		}
	}
	answers := func(from, to, revision int, rating string) func() map[string]any {
		return func() map[string]any {
			var entries []any
			for _, r := range rs[from:to] {
				entries = append(entries, answer(r.ID, revision, rating, map[string]any{"reason": "x"}))
			}
			return with(map[string]any{"answers": entries})()
		}
	}
	breached := slices.IndexFunc(rs, func(r inspection.Requirement) bool { return r.ID == w.onLine("MC-137").ID })
	findings := func(n int) func() map[string]any {
		return func() map[string]any {
			entries := []any{map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "NOTE", "text": "x"}}
			if n > 1 {
				entries = []any{map[string]any{"id": finding, "revision": 0, "kind": "DEFICIENCY", "standardId": st.ID, "code": "MC-137", "text": "x"},
					map[string]any{"id": takenBack, "revision": 0, "kind": "DEFICIENCY", "standardId": st.ID, "text": "x"}}
			}
			for range n - 2 {
				entries = append(entries, map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "NOTE", "text": "x"})
			}
			return with(map[string]any{"findings": entries})()
		}
	}
	declare := func(ids ...string) func() map[string]any {
		return func() map[string]any {
			var entries []any
			for _, one := range ids {
				entries = append(entries, declaration(one, body, map[string]any{"requirementId": rs[0].ID}))
			}
			return with(map[string]any{"evidence": entries})()
		}
	}
	many := make([]string, 50)
	for n := range many {
		many[n] = inspection.NewID().String()
	}
	rating := map[string]any{"rating": "Pass", "reason": "x"}
	ref := with(map[string]any{"evidenceId": evidence})
	for _, c := range []struct {
		as, mutation, inputType string
		input                   func() map[string]any
		statements, events      int
	}{
		{admin, "addFacility", "AddFacilityInput", fixed(map[string]any{"name": "NEW PLACE", "city": "X", "state": "LA", "source": "test", "fieldOffice": "NOL"}), 6, 1},
		{lead, "planInspection", "PlanInspectionInput", func() map[string]any {
			return map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "LIVE", "scope": "FULL", "announced": true,
				"plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID, "teamIds": []any{w.users[inspector].ID}, "standardIds": []any{st.ID}}
		}, 8, 1},
		{lead, "addTeamMember", "TeamMemberInput", func() map[string]any { return with(map[string]any{"userId": w.users[second].ID})() }, 9, 1},
		{lead, "addTeamMember", "TeamMemberInput", func() map[string]any { return with(map[string]any{"userId": w.users[second].ID})() }, 4, 0},
		{lead, "assignStandards", "AssignStandardsInput", func() map[string]any {
			return with(map[string]any{"standardIds": []any{st.ID}, "userId": w.users[second].ID})()
		}, 8, 1},
		{lead, "recordMilestone", "RecordMilestoneInput", with(map[string]any{"kind": "NOTICE", "occurredAt": "2026-03-01T00:00:00Z"}), 9, 1},
		{lead, "startInspection", "StepInput", step(nil), 8, 1},
		{inspector, "recordAnswers", "RecordAnswersInput", answers(0, 1, 0, "MEETS"), 10, 1},
		{inspector, "recordAnswers", "RecordAnswersInput", answers(1, len(rs), 0, "MEETS"), 10, 1},
		{inspector, "recordAnswers", "RecordAnswersInput", answers(0, len(rs), 0, "MEETS"), 6, 0},
		{inspector, "recordAnswers", "RecordAnswersInput", answers(0, 1, 1, "NOT_APPLICABLE"), 11, 1},
		{inspector, "recordAnswers", "RecordAnswersInput", answers(1, len(rs), 1, "NOT_APPLICABLE"), 11, 1},
		{second, "recordAnswers", "RecordAnswersInput", answers(0, 2, 2, "MEETS"), 12, 1},
		{second, "recordAnswers", "RecordAnswersInput", answers(0, 2, 2, "MEETS"), 6, 0},
		{inspector, "recordFindings", "RecordFindingsInput", findings(1), 10, 1},
		{inspector, "recordFindings", "RecordFindingsInput", findings(350), 10, 1},
		{inspector, "removeFinding", "RemoveFindingInput", with(map[string]any{"findingId": takenBack, "reason": "x"}), 9, 1},
		{inspector, "recordAnswers", "RecordAnswersInput", answers(breached, breached+1, 2, "DOES_NOT_MEET"), 11, 1},
		{inspector, "removeFinding", "RemoveFindingInput", with(map[string]any{"findingId": takenBack, "reason": "x"}), 4, 0},
		{inspector, "declareEvidence", "DeclareEvidenceInput", declare(evidence), 9, 1},
		{inspector, "declareEvidence", "DeclareEvidenceInput", declare(many...), 9, 1},
		{inspector, "declareEvidence", "DeclareEvidenceInput", declare(many...), 5, 0},
		{inspector, "planUpload", "EvidenceRef", ref, 3, 0},
		{inspector, "finaliseEvidence", "EvidenceRef", ref, 10, 1},
		{inspector, "finaliseEvidence", "EvidenceRef", ref, 3, 0},
		{inspector, "viewOriginal", "EvidenceRef", ref, 5, 1},
		{lead, "acceptEvidence", "AcceptEvidenceInput", func() map[string]any { return with(map[string]any{"evidenceId": quick, "reason": "x"})() }, 8, 1},
		{lead, "ruleDispute", "RuleDisputeInput", func() map[string]any {
			return with(map[string]any{"disputeId": w.openDispute(id), "revision": 2, "reason": "x"})()
		}, 12, 1},
		{lead, "ruleDispute", "RuleDisputeInput", func() map[string]any {
			return with(map[string]any{"disputeId": w.openDispute(id), "revision": 2, "reason": "x"})()
		}, 12, 1},
		{lead, "recordPopulation", "RecordPopulationInput", func() map[string]any { return counted(id, 0, "ICE_DETAINEES", 4, "WOMEN", 0) }, 8, 1},
		{lead, "recordPopulation", "RecordPopulationInput", func() map[string]any { return counted(id, 0, "ICE_DETAINEES", 4, "WOMEN", 0) }, 4, 0},
		{lead, "finishFieldwork", "FinishFieldworkInput", step(nil), 15, 1},
		{lead, "recommendRating", "RatingInput", step(rating), 6, 1},
		{lead, "submitForReview", "StepInput", step(nil), 15, 1},
		{reviewer, "reviewExclusions", "ReviewExclusionsInput", func() map[string]any {
			return with(map[string]any{"verdict": "SENT_BACK", "reason": "x", "answerIds": []any{inspection.AnswerID(uuidOf(t, id), rs[3].ID)}})()
		}, 9, 1},
		{reviewer, "reviewExclusions", "ReviewExclusionsInput", with(map[string]any{"verdict": "ACCEPTED"}), 9, 1},
		{reviewer, "reviewExclusions", "ReviewExclusionsInput", with(map[string]any{"verdict": "ACCEPTED"}), 5, 0},
		{reviewer, "approveInspection", "StepInput", step(nil), 8, 1},
		{reviewer, "setFinalRating", "RatingInput", step(rating), 6, 1},
		{reviewer, "issueInspection", "StepInput", step(nil), 34, 1},
		{facility, "respondToDeficiency", "RespondToDeficiencyInput", func() map[string]any {
			return with(map[string]any{"findingId": finding, "stance": "CONTESTED", "reason": "x"})()
		}, 7, 1},
		{reviewer, "ruleOnContest", "RuleOnContestInput", func() map[string]any {
			return with(map[string]any{"findingId": finding, "ruling": "WITHDRAWN", "reason": "x"})()
		}, 11, 1},
		{reviewer, "closeInspection", "StepInput", step(nil), 7, 1},
	} {
		input := c.input()
		if c.mutation == "finaliseEvidence" && w.count(db, "select count(*) from evidence where id = $1 and state = 'DECLARED'", evidence) == 1 {
			w.put(inspector, id, evidence, body)
		}
		if c.mutation == "acceptEvidence" {
			w.accept(id, many)
			w.do(inspector, "declareEvidence", "DeclareEvidenceInput", "__typename", declare(quick)())
		}
		events := w.events(db)
		w.statements.Reset()
		payload := w.do(c.as, c.mutation, c.inputType, selectionOf(c.mutation), input)
		statements, sql := w.statements.Count(), w.statements.SQL()
		if made, ok := fields(payload, "inspection", "id").(string); ok {
			id = made
		}
		name := fmt.Sprintf("%s (%d rows)", c.mutation, rowsOf(input))
		if statements != c.statements {
			t.Errorf("%s takes %d statements, want %d: %q", name, statements, c.statements, sql)
		}
		if n := w.events(db) - events; n != c.events {
			t.Errorf("%s writes %d events, want %d", name, n, c.events)
		}
	}
	if n := w.verifyChains(db); n != w.events(db) {
		t.Errorf("%d events verified", n)
	}
}

func fixed(input map[string]any) func() map[string]any {
	return func() map[string]any { return input }
}

// accept has the lead accept every one of the originals as missing.
func (w *world) accept(id string, evidence []string) {
	w.t.Helper()
	for _, e := range evidence {
		w.do(lead, "acceptEvidence", "AcceptEvidenceInput", "__typename", map[string]any{"inspectionId": id, "evidenceId": e, "reason": "x"})
	}
}

func selectionOf(mutation string) string {
	switch mutation {
	case "planInspection", "startInspection", "addTeamMember":
		return header
	}
	return "__typename"
}

func rowsOf(input map[string]any) int {
	for _, list := range []string{"answers", "findings", "evidence"} {
		if rows, ok := input[list].([]any); ok {
			return len(rows)
		}
	}
	return 1
}

// A list of a hundred facilities with all that is shown beside them takes two statements, and one
// more for every rating ever published.
func TestWhatAListOfFacilitiesCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.service.ChangeRoster(t.Context(), inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		var change inspection.RosterChange
		for n := range 120 {
			f := inspection.Facility{ID: inspection.NewID(), Name: fmt.Sprintf("PLACE %03d", n), City: "X", State: "LA", Type: inspection.TypeIGSA, Source: "test"}
			change.NewFacilities = append(change.NewFacilities, f)
			for day := range n % 3 {
				change.NewRatings = append(change.NewRatings, inspection.ExternalRating{ID: inspection.NewID(), FacilityID: f.ID,
					EndedOn: time.Date(2025, 1, 1+day, 0, 0, 0, 0, time.UTC), Rating: fmt.Sprint("RATING ", day), Source: "test"})
			}
		}
		return change, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.issue(id)
	const beside = "id name lastInspection { id finalRating score { result perMille } } lastRating { rating endedOn }"
	for _, first := range []int{1, 100} {
		for selection, want := range map[string]int{beside: 2, beside + " externalRatings { rating }": 3, "...on Node { id } ...on Facility { ratings: externalRatings { rating } }": 3} {
			w.statements.Reset()
			page := w.ask(reviewer, fmt.Sprintf("{ facilities(first: %d) { edges { node { %s } } } }", first, selection), nil)
			if n := w.statements.Count(); n != want {
				t.Errorf("%d facilities with %s take %d statements, want %d: %q", first, selection, n, want, w.statements.SQL())
			}
			if n := len(fields(page, "facilities", "edges").([]any)); n != first {
				t.Errorf("%d facilities, want %d", n, first)
			}
		}
	}
	page := w.ask(reviewer, `{ facilities(first: 100, search: "PLACE 00") { edges { node { name lastRating { rating } externalRatings { rating } } } } }`, nil)
	for n, edge := range fields(page, "facilities", "edges").([]any) {
		ratings := fields(edge, "node", "externalRatings").([]any)
		newest := fields(edge, "node", "lastRating", "rating")
		if len(ratings) != n%3 || (n%3 > 0 && (newest != fmt.Sprint("RATING ", n%3-1) || fields(ratings[0], "rating") != newest)) {
			t.Errorf("%v has ratings %v, the last %v", fields(edge, "node", "name"), ratings, newest)
		}
	}
	pine := w.ask(reviewer, `{ facilities(search: "pine river") { edges { node { `+beside+` } } } }`, nil)
	node := fields(fields(pine, "facilities", "edges").([]any)[0], "node")
	if fields(node, "lastInspection", "id") != id || fields(node, "lastInspection", "score", "perMille") != 1000.0 || fields(node, "lastInspection", "finalRating") != "Meets Standard" {
		t.Errorf("beside the facility stands %v", node)
	}
}

// Every other read has its fixed number of statements too.
func TestWhatEachReadCosts(t *testing.T) {
	t.Parallel()
	p := play(t)
	answerID := inspection.AnswerID(uuidOf(t, p.issued), p.requirement)
	for _, c := range []struct {
		as, query  string
		statements int
	}{
		{reviewer, "query($id: ID!) { inspection(id: $id) { id state team { name } standards { number title } milestones { kind } } }", 2},
		{facility, "query($id: ID!) { inspection(id: $id) { id state standards { number title } } }", 2},
		{reviewer, "query($id: ID!) { inspection(id: $id) { checklist { items { answer { rating } evidence { id } } } evidence { total } } }", 4},
		{reviewer, "query($id: ID!) { inspection(id: $id) { findings { id } tally { deficiencies } statements { name } } }", 6},
		{reviewer, "query($id: ID!) { inspection(id: $id) { score { overall { result } } } }", 3},
		{reviewer, "query($id: ID!) { inspection(id: $id) { editions { key } outOfScope { standard { number } } } }", 2},
		{reviewer, "query($id: ID!) { inspection(id: $id) { populations { version } } }", 3},
		{reviewer, "query($id: ID!) { inspection(id: $id) { notApplicableProposals { proposals { reason } } } }", 6},
		{reviewer, "query($id: ID!) { inspection(id: $id) { exclusions { groups { items { answer { id } review { verdict } } } } } }", 4},
		{reviewer, "{ coreSets { id standards { code } } }", 2},
		{reviewer, "query($id: ID!) { inspection(id: $id) { scores { overall { result } } } }", 3},
		{reviewer, "query($id: ID!) { inspection(id: $id) { sensitivity { to } } }", 6},
		{reviewer, "query($id: ID!) { inspection(id: $id) { laterRatings { now } } }", 3},
		{facility, "{ policies { id version } }", 2},
		{reviewer, "{ inspections(first: 100) { edges { node { id facility { name } score { result } } } } }", 2},
		{reviewer, "{ editions { key parts { standards { requirements { key } } } } }", 2},
		{reviewer, fmt.Sprintf(`{ answerRevisions(inspectionId: "%s", answerId: "%s") { rating } }`, p.issued, answerID), 3},
		{reviewer, fmt.Sprintf(`{ node(id: "%s") { id } }`, p.facility), 3},
		{reviewer, fmt.Sprintf(`{ node(id: "%s") { id } }`, p.requirement), 2},
	} {
		variables := map[string]any{}
		if contains(c.query, "$id") {
			variables["id"] = p.issued
		}
		p.ask(c.as, c.query, variables)
		p.statements.Reset()
		p.ask(c.as, c.query, variables)
		if n := p.statements.Count(); n != c.statements {
			t.Errorf("%s takes %d statements, want %d: %q", c.query, n, c.statements, p.statements.SQL())
		}
	}
}
