package graph_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// everything are the rows that answer every item of the inspection in full, for the given round.
func (d *tablet) everything(id string, round int) []document {
	var rows []document
	for _, st := range d.w.edition.Standards() {
		for _, r := range st.Requirements {
			item := d.w.answerID(id, r.ID)
			if d.replica[item] == nil {
				continue
			}
			rows = append(rows, d.edit(item, document{"rating": "MEETS", "reason": fmt.Sprint("round ", round), "methods": []any{"OBSERVATION", "DOCUMENT"}, "correctedOnSite": "NONE",
				"remarks": "The schedule is posted in both languages beside the telephone; the log of the last thirty days was read.", "deviceTime": at(round % 60),
				"sample": document{"population": 120, "size": 12, "nonconforming": 0, "period": "the last thirty days"}}))
		}
	}
	return rows
}

// A push and a pull cost the same number of statements at 1 row and at 700, the sign-in among them.
func TestWhatReplicationCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started()
	a, b := w.tablet(inspector), w.tablet(second)
	count := func(what string, want, events int, f func()) {
		t.Helper()
		before := w.events(db)
		w.statements.Reset()
		f()
		if n := w.statements.Count(); n != want {
			t.Errorf("%s takes %d statements, want %d: %q", what, n, want, w.statements.SQL())
		}
		if n := w.events(db) - before; n != events {
			t.Errorf("%s writes %d events, want %d", what, n, events)
		}
	}
	count("a first page of 1", 3, 0, func() { a.page(1) })
	count("a page of 1000", 3, 0, func() { a.page(1000) })
	b.pull(1000)
	all := a.everything(id, 0)
	if len(all) < 690 {
		t.Fatalf("%d rows", len(all))
	}
	count("a push of 1", 10, 1, func() { a.taken(all[0]) })
	count("a push that brings it again and one more", 11, 1, func() { a.taken(all[:2]...) })
	count("a push of 700", 10, 1, func() { a.taken(all[2:]...) })
	count("the same push again", 6, 0, func() { a.taken(all...) })
	count("a page of all that changed", 3, 0, func() { b.page(1000) })
	refused := func(n int) []document {
		var rows []document
		for _, row := range b.everything(id, 1)[:n] {
			row["newDocumentState"].(document)["rating"] = "GOOD"
			rows = append(rows, row)
		}
		return rows
	}
	count("a refused row", 9, 1, func() { b.push(refused(1)...) })
	count("700 refused rows", 9, 1, func() { b.push(refused(len(all))...) })
	contested := func(round, from, to int) []document {
		var rows []document
		for _, row := range b.everything(id, round)[from:to] {
			row["newDocumentState"].(document)["rating"] = "DOES_NOT_MEET"
			rows = append(rows, row)
		}
		return rows
	}
	count("a contested row", 12, 1, func() { b.push(contested(2, 0, 1)...) })
	count("the rest contested", 12, 1, func() { b.push(contested(2, 1, len(all))...) })
	again, late := contested(2, 0, len(all)), contested(3, 0, len(all))
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	count("handing 1 back", 3, 0, func() { b.page(1) })
	count("handing the rest back", 3, 0, func() { b.page(1000) })
	count("what a removed member brought before", 3, 0, func() { b.push(again...) })
	count("late work of a removed member", 6, 1, func() { b.push(late[0]) })
	count("much late work of a removed member", 6, 1, func() { b.push(late[1:]...) })
	w.verifyChains(db)
}

// A hundred replays of one push at once change nothing more than once, and all say the same. Each takes
// what one alone takes, and nothing of them stays. It runs beside no other test: it measures the process.
func TestAHundredReplaysAtOnceAreOne(t *testing.T) {
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	a := w.tablet(inspector)
	a.pull(1000)
	answers := collection{"Answer", answerDocument}
	for _, c := range []struct {
		collection
		rows     []document
		versions string
		most     uint64 // bytes that a replay may allocate
	}{
		{answers, a.everything(id, 0), "select count(*) from answer_revision", 5_000_000},
		{findings, many(50, func() document { return fresh(id, w.aFinding(nil)) }), "select count(*) from finding_revision", 2_500_000},
		{notes, many(50, func() document { return w.sealedNote(inspector, id, "what was said") }), "select count(*) from interview_note", 1_100_000},
	} {
		body, events := operation(t, w.copyOf(c.collection, inspector).mutation(), map[string]any{"rows": c.rows}), w.events(db)
		replay := func(int) {
			if said := strings.TrimSpace(w.read(body, inspector).Body.String()); said != `{"data":{"push`+c.name+`":[]}}` {
				t.Errorf("%s: a replay says %s", c.name, said)
			}
		}
		atOnce(100, replay)
		if n := w.events(db) - events; n != 1 {
			t.Errorf("%s: %d events, want 1", c.name, n)
		}
		if n := w.count(db, c.versions); n != len(c.rows) {
			t.Errorf("%s: %d versions, want %d", c.name, n, len(c.rows))
		}
		alone, _ := takes(5, func() { atOnce(1, replay) })
		each, stays := takes(1, func() { atOnce(100, replay) })
		each /= 100
		t.Logf("%s: %d rows in %d bytes; a replay allocates %d bytes alone and %d among a hundred, of which %d stay", c.name, len(c.rows), len(body), alone, each, stays)
		if each > alone*5/4 || each > c.most {
			t.Errorf("%s: a replay among a hundred allocates %d bytes, alone %d; want hardly more, and at most %d", c.name, each, alone, c.most)
		}
		if stays > 1<<20 {
			t.Errorf("%s: %d bytes stay after a hundred replays", c.name, stays)
		}
	}
	if n := w.count(db, "select count(*) from answer_revision r where seq <> (select seq from answer a where a.id = r.answer_id)"); n != 0 {
		t.Errorf("%d numbers disagree", n)
	}
	w.verifyChains(db)
}

// many are n rows.
func many(n int, row func() document) []document {
	rows := make([]document, n)
	for k := range rows {
		rows[k] = row()
	}
	return rows
}

// takes is what f allocates on average of so many runs, and by how much what is in use grew over all of
// them. Nothing else may run.
func takes(runs int, f func()) (allocated uint64, stays int64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / uint64(runs), int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// A push of a whole inspection, every answer in full with what the tablet took for the server's state,
// fits the limit of a request's body.
func TestAWholeInspectionFitsOnePush(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started()
	a := w.tablet(inspector)
	a.pull(1000)
	a.taken(a.everything(id, 0)...)
	a.pull(1000)
	second := a.everything(id, 1)
	body := operation(t, pushAnswerMutation, map[string]any{"rows": second})
	t.Logf("%d rows are %d bytes", len(second), len(body))
	a.taken(second...)
}

// A pull of 700 answers allocates little for each.
func TestWhatAPullAllocates(t *testing.T) {
	w := newWorld(t)
	id := w.started()
	a := w.tablet(inspector)
	a.pull(1000)
	rows := a.everything(id, 0)
	a.taken(rows...)
	body := operation(t, pullAnswerQuery, map[string]any{"limit": 1000})
	each := testing.AllocsPerRun(5, func() {
		if answer := w.read(body, inspector); !bytes.Contains(answer.Body.Bytes(), []byte(`"documents":[{`)) {
			t.Errorf("%s", answer.Body.Bytes())
		}
	}) / float64(len(rows))
	t.Logf("%.1f allocations per answer", each)
	if each > 20 {
		t.Errorf("%.1f allocations per answer", each)
	}
}
