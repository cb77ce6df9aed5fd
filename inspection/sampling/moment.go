package sampling

import (
	"fmt"
	"time"
)

// Moment is a day, or an exact time, as it was entered.
type Moment struct {
	text string
	// at is the time; of a day its beginning, UTC.
	at    time.Time
	exact bool
	// day counts the days since 1 January 1970 of the calendar day as written, in the offset it was
	// written with: the day on the wall where it happened.
	day int
}

// ParseMoment reads a day (2026-03-01) or a time with its offset (2026-03-01T14:30:00-06:00).
func ParseMoment(text string) (Moment, error) {
	m := Moment{text: text}
	if len(text) > longestMoment {
		return m, fmt.Errorf("%q is too long for a day or a time", shortened(text))
	}
	var err error
	if m.at, err = time.Parse(time.DateOnly, text); err != nil {
		if m.at, err = time.Parse(time.RFC3339, text); err != nil {
			return Moment{}, fmt.Errorf("%q is neither a day (2026-03-01) nor a time with its offset (2026-03-01T14:30:00-06:00)", shortened(text))
		}
		m.exact = true
	}
	year, month, day := m.at.Date()
	if year < 1900 || year > 2199 {
		return Moment{}, fmt.Errorf("%q: the year must be between 1900 and 2199", shortened(text))
	}
	m.day = int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	return m, nil
}

// longestMoment is the length in bytes of a time with nanoseconds and offset, and a little more.
const longestMoment = 40

// shortened keeps a message short whatever was entered.
func shortened(text string) string {
	if len(text) > longestMoment {
		return text[:longestMoment] + "..."
	}
	return text
}

// after reports whether m is later than n: by the clock if both have one and the limit asks for it,
// else by the calendar.
func (m Moment) after(n Moment, byClock bool) bool {
	if byClock && m.exact && n.exact {
		return m.at.After(n.at)
	}
	return m.day > n.day
}

// weekdaysUpTo counts the days from Monday to Friday among the days up to and with day.
func weekdaysUpTo(day int) int {
	const monday = -3 // 29 December 1969
	since := day - monday + 1
	weeks, rest := since/7, since%7
	if rest < 0 { // before 1970
		weeks, rest = weeks-1, rest+7
	}
	return weeks*5 + min(rest, 5)
}

// weekend reports whether the day is a Saturday or a Sunday.
func weekend(day int) bool { return weekdaysUpTo(day) == weekdaysUpTo(day-1) }
