package roster

import (
	"strings"
	"unicode"
)

// facilityName is a printed name taken apart for comparison.
type facilityName struct {
	// key is the same for every way to write one name.
	key string
	// state is the code of the state that the name itself mentions at its end, as in "(MO)" or
	// ", NM"; empty if it mentions none.
	state string
	// footnote is the digit glued to the name's last word, as in "CENTER1"; empty if there is none.
	footnote string
}

func parseName(printed string) facilityName {
	name := facilityName{}
	text := tidy(printed)
	text, name.footnote = cutFootnote(text)
	text, name.state = cutState(text)
	name.key = strings.Join(fullWords(fold(text)), " ")
	return name
}

func nameKey(printed string) string { return parseName(printed).key }

// cutFootnote splits a footnote's digit from the word it is glued to. "UNIT 3" and "AV622" have none.
func cutFootnote(text string) (string, string) {
	runes := []rune(text)
	last := len(runes) - 1
	if last < 3 || !unicode.IsDigit(runes[last]) {
		return text, ""
	}
	for _, r := range runes[last-3 : last] {
		if !unicode.IsLetter(r) {
			return text, ""
		}
	}
	return string(runes[:last]), string(runes[last])
}

// cutState splits the mention of a state from the end of a name.
func cutState(text string) (string, string) {
	open, closing := strings.LastIndex(text, "("), strings.HasSuffix(text, ")")
	if open > 0 && closing {
		if state, ok := normalState(text[open+1 : len(text)-1]); ok {
			return strings.TrimSpace(text[:open]), state
		}
	}
	comma := strings.LastIndex(text, ",")
	if comma > 0 {
		if state, ok := normalState(text[comma+1:]); ok {
			return strings.TrimSpace(text[:comma]), state
		}
	}
	return text, ""
}

// fullWords writes out the abbreviations of ICE's names.
func fullWords(words []string) []string {
	var full []string
	for _, word := range words {
		full = append(full, fullWord(word)...)
	}
	return full
}

func fullWord(word string) []string {
	switch word {
	case "CO", "CNTY", "CTY":
		return []string{"COUNTY"}
	case "DET", "DETN", "DETENT":
		return []string{"DETENTION"}
	case "DF":
		return []string{"DETENTION", "FACILITY"}
	case "CDF":
		return []string{"CONTRACT", "DETENTION", "FACILITY"}
	case "CTR", "CNTR", "CENTRE":
		return []string{"CENTER"}
	case "FAC", "FACIL", "FCLTY":
		return []string{"FACILITY"}
	case "CORR", "CORRECTION", "CORRECTIONS":
		return []string{"CORRECTIONAL"}
	case "REG":
		return []string{"REGIONAL"}
	case "PROC":
		return []string{"PROCESSING"}
	case "SPC":
		return []string{"SERVICE", "PROCESSING", "CENTER"}
	case "IPC":
		return []string{"ICE", "PROCESSING", "CENTER"}
	case "PUB":
		return []string{"PUBLIC"}
	case "SFTY":
		return []string{"SAFETY"}
	case "CPLX":
		return []string{"COMPLEX"}
	case "DEPT":
		return []string{"DEPARTMENT"}
	case "FAM":
		return []string{"FAMILY"}
	case "JUV":
		return []string{"JUVENILE"}
	case "MED":
		return []string{"MEDICAL"}
	case "HOSP":
		return []string{"HOSPITAL"}
	case "SAINT":
		return []string{"ST"}
	}
	return []string{word}
}

// kindOf returns the words of a name key that set one facility apart from its neighbour at the same
// address: an annex is not the main building, a hold room not the jail.
func kindOf(key string) string {
	var kind []string
	for word := range strings.FieldsSeq(key) {
		if isKindWord(word) || strings.ContainsAny(word, "0123456789") {
			kind = append(kind, word)
		}
	}
	return strings.Join(kind, " ")
}

func isKindWord(word string) bool {
	switch word {
	case "ANNEX", "STAGING", "HOLD", "HOLDROOM", "HOLDING", "ROOM", "HOSPITAL", "MEDICAL", "JUVENILE",
		"FAMILY", "MALE", "FEMALE", "WOMEN", "WOMENS", "MEN", "MENS", "CAMP", "HOTEL", "MOTEL", "INN",
		"MAIN", "NORTH", "SOUTH", "EAST", "WEST", "II", "III", "IV", "APSO",
		"MINIMUM", "MEDIUM", "HIGH", "TENT", "SOFT", "TEMPORARY", "COURTHOUSE":
		return true
	}
	return false
}

// ownWords returns the words of a name key that are a facility's own: not its city's or state's, and
// none that stands in every second name.
func ownWords(key, city, state string) []string {
	common := cityKey(city) + " " + states()[state]
	var own []string
	for word := range strings.FieldsSeq(key) {
		if len(word) > 2 && !isKindWord(word) && !isCommonWord(word) && !hasWord(common, word) {
			own = append(own, word)
		}
	}
	return own
}

func isCommonWord(word string) bool {
	switch word {
	case "COUNTY", "PARISH", "CITY", "STATE", "FEDERAL", "REGIONAL", "NATIONAL", "SHERIFF", "SHERIFFS",
		"OFFICE", "JAIL", "PRISON", "DETENTION", "CENTER", "FACILITY", "CORRECTIONAL", "PROCESSING", "SERVICE", "SERVICES",
		"ICE", "IMMIGRATION", "CUSTOMS", "ENFORCEMENT", "REMOVAL", "OPERATIONS", "CONTRACT",
		"DEPARTMENT", "DIVISION", "JUSTICE", "PUBLIC", "SAFETY", "COMPLEX", "RESIDENTIAL", "ADULT",
		"HEALTH", "INSTITUTION", "TRANSITIONAL", "LAW", "UNIT", "HOUSE", "THE", "AND", "FOR", "NEW",
		"SAN", "SANTA", "SUITES", "SECURITY", "INTAKE", "RELEASE", "RECEPTION", "AUTHORITY":
		return true
	}
	return false
}

func hasWord(text, word string) bool {
	for w := range strings.FieldsSeq(text) {
		if w == word {
			return true
		}
	}
	return false
}

// share reports whether two lists have a word in common, or one long word that differs by a slip of
// the pen: CIMMARRON, CIMARRON.
func share(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y || slips(x, y) <= allowedSlips(min(len(x), len(y))) {
				return true
			}
		}
	}
	return false
}

// allowedSlips is how many slips a word of the length may have and still be recognised.
func allowedSlips(length int) int {
	switch {
	case length >= 8:
		return 3 // MCCLELLAN, McLennan
	case length >= 6:
		return 2
	}
	return 0
}

// slips is the number of letters to insert, drop or change to make one word of the other.
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
