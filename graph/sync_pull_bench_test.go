package graph_test

import (
	"encoding/json"
	"testing"
)

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
