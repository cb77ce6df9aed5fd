package scoring

// Changes says what would change the result; see Policy.
func (p G324A) Changes(in Input) ([]Change, error) {
	c, err := choose(p, in)
	if err != nil {
		return nil, err
	}
	if c.now == ResultIncomplete {
		return c.completions(p.CoverageFloor)
	}
	return c.both(p.raising(c), p.lowering(c))
}

// raising are the answers to give as MEETS for a higher result. Every decisive failure has to go
// before anything else counts; then every failure of unknown flag, and, where nothing decides, the others
// or else one excluded component that would decide.
func (p G324A) raising(c choice) []int {
	failed := func(wanted func(Item) bool) []int {
		return c.which(func(i Item) bool { return i.Rating == DoesNotMeet && !p.decides(i) && wanted(i) })
	}
	decisive := c.which(p.decides)
	if fails := c.which(func(i Item) bool { return p.decides(i) && i.Rating == DoesNotMeet }); len(fails) > 0 {
		return fails
	}
	if len(c.which(func(i Item) bool { return i.Rating != NotApplicable })) == 0 {
		return first(c.which(rated(NotApplicable)), 1)
	}
	if c.now == ResultMeets {
		return nil
	}
	unknown := failed(func(i Item) bool { return i.Mandatory == MandatoryUnknown })
	applies := c.which(func(i Item) bool { return p.decides(i) && i.Rating != NotApplicable })
	others := failed(func(i Item) bool { return i.Mandatory != MandatoryUnknown })
	if len(applies) > 0 || len(others) == 0 {
		return unknown
	}
	if len(decisive) > 0 && len(others) > 1 {
		return append(unknown, decisive[0])
	}
	return append(unknown, others...)
}

// lowering is the one answer to give as DOES_NOT_MEET for a lower result: the first that decides, else
// one that leaves the result without a rating.
func (p G324A) lowering(c choice) []int {
	if c.now == ResultDoesNotMeet {
		return nil
	}
	if decisive := c.which(p.decides); len(decisive) > 0 {
		return first(decisive, 1)
	}
	if c.now != ResultMeets {
		return nil
	}
	return first(c.which(func(i Item) bool { return i.Rating != DoesNotMeet }), 1)
}
