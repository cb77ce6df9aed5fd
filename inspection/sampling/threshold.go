package sampling

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Op says how a limit binds.
type Op string

const (
	// Min: at least the value.
	Min Op = "MIN"
	// Max: at most the value.
	Max Op = "MAX"
	// MinRatio: at least one for every so many people. What is measured is people to one.
	MinRatio Op = "MIN_RATIO"
)

// Threshold is a limit of a requirement.
type Threshold struct {
	Op    Op
	Value float64
	Unit  string
	// Note says what the limit is for, Group whom it holds for; empty for all.
	Note  string
	Group string
}

// Measured is what was measured: a range, or one end of it.
type Measured struct {
	Lowest, Highest *float64
	Unit            string
	Group           string // of people it was measured for; empty if not stated
}

// Verdict is what a threshold says of a measure.
type Verdict string

const (
	// Within: the whole range keeps the limit.
	Within Verdict = "WITHIN"
	// Beyond: a part of the range breaks the limit.
	Beyond Verdict = "BEYOND"
	// NotJudged: the measure cannot be held against the limit, or the limit against anything.
	NotJudged Verdict = "NOT_JUDGED"
)

// Judgement is one threshold's word on a measure.
type Judgement struct {
	Threshold
	Verdict Verdict
	Because string
	// Lowest and Highest are the measure in the threshold's unit; nil where it does not convert.
	Lowest, Highest *float64
}

// CheckMeasure refuses a measure that is no number, or beyond all sense in its unit.
func CheckMeasure(v float64, in string) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return errors.New("a measure is a finite number")
	}
	if low, high := unitOf(in).bounds(); v < low || v > high {
		return fmt.Errorf("%v is beyond all sense; a measure in this unit lies between %s and %s", v, decimal(low), decimal(high))
	}
	return nil
}

// Judge holds a measure against every threshold of a requirement, in their order. seen is whether the
// figures stood in a source: a figure that nobody saw judges nothing. Nothing measured is not judged
// at all.
func Judge(thresholds []Threshold, seen bool, m Measured) []Judgement {
	if m.Lowest == nil && m.Highest == nil {
		return nil
	}
	judgements := make([]Judgement, len(thresholds))
	for n, t := range thresholds {
		j := Judgement{Threshold: t, Verdict: NotJudged}
		from, to := unitOf(m.Unit), unitOf(t.Unit)
		if convertible(from, to) {
			j.Lowest, j.Highest = converted(m.Lowest, from, to), converted(m.Highest, from, to)
		}
		j.Because = obstacle(thresholds, n, seen, m)
		if j.Because == "" {
			j.Verdict, j.Because = compare(j)
		}
		judgements[n] = j
	}
	return judgements
}

func converted(v *float64, from, to unit) *float64 {
	if v == nil {
		return nil
	}
	// Rounded to what a conversion can carry, so that 60 C is 140 F.
	c := math.Round(from.into(*v, to)*1e9) / 1e9
	return &c
}

// obstacle says why the n-th threshold does not judge the measure, "" if it does.
func obstacle(all []Threshold, n int, seen bool, m Measured) string {
	t := all[n]
	switch from, to := unitOf(m.Unit), unitOf(t.Unit); {
	case !seen:
		return "nobody saw this figure in a source"
	case m.Unit == "":
		return "the measure has no unit; the limit is in " + t.Unit
	case !convertible(from, to):
		return fmt.Sprintf("the measure is in %s and the limit in %s, which do not convert", m.Unit, t.Unit)
	case t.Group != "" && m.Group == "":
		return fmt.Sprintf("the limit holds for %s; say for whom it was measured", t.Group)
	case t.Group != "" && !strings.EqualFold(t.Group, strings.TrimSpace(m.Group)):
		return fmt.Sprintf("the limit holds for %s, and this was measured for %s", t.Group, m.Group)
	}
	for k, o := range all {
		if k == n || o.Group != t.Group || !convertible(unitOf(o.Unit), unitOf(t.Unit)) {
			continue
		}
		value := unitOf(o.Unit).into(o.Value, unitOf(t.Unit))
		switch {
		case o.Op == t.Op && value != t.Value:
			return fmt.Sprintf("the requirement has more than one such limit (%s and %s %s) for different things", decimal(t.Value), decimal(value), t.Unit)
		case t.Op == Min && o.Op == Max && t.Value > value, t.Op == Max && o.Op == Min && value > t.Value:
			return "the requirement has a least and a most that nothing keeps at once: they are for different things"
		}
	}
	return ""
}

// compare holds the converted range against the limit.
func compare(j Judgement) (Verdict, string) {
	limit := decimal(j.Value) + " " + j.Unit
	if j.Op == Min {
		switch {
		case beyond(j.Value, j.Lowest), beyond(j.Value, j.Highest):
			return Beyond, fmt.Sprintf("%s is below the least of %s", decimal(*first(j.Lowest, j.Highest)), limit)
		case j.Lowest == nil:
			return NotJudged, "the lowest measure is missing"
		}
		return Within, fmt.Sprintf("%s is not below the least of %s", decimal(*j.Lowest), limit)
	}
	name := "the most of " + limit
	if j.Op == MinRatio {
		name = "one for every " + decimal(j.Value)
	}
	switch {
	case beyond(-j.Value, negative(j.Highest)), beyond(-j.Value, negative(j.Lowest)):
		return Beyond, fmt.Sprintf("%s is above %s", decimal(*first(j.Highest, j.Lowest)), name)
	case j.Highest == nil:
		return NotJudged, "the highest measure is missing"
	}
	return Within, fmt.Sprintf("%s is not above %s", decimal(*j.Highest), name)
}

func beyond(least float64, v *float64) bool { return v != nil && *v < least }

func negative(v *float64) *float64 {
	if v == nil {
		return nil
	}
	n := -*v
	return &n
}

func first(a, b *float64) *float64 {
	if a != nil {
		return a
	}
	return b
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
