package catalog

import (
	"strings"
	"time"

	"plumbline/inspection"
)

const recalled = "recalled"

// reportedPriority begins the source of a priority that several published reports state.
const reportedPriority = "published ODO reports"

// reportedLine is where a requirement was seen that was built from a worksheet line; verified_url has
// the address of one such report.
const reportedLine = "published ODO report"

// provenance reads where a requirement was seen and how well that shows it. The two must agree:
// nothing recalled may pass as seen, and nothing is quoted from a source that quotes nothing.
func (l *loader) provenance(m *mapping, s *inspection.Standard, r *inspection.Requirement) {
	r.Verified = m.text("verified")
	r.VerifiedURL = m.address("verified_url")
	r.Strength = wordOf(m, "strength", m.need("strength"), inspection.Quoted, inspection.Cited, inspection.Recalled)
	r.CitationSeen = m.flag("citation_seen")
	r.Hint = l.hint(m)
	if r.Verified != "" && r.Strength != "" {
		l.checkVerified(m, r)
	}
	if r.Strength == inspection.Quoted && m.has("citation_seen") && !r.CitationSeen && !r.Confirmed() {
		m.fault("citation_seen", "strength quoted means that the section number was seen")
	}
	if r.CitationSeen && r.Citation == "" {
		m.fault("citation_seen", "there is no citation to have been seen")
	}
	if r.CitationSeen && !isLineKey(r.Key) && !r.Confirmed() && !citationSeen(s.SectionsSeen, r.Citation) {
		m.fault("citation_seen", "the standard's sections_seen does not have section %s", r.Citation)
	}
}

func (l *loader) checkVerified(m *mapping, r *inspection.Requirement) {
	if (r.Verified == recalled) != (r.Strength == inspection.Recalled) {
		m.fault("strength", "strength %s does not agree with verified %q", strings.ToLower(string(r.Strength)), r.Verified)
		return
	}
	source, known := l.sources[r.Verified]
	switch {
	case r.Verified == recalled:
		refuseURL(m, "nothing was seen")
	case known:
		refuseURL(m, "the source has its own address")
		checkVerifies(m, "verified", source)
		if r.Strength == inspection.Quoted && source.Kind != "quoted" {
			m.fault("strength", "strength quoted needs a source that quotes; source %s is of kind %s", source.Key, source.Kind)
		}
	case r.Verified == inspection.OfficialText:
		refuseURL(m, "the confirmation has its own address")
		if !r.Confirmed() || r.Strength != inspection.Quoted {
			m.fault("verified", "the official text verifies what has a confirmation, with strength quoted")
		}
	case isReport(r.Verified) || r.Verified == reportedLine:
		if !m.has("verified_url") {
			m.fault("verified", "verified names a report but verified_url is missing")
		}
	case len(l.sources) > 0:
		m.fault("verified", "verified %q is neither a source of the edition nor recalled nor \"ODO report, FACILITY, YYYY-MM-DD\"", r.Verified)
	}
}

func refuseURL(m *mapping, why string) {
	if m.has("verified_url") {
		m.fault("verified_url", "verified_url does not belong here: %s", why)
	}
}

// checkVerifies reports a source whose kind cannot show that a requirement exists.
func checkVerifies(m *mapping, key string, source inspection.Source) {
	if source.Kind != "" && source.Kind != "quoted" && source.Kind != "cited" {
		m.fault(key, "source %s is of kind %s, which verifies no requirement", source.Key, source.Kind)
	}
}

// isReport recognises "ODO report, FACILITY, YYYY-MM-DD".
func isReport(text string) bool {
	rest, ok := strings.CutPrefix(text, "ODO report, ")
	i := strings.LastIndex(rest, ", ")
	if !ok || i < 1 {
		return false
	}
	_, err := time.Parse(time.DateOnly, rest[i+2:])
	return err == nil
}

// hint reads the source under another edition that shows a like requirement.
func (l *loader) hint(m *mapping) string {
	key := m.optionalText("hint")
	if source, known := l.sources[key]; key != "" && len(l.sources) > 0 && (!known || source.Kind != "sister") {
		m.fault("hint", "hint %q is not a source of kind sister", key)
	}
	return key
}

func citationSeen(seen []inspection.SectionSeen, citation string) bool {
	for _, s := range seen {
		if s.Section == citation {
			return true
		}
	}
	return false
}

// priority reads whether the requirement is a priority component. Who says so must stand beside it:
// a source for what scores, a reason for what is only this catalogue's suggestion.
func (l *loader) priority(m *mapping, r *inspection.Requirement) {
	r.Priority = wordOf(m, "priority", m.need("priority"),
		inspection.PrioritySourced, inspection.PriorityProposed, inspection.PriorityNone)
	r.PrioritySource = m.optionalText("priority_source")
	r.PriorityReason = m.optionalText("priority_reason")
	if r.Priority == "" {
		return
	}
	companion(m, "priority_source", r.Priority, inspection.PrioritySourced)
	companion(m, "priority_reason", r.Priority, inspection.PriorityProposed)
	if r.PrioritySource == "" || strings.HasPrefix(r.PrioritySource, reportedPriority) || len(l.sources) == 0 ||
		r.PrioritySource == inspection.OfficialText && r.Confirmed() {
		return
	}
	source, known := l.sources[r.PrioritySource]
	if !known {
		m.fault("priority_source", "priority_source %q is neither a source of the edition nor %q", r.PrioritySource, reportedPriority)
		return
	}
	checkVerifies(m, "priority_source", source)
}

// companion reports a field that is missing beside the priority that needs it, or stands beside another.
func companion(m *mapping, key string, is, needs inspection.Priority) {
	switch {
	case is == needs && !m.has(key):
		m.fault("priority", "priority %s needs a %s", strings.ToLower(string(is)), key)
	case is != needs && m.has(key):
		m.fault(key, "%s does not belong to priority %s", key, strings.ToLower(string(is)))
	}
}

// checkRecalled refuses marks of having been seen on what was only recalled.
func checkRecalled(m *mapping, r *inspection.Requirement) {
	if r.Strength != inspection.Recalled {
		return
	}
	if r.CitationSeen {
		m.fault("citation_seen", "a recalled requirement has no seen citation")
	}
	if r.NumbersSeen {
		m.fault("numbers_seen", "a recalled requirement has no seen figures")
	}
	if r.Priority == inspection.PrioritySourced {
		m.fault("priority", "a recalled requirement has no sourced priority")
	}
	for _, key := range []string{"times_cited", "lines", "lines_of_other_standards"} {
		if m.has(key) {
			m.fault(key, "a recalled requirement has no %s", key)
		}
	}
}
