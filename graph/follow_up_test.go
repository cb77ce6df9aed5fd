package graph_test

import (
	"slices"
	"testing"

	"plumbline/inspection"
)

// found issues an inspection with deficiencies in the standards, by number, and returns its id.
func (w *world) found(more map[string]any, numbers ...string) string {
	w.t.Helper()
	looked := slices.Compact(append([]string{"5.8"}, numbers...))
	var ids []any
	for _, number := range looked {
		ids = append(ids, w.standard(number).ID)
	}
	input := map[string]any{"standardIds": ids}
	for k, v := range more {
		input[k] = v
	}
	id := w.planned(input)
	w.step(lead, "startInspection", "StepInput", id, nil)
	w.answerAll(inspector, id, "MEETS", looked...)
	for _, number := range numbers {
		w.deficiency(inspector, id, number, nil)
	}
	w.issue(id)
	return id
}

const followUpQuery = `query($facility: ID!, $edition: ID!, $origin: Origin!) { followUpScope(facilityId: $facility, editionId: $edition, origin: $origin) {
	lastInspectionId lastEndedOn standards { standardId number code title reasons deficiencies openActions openSince } } }`

// A follow-up looks at what was found deficient last, what is still open from before, and what is
// added; it is proposed with reasons before it is planned, and planned as proposed.
func TestAFollowUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	plan := func(more map[string]any) map[string]any {
		input := w.planInput(map[string]any{"scope": "FOLLOW_UP", "plannedStart": "2026-09-01", "plannedEnd": "2026-09-03"})
		for k, v := range more {
			input[k] = v
		}
		return input
	}
	nothing := func(what string, more map[string]any) {
		t.Helper()
		w.untouched(db, what, func() {
			message := w.refusedAs("GuardProblem", lead, what, w.try(lead, "planInspection", "PlanInspectionInput", header, plan(more)))
			if !contains(message, "nothing to follow up") {
				t.Errorf("%s: refused with %q", what, message)
			}
		})
	}
	propose := func(facility, edition any, origin string) any {
		return w.ask(lead, followUpQuery, map[string]any{"facility": facility, "edition": edition, "origin": origin})["followUpScope"]
	}
	nothing("a facility that was never inspected", nil)

	w.found(map[string]any{"plannedStart": "2025-03-03", "plannedEnd": "2025-03-05"}, "4.1", "4.2")
	// Past the machine, whose own tests walk there step by step.
	w.mustExec(db, "set session_replication_role = replica; update corrective_action set state = 'VERIFIED' where finding_id in (select f.id from finding f join standard s on s.id = f.standard_id where s.number = '4.2'); set session_replication_role = origin")
	w.found(map[string]any{"origin": "EXERCISE"}, "6.1")
	w.plan("6.3") // not issued
	last := w.found(nil, "4.3", "4.3")

	proposal := propose(w.facility, w.edition.ID, "LIVE")
	if fields(proposal, "lastInspectionId") != last || fields(proposal, "lastEndedOn") != "2026-03-05" {
		t.Errorf("the last inspection is %v", proposal)
	}
	standards := fields(proposal, "standards").([]any)
	if len(standards) != 2 || fields(standards[0], "number") != "4.1" || fields(standards[0], "openActions") != 1.0 || fields(standards[0], "deficiencies") != 0.0 || fields(standards[0], "openSince") == nil ||
		fields(standards[1], "standardId") != w.standard("4.3").ID.String() || fields(standards[1], "deficiencies") != 2.0 || fields(standards[1], "title") != w.standard("4.3").Title {
		t.Errorf("proposed: %v", standards)
	}
	if other := propose(w.facility, w.edition.ID, "RECONSTRUCTED"); fields(other, "lastInspectionId") != nil || fields(other, "lastEndedOn") != nil || len(fields(other, "standards").([]any)) != 0 {
		t.Errorf("proposed of another origin: %v", other)
	}
	w.statements.Reset()
	propose(w.facility, w.edition.ID, "LIVE")
	if n := w.statements.Count(); n != 3 {
		t.Errorf("the proposal takes %d statements: %q", n, w.statements.SQL())
	}

	for _, c := range []struct {
		what string
		more map[string]any
		want map[string][]any
	}{
		{"as proposed", nil, map[string][]any{"4.1": {"ACTION_OPEN"}, "4.3": {"ACTION_OPEN", "FOUND_DEFICIENT"}}},
		{"and some", map[string]any{"standardIds": []any{w.standard("5.8").ID, w.standard("4.1").ID}},
			map[string][]any{"4.1": {"ACTION_OPEN", "NAMED"}, "4.3": {"ACTION_OPEN", "FOUND_DEFICIENT"}, "5.8": {"NAMED"}}},
		{"an exercise after an exercise", map[string]any{"origin": "EXERCISE"}, map[string][]any{"6.1": {"ACTION_OPEN", "FOUND_DEFICIENT"}}},
		{"at another facility, with standards named", map[string]any{"facilityId": w.other, "standardIds": []any{w.standard("5.8").ID}}, map[string][]any{"5.8": {"NAMED"}}},
	} {
		payload := w.do(lead, "planInspection", "PlanInspectionInput", header, plan(c.more))
		if in, _ := w.scopeOf(lead, fields(payload, "inspection", "id").(string)); !sameReasons(in, c.want) {
			t.Errorf("%s: in scope %v, want %v", c.what, in, c.want)
		}
	}
	nothing("another facility", map[string]any{"facilityId": w.other})

	// Under another edition the standard of the same number is looked at again; what that edition
	// lacks is proposed without one, to be bound otherwise.
	other := w.secondEdition("nds-test")
	standards = fields(propose(w.facility, other.ID, "LIVE"), "standards").([]any)
	if len(standards) != 2 || fields(standards[0], "standardId") != inspection.StandardID(other.ID, "4.3").String() || fields(standards[1], "standardId") != nil || fields(standards[1], "code") != "FS" {
		t.Errorf("proposed under another edition: %v", standards)
	}
	payload := w.do(lead, "planInspection", "PlanInspectionInput", header, plan(map[string]any{"editionId": other.ID,
		"also": []any{map[string]any{"editionId": w.edition.ID, "standardIds": []any{w.standard("4.1").ID}}}}))
	if in, _ := w.scopeOf(lead, fields(payload, "inspection", "id").(string)); !sameReasons(in, map[string][]any{"4.1": {"NAMED"}, "4.3": {"ACTION_OPEN", "FOUND_DEFICIENT"}}) {
		t.Errorf("under another edition: in scope %v", in)
	}
}

// Who plans sees what a follow-up would look at; nobody else asks.
func TestWhoSeesWhatToFollowUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, as := range everybody {
		_, errs := w.send(as, followUpQuery, map[string]any{"facility": w.facility, "edition": w.edition.ID, "origin": "LIVE"})
		if may := as == lead || as == reviewer; (len(errs) == 0) != may {
			t.Errorf("%s: %v", as, errs)
		}
	}
	for what, variables := range map[string]map[string]any{
		"an unknown facility": {"facility": inspection.NewID(), "edition": w.edition.ID, "origin": "LIVE"},
		"an unknown edition":  {"facility": w.facility, "edition": inspection.NewID(), "origin": "LIVE"},
	} {
		if _, errs := w.send(lead, followUpQuery, variables); len(errs) == 0 {
			t.Errorf("%s: no error", what)
		}
	}
}

// A special review names what it looks at; before people are held, nothing named means everything; a
// reconstruction looks at what its report reviewed.
func TestWhatTheOtherScopesLookAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	whole := 0
	for _, st := range w.edition.Standards() {
		if len(st.Requirements) > 0 {
			whole++
		}
	}
	w.untouched(db, "a special review of nothing", func() {
		w.refused("ValidationProblem", w.try(lead, "planInspection", "PlanInspectionInput", header, w.planInput(map[string]any{"scope": "SPECIAL_REVIEW"})))
	})
	for _, c := range []struct {
		what string
		more map[string]any
		want int
	}{
		{"a special review", map[string]any{"scope": "SPECIAL_REVIEW", "standardIds": []any{w.standard("4.3").ID}}, 1},
		{"before people are held", map[string]any{"scope": "PRE_OCCUPANCY"}, whole},
		{"a reconstructed follow-up", map[string]any{"scope": "FOLLOW_UP", "origin": "RECONSTRUCTED", "source": "a report"}, len(w.edition.Standards())},
		{"a reconstructed special review", map[string]any{"scope": "SPECIAL_REVIEW", "origin": "RECONSTRUCTED", "source": "b report"}, len(w.edition.Standards())},
	} {
		if in, _ := w.scopeOf(lead, w.planned(c.more)); len(in) != c.want {
			t.Errorf("%s looks at %d standards, want %d", c.what, len(in), c.want)
		}
	}
}
