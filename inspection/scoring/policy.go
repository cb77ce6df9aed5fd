package scoring

import "fmt"

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

// Policies lists every version of every policy, oldest first.
func Policies() []Policy {
	return []Policy{G324AVersion1()}
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
