package catalog

import (
	"strings"

	"plumbline/inspection"
)

// crossing says that a requirement of this edition asks for the same as another one: of the crosswalk's
// set, or of this edition, whose own crossing then leads on.
type crossing struct {
	at       place
	label    string
	from, to string
}

// lineage reads the requirement of the crosswalk's set that asks for the same.
func (l *loader) lineage(m *mapping, r *inspection.Requirement) {
	to := m.optionalText("lineage")
	if to == "" {
		return
	}
	if l.set == inspection.CrosswalkSet {
		m.fault("lineage", "a requirement of %s is its own lineage; leave it out", inspection.CrosswalkSet)
		return
	}
	l.crossings = append(l.crossings, crossing{m.place("lineage"), m.label, r.Key, to})
}

// readCrosswalk reads the edition's rows of from and to.
func (l *loader) readCrosswalk(m *mapping) {
	node := m.may("crosswalk")
	if node != nil && l.set == inspection.CrosswalkSet {
		m.fault("crosswalk", "the requirements of %s are what others crosswalk to", inspection.CrosswalkSet)
		return
	}
	for _, n := range m.list("crosswalk", node) {
		row := l.mapping(m.file, "crosswalk", n)
		from, to := row.text("from"), row.text("to")
		row.done()
		if from != "" && to != "" {
			l.crossings = append(l.crossings, crossing{place{m.file, n.Line}, row.label, from, to})
		}
	}
}

// crosswalk follows every crossing to the crosswalk's set.
func (l *loader) crosswalk(e *inspection.Edition) {
	if len(l.crossings) == 0 {
		return
	}
	own := map[string]*inspection.Requirement{}
	for _, s := range e.Standards() {
		for r := range s.Requirements {
			own[s.Requirements[r].Key] = &s.Requirements[r]
		}
	}
	w := walk{own: own, ends: l.crosswalkKeys(), next: map[string]crossing{}}
	for _, c := range l.crossings {
		first, twice := w.next[c.from]
		switch {
		case own[c.from] == nil:
			l.fault(c.at, "%s: %q is no requirement of this edition", c.label, c.from)
		case twice:
			l.fault(c.at, "%s: %q crosswalks to %q already, by %s:%d", c.label, c.from, first.to, first.at.file, first.at.line)
		default:
			w.next[c.from] = c
		}
	}
	for _, c := range w.next {
		end, reason := w.follow(c.from)
		if reason != "" {
			l.fault(c.at, "%s: %s", c.label, reason)
			continue
		}
		own[c.from].Lineage = end
	}
}

// walk is the crosswalk of one edition.
type walk struct {
	own  map[string]*inspection.Requirement
	ends map[string]bool
	next map[string]crossing
}

// follow goes from a requirement to the one of the crosswalk's set, or says why it cannot.
func (w walk) follow(from string) (end, reason string) {
	path := []string{from}
	visited := map[string]bool{from: true}
	for at := from; ; {
		to := w.next[at].to
		switch _, leads := w.next[to]; {
		case to == at && w.ends[to]:
			return to, ""
		case visited[to]:
			return "", "the crosswalk runs in a circle: " + strings.Join(append(path, to), " to ")
		case leads:
			visited[to] = true
			path = append(path, to)
			at = to
		case w.ends[to]:
			return to, ""
		case w.own[to] != nil:
			return "", "the crosswalk ends at " + to + ", a requirement of this edition that leads on to none of " + inspection.CrosswalkSet
		default:
			return "", "\"" + to + "\" is no requirement of " + inspection.CrosswalkSet + " and none of this edition"
		}
	}
}

// crosswalkKeys are the requirements of the crosswalk's set, of all its versions.
func (l *loader) crosswalkKeys() map[string]bool {
	keys := map[string]bool{}
	for _, e := range l.knownEditions() {
		if e.Set != inspection.CrosswalkSet {
			continue
		}
		for _, s := range e.Standards() {
			for _, r := range s.Requirements {
				keys[r.Key] = true
			}
		}
	}
	return keys
}

// knownEditions are what this edition may build on.
func (l *loader) knownEditions() []*inspection.Edition {
	if l.known == nil {
		embedded, err := Embedded()
		if err != nil {
			l.fault(place{l.main, 1}, "the editions that it may build on cannot be read: %v", err)
		}
		l.known = &embedded
	}
	return *l.known
}
