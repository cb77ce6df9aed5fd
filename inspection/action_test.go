package inspection_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection"
)

// The whole state machine of corrective action, cell by cell: where each step leads from each state.
// A dot is refused.
const steps = `
from           PLAN     REPORT         ENDORSE        VERIFY    REOPEN    WAIVE   END_WAIVER  WITHDRAW
OPEN           PLANNED  REPORTED_DONE  .              .         .         WAIVED  .           WITHDRAWN
PLANNED        PLANNED  REPORTED_DONE  PLANNED        .         .         WAIVED  .           WITHDRAWN
REPORTED_DONE  .        .              REPORTED_DONE  VERIFIED  REOPENED  WAIVED  .           WITHDRAWN
VERIFIED       .        .              .              .         REOPENED  .       .           WITHDRAWN
REOPENED       PLANNED  REPORTED_DONE  .              .         .         WAIVED  .           WITHDRAWN
WAIVED         .        .              .              .         .         .       REOPENED    WITHDRAWN
WITHDRAWN      .        .              .              .         .         .       .           .
`

func TestTheStepsOfACorrectiveAction(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(steps), "\n")
	kinds := strings.Fields(lines[0])[1:]
	want, got := map[string]string{}, map[string]string{}
	var states []inspection.ActionState
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		from := inspection.ActionState(cells[0])
		states = append(states, from)
		for n, kind := range kinds {
			cell := fmt.Sprintf("%s from %s", kind, from)
			want[cell], got[cell] = cells[n+1], "."
			if to, possible := from.After(inspection.StepKind(kind)); possible {
				got[cell] = string(to)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the steps (-table +code):\n%s", diff)
	}
	slices.Sort(states)
	known := inspection.ActionStates()
	slices.Sort(known)
	if diff := cmp.Diff(states, known); diff != "" {
		t.Errorf("the states (-table +code):\n%s", diff)
	}
	var named []string
	for _, kind := range inspection.StepKinds() {
		named = append(named, string(kind))
	}
	if diff := cmp.Diff(kinds, named); diff != "" {
		t.Errorf("the kinds of step (-table +code):\n%s", diff)
	}
}

// Whatever is done in whatever order, an action is settled only by OPR, and VERIFIED is entered from
// REPORTED_DONE alone.
func TestNoWayToVerifiedLeadsRoundTheReport(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := inspection.ActionOpen
		for _, kind := range rapid.SliceOf(rapid.SampledFrom(inspection.StepKinds())).Draw(t, "steps") {
			to, possible := state.After(kind)
			if !possible {
				continue
			}
			if to == inspection.Verified && (state != inspection.ReportedDone || kind != inspection.StepVerify) {
				t.Fatalf("%s leads from %s to VERIFIED", kind, state)
			}
			inspected := kind == inspection.StepPlan || kind == inspection.StepReport || kind == inspection.StepEndorse
			if inspected && to.Settled() {
				t.Fatalf("the inspected settle the action by %s", kind)
			}
			state = to
		}
	})
}

// What is owed when, and by how much it is late.
func TestWhatIsOverdue(t *testing.T) {
	t.Parallel()
	issued := time.Date(2026, 4, 1, 15, 0, 0, 0, time.UTC)
	threat := issued.Add(-20 * 24 * time.Hour)
	plan := &inspection.ActionPlan{}
	day := 24 * time.Hour
	for _, c := range []struct {
		what   string
		state  inspection.ActionState
		threat bool
		plan   *inspection.ActionPlan
		after  time.Duration // since the issue
		due    inspection.DueKind
		days   int
	}{
		{"in time", inspection.ActionOpen, false, nil, 30 * day, "", 0},
		{"a moment late", inspection.ActionOpen, false, nil, 30*day + time.Second, inspection.DuePlan, 0},
		{"a day late", inspection.ActionOpen, false, nil, 31*day + time.Second, inspection.DuePlan, 1},
		{"planned", inspection.ActionPlanned, false, plan, 45 * day, "", 0},
		{"planned and not done", inspection.ActionPlanned, false, plan, 65 * day, inspection.DueProof, 5},
		{"nothing at all", inspection.ActionOpen, false, nil, 65 * day, inspection.DuePlan, 35},
		{"a threat not ended", inspection.ActionPlanned, true, plan, day, inspection.DueAbatement, 20},
		{"reported, and OPR's to verify", inspection.ReportedDone, true, nil, 400 * day, "", 0},
		{"reopened: the clock ran on", inspection.Reopened, false, plan, 90 * day, inspection.DueProof, 30},
		{"reopened without a plan", inspection.Reopened, false, nil, 90 * day, inspection.DuePlan, 60},
		{"verified", inspection.Verified, true, nil, 400 * day, "", 0},
		{"withdrawn", inspection.ActionWithdrawn, true, nil, 400 * day, "", 0},
	} {
		f := inspection.Finding{ImmediateThreat: c.threat, RecordedAt: threat}
		a := inspection.ActionFor(f, issued)
		a.State, a.Plan = c.state, c.plan
		got := a.At(issued.Add(c.after)).Overdue
		switch {
		case (got == nil) != (c.due == ""):
			t.Errorf("%s: overdue is %v, want %q", c.what, got, c.due)
		case got != nil && (got.Kind != c.due || got.Days != c.days):
			t.Errorf("%s: %s by %d days, want %s by %d", c.what, got.Kind, got.Days, c.due, c.days)
		}
	}
}

// A waiver that ran out holds no more, whether or not that was written down.
func TestAWaiverThatRanOutHoldsNoMore(t *testing.T) {
	t.Parallel()
	issued := time.Date(2026, 4, 1, 15, 0, 0, 0, time.UTC)
	until, waiver := issued.AddDate(0, 6, 0), inspection.EditionID("w")
	a := inspection.ActionFor(inspection.Finding{}, issued)
	a.State, a.WaiverID, a.WaivedUntil = inspection.Waived, &waiver, &until
	if got := a.At(until.Add(-time.Nanosecond)); got.State != inspection.Waived || got.Overdue != nil {
		t.Errorf("while it holds: %s, overdue %v", got.State, got.Overdue)
	}
	got := a.At(until)
	if got.State != inspection.Reopened || got.WaiverID != nil || got.ReopenedAt == nil || !got.ReopenedAt.Equal(until) {
		t.Errorf("at its end: %+v", got)
	}
	if got.Overdue == nil || got.Overdue.Kind != inspection.DuePlan {
		t.Errorf("its dates are %v", got.Overdue)
	}
}
