package inspection_test

import (
	"fmt"
	"testing"
	"time"

	"plumbline/inspection"
)

// An app that ended while it stored what it pulled hands an older version of another's back as if its user
// had written it: that is no change of theirs, and none that was refused.
func TestAnOlderVersionHandedBackIsNobodysChange(t *testing.T) {
	t.Parallel()
	desk := &inspection.FindingDesk{Inspection: &inspection.Inspection{ID: inspection.EditionID("visit"), State: inspection.InProgress}, Masters: map[inspection.ID]inspection.Finding{}}
	author, other := inspection.Actor{ID: inspection.EditionID("a")}, inspection.Actor{ID: inspection.EditionID("b")}
	id, noon := inspection.EditionID("f"), time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	version := func(minute int, text string) inspection.PushedFinding {
		kind, at := "NOTE", noon.Add(time.Duration(minute)*time.Minute).Format(time.RFC3339Nano)
		return inspection.PushedFinding{ID: id.String(), InspectionID: desk.Inspection.ID.String(), Kind: &kind, Text: &text, DeviceTime: &at}
	}
	first, second := version(0, "one"), version(1, "two")
	for _, row := range []inspection.FindingRow{{New: first}, {New: second, Assumed: &first}} {
		if code := desk.Push(author, noon, row); code != "" {
			t.Fatal(code)
		}
	}
	stands := fmt.Sprint(desk.Masters)
	if code := desk.Push(other, noon, inspection.FindingRow{New: first}); code != "" || fmt.Sprint(desk.Masters) != stands {
		t.Errorf("handed back: %q, and what stands is %v", code, desk.Masters)
	}
	if code := desk.Push(other, noon, inspection.FindingRow{New: version(2, "one")}); code != inspection.Conflict {
		t.Errorf("the same words written by another: %q", code)
	}
}
