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

// mostRequirements is how many requirements an edition may have, ten times as many as the largest
// worksheet seen. A checklist of more is a mistake, and would be no use to anybody.
const mostRequirements = 10_000

func (l *loader) requirements(m *mapping, s *inspection.Standard, optional bool) []inspection.Requirement {
	nodes := m.list("requirements", m.ask("requirements", optional))
	if len(nodes) > 0 && s.Code == "" {
		m.fault("requirements", "a standard with requirements needs a code")
	}
	all := make([]inspection.Requirement, 0, min(len(nodes), mostRequirements))
	for _, n := range nodes {
		if !l.oneMore(place{m.file, n.Line}) {
			break
		}
		all = append(all, l.requirement(m.file, n, s))
	}
	return all
}

// oneMore counts a requirement; the first one too many is a fault, and false like all after it.
func (l *loader) oneMore(at place) bool {
	l.requirementCount++
	if l.requirementCount == mostRequirements+1 {
		l.fault(at, "an edition has at most %d requirements", mostRequirements)
	}
	return l.requirementCount <= mostRequirements
}

func (l *loader) requirement(file string, n *yaml.Node, s *inspection.Standard) inspection.Requirement {
	m := l.mapping(file, "requirement of "+s.Number, n)
	var r inspection.Requirement
	r.Key = m.text("id")
	if r.Key != "" {
		m.label = "requirement " + r.Key
	}
	line := isLineKey(r.Key)
	r.Citation = m.textOf("citation", m.ask("citation", line))
	r.Confirmation = l.confirmation(m)
	l.checkKey(m, s, &r)
	r.Text = m.text("text")
	r.Evidence = evidence(m, line)
	r.Applies = wordOf(m, "applies", m.need("applies"), inspection.AppliesAll, inspection.AppliesDedicated)
	r.AppliesNote = m.optionalText("applies_note")
	l.provenance(m, s, &r)
	l.priority(m, &r)
	r.Thresholds = l.thresholds(m)
	numbersSeen(m, &r)
	r.TimesCited = m.optionalCount("times_cited", 100_000)
	r.Lines = l.linesOf(m, s, &r)
	r.Sighting = l.sighting(m, &r)
	l.lineage(m, &r)
	r.Population = m.optionalText("population")
	if r.Population != "" && !populationWords.MatchString(r.Population) {
		m.fault("population", "population %q must be words in lower case", r.Population)
	}
	checkRecalled(m, &r)
	if !line && len(r.Lines) > 0 && r.TimesCited == 0 && !m.has("times_cited") {
		m.fault("lines", "lines were seen in reports that cite the requirement, but times_cited is missing")
	}
	m.done()
	return r
}

var populationWords = regexp.MustCompile(`^[a-z]+( [a-z]+)*$`)

// checkKey holds a requirement's id to its standard and its citation, so that neither can drift
// from the id that inspections refer to. Serial numbers are unique within a standard: they order it.
// A requirement of which nothing but its worksheet line is known has that line's code for an id, and
// its citation, if any, as a report prints it.
func (l *loader) checkKey(m *mapping, s *inspection.Standard, r *inspection.Requirement) {
	standard := s.Number
	if isLineKey(r.Key) {
		if r.Citation != "" && !inspection.IsSection(r.Citation) {
			m.fault("citation", "citation %q is no section number", r.Citation)
		}
		l.claim(m.place("id"), "requirement id", r.Key)
		return
	}
	if r.Citation != "" && !sectionNumber.MatchString(r.Citation) && !(r.Confirmed() && inspection.IsSection(r.Citation)) {
		m.fault("citation", "citation %q is not of the form V.A.1", r.Citation)
	}
	if r.Key == "" {
		return
	}
	if r.Confirmed() {
		// The id keeps the section that was thought right before somebody looked it up.
		l.claim(m.place("id"), "requirement id", r.Key)
		if !idOfStandard(r.Key, standard) {
			m.fault("id", "the id must begin with the standard's number, a section and a serial number, as in %s-V.A-01", standard)
		}
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

// idOfStandard reports whether an id is of the catalogue's form and belongs to the standard.
func idOfStandard(id, standard string) bool {
	rest, ok := strings.CutPrefix(id, standard+"-")
	i := strings.LastIndexByte(rest, '-')
	return ok && i > 0 && sectionNumber.MatchString(rest[:i]) && serialNumber.MatchString(rest[i+1:])
}

func evidence(m *mapping, optional bool) []inspection.EvidenceKind {
	var kinds []inspection.EvidenceKind
	nodes := m.list("evidence", m.ask("evidence", optional))
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
