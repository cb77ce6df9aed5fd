package catalog

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// requirementRow is one row of a worksheet: its cells by column, and the same as the YAML mapping that
// would stand for it, so that one reader checks both.
type requirementRow struct {
	cells map[string]string
	node  *yaml.Node
}

func (l *loader) rowNode(at place, sheet []column, cells []string) requirementRow {
	r := requirementRow{cells: map[string]string{}, node: &yaml.Node{Kind: yaml.MappingNode, Line: at.line}}
	blocks := map[string]*yaml.Node{}
	given := map[string]bool{}
	for n, c := range sheet {
		cell := unguarded(cells[n])
		if c.name == "" || cell == "" {
			continue
		}
		given[c.name] = true
		r.cells[c.name] = cell
		if c.field == "" {
			continue
		}
		into := r.node
		if c.block != "" {
			if blocks[c.block] == nil {
				blocks[c.block] = &yaml.Node{Kind: yaml.MappingNode, Line: at.line}
			}
			into = blocks[c.block]
		}
		addField(into, c.field, l.cellNode(at, c, cell))
	}
	for _, c := range columns {
		if given[c.name] || c.field == "" {
			continue
		}
		if standing := l.defaultOf(at, c); standing != nil {
			addField(r.node, c.field, standing)
		}
	}
	for _, name := range []string{"sighting", "confirmation"} {
		if blocks[name] != nil {
			addField(r.node, name, blocks[name])
		}
	}
	return r
}

// defaultOf is what an empty cell stands for, nil for nothing.
func (l *loader) defaultOf(at place, c column) *yaml.Node {
	text := usual[c.name]
	if n := l.defaults[c.name]; n != nil {
		text = n.Value
	}
	if text == "" {
		return nil
	}
	return l.cellNode(at, c, text)
}

func addField(m *yaml.Node, name string, value *yaml.Node) {
	m.Content = append(m.Content, scalar("!!str", name, m.Line), value)
}

func scalar(tag, value string, line int) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: line}
}

// cellNode reads a cell that is not empty.
func (l *loader) cellNode(at place, c column, cell string) *yaml.Node {
	switch c.kind {
	case flagColumn:
		return scalar("!!bool", cell, at.line)
	case countColumn:
		return scalar("!!int", cell, at.line)
	case listColumn:
		list := &yaml.Node{Kind: yaml.SequenceNode, Line: at.line}
		for _, text := range strings.Split(cell, ";") {
			list.Content = append(list.Content, scalar("!!str", strings.TrimSpace(text), at.line))
		}
		return list
	case yamlColumn:
		return l.flow(at, c.name, cell)
	}
	return scalar("!!str", cell, at.line)
}

// flow reads a list in YAML's flow form, as if it stood on the row's line.
func (l *loader) flow(at place, name, cell string) *yaml.Node {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(cell), &document); err != nil || len(document.Content) != 1 || document.Content[0].Kind != yaml.SequenceNode {
		l.fault(at, "%s must be a list as in [{op: max, value: 14, unit: days}]", name)
		return &yaml.Node{Kind: yaml.SequenceNode, Line: at.line}
	}
	place := func(n *yaml.Node) { n.Line = at.line }
	each(document.Content[0], place)
	if !l.plain(at.file, document.Content[0]) {
		return &yaml.Node{Kind: yaml.SequenceNode, Line: at.line}
	}
	return document.Content[0]
}

func each(n *yaml.Node, do func(*yaml.Node)) {
	do(n)
	for _, child := range n.Content {
		each(child, do)
	}
}

// A cell that begins with one of these would be run as a formula by a spreadsheet, so that it is
// written with a guard, an apostrophe before it. A cell that begins with an apostrophe gets one too
// where it could be taken for a guard, so that reading takes away exactly what writing added.
const formulaSigns = "=+-@"

const guard = "'"

func guarded(cell string) string {
	if cell != "" && strings.ContainsAny(cell[:1], formulaSigns+guard) {
		return guard + cell
	}
	return cell
}

func unguarded(cell string) string {
	rest, found := strings.CutPrefix(cell, guard)
	if found && rest != "" && strings.ContainsAny(rest[:1], formulaSigns+guard) {
		return rest
	}
	return cell
}
