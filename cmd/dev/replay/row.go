package replay

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// row is a report as its file has it. Nothing that a file says beyond it is used.
type row struct {
	Facility            string     `yaml:"facility"`
	City                string     `yaml:"city"`
	State               string     `yaml:"state"`
	Start               string     `yaml:"start"`
	End                 string     `yaml:"end"`
	InspectionType      string     `yaml:"inspection_type"`
	FieldOffice         string     `yaml:"field_office"`
	StandardSet         string     `yaml:"standard_set"`
	StandardSetSource   string     `yaml:"standard_set_source"`
	StandardsReviewed   *int       `yaml:"standards_reviewed"`
	StandardsCompliant  *int       `yaml:"standards_compliant"`
	StandardsDeficient  *int       `yaml:"standards_deficient"`
	DeficienciesTotal   *int       `yaml:"deficiencies_total"`
	ByStandard          yaml.Node  `yaml:"deficiencies_by_standard"`
	Priority            *int       `yaml:"priority_component_deficiencies"`
	Repeat              *int       `yaml:"repeat_deficiencies"`
	Corrected           *int       `yaml:"corrective_actions_during_inspection"`
	PreviousInspection  yaml.Node  `yaml:"previous_inspection"`
	UCAP                string     `yaml:"ucap_statement"`
	Codes               []codeNode `yaml:"deficiency_codes"`
	CodesAre            string     `yaml:"codes_are"`
	CodesComplete       *bool      `yaml:"codes_complete"`
	AreasOfConcern      *int       `yaml:"areas_of_concern"`
	Interviews          *int       `yaml:"interviews"`
	Announced           *bool      `yaml:"announced"`
	Rating              string     `yaml:"rating"`
	RatingSource        string     `yaml:"rating_source"`
	Source              string     `yaml:"source"`
	Consistent          bool       `yaml:"consistent"`
	InconsistentBecause string     `yaml:"inconsistent_because"`
}

// codeNode is a code with its line in the file.
type codeNode struct {
	text string
	line int
}

func (c *codeNode) UnmarshalYAML(node *yaml.Node) error {
	c.line = node.Line
	return node.Decode(&c.text)
}

// name names the row to a reader.
func (r row) name() string {
	name := r.Facility
	if name == "" {
		name = "(no facility)"
	}
	if r.End == "" {
		return name + ", date unknown"
	}
	return name + ", " + r.End
}

// notPlayed says why the row is not played; empty if it is.
func (r row) notPlayed() string {
	switch {
	case !r.Consistent && r.InconsistentBecause != "":
		return "not consistent: " + r.InconsistentBecause
	case !r.Consistent:
		return "not marked as consistent"
	case setsOf(r.StandardSet) == nil:
		return "no edition is known for its standards set: " + r.StandardSet
	}
	return ""
}

// report checks the row and makes a Report of it.
func (r row) report(node *yaml.Node) (Report, error) {
	fault := func(field, format string, args ...any) error {
		line := node.Line
		if value := valueOf(node, field); value != nil {
			line = value.Line
		}
		return fmt.Errorf("line %d: %s: %s", line, field, fmt.Sprintf(format, args...))
	}
	for _, fact := range []struct{ field, value string }{{"facility", r.Facility}, {"city", r.City}, {"end", r.End}, {"source", r.Source}} {
		if strings.TrimSpace(fact.value) == "" {
			return Report{}, fault(fact.field, "an inspection to play states it")
		}
	}
	if len(r.State) != 2 || strings.ToUpper(r.State) != r.State {
		return Report{}, fault("state", "%q is no state in two letters", r.State)
	}
	end, err := time.Parse(time.DateOnly, r.End)
	if err != nil {
		return Report{}, fault("end", "%q is no day as YYYY-MM-DD", r.End)
	}
	start := end
	if r.Start != "" {
		if start, err = time.Parse(time.DateOnly, r.Start); err != nil {
			return Report{}, fault("start", "%q is no day as YYYY-MM-DD", r.Start)
		}
	}
	if start.After(end) {
		return Report{}, fault("start", "the inspection starts after its end")
	}
	for _, number := range r.numbers() {
		if number.count != nil && *number.count < 0 {
			return Report{}, fault(number.field, "%d is no count", *number.count)
		}
	}
	counts, err := countsOf(&r.ByStandard)
	if err != nil {
		return Report{}, err
	}
	codes, err := codesOf(r.Codes)
	if err != nil {
		return Report{}, err
	}
	report := Report{
		Line: node.Line, Facility: strings.TrimSpace(r.Facility), City: strings.TrimSpace(r.City), State: r.State,
		Start: start, End: end, Announced: r.announced(), Type: r.InspectionType, FieldOffice: r.FieldOffice,
		StandardSet: r.StandardSet, Source: strings.TrimSpace(r.Source), Rating: r.Rating, RatingSource: r.RatingSource,
		Serial: strings.Contains(r.CodesAre, "serial"), Codes: codes, Counts: counts,
		Published: Published{Deficiencies: r.DeficienciesTotal, DeficientStandards: r.StandardsDeficient,
			Priority: r.Priority, Repeat: r.Repeat, Corrected: r.Corrected},
	}
	report.Statements = r.statements(report)
	return report, nil
}

// number is a count with the name of its field.
type number struct {
	field string
	count *int
}

func (r row) numbers() []number {
	return []number{{"standards_reviewed", r.StandardsReviewed}, {"standards_compliant", r.StandardsCompliant},
		{"standards_deficient", r.StandardsDeficient}, {"deficiencies_total", r.DeficienciesTotal},
		{"priority_component_deficiencies", r.Priority}, {"repeat_deficiencies", r.Repeat},
		{"corrective_actions_during_inspection", r.Corrected}, {"areas_of_concern", r.AreasOfConcern}, {"interviews", r.Interviews}}
}

// announced is what the row says, or what the type's own name does.
func (r row) announced() *bool {
	if r.Announced == nil && strings.HasPrefix(r.InspectionType, "unannounced") {
		no := false
		return &no
	}
	return r.Announced
}

func countsOf(node *yaml.Node) ([]Count, error) {
	if node.IsZero() || node.Tag == "!!null" {
		return nil, nil
	}
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: deficiencies_by_standard: want standards with their counts", node.Line)
	}
	counts := []Count{}
	for n := 0; n+1 < len(node.Content); n += 2 {
		key, value := node.Content[n], node.Content[n+1]
		count := Count{Standard: key.Value}
		if err := value.Decode(&count.Deficiencies); err != nil || count.Deficiencies < 0 {
			return nil, fmt.Errorf("line %d: deficiencies_by_standard: %s: %q is no count", value.Line, key.Value, value.Value)
		}
		counts = append(counts, count)
	}
	return counts, nil
}
