package scoring

// Changes says what would change the result; see Policy.
func (p XCCDF) Changes(in Input) ([]Change, error) {
	c, err := choose(p, in)
	if err != nil {
		return nil, err
	}
	if c.now == ResultIncomplete {
		return c.completions(p.CoverageFloor)
	}
	weighs := func(wanted func(Item) bool) []int {
		return c.which(func(i Item) bool { return p.weight(Weight{Requirement: i.Key}) > 0 && wanted(i) })
	}
	switch c.now {
	case ResultMeets:
		return c.both(nil, first(weighs(func(i Item) bool { return i.Rating != DoesNotMeet }), 1))
	case ResultDoesNotMeet:
		return c.both(weighs(rated(DoesNotMeet, NotReviewed)), nil)
	}
	// NOT_RATED: nothing that has a weight is applicable.
	one := first(weighs(rated(NotApplicable)), 1)
	return c.both(one, one)
}
