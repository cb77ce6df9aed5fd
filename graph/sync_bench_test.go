package graph_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// taken asserts that a push through the handler was taken without a word.
func takenBy(b *testing.B, w *world, body []byte, as string) {
	if answer := w.read(body, as).Body.String(); strings.TrimSpace(answer) != `{"data":{"pushAnswer":[]}}` {
		b.Error(answer)
	}
}

// BenchmarkPushAnswers pushes 700 answers in one request, each a new version.
func BenchmarkPushAnswers(b *testing.B) {
	w := newWorld(b)
	id := w.started()
	d := w.tablet(inspector)
	d.pull(1000)
	round, rows := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		next := d.everything(id, round)
		for _, r := range next {
			d.replica[r["newDocumentState"].(document)["id"].(string)] = r["newDocumentState"].(document)
		}
		body := operation(b, pushAnswerMutation, map[string]any{"rows": next})
		round, rows = round+1, len(next)
		b.StartTimer()
		takenBy(b, w, body, inspector)
	}
	persecond(b, "answers", rows)
}

// BenchmarkReplayAnswers pushes 700 answers that are there already.
func BenchmarkReplayAnswers(b *testing.B) {
	w := newWorld(b)
	id := w.started()
	d := w.tablet(inspector)
	d.pull(1000)
	rows := d.everything(id, 0)
	body := operation(b, pushAnswerMutation, map[string]any{"rows": rows})
	takenBy(b, w, body, inspector)
	b.ReportAllocs()
	for b.Loop() {
		takenBy(b, w, body, inspector)
	}
	persecond(b, "answers", len(rows))
}

// BenchmarkPullAnswers pulls 700 answers in one page.
func BenchmarkPullAnswers(b *testing.B) {
	w := newWorld(b)
	id := w.started()
	d := w.tablet(inspector)
	d.pull(1000)
	rows := d.everything(id, 0)
	d.taken(rows...)
	body := operation(b, pullAnswerQuery, map[string]any{"limit": 1000})
	b.SetBytes(int64(w.read(body, inspector).Body.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if answer := w.read(body, inspector); !bytes.Contains(answer.Body.Bytes(), []byte("round 0")) {
			b.Fatal(answer.Body.String())
		}
	}
	persecond(b, "answers", len(rows))
}

// BenchmarkTenDevices has ten registered tablets of three people push 50 answers at a time to one
// inspection, all at once: what they wait for is its row lock.
func BenchmarkTenDevices(b *testing.B) {
	const devices, batch = 10, 50
	w := newWorld(b)
	id := w.started()
	all := w.tablet(inspector)
	all.pull(1000)
	tablets := make([]*tablet, devices)
	for n := range tablets {
		of := []string{inspector, second, lead}[n%3]
		name := fmt.Sprint("tablet ", n)
		w.devices.Store(name, w.registered(of, name))
		tablets[n] = w.tablet(of + "#" + name)
	}
	items := all.everything(id, 0)
	round := 0
	for b.Loop() {
		round++
		var wait sync.WaitGroup
		for n, d := range tablets {
			rows := make([]document, batch)
			for k := range rows {
				held := items[n*batch+k]["newDocumentState"].(document)
				next := document{}
				for field, v := range held {
					next[field] = v
				}
				next["reason"] = fmt.Sprint("round ", round)
				rows[k] = document{"assumedMasterState": held, "newDocumentState": next}
				items[n*batch+k] = document{"newDocumentState": next}
			}
			body := operation(b, pushAnswerMutation, map[string]any{"rows": rows})
			wait.Go(func() { takenBy(b, w, body, d.as) })
		}
		wait.Wait()
	}
	persecond(b, "answers", devices*batch)
}
