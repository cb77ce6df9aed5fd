package catalog

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

// columnKind says how the cells of a worksheet's column are read.
type columnKind int

const (
	textColumn  columnKind = iota
	flagColumn             // true or false
	countColumn            // a whole number
	listColumn             // texts joined by semicolons
	yamlColumn             // a list in YAML's flow form
)

// column is one column of a worksheet: the requirement's field that it fills, and within which block.
type column struct {
	name  string
	field string
	block string // "sighting" or "confirmation"; empty for a field of the requirement itself
	kind  columnKind
}

// columns are all that a worksheet may have, in the order in which one is written. Only code and text
// must be there.
var columns = []column{
	{"code", "id", "", textColumn},
	{"standard", "", "", textColumn},
	{"section", "citation", "", textColumn},
	{"section_seen", "citation_seen", "", flagColumn},
	{"text", "text", "", textColumn},
	{"priority", "priority", "", textColumn},
	{"priority_reason", "priority_reason", "", textColumn},
	{"priority_source", "priority_source", "", textColumn},
	{"applies", "applies", "", textColumn},
	{"applies_note", "applies_note", "", textColumn},
	{"population", "population", "", textColumn},
	{"lineage", "lineage", "", textColumn},
	{"strength", "strength", "", textColumn},
	{"verified", "verified", "", textColumn},
	{"verified_url", "verified_url", "", textColumn},
	{"hint", "hint", "", textColumn},
	{"evidence", "evidence", "", listColumn},
	{"thresholds", "thresholds", "", yamlColumn},
	{"numbers_seen", "numbers_seen", "", flagColumn},
	{"times_cited", "times_cited", "", countColumn},
	{"lines", "lines", "", listColumn},
	{"lines_of_other_standards", "lines_of_other_standards", "", listColumn},
	{"facilities", "facilities", "sighting", countColumn},
	{"first_seen", "first_seen", "sighting", textColumn},
	{"last_seen", "last_seen", "sighting", textColumn},
	{"code_doubtful", "code_doubtful", "sighting", flagColumn},
	{"edition_inferred", "edition_inferred", "sighting", flagColumn},
	{"agreement", "agreement", "sighting", textColumn},
	{"figures", "figures", "sighting", textColumn},
	{"confirmed_title", "title", "confirmation", textColumn},
	{"confirmed_url", "url", "confirmation", textColumn},
	{"confirmed_page", "page", "confirmation", textColumn},
	{"confirmed_by", "by", "confirmation", textColumn},
	{"confirmed_on", "on", "confirmation", textColumn},
}

// usual is what an empty cell stands for where the edition's row_defaults do not say otherwise.
var usual = map[string]string{"section_seen": "false", "priority": "none", "applies": "all"}

func columnNamed(name string) (column, bool) {
	n := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
	if n < 0 {
		return column{}, false
	}
	return columns[n], true
}

func isWorksheet(name string) bool { return strings.HasSuffix(name, ".csv") }

// listedWorksheet reads the worksheet that an edition's folder holds beside edition.yaml.
func (l *loader) listedWorksheet(m *mapping, n *yaml.Node, e *inspection.Edition) {
	name := m.textOf("worksheet", n)
	if name == "" {
		return
	}
	if strings.ContainsAny(name, `/\`) || !isWorksheet(name) {
		m.faultAt(n, "%q is not the name of a worksheet (.csv) in this folder", name)
		return
	}
	l.listed[name] = true
	if raw, ok := l.read(name, place{m.file, n.Line}); ok {
		l.worksheet(name, raw, 0, e)
	}
}

// worksheet reads one requirement a row. The table begins after so many lines of the file.
func (l *loader) worksheet(file string, table []byte, after int, e *inspection.Edition) {
	reader := csv.NewReader(bytes.NewReader(table))
	reader.FieldsPerRecord = -1 // said with a better reason here
	reader.ReuseRecord = true
	head, err := reader.Read()
	if err != nil {
		l.rowFault(file, after, err)
		return
	}
	sheet, ok := l.sheet(place{file, after + 1}, head)
	if !ok {
		return
	}
	standards := map[string]*inspection.Standard{}
	for _, s := range e.Standards() {
		standards[s.Number] = s
	}
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			l.rowFault(file, after, err)
			return
		}
		line, _ := reader.FieldPos(0)
		if !l.row(place{file, after + line}, sheet, cells, standards) {
			return
		}
	}
}

// rowFault reports a table that is no CSV. Nothing after it can be trusted, so that reading ends.
func (l *loader) rowFault(file string, after int, err error) {
	var wrong *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		l.fault(place{file, after + 1}, "the worksheet is empty; its first row names the columns")
	case errors.As(err, &wrong):
		l.fault(place{file, after + wrong.StartLine}, "the row is not valid CSV: %v", wrong.Err)
	default:
		l.fault(place{file, after + 1}, "cannot be read: %v", err)
	}
}

// sheet reads the names of the columns.
func (l *loader) sheet(at place, head []string) ([]column, bool) {
	var sheet []column
	seen := map[string]bool{}
	for _, name := range head {
		c, known := columnNamed(name)
		switch {
		case !known:
			l.fault(at, "unknown column %q", name)
		case seen[name]:
			l.fault(at, "column %q stands twice", name)
		}
		seen[name] = true
		sheet = append(sheet, c)
	}
	for _, name := range []string{"code", "text"} {
		if !seen[name] {
			l.fault(at, "column %q is missing", name)
		}
	}
	return sheet, len(l.faults) == 0 || seen["code"] && seen["text"]
}

// row reads one requirement into its standard. It returns false if there is no use in going on.
func (l *loader) row(at place, sheet []column, cells []string, standards map[string]*inspection.Standard) bool {
	if !l.oneMore(at) {
		return false
	}
	if len(cells) != len(sheet) {
		l.fault(at, "the row has %d cells, the first row names %d columns", len(cells), len(sheet))
		return true
	}
	r := l.rowNode(at, sheet, cells)
	code := r.cells["code"]
	number := r.cells["standard"]
	if number == "" {
		number = l.standardOf(code)
	}
	s := standards[number]
	switch {
	case code == "":
		l.fault(at, "the row has no code")
	case s == nil && r.cells["standard"] != "":
		l.fault(at, "requirement %s: the edition has no standard %q", code, number)
	case s == nil:
		l.fault(at, "requirement %s: no standard of the edition has this code", code)
	default:
		if s.Code == "" {
			l.fault(at, "a standard with requirements needs a code")
		}
		s.Requirements = append(s.Requirements, l.requirement(at.file, r.node, s))
	}
	return true
}

// standardOf is the number of the standard to which a code belongs, by its letters or its number.
func (l *loader) standardOf(code string) string {
	if isLineKey(code) {
		prefix, _, _ := splitLine(code)
		return l.codes[prefix]
	}
	number, _, _ := strings.Cut(code, "-")
	return number
}

// rowDefaults reads what empty cells of the worksheet stand for.
func (l *loader) rowDefaults(m *mapping) {
	node := m.may("row_defaults")
	if node == nil {
		return
	}
	d := l.mapping(m.file, "row_defaults", node)
	for _, p := range d.pairs(node) {
		d.asked[p.key] = true
		c, known := columnNamed(p.key)
		if !known || c.block != "" || c.name == "code" || c.name == "standard" || p.value.Kind != yaml.ScalarNode {
			d.faultAt(p.value, "%q is no column whose cells may have a default", p.key)
			continue
		}
		l.defaults[p.key] = p.value
	}
}
