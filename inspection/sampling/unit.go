package sampling

import "strings"

// dimension is what a unit measures. Values compare only within one.
type dimension string

const (
	temperature dimension = "temperature"
	duration    dimension = "time"
	months      dimension = "months" // a month is no fixed number of days
	workingDays dimension = "working days"
	ratio       dimension = "people to one"
	other       dimension = "other"
)

// unit is a unit of measure: the value in the dimension's own unit (Fahrenheit, minutes, months) is
// value*Scale + Offset.
type unit struct {
	name          string
	dimension     dimension
	scale, offset float64
}

// units are the units that convert, by the name that unitOf makes of what was written.
var units = map[string]unit{
	"f":                              {"F", temperature, 1, 0},
	"c":                              {"C", temperature, 1.8, 32},
	"seconds":                        {"seconds", duration, 1. / 60, 0},
	"minutes":                        {"minutes", duration, 1, 0},
	"hours":                          {"hours", duration, 60, 0},
	"days":                           {"days", duration, 1440, 0},
	"weeks":                          {"weeks", duration, 10080, 0},
	"months":                         {"months", months, 1, 0},
	"years":                          {"years", months, 12, 0},
	"working_days":                   {"working_days", workingDays, 1, 0},
	"fixture_or_phone_per_detainees": {"fixture_or_phone_per_detainees", ratio, 1, 0},
}

// spellings are other ways to write a unit.
var spellings = map[string]string{
	"°f": "f", "deg_f": "f", "degrees_f": "f", "fahrenheit": "f", "degrees_fahrenheit": "f",
	"°c": "c", "deg_c": "c", "degrees_c": "c", "celsius": "c", "degrees_celsius": "c",
	"s": "seconds", "sec": "seconds", "second": "seconds", "min": "minutes", "mins": "minutes", "minute": "minutes",
	"h": "hours", "hr": "hours", "hrs": "hours", "hour": "hours", "d": "days", "day": "days", "calendar_days": "days", "calendar_day": "days",
	"week": "weeks", "month": "months", "year": "years",
	"working_day": "working_days", "business_day": "working_days", "business_days": "working_days", "workdays": "working_days",
	"weekdays": "working_days", "weekday": "working_days",
	"people_per_fixture": "fixture_or_phone_per_detainees", "people_per_phone": "fixture_or_phone_per_detainees",
	"detainees_per_fixture": "fixture_or_phone_per_detainees", "detainees_per_phone": "fixture_or_phone_per_detainees",
	"detainees_per_telephone": "fixture_or_phone_per_detainees", "people_per_telephone": "fixture_or_phone_per_detainees",
	"detainees_per_toilet": "fixture_or_phone_per_detainees", "people_per_toilet": "fixture_or_phone_per_detainees",
	"detainees_per_shower": "fixture_or_phone_per_detainees", "people_per_shower": "fixture_or_phone_per_detainees",
	"detainees_per_washbasin": "fixture_or_phone_per_detainees", "people_per_washbasin": "fixture_or_phone_per_detainees",
	"hour_per_day": "hours_per_day",
}

// unitOf reads a unit as a catalogue or a person writes it. One that is not known compares only with
// itself.
func unitOf(text string) unit {
	word := strings.ToLower(strings.TrimSpace(text))
	word = strings.NewReplacer(" ", "_", "-", "_", ".", "").Replace(word)
	if word != "°f" && word != "°c" {
		word = strings.ReplaceAll(word, "°", "")
	}
	if s, ok := spellings[word]; ok {
		word = s
	}
	if u, ok := units[word]; ok {
		return u
	}
	return unit{word, other, 1, 0}
}

// into converts a value of this unit into another of the same dimension.
func (u unit) into(v float64, to unit) float64 {
	if u.scale == to.scale && u.offset == to.offset {
		return v
	}
	return (v*u.scale + u.offset - to.offset) / to.scale
}

// convertible reports whether values of the two units can be compared.
func convertible(a, b unit) bool {
	return a.dimension == b.dimension && (a.dimension != other || (a.name == b.name && a.name != ""))
}

// bounds are the least and the largest value that makes sense in the unit.
func (u unit) bounds() (low, high float64) {
	const most = 1e9
	switch u.dimension {
	case temperature:
		low, high = -459.67, 10_000 // absolute zero in Fahrenheit
	case other:
		return -most, most
	default:
		return 0, most
	}
	return (low - u.offset) / u.scale, (high - u.offset) / u.scale
}
