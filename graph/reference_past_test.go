package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// heldFindings are the ids of the earlier findings that a device holds of an inspection.
func (r *copied) heldFindings(id string) []string {
	var all []string
	for _, d := range r.held {
		if d["inspectionId"] == id {
			all = append(all, d["findingId"].(string))
		}
	}
	slices.Sort(all)
	return all
}

// priorFindingsOf are those that Inspection.priorFindings lists.
func (w *world) priorFindingsOf(id string) []string {
	w.t.Helper()
	var all []string
	for _, p := range w.of(inspector, id, "priorFindings { findingId }").([]any) {
		all = append(all, fields(p, "findingId").(string))
	}
	slices.Sort(all)
	return all
}

// A tablet holds what the inspection's prior findings are, by any page size and after every change of
// the past: a newer visit is issued and an old one drops out, OPR withdraws a deficiency, a step is
// taken with a corrective action.
func TestThePastOfAFacilityReachesTheTabletAndKeepsUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	other := w.standard("5.8").Requirements[0].ID
	var first string
	for n := range 5 {
		id := w.visited(fmt.Sprintf("202%d-03-05", n), nil, []string{"4.3", "5.8"}, late, other)
		if n == 0 {
			first = id
		}
	}
	now := w.visit("2025-09-02", nil, "4.3")
	elsewhere := w.visit("2025-09-02", map[string]any{"facilityId": w.other}, "4.3")
	exercise := w.visit("2025-09-02", map[string]any{"origin": "EXERCISE"}, "4.3")
	past := w.replica(inspector, "PriorFinding")
	past.settled(10)
	for _, limit := range []int{1, 2, 7} {
		again := w.replica(inspector, "PriorFinding")
		if again.pull(limit); again.pages != 10/limit+1 {
			t.Errorf("by pages of %d it takes %d pages", limit, again.pages)
		}
		if diff := cmp.Diff(past.held, again.held); diff != "" {
			t.Errorf("by pages of %d (-by a hundred +by these):\n%s", limit, diff)
		}
		if came := again.pull(limit); len(came) != 0 {
			t.Errorf("nothing changed, and %d came", len(came))
		}
	}
	if diff := cmp.Diff(w.priorFindingsOf(now), past.heldFindings(now)); diff != "" {
		t.Errorf("(-inspection +tablet):\n%s", diff)
	}
	if strange := append(past.heldFindings(elsewhere), past.heldFindings(exercise)...); len(strange) != 0 {
		t.Errorf("findings of another facility or origin: %v", strange)
	}
	newest := w.deficiencyOn(first, late)
	d := past.held[inspection.PriorFindingID(uuidOf(t, now), uuidOf(t, newest["id"].(string))).String()]
	if d["code"] != "MC-137" || d["standard"] != "4.3" || d["endedOn"] != "2020-03-07" || d["actionState"] != "OPEN" || d["ageDays"] != 2005.0 ||
		d["requirementId"] != late.String() || d["carried"] != true || d["fromInspectionId"] != first || strings.Contains(d["citation"].(string), "(unconfirmed)") == d["citationConfirmed"].(bool) {
		t.Errorf("the finding of 2020 is %v", d)
	}
	open := w.deficiencyOn(first, other)
	if d := past.held[inspection.PriorFindingID(uuidOf(t, now), uuidOf(t, open["id"].(string))).String()]; d["requirementId"] != nil {
		t.Errorf("what is out of scope has the item %v", d["requirementId"])
	}

	a := answered{world: w, id: first, finding: newest["id"].(string), action: fields(newest, "correctiveAction", "id").(string)}
	a.take(facility, "planAction", "PLANNED", nil)
	past.settle("the plan", func() bool {
		return past.held[inspection.PriorFindingID(uuidOf(t, now), uuidOf(t, a.finding)).String()]["actionState"] == "PLANNED"
	})

	// The visit of 2020 is no longer among the last five; what it left open came along, and stays.
	verified := w.deficiencyOn(first, other)["id"].(string)
	w.visited("2025-03-05", nil, []string{"4.3"}, late)
	past.settle("the newest visit", func() bool { return len(past.heldFindings(now)) == 11 })
	late2 := w.visit("2025-10-02", nil, "4.3")
	fresh := w.replica(inspector, "PriorFinding")
	fresh.settle("both inspections", func() bool { return len(fresh.heldFindings(late2)) == 11 && len(fresh.heldFindings(now)) == 11 })
	past.settle("both inspections", func() bool { return len(past.heldFindings(late2)) == 11 && len(past.heldFindings(now)) == 11 })

	respond := map[string]any{"inspectionId": first, "findingId": verified, "stance": "CONTESTED", "reason": "x"}
	w.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "__typename", respond)
	w.do(reviewer, "ruleOnContest", "RuleOnContestInput", "__typename", map[string]any{"inspectionId": first, "findingId": verified, "ruling": "WITHDRAWN", "reason": "x"})
	past.settle("the withdrawn action", func() bool {
		return past.held[inspection.PriorFindingID(uuidOf(t, now), uuidOf(t, verified)).String()]["actionState"] == "WITHDRAWN"
	})

	w.step(lead, "cancelInspection", "ReasonInput", now, map[string]any{"reason": "x"})
	past.settle("the cancelled one forgotten", func() bool { return len(past.heldFindings(now)) == 0 && len(past.heldFindings(late2)) == 11 })
}

// What counts no more and did not come along goes from the tablet: the visit that drops out of the last
// five, and what OPR withdraws.
func TestWhatCountsNoMoreLeavesTheTablet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	id := w.plan("4.3") // before anything was issued, so that nothing comes along
	w.step(lead, "startInspection", "StepInput", id, nil)
	past := w.replica(second, "PriorFinding")
	var visits []string
	for n := range 5 {
		visits = append(visits, w.visited(fmt.Sprintf("202%d-03-05", n), nil, []string{"4.3"}, late))
	}
	past.settled(5)
	visits = append(visits, w.visited("2025-03-05", nil, []string{"4.3"}, late))
	past.settle("the first visit dropped out", func() bool { return cmp.Equal(past.heldFindings(id), w.priorFindingsOf(id)) })
	if len(past.held) != 5 || slices.Contains(past.heldFindings(id), w.deficiencyOn(visits[0], late)["id"].(string)) {
		t.Errorf("%d are held", len(past.held))
	}
	finding := w.deficiencyOn(visits[5], late)["id"].(string)
	w.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "__typename", map[string]any{"inspectionId": visits[5], "findingId": finding, "stance": "CONTESTED", "reason": "x"})
	w.do(reviewer, "ruleOnContest", "RuleOnContestInput", "__typename", map[string]any{"inspectionId": visits[5], "findingId": finding, "ruling": "WITHDRAWN", "reason": "x"})
	past.settle("the first visit counts again", func() bool { return cmp.Equal(past.heldFindings(id), w.priorFindingsOf(id)) })
	if held := past.heldFindings(id); len(held) != 5 || slices.Contains(held, finding) {
		t.Errorf("held are %v", held)
	}
	if came := w.replica(second, "PriorFinding").pull(100); len(came) != 5 {
		t.Errorf("a new tablet is given %d documents, what it never held among them", len(came))
	}
}
