package vectors

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection/scoring"
)

// Scale is a scale on which ratings were published.
type Scale string

const (
	FiveLevels Scale = "five levels"
	PassFail   Scale = "Pass or Fail"
)

// Vector is one published rating with the figures it was given on.
type Vector struct {
	Line     int
	Facility string
	End      string
	// StandardSet is the set's name as printed.
	StandardSet string
	Figures     scoring.Figures // without its length
	// Rating is the rating as printed, Published what it is in the words of the policy.
	Rating    string
	Published scoring.Result
	Scale     Scale
}

// Fault is one thing wrong with a file of vectors.
type Fault struct {
	Line   int
	Reason string
}

// Faults are all that is wrong with a file, in the order of the file.
type Faults []Fault

// Error lists the faults, a line each.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for n, fault := range f {
		lines[n] = fmt.Sprintf("line %d: %s", fault.Line, fault.Reason)
	}
	return strings.Join(lines, "\n")
}

// mostVectors bounds a file.
const mostVectors = 10_000

// Read reads the rating_vectors of a YAML document; what stands beside them is not looked at. A figure
// that is null or absent is unknown. What is wrong comes back as Faults, with line and reason.
func Read(from io.Reader) ([]Vector, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(from)
	if err := decoder.Decode(&document); err != nil {
		return nil, unreadable(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, Faults{{1, "the file holds more than one document"}}
	}
	r := &reader{}
	root := resolve(&document)
	list := field(root, "rating_vectors")
	switch {
	case root.Kind != yaml.MappingNode || list == nil:
		return nil, Faults{{max(1, root.Line), "there is no list rating_vectors"}}
	case list.Kind != yaml.SequenceNode || len(list.Content) == 0:
		return nil, Faults{{list.Line, "rating_vectors must be a list with at least one vector"}}
	case len(list.Content) > mostVectors:
		return nil, Faults{{list.Line, fmt.Sprintf("there are more than %d vectors", mostVectors)}}
	}
	vectors := make([]Vector, 0, len(list.Content))
	for _, node := range list.Content {
		vectors = append(vectors, r.vector(resolve(node)))
	}
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return vectors, nil
}

// unreadable tells the line that the YAML reader names in its words.
func unreadable(err error) error {
	if errors.Is(err, io.EOF) {
		return Faults{{1, "the file is empty"}}
	}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, found := strings.CutPrefix(text, "line "); found {
		if digits, reason, cut := strings.Cut(rest, ": "); cut {
			if n, err := strconv.Atoi(digits); err == nil {
				line, text = n, reason
			}
		}
	}
	return Faults{{line, "this is no YAML: " + text}}
}

// resolve is the value behind a document or an alias.
func resolve(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode || node.Kind == yaml.DocumentNode {
		if node.Kind == yaml.AliasNode {
			node = node.Alias
			continue
		}
		if len(node.Content) == 0 {
			return &yaml.Node{}
		}
		node = node.Content[0]
	}
	return node
}

// field is a mapping's value of that name, nil if there is none.
func field(of *yaml.Node, name string) *yaml.Node {
	if of.Kind != yaml.MappingNode {
		return nil
	}
	for n := 0; n+1 < len(of.Content); n += 2 {
		if of.Content[n].Value == name {
			return resolve(of.Content[n+1])
		}
	}
	return nil
}

// reader collects what is wrong.
type reader struct{ faults Faults }

func (r *reader) fault(line int, format string, args ...any) {
	r.faults = append(r.faults, Fault{line, fmt.Sprintf(format, args...)})
}

func (r *reader) vector(node *yaml.Node) Vector {
	v := Vector{Line: node.Line}
	if node.Kind != yaml.MappingNode {
		r.fault(node.Line, "a vector must be a mapping")
		return v
	}
	seen := map[string]bool{}
	for n := 0; n+1 < len(node.Content); n += 2 {
		if name := node.Content[n]; seen[name.Value] {
			r.fault(name.Line, "%s stands twice", name.Value)
		}
		seen[node.Content[n].Value] = true
	}
	v.Facility, v.End, v.StandardSet, v.Rating = r.text(node, "facility"), r.text(node, "end"), r.text(node, "standard_set"), r.text(node, "rating")
	v.Figures = scoring.Figures{StandardsReviewed: r.figure(node, "standards_reviewed"), DeficientStandards: r.figure(node, "standards_deficient"),
		Deficiencies: r.figure(node, "deficiencies_total"), Priority: r.figure(node, "priority"), Repeats: r.repeats(node)}
	if v.Rating != "" {
		var known bool
		if v.Published, v.Scale, known = published(v.Rating); !known {
			r.fault(field(node, "rating").Line, "unknown rating %q: Superior, Good, Acceptable (or Acceptable/Adequate), Deficient, Failure, Pass and Fail are known", v.Rating)
		}
	}
	return v
}

func (r *reader) text(of *yaml.Node, name string) string {
	node := field(of, name)
	switch {
	case node == nil:
		r.fault(of.Line, "%s is missing", name)
		return ""
	case node.Kind != yaml.ScalarNode || node.Tag == "!!null" || strings.TrimSpace(node.Value) == "":
		r.fault(node.Line, "%s must be a text", name)
		return ""
	}
	return strings.TrimSpace(node.Value)
}

// mostFigure bounds a figure.
const mostFigure = 100_000

// figure reads a count; nil if it is null or absent.
func (r *reader) figure(of *yaml.Node, name string) *int {
	node := field(of, name)
	if node == nil || node.Kind == yaml.ScalarNode && node.Tag == "!!null" {
		return nil
	}
	n, err := strconv.Atoi(node.Value)
	if node.Kind != yaml.ScalarNode || node.Tag != "!!int" || err != nil || n < 0 || n > mostFigure {
		r.fault(node.Line, "%s must be null or a whole number from 0 to %d", name, mostFigure)
		return nil
	}
	return &n
}

// repeats has two names in the files; a vector may use either.
func (r *reader) repeats(of *yaml.Node) *int {
	one, other := r.figure(of, "repeat"), r.figure(of, "repeat_deficiencies")
	if one != nil && other != nil && *one != *other {
		r.fault(of.Line, "repeat is %d and repeat_deficiencies is %d", *one, *other)
	}
	if one == nil {
		return other
	}
	return one
}

// published translates a rating as printed.
func published(rating string) (scoring.Result, Scale, bool) {
	switch rating {
	case "Superior":
		return scoring.ResultSuperior, FiveLevels, true
	case "Good":
		return scoring.ResultGood, FiveLevels, true
	case "Acceptable", "Acceptable/Adequate":
		return scoring.ResultAcceptable, FiveLevels, true
	case "Deficient":
		return scoring.ResultDeficient, FiveLevels, true
	case "Failure":
		return scoring.ResultFailure, FiveLevels, true
	case "Pass":
		return scoring.ResultPass, PassFail, true
	case "Fail":
		return scoring.ResultFail, PassFail, true
	}
	return "", "", false
}
