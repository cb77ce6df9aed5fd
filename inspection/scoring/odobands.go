package scoring

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ODOBands rates as ICE's Office of Detention Oversight seems to: from deficiencies, deficient
// standards, priority and repeats to one of five levels, and from the level to PASS or FAIL.
//
// ODO's formula is not public in any source; this is an imitation, and its notes say so. The rule:
// every deficiency is a point, a priority deficiency PriorityWeight points more; the points give a level
// by the limits of the set's length; many deficient standards, or a large share of those reviewed, rule
// SUPERIOR out; repeats lower the level, but never below ACCEPTABLE. ACCEPTABLE and better is PASS.
type ODOBands struct {
	Version int
	// Note is what the policy's document says of its parameters; empty if nothing.
	Note string
	// CoverageFloor must be 1000: with less, leaving a component out could hide what is not met.
	CoverageFloor        int
	CorroboratingMethods int
	// PriorityWeight is how many points a priority deficiency has beyond its first.
	PriorityWeight int
	// Limits has one entry for each length.
	Limits []Limits
	// RepeatSteps say by how many levels so many repeats lower the result; rising in both.
	RepeatSteps []RepeatStep
	// SuperiorStandards is the most deficient standards at which a result can be SUPERIOR.
	SuperiorStandards int
	// SuperiorSpread is the share of reviewed standards, in thousandths, from which being deficient
	// rules SUPERIOR out.
	SuperiorSpread int
	// Lengths tell a set's length by a word of its name.
	Lengths []LengthWord
}

// Limits are the most points at which a set of this length has each level; above the last is FAILURE.
type Limits struct {
	Length                                Length
	Superior, Good, Acceptable, Deficient int
}

// RepeatStep lowers the result by Steps levels from so many Repeats on.
type RepeatStep struct{ Repeats, Steps int }

// LengthWord is a word of standards sets' names, in capitals, and the length it tells.
type LengthWord struct {
	Word   string
	Length Length
}

// levels are the results of odo-bands from best to worst.
func levels() []Result {
	return []Result{ResultSuperior, ResultGood, ResultAcceptable, ResultDeficient, ResultFailure}
}

// Places in levels.
const (
	superior, good, acceptable, failure = 0, 1, 2, 4
)

// Bands is how odo-bands came to its level.
type Bands struct {
	// Figures are what was rated, with null for what is not known.
	Figures Figures `json:"figures"`
	// Unknown names the figures that are not known.
	Unknown []string `json:"unknown"`
	// AtBest is true if a figure is unknown: the true level may be lower, never higher.
	AtBest bool `json:"atBest"`
	Points int  `json:"points"`
	// Arithmetic is the calculation of the points in figures.
	Arithmetic string `json:"arithmetic"`
	// Steps say, in order, how the points became the level.
	Steps []string `json:"steps"`
	// PassFail is PASS from ACCEPTABLE up, else FAIL; empty if there is no level.
	PassFail Result `json:"passFail"`
}

// PassFailGiven is PASS or FAIL, nil if there is no level.
func (b Bands) PassFailGiven() *Result {
	if b.PassFail == "" {
		return nil
	}
	return &b.PassFail
}

// Identity names the policy; see Policy.
func (p ODOBands) Identity() Identity {
	parameters := []Parameter{
		{"coverageFloor", strconv.Itoa(p.CoverageFloor), "least coverage, in thousandths, at which there is a rating"},
		{"corroboratingMethods", strconv.Itoa(p.CorroboratingMethods), "number of methods by which a component is corroborated"},
		{"priorityWeight", strconv.Itoa(p.PriorityWeight), "points of a priority deficiency beyond the one that every deficiency has"},
	}
	for _, l := range p.Limits {
		parameters = append(parameters, Parameter{"limits " + string(l.Length), fmt.Sprintf("%d, %d, %d, %d", l.Superior, l.Good, l.Acceptable, l.Deficient),
			"most points for SUPERIOR, GOOD, ACCEPTABLE and DEFICIENT under a set of this length"})
	}
	for _, s := range p.RepeatSteps {
		parameters = append(parameters, Parameter{fmt.Sprintf("repeats %d", s.Repeats), strconv.Itoa(s.Steps),
			"levels that so many repeats or more lower the result, never below ACCEPTABLE"})
	}
	parameters = append(parameters,
		Parameter{"superiorStandards", strconv.Itoa(p.SuperiorStandards), "most deficient standards at which the result can be SUPERIOR"},
		Parameter{"superiorSpread", strconv.Itoa(p.SuperiorSpread), "share of the reviewed standards, in thousandths, from which being deficient rules SUPERIOR out"})
	for _, l := range p.Lengths {
		parameters = append(parameters, Parameter{"length " + l.Word, string(l.Length), "length of a standards set with this word in its name"})
	}
	return Identity{
		ID: "odo-bands", Version: p.Version, Title: "ODO's five levels, and Pass or Fail: an imitation",
		Parameters: parameters,
		Notes: withNote([]string{
			"ODO's formula is not public in any source that was read. This policy is Plumbline's own imitation, calibrated on published results; it is not ICE policy.",
			"That ACCEPTABLE is the lowest level that passes is inferred: appropriations acts speak of ratings below adequate (recalled).",
			"An unknown figure is not taken for none: the result then says that it is the best that the known figures allow.",
			"A standards set whose length is not known is rated by the limits of the short sets, the stricter ones.",
		}, p.Note),
	}
}

// Score computes the score; see Policy.
func (p ODOBands) Score(in Input) (Score, error) {
	if err := in.check(); err != nil {
		return Score{}, err
	}
	if in.Published != nil {
		return p.published(*in.Published), nil
	}
	figures, found := p.figuresOf(in)
	numbers, groups := byStandard(in.Items)
	for _, s := range in.Standards {
		if _, listed := groups[s.Standard]; !listed {
			numbers, groups[s.Standard] = append(numbers, s.Standard), nil
		}
	}
	slices.SortFunc(numbers, compareNumbers)
	score := Score{Policy: p.Identity(), Overall: p.section("", in.Items), Standards: make([]Section, 0, len(numbers))}
	for _, number := range numbers {
		s := p.section(number, groups[number])
		s.Result, s.Because = p.rateStandard(s, found[number])
		score.Standards = append(score.Standards, s)
	}
	level, bands := p.reckon(figures)
	s := &score.Overall
	s.Failed = level > acceptable
	switch {
	case s.All.Applicable() == 0:
		s.Result, s.Because = ResultNotRated, fmt.Sprintf("nothing applicable: %d of %d components are excluded", s.All.NotApplicable, s.All.Total)
	case !s.covered(p.CoverageFloor):
		s.Result, s.Because = ResultIncomplete, s.whatIsOpen()
		if s.Failed {
			s.Because += "; it can no longer be PASS: " + bands.because(levels()[level])
		}
	default:
		s.Result, bands.PassFail = levels()[level], passFail(level)
		s.Because = bands.because(s.Result)
	}
	score.Bands = &bands
	return score, nil
}

func (p ODOBands) section(standard string, items []Item) Section {
	return section(standard, items, Item.marked, p.CorroboratingMethods)
}

// published rates figures of which no component is known.
func (p ODOBands) published(figures Figures) Score {
	score := Score{Policy: p.Identity(), Overall: p.section("", nil), Standards: []Section{}}
	level, bands := p.reckon(figures)
	score.Bands = &bands
	s := &score.Overall
	if _, any := figures.least(); !any {
		s.Result, s.Because = ResultNotRated, "neither the deficiencies are known nor anything that tells their least number"
		return score
	}
	s.Result, bands.PassFail = levels()[level], passFail(level)
	s.Failed, s.Because = level > acceptable, bands.because(s.Result)
	return score
}

func (p ODOBands) rateStandard(s Section, found Found) (Result, string) {
	switch {
	case found.Deficiencies > 0 && (s.All.Applicable() == 0 || s.covered(p.CoverageFloor)):
		return ResultDoesNotMeet, fmt.Sprintf("deficiencies: %d, of them %d priority and %d repeat", found.Deficiencies, found.Priority, found.Repeats)
	case s.All.Applicable() == 0:
		return ResultNotRated, fmt.Sprintf("nothing applicable: %d of %d components are excluded", s.All.NotApplicable, s.All.Total)
	case !s.covered(p.CoverageFloor):
		return ResultIncomplete, s.whatIsOpen()
	}
	return ResultMeets, "no deficiency"
}

func passFail(level int) Result {
	if level <= acceptable {
		return ResultPass
	}
	return ResultFail
}

// reckon turns figures into a level, the best that they allow, and says how.
func (p ODOBands) reckon(f Figures) (level int, b Bands) {
	b = Bands{Figures: f, Unknown: f.unknown(), Steps: []string{}}
	b.AtBest = len(b.Unknown) > 0
	if b.Unknown == nil {
		b.Unknown = []string{}
	}
	least, _ := f.least()
	b.Points = least + p.PriorityWeight*orNone(f.Priority)
	b.Arithmetic = fmt.Sprintf("%d + %d × %d = %d", least, p.PriorityWeight, orNone(f.Priority), b.Points)
	if f.Deficiencies == nil {
		b.Arithmetic = "at least " + b.Arithmetic
	}
	limits := p.limits(f.Length)
	level = limits.level(b.Points)
	b.step("%s by the limits of %s sets: %s", counted(b.Points, "point"), strings.ToLower(string(limits.Length)), levels()[level])
	if f.Length == LengthUnknown {
		b.step("the set's length is not known: the stricter limits were taken")
	}
	if level == superior {
		if why := p.notSuperior(f); why != "" {
			level = good
			b.step("%s: no better than GOOD", why)
		}
	}
	if steps := p.steps(orNone(f.Repeats)); steps > 0 && level < acceptable {
		level = lowered(level, steps)
		b.step("%s: lowered to %s", counted(*f.Repeats, "repeat"), levels()[level])
	}
	return level, b
}

// counted is a number of things: "1 point", "2 points".
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func (b *Bands) step(format string, args ...any) {
	b.Steps = append(b.Steps, fmt.Sprintf(format, args...))
}

// because puts the whole reckoning in a sentence.
func (b Bands) because(result Result) string {
	text := fmt.Sprintf("points: %s; %s", b.Arithmetic, strings.Join(b.Steps, "; "))
	if b.AtBest {
		text += fmt.Sprintf("; at best %s, because not known: %s", result, strings.Join(b.Unknown, ", "))
	}
	return text
}

// limits are those of the length, the strictest if it is not known.
func (p ODOBands) limits(length Length) Limits {
	for _, l := range p.Limits {
		if l.Length == length || length == LengthUnknown && l.Length == Short {
			return l
		}
	}
	return Limits{Length: length} // a document without both lengths is refused
}

func (l Limits) list() []int { return []int{l.Superior, l.Good, l.Acceptable, l.Deficient} }

func (l Limits) level(points int) int {
	for level, most := range l.list() {
		if points <= most {
			return level
		}
	}
	return failure
}

// notSuperior says why so many deficient standards rule SUPERIOR out; empty if they do not.
func (p ODOBands) notSuperior(f Figures) string {
	deficient := orNone(f.DeficientStandards)
	if deficient > p.mostSuperior(f.StandardsReviewed) {
		if deficient > p.SuperiorStandards {
			return fmt.Sprintf("%d deficient standards, more than %d", deficient, p.SuperiorStandards)
		}
		return fmt.Sprintf("%d of %d reviewed standards are deficient", deficient, *f.StandardsReviewed)
	}
	return ""
}

// mostSuperior is the most deficient standards at which a result can be SUPERIOR.
func (p ODOBands) mostSuperior(reviewed *int) int {
	if reviewed == nil {
		return p.SuperiorStandards
	}
	// deficient / reviewed < spread / 1000
	return min(p.SuperiorStandards, max(0, (p.SuperiorSpread**reviewed-1)/1000))
}

// steps is by how many levels so many repeats lower the result.
func (p ODOBands) steps(repeats int) int {
	steps := 0
	for _, s := range p.RepeatSteps {
		if repeats >= s.Repeats {
			steps = s.Steps
		}
	}
	return steps
}

// lowered is the level so many steps down: never below ACCEPTABLE, for repeats alone fail nobody.
func lowered(level, steps int) int { return max(level, min(level+steps, acceptable)) }
