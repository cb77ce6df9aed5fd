package catalog

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"
)

// mapping reads the fields of one YAML mapping. Every field is asked for once; done then reports
// those that nobody asked for.
type mapping struct {
	l      *loader
	file   string
	label  string // begins every reason: "requirement 4.3-V.M-20"
	node   *yaml.Node
	values map[string]*yaml.Node
	asked  map[string]bool
	broken bool // not a mapping; said once, so its fields are not called missing
}

func (l *loader) mapping(file, label string, node *yaml.Node) *mapping {
	m := &mapping{l: l, file: file, label: label, node: node,
		values: map[string]*yaml.Node{}, asked: map[string]bool{}}
	if node.Kind != yaml.MappingNode {
		m.broken = true
		m.faultAt(node, "must be a mapping of fields")
		return m
	}
	for _, p := range m.pairs(node) {
		m.values[p.key] = p.value
	}
	return m
}

// mostText is how many characters one text may have: many times the longest of any edition.
const mostText = 10_000

type pair struct {
	key   string
	value *yaml.Node
}

// pairs are a mapping's entries in the order written, each key once; a repeated key is a fault.
func (m *mapping) pairs(node *yaml.Node) []pair {
	var all []pair
	first := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Kind != yaml.ScalarNode {
			m.faultAt(key, "a field's name must be plain text")
			continue
		}
		if line, repeated := first[key.Value]; repeated {
			m.faultAt(key, "field %q stands twice, first on line %d", key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		all = append(all, pair{key.Value, node.Content[i+1]})
	}
	return all
}

// done reports the fields that are not part of the format.
func (m *mapping) done() {
	for i := 0; i+1 < len(m.node.Content) && !m.broken; i += 2 {
		key := m.node.Content[i]
		if key.Kind == yaml.ScalarNode && !m.asked[key.Value] {
			m.faultAt(key, "unknown field %q", key.Value)
		}
	}
}

func (m *mapping) has(key string) bool {
	return m.values[key] != nil
}

// place is where the field stands, or the mapping itself if the field is missing.
func (m *mapping) place(key string) place {
	if n := m.values[key]; n != nil {
		return place{m.file, n.Line}
	}
	return place{m.file, m.node.Line}
}

// fault reports something wrong with a field.
func (m *mapping) fault(key, format string, args ...any) {
	m.l.fault(m.place(key), "%s: %s", m.label, fmt.Sprintf(format, args...))
}

func (m *mapping) faultAt(n *yaml.Node, format string, args ...any) {
	m.l.fault(place{m.file, n.Line}, "%s: %s", m.label, fmt.Sprintf(format, args...))
}

// need returns the field's node; a missing field is a fault.
func (m *mapping) need(key string) *yaml.Node {
	m.asked[key] = true
	if n := m.values[key]; n != nil || m.broken {
		return n
	}
	m.fault(key, "field %q is missing", key)
	return nil
}

// may returns the field's node, or nil.
func (m *mapping) may(key string) *yaml.Node {
	m.asked[key] = true
	return m.values[key]
}

// ask is may where the field is optional, else need.
func (m *mapping) ask(key string, optional bool) *yaml.Node {
	if optional {
		return m.may(key)
	}
	return m.need(key)
}

func (m *mapping) text(key string) string         { return m.textOf(key, m.need(key)) }
func (m *mapping) optionalText(key string) string { return m.textOf(key, m.may(key)) }

// textOf reads one line of text. A nil node, a field that is missing, reads as "".
func (m *mapping) textOf(key string, n *yaml.Node) string {
	if n == nil {
		return ""
	}
	switch v := n.Value; {
	case n.Kind != yaml.ScalarNode:
		m.faultAt(n, "%s must be text", key)
	case v == "":
		m.faultAt(n, "%s is empty", key)
	case n.ShortTag() != "!!str":
		m.faultAt(n, "%s must be text; write it in quotes: '%s'", key, v)
	case utf8.RuneCountInString(v) > mostText:
		m.faultAt(n, "%s is longer than %d characters", key, mostText)
	case strings.TrimSpace(v) != v:
		m.faultAt(n, "%s begins or ends with a space", key)
	case strings.ContainsFunc(v, unicode.IsControl):
		m.faultAt(n, "%s holds a line break or another control character", key)
	case !norm.NFC.IsNormalString(v):
		m.faultAt(n, "%s is not in Unicode normal form C", key)
	default:
		return v
	}
	return ""
}

func (m *mapping) flag(key string) bool { return m.flagOf(key, m.need(key)) }

func (m *mapping) flagOf(key string, n *yaml.Node) bool {
	if n == nil {
		return false
	}
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" || n.ShortTag() != "!!bool" {
		m.faultAt(n, "%s must be true or false", key)
		return false
	}
	return n.Value == "true"
}

// optionalCount reads a whole number from 1 to most; a missing field is 0.
func (m *mapping) optionalCount(key string, most int) int {
	n := m.may(key)
	if n == nil {
		return 0
	}
	return m.countOf(key, n, most)
}

func (m *mapping) countOf(key string, n *yaml.Node, most int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil || v < 1 || v > most {
		m.faultAt(n, "%s must be a whole number from 1 to %d", key, most)
		return 0
	}
	return v
}

// list reads the field's elements.
func (m *mapping) list(key string, n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		m.faultAt(n, "%s must be a list", key)
		return nil
	}
	return n.Content
}

// texts reads a list of different texts; a missing field is an empty list.
func (m *mapping) texts(key string) []string {
	var all []string
	for _, n := range m.list(key, m.may(key)) {
		v := m.textOf(key, n)
		if v == "" {
			continue
		}
		if slices.Contains(all, v) {
			m.faultAt(n, "%s holds %q twice", key, v)
			continue
		}
		all = append(all, v)
	}
	return all
}

// address reads an optional web address.
func (m *mapping) address(key string) string {
	v := m.optionalText(key)
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		m.fault(key, "%s %q is not a web address", key, v)
		return ""
	}
	return v
}

// wordOf reads one of the allowed words, which the files write in lower case.
func wordOf[T ~string](m *mapping, key string, n *yaml.Node, allowed ...T) T {
	v := m.textOf(key, n)
	if v == "" {
		return ""
	}
	words := make([]string, len(allowed))
	for i, word := range allowed {
		words[i] = strings.ToLower(string(word))
		if v == words[i] {
			return word
		}
	}
	m.faultAt(n, "%s %q is not one of %s", key, v, strings.Join(words, ", "))
	return ""
}
