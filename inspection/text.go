package inspection

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of one request and one text.
const (
	mostAnswers = 1000   // rows in a request
	mostText    = 10_000 // characters of a free text
	mostWord    = 200    // characters of a name, a code, a unit
)

// checkText refuses a text that is too long, or that no database holds.
func checkText(path, text string, most int) Problems {
	switch {
	case utf8.RuneCountInString(text) > most:
		return Problems{newProblem(Invalid, path, "a text is at most %d characters here; shorten it", most)}
	case strings.ContainsRune(text, 0):
		return Problems{newProblem(Invalid, path, "the text holds a character that cannot be stored (NUL); remove it")}
	}
	return nil
}

// given returns a required text without the space around it. ask says what to write where it is
// missing.
func given(path, text, ask string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", Refuse(Invalid, path, "%s", ask)
	}
	if ps := checkText(path, text, mostText); len(ps) > 0 {
		return "", ps
	}
	return text, nil
}

// checkTime refuses what no clock of a device shows, however wrong it goes.
func checkTime(path string, t time.Time) Problems {
	if year := t.UTC().Year(); year < 1900 || year > 2199 {
		return Problems{newProblem(Invalid, path, "the year must be between 1900 and 2199")}
	}
	return nil
}

// refusal is the problems as an error, nil if there are none.
func refusal(ps Problems) error {
	if len(ps) == 0 {
		return nil
	}
	return shorten(ps)
}
