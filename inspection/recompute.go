package inspection

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"reflect"

	"plumbline/inspection/scoring"
)

// Recomputed is what the answers and findings of a snapshot come to, beside what the snapshot says
// they come to.
type Recomputed struct {
	Format string
	SHA256 SHA256 // of the body
	Parts  []RecomputedPart
}

// RecomputedPart is one derived part of a snapshot, as JSON.
type RecomputedPart struct {
	Name               string // "tally", "score g324a version 1"
	Stored, Recomputed []byte
	Agrees             bool
}

// Agrees reports whether every part does.
func (r Recomputed) Agrees() bool {
	for _, p := range r.Parts {
		if !p.Agrees {
			return false
		}
	}
	return true
}

// Recompute derives tally and scores again from the body of a snapshot alone, by the policies that it
// holds. In the present format the parts, and the document written again with them, are the same
// bytes. In the first format, whose parts have fewer fields, every field that stands there is the same.
//
// The error is an Invalid problem: the body is no snapshot, or cannot be scored.
func Recompute(body []byte) (Recomputed, error) {
	doc, err := ReadSnapshot(body)
	if err != nil {
		return Recomputed{}, err
	}
	if doc.Form != "" {
		return Recomputed{}, Refuse(Invalid, "", "this is the %s form of a report, which lacks the answers; the snapshot itself is needed", doc.Form)
	}
	var stored struct {
		Tally, Score, ScoreInput json.RawMessage
		Scores                   []json.RawMessage
	}
	if err := json.Unmarshal(body, &stored); err != nil {
		return Recomputed{}, fmt.Errorf("inspection: recompute: %w", err)
	}
	result := Recomputed{Format: doc.Format, SHA256: sha256.Sum256(body)}
	doc.Tally = TallyOf(doc.Findings, doc.tallyName())
	if doc.Format == snapshotFormat1 {
		if doc.Policies, err = policyOfFirstFormat(doc.Score.Policy); err != nil {
			return Recomputed{}, err
		}
	}
	if err := doc.computeScores(); err != nil {
		return Recomputed{}, err
	}
	if err := result.compare("tally", stored.Tally, doc.Tally); err != nil {
		return result, err
	}
	if doc.Format == snapshotFormat1 {
		return result, result.compare(scoreName(doc.Score), stored.Score, doc.Score)
	}
	if err := result.compare("what the policies read", stored.ScoreInput, doc.ScoreInput); err != nil {
		return result, err
	}
	for n, score := range doc.Scores {
		var given json.RawMessage
		if n < len(stored.Scores) {
			given = stored.Scores[n]
		}
		if err := result.compare(scoreName(score), given, score); err != nil {
			return result, err
		}
	}
	return result, result.compare("document", body, doc)
}

func scoreName(s scoring.Score) string {
	return fmt.Sprintf("score %s version %d", s.Policy.ID, s.Policy.Version)
}

// policyOfFirstFormat is the released policy that a snapshot names and does not hold.
func policyOfFirstFormat(named scoring.Identity) ([]FrozenPolicy, error) {
	for _, d := range scoring.Released() {
		if known := d.Policy.Identity(); known.ID == named.ID && known.Version == named.Version {
			return []FrozenPolicy{{ID: known.ID, Version: known.Version, Hash: d.Hash, Content: string(d.Content)}}, nil
		}
	}
	return nil, Refuse(Invalid, "", "the snapshot's score is by policy %q version %d, which this version does not have", named.ID, named.Version)
}

// computeScores computes the scores by the document's policies from its answers and findings.
func (doc *Frozen) computeScores() error {
	policies := make([]scoring.Policy, len(doc.Policies))
	for n, p := range doc.Policies {
		read, err := scoring.ReadDocument([]byte(p.Content))
		if err != nil {
			return Refuse(Invalid, "", "policy %s version %d of the snapshot cannot be read: %v", p.ID, p.Version, err)
		}
		if identity := read.Policy.Identity(); identity.ID != p.ID || identity.Version != p.Version || read.Hash != p.Hash {
			return Refuse(Invalid, "", "policy %s version %d of the snapshot is not the one that its hash names", p.ID, p.Version)
		}
		policies[n] = read.Policy
	}
	doc.ScoreInput = scoringInput(*doc)
	var err error
	if doc.Scores, err = scoresOf(policies, doc.ScoreInput); err != nil {
		return Refuse(Invalid, "", "the snapshot's answers cannot be scored: %v", err)
	}
	doc.Score, err = mainScore(doc.Scores)
	return err
}

func (r *Recomputed) compare(name string, stored []byte, derived any) error {
	again, err := json.Marshal(derived)
	if err != nil {
		return fmt.Errorf("inspection: recompute %s: %w", name, err)
	}
	part := RecomputedPart{Name: name, Stored: stored, Recomputed: again, Agrees: bytes.Equal(stored, again)}
	if r.Format != SnapshotFormat {
		part.Agrees = holds(again, stored)
	}
	r.Parts = append(r.Parts, part)
	return nil
}

// holds reports whether everything that stands in part stands in whole too.
func holds(whole, part []byte) bool {
	var w, p any
	return json.Unmarshal(whole, &w) == nil && json.Unmarshal(part, &p) == nil && includes(w, p)
}

func includes(whole, part any) bool {
	switch part := part.(type) {
	case map[string]any:
		of, ok := whole.(map[string]any)
		for name, value := range part {
			member, there := of[name]
			ok = ok && there && includes(member, value)
		}
		return ok
	case []any:
		of, ok := whole.([]any)
		if !ok || len(of) != len(part) {
			return false
		}
		for n := range part {
			ok = ok && includes(of[n], part[n])
		}
		return ok
	}
	return reflect.DeepEqual(whole, part)
}

// tallyName is the name that deficiencies of a standard are counted under. What the document does not
// list, as the first format does not, the tally itself names.
func (doc Frozen) tallyName() func(ID) string {
	names := map[ID]string{}
	for _, s := range doc.Tally.ByStandard {
		if s.StandardID != nil {
			names[*s.StandardID] = s.Standard
		}
	}
	for _, st := range doc.Standards {
		names[st.ID] = st.Name
	}
	return func(id ID) string { return names[id] }
}
