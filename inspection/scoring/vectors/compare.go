package vectors

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"plumbline/inspection/scoring"
)

// Comparison is what the policy says of a vector.
type Comparison struct {
	Vector
	Got scoring.Result
	Why string
}

// Same reports whether the policy says what was published, on the scale on which it was published.
func (c Comparison) Same() bool { return c.Got == c.Published }

// Tally counts the vectors of a scale, or of all.
type Tally struct {
	All  int
	Same int
	// Baseline is how many would be right if every rating of a scale were its commonest one.
	Baseline int
}

// Compare rates every vector. Its error is Faults: vectors whose figures contradict each other.
func Compare(policy scoring.ODOBands, vectors []Vector) ([]Comparison, error) {
	var faults Faults
	all := make([]Comparison, len(vectors))
	for n, v := range vectors {
		figures := v.Figures
		figures.Length = policy.LengthOf(v.StandardSet)
		score, err := policy.Score(scoring.Input{Published: &figures})
		if err != nil {
			faults = append(faults, Fault{v.Line, errors.Unwrap(err).Error()})
			continue
		}
		all[n] = Comparison{Vector: v, Got: score.Overall.Result, Why: score.Overall.Because}
		if v.Scale == PassFail && score.Bands.PassFail != "" {
			all[n].Got = score.Bands.PassFail
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return all, nil
}

// Count tallies the comparisons of a scale.
func Count(all []Comparison, scale Scale) Tally {
	var t Tally
	times := map[scoring.Result]int{}
	for _, c := range all {
		if c.Scale != scale {
			continue
		}
		t.All++
		if c.Same() {
			t.Same++
		}
		times[c.Published]++
		t.Baseline = max(t.Baseline, times[c.Published])
	}
	return t
}

// Print writes a line for each vector (what was published, what the policy says, and why), a line for
// each scale, and last the sum of the scales.
func Print(to io.Writer, all []Comparison) error {
	for _, c := range all {
		mark := "same"
		if !c.Same() {
			mark = "MISS"
		}
		if _, err := fmt.Fprintf(to, "%s %s (%s, %s): expected %s, got %s; %s\n", mark, c.Facility, c.End, c.StandardSet, c.Published, c.Got, c.Why); err != nil {
			return err
		}
	}
	var sum Tally
	for _, scale := range []Scale{FiveLevels, PassFail} {
		t := Count(all, scale)
		sum = Tally{sum.All + t.All, sum.Same + t.Same, sum.Baseline + t.Baseline}
		if !slices.ContainsFunc(all, func(c Comparison) bool { return c.Scale == scale }) {
			continue
		}
		if _, err := fmt.Fprintf(to, "%s: %d of %d as published, baseline %d\n", scale, t.Same, t.All, t.Baseline); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(to, "%d of %d as published, baseline %d\n", sum.Same, sum.All, sum.Baseline)
	return err
}
