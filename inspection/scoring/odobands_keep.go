package scoring

import "slices"

// room is how much may be kept: points, repeats, and deficient standards.
type room struct{ points, repeats, standards int }

// keeper finds how many deficient items can be kept at most within a room, by dynamic programming over
// the items in the order of their standards: the state is what of the room is used, and whether the
// present standard is deficient already.
type keeper struct {
	policy ODOBands
	items  []Item
	room   room
	// deficient are the standards that are deficient whatever is kept.
	deficient map[string]bool
	// standards is false where the number of deficient standards does not matter.
	standards bool
	// kept is, by state, the most items kept so far; -1 for a state that is not reached.
	kept []int
	// came holds, by item and state, the state from which keeping the item led there; -1 where it was
	// not kept.
	came [][]int32
}

// keepMost are the fewest answers to give as MEETS so that the points come to no worse than the base
// level and at most so many repeats (-1: any) are left. It is not possible if what rests on no item is
// too much already.
func (p ODOBands) keepMost(c choice, base, repeats int) (answers []int, possible bool) {
	figures, _ := p.figuresOf(c.in)
	positions := c.which(func(i Item) bool { return i.counts().Deficiencies > 0 })
	slices.SortStableFunc(positions, func(a, b int) int { return compareNumbers(c.in.Items[a].Standard, c.in.Items[b].Standard) })
	k := keeper{policy: p, deficient: map[string]bool{}, standards: base == superior,
		room: room{points: p.limits(figures.Length).list()[base], repeats: repeats, standards: p.mostSuperior(figures.StandardsReviewed)}}
	if repeats < 0 {
		k.room.repeats = *figures.Repeats
	}
	for _, s := range c.in.Standards {
		k.room.points -= p.points(s.Found)
		k.room.repeats -= s.Found.Repeats
		if s.Found.Deficiencies > 0 {
			k.deficient[s.Standard] = true
			k.room.standards--
		}
	}
	if !k.standards {
		k.room.standards = 0
	}
	if k.room.points < 0 || k.room.repeats < 0 || k.room.standards < 0 {
		return nil, false
	}
	for _, n := range positions {
		k.items = append(k.items, c.in.Items[n])
	}
	for n, keep := range k.solve() {
		if !keep {
			answers = append(answers, positions[n])
		}
	}
	return answers, true
}

// state numbers a state; the last bit says whether the present standard is deficient already.
func (k *keeper) state(r room, used int) int {
	return ((r.standards*(k.room.repeats+1)+r.repeats)*(k.room.points+1)+r.points)*2 + used
}

// solve says of each item whether to keep it.
func (k *keeper) solve() []bool {
	size := k.state(k.room, 1) + 1
	k.kept = make([]int, size)
	for n := range k.kept {
		k.kept[n] = -1
	}
	k.kept[0] = 0
	merged := make([][]bool, len(k.items))
	for n, item := range k.items {
		if n > 0 && k.items[n-1].Standard != item.Standard {
			merged[n] = k.nextStandard()
		}
		k.came = append(k.came, k.decide(item))
	}
	at := 0
	for n := range k.kept {
		if k.kept[n] > k.kept[at] {
			at = n
		}
	}
	keep := make([]bool, len(k.items))
	for n := len(k.items) - 1; n >= 0; n-- {
		if from := k.came[n][at]; from >= 0 {
			keep[n], at = true, int(from)
		}
		if merged[n] != nil && merged[n][at] {
			at++ // the standard before was deficient
		}
	}
	return keep
}

// nextStandard forgets whether the standard before was deficient, and says by state where it was.
func (k *keeper) nextStandard() []bool {
	was := make([]bool, len(k.kept))
	for n := 0; n+1 < len(k.kept); n += 2 {
		if k.kept[n+1] > k.kept[n] {
			k.kept[n], was[n] = k.kept[n+1], true
		}
		k.kept[n+1] = -1
	}
	return was
}

// decide keeps the item in every state where that leads to more, and says from which state.
func (k *keeper) decide(item Item) []int32 {
	came := make([]int32, len(k.kept))
	next := slices.Clone(k.kept)
	for to := range next {
		came[to] = -1
		from := k.before(to, item)
		if from >= 0 && k.kept[from] >= 0 && k.kept[from]+1 > next[to] {
			next[to], came[to] = k.kept[from]+1, int32(from)
		}
	}
	k.kept = next
	return came
}

// before is the state, the one with more kept if there are two, from which keeping the item leads to a
// state; -1 if none does.
func (k *keeper) before(to int, item Item) int {
	used, rest := to%2, to/2
	points := rest % (k.room.points + 1)
	rest /= k.room.points + 1
	repeats := rest % (k.room.repeats + 1)
	standards := rest / (k.room.repeats + 1)
	f := item.counts()
	points, repeats = points-k.policy.points(f), repeats-f.Repeats
	if used == 0 || points < 0 || repeats < 0 {
		return -1
	}
	same := k.state(room{points, repeats, standards}, 1)
	first := -1
	switch {
	case !k.standards || k.deficient[item.Standard]:
		first = k.state(room{points, repeats, standards}, 0)
	case standards > 0:
		first = k.state(room{points, repeats, standards - 1}, 0)
	}
	if first >= 0 && k.kept[first] > k.kept[same] {
		return first
	}
	return same
}
