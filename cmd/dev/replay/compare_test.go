package replay_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/cmd/dev/replay"
)

func TestTheComparisonNamesEveryDifference(t *testing.T) {
	t.Parallel()
	zero, one, two := 0, 1, 2
	report := replay.Report{
		Counts:    []replay.Count{{Standard: "MC W", Deficiencies: 1}, {Standard: "EHS", Deficiencies: 1}},
		Codes:     []replay.Code{{Standard: "MCW", Priority: true}, {Standard: "EHS", Repeat: true}},
		Published: replay.Published{Deficiencies: &two, DeficientStandards: &two, Priority: &one, Repeat: &one, Corrected: &zero},
	}
	same := replay.Tally{Deficiencies: 2, DeficientStandards: 2, PriorityDeclared: 1, RepeatDeclared: 1,
		ByStandard: []replay.StandardTally{{Standard: "MCW", Deficiencies: 1}, {Standard: "EHS", Deficiencies: 1}}}
	cases := map[string]struct {
		change func(*replay.Report, *replay.Tally)
		want   []string
	}{
		"nothing":      {func(*replay.Report, *replay.Tally) {}, nil},
		"deficiencies": {func(_ *replay.Report, t *replay.Tally) { t.Deficiencies = 3 }, []string{"deficiencies: 2 published, 3 derived"}},
		"standards":    {func(_ *replay.Report, t *replay.Tally) { t.DeficientStandards = 1 }, []string{"deficient standards: 2 published, 1 derived"}},
		"a standard": {func(_ *replay.Report, t *replay.Tally) {
			t.ByStandard = []replay.StandardTally{{Standard: "MCW", Deficiencies: 1}, {Standard: "TC", Deficiencies: 1}}
		}, []string{"EHS: 1 published, 0 derived", "TC: 0 published, 1 derived"}},
		"priority":  {func(_ *replay.Report, t *replay.Tally) { t.PriorityDeclared = 0 }, []string{"priority: 1 published, 0 derived"}},
		"repeat":    {func(_ *replay.Report, t *replay.Tally) { t.RepeatDeclared = 2 }, []string{"repeat: 1 published, 2 derived"}},
		"corrected": {func(_ *replay.Report, t *replay.Tally) { t.CorrectedOnSite = 1 }, []string{"corrected on site: 0 published, 1 derived"}},
		"counts that the marks do not add up to": {func(r *replay.Report, _ *replay.Tally) {
			r.Published.Priority, r.Published.Repeat, r.Published.Corrected = &two, &two, &two
		}, nil},
		"another form of a standard's code": {func(r *replay.Report, t *replay.Tally) {
			r.Counts = []replay.Count{{Standard: "CS", Deficiencies: 2}}
			t.ByStandard = []replay.StandardTally{{Standard: "CCS", Deficiencies: 2}}
		}, nil},
		"what is not given": {func(r *replay.Report, t *replay.Tally) {
			r.Published, r.Counts = replay.Published{}, nil
			t.Deficiencies, t.PriorityDeclared = 9, 9
		}, nil},
	}
	codeOf := func(printed string) string {
		if printed == "CS" {
			return "CCS"
		}
		return printed
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, derived := report, same
			c.change(&r, &derived)
			if diff := cmp.Diff(c.want, replay.Compare(r, derived, codeOf)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
