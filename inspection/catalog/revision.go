package catalog

import (
	"encoding/json"
	"slices"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

const revisionFile = "revision.yaml"

// revision reads a folder that says what a new version changes: everything else is as in the edition
// that it revises.
func (l *loader) revision() *inspection.Edition {
	e := &inspection.Edition{}
	root, ok := l.open(revisionFile, place{revisionFile, 1})
	if !ok {
		return e
	}
	m := l.mapping(revisionFile, "revision", root)
	revises := m.text("revises")
	base := l.editionNamed(revises)
	if base == nil {
		if revises != "" {
			m.fault("revises", "there is no edition %q", revises)
		}
		return e
	}
	copied, err := copyOf(base)
	if err != nil {
		m.fault("revises", "edition %s cannot be copied: %v", revises, err)
		return e
	}
	e = copied
	e.Version, e.Supersedes = base.Version+1, base.Key
	e.Key, l.set = versionKey(base.Set, e.Version), base.Set
	if key := m.text("key"); key != "" && key != e.Key {
		m.fault("key", "the version after %s has the key %s", base.Key, e.Key)
	}
	l.adopt(m.place("revises"), e)
	e.Compiled = m.day("compiled")
	l.partialReason(m, e)
	e.HowToRead = append(e.HowToRead, m.texts("how_to_read")...)
	l.populations(m, e)
	l.moveLines(m, e)
	l.rowDefaults(m)
	sheet := m.may("worksheet")
	m.done()
	if sheet != nil {
		l.listedWorksheet(m, sheet, e)
	}
	l.checkUnlisted()
	return e
}

func (l *loader) editionNamed(key string) *inspection.Edition {
	for _, e := range l.knownEditions() {
		if e.Key == key {
			return e
		}
	}
	return nil
}

// copyOf returns an edition that shares nothing with the one given.
func copyOf(e *inspection.Edition) (*inspection.Edition, error) {
	content, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var copied inspection.Edition
	return &copied, json.Unmarshal(content, &copied)
}

// adopt takes the names that the revised edition uses, so that a new requirement cannot use them again.
func (l *loader) adopt(at place, e *inspection.Edition) {
	for _, source := range e.Sources {
		l.sources[source.Key] = source
	}
	for _, s := range e.Standards() {
		for _, code := range append([]string{s.Code}, s.CodeVariants...) {
			if code != "" {
				l.codes[code] = s.Number
			}
		}
		for _, r := range s.Requirements {
			l.oneMore(at)
			l.claim(at, "requirement id", r.Key)
		}
	}
}

// populations reads which requirements concern a group of detainees alone: all of a standard, or each
// by its id.
func (l *loader) populations(m *mapping, e *inspection.Edition) {
	index := NewIndex(e)
	for _, n := range m.list("populations", m.may("populations")) {
		p := l.mapping(m.file, "population", n)
		population := p.text("population")
		if population != "" && !populationWords.MatchString(population) {
			p.fault("population", "population %q must be words in lower case", population)
		}
		l.populate(p, index, population)
		p.done()
	}
}

func (l *loader) populate(p *mapping, index *Index, population string) {
	for _, n := range p.list("standards", p.may("standards")) {
		s, ok := index.Standard(n.Value)
		if !ok {
			p.faultAt(n, "there is no standard %q", n.Value)
			continue
		}
		for r := range s.Requirements {
			s.Requirements[r].Population = population
		}
	}
	for _, n := range p.list("requirements", p.may("requirements")) {
		r, ok := index.Requirement(n.Value)
		if !ok || n.Kind != yaml.ScalarNode {
			p.faultAt(n, "there is no requirement %q", n.Value)
			continue
		}
		r.Population = population
	}
}

// moveLines reads which worksheet lines leave the requirement that they were thought to belong to, and
// which come to one.
func (l *loader) moveLines(m *mapping, e *inspection.Edition) {
	index := NewIndex(e)
	for _, n := range m.list("lines", m.may("lines")) {
		move := l.mapping(m.file, "line", n)
		line, from, to := move.text("line"), move.optionalText("from"), move.optionalText("to")
		move.done()
		if from == "" && to == "" {
			move.faultAt(n, "a line comes from a requirement, or to one, or both")
		}
		if r := moved(move, index, "from", from); r != nil {
			at := slices.Index(r.Lines, line)
			if at < 0 {
				move.fault("from", "requirement %s has no line %q", from, line)
				continue
			}
			if r.Lines = slices.Delete(r.Lines, at, at+1); len(r.Lines) == 0 {
				r.Lines = nil
			}
		}
		if r := moved(move, index, "to", to); r != nil {
			if slices.Contains(r.Lines, line) {
				move.fault("to", "requirement %s has line %q already", to, line)
				continue
			}
			if _, known := index.StandardByLine(line); !known {
				move.fault("line", "line %q has a code that no standard has", line)
			}
			r.Lines = append(r.Lines, line)
		}
	}
}

// moved is the requirement that a field names; nil if there is none, which is a fault if one was named.
func moved(move *mapping, index *Index, field, key string) *inspection.Requirement {
	r, ok := index.Requirement(key)
	if !ok && key != "" {
		move.fault(field, "there is no requirement %q", key)
	}
	return r
}
