package scoring

import (
	"cmp"
	"slices"
)

// Direction says which way a change moves the result.
type Direction string

const (
	// Completes: the score is INCOMPLETE, and after these answers there is a result. What it is
	// depends on them: there are two changes if all of them met and none of them met differ.
	Completes Direction = "COMPLETES"
	Raises    Direction = "RAISES"
	Lowers    Direction = "LOWERS"
)

// Change is what would move a policy's result: the fewest answers which, given as MEETS or
// DOES_NOT_MEET, give a higher result, or a lower one. No smaller set of answers does that.
//
// An answer takes its deficiencies with it: as MEETS it has none; as DOES_NOT_MEET it has those recorded,
// or one. Nothing else changes. Where several sets are as small, one of them stands here, the same
// whatever the order of the items.
type Change struct {
	Policy    string         `json:"policy"`
	Version   int            `json:"version"`
	Direction Direction      `json:"direction"`
	From      Result         `json:"from"`
	To        Result         `json:"to"`
	Answers   []AnswerChange `json:"answers"`
}

// AnswerChange is one answer of a Change.
type AnswerChange struct {
	Edition  string `json:"edition,omitempty"`
	Standard string `json:"standard"`
	Key      string `json:"key"`
	From     Rating `json:"from"`
	To       Rating `json:"to"`
}

// choice finds the answers of changes among an input's items, in their fixed order.
type choice struct {
	policy Policy
	in     Input // its items in order
	now    Result
}

// choose scores the input and prepares the search.
func choose(policy Policy, in Input) (choice, error) {
	in.Items = slices.SortedFunc(slices.Values(in.Items), compareChoices)
	score, err := policy.Score(in)
	return choice{policy, in, score.Overall.Result}, err
}

func compareChoices(a, b Item) int {
	excluded := func(i Item) int {
		if i.Rating == NotApplicable {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(excluded(a), excluded(b)), comparePlaces(a, b), cmp.Compare(a.Rating, b.Rating),
		cmp.Compare(a.Found.Deficiencies, b.Found.Deficiencies), cmp.Compare(a.Found.Priority, b.Found.Priority), cmp.Compare(a.Found.Repeats, b.Found.Repeats))
}

// which lists the positions of the items that are wanted.
func (c choice) which(wanted func(Item) bool) []int {
	var found []int
	for n, item := range c.in.Items {
		if wanted(item) {
			found = append(found, n)
		}
	}
	return found
}

// rated reports whether an item has one of the ratings.
func rated(ratings ...Rating) func(Item) bool {
	return func(i Item) bool { return slices.Contains(ratings, i.Rating) }
}

// open lists the answers that stand between the score and a result: everything undetermined, and so
// much of what was not reviewed as reaches the floor.
func (c choice) open(floor int) []int {
	undetermined, left := c.which(rated(Undetermined)), c.which(rated(NotReviewed))
	applicable := len(c.which(func(i Item) bool { return i.Rating != NotApplicable }))
	needed := (floor*applicable+999)/1000 - (applicable - len(left))
	return append(undetermined, left[:max(0, needed)]...)
}

// with scores the input with the answers changed; it is known to be a valid one.
func (c choice) with(answers []int, rating Rating) (Result, error) {
	changed := c.in
	changed.Items = slices.Clone(c.in.Items)
	for _, n := range answers {
		changed.Items[n] = changed.Items[n].rated(rating)
	}
	score, err := c.policy.Score(changed)
	return score.Overall.Result, err
}

// change describes the answers' change. It is empty if there are none, or the result stays.
func (c choice) change(direction Direction, answers []int, rating Rating) ([]Change, error) {
	if len(answers) == 0 {
		return nil, nil
	}
	result, err := c.with(answers, rating)
	if err != nil || result == c.now {
		return nil, err
	}
	identity := c.policy.Identity()
	change := Change{Policy: identity.ID, Version: identity.Version, Direction: direction, From: c.now, To: result}
	slices.Sort(answers)
	for _, n := range answers {
		item := c.in.Items[n]
		change.Answers = append(change.Answers, AnswerChange{Edition: item.Edition, Standard: item.Standard, Key: item.Key, From: item.Rating, To: rating})
	}
	return []Change{change}, nil
}

// completions are the changes of an INCOMPLETE score.
func (c choice) completions(floor int) ([]Change, error) {
	open := c.open(floor)
	best, err := c.change(Completes, open, Meets)
	if err != nil {
		return nil, err
	}
	worst, err := c.change(Completes, open, DoesNotMeet)
	if err != nil || len(best) > 0 && len(worst) > 0 && best[0].To == worst[0].To {
		return best, err
	}
	return append(best, worst...), nil
}

// both are the changes that raise the result by answers met, and lower it by answers not met.
func (c choice) both(raise, lower []int) ([]Change, error) {
	up, err := c.change(Raises, raise, Meets)
	if err != nil {
		return nil, err
	}
	down, err := c.change(Lowers, lower, DoesNotMeet)
	return append(up, down...), err
}

// first keeps at most n positions.
func first(positions []int, n int) []int { return positions[:min(n, len(positions))] }
