package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"plumbline/inspection"
)

const answerDocument = `id inspectionId requirementId standardId rating reason remarks methods correctedOnSite
	sample { drawId population size nonconforming lowest highest unit period group datePairs { start end } limit { value unit } asOf holidays }
	revision seq authorId deviceId deviceTime recordedAt deleted`

const pullAnswerQuery = "query($checkpoint: AnswerInputCheckpoint, $limit: Int!) { pullAnswer(checkpoint: $checkpoint, limit: $limit) { documents { " + answerDocument + " } checkpoint { seq } } }"

const pushAnswerMutation = "mutation($rows: [AnswerInputPushRow!]) { pushAnswer(answerPushRow: $rows) { " + answerDocument + " } }"

type document = map[string]any

// tablet is what RxDB does on a device, in short: a replica by id, the state it takes for the server's,
// and where it read to. It knows nothing of the server's rules.
type tablet struct {
	w          *world
	as         string
	replica    map[string]document
	checkpoint any
}

func (w *world) tablet(as string) *tablet {
	return &tablet{w: w, as: as, replica: map[string]document{}}
}

// page pulls one page and returns its documents.
func (d *tablet) page(limit int) []document {
	d.w.t.Helper()
	bulk := d.w.ask(d.as, pullAnswerQuery, map[string]any{"checkpoint": d.checkpoint, "limit": limit})["pullAnswer"].(document)
	d.checkpoint = bulk["checkpoint"]
	var page []document
	for _, one := range bulk["documents"].([]any) {
		page = append(page, one.(document))
		d.replica[one.(document)["id"].(string)] = one.(document)
	}
	return page
}

// pull pulls until a page is short, and returns how many documents came.
func (d *tablet) pull(limit int) int {
	d.w.t.Helper()
	count := 0
	for {
		n := len(d.page(limit))
		count += n
		if n < limit {
			return count
		}
	}
}

// edit is a row that changes the replica's document, its assumed state what the replica holds.
func (d *tablet) edit(id string, changes document) document {
	next := document{}
	for k, v := range d.replica[id] {
		next[k] = v
	}
	for k, v := range changes {
		next[k] = v
	}
	return document{"assumedMasterState": d.replica[id], "newDocumentState": next}
}

// refusedWrite is an entry of extensions.refusedWrites.
type refusedWrite struct{ Collection, ID, InspectionID, Code, Message string }

// push sends rows and returns the conflicts and the refusals; other errors fail the test.
func (d *tablet) push(rows ...document) ([]document, []refusedWrite) {
	d.w.t.Helper()
	var answer struct {
		Data       struct{ PushAnswer []document }
		Errors     []any
		Extensions struct{ RefusedWrites []refusedWrite }
	}
	body := d.w.raw(d.as, pushAnswerMutation, map[string]any{"rows": rows})
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Errors) > 0 {
		d.w.t.Fatalf("as %s: %v: %s", d.as, err, body)
	}
	return answer.Data.PushAnswer, answer.Extensions.RefusedWrites
}

// taken pushes rows, all of which must be taken without a word.
func (d *tablet) taken(rows ...document) {
	d.w.t.Helper()
	if conflicts, refusals := d.push(rows...); len(conflicts) > 0 || len(refusals) > 0 {
		d.w.t.Fatalf("as %s: conflicts %v, refusals %v", d.as, conflicts, refusals)
	}
}

func (w *world) answerID(id string, r inspection.ID) string {
	w.t.Helper()
	return inspection.AnswerID(uuidOf(w.t, id), r).String()
}

// What one tablet pushes, another pulls; and pushed again it changes nothing.
func TestWhatOneTabletPushesAnotherPulls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	rs := w.standard("5.8").Requirements
	a, b := w.tablet(inspector), w.tablet(second)
	if n := a.pull(3); n != len(rs) {
		t.Fatalf("%d answers at the start, want %d", n, len(rs))
	}
	b.pull(1000)
	var rows []document
	for n, r := range rs {
		rows = append(rows, a.edit(w.answerID(id, r.ID), document{"rating": "MEETS", "remarks": fmt.Sprint("seen ", n), "methods": []any{"OBSERVATION"},
			"deviceTime": "2026-03-03T09:00:00Z", "sample": document{"population": 10, "size": 4, "nonconforming": 0}}))
	}
	a.taken(rows...)
	w.untouched(db, "the same push again", func() { a.taken(rows...) })
	if n := b.pull(2); n != len(rs) {
		t.Errorf("%d answers came, want %d", n, len(rs))
	}
	for n, r := range rs {
		d := b.replica[w.answerID(id, r.ID)]
		if d["rating"] != "MEETS" || d["remarks"] != fmt.Sprint("seen ", n) || d["authorId"] != w.users[inspector].ID.String() ||
			d["deviceTime"] != "2026-03-03T09:00:00Z" || d["revision"] != 1.0 || fields(d, "sample", "size") != 4.0 {
			t.Errorf("the other tablet has %v", d)
		}
	}
	if n := b.pull(1000); n != 0 {
		t.Errorf("%d answers came twice", n)
	}
	w.verifyChains(db)
}

// letsGo pushes a row that came before, of an inspection no longer the tablet's to hold: it is no late
// work, and is answered by a tombstone.
func (d *tablet) letsGo(row document) {
	d.w.t.Helper()
	conflicts, refusals := d.push(row)
	if len(conflicts) != 1 || conflicts[0]["deleted"] != true || len(refusals) > 0 {
		d.w.t.Errorf("as %s: conflicts %v, refusals %v", d.as, conflicts, refusals)
	}
}
