package sampling_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline/inspection/sampling"
)

func pairs(texts ...string) []sampling.Pair {
	var all []sampling.Pair
	for _, text := range texts {
		start, end, _ := strings.Cut(text, "/")
		all = append(all, sampling.Pair{Start: start, End: end})
	}
	return all
}

// OIG-20-45 found 222 of 467 grievances answered after more than five days, 144 of them after ten days
// or more. The dates are made for the test, the figures are not.
func TestTimelinessComesFromTheDates(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	var list []sampling.Pair
	for n := range 467 {
		took := n % 6 // 0 to 5 days
		switch {
		case n < 144:
			took = 10 + n%30
		case n < 222:
			took = 6 + n%4
		}
		start := received.AddDate(0, 0, n%40)
		list = append(list, sampling.Pair{Start: start.Format(time.DateOnly), End: start.AddDate(0, 0, took).Format(time.DateOnly)})
	}
	late, err := sampling.Assess(sampling.Cases{Pairs: list, Limit: sampling.TimeLimit{Value: 5, Unit: sampling.Days}})
	if err != nil {
		t.Fatal(err)
	}
	if late.Summary() != "222 of 467 beyond 5 days" || *late.Longest != 39 || *late.Shortest != 0 || late.Open != 0 || late.LongestOpen != nil {
		t.Errorf("%s, %v to %v, %d open", late.Summary(), *late.Shortest, *late.Longest, late.Open)
	}
	later, err := sampling.Assess(sampling.Cases{Pairs: list, Limit: sampling.TimeLimit{Value: 9, Unit: sampling.Days}})
	if err != nil || later.Beyond != 144 {
		t.Errorf("%d took ten days or more (%v)", later.Beyond, err)
	}
}

func TestHowTimeIsCounted(t *testing.T) {
	t.Parallel()
	const friday, monday = "2026-03-06", "2026-03-09"
	for _, c := range []struct {
		what, pair string
		unit       sampling.TimeUnit
		holidays   []string
		want       float64
	}{
		{"the same day", friday + "/" + friday, sampling.Days, nil, 0},
		{"over a weekend", friday + "/" + monday, sampling.Days, nil, 3},
		{"over a weekend, in working days", friday + "/" + monday, sampling.WorkingDays, nil, 1},
		{"from Saturday", "2026-03-07/" + monday, sampling.WorkingDays, nil, 1},
		{"within a weekend", "2026-03-07/2026-03-08", sampling.WorkingDays, nil, 0},
		{"a fortnight of working days", "2026-03-02/2026-03-16", sampling.WorkingDays, nil, 10},
		{"over an entered holiday", friday + "/" + monday, sampling.WorkingDays, []string{monday}, 0},
		{"a holiday twice, one before and one on a weekend", friday + "/2026-03-11", sampling.WorkingDays, []string{"2026-03-10", "2026-03-10", friday, "2026-03-07"}, 2},
		{"over a holiday that nobody entered", "2025-12-24/2025-12-26", sampling.WorkingDays, nil, 2},
		{"over the leap day", "2024-02-28/2024-03-01", sampling.Days, nil, 2},
		{"before 1970", "1969-12-26/1970-01-02", sampling.WorkingDays, nil, 5},
		{"by the clock", "2026-03-06T23:30:00Z/2026-03-07T00:15:00Z", sampling.Minutes, nil, 45},
		{"by the clock, across offsets", "2026-03-06T10:00:00-06:00/2026-03-06T18:00:00Z", sampling.Hours, nil, 2},
		{"when the clocks go forward", "2026-03-08T01:00:00-06:00/2026-03-08T03:00:00-05:00", sampling.Hours, nil, 1},
		{"by the calendar on the wall", "2026-03-06T23:30:00-06:00/2026-03-07T00:15:00-06:00", sampling.Days, nil, 1},
		{"a time and a day", "2026-03-06T23:30:00-06:00/2026-03-08", sampling.Days, nil, 2},
	} {
		got, err := sampling.Assess(sampling.Cases{Pairs: pairs(c.pair), Limit: sampling.TimeLimit{Value: 1, Unit: c.unit}, Holidays: c.holidays})
		if err != nil || *got.Longest != c.want || (got.Beyond == 1) != (c.want > 1) {
			t.Errorf("%s: %+v (%v), want %v", c.what, got, err, c.want)
		}
	}
}

func TestOpenCasesAreCountedAsOfADay(t *testing.T) {
	t.Parallel()
	c := sampling.Cases{Pairs: pairs("2026-03-02/2026-03-04", "2026-03-01/", "2026-03-08/", "2026-03-02/2026-03-09", "2026-03-02/2026-03-05"),
		Limit: sampling.TimeLimit{Value: 5, Unit: sampling.Days}, AsOf: "2026-03-10"}
	got, err := sampling.Assess(c)
	if err != nil {
		t.Fatal(err)
	}
	if got.Summary() != "2 of 5 beyond 5 days" || got.Open != 2 || got.OpenBeyond != 1 || *got.LongestOpen != 9 || *got.Shortest != 2 || *got.Median != 3 || *got.Longest != 7 {
		t.Errorf("%+v", got)
	}
	c.Pairs = pairs("2026-03-08/")
	if got, err := sampling.Assess(c); err != nil || got.Shortest != nil || got.Median != nil || got.Longest != nil || got.Beyond != 0 || *got.LongestOpen != 2 {
		t.Errorf("%+v (%v)", got, err)
	}
}

func TestTheLimitInWords(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]sampling.TimeLimit{"1 day": {1, sampling.Days}, "5 working days": {5, sampling.WorkingDays}, "30 minutes": {30, sampling.Minutes}, "1 hour": {1, sampling.Hours}} {
		if l.String() != want {
			t.Errorf("%q, want %q", l, want)
		}
	}
}

// Working days counted one by one, the slow way.
func TestLawWorkingDaysAreCountedAsOnACalendar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(1901, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 100_000).Draw(t, "start"))
		length := rapid.IntRange(0, 60).Draw(t, "length")
		var holidays []string
		for range rapid.IntRange(0, 6).Draw(t, "holidays") {
			holidays = append(holidays, start.AddDate(0, 0, rapid.IntRange(-3, 63).Draw(t, "holiday")).Format(time.DateOnly))
		}
		want := 0
		for n := range length {
			d := start.AddDate(0, 0, n+1)
			if d.Weekday() != time.Saturday && d.Weekday() != time.Sunday && !slices.Contains(holidays, d.Format(time.DateOnly)) {
				want++
			}
		}
		pair := sampling.Pair{Start: start.Format(time.DateOnly), End: start.AddDate(0, 0, length).Format(time.DateOnly)}
		got, err := sampling.Assess(sampling.Cases{Pairs: []sampling.Pair{pair}, Limit: sampling.TimeLimit{Value: 1, Unit: sampling.WorkingDays}, Holidays: holidays})
		if err != nil || *got.Longest != float64(want) {
			t.Fatalf("%v with %v: %+v (%v), want %d", pair, holidays, got, err, want)
		}
	})
}

// The order in which cases are entered changes nothing, and a longer limit is broken by no more.
func TestLawTimelinessDependsOnNoOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var list []sampling.Pair
		for range rapid.IntRange(1, 40).Draw(t, "cases") {
			p := sampling.Pair{Start: day.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "start")).Format(time.DateOnly)}
			if rapid.Bool().Draw(t, "closed") {
				p.End = day.AddDate(0, 0, rapid.IntRange(30, 90).Draw(t, "end")).Format(time.DateOnly)
			}
			list = append(list, p)
		}
		c := sampling.Cases{Pairs: list, Limit: sampling.TimeLimit{Value: rapid.IntRange(1, 60).Draw(t, "limit"), Unit: sampling.Days}, AsOf: "2026-04-30"}
		one, err := sampling.Assess(c)
		if err != nil {
			t.Fatal(err)
		}
		c.Pairs = rapid.Permutation(list).Draw(t, "order")
		other, err := sampling.Assess(c)
		if err != nil || one.Summary() != other.Summary() || one.Open != other.Open || fmt.Sprint(deref(one.Median), deref(one.Longest)) != fmt.Sprint(deref(other.Median), deref(other.Longest)) {
			t.Fatalf("%+v and %+v (%v)", one, other, err)
		}
		c.Limit.Value++
		if looser, err := sampling.Assess(c); err != nil || looser.Beyond > one.Beyond {
			t.Fatalf("a looser limit is broken %d times, not %d (%v)", looser.Beyond, one.Beyond, err)
		}
	})
}

func deref(v *float64) float64 {
	if v == nil {
		return -1
	}
	return *v
}

func TestWrongEntriesAreNamed(t *testing.T) {
	t.Parallel()
	five := sampling.TimeLimit{Value: 5, Unit: sampling.Days}
	hours := sampling.TimeLimit{Value: 12, Unit: sampling.Hours}
	good := pairs("2026-03-01/2026-03-02")
	many := make([]sampling.Pair, sampling.MostPairs+1)
	for n := range many {
		many[n] = good[0]
	}
	for _, c := range []struct {
		what    string
		cases   sampling.Cases
		path    string
		message string
	}{
		{"a reversed pair", sampling.Cases{Pairs: pairs("2026-03-01/2026-03-02", "2026-03-05/2026-03-04"), Limit: five}, "datePairs.1.end", "pair 2 ends (2026-03-04) before it starts (2026-03-05)"},
		{"a pair reversed by the clock", sampling.Cases{Pairs: pairs("2026-03-01T12:00:00Z/2026-03-01T11:59:59Z"), Limit: five}, "datePairs.0.end", "pair 1 ends"},
		{"a pair reversed on the wall", sampling.Cases{Pairs: pairs("2026-03-02T00:30:00+02:00/2026-03-01T23:00:00Z"), Limit: five}, "datePairs.0.end", "pair 1 ends"},
		{"no date", sampling.Cases{Pairs: pairs("2026-02-30/2026-03-04"), Limit: five}, "datePairs.0.start", `the start of pair 1: "2026-02-30" is neither a day`},
		{"a wrong end", sampling.Cases{Pairs: pairs("2026-03-01/yesterday"), Limit: five}, "datePairs.0.end", `the end of pair 1: "yesterday"`},
		{"an American date", sampling.Cases{Pairs: pairs("03-01-2026/2026-03-04"), Limit: five}, "datePairs.0.start", "neither a day"},
		{"a year of long ago", sampling.Cases{Pairs: pairs("0026-03-01/2026-03-04"), Limit: five}, "datePairs.0.start", "between 1900 and 2199"},
		{"a time without end", sampling.Cases{Pairs: pairs("2026-03-01T00:00:00." + strings.Repeat("0", 1000) + "Z/2026-03-04"), Limit: five}, "datePairs.0.start", "too long"},
		{"a day where hours count", sampling.Cases{Pairs: pairs("2026-03-01/2026-03-02"), Limit: hours}, "datePairs.0.start", "a limit in HOURS needs the time"},
		{"open as of no day", sampling.Cases{Pairs: pairs("2026-03-01/"), Limit: five}, "asOf", "pair 1 has no end; say as of which day"},
		{"begun after the day of the count", sampling.Cases{Pairs: pairs("2026-03-05/"), Limit: five, AsOf: "2026-03-04"}, "datePairs.0.start", "after the day of the count"},
		{"ended after the day of the count", sampling.Cases{Pairs: pairs("2026-03-01/2026-03-05"), Limit: five, AsOf: "2026-03-04"}, "datePairs.0.end", "after the day of the count"},
		{"a wrong day of the count", sampling.Cases{Pairs: good, Limit: five, AsOf: "now"}, "asOf", "the day of the count"},
		{"in the future", sampling.Cases{Pairs: pairs("2026-03-01/2026-03-09"), Limit: five, NotAfter: "2026-03-08"}, "datePairs.0.end", "lies in the future"},
		{"counted in the future", sampling.Cases{Pairs: good, Limit: five, AsOf: "2026-03-09", NotAfter: "2026-03-08"}, "asOf", "lies in the future"},
		{"no pair", sampling.Cases{Limit: five}, "datePairs", "enter 1 to 2000 pairs"},
		{"too many pairs", sampling.Cases{Pairs: many, Limit: five}, "datePairs", "enter 1 to 2000 pairs"},
		{"a limit of zero", sampling.Cases{Pairs: good, Limit: sampling.TimeLimit{Unit: sampling.Days}}, "limit.value", "one of 0 is kept by nothing"},
		{"a negative limit", sampling.Cases{Pairs: good, Limit: sampling.TimeLimit{Value: -1, Unit: sampling.Days}}, "limit.value", "a limit is 1 to"},
		{"a limit of ages", sampling.Cases{Pairs: good, Limit: sampling.TimeLimit{Value: 1_000_000, Unit: sampling.Days}}, "limit.value", "a limit is 1 to"},
		{"a limit in fortnights", sampling.Cases{Pairs: good, Limit: sampling.TimeLimit{Value: 1, Unit: "FORTNIGHTS"}}, "limit.unit", "a limit is in one of"},
		{"a holiday that is none", sampling.Cases{Pairs: good, Limit: sampling.TimeLimit{Value: 1, Unit: sampling.WorkingDays}, Holidays: []string{"2026-03-09", "Easter"}}, "holidays.1", "holiday 2"},
		{"a holiday by the clock", sampling.Cases{Pairs: good, Limit: sampling.TimeLimit{Value: 1, Unit: sampling.WorkingDays}, Holidays: []string{"2026-03-09T00:00:00Z"}}, "holidays.0", "enter the day"},
		{"holidays where they do not count", sampling.Cases{Pairs: good, Limit: five, Holidays: []string{"2026-03-09"}}, "holidays", "only where the limit is in WORKING_DAYS"},
		{"more holidays than a year has", sampling.Cases{Pairs: good, Limit: sampling.TimeLimit{Value: 1, Unit: sampling.WorkingDays}, Holidays: slices.Repeat([]string{"2026-03-09"}, 201)}, "holidays", "at most 200"},
	} {
		_, err := sampling.Assess(c.cases)
		var entry *sampling.EntryError
		if !errors.As(err, &entry) || entry.Path != c.path || !strings.Contains(entry.Message, c.message) {
			t.Errorf("%s: %#v, want %s: %s", c.what, err, c.path, c.message)
		}
	}
}

func BenchmarkTimeliness(b *testing.B) {
	c := sampling.Cases{Pairs: slices.Repeat(pairs("2026-03-01/2026-03-08"), sampling.MostPairs), Limit: sampling.TimeLimit{Value: 5, Unit: sampling.WorkingDays}}
	for b.Loop() {
		if _, err := sampling.Assess(c); err != nil {
			b.Fatal(err)
		}
	}
}
