package catalog

import (
	"regexp"

	"plumbline/inspection"
)

var agreement = regexp.MustCompile(`^\d{1,4}/[1-9]\d{0,3}$`)

// sighting reads how a requirement's worksheet line was seen in published reports.
func (l *loader) sighting(m *mapping, r *inspection.Requirement) inspection.Sighting {
	node := m.may("sighting")
	if node == nil {
		return inspection.Sighting{}
	}
	if !isLineKey(r.Key) {
		m.fault("sighting", "only a requirement whose id is the code of a worksheet line has a sighting")
	}
	f := l.mapping(m.file, m.label+": sighting", node)
	s := inspection.Sighting{First: f.day("first_seen"), Last: f.day("last_seen"),
		CodeDoubtful: f.flagOf("code_doubtful", f.may("code_doubtful")), EditionInferred: f.flagOf("edition_inferred", f.may("edition_inferred")),
		Agreement: f.optionalText("agreement"), Figures: f.optionalText("figures")}
	if n := f.need("facilities"); n != nil {
		s.Facilities = f.countOf("facilities", n, 100_000)
	}
	f.done()
	if s.Last.Before(s.First) {
		f.fault("last_seen", "last_seen is before first_seen")
	}
	if s.Agreement != "" && !agreement.MatchString(s.Agreement) {
		f.fault("agreement", "agreement %q is not of the form 3/4", s.Agreement)
	}
	return s
}

// confirmation reads against which official text the requirement was checked.
func (l *loader) confirmation(m *mapping) inspection.Confirmation {
	node := m.may("confirmation")
	if node == nil {
		return inspection.Confirmation{}
	}
	f := l.mapping(m.file, m.label+": confirmation", node)
	c := inspection.Confirmation{Title: f.text("title"), URL: f.address("url"), Page: f.text("page"), By: f.text("by"), On: f.day("on")}
	f.done()
	return c
}
