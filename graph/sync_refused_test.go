package graph_test

import (
	"encoding/json"
	"strings"
	"testing"

	"plumbline/inspection"
)

// refusedWrites are the inspection's kept writes as the reviewer reads them.
func (w *world) refusedWrites(id string) []any {
	w.t.Helper()
	return fields(w.ask(reviewer, `query($id: ID!) { inspection(id: $id) { refusedWrites { id collection documentId document assumed code reason late
		userId deviceId deviceTime clockOffsetMs receivedAt decision decidedBy decidedAt decisionReason } } }`, map[string]any{"id": id}), "inspection", "refusedWrites").([]any)
}

// Each row that cannot become part of the record is refused by name and kept, and stands in no other
// row's way.
func TestARefusedRowIsKeptAndStandsInNobodysWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	foreign := w.started("7.1")
	rs := w.standard("5.8").Requirements
	a := w.tablet(inspector)
	a.pull(1000)
	item := w.answerID(id, rs[0].ID)
	long := strings.Repeat("x", 10_001)
	for _, c := range []struct {
		what    string
		changes document
		code    string
		says    string
	}{
		{"another item's id", document{"id": w.answerID(id, rs[1].ID)}, "INVALID", "not that of this requirement"},
		{"an id of another inspection", document{"inspectionId": foreign}, "INVALID", "not that of this requirement"},
		{"no id", document{"id": "x"}, "INVALID", "not that of this requirement"},
		{"no requirement", document{"requirementId": "x"}, "INVALID", "not that of this requirement"},
		{"an item of no checklist", document{"requirementId": inspection.EditionID("x").String(), "id": w.answerID(id, inspection.EditionID("x"))}, "NOT_FOUND", "the checklist has no item"},
		{"no rating", document{"rating": "GOOD"}, "INVALID", `"GOOD" is no rating`},
		{"a rating in small letters", document{"rating": "meets"}, "INVALID", `"meets" is no rating`},
		{"no method", document{"methods": []any{"GUESS"}}, "INVALID", `"GUESS" is no method`},
		{"no correction", document{"correctedOnSite": "MAYBE"}, "INVALID", `"MAYBE" is no correction`},
		{"long remarks", document{"remarks": long}, "INVALID", "at most 10000 characters"},
		{"a NUL", document{"remarks": "a\x00b"}, "INVALID", "cannot be stored"},
		{"no time", document{"deviceTime": "yesterday"}, "INVALID", "no time"},
		{"the year 9000", document{"deviceTime": "9000-01-01T00:00:00Z"}, "INVALID", "year"},
		{"a sample beyond its population", document{"sample": document{"population": 1, "size": 2}}, "INVALID", "larger than its population"},
		{"an unknown draw", document{"sample": document{"drawId": inspection.NewID().String()}}, "INVALID", "no such draw"},
		{"no draw", document{"sample": document{"drawId": "x"}}, "INVALID", "drawId is no id"},
		{"no unit", document{"sample": document{"limit": document{"value": 1, "unit": "MOONS"}, "datePairs": []any{document{"start": "2026-03-01", "end": "2026-03-02"}}}}, "INVALID", "a limit is in one of"},
		{"a deletion", document{"deleted": true}, "INVALID", "never deleted"},
	} {
		other := w.answerID(id, rs[2].ID)
		row, good := a.edit(item, c.changes), a.edit(other, document{"rating": "MEETS", "remarks": c.what})
		conflicts, refusals := a.push(row, good)
		sent := row["newDocumentState"].(document)
		if len(refusals) != 1 || refusals[0].Code != c.code || !strings.Contains(refusals[0].Message, c.says) || refusals[0].Collection != "answer" ||
			refusals[0].ID != sent["id"] || refusals[0].InspectionID != sent["inspectionId"] {
			t.Errorf("%s: refused %+v", c.what, refusals)
			continue
		}
		if len(conflicts) != 1 || conflicts[0]["id"] != sent["id"] {
			t.Errorf("%s: told %v", c.what, conflicts)
		}
		a.pull(1000)
		if a.replica[other]["remarks"] != c.what || a.replica[item]["rating"] != "NOT_REVIEWED" {
			t.Errorf("%s: held %v and %v", c.what, a.replica[other], a.replica[item])
		}
		kept := w.refusedWrites(sent["inspectionId"].(string))
		last := kept[len(kept)-1]
		var document map[string]any
		if err := json.Unmarshal([]byte(fields(last, "document").(string)), &document); err != nil || document["id"] != sent["id"] || document["rating"] != sent["rating"] ||
			fields(last, "code") != c.code || fields(last, "userId") != w.users[inspector].ID.String() || fields(last, "late") != false {
			t.Errorf("%s: kept %v (%v)", c.what, last, err)
		}
		w.untouched(db, c.what+", again", func() { a.push(row) })
	}
	w.verifyChains(db)
}

// Who was never on the team learns nothing and leaves nothing, and neither does an unknown inspection.
func TestAStrangersPushLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	w.mustExec(db, "alter table team_member disable trigger all")
	w.mustExec(db, "delete from team_member where user_id = $1", w.users[second].ID)
	r := w.standard("5.8").Requirements[0].ID
	b := w.tablet(second)
	for _, of := range []string{id, inspection.NewID().String(), "x", ""} {
		item := inspection.NewID().String()
		if of == id {
			item = w.answerID(id, r)
		}
		w.untouched(db, "a stranger's push to "+of, func() {
			conflicts, refusals := b.push(document{"newDocumentState": document{"id": item, "inspectionId": of, "requirementId": r, "rating": "MEETS"}})
			if len(refusals) != 1 || len(conflicts) != 1 || conflicts[0]["deleted"] != true || conflicts[0]["id"] != item || conflicts[0]["inspectionId"] != of {
				t.Errorf("to %q: %v, told %v", of, refusals, conflicts)
			}
		})
	}
	if n := b.pull(1000); n != 0 {
		t.Errorf("a stranger pulls %d answers", n)
	}
}

func TestOnlyInspectorsReplicate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	rows := []any{document{"newDocumentState": document{"id": w.answerID(id, r), "inspectionId": id, "requirementId": r, "rating": "MEETS"}}}
	for _, as := range []string{reviewer, fieldOffice, facility, analyst, auditor, privacy, admin} {
		w.untouched(db, as, func() {
			for query, variables := range map[string]map[string]any{pullAnswerQuery: {"limit": 10}, pushAnswerMutation: {"rows": rows}} {
				data, errs := w.send(as, query, variables)
				if len(errs) != 1 || fields(errs[0], "extensions", "code") != "FORBIDDEN" || data != nil {
					t.Errorf("as %s: %v, %v", as, data, errs)
				}
			}
		})
	}
}

// late pushes a changed remark, which must be kept aside under the code; sent again it is kept once.
func (d *tablet) late(what, code, inspectionID, item string, sees bool) {
	w := d.w
	w.t.Helper()
	row := d.edit(item, document{"remarks": what, "deviceTime": at(40)})
	conflicts, refusals := d.push(row)
	if len(refusals) != 1 || refusals[0].Code != code || len(conflicts) != 1 || conflicts[0]["deleted"] == sees {
		w.t.Errorf("%s: refused %v, told %v", what, refusals, conflicts)
	}
	kept := w.refusedWrites(inspectionID)
	if last := kept[len(kept)-1]; fields(last, "code") != code || fields(last, "late") != true || fields(last, "decision") != nil || fields(last, "documentId") != item {
		w.t.Errorf("%s: kept %v", what, last)
	}
	w.untouched(w.behind(), what+", again", func() { d.push(row) })
}

// Who has left the team, and a device that was revoked, brings what is kept aside; what came in time,
// and comes again, is nothing new.
func TestWhatARemovedMemberBringsIsKeptAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, item, a, b := w.two()
	a.taken(a.edit(item, document{"rating": "MEETS", "methods": []any{"OBSERVATION"}, "deviceTime": at(0)}))
	b.pull(1000)
	own := b.edit(item, document{"remarks": "in time", "deviceTime": at(30)})
	b.taken(own)
	b.pull(1000)
	w.devices.Store("lost", inspection.ActorDevice{ID: inspection.NewID(), Revoked: true})
	lost := w.tablet(second + "#lost")
	lost.replica = b.replica
	lost.late("from a lost tablet", "LATE_REVOKED", id, item, false)
	w.untouched(db, "what the revoked device had brought in time", func() { lost.letsGo(own) })
	if _, errs := w.send(lost.as, pullAnswerQuery, map[string]any{"limit": 10}); len(errs) != 1 || fields(errs[0], "extensions", "code") != "FORBIDDEN" {
		t.Errorf("a revoked device reads: %v", errs)
	}
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	b.late("from who has left", "LATE_REMOVED", id, item, false)
	w.untouched(db, "what the removed member had brought in time", func() { b.letsGo(own) })
	w.verifyChains(db)
}

// What comes after the fieldwork, or after the freeze, is kept aside; what came in time, and comes
// again, is nothing new.
func TestWhatComesTooLateIsKeptAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, item, a, _ := w.two()
	var intime []document
	for n, r := range w.standard("5.8").Requirements {
		intime = append(intime, a.edit(w.answerID(id, r.ID), document{"rating": "MEETS", "methods": []any{"OBSERVATION"}, "deviceTime": at(n)}))
	}
	a.taken(intime...)
	again := func(what string) {
		t.Helper()
		w.untouched(db, what, func() {
			conflicts, refusals := a.push(intime...)
			for _, c := range conflicts {
				if c["deleted"] != true || what != frozen {
					t.Errorf("%s: told %v", what, c)
				}
			}
			if len(refusals) != 0 {
				t.Errorf("%s: refused %v", what, refusals)
			}
		})
	}
	w.issueSteps(id, func(state string) {
		if state == "FIELDWORK_DONE" {
			a.pull(1000)
			again("what came in time, after the fieldwork")
		}
	})
	again(frozen)
	a.late("after the freeze", "LATE_FROZEN", id, item, true)
	for _, as := range []string{facility, fieldOffice} {
		data, errs := w.send(as, `query($id: ID!) { inspection(id: $id) { refusedWrites { document } } }`, map[string]any{"id": id})
		if text, _ := json.Marshal(data); len(errs) == 0 || strings.Contains(string(text), "document") {
			t.Errorf("%s reads kept writes: %s", as, text)
		}
	}
	other, item, c, _ := w.two()
	w.answerAll(lead, other, "MEETS", "5.8")
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", other, nil)
	c.pull(1000)
	c.late("after the fieldwork", "LATE_FIELDWORK_DONE", other, item, true)
	w.verifyChains(db)
}

// frozen names the case in which a tablet lets go of what it brought.
const frozen = "what came in time, after the freeze"

// issueSteps takes an inspection whose items are answered to ISSUED, and tells each state it reaches.
func (w *world) issueSteps(id string, reached func(state string)) {
	w.t.Helper()
	reached(w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil))
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	reached(w.step(lead, "submitForReview", "StepInput", id, nil))
	w.acceptExclusions(id)
	w.step(reviewer, "approveInspection", "StepInput", id, nil)
	w.step(reviewer, "setFinalRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	reached(w.step(reviewer, "issueInspection", "StepInput", id, nil))
}

func TestAPlannedInspectionTakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.plan("5.8")
	r := w.standard("5.8").Requirements[0].ID
	a := w.tablet(inspector)
	conflicts, refusals := a.push(document{"newDocumentState": document{"id": w.answerID(id, r), "inspectionId": id, "requirementId": r, "rating": "MEETS"}})
	if len(refusals) != 1 || refusals[0].Code != "NOT_FOUND" && refusals[0].Code != "INVALID" || len(conflicts) != 1 || conflicts[0]["deleted"] != true {
		t.Errorf("refused %v, told %v", refusals, conflicts)
	}
}

// A null, as RxDB sends it for a field that the app emptied, is not stated; and a deletion by a tablet that
// rests on nothing is kept as any other.
func TestANullStandsInNobodysWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	rs := w.standard("5.8").Requirements
	a := w.tablet(inspector)
	a.pull(1000)
	item, other := w.answerID(id, rs[0].ID), w.answerID(id, rs[1].ID)
	good := a.edit(other, document{"rating": "MEETS", "deviceTime": at(0)})
	if _, refusals := a.push(a.edit(item, document{"rating": nil, "remarks": "seen", "deviceTime": at(0)}), good); len(refusals) != 0 {
		t.Errorf("refused: %v", refusals)
	}
	a.pull(1000)
	if got := a.replica[item]; got["rating"] != "NOT_REVIEWED" || got["remarks"] != "seen" || a.replica[other]["rating"] != "MEETS" {
		t.Errorf("held: %v and %v", got, a.replica[other])
	}
	if _, refusals := a.push(a.edit(item, document{"requirementId": nil, "deviceTime": at(1)}), good); len(refusals) != 1 || refusals[0].Code != "INVALID" {
		t.Errorf("without a requirement: %v", refusals)
	}
	deleted := a.edit(item, document{"rating": "MEETS", "deleted": true, "deviceTime": at(2)})
	delete(deleted, "assumedMasterState")
	if _, refusals := a.push(deleted); len(refusals) != 1 || refusals[0].Code != "INVALID" || len(w.refusedWrites(id)) != 2 {
		t.Errorf("deleted without a base: %v, kept %v", refusals, w.refusedWrites(id))
	}
}
