package inspection

import "plumbline/inspection/sampling"

// ThresholdCheck is what one threshold of a requirement says of what was measured.
type ThresholdCheck struct {
	Threshold
	Verdict sampling.Verdict
	Because string
	// Lowest and Highest are the measure in the threshold's unit; nil where it does not convert.
	Lowest, Highest *float64
}

// CheckThresholds holds what was measured against the requirement's thresholds, in their order; none
// if nothing was measured. Where no range was typed, that of the times which the dates give is taken.
// Only figures that stood in a source judge.
func CheckThresholds(r *Requirement, s *Sample) []ThresholdCheck {
	if r == nil || s == nil || len(r.Thresholds) == 0 {
		return nil
	}
	limits := make([]sampling.Threshold, len(r.Thresholds))
	for n, t := range r.Thresholds {
		limits[n] = sampling.Threshold{Op: sampling.Op(t.Op), Value: t.Value, Unit: t.Unit, Note: t.Note, Group: t.Group}
	}
	var checks []ThresholdCheck
	for n, j := range sampling.Judge(limits, r.NumbersSeen, s.measured()) {
		checks = append(checks, ThresholdCheck{Threshold: r.Thresholds[n], Verdict: j.Verdict, Because: j.Because, Lowest: j.Lowest, Highest: j.Highest})
	}
	return checks
}

// measured is the range that was typed, else that of the times taken: an open case has lasted at least
// so long.
func (s *Sample) measured() sampling.Measured {
	m := sampling.Measured{Lowest: s.Lowest, Highest: s.Highest, Unit: s.Unit, Group: s.Group}
	if m.Lowest != nil || m.Highest != nil {
		return m
	}
	t := s.Timeliness()
	if t == nil {
		return m
	}
	m.Lowest, m.Highest, m.Unit = t.Shortest, t.Longest, string(t.Limit.Unit)
	if m.Highest == nil || (t.LongestOpen != nil && *t.LongestOpen > *m.Highest) {
		m.Highest = t.LongestOpen
	}
	return m
}
