package scoring

import (
	"cmp"
	"slices"
)

// Changes says what would change the result; see Policy. Published figures have no answers to change.
func (p ODOBands) Changes(in Input) ([]Change, error) {
	c, err := choose(p, in)
	if err != nil || in.Published != nil {
		return nil, err
	}
	level := slices.Index(levels(), c.now)
	switch {
	case c.now == ResultIncomplete:
		return c.completions(p.CoverageFloor)
	case level < 0: // NOT_RATED: nothing is applicable
		return c.both(first(c.which(rated(NotApplicable)), 1), nil)
	}
	return c.both(p.raising(c, level), p.lowering(c, level))
}

// raising are the fewest deficient answers to give as MEETS for a higher level. For every number of
// levels that repeats may still cost, as many deficiencies are kept as the limits allow.
func (p ODOBands) raising(c choice, level int) []int {
	if level == superior {
		return nil
	}
	allowances := append([]RepeatStep{{0, 0}}, p.RepeatSteps...)
	var best []int
	found := false
	for n, allowance := range allowances {
		base := p.highestBase(level, allowance.Steps)
		if base < 0 {
			continue
		}
		repeats := -1 // no limit
		if n+1 < len(allowances) {
			repeats = allowances[n+1].Repeats - 1
		}
		given, possible := p.keepMost(c, base, repeats)
		if possible && (!found || len(given) < len(best)) {
			best, found = given, true
		}
	}
	return best
}

// highestBase is the worst level before repeats that comes to a better one than the present; -1 if
// none does.
func (p ODOBands) highestBase(level, steps int) int {
	for base := failure - 1; base >= superior; base-- {
		if lowered(base, steps) < level {
			return base
		}
	}
	return -1
}

// lowering are the fewest answers to give as DOES_NOT_MEET for a lower level: those that add the most
// points, or, where many deficient standards rule SUPERIOR out, one in each of some standards.
func (p ODOBands) lowering(c choice, level int) []int {
	figures, found := p.figuresOf(c.in)
	steps := p.steps(*figures.Repeats)
	base := superior
	for base <= failure && lowered(base, steps) <= level {
		base++
	}
	if base > failure {
		return nil
	}
	points := *figures.Deficiencies + p.PriorityWeight**figures.Priority
	best, possible := p.addPoints(c, p.limits(figures.Length).list()[base-1]-points+1)
	if base != good {
		return best
	}
	spread, also := p.addStandards(c, found, p.mostSuperior(figures.StandardsReviewed)-*figures.DeficientStandards+1)
	if also && (!possible || len(spread) < len(best)) {
		return spread
	}
	return best
}

// addPoints are the fewest answers that, not met, add so many points.
func (p ODOBands) addPoints(c choice, needed int) (answers []int, possible bool) {
	gain := func(n int) int {
		item := c.in.Items[n]
		return p.points(item.rated(DoesNotMeet).counts()) - p.points(item.counts())
	}
	order := c.which(func(Item) bool { return true })
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(gain(b), gain(a)) })
	for _, n := range order {
		if needed <= 0 || gain(n) == 0 {
			break
		}
		needed -= gain(n)
		answers = append(answers, n)
	}
	return answers, needed <= 0
}

// addStandards are answers that, not met, make so many more standards deficient. Wherever there is a
// level, every standard was reviewed, so that their number stays.
func (p ODOBands) addStandards(c choice, found map[string]Found, needed int) (answers []int, possible bool) {
	deficient := map[string]bool{}
	for standard, f := range found {
		deficient[standard] = f.Deficiencies > 0
	}
	for n, item := range c.in.Items { // excluded ones come last
		if len(answers) < needed && !deficient[item.Standard] {
			deficient[item.Standard] = true
			answers = append(answers, n)
		}
	}
	return answers, len(answers) >= needed
}

func (p ODOBands) points(f Found) int { return f.Deficiencies + p.PriorityWeight*f.Priority }
