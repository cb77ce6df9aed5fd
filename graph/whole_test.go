//go:build !race

// The race detector makes sync.Pool forget, so that its allocations are not those of the program.

package graph_test

import (
	"encoding/json"
	"testing"
)

// Reading a whole inspection costs four statements at most, the sign-in among them, and at most
// 8,000 allocations, at 700 items with 700 answers and 700 photographs.
func TestReadingAWholeInspectionStaysCheap(t *testing.T) {
	w := newWorld(t)
	id := w.full()
	body := operation(t, wholeInspection, map[string]any{"id": id})
	first := w.read(body, inspector)
	var answer struct {
		Data struct {
			Inspection struct {
				Checklist struct {
					Total, Rated int
					Items        []struct{ Evidence []any }
				}
				Evidence struct{ Items []any }
			}
		}
		Errors []any
	}
	if err := json.Unmarshal(first.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	got := answer.Data.Inspection
	if len(answer.Errors) > 0 || got.Checklist.Total != 700 || got.Checklist.Rated != 700 || len(got.Checklist.Items) != 700 || len(got.Evidence.Items) != 700 || len(got.Checklist.Items[699].Evidence) != 1 {
		t.Fatalf("errors %v, total %d, rated %d, items %d, evidence %d", answer.Errors, got.Checklist.Total, got.Checklist.Rated, len(got.Checklist.Items), len(got.Evidence.Items))
	}
	w.statements.Reset()
	w.read(body, inspector)
	if n := w.statements.Count(); n > 4 {
		t.Errorf("%d statements: %q", n, w.statements.SQL())
	}
	allocations := testing.AllocsPerRun(10, func() { w.read(body, inspector) })
	t.Logf("%d bytes, %.0f allocations", first.Body.Len(), allocations)
	if allocations > 8000 {
		t.Errorf("%.0f allocations", allocations)
	}
}
