package catalog

import (
	"bytes"
	"io"
	"path"

	"plumbline/inspection"
)

// maxDocumentSize is many times the size of the largest edition written as one document.
const maxDocumentSize = 4 << 20

// Read reads and checks an edition that is one document: YAML, or a worksheet (CSV) that begins with
// the edition's own facts, YAML too, on lines that begin with "#". Its name tells which, and stands in
// every Fault. The same rules hold as for Load. known are the editions that this one may crosswalk to;
// none stands for those that ship with Plumbline.
func Read(name string, r io.Reader, known ...*inspection.Edition) (*inspection.Edition, error) {
	name = path.Base(name)
	var builtOn *[]*inspection.Edition
	if len(known) > 0 {
		builtOn = &known
	}
	l := newLoader(name, builtOn)
	e := &inspection.Edition{}
	switch raw, ok := l.text(name, r, maxDocumentSize); {
	case !ok:
	case isYAMLFile(name):
		l.document(name, raw, e)
	case isWorksheet(name):
		head, table, lines := cutHead(raw)
		if lines == 0 {
			l.fault(place{name, 1}, `the worksheet must begin with the edition's own facts, on lines that begin with "#", as in "# key: nds-2025"`)
			break
		}
		if l.document(name, head, e) {
			l.worksheet(name, table, lines, e)
		}
	default:
		l.fault(place{name, 1}, "an edition is a file whose name ends in .yaml or .csv")
	}
	return l.finish(e)
}

// document reads the edition's own facts, and its requirements unless a worksheet follows.
func (l *loader) document(name string, raw []byte, e *inspection.Edition) bool {
	root, ok := l.parse(name, raw)
	if !ok {
		return false
	}
	m := l.mapping(name, "edition", root)
	l.edition(m, e)
	m.done()
	return !m.broken
}

// cutHead parts a worksheet's leading lines that begin with "#" from its table. In what it returns each
// stands on the same line as in the file.
func cutHead(raw []byte) (head, table []byte, lines int) {
	for bytes.HasPrefix(raw, []byte("#")) {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		line = bytes.TrimSuffix(line[1:], []byte("\r"))
		head = append(head, bytes.TrimPrefix(line, []byte(" "))...)
		head = append(head, '\n')
		lines++
		raw = rest
	}
	return head, raw, lines
}
