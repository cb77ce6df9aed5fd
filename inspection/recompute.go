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

// Recompute derives tally and scores again from the body of a snapshot alone, by the policies and
// versions that it names. In the present format the parts, and the document written again with them,
// are the same bytes. In the first format, whose parts have fewer fields, every field that stands
// there is the same.
//
// The error is an Invalid problem: the body is no snapshot, or no policy of this version made it.
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
	if err := result.compare("tally", stored.Tally, doc.Tally); err != nil {
		return result, err
	}
	in := scoringInput(doc)
	if doc.Score, err = scoreAgain(doc.Score, in); err != nil {
		return Recomputed{}, err
	}
	if err := result.compare(scoreName(doc.Score), stored.Score, doc.Score); err != nil {
		return result, err
	}
	if doc.Format != SnapshotFormat {
		return result, nil
	}
	doc.ScoreInput = in
	if err := result.compare("what the policies read", stored.ScoreInput, in); err != nil {
		return result, err
	}
	for n := range doc.Scores {
		if doc.Scores[n], err = scoreAgain(doc.Scores[n], in); err != nil {
			return Recomputed{}, err
		}
		if err := result.compare(scoreName(doc.Scores[n]), stored.Scores[n], doc.Scores[n]); err != nil {
			return result, err
		}
	}
	return result, result.compare("document", body, doc)
}

// scoreAgain computes a score by the policy and version that it names.
func scoreAgain(s scoring.Score, in scoring.Input) (scoring.Score, error) {
	policy, err := scoring.Find(s.Policy.ID, s.Policy.Version)
	if err != nil {
		return s, Refuse(Invalid, "", "the snapshot has a score by policy %q version %d, which this version does not have", s.Policy.ID, s.Policy.Version)
	}
	again, err := policy.Score(in)
	if err != nil {
		return s, Refuse(Invalid, "", "the snapshot's answers cannot be scored: %v", err)
	}
	return again, nil
}

func scoreName(s scoring.Score) string {
	return fmt.Sprintf("score %s version %d", s.Policy.ID, s.Policy.Version)
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
