package inspection_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection"
)

// What a follow-up has to look at, from deficiencies of two inspections, the newest first.
func TestWhatAFollowUpLooksAt(t *testing.T) {
	t.Parallel()
	e := smallEdition("new")
	aa, bb := inspection.StandardID(e.ID, "1.1"), inspection.StandardID(e.ID, "1.2")
	last, before := inspection.EditionID("last"), inspection.EditionID("before")
	ended := map[inspection.ID]time.Time{last: noon, before: noon.AddDate(-1, 0, 0)}
	opened := map[inspection.ID]time.Time{last: noon.AddDate(0, 1, 0), before: noon.AddDate(-1, 1, 0)}
	found := func(in inspection.ID, number, code string, state inspection.ActionState) inspection.PastDeficiency {
		return inspection.PastDeficiency{InspectionID: in, EndedOn: ended[in], FindingID: inspection.NewID(), Number: number, Code: code, State: state, OpenedAt: opened[in]}
	}
	nothing := inspection.PastDeficiency{InspectionID: last, EndedOn: noon}
	since := func(in inspection.ID) *time.Time { at := opened[in]; return &at }
	const deficient, open = inspection.FoundDeficient, inspection.ActionUnsettled
	for _, c := range []struct {
		what string
		past []inspection.PastDeficiency
		want []inspection.FollowUpStandard
	}{
		{"never inspected", nil, nil},
		{"nothing found", []inspection.PastDeficiency{nothing}, nil},
		{"found, not yet settled", []inspection.PastDeficiency{found(last, "1.2", "BB", inspection.ActionOpen), found(last, "1.2", "BB", inspection.ReportedDone)},
			[]inspection.FollowUpStandard{{StandardID: &bb, Number: "1.2", Code: "BB", Reasons: []inspection.ScopeReason{open, deficient}, Deficiencies: 2, OpenActions: 2, OpenSince: since(last)}}},
		{"found and verified", []inspection.PastDeficiency{found(last, "1.1", "AA", inspection.Verified)},
			[]inspection.FollowUpStandard{{StandardID: &aa, Number: "1.1", Code: "AA", Reasons: []inspection.ScopeReason{deficient}, Deficiencies: 1}}},
		{"withdrawn", []inspection.PastDeficiency{found(last, "1.1", "AA", inspection.ActionWithdrawn)}, nil},
		{"verified before the last", []inspection.PastDeficiency{nothing, found(before, "1.1", "AA", inspection.Verified), found(before, "1.1", "AA", inspection.Waived)}, nil},
		{"open since before the last", []inspection.PastDeficiency{nothing, found(before, "1.1", "AA", inspection.Reopened)},
			[]inspection.FollowUpStandard{{StandardID: &aa, Number: "1.1", Code: "AA", Reasons: []inspection.ScopeReason{open}, OpenActions: 1, OpenSince: since(before)}}},
		{"in the edition's order, old and new together", []inspection.PastDeficiency{found(last, "1.2", "BB", inspection.ActionOpen), found(before, "1.2", "BB", inspection.ActionPlanned), found(before, "1.1", "AA", inspection.ActionOpen)},
			[]inspection.FollowUpStandard{{StandardID: &aa, Number: "1.1", Code: "AA", Reasons: []inspection.ScopeReason{open}, OpenActions: 1, OpenSince: since(before)},
				{StandardID: &bb, Number: "1.2", Code: "BB", Reasons: []inspection.ScopeReason{open, deficient}, Deficiencies: 1, OpenActions: 2, OpenSince: since(before)}}},
		{"another edition's, by number before code", []inspection.PastDeficiency{found(last, "1.1", "BB", inspection.Verified), found(last, "33", "BB", inspection.Verified)},
			[]inspection.FollowUpStandard{{StandardID: &aa, Number: "1.1", Code: "BB", Reasons: []inspection.ScopeReason{deficient}, Deficiencies: 1},
				{StandardID: &bb, Number: "33", Code: "BB", Reasons: []inspection.ScopeReason{deficient}, Deficiencies: 1}}},
		{"what the edition lacks, or knows nothing of, comes last", []inspection.PastDeficiency{found(last, "", "ZZ", inspection.Verified), found(last, "7.5", "", inspection.Verified), found(last, "1.1", "AA", inspection.Verified)},
			[]inspection.FollowUpStandard{{StandardID: &aa, Number: "1.1", Code: "AA", Reasons: []inspection.ScopeReason{deficient}, Deficiencies: 1},
				{Code: "ZZ", Reasons: []inspection.ScopeReason{deficient}, Deficiencies: 1}, {Number: "7.5", Reasons: []inspection.ScopeReason{deficient}, Deficiencies: 1}}},
	} {
		got := inspection.FollowUpOf(c.past, e)
		if diff := cmp.Diff(c.want, got.Standards); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
		if (got.LastInspectionID == nil) != (len(c.past) == 0) || len(c.past) > 0 && (*got.LastInspectionID != last || !got.LastEndedOn.Equal(noon)) {
			t.Errorf("%s: the last inspection is %v", c.what, got.LastInspectionID)
		}
	}
}

// Whatever the history: nothing that is open or was found last is forgotten, and nothing else comes in.
func TestAFollowUpForgetsNothing(t *testing.T) {
	t.Parallel()
	e := smallEdition("new")
	states := []inspection.ActionState{inspection.ActionOpen, inspection.ActionPlanned, inspection.ReportedDone, inspection.Verified, inspection.Reopened, inspection.Waived, inspection.ActionWithdrawn}
	rapid.Check(t, func(t *rapid.T) {
		var past []inspection.PastDeficiency
		deficiencies, open := 0, 0
		for n := range rapid.IntRange(0, 12).Draw(t, "n") {
			d := inspection.PastDeficiency{InspectionID: inspection.EditionID(fmt.Sprint(n / 4)), FindingID: inspection.NewID(), OpenedAt: noon,
				Number: rapid.SampledFrom([]string{"1.1", "1.2", "9.9"}).Draw(t, "number"), State: rapid.SampledFrom(states).Draw(t, "state")}
			past = append(past, d)
			if n < 4 && d.State != inspection.ActionWithdrawn {
				deficiencies++
			}
			if !d.State.Settled() {
				open++
			}
		}
		for _, st := range inspection.FollowUpOf(past, e).Standards {
			deficiencies, open = deficiencies-st.Deficiencies, open-st.OpenActions
			if st.Deficiencies == 0 && st.OpenActions == 0 || len(st.Reasons) == 0 {
				t.Fatalf("without reason: %+v", st)
			}
		}
		if deficiencies != 0 || open != 0 {
			t.Fatalf("%d deficiencies and %d open actions are left out", deficiencies, open)
		}
	})
}
