package replay

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Report is one published inspection that can be played.
type Report struct {
	// Line is where the row begins in its file.
	Line     int
	Facility string
	City     string
	State    string // two letters
	// Start is the End's day where no start was published.
	Start time.Time
	End   time.Time
	// Announced is nil where the report does not say.
	Announced   *bool
	Type        string // "follow-up compliance inspection"
	FieldOffice string // the area of responsibility by name
	StandardSet string // "PBNDS 2011 (Rev. 2016)"
	Source      string // the report's address
	Rating      string // as listed elsewhere; empty if none was
	// RatingSource says who published the rating.
	RatingSource string
	// Serial is true if the codes are serial numbers inside the report and name no line.
	Serial bool
	Codes  []Code
	// Counts are the deficiencies per standard, in the file's order; nil if none are given.
	Counts     []Count
	Published  Published
	Statements []Statement
}

// Count is how many deficiencies a report counts under one standard.
type Count struct {
	Standard     string // the key as printed
	Deficiencies int
}

// Published are the totals that a report states; nil where it does not.
type Published struct {
	Deficiencies       *int
	DeficientStandards *int
	Priority           *int
	Repeat             *int
	Corrected          *int
}

// Skipped is a row that is not played.
type Skipped struct {
	Name   string
	Reason string
}

// ReadFile reads the inspections of a file: those to play in the order of their last day, so that
// each meets the history before it, and those not to play in the file's order. An error names the
// file, and the line if one is at fault.
func ReadFile(path string) ([]Report, []Skipped, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("replay: %w", err)
	}
	reports, skipped, err := Read(content)
	if err != nil {
		return nil, nil, fmt.Errorf("replay: %s: %w", path, err)
	}
	return reports, skipped, nil
}

// Read reads the inspections of a file's content; see ReadFile.
func Read(content []byte) ([]Report, []Skipped, error) {
	rows, err := rowsOf(content)
	if err != nil {
		return nil, nil, err
	}
	var reports []Report
	var skipped []Skipped
	for _, node := range rows {
		var r row
		if err := node.Decode(&r); err != nil {
			return nil, nil, yamlFault(err)
		}
		if reason := r.notPlayed(); reason != "" {
			skipped = append(skipped, Skipped{Name: r.name(), Reason: reason})
			continue
		}
		report, err := r.report(node)
		if err != nil {
			return nil, nil, err
		}
		reports = append(reports, report)
	}
	slices.SortStableFunc(reports, func(a, b Report) int {
		return cmp.Or(a.End.Compare(b.End), a.Start.Compare(b.Start))
	})
	return reports, skipped, nil
}

// listKey is the list of inspections in the file.
const listKey = "odo_inspections"

func rowsOf(content []byte) ([]*yaml.Node, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	if err := decoder.Decode(&document); err != nil {
		return nil, yamlFault(err)
	}
	top := document.Content[0]
	list := valueOf(top, listKey)
	if list == nil {
		return nil, fmt.Errorf("line %d: the file has no list %q of inspections", top.Line, listKey)
	}
	if list.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("line %d: %s is no list", list.Line, listKey)
	}
	for _, node := range list.Content {
		if node.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("line %d: an inspection is a list of named facts", node.Line)
		}
	}
	return list.Content, nil
}

// yamlFault words the library's error as ours: "line 12: ...".
func yamlFault(err error) error {
	var types *yaml.TypeError
	if errors.As(err, &types) && len(types.Errors) > 0 {
		return errors.New(types.Errors[0])
	}
	if text, found := strings.CutPrefix(err.Error(), "yaml: line "); found {
		return fmt.Errorf("no YAML near line %s", text) // the library may be a line off
	}
	return fmt.Errorf("line 1: the file is empty or no YAML: %w", err)
}

// valueOf returns the value of a mapping's key, nil if it has none.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	for n := 0; n+1 < len(mapping.Content); n += 2 {
		if mapping.Content[n].Value == key {
			return mapping.Content[n+1]
		}
	}
	return nil
}
