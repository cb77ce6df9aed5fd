package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plumbline/inspection"
)

// happened counts what became of things over all cases.
type happened map[string]int

// practicallyCertain is what happens in most of ten cases, so that a run without it proves nothing.
var practicallyCertain = []string{"DISPUTE", "RULING", "LOST WITH A DATABASE", "LATE_REMOVED", "LATE_REVOKED", "LATE_FIELDWORK_DONE", "LATE_FROZEN"}

// demand fails the test if something never happened in enough cases.
func (h happened) demand(t *testing.T, cases int) {
	t.Helper()
	t.Logf("in %d cases: %v", cases, h)
	for _, what := range practicallyCertain {
		if cases >= 10 && h[what] == 0 {
			t.Errorf("%s: never in %d cases", what, cases)
		}
	}
}

// scenes play what a case seldom comes to by itself, each in most cases, over the network at its best. Those
// that leave less to others come later.
func (m *model) scenes() {
	for _, scene := range []struct {
		name string
		play func()
	}{{"race", m.race}, {"ruling", func() { m.ruleOnOne() }}, {"loss", m.loseDatabase}, {"removal", m.removeAtWork}, {"revocation", m.revokeAtWork}, {"freeze", m.freezeAtWork}} {
		if rapid.IntRange(0, 29).Draw(m.rt, scene.name) > 0 {
			m.gather()
			scene.play()
		}
	}
}

// gather puts everybody back on the team, each with a tablet that is not revoked.
func (m *model) gather() {
	if m.state != "IN_PROGRESS" {
		return
	}
	for _, who := range slices.Sorted(maps.Keys(m.present)) {
		if !m.present[who] {
			m.move(who)
		}
		if !slices.ContainsFunc(m.tablets, func(t *client) bool { return t.as == who && !m.revoked[t] }) {
			m.addTablet(len(m.tablets), who)
		}
	}
}

// judgements are the ratings that contradict each other.
var judgements = slices.DeleteFunc(inspection.Ratings(), func(r inspection.Rating) bool { return r == inspection.NotReviewed })

// race has two people rate one item differently, neither knowing of the other.
func (m *model) race() {
	open := m.working()
	n := slices.IndexFunc(open, func(t *client) bool { return t.as != open[0].as })
	if n < 0 {
		return
	}
	for _, t := range []*client{open[0], open[n]} {
		m.settle(t)
	}
	id, ratings := m.item(open[0]), rapid.Permutation(judgements).Draw(m.rt, "ratings")
	if !holds(open[0], id) || !holds(open[n], id) {
		return // one was off the team a moment ago, and has not yet pulled it again
	}
	for k, t := range []*client{open[0], open[n]} {
		change := document{"rating": string(ratings[k])}
		if rapid.Bool().Draw(m.rt, "with a remark") {
			change["remarks"] = m.text(t, id, "remarks")
		}
		m.change(t, id, change)
	}
	m.meet(open[0])
	m.meet(open[n])
}

// loseDatabase restores a backup after a tablet was told that its words had come.
func (m *model) loseDatabase() {
	for _, t := range m.working() {
		m.settle(t)
		m.save()
		m.write(t)
		m.meet(t)
		m.restore()
		return
	}
}

// removeAtWork takes somebody off the team whose tablet still has something to bring.
func (m *model) removeAtWork() {
	for _, t := range m.working() {
		m.settle(t)
		m.write(t)
		m.move(t.as)
		m.meet(t)
		return
	}
}

// revokeAtWork revokes a tablet that still has something to bring.
func (m *model) revokeAtWork() {
	for _, t := range m.working() {
		if t.device != "" {
			m.settle(t)
			m.write(t)
			m.revokeNow(t)
			m.meet(t)
			return
		}
	}
}

// freezeAtWork ends the fieldwork and then freezes the inspection, each while tablets still have something to
// bring.
func (m *model) freezeAtWork() {
	if m.state != "IN_PROGRESS" {
		return
	}
	open := m.working()
	for _, t := range open {
		m.settle(t)
	}
	m.closeGaps()
	for _, end := range []func(){m.finishFieldwork, rapid.SampledFrom([]func(){m.cancelNow, m.issueNow}).Draw(m.rt, "end")} {
		for _, t := range open {
			m.write(t)
		}
		end()
		for _, t := range open {
			m.meet(t)
		}
	}
}

// closeGaps has the lead do what the fieldwork still lacks.
func (m *model) closeGaps() {
	for m.ruleOnOne() {
	}
	m.fillIn()
	m.adoptAs(m.lead, m.id)
	m.dismissLate()
}

// fillIn has the lead complete what inspectors left without a reason or a method; the ratings stay.
func (m *model) fillIn() {
	var entries []any
	data := m.ask(m.lead, "query($id: ID!) { inspection(id: $id) { checklist { items { answer { id requirementId revision rating reason remarks methods correctedOnSite } } } } }", map[string]any{"id": m.id})
	for _, item := range fields(data, "inspection", "checklist", "items").([]any) {
		input := maps.Clone(fields(item, "answer").(document))
		id := input["id"].(string)
		delete(input, "id")
		if input["reason"] == "" {
			input["reason"] = "completed"
			m.wrote(id, "reason", m.lead, "")
		}
		input["methods"] = []any{"DOCUMENT", "OBSERVATION"}
		m.wrote(id, "methods", m.lead, "")
		entries = append(entries, input)
	}
	m.do(m.lead, "recordAnswers", "RecordAnswersInput", "answers { id }", map[string]any{"inspectionId": m.id, "answers": entries})
}

// dismissLate has the lead decide on what came late.
func (m *model) dismissLate() {
	var ids []string
	for _, one := range m.lateWork(m.lead, m.id) {
		if fields(one, "decision") == nil {
			ids = append(ids, fields(one, "id").(string))
		}
	}
	if len(ids) > 0 {
		m.decided(m.lead, "dismissLateWork", m.id, ids...)
	}
}

// finishFieldwork ends the fieldwork without waiting for any tablet.
func (m *model) finishFieldwork() {
	var named []any
	for _, t := range m.tablets {
		if t.device != "" && !m.revoked[t] && m.present[t.as] && m.heardOf(t.device) {
			named = append(named, t.device, "out of reach")
		}
	}
	m.state = m.step(m.lead, "finishFieldwork", "FinishFieldworkInput", m.id, statements(named...))
	m.rt.Log("the fieldwork is done")
}

// heardOf reports whether the ledger lists the device.
func (m *model) heardOf(device string) bool {
	entries := m.ledger(m.lead, m.id)["entries"].([]any)
	return slices.ContainsFunc(entries, func(e any) bool { return fields(e, "deviceId") == device })
}

// issueNow takes the inspection through review.
func (m *model) issueNow() {
	m.dismissLate()
	m.step(m.lead, "recommendRating", "RatingInput", m.id, map[string]any{"rating": "Meets Standard", "reason": "as scored"})
	m.step(m.lead, "submitForReview", "StepInput", m.id, nil)
	m.acceptExclusions(m.id)
	m.step(reviewer, "approveInspection", "StepInput", m.id, nil)
	m.step(reviewer, "setFinalRating", "RatingInput", m.id, map[string]any{"rating": "Meets Standard", "reason": "agreed"})
	m.state = m.step(reviewer, "issueInspection", "StepInput", m.id, nil)
	m.happened["ISSUE"]++
	m.rt.Log("issued")
}

// working are the tablets whose work becomes part of the record, in any order.
func (m *model) working() []*client {
	if m.state != "IN_PROGRESS" {
		return nil
	}
	open := slices.DeleteFunc(slices.Clone(m.tablets), func(t *client) bool { return !m.present[t.as] || m.revoked[t] })
	if len(open) > 0 {
		open = rapid.Permutation(open).Draw(m.rt, "who")
	}
	return open
}

// settle has a tablet bring what it holds, and hold what the server holds.
func (m *model) settle(t *client) {
	m.meet(t)
	m.meet(t)
}

// meet has a tablet push and pull while the network is at its best.
func (m *model) meet(t *client) {
	calm := m.calm
	m.calm = true
	defer func() { m.calm = calm }()
	m.exchangeAll(t, 10, 50, 50)
}

// write has a tablet's user write what nobody wrote before.
func (m *model) write(t *client) {
	if id := m.item(t); id != "" {
		m.change(t, id, document{"remarks": fmt.Sprint("remarks ", m.words+1)})
	}
}

// holds reports whether a tablet has the answer: nobody edits what was taken back from it.
func holds(t *client, id string) bool {
	held, there := t.replicas["Answer"].fork[id]
	return there && held.doc["deleted"] != true
}

// item draws one of the first items that a tablet holds, of few, so that people meet; none if it holds none.
func (m *model) item(t *client) string {
	r := t.replicas["Answer"]
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(r.fork)), func(id string) bool { return !holds(t, id) })
	if len(ids) == 0 {
		return ""
	}
	return byRequirement(r, ids)[rapid.IntRange(0, min(4, len(ids)-1)).Draw(m.rt, "item")]
}

// text draws a text for a field, sometimes one that others may write too.
func (m *model) text(t *client, id, field string) string {
	held := t.replicas["Answer"].fork[id].doc[field]
	return rapid.SampledFrom([]string{"", "agreed", fmt.Sprintf("%s %d", field, m.words+1), fmt.Sprintf("%s %d", field, m.words+1), fmt.Sprint(held, " ")}).Draw(m.rt, "text")
}

// change edits an item on a tablet.
func (m *model) change(t *client, id string, change document) {
	m.words++
	// What is lost with the database is held no longer.
	m.facts.acked = slices.DeleteFunc(m.facts.acked, func(a ack) bool { return a.lost && a.t == t && a.row.id == id })
	m.rt.Log(t.name, "edits", id, change)
	t.edit(t.replicas["Answer"], id, change)
}
