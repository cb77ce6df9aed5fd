package replay

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// Place is a facility as far as it helps to find the one that a report means.
type Place struct {
	ID      uuid.UUID
	Name    string
	Aliases []string
	City    string
	State   string
	Listed  bool
	// Rated are the last days of ODO inspections known of the facility.
	Rated []time.Time
}

// FindPlace returns the facility of a report among all those of its state, nil if there is none. An
// error says that several fit and none more than the others: then it may be neither of them, and a
// new one may be a double.
//
// The first rule that finds one decides: its name or alias in its city; the same but for what one of
// them adds in brackets or behind a dash; the same but for the words that every second facility bears;
// an ODO inspection that ended there on the same day, with a word of the name in the city, or the
// whole name elsewhere in the state. Names that differ by Annex, Jail or the like are of two places.
func FindPlace(r Report, known []Place) (*Place, error) {
	var here, elsewhere []Place
	for _, p := range known {
		switch {
		case p.State != r.State:
		case p.City == "" || sameCity(p.City, r.City):
			here = append(here, p)
		default:
			elsewhere = append(elsewhere, p)
		}
	}
	name := nameOf(r.Facility)
	rules := []struct {
		among []Place
		fits  func(Place) bool
	}{
		{here, func(p Place) bool { return p.any(func(n placeName) bool { return n.full == name.full }) }},
		{here, func(p Place) bool {
			return p.any(func(n placeName) bool { return n.short == name.full || n.full == name.short || n.short == name.short })
		}},
		{here, func(p Place) bool {
			return p.any(func(n placeName) bool { return n.own != "" && n.own == name.own && n.kind == name.kind })
		}},
		{here, func(p Place) bool {
			return p.ratedOn(r.End) && p.any(func(n placeName) bool { return n.shares(name, r) })
		}},
		{elsewhere, func(p Place) bool {
			return p.ratedOn(r.End) && p.any(func(n placeName) bool { return n.full == name.full })
		}},
	}
	for _, rule := range rules {
		fitting := slices.DeleteFunc(slices.Clone(rule.among), func(p Place) bool { return !rule.fits(p) })
		if len(fitting) > 0 {
			return choose(r, fitting)
		}
	}
	return nil, nil
}

// choose decides between places of one name: the one with an inspection on the report's last day,
// else the one that ICE lists.
func choose(r Report, fitting []Place) (*Place, error) {
	for _, more := range []func(Place) bool{
		func(p Place) bool { return p.ratedOn(r.End) },
		func(p Place) bool { return p.Listed },
	} {
		if len(fitting) == 1 {
			break
		}
		if some := slices.DeleteFunc(slices.Clone(fitting), func(p Place) bool { return !more(p) }); len(some) > 0 {
			fitting = some
		}
	}
	if len(fitting) > 1 {
		names := make([]string, len(fitting))
		for n, p := range fitting {
			names[n] = p.Name
		}
		return nil, fmt.Errorf("%d facilities in %s, %s fit %q: %s", len(fitting), r.City, r.State, r.Facility, strings.Join(names, "; "))
	}
	return &fitting[0], nil
}

func (p Place) any(fits func(placeName) bool) bool {
	if fits(nameOf(p.Name)) {
		return true
	}
	return slices.ContainsFunc(p.Aliases, func(alias string) bool { return fits(nameOf(alias)) })
}

func (p Place) ratedOn(day time.Time) bool {
	return slices.ContainsFunc(p.Rated, func(d time.Time) bool { return d.Equal(day) })
}

// placeName is a name prepared for comparison. All texts are upper-case words with single blanks.
type placeName struct {
	full  string // abbreviations written out, "MAIN" and "AND ANNEX" left out
	short string // the same without what stands in brackets or behind a dash
	own   string // the words of short that set it apart from other names
	kind  string // the words that tell a house from its neighbour: annex, jail, hold room
}

// inState is the state that a name ends with: "Cambria County Jail, PA".
var inState = regexp.MustCompile(`, [A-Z]{2}$`)

func nameOf(printed string) placeName {
	printed = inState.ReplaceAllString(printed, "")
	words := wordsOf(printed)
	short := words
	if cut := wordsOf(withoutAddition(printed)); len(cut) > 1 && kindOf(cut) == kindOf(words) {
		short = cut
	}
	return placeName{full: strings.Join(words, " "), short: strings.Join(short, " "), own: strings.Join(ownWords(short), " "), kind: kindOf(short)}
}

// shares reports whether the names have a word in common that is no city's and no facility's in
// general, and are of one kind.
func (n placeName) shares(other placeName, r Report) bool {
	if n.kind != other.kind {
		return false
	}
	city := wordsOf(r.City)
	return slices.ContainsFunc(strings.Fields(n.own), func(word string) bool {
		return len(word) > 3 && !slices.Contains(city, word) && slices.Contains(strings.Fields(other.own), word)
	})
}

// withoutAddition cuts what a name adds in brackets or behind a dash.
func withoutAddition(printed string) string {
	if open := strings.IndexByte(printed, '('); open > 0 {
		if closing := strings.IndexByte(printed[open:], ')'); closing > 0 {
			printed = printed[:open] + printed[open+closing+1:]
		}
	}
	if dash := strings.IndexByte(printed, '-'); dash > 0 {
		printed = printed[:dash]
	}
	return printed
}

// wordsOf returns the upper-case words of a name, abbreviations written out. A report about a place
// "and Annex" is about the place, and the place's own "Main" says nothing.
func wordsOf(printed string) []string {
	letters := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	text := strings.NewReplacer("'", "", "\u2019", "", ".", "").Replace(strings.ToUpper(printed))
	var words []string
	for _, word := range strings.FieldsFunc(text, letters) {
		words = append(words, inFull(word)...)
	}
	if n := len(words); n > 3 && words[n-1] == "ANNEX" && words[n-2] == "AND" {
		words = words[:n-2]
	}
	return slices.DeleteFunc(words, func(word string) bool { return word == "MAIN" || word == "THE" })
}

func inFull(word string) []string {
	switch word {
	case "CO", "CNTY", "CTY":
		return []string{"COUNTY"}
	case "DET":
		return []string{"DETENTION"}
	case "CTR", "CNTR":
		return []string{"CENTER"}
	case "FAC":
		return []string{"FACILITY"}
	case "CORR", "CORRECTIONS":
		return []string{"CORRECTIONAL"}
	case "CDF":
		return []string{"CONTRACT", "DETENTION", "FACILITY"}
	case "SPC":
		return []string{"SERVICE", "PROCESSING", "CENTER"}
	case "IPC":
		return []string{"ICE", "PROCESSING", "CENTER"}
	case "SAINT":
		return []string{"ST"}
	}
	return []string{word}
}

// ownWords leaves out what many facilities are called, and under which one place appears by turns:
// a detention facility becomes a processing center when its contract changes.
func ownWords(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(word string) bool {
		switch word {
		case "DETENTION", "CORRECTIONAL", "PROCESSING", "CONTRACT", "FEDERAL", "SERVICE", "SERVICES", "ICE",
			"IMMIGRATION", "CENTER", "FACILITY", "COMPLEX", "COUNTY", "PARISH", "OF", "AND":
			return true
		}
		return isKind(word)
	})
}

func kindOf(words []string) string {
	kind := slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !isKind(word) })
	slices.Sort(kind)
	return strings.Join(kind, " ")
}

// isKind reports whether a word tells a house from its neighbour of the same name. A county's own
// jail is not the contractor's detention center in that county.
func isKind(word string) bool {
	switch word {
	case "ANNEX", "STAGING", "HOLD", "HOLDROOM", "HOLDING", "ROOM", "HOSPITAL", "MEDICAL", "JUVENILE", "FAMILY", "RESIDENTIAL",
		"SHELTER", "MALE", "FEMALE", "WOMEN", "WOMENS", "CAMP", "HOTEL", "MOTEL", "NORTH", "SOUTH", "EAST", "WEST",
		"JAIL", "PRISON", "SHERIFF", "SHERIFFS", "COUNTY", "PARISH", "CIVIL", "DORM", "UNIT", "II", "III", "IV", "APSO":
		return true
	}
	return strings.ContainsAny(word, "0123456789")
}

func sameCity(a, b string) bool { return slices.Equal(wordsOf(a), wordsOf(b)) }
