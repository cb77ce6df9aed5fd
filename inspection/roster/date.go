package roster

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateCell is the reading of a cell where ICE prints the end of an inspection.
type dateCell struct {
	// on is the day; zero if the cell states none.
	on time.Time
	// word is what stands where a date should, e.g. "Scheduled FY26"; empty if nothing does.
	word string
	// fault says why the text is no date; empty if the cell was understood.
	fault string
}

// The first day that an inspection date can be: ICE's first detention standards are of 2000.
func firstDay() time.Time { return day(2000, time.January, 1) }

// The last day that a serial number is taken for a date.
func lastDay() time.Time { return day(2100, time.January, 1) }

func day(year int, month time.Month, date int) time.Time {
	return time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
}

// readDate reads a date cell as ICE fills them: a true date (its serial number), the same number as
// text, month/day/year as text, or a word that says there is no date yet. A text that is none of
// these, and a day that no calendar has, is a fault, never a guess.
func readDate(cell string, date1904 bool) dateCell {
	text := stated(cell)
	switch {
	case text == "":
		return dateCell{}
	case isNoDateYet(text):
		return dateCell{word: text}
	}
	on, err := parseDay(text, date1904)
	if err != nil {
		return dateCell{word: text, fault: err.Error()}
	}
	return dateCell{on: on}
}

// isNoDateYet reports whether the text is one of ICE's words for "not inspected yet": "New Facility",
// "Scheduled FY26", "Scheduled 2026", "FY2026", "Scheduled FY24 Q3".
func isNoDateYet(text string) bool {
	words := sameWords(text)
	if words == "NEW FACILITY" || words == "PENDING" || words == "SCHEDULED" {
		return true
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(words, "SCHEDULED "), "PENDING ")
	rest = strings.TrimSpace(strings.TrimPrefix(rest, "FY"))
	if rest == words {
		return false
	}
	year, quarter, _ := strings.Cut(rest, " ")
	return isYear(year) && (quarter == "" || len(quarter) == 2 && quarter[0] == 'Q')
}

func isYear(text string) bool {
	if _, err := strconv.ParseUint(text, 10, 16); err != nil {
		return false
	}
	return len(text) == 2 || len(text) == 4 && strings.HasPrefix(text, "20")
}

func parseDay(text string, date1904 bool) (time.Time, error) {
	if serial, err := strconv.ParseFloat(text, 64); err == nil {
		return serialDay(text, serial, date1904)
	}
	if on, ok := isoDay(text); ok {
		return inRange(text, on)
	}
	return americanDay(text)
}

// serialDay is the day of a spreadsheet's serial number: days since 30 December 1899, or since 1
// January 1904 in a workbook that says so.
func serialDay(text string, serial float64, date1904 bool) (time.Time, error) {
	epoch := day(1899, time.December, 30)
	if date1904 {
		epoch = day(1904, time.January, 1)
	}
	if !(serial >= 1 && serial < 100_000) {
		return time.Time{}, fmt.Errorf("%q is a number, and no date's", text)
	}
	return inRange(text, epoch.AddDate(0, 0, int(serial)))
}

func isoDay(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05Z07:00"} {
		if on, err := time.Parse(layout, text); err == nil {
			return day(on.Year(), on.Month(), on.Day()), true
		}
	}
	return time.Time{}, false
}

// americanDay reads month/day/year, the year in two or four digits.
func americanDay(text string) (time.Time, error) {
	fields := strings.Split(text, "/")
	if len(fields) != 3 {
		return time.Time{}, fmt.Errorf("%q is not a date", text)
	}
	var n [3]int
	for i, field := range fields {
		value, err := strconv.ParseUint(strings.TrimSpace(field), 10, 16)
		if err != nil {
			return time.Time{}, fmt.Errorf("%q is not a date", text)
		}
		n[i] = int(value)
	}
	if n[2] < 100 {
		n[2] += 2000
	}
	on := day(n[2], time.Month(n[0]), n[1])
	if on.Year() != n[2] || int(on.Month()) != n[0] || on.Day() != n[1] {
		return time.Time{}, fmt.Errorf("%q is no day of the calendar", text)
	}
	return inRange(text, on)
}

func inRange(text string, on time.Time) (time.Time, error) {
	if on.Before(firstDay()) || on.After(lastDay()) {
		return time.Time{}, fmt.Errorf("%q is no day on which ICE can have inspected", text)
	}
	return on, nil
}
