package sampling

import (
	"fmt"
	"slices"
	"strconv"
)

// TimeUnit is what a time limit counts in.
type TimeUnit string

const (
	// Minutes and Hours count by the clock, and need both times.
	Minutes TimeUnit = "MINUTES"
	Hours   TimeUnit = "HOURS"
	// Days counts calendar days from the day of the start to that of the end.
	Days TimeUnit = "DAYS"
	// WorkingDays counts the days from Monday to Friday after the day of the start, up to and with
	// that of the end. Holidays are left out only where they are entered.
	WorkingDays TimeUnit = "WORKING_DAYS"
)

// TimeUnits lists every unit of a limit.
func TimeUnits() []TimeUnit { return []TimeUnit{Minutes, Hours, Days, WorkingDays} }

// Limits of a list of pairs.
const (
	MostPairs    = 2_000
	MostHolidays = 200
	mostLimit    = 100_000
)

// TimeLimit is how long something may take.
type TimeLimit struct {
	Value int      `json:"value"`
	Unit  TimeUnit `json:"unit"`
}

// String says the limit in words, e.g. "5 working days".
func (l TimeLimit) String() string {
	words := map[TimeUnit]string{Minutes: "minute", Hours: "hour", Days: "day", WorkingDays: "working day"}
	if l.Value == 1 {
		return "1 " + words[l.Unit]
	}
	return strconv.Itoa(l.Value) + " " + words[l.Unit] + "s"
}

// Pair is the start and the end of one case as they were entered; without an end it is still open.
type Pair struct{ Start, End string }

// Cases are what timeliness is computed from.
type Cases struct {
	Pairs []Pair
	Limit TimeLimit
	// AsOf is the day or time up to which open cases are counted; needed only where there are any.
	AsOf string
	// Holidays are days that are no working days, beside Saturdays and Sundays.
	Holidays []string
	// NotAfter is the last calendar day that an entry may name, YYYY-MM-DD; "" for any.
	NotAfter string
}

// Timeliness is how long the cases took, in the limit's unit.
type Timeliness struct {
	Limit TimeLimit
	// Total counts the cases, Beyond those that took longer than the limit, among them OpenBeyond
	// that are still open and already beyond it. Open counts every case without an end.
	Total, Beyond, Open, OpenBeyond int
	// Shortest, Longest and Median are of the cases that ended; nil if none did.
	Shortest, Longest, Median *float64
	// LongestOpen is how long the oldest open case has lasted; nil if none is open.
	LongestOpen *float64
}

// Summary says the result in words, e.g. "222 of 467 beyond 5 days".
func (t Timeliness) Summary() string {
	return fmt.Sprintf("%d of %d beyond %s", t.Beyond, t.Total, t.Limit)
}

// EntryError says which entry is wrong. Path is "limit.value", "asOf", "holidays.0", "datePairs.3.end".
type EntryError struct{ Path, Message string }

func (e *EntryError) Error() string { return e.Message }

func wrong(path, format string, args ...any) *EntryError {
	return &EntryError{path, fmt.Sprintf(format, args...)}
}

// Assess computes the timeliness of the cases. The first wrong entry is refused with an *EntryError
// that names it, pairs counted from 1.
func Assess(c Cases) (Timeliness, error) {
	t := Timeliness{Limit: c.Limit, Total: len(c.Pairs)}
	calendar, err := c.calendar()
	if err != nil {
		return t, err
	}
	var closed []float64
	for n, p := range c.Pairs {
		took, open, err := calendar.took(n, p)
		if err != nil {
			return t, err
		}
		late := took > float64(c.Limit.Value)
		if late {
			t.Beyond++
		}
		if !open {
			closed = append(closed, took)
			continue
		}
		t.Open++
		if late {
			t.OpenBeyond++
		}
		if t.LongestOpen == nil || took > *t.LongestOpen {
			t.LongestOpen = &took
		}
	}
	if len(closed) > 0 {
		slices.Sort(closed)
		middle := (closed[(len(closed)-1)/2] + closed[len(closed)/2]) / 2
		t.Shortest, t.Longest, t.Median = &closed[0], &closed[len(closed)-1], &middle
	}
	return t, nil
}

// calendar counts time as the limit asks for.
type calendar struct {
	unit     TimeUnit
	asOf     *Moment
	last     *Moment // nothing may be later
	holidays []int   // sorted days from Monday to Friday, once each
}

func (c Cases) calendar() (calendar, error) {
	cal := calendar{unit: c.Limit.Unit}
	switch {
	case !slices.Contains(TimeUnits(), c.Limit.Unit):
		return cal, wrong("limit.unit", "a limit is in one of %v", TimeUnits())
	case c.Limit.Value < 1 || c.Limit.Value > mostLimit:
		return cal, wrong("limit.value", "a limit is 1 to %d; one of 0 is kept by nothing", mostLimit)
	case len(c.Pairs) < 1 || len(c.Pairs) > MostPairs:
		return cal, wrong("datePairs", "enter 1 to %d pairs", MostPairs)
	case len(c.Holidays) > MostHolidays:
		return cal, wrong("holidays", "enter at most %d holidays", MostHolidays)
	case len(c.Holidays) > 0 && c.Limit.Unit != WorkingDays:
		return cal, wrong("holidays", "holidays count only where the limit is in WORKING_DAYS; leave them out")
	}
	if c.NotAfter != "" {
		last, err := ParseMoment(c.NotAfter)
		if err != nil {
			return cal, err
		}
		cal.last = &last
	}
	for n, text := range c.Holidays {
		path := fmt.Sprintf("holidays.%d", n)
		h, err := ParseMoment(text)
		switch {
		case err != nil:
			return cal, wrong(path, "holiday %d: %v", n+1, err)
		case h.exact:
			return cal, wrong(path, "holiday %d is a time; enter the day", n+1)
		case !weekend(h.day):
			cal.holidays = append(cal.holidays, h.day)
		}
	}
	slices.Sort(cal.holidays)
	cal.holidays = slices.Compact(cal.holidays)
	if c.AsOf == "" {
		return cal, nil
	}
	asOf, err := cal.entry(place{field: "asOf"}, c.AsOf)
	cal.asOf = &asOf
	return cal, err
}

// place is where an entry stands: "asOf", or the start or end of the n-th pair.
type place struct {
	field string
	n     int
}

func (p place) path() string {
	if p.field == "asOf" {
		return p.field
	}
	return fmt.Sprintf("datePairs.%d.%s", p.n, p.field)
}

func (p place) String() string {
	if p.field == "asOf" {
		return "the day of the count"
	}
	return fmt.Sprintf("the %s of pair %d", p.field, p.n+1)
}

// entry reads a day or time that the limit can count with.
func (cal calendar) entry(p place, text string) (Moment, error) {
	m, err := ParseMoment(text)
	switch {
	case err != nil:
		return m, wrong(p.path(), "%s: %v", p, err)
	case cal.byClock() && !m.exact:
		return m, wrong(p.path(), "%s is a day (%s); a limit in %s needs the time", p, m.text, cal.unit)
	case cal.last != nil && m.day > cal.last.day:
		return m, wrong(p.path(), "%s (%s) lies in the future", p, m.text)
	}
	return m, nil
}

func (cal calendar) byClock() bool { return cal.unit == Minutes || cal.unit == Hours }

// took is how long the n-th case took, or has lasted if it is open.
func (cal calendar) took(n int, p Pair) (took float64, open bool, err error) {
	from, to := place{"start", n}, place{"end", n}
	start, err := cal.entry(from, p.Start)
	if err != nil {
		return 0, false, err
	}
	if p.End == "" {
		switch {
		case cal.asOf == nil:
			return 0, true, wrong("asOf", "pair %d has no end; say as of which day the open ones are counted", n+1)
		case start.after(*cal.asOf, cal.byClock()):
			return 0, true, wrong(from.path(), "pair %d starts (%s) after the day of the count (%s)", n+1, start.text, cal.asOf.text)
		}
		return cal.between(start, *cal.asOf), true, nil
	}
	end, err := cal.entry(to, p.End)
	switch {
	case err != nil:
		return 0, false, err
	case start.after(end, true) || (!cal.byClock() && start.after(end, false)):
		return 0, false, wrong(to.path(), "pair %d ends (%s) before it starts (%s); correct the dates, or exchange them", n+1, end.text, start.text)
	case cal.asOf != nil && end.after(*cal.asOf, cal.byClock()):
		return 0, false, wrong(to.path(), "pair %d ends (%s) after the day of the count (%s)", n+1, end.text, cal.asOf.text)
	}
	return cal.between(start, end), false, nil
}

// between is the time from start to end in the calendar's unit.
func (cal calendar) between(start, end Moment) float64 {
	switch cal.unit {
	case Minutes:
		return end.at.Sub(start.at).Minutes()
	case Hours:
		return end.at.Sub(start.at).Hours()
	case Days:
		return float64(end.day - start.day)
	}
	count := weekdaysUpTo(end.day) - weekdaysUpTo(start.day)
	from, _ := slices.BinarySearch(cal.holidays, start.day+1)
	to, _ := slices.BinarySearch(cal.holidays, end.day+1)
	return float64(count - (to - from))
}
