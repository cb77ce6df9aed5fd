package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"plumbline/inspection"
)

// everybody is every user of the world.
var everybody = []string{lead, inspector, second, reviewer, fieldOffice, facility, elsewhere, analyst, auditor, privacy, admin}

// played is a world with an inspection at each stage, all at the facility of the user facility, with
// material that the inspected must not see.
type played struct {
	*world
	planned, running, issued string
	requirement              inspection.ID
	evidence, removed        string
	standing                 string
}

// Words that stand only in OPR's own material.
const secretWord = "kestrel"

func play(t *testing.T) played {
	w := newWorld(t)
	p := played{world: w, planned: w.plan("5.8"), running: w.started("5.8"), issued: w.started("5.8")}
	p.requirement = w.standard("5.8").Requirements[0].ID
	w.answerAll(inspector, p.issued, "MEETS", "5.8")
	w.recorded(inspector, p.issued, answer(p.requirement, 1, "NOT_APPLICABLE", map[string]any{"reason": secretWord + " reason",
		"remarks": secretWord + " remarks", "methods": []any{"DETAINEE_INTERVIEW"}}))
	w.recorded(second, p.issued, answer(p.requirement, 2, "MEETS", map[string]any{"remarks": secretWord + " objection"}))
	dispute := w.ask(lead, "query($id: ID!) { inspection(id: $id) { disputes { id } } }", map[string]any{"id": p.issued})
	w.do(lead, "ruleDispute", "RuleDisputeInput", "answer { id }", map[string]any{"inspectionId": p.issued, "revision": 2, "reason": secretWord + " ruling",
		"disputeId": fields(dispute, "inspection", "disputes").([]any)[0].(map[string]any)["id"]})
	w.do(lead, "recordMilestone", "RecordMilestoneInput", header, map[string]any{"inspectionId": p.issued, "kind": "ENTRANCE_BRIEFING",
		"occurredAt": "2026-03-03T13:00:00Z", "rolesPresent": []any{secretWord}, "note": secretWord})
	p.evidence = w.upload(inspector, p.issued, map[string]any{"requirementId": p.requirement, "caption": secretWord})["id"].(string)
	p.standing = w.deficiency(inspector, p.issued, "5.8", nil)
	p.removed = w.deficiency(inspector, p.issued, "5.8", map[string]any{"text": secretWord + " draft"})
	w.do(inspector, "removeFinding", "RemoveFindingInput", "finding { id }", map[string]any{"inspectionId": p.issued, "findingId": p.removed, "reason": secretWord})
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", p.issued, map[string]any{"note": secretWord})
	w.step(lead, "recommendRating", "RatingInput", p.issued, map[string]any{"rating": secretWord, "reason": secretWord})
	w.step(lead, "submitForReview", "StepInput", p.issued, nil)
	w.step(reviewer, "returnInspection", "ReasonInput", p.issued, map[string]any{"reason": secretWord})
	w.issue(p.issued)
	return p
}

// Who sees an inspection of the facility at which stage. Who does not cannot tell it from one that
// does not exist, whichever way they ask.
func TestWhoSeesAnInspection(t *testing.T) {
	t.Parallel()
	p := play(t)
	before := map[string]bool{lead: true, inspector: true, second: true, reviewer: true, auditor: true}
	after := map[string]bool{lead: true, inspector: true, second: true, reviewer: true, auditor: true, analyst: true, facility: true, fieldOffice: true}
	for stage, c := range map[string]struct {
		id   string
		sees map[string]bool
	}{"planned": {p.planned, before}, "running": {p.running, before}, "issued": {p.issued, after}} {
		for _, as := range everybody {
			data := p.ask(as, "query($id: ID!) { inspection(id: $id) { id } node(id: $id) { id } }", map[string]any{"id": c.id})
			byID, byNode := data["inspection"] != nil, data["node"] != nil
			if byID != c.sees[as] || byNode != c.sees[as] {
				t.Errorf("%s, %s: sees it by id %v, as a node %v; want %v", stage, as, byID, byNode, c.sees[as])
			}
			if listed := p.lists(as, c.id); listed != c.sees[as] {
				t.Errorf("%s, %s: listed is %v, want %v", stage, as, listed, c.sees[as])
			}
			if c.sees[as] {
				continue
			}
			for _, ask := range []string{"query($id: ID!) { inspection(id: $id) { id checklist { total } } }", "query($id: ID!) { node(id: $id) { id } }",
				"query($id: ID!) { answerRevisions(inspectionId: $id, answerId: $id) { id } }", "mutation($id: ID!) { startInspection(input: {inspectionId: $id, revision: 1}) { " + problemFields + " } }"} {
				nowhere := inspection.NewID().String()
				real, none := string(p.raw(as, ask, map[string]any{"id": c.id})), string(p.raw(as, ask, map[string]any{"id": nowhere}))
				if real != none {
					t.Errorf("%s, %s can tell the hidden from the missing:\n%s\n%s", stage, as, real, none)
				}
			}
		}
	}
}

// lists reports whether the user's list of inspections, or the facility, shows the inspection. Who
// may not list any is refused.
func (w *world) lists(as, id string) bool {
	w.t.Helper()
	body := string(w.raw(as, `{ inspections { edges { node { id } } } }`, nil))
	other := string(w.raw(as, `{ facilities { edges { node { lastInspection { id } } } } }`, nil))
	if strings.Contains(other, id) && !strings.Contains(body, id) {
		w.t.Errorf("%s sees %s only through its facility", as, id)
	}
	return strings.Contains(body, id)
}

// A person who was taken off the team sees and does nothing more there until the issue.
func TestARemovedMemberIsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	if seen := w.ask(second, "query($id: ID!) { inspection(id: $id) { id } }", map[string]any{"id": id}); seen["inspection"] != nil {
		t.Error("the removed member still sees it")
	}
	w.refused("NotFoundProblem", w.recordAs(second, id, answer(w.standard("5.8").Requirements[0].ID, 0, "MEETS", nil)))
	w.do(lead, "addTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	w.recorded(second, id, answer(w.standard("5.8").Requirements[0].ID, 0, "MEETS", nil))
}

// inspectedView asks for everything that the inspected may ask for of an issued inspection.
const inspectedView = `query($id: ID!) { inspection(id: $id) { id state revision origin scope announced plannedStart plannedEnd plannedAt startedAt fieldworkDoneAt
	fieldworkNote submittedAt returnedReason approvedAt issuedAt closedAt cancelledReason source
	facility { name lastInspection { id finalRating source score { result perMille } } }
	team { userId name email } standards { number title assignedTo } milestones { kind note rolesPresent }
	recommendedRating { rating reason } finalRating { rating reason } statements { name value }
	findings { id kind text code removedAt removedReason response { stance reason rulingReason } correctiveAction { id state planDue } }
	tally { deficiencies deficientStandards byStandard { standard deficiencies } } trend { foundMet notLookedAt }
	score { policy { id } overall { result because exclusions { rating reason count } open { rating reason count } corroboration { numerator denominator } all { arithmetic } }
		standards { standard exclusions { reason } open { reason } corroboration { numerator } } } } }`

// Facility and field office see the issued report and nothing of how it came about.
func TestTheInspectedSeeTheReportAndNothingBehindIt(t *testing.T) {
	t.Parallel()
	p := play(t)
	vars := map[string]any{"id": p.issued}
	var total struct{ facility, reviewer string }
	for _, as := range []string{facility, fieldOffice} {
		body := string(p.raw(as, inspectedView, vars))
		for _, hidden := range []string{secretWord, "DETAINEE_INTERVIEW", "INTERVIEW", p.removed, lead, inspector, "errors"} {
			if strings.Contains(body, hidden) {
				t.Errorf("%s reads %q in %s", as, hidden, body)
			}
		}
		if !strings.Contains(body, p.standing) {
			t.Errorf("%s does not see the standing deficiency: %s", as, body)
		}
		view := p.ask(as, inspectedView, vars)["inspection"]
		if team := fields(view, "team").([]any); len(team) > 0 {
			t.Errorf("%s sees the team %v", as, team)
		}
		if fields(view, "recommendedRating") != nil || fields(view, "finalRating") == nil || fields(view, "score", "overall", "corroboration") != nil {
			t.Errorf("%s sees ratings and corroboration %v", as, view)
		}
		for _, part := range []string{"checklist { total }", "checklist { items { answer { rating methods } } }", "evidence { total }", "disputes { id }", "observations { id }", "populations { version }", "exclusions { unreviewed }", "notApplicableProposals { uncounted }", "snapshot { body }", "gaps { message }",
			"deficiencyDrafts { text }", "carriedActions { outcome }", "priorFindings { text }"} {
			body := string(p.raw(as, "query($id: ID!) { inspection(id: $id) { "+part+" } }", vars))
			if !strings.Contains(body, "FORBIDDEN") || strings.Contains(body, secretWord) || strings.Contains(body, `"total"`) {
				t.Errorf("%s asks for %s and gets %s", as, part, body)
			}
		}
		total.facility = body
	}
	total.reviewer = string(p.raw(reviewer, inspectedView, vars))
	if !strings.Contains(total.reviewer, secretWord) || !strings.Contains(total.reviewer, p.removed) {
		t.Error("the reviewer does not see what is hidden from the inspected: this test hides nothing")
	}
}

// What hangs on an inspection is no node for who may not see it.
func TestNodesOfFieldwork(t *testing.T) {
	t.Parallel()
	p := play(t)
	answerID := inspection.AnswerID(uuidOf(t, p.issued), p.requirement).String()
	opr := []string{lead, inspector, second, reviewer, analyst, auditor}
	report := append(slices.Clone(opr), facility, fieldOffice)
	for _, c := range []struct {
		what, id, kind string
		sees           []string
	}{
		{"an answer", answerID, "Answer", opr},
		{"evidence", p.evidence, "Evidence", opr},
		{"a finding that was taken back", p.removed, "Finding", opr},
		{"a deficiency", p.standing, "Finding", report},
		{"the inspection", p.issued, "Inspection", report},
		{"the facility", p.facility.String(), "Facility", everybody},
		{"the edition", p.edition.ID.String(), "Edition", everybody},
		{"a standard", p.standard("5.8").ID.String(), "Standard", everybody},
		{"a requirement", p.requirement.String(), "Requirement", everybody},
		{"the lead", p.users[lead].ID.String(), "User", append(slices.Clone(opr), admin)},
		{"nothing", inspection.NewID().String(), "", nil},
	} {
		for _, as := range everybody {
			node := p.ask(as, "query($id: ID!) { node(id: $id) { __typename id } }", map[string]any{"id": c.id})["node"]
			if sees := node != nil; sees != slices.Contains(c.sees, as) {
				t.Errorf("%s sees %s: %v", as, c.what, sees)
			}
			if node != nil && (fields(node, "__typename") != c.kind || fields(node, "id") != c.id) {
				t.Errorf("%s is %v", c.what, node)
			}
		}
	}
}

func uuidOf(t testing.TB, text string) inspection.ID {
	t.Helper()
	var id inspection.ID
	if err := id.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return id
}

// Every mutation, tried by everyone on an issued inspection that they can or cannot see. Who has the
// permission is told of the state; nobody else gets further.
func TestWhoMayTryWhatAfterTheIssue(t *testing.T) {
	t.Parallel()
	p := play(t)
	db := p.behind()
	ref := map[string]any{"inspectionId": p.issued, "evidenceId": p.evidence}
	at := func(more map[string]any) map[string]any {
		input := map[string]any{"inspectionId": p.issued, "revision": 1}
		for k, v := range more {
			input[k] = v
		}
		return input
	}
	reason := map[string]any{"reason": "x"}
	rating := map[string]any{"rating": "x", "reason": "x"}
	team, leads, reviews := []string{lead, inspector, second}, []string{lead}, []string{reviewer}
	for _, c := range []struct {
		mutation, input string
		variables       map[string]any
		may             []string
	}{
		{"addTeamMember", "TeamMemberInput", map[string]any{"inspectionId": p.issued, "userId": p.users[inspector].ID}, leads},
		{"removeTeamMember", "TeamMemberInput", map[string]any{"inspectionId": p.issued, "userId": p.users[inspector].ID}, leads},
		{"assignStandards", "AssignStandardsInput", map[string]any{"inspectionId": p.issued, "standardIds": []any{}}, leads},
		{"adoptDrafts", "AdoptDraftsInput", map[string]any{"inspectionId": p.issued, "drafts": []any{map[string]any{"requirementId": p.requirement}}}, team},
		{"recordMilestone", "RecordMilestoneInput", map[string]any{"inspectionId": p.issued, "kind": "NOTICE", "occurredAt": "2026-01-01T00:00:00Z"}, team},
		{"startInspection", "StepInput", at(nil), leads},
		{"finishFieldwork", "FinishFieldworkInput", at(nil), leads},
		{"recommendRating", "RatingInput", at(rating), leads},
		{"submitForReview", "StepInput", at(nil), leads},
		{"returnInspection", "ReasonInput", at(reason), reviews},
		{"approveInspection", "StepInput", at(nil), reviews},
		{"reviewExclusions", "ReviewExclusionsInput", map[string]any{"inspectionId": p.issued, "verdict": "ACCEPTED"}, reviews},
		{"recordPopulation", "RecordPopulationInput", counted(p.issued, 0, "WOMEN", 0), team},
		{"confirmNotApplicable", "ConfirmNotApplicableInput", map[string]any{"inspectionId": p.issued, "requirementIds": []any{p.requirement}}, team},
		{"setFinalRating", "RatingInput", at(rating), reviews},
		{"issueInspection", "StepInput", at(nil), reviews},
		{"cancelInspection", "ReasonInput", at(reason), []string{lead, reviewer}},
		{"recordAnswers", "RecordAnswersInput", map[string]any{"inspectionId": p.issued, "answers": []any{answer(p.requirement, 1, "MEETS", nil)}}, team},
		{"ruleDispute", "RuleDisputeInput", map[string]any{"inspectionId": p.issued, "disputeId": p.issued, "revision": 1, "reason": "x"}, []string{lead, reviewer}},
		{"recordFindings", "RecordFindingsInput", map[string]any{"inspectionId": p.issued, "findings": []any{map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "NOTE", "text": "x"}}}, team},
		{"removeFinding", "RemoveFindingInput", map[string]any{"inspectionId": p.issued, "findingId": p.standing, "reason": "x"}, team},
		{"declareEvidence", "DeclareEvidenceInput", map[string]any{"inspectionId": p.issued, "evidence": []any{declaration(inspection.NewID().String(), []byte("x"), nil)}}, team},
		{"acceptEvidence", "AcceptEvidenceInput", map[string]any{"inspectionId": p.issued, "evidenceId": p.evidence, "reason": "x"}, leads},
	} {
		for _, as := range everybody {
			want := map[bool]string{true: "LockedInspectionProblem", false: "ForbiddenProblem"}[slices.Contains(c.may, as)]
			if slices.Contains([]string{elsewhere, privacy, admin}, as) {
				want = "NotFoundProblem"
			}
			p.untouched(db, c.mutation+" as "+as, func() {
				message := p.refusedAs(want, as, c.mutation, p.try(as, c.mutation, c.input, "__typename", c.variables))
				if want == "LockedInspectionProblem" && !strings.Contains(message, "the inspection is ISSUED; this is possible while it is ") {
					t.Errorf("%s as %s is told %q", c.mutation, as, message)
				}
			})
		}
	}
	for _, as := range everybody {
		payload := p.try(as, "viewOriginal", "EvidenceRef", "request { url }", ref)
		want := map[string]string{lead: "", inspector: "", second: "", reviewer: "", auditor: "", elsewhere: "NotFoundProblem", privacy: "NotFoundProblem", admin: "NotFoundProblem"}
		expected, listed := want[as]
		if !listed {
			expected = "ForbiddenProblem"
		}
		if problems := payload["problems"].([]any); expected == "" && len(problems) > 0 {
			t.Errorf("viewOriginal as %s: %v", as, problems)
		}
		if expected != "" {
			p.refusedAs(expected, as, "viewOriginal", payload)
		}
	}
}

func (w *world) refusedAs(kind, as, mutation string, payload map[string]any) string {
	w.t.Helper()
	problems := payload["problems"].([]any)
	if len(problems) == 0 {
		w.t.Errorf("%s as %s is not refused; want %s", mutation, as, kind)
		return ""
	}
	if got := fields(problems[0], "__typename"); got != kind {
		w.t.Errorf("%s as %s is refused with %v, want %s", mutation, as, problems, kind)
	}
	return fields(problems[0], "message").(string)
}

// Planning, the roster and the colleagues are for some; the standards and facilities for all.
func TestWhoMayPlanAndManage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	may := func(as string, allowed ...string) bool { return slices.Contains(allowed, as) }
	for n, as := range everybody {
		plan := w.try(as, "planInspection", "PlanInspectionInput", header, map[string]any{"facilityId": w.other, "editionId": w.edition.ID, "origin": "LIVE",
			"scope": "FULL", "announced": true, "plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID})
		if allowed := len(plan["problems"].([]any)) == 0; allowed != may(as, lead, reviewer) {
			t.Errorf("planning as %s: %v", as, plan["problems"])
		}
		add := w.try(as, "addFacility", "AddFacilityInput", "facility { id }", map[string]any{"name": fmt.Sprint("PLACE ", n), "city": "X", "state": "LA", "source": "test"})
		if allowed := len(add["problems"].([]any)) == 0; allowed != may(as, admin) {
			t.Errorf("adding a facility as %s: %v", as, add["problems"])
		}
		_, errs := w.send(as, "{ users(roles: [LEAD_INSPECTOR]) { id } }", nil)
		if allowed := len(errs) == 0; allowed == may(as, facility, elsewhere, fieldOffice, privacy) {
			t.Errorf("listing colleagues as %s: %v", as, errs)
		}
		w.ask(as, "{ editions { key } facilities { edges { node { name } } } fieldOffices { code } viewer { email } }", nil)
	}
}

// A lead inspector plans what they lead or join, and nothing is half planned otherwise.
func TestALeadPlansOnlyTheirOwnInspections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	input := map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "LIVE", "scope": "FULL", "announced": true,
		"plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": inspection.NewID(), "standardIds": []any{w.standard("5.8").ID}}
	w.untouched(db, "planning for another", func() {
		w.refused("ForbiddenProblem", w.try(lead, "planInspection", "PlanInspectionInput", header, input))
	})
	w.untouched(db, "planning with a lead nobody knows", func() {
		w.refused("ValidationProblem", w.try(reviewer, "planInspection", "PlanInspectionInput", header, input))
	})
	for _, as := range []string{inspector, reviewer, facility, admin} {
		input["leadId"] = w.users[as].ID
		w.untouched(db, "an inspection led by "+as, func() {
			w.refused("ValidationProblem", w.try(reviewer, "planInspection", "PlanInspectionInput", header, input))
		})
	}
	input["leadId"], input["teamIds"] = w.users[lead].ID, []any{w.users[reviewer].ID}
	w.untouched(db, "a reviewer on the team", func() {
		w.refused("ValidationProblem", w.try(reviewer, "planInspection", "PlanInspectionInput", header, input))
	})
}

// The reasons of answers are the inspectors' notes: the inspected get the same figures without them.
func TestTheInspectedGetTheSameArithmetic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8", "7.1")
	w.answerAll(inspector, id, "MEETS", "5.8", "7.1")
	rs := w.standard("5.8").Requirements
	w.recorded(inspector, id, answer(rs[0].ID, 1, "NOT_APPLICABLE", map[string]any{"reason": secretWord}), answer(rs[1].ID, 1, "NOT_APPLICABLE", map[string]any{"reason": "other"}),
		answer(rs[2].ID, 1, "UNDETERMINED", map[string]any{"reason": secretWord}))
	w.issue(id)
	const ask = `query($id: ID!) { inspection(id: $id) { score { overall { all { arithmetic } exclusions { rating reason count } open { rating reason count } } } } }`
	read := func(as string) string {
		text, err := json.Marshal(fields(w.ask(as, ask, map[string]any{"id": id}), "inspection", "score", "overall"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const want = `{"all":{"arithmetic":"15 / (18 - 2) = 15/16 = 93.8 %"},"exclusions":[{"count":2,"rating":"NOT_APPLICABLE","reason":"reasons are not shown here"}],"open":[{"count":1,"rating":"UNDETERMINED","reason":"reasons are not shown here"}]}`
	if got := read(facility); got != want {
		t.Errorf("the facility reads %s", got)
	}
	if got := read(analyst); !strings.Contains(got, secretWord) || !strings.Contains(got, "15/16") {
		t.Errorf("the analyst reads %s", got)
	}
}
