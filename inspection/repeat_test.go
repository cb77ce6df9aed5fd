package inspection_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection"
)

func on(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Two findings are about the same provision surely by line within a set, probably by lineage, else not.
func TestWhenTwoFindingsAreAboutTheSame(t *testing.T) {
	t.Parallel()
	const none, certain, probable = inspection.RepeatNone, inspection.RepeatCertain, inspection.RepeatProbable
	type p = inspection.Provision
	for _, c := range []struct {
		what string
		a, b inspection.Provision
		want inspection.RepeatKind
	}{
		{"the same line of one set", p{"r2016", "MC-137", "x"}, p{"r2016", "MC-137", "x"}, certain},
		{"the same line of one set, crosswalked differently", p{"r2016", "MC-137", "x"}, p{"r2016", "MC-137", "y"}, certain},
		{"one code in two sets", p{"r2016", "MC-27", ""}, p{"nds-2019", "MC-27", ""}, none},
		{"one duty in two sets", p{"r2016", "MC-137", "x"}, p{"nds-2019", "MC-27", "x"}, probable},
		{"two lines of one requirement", p{"r2016", "EHS-39", "x"}, p{"r2016", "EHS-40", "x"}, probable},
		{"a line and its requirement", p{"r2016", "MC-137", "x"}, p{"r2016", "", "x"}, probable},
		{"two unknown lines of one set", p{"r2016", "", ""}, p{"r2016", "", ""}, none},
		{"one line, the set not stated", p{"", "MC-1", ""}, p{"", "MC-1", ""}, none},
		{"nothing known", p{}, p{}, none},
	} {
		if got, back := c.a.Same(c.b), c.b.Same(c.a); got != c.want || back != got {
			t.Errorf("%s: %s, and %s the other way; want %s", c.what, got, back, c.want)
		}
	}
}

// How long a deficiency stood open: from the first inspection that found it until it was verified.
func TestHowLongARepeatStoodOpen(t *testing.T) {
	t.Parallel()
	mc := inspection.Provision{Set: "r2016", Line: "MC-137", Lineage: "x"}
	other := inspection.Provision{Set: "nds-2019", Line: "MC-27", Lineage: "x"}
	found := func(p inspection.Provision, day time.Time, verified *time.Time) inspection.PriorDeficiency {
		name := p.Line + day.Format(time.DateOnly)
		return inspection.PriorDeficiency{FindingID: inspection.EditionID("finding " + name), InspectionID: inspection.EditionID("inspection " + day.Format(time.DateOnly)),
			EndedOn: day, Provision: p, VerifiedAt: verified}
	}
	at := func(t time.Time) *time.Time { return &t }
	number := func(n int) *int { return &n }
	day := on(2024, 3, 1)
	for _, c := range []struct {
		what string
		past []inspection.PriorDeficiency
		want inspection.Repeat
	}{
		{"never before", nil, inspection.Repeat{RepeatDerived: inspection.RepeatNone}},
		{"once, never put right", []inspection.PriorDeficiency{found(mc, on(2023, 3, 1), nil)},
			inspection.Repeat{RepeatDerived: inspection.RepeatCertain, RepeatTimes: 1, RepeatFirstOn: at(on(2023, 3, 1)), RepeatDaysOpen: number(366)}},
		{"once, verified after thirty days", []inspection.PriorDeficiency{found(mc, on(2023, 3, 1), at(on(2023, 3, 31).Add(15*time.Hour)))},
			inspection.Repeat{RepeatDerived: inspection.RepeatCertain, RepeatTimes: 1, RepeatFirstOn: at(on(2023, 3, 1)), RepeatDaysOpen: number(30)}},
		{"twice, verified in between", []inspection.PriorDeficiency{found(mc, on(2022, 3, 1), at(on(2022, 3, 11))), found(mc, on(2024, 2, 1), nil)},
			inspection.Repeat{RepeatDerived: inspection.RepeatCertain, RepeatTimes: 2, RepeatFirstOn: at(on(2022, 3, 1)), RepeatDaysOpen: number(10 + 29)}},
		{"twice, the first never put right", []inspection.PriorDeficiency{found(mc, on(2023, 3, 1), nil), found(mc, on(2024, 2, 1), at(on(2024, 2, 2)))},
			inspection.Repeat{RepeatDerived: inspection.RepeatCertain, RepeatTimes: 2, RepeatFirstOn: at(on(2023, 3, 1)), RepeatDaysOpen: number(366)}},
		{"verified only later than this inspection", []inspection.PriorDeficiency{found(mc, on(2024, 2, 1), at(on(2025, 1, 1)))},
			inspection.Repeat{RepeatDerived: inspection.RepeatCertain, RepeatTimes: 1, RepeatFirstOn: at(on(2024, 2, 1)), RepeatDaysOpen: number(29)}},
		{"under another set, probably", []inspection.PriorDeficiency{found(other, on(2022, 3, 1), nil)},
			inspection.Repeat{RepeatDerived: inspection.RepeatProbable, RepeatTimes: 1, RepeatFirstOn: at(on(2022, 3, 1)), RepeatDaysOpen: number(731)}},
		{"surely, and probably before: the sure one counts", []inspection.PriorDeficiency{found(other, on(2020, 3, 1), nil), found(mc, on(2024, 2, 1), nil), found(other, on(2024, 2, 2), nil)},
			inspection.Repeat{RepeatDerived: inspection.RepeatCertain, RepeatTimes: 1, RepeatFirstOn: at(on(2024, 2, 1)), RepeatDaysOpen: number(29)}},
	} {
		for _, prior := range slices.Backward(c.past) {
			if prior.Same(mc) == c.want.RepeatDerived {
				c.want.RepeatOf = append(c.want.RepeatOf, prior.FindingID)
			}
		}
		if diff := cmp.Diff(c.want, inspection.RepeatOf(mc, c.past, day)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

// naiveRepeat counts day by day what RepeatOf computes.
func naiveRepeat(p inspection.Provision, past []inspection.PriorDeficiency, day time.Time) inspection.Repeat {
	want := inspection.Repeat{RepeatDerived: inspection.RepeatNone}
	for _, kind := range []inspection.RepeatKind{inspection.RepeatProbable, inspection.RepeatCertain} {
		visits := map[inspection.ID]bool{}
		var found []inspection.PriorDeficiency
		for _, prior := range past {
			line := p.Set != "" && p.Line != "" && p.Set == prior.Set && p.Line == prior.Line
			if kind == inspection.RepeatCertain && line || kind == inspection.RepeatProbable && !line && p.Lineage != "" && p.Lineage == prior.Lineage {
				visits[prior.InspectionID] = true
				found = append(found, prior)
			}
		}
		if len(found) == 0 {
			continue
		}
		first, open := day, 0
		for _, prior := range found {
			if prior.EndedOn.Before(first) {
				first = prior.EndedOn
			}
		}
		for d := first; d.Before(day); d = d.AddDate(0, 0, 1) {
			if slices.ContainsFunc(found, func(prior inspection.PriorDeficiency) bool {
				return !d.Before(prior.EndedOn) && (prior.VerifiedAt == nil || d.AddDate(0, 0, 1).Compare(*prior.VerifiedAt) <= 0)
			}) {
				open++
			}
		}
		want = inspection.Repeat{RepeatDerived: kind, RepeatTimes: len(visits), RepeatFirstOn: &first, RepeatDaysOpen: &open}
		for _, prior := range found {
			want.RepeatOf = append(want.RepeatOf, prior.FindingID)
		}
	}
	return want
}

// Over random histories the derivation agrees with a count day by day, in whatever order the history
// comes, and its figures stay within their bounds.
func TestLawRepeatsAgreeWithANaiveCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		provision := func(label string) inspection.Provision {
			return inspection.Provision{Set: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, label+" set"),
				Line: rapid.SampledFrom([]string{"", "L-1", "L-2"}).Draw(t, label+" line"), Lineage: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, label+" lineage")}
		}
		day := on(2024, 6, 1)
		var past []inspection.PriorDeficiency
		for n := range rapid.IntRange(0, 12).Draw(t, "n") {
			visit := rapid.IntRange(1, 400).Draw(t, "days before")
			prior := inspection.PriorDeficiency{FindingID: inspection.EditionID(fmt.Sprint("finding", n)), InspectionID: inspection.EditionID(fmt.Sprint("visit", visit)),
				EndedOn: day.AddDate(0, 0, -visit), Provision: provision("prior")}
			if rapid.Bool().Draw(t, "verified") {
				verified := prior.EndedOn.AddDate(0, 0, rapid.IntRange(0, 500).Draw(t, "after")).Add(time.Duration(rapid.IntRange(0, 23).Draw(t, "hour")) * time.Hour)
				prior.VerifiedAt = &verified
			}
			past = append(past, prior)
		}
		p := provision("this")
		want := naiveRepeat(p, past, day)
		got := inspection.RepeatOf(p, rapid.Permutation(past).Draw(t, "order"), day)
		sortByID := cmp.Transformer("sorted", func(ids []inspection.ID) []string {
			var texts []string
			for _, id := range ids {
				texts = append(texts, id.String())
			}
			slices.Sort(texts)
			return texts
		})
		if diff := cmp.Diff(want, got, sortByID); diff != "" {
			t.Fatalf("of %+v (-naive +derived):\n%s", p, diff)
		}
		if got.RepeatDaysOpen != nil && time.Duration(*got.RepeatDaysOpen)*24*time.Hour > day.Sub(*got.RepeatFirstOn) {
			t.Fatalf("open for longer than it is known: %+v", got)
		}
	})
}
