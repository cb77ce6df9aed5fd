package report

import (
	"slices"
	"strconv"
	"strings"

	"plumbline/inspection"
)

// Stated is what one source states.
type Stated struct {
	Source     string
	Statements []inspection.Statement // by the names that the page calls them
}

// statementNames are the words for what statements are about.
var statementNames = map[string]string{
	"facility":                                "Facility",
	"inspection_type":                         "Type of inspection",
	"field_office":                            "ERO field office",
	"standard_set":                            "Standards",
	"start":                                   "First day",
	"standards_reviewed":                      "Standards reviewed",
	"standards_compliant":                     "Compliant standards",
	"areas_of_concern":                        "Areas of concern",
	"interviews":                              "People interviewed, whole inspection",
	"priority_component_deficiencies":         "Priority components",
	"repeat_deficiencies":                     "Repeat deficiencies",
	"corrective_actions_during_inspection":    "Corrected on site",
	"previous_inspection.date":                "Previous inspection: date",
	"previous_inspection.rating":              "Previous inspection: rating",
	"previous_inspection.standards_deficient": "Previous inspection: deficient standards",
	"previous_inspection.deficiencies_total":  "Previous inspection: deficiencies",
	"previous_inspection.deficiencies_total_in_own_report": "Previous inspection: deficiencies by its own report",
	"ucap_statement":   "Corrective action plan for the previous inspection (UCAP)",
	"codes_are":        "What the codes of deficiencies are",
	"codes_complete":   "Whether every code of a deficiency is known",
	"deficiency_codes": "Codes of deficiencies",
	"rating":           "Rating",
}

// statementName is what the page calls a statement; a name without words is shown with spaces.
func statementName(name string) string {
	return orElse(statementNames[name], strings.NewReplacer("_", " ", ".", ": ").Replace(name))
}

// statements groups what sources state by source, in the order in which the snapshot names them.
func (b *builder) statements() []Stated {
	var all []Stated
	for _, s := range b.doc.Statements {
		n := slices.IndexFunc(all, func(of Stated) bool { return of.Source == s.Source })
		if n < 0 {
			n = len(all)
			all = append(all, Stated{Source: s.Source})
		}
		all[n].Statements = append(all[n].Statements, inspection.Statement{Name: statementName(s.Name), Value: s.Value, Source: s.Source})
	}
	return all
}

// figure is a number that a source states; empty if it states none.
func (b *builder) figure(name string) string {
	for _, s := range b.doc.Statements {
		if _, err := strconv.Atoi(s.Value); err == nil && s.Name == name {
			return s.Value
		}
	}
	return ""
}

// beside adds the source's own figure to the note of a derived one.
func (b *builder) beside(note, name string) string {
	figure := b.figure(name)
	switch {
	case figure == "":
		return note
	case note == "":
		return "the source states " + figure
	}
	return note + "; the source states " + figure
}
