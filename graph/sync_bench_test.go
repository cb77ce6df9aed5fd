package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"plumbline/inspection"
)

// BenchmarkTenDevices has ten inspectors' tablets push 50 rows each, all at once, again and again: the
// answers per second that one inspection takes in. Two tablets share each part of the checklist and
// write different fields of it, so that every second row is merged.
func BenchmarkTenDevices(b *testing.B) {
	w := newWorld(b)
	id := w.started()
	people := make([]inspection.Actor, 10)
	for n := range people {
		people[n] = inspection.Actor{ID: inspection.NewID(), Email: fmt.Sprintf("tablet%d@opr.example", n), Name: "Inspector", Role: inspection.RoleInspector}
	}
	if err := w.service.LoadUsers(b.Context(), inspection.System(), nil, people); err != nil {
		b.Fatal(err)
	}
	for _, p := range people {
		w.do(lead, "addTeamMember", "TeamMemberInput", "__typename", map[string]any{"inspectionId": id, "userId": p.ID})
	}
	const rows = 50
	docs := w.answersOf(inspector)
	slices.SortFunc(docs, func(a, b document) int { return bytes.Compare([]byte(a["id"].(string)), []byte(b["id"].(string))) })
	field := []string{"remarks", "reason"}
	assumed := make([][]document, len(people))
	for n := range people {
		assumed[n] = slices.Clone(docs[n/2*rows : n/2*rows+rows])
	}
	round := 0
	b.ReportAllocs()
	for b.Loop() {
		round++
		var all sync.WaitGroup
		for n, p := range people {
			all.Go(func() {
				sent := make([]any, rows)
				for k, doc := range assumed[n] {
					sent[k] = row(doc, document{field[n%2]: fmt.Sprintf("round %d", round)})
					assumed[n][k] = sent[k].(map[string]any)["newDocumentState"].(document)
				}
				answer := w.read(operation(b, pushAnswers, map[string]any{"answerPushRow": sent}), p.Email)
				if !bytes.HasPrefix(answer.Body.Bytes(), []byte(`{"data":{"pushAnswer":[]}`)) {
					b.Errorf("%.300s", answer.Body)
				}
			})
		}
		all.Wait()
	}
	persecond(b, "answers", rows*len(people))
}

// BenchmarkFirstPull pulls the 700 answers of an inspection in pages of 100, as a new tablet does, and
// tells the bytes of all pages before they are compressed.
func BenchmarkFirstPull(b *testing.B) {
	w := newWorld(b)
	w.started()
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		size = 0
		for checkpoint, more := any(nil), true; more; {
			answer := w.read(operation(b, pullAnswers, map[string]any{"limit": 100, "checkpoint": checkpoint}), inspector).Body.Bytes()
			size += len(answer)
			var page struct {
				Data struct {
					PullAnswer struct {
						Documents  []json.RawMessage
						Checkpoint map[string]any
					}
				}
			}
			if err := json.Unmarshal(answer, &page); err != nil {
				b.Fatal(err)
			}
			checkpoint, more = page.Data.PullAnswer.Checkpoint, len(page.Data.PullAnswer.Documents) == 100
		}
	}
	b.ReportMetric(float64(size), "bytes/sync")
	persecond(b, "syncs", 1)
}
