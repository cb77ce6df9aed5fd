package catalog

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

// lineUse is a worksheet line that a requirement names.
type lineUse struct {
	at       place
	label    string
	code     string
	standard string // the standard whose requirement names it
	own      bool   // whether it is said to be of that standard's own worksheet
}

var lineNumber = regexp.MustCompile(`^[1-9]\d*$`)

// splitLine cuts a worksheet line code into its standard's code and its number: "MC-137" into "MC"
// and "137". The code itself may hold a hyphen.
func splitLine(code string) (prefix, number string, ok bool) {
	i := strings.LastIndexByte(code, '-')
	if i < 1 || !lineNumber.MatchString(code[i+1:]) {
		return "", "", false
	}
	return code[:i], code[i+1:], true
}

// readLines reads a requirement's worksheet lines: those of its own standard's worksheet, then those
// of other worksheets. Published findings do place a few lines across standards (the kitchen's fire
// suppression is an FS line, its duty is fire safety); that they do must be said, so that a mistyped
// code cannot pass as one of them.
func (l *loader) readLines(m *mapping, standard string) []string {
	own := l.useLines(m, "lines", standard, true)
	others := l.useLines(m, "lines_of_other_standards", standard, false)
	for _, code := range others {
		for _, known := range own {
			if code == known {
				m.fault("lines_of_other_standards", "line %q stands under lines too", code)
			}
		}
	}
	return append(own, others...)
}

// linesOf reads the lines that rest on a requirement. The one that was built from a line has that line.
func (l *loader) linesOf(m *mapping, s *inspection.Standard, r *inspection.Requirement) []string {
	if !isLineKey(r.Key) {
		return l.readLines(m, s.Number)
	}
	for _, key := range []string{"lines", "lines_of_other_standards"} {
		if m.may(key) != nil {
			m.fault(key, "the id is the code of a worksheet line, which is the requirement's only one; leave %s out", key)
		}
	}
	l.lines = append(l.lines, lineUse{m.place("id"), m.label, r.Key, s.Number, true})
	return []string{r.Key}
}

func (l *loader) useLines(m *mapping, key, standard string, own bool) []string {
	codes := m.texts(key)
	if node := m.values[key]; node != nil && node.Kind == yaml.SequenceNode && len(node.Content) == 0 {
		m.fault(key, "%s is empty; leave it out", key)
	}
	for _, code := range codes {
		l.lines = append(l.lines, lineUse{m.placeOf(key, code), m.label, code, standard, own})
	}
	return codes
}

// placeOf is where one text of a list stands.
func (m *mapping) placeOf(key, text string) place {
	for _, n := range m.values[key].Content {
		if n.Value == text {
			return place{m.file, n.Line}
		}
	}
	return m.place(key)
}

// checkLines holds every worksheet line to the codes of the edition's standards.
func (l *loader) checkLines() {
	for _, use := range l.lines {
		prefix, _, ok := splitLine(use.code)
		owner, known := l.codes[prefix]
		switch {
		case !ok:
			l.fault(use.at, "%s: line %q is not of the form MC-137", use.label, use.code)
		case !known:
			l.fault(use.at, "%s: line %q has a code that no standard has", use.label, use.code)
		case use.own && owner != use.standard:
			l.fault(use.at, "%s: line %q is a line of standard %s; put it under lines_of_other_standards",
				use.label, use.code, owner)
		case !use.own && owner == use.standard:
			l.fault(use.at, "%s: line %q is the standard's own; put it under lines", use.label, use.code)
		}
	}
}
