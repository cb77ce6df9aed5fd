package catalog

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

var (
	standardNumber = regexp.MustCompile(`^[1-9]\d?\.[1-9]\d?$`)
	// standardByCode stands for a number where the crosswalk to PBNDS 2011 gives none.
	standardByCode = regexp.MustCompile(`^[A-Z]{1,10}$`)
	standardCode   = regexp.MustCompile(`^[A-Z]+$`)
	// codeVariant allows the signs with which reports print a code: "SS-H & SPI".
	codeVariant = regexp.MustCompile(`^[A-Z][A-Z& -]*[A-Z]$`)
	// sectionNumber is a citation inside a standard: "V.A", "V.J.13", "V.BB".
	sectionNumber = regexp.MustCompile(`^[IVX]+(\.[A-Z]+(\.\d+)*)?$`)
	// sourceMention finds what may be a source's key in a sentence.
	sourceMention = regexp.MustCompile(`[A-Z][A-Z0-9-]+`)
)

// standard reads one standard, which the edition's file lists under the given part or holds itself. One
// that it holds may leave out what is known of PBNDS 2011 only, and its requirements, which then stand
// in the worksheet.
func (l *loader) standard(file string, root *yaml.Node, part int) inspection.Standard {
	m := l.mapping(file, "standard", root)
	var s inspection.Standard
	s.Number = l.standardNumber(m, part)
	s.Title = m.text("title")
	within := file == l.main
	s.TitleVerified = l.titleVerified(m, within)
	l.readCodes(m, &s)
	s.StartPage = m.optionalCount("start_page_2013", 10_000)
	s.PageCount = m.optionalCount("page_count_2013", 10_000)
	s.PDFKB = m.optionalCount("ice_pdf_kb", 1_000_000)
	s.Revised2016 = wordOf(m, "revised_2016", m.ask("revised_2016", within), "unknown", "likely", "new_2016")
	s.Revised2016Verified = m.textOf("revised_2016_verified", m.ask("revised_2016_verified", within))
	s.OutlineStatus = m.textOf("outline_status", m.ask("outline_status", within))
	s.SectionsSeen = l.sectionsSeen(m)
	s.Outline = l.outline(m, s.SectionsSeen)
	s.Note = m.optionalText("note")
	s.Requirements = l.requirements(m, &s, within)
	m.done()
	return s
}

func (l *loader) standardNumber(m *mapping, part int) string {
	number := m.text("number")
	if number == "" {
		return ""
	}
	m.label = "standard " + number
	switch {
	case standardByCode.MatchString(number) && m.file == l.main:
		if code := m.values["code"]; code == nil || code.Value != number {
			m.fault("number", "a standard without a number of PBNDS 2011 has its code for a number")
		}
	case !standardNumber.MatchString(number):
		m.fault("number", "number %q is not of the form '4.3'", number)
		return ""
	case part > 0 && !strings.HasPrefix(number, strconv.Itoa(part)+"."):
		m.fault("number", "the standard is listed under part %d", part)
	case m.file != l.main && !strings.HasPrefix(m.file, number+"-"):
		m.fault("number", "the file's name must begin with %q", number+"-")
	}
	l.claim(m.place("number"), "standard number", number)
	return number
}

// titleVerified reads where the title was seen, a sentence that must name a source of the edition.
func (l *loader) titleVerified(m *mapping, optional bool) string {
	text := m.textOf("title_verified", m.ask("title_verified", optional))
	for _, word := range sourceMention.FindAllString(text, -1) {
		if _, known := l.sources[word]; known {
			return text
		}
	}
	if text != "" && len(l.sources) > 0 {
		m.fault("title_verified", "title_verified %q names no source of the edition", text)
	}
	return text
}

// readCodes reads the standard's code and the other forms in which reports print it. Each belongs to
// one standard only, or a report's deficiency could not be placed.
func (l *loader) readCodes(m *mapping, s *inspection.Standard) {
	s.Code = m.optionalText("code")
	s.CodeVariants = m.texts("code_variants")
	if s.Code == "" {
		m.may("code_seen")
		for _, key := range []string{"code_seen", "code_variants"} {
			if m.has(key) {
				m.fault(key, "%s stands without a code", key)
			}
		}
		return
	}
	s.CodeSeen = m.flag("code_seen")
	if !standardCode.MatchString(s.Code) {
		m.fault("code", "code %q must be capital letters", s.Code)
	}
	l.claim(m.place("code"), "code", s.Code)
	l.codes[s.Code] = s.Number
	for _, variant := range s.CodeVariants {
		if !codeVariant.MatchString(variant) {
			m.fault("code_variants", "code variant %q must be capital letters, spaces, & and -", variant)
		}
		l.claim(m.place("code_variants"), "code", variant)
		l.codes[variant] = s.Number
	}
}

// sectionsSeen reads the section numbers that sources show, each with the keys of those sources.
func (l *loader) sectionsSeen(m *mapping) []inspection.SectionSeen {
	node := m.may("sections_seen")
	if node == nil {
		return nil
	}
	if node.Kind != yaml.MappingNode {
		m.faultAt(node, "sections_seen must be a mapping from section to sources")
		return nil
	}
	var seen []inspection.SectionSeen
	for _, p := range m.pairs(node) {
		if !sectionNumber.MatchString(p.key) {
			m.faultAt(p.value, "section %q is not of the form V.A.1", p.key)
		}
		sources := m.textOf("sections_seen", p.value)
		for _, key := range strings.Split(sources, ", ") {
			if sources != "" {
				l.checkSource(m, p.value, key)
			}
		}
		seen = append(seen, inspection.SectionSeen{Section: p.key, Sources: sources})
	}
	return seen
}

// checkSource reports a reference to a source that the edition does not have.
func (l *loader) checkSource(m *mapping, n *yaml.Node, key string) {
	if _, known := l.sources[key]; !known && len(l.sources) > 0 {
		m.faultAt(n, "%q is not a source of the edition", key)
	}
}

func (l *loader) outline(m *mapping, seen []inspection.SectionSeen) []inspection.OutlineHeading {
	var outline []inspection.OutlineHeading
	for _, n := range m.list("outline", m.may("outline")) {
		h := l.mapping(m.file, m.label+": outline", n)
		heading := inspection.OutlineHeading{Section: h.text("section"), Heading: h.text("heading"),
			Seen: h.flag("seen")}
		h.done()
		if heading.Section != "" && !sectionNumber.MatchString(heading.Section) {
			h.fault("section", "section %q is not of the form V.A.1", heading.Section)
		}
		if heading.Seen && !sectionSeen(seen, heading.Section) {
			h.fault("seen", "section %s is marked as seen, but sections_seen has no such section", heading.Section)
		}
		outline = append(outline, heading)
	}
	return outline
}

// sectionSeen reports whether a section or one inside it was seen.
func sectionSeen(seen []inspection.SectionSeen, section string) bool {
	for _, s := range seen {
		if s.Section == section || strings.HasPrefix(s.Section, section+".") {
			return true
		}
	}
	return false
}
