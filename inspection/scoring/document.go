package scoring

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed policies/*.json
var released embed.FS

// mostDocument bounds a policy document, in bytes.
const mostDocument = 1 << 20

// Document is a policy as data: the text that was read and the policy that it describes.
type Document struct {
	Policy Policy
	// Hash is the hex SHA-256 of the text without insignificant white space.
	Hash string
	// Content is the text as it was read.
	Content []byte
}

// Name is the policy's id and version, e.g. "g324a@1".
func (d Document) Name() string {
	identity := d.Policy.Identity()
	return fmt.Sprintf("%s@%d", identity.ID, identity.Version)
}

// Compare orders documents by id and version.
func (d Document) Compare(other Document) int {
	return compareIdentities(d.Policy.Identity(), other.Policy.Identity())
}

// ReadDocument reads a policy document: JSON with id, version, parameters and perhaps a note. All that
// is wrong with it comes back as Faults, with line and reason; nothing is guessed or left out.
func ReadDocument(content []byte) (Document, error) {
	if len(content) > mostDocument {
		return Document{}, Faults{{1, fmt.Sprintf("the document has more than %d bytes", mostDocument)}}
	}
	tree, err := readTree(content)
	if err != nil {
		return Document{}, err
	}
	r := &fields{}
	policy := r.policy(tree)
	if len(r.faults) > 0 {
		slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
		return Document{}, r.faults
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, content); err != nil {
		return Document{}, fmt.Errorf("scoring: policy document: %w", err)
	}
	sum := sha256.Sum256(compact.Bytes())
	return Document{Policy: policy, Hash: hex.EncodeToString(sum[:]), Content: content}, nil
}

// Rules lists the ids that a policy can have: each names a rule of this package.
func Rules() []string { return []string{"g324a", "odo-bands", "xccdf"} }

// Released returns the policy documents that every installation has, by id and version.
func Released() []Document {
	entries, err := released.ReadDir("policies")
	if err != nil {
		panic("scoring: the released policies are not in the binary: " + err.Error())
	}
	all := make([]Document, len(entries))
	for n, entry := range entries {
		content, err := released.ReadFile("policies/" + entry.Name())
		if err == nil {
			all[n], err = ReadDocument(content)
		}
		if err != nil {
			panic("scoring: released policy " + entry.Name() + ": " + err.Error())
		}
	}
	slices.SortFunc(all, Document.Compare)
	return all
}

func compareIdentities(a, b Identity) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
}

// fields reads the values of a document and collects what is wrong with them.
type fields struct{ faults Faults }

func (r *fields) fault(line int, format string, args ...any) {
	r.faults = append(r.faults, Fault{line, fmt.Sprintf(format, args...)})
}

func (r *fields) policy(tree value) Policy {
	if tree.object == nil {
		r.fault(tree.line, "a policy document is an object")
		return nil
	}
	r.known(tree, "id", "version", "note", "parameters")
	id := r.text(tree, "id")
	version := r.number(tree, "version", 1, 1_000_000)
	note := ""
	if _, given := tree.object["note"]; given {
		note = r.text(tree, "note")
	}
	parameters, ok := tree.object["parameters"]
	if !ok || parameters.object == nil {
		r.fault(cmp.Or(parameters.line, tree.line), "parameters must be an object")
		return nil
	}
	switch id {
	case "g324a":
		return r.g324a(version, note, parameters)
	case "odo-bands":
		return r.odoBands(version, note, parameters)
	case "xccdf":
		return r.xccdf(version, note, parameters)
	case "":
	default:
		r.fault(tree.object["id"].line, "there is no rule %q: %s are known", id, strings.Join(Rules(), ", "))
	}
	return nil
}

// known refuses what the document has and nothing reads.
func (r *fields) known(of value, names ...string) {
	for _, name := range of.names {
		if !slices.Contains(names, name) {
			r.fault(of.object[name].line, "unknown field %q", name)
		}
	}
}

func (r *fields) text(of value, name string) string {
	v, ok := of.object[name]
	text, isText := v.scalar.(string)
	switch {
	case !ok:
		r.fault(of.line, "%s is missing", name)
	case !isText || text == "":
		r.fault(v.line, "%s must be a text", name)
	}
	return text
}

// number reads a whole number from least to most.
func (r *fields) number(of value, name string, least, most int) int {
	v, ok := of.object[name]
	if !ok {
		r.fault(of.line, "%s is missing", name)
		return 0
	}
	digits, _ := v.scalar.(json.Number)
	n, err := strconv.Atoi(digits.String())
	if err != nil {
		r.fault(v.line, "%s must be a whole number", name)
		return 0
	}
	if n < least || n > most {
		r.fault(v.line, "%s is %d; it must be from %d to %d", name, n, least, most)
	}
	return n
}

func (r *fields) truth(of value, name string) bool {
	v, ok := of.object[name]
	truth, isTruth := v.scalar.(bool)
	switch {
	case !ok:
		r.fault(of.line, "%s is missing", name)
	case !isTruth:
		r.fault(v.line, "%s must be true or false", name)
	}
	return truth
}

// objects reads a list of objects that have no other fields than the named ones.
func (r *fields) objects(of value, name string, names ...string) []value {
	v, ok := of.object[name]
	switch {
	case !ok:
		r.fault(of.line, "%s is missing", name)
		return nil
	case !v.isList:
		r.fault(v.line, "%s must be a list", name)
		return nil
	}
	var all []value
	for _, element := range v.list {
		if element.object == nil {
			r.fault(element.line, "%s must be a list of objects", name)
			continue
		}
		r.known(element, names...)
		all = append(all, element)
	}
	return all
}

// covered reads the two parameters that every policy has.
func (r *fields) covered(parameters value) (floor, methods int) {
	floor = r.number(parameters, "coverageFloor", 1, 1000)
	if floor > 0 && floor < 1000 {
		r.fault(parameters.object["coverageFloor"].line, "coverageFloor must be 1000: with less, leaving a component out could hide what is not met")
	}
	return floor, r.number(parameters, "corroboratingMethods", 1, 6)
}

func (r *fields) g324a(version int, note string, parameters value) Policy {
	r.known(parameters, "coverageFloor", "corroboratingMethods", "priorityDecides")
	floor, methods := r.covered(parameters)
	return G324A{Version: version, Note: note, CoverageFloor: floor, CorroboratingMethods: methods,
		PriorityDecides: r.truth(parameters, "priorityDecides")}
}
