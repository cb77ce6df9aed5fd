package roster

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// tidy returns the text of a cell without surrounding white space, with every inner run of white
// space (ICE's cells hold non-breaking ones) as one blank.
func tidy(cell string) string {
	return strings.Join(strings.FieldsFunc(cell, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff'
	}), " ")
}

// stated returns the tidy text of a cell, or "" if it only says that there is nothing to say.
func stated(cell string) string {
	text := tidy(cell)
	switch strings.ToUpper(text) {
	case "*", "**", "***", "N/A", "NA", "-", "--":
		return ""
	}
	return text
}

// fold returns a text's upper-case words, without accents and with every other sign as a blank.
// Apostrophes vanish, and so do the dots of an abbreviation: "D.F." is "DF".
func fold(text string) []string {
	var b strings.Builder
	previous := ' '
	runes := []rune(norm.NFD.String(strings.ToUpper(text)))
	for i, r := range runes {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '\u2019', r == '\u2018', r == '`':
			continue
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		case r == '&':
			b.WriteString(" AND ")
		case r == '.' && unicode.IsLetter(previous) && isInitial(runes, i-1):
			continue
		default:
			b.WriteRune(' ')
		}
		previous = r
	}
	return strings.Fields(b.String())
}

// isInitial reports whether the letter at i stands alone, as in "D.F." or "P.O.", and is followed by
// another such letter, or ends the abbreviation.
func isInitial(runes []rune, i int) bool {
	if i > 0 && runes[i-1] != '.' && runes[i-1] != ' ' {
		return false
	}
	followed := i+3 < len(runes) && unicode.IsLetter(runes[i+2]) && runes[i+3] == '.'
	ends := i > 1 && runes[i-1] == '.' && unicode.IsLetter(runes[i-2])
	return followed || ends
}

// sameWords is a text's folded form as one string, for comparison with the entries of a table.
func sameWords(text string) string {
	return strings.Join(fold(text), " ")
}
