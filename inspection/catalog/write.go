package catalog

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

// WriteYAML writes the edition as one YAML document, from which Read makes the same edition again, with
// the same hash. Nothing of the edition is left out.
func WriteYAML(w io.Writer, e *inspection.Edition) error {
	if _, err := w.Write([]byte(fmt.Sprintf("# The edition %s. SHA-256 of its content: %s\n\n", e.Key, e.Hash))); err != nil {
		return fmt.Errorf("catalog: write %s: %w", e.Key, err)
	}
	text, err := encoded(editionFields(e, true))
	if err != nil {
		return fmt.Errorf("catalog: write %s: %w", e.Key, err)
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("catalog: write %s: %w", e.Key, err)
	}
	return nil
}

func encoded(f *fields) ([]byte, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(&f.node); err != nil {
		return nil, err
	}
	return text.Bytes(), encoder.Close()
}

// fields is a YAML mapping being written. What is empty is left out, as the reader allows.
type fields struct{ node yaml.Node }

func newFields() *fields { return &fields{yaml.Node{Kind: yaml.MappingNode}} }

func (f *fields) put(name string, value *yaml.Node) { addField(&f.node, name, value) }

func (f *fields) text(name, value string) {
	if value != "" {
		f.put(name, textNode(value))
	}
}

// textNode is a text. The encoder quotes what would be taken for something else, but for YAML's merge key.
func textNode(value string) *yaml.Node {
	n := scalar("!!str", value, 0)
	if value == "<<" {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func (f *fields) flag(name string, value bool) {
	f.put(name, scalar("!!bool", strconv.FormatBool(value), 0))
}

func (f *fields) mark(name string, value bool) {
	if value {
		f.flag(name, value)
	}
}

func (f *fields) count(name string, value int) {
	if value != 0 {
		f.put(name, scalar("!!int", strconv.Itoa(value), 0))
	}
}

func (f *fields) day(name string, value time.Time) {
	f.text(name, value.UTC().Format(time.DateOnly))
}

func (f *fields) texts(name string, values []string) {
	list(f, name, values, textNode)
}

func list[T any](f *fields, name string, values []T, node func(T) *yaml.Node) {
	if len(values) == 0 {
		return
	}
	sequence := &yaml.Node{Kind: yaml.SequenceNode}
	for _, v := range values {
		sequence.Content = append(sequence.Content, node(v))
	}
	f.put(name, sequence)
}

// editionFields writes the edition; its requirements only if they do not stand in a worksheet.
func editionFields(e *inspection.Edition, requirements bool) *fields {
	f := newFields()
	f.text("key", e.Key)
	if e.Version != 1 {
		f.text("set", e.Set)
		f.count("version", e.Version)
		f.text("supersedes", e.Supersedes)
	}
	f.text("title", e.Title)
	f.day("compiled", e.Compiled)
	f.flag("partial", e.Partial)
	f.text("partial_reason", e.PartialReason)
	f.text("wording", e.Wording)
	f.flag("full_text_seen", e.FullTextSeen)
	f.text("structure_note", e.StructureNote)
	f.text("deficiency_code_note", e.CodeNote)
	f.texts("how_to_read", e.HowToRead)
	list(f, "applicability_rules", e.ApplicabilityRules, func(r inspection.ApplicabilityRule) *yaml.Node {
		rule := newFields()
		rule.text("rule", r.Rule)
		rule.text("verified", r.Verified)
		return &rule.node
	})
	f.put("sources", sourceNodes(e.Sources))
	f.put("parts", partNodes(e, requirements))
	return f
}

func sourceNodes(sources []inspection.Source) *yaml.Node {
	all := newFields()
	for _, s := range sources {
		source := newFields()
		source.text("kind", s.Kind)
		source.text("what", s.What)
		source.text("url", s.URL)
		all.put(s.Key, &source.node)
	}
	return &all.node
}

func partNodes(e *inspection.Edition, requirements bool) *yaml.Node {
	parts := &yaml.Node{Kind: yaml.SequenceNode}
	index := NewIndex(e)
	for _, p := range e.Parts {
		part := newFields()
		part.count("part", p.Number)
		part.text("name", p.Name)
		list(part, "standards", p.Standards, func(s inspection.Standard) *yaml.Node {
			return standardNode(s, index, requirements)
		})
		parts.Content = append(parts.Content, &part.node)
	}
	return parts
}

func standardNode(s inspection.Standard, index *Index, requirements bool) *yaml.Node {
	f := newFields()
	f.text("number", s.Number)
	f.text("title", s.Title)
	f.text("title_verified", s.TitleVerified)
	f.text("code", s.Code)
	if s.Code != "" {
		f.flag("code_seen", s.CodeSeen)
	}
	f.texts("code_variants", s.CodeVariants)
	f.count("start_page_2013", s.StartPage)
	f.count("page_count_2013", s.PageCount)
	f.count("ice_pdf_kb", s.PDFKB)
	f.text("revised_2016", s.Revised2016)
	f.text("revised_2016_verified", s.Revised2016Verified)
	f.text("outline_status", s.OutlineStatus)
	list(f, "outline", s.Outline, func(h inspection.OutlineHeading) *yaml.Node {
		heading := newFields()
		heading.text("section", h.Section)
		heading.text("heading", h.Heading)
		heading.flag("seen", h.Seen)
		return &heading.node
	})
	if len(s.SectionsSeen) > 0 {
		seen := newFields()
		for _, section := range s.SectionsSeen {
			seen.text(section.Section, section.Sources)
		}
		f.put("sections_seen", &seen.node)
	}
	f.text("note", s.Note)
	if requirements {
		list(f, "requirements", s.Requirements, func(r inspection.Requirement) *yaml.Node { return requirementNode(r, s, index) })
	}
	return &f.node
}

func requirementNode(r inspection.Requirement, s inspection.Standard, index *Index) *yaml.Node {
	f := newFields()
	f.text("id", r.Key)
	f.text("citation", r.Citation)
	f.flag("citation_seen", r.CitationSeen)
	f.text("text", r.Text)
	if len(r.Thresholds) > 0 {
		f.put("thresholds", thresholdNodes(r.Thresholds, 0))
		f.flag("numbers_seen", r.NumbersSeen)
	}
	list(f, "evidence", r.Evidence, func(k inspection.EvidenceKind) *yaml.Node { return scalar("!!str", strings.ToLower(string(k)), 0) })
	f.text("applies", strings.ToLower(string(r.Applies)))
	f.text("applies_note", r.AppliesNote)
	f.text("verified", r.Verified)
	f.text("verified_url", r.VerifiedURL)
	f.text("strength", strings.ToLower(string(r.Strength)))
	f.text("hint", r.Hint)
	f.text("priority", strings.ToLower(string(r.Priority)))
	f.text("priority_reason", r.PriorityReason)
	f.text("priority_source", r.PrioritySource)
	f.count("times_cited", r.TimesCited)
	own, others := linesByOwner(r, s, index)
	f.texts("lines", own)
	f.texts("lines_of_other_standards", others)
	f.text("lineage", lineageWritten(r, index))
	f.text("population", r.Population)
	if seen := r.SightingSeen(); seen != nil {
		f.put("sighting", sightingNode(seen))
	}
	if given := r.ConfirmationGiven(); given != nil {
		f.put("confirmation", confirmationNode(given))
	}
	return &f.node
}

func sightingNode(s *inspection.Sighting) *yaml.Node {
	f := newFields()
	f.count("facilities", s.Facilities)
	f.day("first_seen", s.First)
	f.day("last_seen", s.Last)
	f.mark("code_doubtful", s.CodeDoubtful)
	f.mark("edition_inferred", s.EditionInferred)
	f.text("agreement", s.Agreement)
	f.text("figures", s.Figures)
	return &f.node
}

func confirmationNode(c *inspection.Confirmation) *yaml.Node {
	f := newFields()
	f.text("title", c.Title)
	f.text("url", c.URL)
	f.text("page", c.Page)
	f.text("by", c.By)
	f.day("on", c.On)
	return &f.node
}

func thresholdNodes(all []inspection.Threshold, style yaml.Style) *yaml.Node {
	sequence := &yaml.Node{Kind: yaml.SequenceNode, Style: style}
	for _, t := range all {
		f := newFields()
		f.node.Style = style
		f.text("op", strings.ToLower(string(t.Op)))
		figure := strconv.FormatFloat(t.Value, 'f', -1, 64)
		switch {
		case t.Op == inspection.ThresholdMinRatio:
			f.text("value", "1:"+figure)
		case strings.Contains(figure, "."):
			f.put("value", scalar("!!float", figure, 0))
		default:
			f.put("value", scalar("!!int", figure, 0))
		}
		f.text("unit", t.Unit)
		f.text("group", t.Group)
		f.text("note", t.Note)
		sequence.Content = append(sequence.Content, &f.node)
	}
	return sequence
}

// linesByOwner parts a requirement's lines into those of its own standard's worksheet and others. One
// that was built from a line needs neither: the id says it.
func linesByOwner(r inspection.Requirement, s inspection.Standard, index *Index) (own, others []string) {
	if isLineKey(r.Key) {
		return nil, nil
	}
	for _, line := range r.Lines {
		if owner, ok := index.StandardByLine(line); ok && owner.Number == s.Number {
			own = append(own, line)
		} else {
			others = append(others, line)
		}
	}
	return own, others
}

// lineageWritten is the lineage where it does not go without saying.
func lineageWritten(r inspection.Requirement, index *Index) string {
	if index.set == inspection.CrosswalkSet {
		return ""
	}
	return r.Lineage
}
