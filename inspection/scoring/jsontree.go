package scoring

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Fault is one thing wrong with a policy document.
type Fault struct {
	// Line is where it stands, from 1.
	Line   int
	Reason string
}

// Faults are all that is wrong with a policy document, in the order of their lines.
type Faults []Fault

// Error lists the faults, a line each.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for n, fault := range f {
		lines[n] = fmt.Sprintf("line %d: %s", fault.Line, fault.Reason)
	}
	return strings.Join(lines, "\n")
}

// value is a JSON value that knows its line. A decoder into structs forgets where a field stood.
type value struct {
	line   int
	scalar any // string, json.Number, bool or nil; undefined for an object or a list
	object map[string]value
	names  []string // the object's, in order
	list   []value
	isList bool
}

// treeReader reads one JSON document into a tree.
type treeReader struct {
	*json.Decoder
	content []byte
}

// mostDepth is how deeply a document may nest: policies need four.
const mostDepth = 8

func readTree(content []byte) (value, error) {
	r := treeReader{json.NewDecoder(bytes.NewReader(content)), content}
	r.UseNumber()
	v, err := r.value(0)
	if err != nil {
		return value{}, r.fault(err)
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		return value{}, Faults{{r.line(), "something follows the document"}}
	}
	return v, nil
}

// line is the line of the token read last.
func (r treeReader) line() int {
	return 1 + bytes.Count(r.content[:r.InputOffset()], []byte("\n"))
}

func (r treeReader) fault(err error) error {
	var faults Faults
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &faults):
		return faults
	case errors.As(err, &syntax):
		at := min(int(syntax.Offset), len(r.content))
		return Faults{{1 + bytes.Count(r.content[:at], []byte("\n")), "this is no JSON: " + syntax.Error()}}
	}
	return Faults{{r.line(), "the document ends too early"}}
}

func (r treeReader) value(depth int) (value, error) {
	token, err := r.Token()
	if err != nil {
		return value{}, err
	}
	v := value{line: r.line(), scalar: token}
	if depth > mostDepth {
		return v, Faults{{v.line, "this nests too deeply"}}
	}
	switch token {
	case json.Delim('{'):
		v.object = map[string]value{}
		for r.More() {
			if err := r.member(&v, depth); err != nil {
				return v, err
			}
		}
	case json.Delim('['):
		v.isList = true
		for r.More() {
			element, err := r.value(depth + 1)
			if err != nil {
				return v, err
			}
			v.list = append(v.list, element)
		}
	default:
		return v, nil
	}
	v.scalar = nil
	_, err = r.Token() // the closing bracket
	return v, err
}

func (r treeReader) member(v *value, depth int) error {
	token, err := r.Token()
	if err != nil {
		return err
	}
	name, _ := token.(string) // an object's keys are strings, or the decoder has refused them
	line := r.line()
	if _, twice := v.object[name]; twice {
		return Faults{{line, fmt.Sprintf("%q stands twice", name)}}
	}
	v.names = append(v.names, name)
	v.object[name], err = r.value(depth + 1)
	return err
}
