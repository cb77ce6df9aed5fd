package scoring

import (
	"fmt"
	"slices"
)

// Policy computes a score from an inspection's items.
//
// A policy is data: its parameters decide, and its id and version name them. Once a version has
// scored a real inspection it never changes; a different rule is a new version.
type Policy interface {
	// Identity names the policy and its parameters; every score repeats it.
	Identity() Identity
	// Score computes the score. Its error is an input that no inspection can produce (an unknown
	// rating, an item of no standard); a valid input always has a score.
	Score(Input) (Score, error)
	// Changes says what would change the result; see Change. Its errors are those of Score.
	Changes(Input) ([]Change, error)
}

// Identity says by which rules a score was computed.
type Identity struct {
	ID         string      `json:"id"`
	Version    int         `json:"version"`
	Title      string      `json:"title"`
	Parameters []Parameter `json:"parameters"`
	// Notes say in words what the reader must know: where a rule comes from and what is not known.
	Notes []string `json:"notes"`
}

// Parameter is one setting of a policy.
type Parameter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Meaning says what the parameter does, with its unit.
	Meaning string `json:"meaning"`
}

// withNote adds what a document says of its parameters to what is said of the rule.
func withNote(notes []string, note string) []string {
	if note == "" {
		return notes
	}
	return append(notes, note)
}

// Policies lists every released version of every policy, by id, the oldest first.
func Policies() []Policy {
	documents := Released()
	all := make([]Policy, len(documents))
	for n, document := range documents {
		all[n] = document.Policy
	}
	return all
}

// Newest keeps the newest version of each policy, in the order of their ids.
func Newest(policies []Policy) []Policy {
	sorted := slices.SortedFunc(slices.Values(policies), func(a, b Policy) int { return compareIdentities(a.Identity(), b.Identity()) })
	var newest []Policy
	for n, policy := range sorted {
		if n+1 == len(sorted) || sorted[n+1].Identity().ID != policy.Identity().ID {
			newest = append(newest, policy)
		}
	}
	return newest
}

// Find returns the named version of a policy.
func Find(id string, version int) (Policy, error) {
	for _, policy := range Policies() {
		if known := policy.Identity(); known.ID == id && known.Version == version {
			return policy, nil
		}
	}
	return nil, fmt.Errorf("scoring: no policy %q version %d", id, version)
}
