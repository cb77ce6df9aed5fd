package inspection

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline/inspection/sampling"
)

// Sample is what was drawn and measured for an item.
type Sample struct {
	// DrawID is the draw that chose the sample; nil if Plumbline did not draw it.
	DrawID        *ID      `json:"drawId,omitempty"`
	Population    *int     `json:"population,omitempty"`
	Size          *int     `json:"size,omitempty"`
	Nonconforming *int     `json:"nonconforming,omitempty"`
	Lowest        *float64 `json:"lowest,omitempty"`
	Highest       *float64 `json:"highest,omitempty"`
	Unit          string   `json:"unit,omitempty"`
	Period        string   `json:"period,omitempty"`
	// Group is the group of people that was sampled or measured for, e.g. "male"; empty for all.
	Group string `json:"group,omitempty"`
	// DatePairs are the cases whose time is counted against Limit. Where there are any, Size is their
	// number and Nonconforming how many took longer: both follow from the dates and are never typed.
	DatePairs []DatePair          `json:"datePairs,omitempty"`
	Limit     *sampling.TimeLimit `json:"limit,omitempty"`
	AsOf      string              `json:"asOf,omitempty"` // the day up to which open cases count
	Holidays  []string            `json:"holidays,omitempty"`
}

// mostCount is the largest population that a sample states.
const mostCount = 1_000_000_000

// DatePair is the start and the end of one case: days, or times with their offset. Without an end it
// is still open.
type DatePair struct{ Start, End string }

// EndGiven is the end, nil if the case is still open.
func (p DatePair) EndGiven() *string {
	if p.End == "" {
		return nil
	}
	return &p.End
}

// openEnd stands for the end of an open interval, as in ISO 8601-2.
const openEnd = ".."

// MarshalText writes the pair as an ISO 8601 interval, "2026-03-01/2026-03-04" or "2026-03-01/..".
func (p DatePair) MarshalText() ([]byte, error) {
	if p.End == "" {
		return []byte(p.Start + "/" + openEnd), nil
	}
	return []byte(p.Start + "/" + p.End), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *DatePair) UnmarshalText(text []byte) error {
	start, end, found := strings.Cut(string(text), "/")
	if !found {
		return fmt.Errorf("%q is no interval", text)
	}
	p.Start, p.End = start, strings.TrimPrefix(end, openEnd)
	return nil
}

// checkSample refuses a sample that there cannot be.
func checkSample(path string, s *Sample) Problems {
	if s == nil {
		return nil
	}
	ps := append(checkText(path+".unit", s.Unit, mostWord), checkText(path+".period", s.Period, mostWord)...)
	ps = append(ps, checkText(path+".group", s.Group, mostWord)...)
	for _, v := range []*int{s.Population, s.Size, s.Nonconforming} {
		if v != nil && (*v < 0 || *v > mostCount) {
			ps = append(ps, newProblem(Invalid, path, "population, size and nonconforming are counts: not negative, and at most %d", mostCount))
			break
		}
	}
	if s.Size != nil && *s.Size > sampling.MostSampled {
		ps = append(ps, newProblem(Invalid, path+".size", "a sample has at most %d members", sampling.MostSampled))
	}
	if s.Population != nil && s.Size != nil && *s.Size > *s.Population {
		ps = append(ps, newProblem(Invalid, path+".size", "the sample (%d) is larger than its population (%d)", *s.Size, *s.Population))
	}
	if s.Size != nil && s.Nonconforming != nil && *s.Nonconforming > *s.Size {
		ps = append(ps, newProblem(Invalid, path+".nonconforming", "more nonconforming (%d) than sampled (%d)", *s.Nonconforming, *s.Size))
	}
	ps = append(ps, checkMeasure(path+".lowest", s.Lowest, s.Unit)...)
	ps = append(ps, checkMeasure(path+".highest", s.Highest, s.Unit)...)
	if s.Lowest != nil && s.Highest != nil && *s.Lowest > *s.Highest {
		ps = append(ps, newProblem(Invalid, path+".highest", "the highest measure is below the lowest"))
	}
	return ps
}

func checkMeasure(path string, v *float64, unit string) Problems {
	if v == nil {
		return nil
	}
	if err := sampling.CheckMeasure(*v, unit); err != nil {
		return Problems{newProblem(Invalid, path, "%v", err)}
	}
	return nil
}

// withTimeliness returns the inputs with the figures that follow from their dates. A typed figure that
// contradicts the dates is refused, and so is a wrong date, by its place.
func withTimeliness(inputs []AnswerInput, now time.Time) ([]AnswerInput, error) {
	var ps Problems
	inputs = slices.Clone(inputs)
	for n, in := range inputs {
		var problems Problems
		inputs[n].Sample, problems = in.Sample.withTimes(fmt.Sprintf("input.answers.%d.sample", n), now)
		ps = append(ps, problems...)
	}
	return inputs, refusal(ps)
}

// withTimes returns the sample with the figures that follow from its dates.
func (s *Sample) withTimes(path string, now time.Time) (*Sample, Problems) {
	switch {
	case s == nil:
	case len(s.DatePairs) > 0 && s.Limit != nil:
		timed, ps := s.timed(path, now)
		return &timed, ps
	case len(s.DatePairs) > 0:
		return s, Problems{newProblem(Invalid, path+".limit", "say how long a case may take")}
	case s.Limit != nil || s.AsOf != "" || len(s.Holidays) > 0:
		return s, Problems{newProblem(Invalid, path+".datePairs", "limit, asOf and holidays go with the dates of the cases; enter those, or leave these out")}
	}
	return s, nil
}

// derived returns the input with all figures of its sample that follow from its dates and its draw.
func (in AnswerInput) derived(path string, draws []SampleDraw, now time.Time) (AnswerInput, Problems) {
	var ps Problems
	in.Sample, ps = in.Sample.withTimes(path, now)
	if len(ps) > 0 || in.Sample == nil || in.Sample.DrawID == nil {
		return in, ps
	}
	drawn, ps := in.Sample.drawnBy(draws, in.RequirementID, path)
	in.Sample = &drawn
	return in, ps
}

func (s Sample) timed(path string, now time.Time) (Sample, Problems) {
	cases := s.cases()
	cases.NotAfter = now.AddDate(0, 0, 1).Format(time.DateOnly) // it may be tomorrow already elsewhere
	t, err := sampling.Assess(cases)
	var entry *sampling.EntryError
	if errors.As(err, &entry) {
		return s, Problems{newProblem(Invalid, path+"."+entry.Path, "%s", entry.Message)}
	}
	ps := derive(path+".size", &s.Size, t.Total, "the dates are of %d cases")
	ps = append(ps, derive(path+".nonconforming", &s.Nonconforming, t.Beyond, "by the dates %d are beyond the limit")...)
	return s, ps
}

// derive sets a figure that follows, and refuses one that was typed and differs.
func derive(path string, figure **int, follows int, says string) Problems {
	if *figure != nil && **figure != follows {
		return Problems{newProblem(Invalid, path, says+", not %d; leave this out, it is computed", follows, **figure)}
	}
	*figure = &follows
	return nil
}

func (s Sample) cases() sampling.Cases {
	c := sampling.Cases{Pairs: make([]sampling.Pair, len(s.DatePairs)), Limit: *s.Limit, AsOf: s.AsOf, Holidays: s.Holidays}
	for n, p := range s.DatePairs {
		c.Pairs[n] = sampling.Pair(p)
	}
	return c
}

// withDraws returns the inputs with the figures that follow from their draws.
func withDraws(ctx context.Context, tx Tx, of ID, inputs []AnswerInput) ([]AnswerInput, error) {
	if !slices.ContainsFunc(inputs, func(in AnswerInput) bool { return in.Sample != nil && in.Sample.DrawID != nil }) {
		return inputs, nil
	}
	draws, err := tx.SampleDraws(ctx, of)
	if err != nil {
		return nil, err
	}
	var ps Problems
	inputs = slices.Clone(inputs)
	for n, in := range inputs {
		if in.Sample == nil || in.Sample.DrawID == nil {
			continue
		}
		path := fmt.Sprintf("input.answers.%d.sample", n)
		drawn, problems := in.Sample.drawnBy(draws, in.RequirementID, path)
		inputs[n].Sample = &drawn
		ps = append(ps, append(problems, checkSample(path, &drawn)...)...)
	}
	return inputs, refusal(ps)
}

// sampleGaps names the answers whose draw has fewer left to inspect than the answer says: a position was
// taken out since, and every other was drawn already.
func sampleGaps(ctx context.Context, tx Tx, of ID, answers []Answer, name map[ID]string) (Problems, error) {
	cites := func(a Answer) bool { return a.Sample != nil && a.Sample.DrawID != nil }
	if !slices.ContainsFunc(answers, cites) {
		return nil, nil
	}
	draws, err := tx.SampleDraws(ctx, of)
	if err != nil {
		return nil, err
	}
	left := map[ID]int{}
	for _, d := range draws {
		left[d.ID] = len(d.Inspected())
	}
	var gaps Problems
	for _, a := range answers {
		if cites(a) && a.Sample.Size != nil && left[*a.Sample.DrawID] != *a.Sample.Size {
			gaps = append(gaps, Problem{Code: Unmet, Subject: a.ID, Message: fmt.Sprintf("item %s: the sample is of %d, and its draw has %d left to inspect; record the answer again",
				name[a.ID], *a.Sample.Size, left[*a.Sample.DrawID])})
		}
	}
	return gaps, nil
}

func (s Sample) drawnBy(draws []SampleDraw, requirement ID, path string) (Sample, Problems) {
	n := slices.IndexFunc(draws, func(d SampleDraw) bool { return d.ID == *s.DrawID })
	switch {
	case n < 0:
		return s, Problems{newProblem(NotFound, path+".drawId", "the inspection has no such draw")}
	case draws[n].DrawnAt == nil:
		return s, Problems{newProblem(Conflict, path+".drawId", "nothing was drawn yet; draw the sample first")}
	case draws[n].RequirementID != nil && *draws[n].RequirementID != requirement:
		return s, Problems{newProblem(Conflict, path+".drawId", "the draw was made for another item; draw one for this, or for the inspection as a whole")}
	}
	ps := derive(path+".population", &s.Population, draws[n].Population, "the draw is from %d")
	return s, append(ps, derive(path+".size", &s.Size, len(draws[n].Inspected()), "the draw has %d to inspect")...)
}

// SampleInterval holds the share of the population that does not conform, as decimal text rounded
// outwards, e.g. "0.020862" to "0.484138" for 2 of 12.
type SampleInterval struct {
	Lower, Upper string
	Level        string
	Note         string
}

// Interval is the exact 95 % interval for the share that does not conform; nil where size and
// nonconforming are not both known, or nothing was sampled.
func (s *Sample) Interval() *SampleInterval {
	if s.Size == nil || s.Nonconforming == nil {
		return nil
	}
	exact, err := sampling.ClopperPearson(*s.Nonconforming, *s.Size, 0.95)
	if err != nil {
		return nil // no such sample can be recorded, except one of nothing
	}
	lower, upper := exact.Text()
	return &SampleInterval{Lower: lower, Upper: upper, Level: "0.95", Note: s.assumes()}
}

// assumes says what the interval rests on.
func (s *Sample) assumes() string {
	note := "Exact (Clopper-Pearson), two-sided. It assumes that the sample was drawn at random from a population much larger than itself; from a smaller one it is wider than need be."
	switch {
	case s.Population != nil && *s.Population == *s.Size:
		note += " Here everything was looked at, so that the share itself is exact."
	case s.DrawID == nil:
		note += " No draw is recorded for this sample."
	}
	return note
}

// Timeliness is what the dates say; nil if none were entered.
func (s *Sample) Timeliness() *sampling.Timeliness {
	if len(s.DatePairs) == 0 || s.Limit == nil {
		return nil
	}
	t, err := sampling.Assess(s.cases())
	if err != nil {
		return nil // no such dates can be recorded
	}
	return &t
}
