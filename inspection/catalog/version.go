package catalog

import (
	"regexp"
	"strconv"
	"strings"

	"plumbline/inspection"
)

// version reads which edition this is: its key, its standards set and its place among the set's
// versions. Without further words it is the first version of a set with its own key.
func (l *loader) version(m *mapping, e *inspection.Edition) {
	e.Key = m.text("key")
	if e.Key != "" && !editionKey.MatchString(e.Key) {
		m.fault("key", "key %q must be lower-case words and figures joined by hyphens", e.Key)
	}
	if len(e.Key) > mostKey {
		m.fault("key", "the key is longer than %d characters", mostKey)
	}
	e.Set, e.Version = e.Key, 1
	if m.has("set") {
		e.Set = m.text("set")
	}
	if n := m.may("version"); n != nil {
		e.Version = m.countOf("version", n, mostVersions)
	}
	e.Supersedes = m.optionalText("supersedes")
	l.set = e.Set
	if laterVersion.MatchString(e.Set) {
		m.fault("key", "%s looks like a later version of a set: give its set, version and supersedes too, or name it otherwise", e.Set)
		return
	}
	if e.Key == "" || e.Set == "" || e.Version == 0 {
		return
	}
	switch before := versionKey(e.Set, e.Version-1); {
	case e.Key != versionKey(e.Set, e.Version):
		m.fault("key", "version %d of the set %s has the key %s", e.Version, e.Set, versionKey(e.Set, e.Version))
	case e.Version > 1 && e.Supersedes != before:
		m.fault("supersedes", "version %d must supersede %s", e.Version, before)
	case e.Version == 1 && e.Supersedes != "":
		m.fault("supersedes", "the first version of a set supersedes nothing")
	}
}

// laterVersion ends the key of a set's later versions, and so no set's own.
var laterVersion = regexp.MustCompile(`-v[0-9]+$`)

const (
	// mostKey keeps an edition's key printable beside everything that names it.
	mostKey = 60
	// mostVersions is more than a set will ever have.
	mostVersions = 9999
)

// versionKey is the key of a set's nth version.
func versionKey(set string, n int) string { return inspection.EditionKey(set, n) }

// isVersionOf reports whether a key is that of some version of the set.
func isVersionOf(key, set string) bool {
	number, later := strings.CutPrefix(key, set+"-v")
	n, err := strconv.Atoi(number)
	return key == set || later && err == nil && key == versionKey(set, n)
}

// partialReason reads what is known of a partial edition and what is not.
func (l *loader) partialReason(m *mapping, e *inspection.Edition) {
	e.PartialReason = m.optionalText("partial_reason")
	if e.PartialReason != "" && !e.Partial {
		m.fault("partial_reason", "partial_reason does not belong to an edition that is whole")
	}
}
