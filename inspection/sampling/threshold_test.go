package sampling_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"plumbline/inspection/sampling"
)

func value(v float64) *float64 { return &v }

func limit(op sampling.Op, v float64, unit string) sampling.Threshold {
	return sampling.Threshold{Op: op, Value: v, Unit: unit}
}

// The thresholds are those of the catalogue, e.g. 4.5-V.C-07 (water is 100 to 120 F).
func TestWhatAThresholdSaysOfAMeasure(t *testing.T) {
	t.Parallel()
	water := []sampling.Threshold{limit(sampling.Min, 100, "F"), limit(sampling.Max, 120, "F")}
	food := []sampling.Threshold{limit(sampling.Min, 140, "F"), limit(sampling.Max, 41, "F")}
	showers := []sampling.Threshold{limit(sampling.MinRatio, 12, "fixture_or_phone_per_detainees")}
	toilets := []sampling.Threshold{{Op: sampling.MinRatio, Value: 12, Unit: "fixture_or_phone_per_detainees", Group: "male"},
		{Op: sampling.MinRatio, Value: 8, Unit: "fixture_or_phone_per_detainees", Group: "female"}}
	recreation := []sampling.Threshold{limit(sampling.Min, 1, "hour_per_day"), limit(sampling.Min, 7, "days_per_week"),
		{Op: sampling.Min, Value: 5, Unit: "days_per_week", Note: "disciplinary segregation"}}
	const within, beyond, not = sampling.Within, sampling.Beyond, sampling.NotJudged
	for _, c := range []struct {
		what       string
		thresholds []sampling.Threshold
		low, high  *float64
		unit       string
		group      string
		want       []sampling.Verdict
		because    string // of the first
	}{
		{"water in the band", water, value(101), value(119.5), "F", "", []sampling.Verdict{within, within}, "101 is not below the least of 100 F"},
		{"water at its ends", water, value(100), value(120), "degrees F", "", []sampling.Verdict{within, within}, "100 is not below the least of 100 F"},
		{"water too hot in places", water, value(101), value(121), "F", "", []sampling.Verdict{within, beyond}, "101 is not below the least of 100 F"},
		{"water too cold throughout", water, value(70), value(90), "°F", "", []sampling.Verdict{beyond, within}, "70 is below the least of 100 F"},
		{"water in Celsius, within", water, value(40), value(48), "C", "", []sampling.Verdict{within, within}, "104 is not below the least of 100 F"},
		{"water in Celsius, too hot", water, value(40), value(49), "degrees Celsius", "", []sampling.Verdict{within, beyond}, "104 is not below the least of 100 F"},
		{"only the lowest is known", water, value(101), nil, "F", "", []sampling.Verdict{within, not}, "101 is not below the least of 100 F"},
		{"only the lowest is known, and it is too hot", water, value(130), nil, "F", "", []sampling.Verdict{within, beyond}, "130 is not below the least of 100 F"},
		{"only the highest is known", water, nil, value(110), "F", "", []sampling.Verdict{not, within}, "the lowest measure is missing"},
		{"only the highest is known, and it is too cold", water, nil, value(90), "F", "", []sampling.Verdict{beyond, within}, "90 is below the least of 100 F"},
		{"hot and cold food have one measure", food, value(38), value(40), "F", "", []sampling.Verdict{not, not}, "the requirement has a least and a most that nothing keeps at once: they are for different things"},
		{"no unit", water, value(101), value(119), "", "", []sampling.Verdict{not, not}, "the measure has no unit; the limit is in F"},
		{"an unknown unit", water, value(101), value(119), "furlongs", "", []sampling.Verdict{not, not}, "the measure is in furlongs and the limit in F, which do not convert"},
		{"a wrong dimension", water, value(101), value(119), "hours", "", []sampling.Verdict{not, not}, "the measure is in hours and the limit in F, which do not convert"},
		{"showers enough", showers, value(10), value(12), "people per fixture", "", []sampling.Verdict{within}, "12 is not above one for every 12"},
		{"showers too few", showers, value(10), value(14), "detainees per shower", "", []sampling.Verdict{beyond}, "14 is above one for every 12"},
		{"toilets of men", toilets, value(12), value(12), "people per toilet", "male", []sampling.Verdict{within, not}, "12 is not above one for every 12"},
		{"toilets of women", toilets, value(12), value(12), "people per toilet", "Female", []sampling.Verdict{not, beyond}, "the limit holds for male, and this was measured for Female"},
		{"toilets of somebody", toilets, value(12), value(12), "people per toilet", "", []sampling.Verdict{not, not}, "the limit holds for male; say for whom it was measured"},
		{"two limits of one kind", recreation, value(6), value(6), "days per week", "", []sampling.Verdict{not, not, not}, "the measure is in days per week and the limit in hour_per_day, which do not convert"},
		{"an hour outside", recreation, value(1), value(2), "hours per day", "", []sampling.Verdict{within, not, not}, "1 is not below the least of 1 hour_per_day"},
		{"hours in minutes", []sampling.Threshold{limit(sampling.Max, 12, "hours")}, value(600), value(721), "minutes", "", []sampling.Verdict{beyond}, "12.016666667 is above the most of 12 hours"},
		{"days in hours", []sampling.Threshold{limit(sampling.Max, 14, "days")}, value(24), value(336), "h", "", []sampling.Verdict{within}, "14 is not above the most of 14 days"},
		{"days are no working days", []sampling.Threshold{limit(sampling.Max, 2, "working_days")}, value(1), value(2), "days", "", []sampling.Verdict{not}, "the measure is in days and the limit in working_days, which do not convert"},
		{"business days are working days", []sampling.Threshold{limit(sampling.Max, 3, "business_days")}, value(1), value(4), "working days", "", []sampling.Verdict{beyond}, "4 is above the most of 3 business_days"},
		{"a year in months", []sampling.Threshold{limit(sampling.Min, 3, "years")}, value(36), value(48), "months", "", []sampling.Verdict{within}, "3 is not below the least of 3 years"},
		{"months are no days", []sampling.Threshold{limit(sampling.Max, 6, "months")}, value(180), value(180), "days", "", []sampling.Verdict{not}, "the measure is in days and the limit in months, which do not convert"},
		{"a unit of nobody else's", []sampling.Threshold{limit(sampling.Min, 2, "officers")}, value(1), value(2), "Officers", "", []sampling.Verdict{beyond}, "1 is below the least of 2 officers"},
		{"a band of days", []sampling.Threshold{limit(sampling.Min, 60, "days"), limit(sampling.Max, 90, "days")}, value(55), value(80), "days", "", []sampling.Verdict{beyond, within}, "55 is below the least of 60 days"},
		{"nothing measured", water, nil, nil, "F", "", nil, ""},
		{"no threshold", nil, value(1), value(2), "F", "", []sampling.Verdict{}, ""},
	} {
		got := sampling.Judge(c.thresholds, true, sampling.Measured{Lowest: c.low, Highest: c.high, Unit: c.unit, Group: c.group})
		if len(got) != len(c.want) {
			t.Errorf("%s: %d judgements, want %d", c.what, len(got), len(c.want))
			continue
		}
		for n := range got {
			if got[n].Verdict != c.want[n] {
				t.Errorf("%s, %s: %s (%s), want %s", c.what, got[n].Op, got[n].Verdict, got[n].Because, c.want[n])
			}
			if got[n].Because == "" {
				t.Errorf("%s: no reason is given", c.what)
			}
		}
		if len(got) > 0 && got[0].Because != c.because {
			t.Errorf("%s: %q, want %q", c.what, got[0].Because, c.because)
		}
		for _, unseen := range sampling.Judge(c.thresholds, false, sampling.Measured{Lowest: c.low, Highest: c.high, Unit: c.unit, Group: c.group}) {
			if unseen.Verdict != not || unseen.Because != "nobody saw this figure in a source" {
				t.Errorf("%s: a figure that nobody saw judges %s (%s)", c.what, unseen.Verdict, unseen.Because)
			}
		}
	}
}

// A verdict does not depend on the unit in which the same temperature or time was written.
func TestLawAUnitChangesNoVerdict(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		op := rapid.SampledFrom([]sampling.Op{sampling.Min, sampling.Max}).Draw(t, "op")
		c := struct {
			unit, as string
			into     func(float64) float64
		}{"F", "C", func(v float64) float64 { return (v - 32) * 5 / 9 }}
		if rapid.Bool().Draw(t, "time") {
			c.unit, c.as, c.into = "days", "minutes", func(v float64) float64 { return v * 24 * 60 }
		}
		at := float64(rapid.IntRange(1, 200).Draw(t, "limit"))
		low := float64(rapid.IntRange(0, 2000).Draw(t, "low")) / 10
		high := low + float64(rapid.IntRange(0, 500).Draw(t, "range"))/10
		limits := []sampling.Threshold{limit(op, at, c.unit)}
		one := sampling.Judge(limits, true, sampling.Measured{Lowest: &low, Highest: &high, Unit: c.unit})[0]
		lowToo, highToo := c.into(low), c.into(high)
		other := sampling.Judge(limits, true, sampling.Measured{Lowest: &lowToo, Highest: &highToo, Unit: c.as})[0]
		if one.Verdict != other.Verdict {
			t.Fatalf("%v to %v %s is %s, in %s %s", low, high, c.unit, one.Verdict, c.as, other.Verdict)
		}
		if want := map[bool]sampling.Verdict{true: sampling.Within, false: sampling.Beyond}[(op == sampling.Min && low >= at) || (op == sampling.Max && high <= at)]; one.Verdict != want {
			t.Fatalf("%v to %v with a %s of %v is %s", low, high, op, at, one.Verdict)
		}
	})
}

func TestWhichMeasuresMakeNoSense(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value float64
		unit  string
		fine  bool
	}{
		{-20, "F", true}, {-273.15, "C", true}, {-274, "C", false}, {-459.67, "F", true}, {-460, "F", false}, {1e6, "F", false}, {-1, "hours", false},
		{0, "hours", true}, {-1, "people per fixture", false}, {-1, "lux", true}, {1e300, "lux", false}, {math.NaN(), "F", false},
		{math.Inf(1), "", false}, {math.Inf(-1), "lux", false}, {12, "", true},
	} {
		if err := sampling.CheckMeasure(c.value, c.unit); (err == nil) != c.fine {
			t.Errorf("%v %s: %v", c.value, c.unit, err)
		}
	}
}
