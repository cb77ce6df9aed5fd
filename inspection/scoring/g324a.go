package scoring

import (
	"fmt"
	"strconv"
)

// G324A scores as the G-324A worksheet does: meets / (total - not applicable), with mandatory (or
// priority) components and all others apart.
//
// One mandatory or priority component that is not met makes the result DOES_NOT_MEET. Other
// components that are not met lower the percentage and leave the result at MEETS, but only if
// every one of them is known not to be mandatory and something that decides was met; where that is
// not known the result is NOT_RATED.
type G324A struct {
	Version int
	// Note is what the policy's document says of its parameters; empty if nothing.
	Note string
	// CoverageFloor is the least coverage, in thousandths, at which there is a rating. At 1000 a
	// single component that was not reviewed leaves the score incomplete.
	CoverageFloor int
	// CorroboratingMethods is by how many methods a component must be known to be corroborated.
	CorroboratingMethods int
	// PriorityDecides says that a priority component decides as a mandatory one does.
	PriorityDecides bool
}

// G324AVersion1 is version 1 of policy "g324a". The form cannot be closed while components are
// unrated, so its coverage floor is the whole.
func G324AVersion1() G324A {
	return G324A{Version: 1, CoverageFloor: 1000, CorroboratingMethods: 2, PriorityDecides: true}
}

// Identity names the policy; see Policy.
func (p G324A) Identity() Identity {
	return Identity{
		ID: "g324a", Version: p.Version,
		Title: "G-324A worksheet: meets / (total - not applicable)",
		Parameters: []Parameter{
			{"coverageFloor", strconv.Itoa(p.CoverageFloor), "least coverage, in thousandths, at which there is a rating"},
			{"corroboratingMethods", strconv.Itoa(p.CorroboratingMethods), "number of methods by which a component is corroborated"},
			{"priorityDecides", strconv.FormatBool(p.PriorityDecides), "whether a sourced priority component decides as a mandatory one does"},
		},
		Notes: withNote([]string{
			"The formula is checked against a published result: 39/39 mandatory and 690/706 other components (97.7 %).",
			"That one mandatory component not met decides the standard, and the facility, is recalled practice: no source for it was read.",
			"A component whose mandatory flag no source shows counts among the others; if it is not met, no rating is given.",
		}, p.Note),
	}
}

// Score computes the score; see Policy.
func (p G324A) Score(in Input) (Score, error) {
	if err := in.check(); err != nil {
		return Score{}, err
	}
	numbers, groups := byStandard(in.Items)
	score := Score{Policy: p.Identity(), Overall: p.section("", in.Items), Standards: make([]Section, 0, len(numbers))}
	for _, number := range numbers {
		score.Standards = append(score.Standards, p.section(number, groups[number]))
	}
	return score, nil
}

func (p G324A) section(standard string, items []Item) Section {
	s := section(standard, items, p.decides, p.CorroboratingMethods)
	s.Result, s.Because = p.rate(s)
	return s
}

func (p G324A) decides(item Item) bool {
	return item.Mandatory == MandatoryYes || p.PriorityDecides && item.Priority
}

// rate applies the rules in their order: what is unknown first, then what decides.
func (p G324A) rate(s Section) (Result, string) {
	decisive := s.MandatoryOrPriority
	switch {
	case s.All.Applicable() == 0:
		return ResultNotRated, fmt.Sprintf("nothing applicable: %d of %d components are excluded", s.All.NotApplicable, s.All.Total)
	case !s.covered(p.CoverageFloor):
		return ResultIncomplete, p.incomplete(s)
	case s.Failed:
		return ResultDoesNotMeet, notMet(decisive)
	case s.NotMetMandatoryUnknown > 0:
		return ResultNotRated, fmt.Sprintf("%s not met, and no source shows whether mandatory", components(s.NotMetMandatoryUnknown))
	case s.Other.DoesNotMeet > 0 && decisive.Applicable() == 0:
		return ResultNotRated, fmt.Sprintf("%s not met, and no mandatory or priority component applies that could decide", components(s.Other.DoesNotMeet))
	case s.Other.DoesNotMeet > 0:
		return ResultMeets, fmt.Sprintf("all %d mandatory or priority components are met; of the others, %s not met", decisive.Applicable(), components(s.Other.DoesNotMeet))
	}
	return ResultMeets, fmt.Sprintf("all %d applicable components are met", s.All.Applicable())
}

func (p G324A) incomplete(s Section) string {
	why := s.whatIsOpen()
	if s.Failed {
		why += "; it can no longer be MEETS: " + notMet(s.MandatoryOrPriority)
	}
	return why
}

func notMet(decisive Tally) string {
	return fmt.Sprintf("of %d mandatory or priority components, %s not met", decisive.Applicable(), components(decisive.DoesNotMeet))
}

func components(n int) string {
	if n == 1 {
		return "1 component is"
	}
	return fmt.Sprintf("%d components are", n)
}
