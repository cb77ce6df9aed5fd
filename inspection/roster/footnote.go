package roster

import (
	"regexp"
	"strings"
)

// footnote is a note under the table that names a facility by its code:
// "[1] STFRCTX (SOUTH TEXAS FAMILY RESIDENTIAL CENTER) houses single adults ...".
type footnote struct {
	detloc string
	text   string
}

// footnotes returns the coded footnotes by their digit.
func (t *table) footnotes() map[string]footnote {
	notes := map[string]footnote{}
	form := regexp.MustCompile(`^\[(\d)\] \(?([A-Z]{3,7})\)? (.*)$`)
	for _, cells := range t.rows[t.header+1:] {
		if match := form.FindStringSubmatch(tidy(cellAt(cells, 0))); match != nil {
			notes[match[1]] = footnote{detloc: match[2], text: nameKey(match[3])}
		}
	}
	return notes
}

// detlocOf returns the code that a footnote gives the name it is glued to. The note must name the
// facility as the row does: a note that belongs to another row proves nothing.
func detlocOf(name facilityName, notes map[string]footnote) string {
	note, ok := notes[name.footnote]
	if !ok || !strings.HasPrefix(note.text, name.key) {
		return ""
	}
	return note.detloc
}
