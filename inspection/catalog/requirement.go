package catalog

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

// serialNumber ends a requirement's id: "20" of "4.3-V.M-20".
var serialNumber = regexp.MustCompile(`^(0[1-9]|[1-9]\d+)$`)

func (l *loader) requirements(m *mapping, s *inspection.Standard) []inspection.Requirement {
	nodes := m.list("requirements", m.need("requirements"))
	if len(nodes) > 0 && s.Code == "" {
		m.fault("requirements", "a standard with requirements needs a code")
	}
	all := make([]inspection.Requirement, 0, len(nodes))
	for _, n := range nodes {
		all = append(all, l.requirement(m.file, n, s))
	}
	return all
}

func (l *loader) requirement(file string, n *yaml.Node, s *inspection.Standard) inspection.Requirement {
	m := l.mapping(file, "requirement of "+s.Number, n)
	var r inspection.Requirement
	r.Key = m.text("id")
	if r.Key != "" {
		m.label = "requirement " + r.Key
	}
	r.Citation = m.text("citation")
	l.checkKey(m, s.Number, &r)
	r.Text = m.text("text")
	r.Evidence = evidence(m)
	r.Applies = wordOf(m, "applies", m.need("applies"), inspection.AppliesAll, inspection.AppliesDedicated)
	r.AppliesNote = m.optionalText("applies_note")
	l.provenance(m, s, &r)
	l.priority(m, &r)
	r.Thresholds = l.thresholds(m)
	numbersSeen(m, &r)
	r.TimesCited = m.optionalCount("times_cited", 100_000)
	r.Lines = l.readLines(m, s.Number)
	checkRecalled(m, &r)
	if len(r.Lines) > 0 && r.TimesCited == 0 && !m.has("times_cited") {
		m.fault("lines", "lines were seen in reports that cite the requirement, but times_cited is missing")
	}
	m.done()
	return r
}

// checkKey holds a requirement's id to its standard and its citation, so that neither can drift
// from the id that inspections refer to. Serial numbers are unique within a standard: they order it.
func (l *loader) checkKey(m *mapping, standard string, r *inspection.Requirement) {
	if r.Citation != "" && !sectionNumber.MatchString(r.Citation) {
		m.fault("citation", "citation %q is not of the form V.A.1", r.Citation)
	}
	if r.Key == "" {
		return
	}
	if !l.claim(m.place("id"), "requirement id", r.Key) || standard == "" || r.Citation == "" {
		return
	}
	serial, ok := strings.CutPrefix(r.Key, standard+"-"+r.Citation+"-")
	if !ok || !serialNumber.MatchString(serial) {
		m.fault("id", "the id must be the standard's number, the citation and a serial number of two or more figures, as in %s-%s-01",
			standard, r.Citation)
		return
	}
	l.claim(m.place("id"), "serial number", standard+"-"+serial)
}

func evidence(m *mapping) []inspection.EvidenceKind {
	var kinds []inspection.EvidenceKind
	nodes := m.list("evidence", m.need("evidence"))
	for _, n := range nodes {
		kind := wordOf(m, "evidence", n, inspection.EvidenceObservation, inspection.EvidenceDocument,
			inspection.EvidenceInterview, inspection.EvidenceMeasurement, inspection.EvidenceFileSample,
			inspection.EvidenceLog)
		if kind != "" && slices.Contains(kinds, kind) {
			m.faultAt(n, "evidence holds %q twice", n.Value)
			continue
		}
		kinds = append(kinds, kind)
	}
	if n := m.values["evidence"]; n != nil && n.Kind == yaml.SequenceNode && len(nodes) == 0 {
		m.faultAt(n, "a requirement needs at least one kind of evidence")
	}
	return kinds
}

// numbersSeen reads whether the figures of the thresholds stood in a source. Without thresholds
// there are no figures to have been seen.
func numbersSeen(m *mapping, r *inspection.Requirement) {
	if !m.has("thresholds") {
		if m.may("numbers_seen") != nil {
			m.fault("numbers_seen", "numbers_seen stands without thresholds")
		}
		return
	}
	r.NumbersSeen = m.flag("numbers_seen")
}
