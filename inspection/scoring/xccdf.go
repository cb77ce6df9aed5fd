package scoring

import (
	"fmt"
	"strconv"
)

// XCCDF scores by the four models of NISTIR 7275 revision 4 (XCCDF 1.2), section 7.3.2: default, flat,
// flat unweighted and absolute.
//
// A component is a rule with one result: MEETS is "pass", DOES_NOT_MEET "fail", NOT_APPLICABLE
// "notapplicable", NOT_REVIEWED and UNDETERMINED "unknown". By the specification a rule whose result is
// "notapplicable" does not count and every other counts, so that "unknown" counts as not passed. The
// groups are edition, part and standard. The specification gives scores and no rating: as the result
// stands the absolute model's, MEETS for 1 and DOES_NOT_MEET for 0.
type XCCDF struct {
	Version int
	// Note is what the policy's document says of its parameters; empty if nothing.
	Note                 string
	CoverageFloor        int
	CorroboratingMethods int
	// DefaultWeight is the weight, in thousandths, of every group and rule that Weights does not name.
	DefaultWeight int
	Weights       []Weight
}

// Weight is the weight of one group or rule, in thousandths: 1000 is the specification's 1.0. It names
// exactly one of the four.
type Weight struct {
	Edition, Part, Standard, Requirement string
	Weight                               int
}

// Identity names the policy; see Policy.
func (p XCCDF) Identity() Identity {
	parameters := []Parameter{
		{"coverageFloor", strconv.Itoa(p.CoverageFloor), "least coverage, in thousandths, at which there is a rating"},
		{"corroboratingMethods", strconv.Itoa(p.CorroboratingMethods), "number of methods by which a component is corroborated"},
		{"defaultWeight", strconv.Itoa(p.DefaultWeight), "weight, in thousandths, of groups and rules that have none of their own"},
	}
	for _, w := range p.Weights {
		level, name := w.named()
		parameters = append(parameters, Parameter{"weight " + level + " " + name, strconv.Itoa(w.Weight), "weight, in thousandths, among its siblings"})
	}
	return Identity{
		ID: "xccdf", Version: p.Version, Title: "XCCDF 1.2: the default, flat, flat unweighted and absolute models",
		Parameters: parameters,
		Notes: withNote([]string{
			"The models are those of NISTIR 7275 revision 4, section 7.3.2. NOT_REVIEWED and UNDETERMINED are its result unknown, which counts as not passed.",
			"The specification gives no rating. MEETS and DOES_NOT_MEET are the absolute model's 1 and 0, and stand only above the coverage floor; the scores always stand.",
			"Where nothing is applicable the default model would divide by zero and the absolute model would give 1; here no model gives a score.",
		}, p.Note),
	}
}

func (w Weight) named() (level, name string) {
	switch {
	case w.Edition != "":
		return "edition", w.Edition
	case w.Part != "":
		return "part", w.Part
	case w.Standard != "":
		return "standard", w.Standard
	}
	return "requirement", w.Requirement
}

// Score computes the score; see Policy.
func (p XCCDF) Score(in Input) (Score, error) {
	if err := in.check(); err != nil {
		return Score{}, err
	}
	numbers, groups := byStandard(in.Items)
	score := Score{Policy: p.Identity(), Overall: p.section("", in.Items), Standards: make([]Section, 0, len(numbers))}
	for _, number := range numbers {
		score.Standards = append(score.Standards, p.section(number, groups[number]))
	}
	score.Models = p.models(in.Items)
	return score, nil
}

func (p XCCDF) section(standard string, items []Item) Section {
	s := section(standard, items, Item.marked, p.CorroboratingMethods)
	passed, most := p.flat(items)
	s.Failed = s.All.DoesNotMeet > 0 && p.failed(items)
	switch {
	case s.All.Applicable() > 0 && !s.covered(p.CoverageFloor):
		s.Result, s.Because = ResultIncomplete, s.whatIsOpen()
		if s.Failed {
			s.Because += "; it can no longer be MEETS: " + components(s.All.DoesNotMeet) + " not met"
		}
	case most == 0:
		s.Result, s.Because = ResultNotRated, fmt.Sprintf("nothing applicable that has a weight: %d of %d components are excluded", s.All.NotApplicable, s.All.Total)
	case passed < most:
		s.Result, s.Because = ResultDoesNotMeet, fmt.Sprintf("absolute: of the weight %s, %s passed", thousandths(most), thousandths(passed))
	default:
		s.Result, s.Because = ResultMeets, fmt.Sprintf("absolute: all of the weight %s passed", thousandths(most))
	}
	return s
}

// flat is the flat model's score and maximum, in thousandths of a weight.
func (p XCCDF) flat(items []Item) (passed, most int) {
	for _, item := range items {
		if item.Rating == NotApplicable {
			continue
		}
		weight := p.weight(Weight{Requirement: item.Key})
		most += weight
		if item.Rating == Meets {
			passed += weight
		}
	}
	return passed, most
}

// failed reports whether a component that has a weight is not met.
func (p XCCDF) failed(items []Item) bool {
	for _, item := range items {
		if item.Rating == DoesNotMeet && p.weight(Weight{Requirement: item.Key}) > 0 {
			return true
		}
	}
	return false
}

// weight is the weight of the group or rule that w names.
func (p XCCDF) weight(w Weight) int {
	for _, own := range p.Weights {
		weight := own.Weight
		own.Weight = 0
		if own == w {
			return weight
		}
	}
	return p.DefaultWeight
}

// mostWeight bounds a weight, in thousandths.
const mostWeight = 1_000_000

func (r *fields) xccdf(version int, note string, parameters value) Policy {
	r.known(parameters, "coverageFloor", "corroboratingMethods", "defaultWeight", "weights")
	p := XCCDF{Version: version, Note: note}
	p.CoverageFloor, p.CorroboratingMethods = r.covered(parameters)
	p.DefaultWeight = r.number(parameters, "defaultWeight", 0, mostWeight)
	if v, given := parameters.object["defaultWeight"]; given && p.DefaultWeight == 0 {
		r.fault(v.line, "defaultWeight is 0: the weights of unnamed siblings would add up to zero, and the default model divides by their sum")
	}
	seen := map[Weight]bool{}
	for _, element := range r.objects(parameters, "weights", "edition", "part", "standard", "requirement", "weight") {
		w := r.weight(element)
		key := w
		key.Weight = 0
		if seen[key] {
			r.fault(element.line, "this weight stands twice")
		}
		seen[key] = true
		p.Weights = append(p.Weights, w)
	}
	return p
}

func (r *fields) weight(element value) Weight {
	w := Weight{Weight: r.number(element, "weight", 0, mostWeight)}
	names := 0
	for _, level := range []struct {
		field string
		to    *string
	}{{"edition", &w.Edition}, {"part", &w.Part}, {"standard", &w.Standard}, {"requirement", &w.Requirement}} {
		if _, given := element.object[level.field]; given {
			*level.to = r.text(element, level.field)
			names++
		}
	}
	if names != 1 {
		r.fault(element.line, "a weight names one edition, part, standard or requirement; this names %d", names)
	}
	return w
}
