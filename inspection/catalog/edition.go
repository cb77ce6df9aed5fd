package catalog

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

const editionFile = "edition.yaml"

var (
	editionKey = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	sourceKey  = regexp.MustCompile(`^[A-Z][A-Z0-9-]*$`)
)

// folder reads edition.yaml, every standard it lists and its worksheet.
func (l *loader) folder() *inspection.Edition {
	e := &inspection.Edition{}
	root, ok := l.open(editionFile, place{editionFile, 1})
	if !ok {
		return e
	}
	m := l.mapping(editionFile, "edition", root)
	l.edition(m, e)
	sheet := m.may("worksheet")
	m.done()
	if sheet != nil {
		l.listedWorksheet(m, sheet, e)
	}
	l.checkUnlisted()
	return e
}

// edition reads the edition's own facts and its standards.
func (l *loader) edition(m *mapping, e *inspection.Edition) {
	l.version(m, e)
	e.Title = m.text("title")
	e.Compiled = m.day("compiled")
	e.Partial = m.flag("partial")
	l.partialReason(m, e)
	e.Wording = m.text("wording")
	e.FullTextSeen = m.flag("full_text_seen")
	e.StructureNote = m.optionalText("structure_note")
	e.CodeNote = m.optionalText("deficiency_code_note")
	e.HowToRead = m.texts("how_to_read")
	e.ApplicabilityRules = l.applicabilityRules(m)
	e.Sources = l.readSources(m)
	l.rowDefaults(m)
	e.Parts = l.parts(m, e.PartialReason != "")
	l.readCrosswalk(m)
}

// day reads a calendar day, quoted or not.
func (m *mapping) day(key string) time.Time {
	n := m.need(key)
	if n == nil {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		m.faultAt(n, "%s must be a day, as in 2016-12-31", key)
	}
	return day
}

func (l *loader) applicabilityRules(m *mapping) []inspection.ApplicabilityRule {
	var rules []inspection.ApplicabilityRule
	for _, n := range m.list("applicability_rules", m.may("applicability_rules")) {
		r := l.mapping(m.file, "applicability rule", n)
		rules = append(rules, inspection.ApplicabilityRule{Rule: r.text("rule"), Verified: r.text("verified")})
		r.done()
	}
	return rules
}

// sourceKinds are what a source can be. Only quoted and cited sources verify a requirement: an
// index and a table of contents show titles, a sister report belongs to another edition, and of an
// unused source it was not clear which standard it speaks of.
var sourceKinds = []string{"quoted", "cited", "index", "toc", "sister", "unused"}

func (l *loader) readSources(m *mapping) []inspection.Source {
	node := m.need("sources")
	if node == nil {
		return nil
	}
	if node.Kind != yaml.MappingNode {
		m.faultAt(node, "sources must be a mapping from key to source")
		return nil
	}
	var sources []inspection.Source
	for _, p := range m.pairs(node) {
		s := l.mapping(m.file, "source "+p.key, p.value)
		if !sourceKey.MatchString(p.key) {
			s.faultAt(p.value, "a source's key must be capital letters, figures and hyphens")
		}
		source := inspection.Source{Key: p.key, Kind: wordOf(s, "kind", s.need("kind"), sourceKinds...),
			What: s.text("what"), URL: s.address("url")}
		s.done()
		sources = append(sources, source)
		l.sources[p.key] = source
	}
	return sources
}

// parts reads the edition's parts. A set of which nothing was seen has none, and must say so.
func (l *loader) parts(m *mapping, mayBeNone bool) []inspection.Part {
	var parts []inspection.Part
	for _, n := range m.list("parts", m.need("parts")) {
		parts = append(parts, l.part(m.file, n))
	}
	if len(parts) == 0 && m.has("parts") && !mayBeNone {
		m.fault("parts", "an edition needs at least one part, or a partial_reason that says why none is known")
	}
	return parts
}

func (l *loader) part(file string, n *yaml.Node) inspection.Part {
	m := l.mapping(file, "part", n)
	var part inspection.Part
	if number := m.need("part"); number != nil {
		part.Number = m.countOf("part", number, 99)
		m.label = "part " + number.Value
		l.claim(m.place("part"), "part", number.Value)
	}
	part.Name = m.text("name")
	standards := m.list("standards", m.need("standards"))
	if len(standards) == 0 && m.has("standards") {
		m.fault("standards", "a part needs at least one standard")
	}
	for _, n := range standards {
		if n.Kind == yaml.MappingNode {
			part.Standards = append(part.Standards, l.standard(m.file, n, part.Number))
		} else if standard, ok := l.listedStandard(m, n, part.Number); ok {
			part.Standards = append(part.Standards, standard)
		}
	}
	m.done()
	return part
}

// listedStandard reads the standard's file that a part lists.
func (l *loader) listedStandard(m *mapping, n *yaml.Node, part int) (inspection.Standard, bool) {
	name := m.textOf("standards", n)
	if name == "" {
		return inspection.Standard{}, false
	}
	if l.fsys == nil {
		m.faultAt(n, "%q stands for a file, but this edition is one document: write the standard out", name)
		return inspection.Standard{}, false
	}
	if path.Base(name) != name || !fs.ValidPath(name) || !isYAMLFile(name) || name == l.main {
		m.faultAt(n, "%q is not the name of a standard's file in this folder", name)
		return inspection.Standard{}, false
	}
	if l.listed[name] {
		m.faultAt(n, "file %s is listed twice", name)
		return inspection.Standard{}, false
	}
	l.listed[name] = true
	root, ok := l.open(name, place{m.file, n.Line})
	if !ok {
		return inspection.Standard{}, false
	}
	return l.standard(name, root, part), true
}

func isDataFile(name string) bool {
	return isYAMLFile(name) || isWorksheet(name)
}

func isYAMLFile(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// checkUnlisted reports data files that edition.yaml does not name: a forgotten standard would
// otherwise be missing from every checklist without a word.
func (l *loader) checkUnlisted() {
	entries, err := fs.ReadDir(l.fsys, l.dir)
	if err != nil {
		l.fault(place{l.main, 1}, "the edition's folder cannot be listed: %v", err)
		return
	}
	for _, entry := range entries {
		name := entry.Name()
		if isDataFile(name) && name != l.main && !l.listed[name] {
			l.fault(place{name, 1}, "the file is not listed in %s", l.main)
		}
	}
}
