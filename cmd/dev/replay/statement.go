package replay

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Statement is what a report says of an inspection as a whole and Plumbline does not derive.
type Statement struct {
	Name   string
	Value  string
	Source string
}

// fewestInterviews is the smallest number of interviews that may be told: fewer would point at
// persons.
const fewestInterviews = 5

// statements lists what the row states beyond its deficiencies, under the row's own names. Its note
// and basis are the words of who compiled the file, not of a source.
func (r row) statements(report Report) []Statement {
	s := statements{source: report.Source, list: &[]Statement{}}
	s.text("facility", r.Facility)
	s.text("inspection_type", r.InspectionType)
	s.text("field_office", r.FieldOffice)
	s.from(r.StandardSetSource).text("standard_set", r.StandardSet)
	if r.Start == "" {
		s.text("start", "not published")
	}
	s.number("standards_reviewed", r.StandardsReviewed)
	s.number("standards_compliant", r.StandardsCompliant)
	s.number("areas_of_concern", r.AreasOfConcern)
	if r.Interviews != nil && *r.Interviews >= fewestInterviews {
		s.number("interviews", r.Interviews)
	}
	marks := MarksOf(report.Codes)
	s.unlessMarked("priority_component_deficiencies", r.Priority, marks.Priority)
	s.unlessMarked("repeat_deficiencies", r.Repeat, marks.Repeat)
	s.unlessMarked("corrective_actions_during_inspection", r.Corrected, marks.Corrected)
	s.mapping("previous_inspection", &r.PreviousInspection)
	s.text("ucap_statement", r.UCAP)
	s.codes(report, r)
	s.from(r.RatingSource).text("rating", r.Rating)
	return *s.list
}

// statements collects statements of one source.
type statements struct {
	source string
	list   *[]Statement
}

// from collects into the same list from another source, if one is named that is not the report.
func (s statements) from(source string) statements {
	if !strings.HasPrefix(source, "report") {
		s.source = orElse(source, s.source)
	}
	return s
}

// text states a text, unless it is empty or speaks of interviews: the inspected may read a
// statement, and nothing about interviews but their number.
func (s statements) text(name, value string) {
	value = strings.TrimSpace(value)
	if value == "" || strings.Contains(strings.ToLower(value), "interview") {
		return
	}
	*s.list = append(*s.list, Statement{Name: name, Value: value, Source: s.source})
}

func (s statements) number(name string, value *int) {
	if value != nil {
		s.text(name, strconv.Itoa(*value))
	}
}

// unlessMarked states a printed count that the marks of the codes do not add up to.
func (s statements) unlessMarked(name string, printed *int, marked int) {
	if printed != nil && *printed != marked {
		s.number(name, printed)
	}
}

// mapping states what a mapping holds. The source of its rating is no statement of its own.
func (s statements) mapping(name string, node *yaml.Node) {
	if node.Kind != yaml.MappingNode {
		return
	}
	for n := 0; n+1 < len(node.Content); n += 2 {
		key, value := node.Content[n].Value, node.Content[n+1]
		from := s
		switch source := valueOf(node, key+"_source"); {
		case strings.HasSuffix(key, "_source") || strings.Contains(key, "interview"):
			continue
		case source != nil:
			from = s.from(source.Value)
		}
		if value.Kind == yaml.ScalarNode && value.Tag != "!!null" {
			from.text(name+"."+key, value.Value)
		}
	}
}

// codes states the codes where they name no line of the bound edition.
func (s statements) codes(report Report, r row) {
	s.text("codes_are", r.CodesAre)
	if r.CodesComplete != nil && !*r.CodesComplete {
		s.text("codes_complete", "false")
	}
	if report.codesNameLines() || len(report.Codes) == 0 {
		return
	}
	printed := make([]string, len(report.Codes))
	for n, code := range report.Codes {
		printed[n] = code.Printed
	}
	s.text("deficiency_codes", strings.Join(printed, ", "))
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
