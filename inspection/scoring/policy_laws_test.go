package scoring_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection/scoring"
)

// lawful are the released policies, and others that a document can describe.
func lawful() *rapid.Generator[scoring.Policy] {
	return rapid.SampledFrom(slices.DeleteFunc(smallPolicies(), func(p scoring.Policy) bool {
		return floorOf(p) < 1000 // no document is read with such a floor
	}))
}

// floorOf is the policy's coverage floor, as it tells it.
func floorOf(policy scoring.Policy) int {
	floor := 0
	for _, p := range policy.Identity().Parameters {
		if p.Name == "coverageFloor" {
			fmt.Sscan(p.Value, &floor)
		}
	}
	return floor
}

func asJSON(t fataler, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLawNoPolicyDependsOnTheOrderOfItems(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy, in := aPolicy().Draw(t, "policy"), aPlacedInput(20).Draw(t, "input")
		shuffled := in
		shuffled.Items = rapid.Permutation(in.Items).Draw(t, "shuffled")
		shuffled.Standards = rapid.Permutation(in.Standards).Draw(t, "standards shuffled")
		if a, b := asJSON(t, scored(t, policy, in)), asJSON(t, scored(t, policy, shuffled)); a != b {
			t.Fatalf("in order\n%s\nshuffled\n%s", a, b)
		}
	})
}

// reratedInput draws an input and returns it with one item rated in two ways, the first as the worse.
func reratedInput(t *rapid.T, from, to scoring.Rating) (before, after scoring.Input) {
	before = aPlacedInput(10).Filter(func(in scoring.Input) bool { return len(in.Items) > 0 }).Draw(t, "input")
	one := rapid.IntRange(0, len(before.Items)-1).Draw(t, "one")
	if rapid.Bool().Draw(t, "others met") {
		for n := range before.Items {
			if n != one {
				before.Items[n].Rating = scoring.Meets
			}
		}
	}
	before.Items = rerated(before.Items, one, from)
	after = before
	after.Items = rerated(before.Items, one, to)
	return before, after
}

// notWorse holds that nothing of the score after is lower than before: the results of the whole and of
// each standard, every share, and the score of every model as a part of its maximum.
func notWorse(t *rapid.T, what string, before, after scoring.Score) {
	a, b := sections(before), sections(after)
	for n := range a {
		if rank(b[n].Result) < rank(a[n].Result) {
			t.Fatalf("%s, %s, standard %q: %s lowered to %s", before.Policy.ID, what, a[n].Standard, a[n].Result, b[n].Result)
		}
		for k := range tallies(a[n]) {
			if lower(tallies(b[n])[k].Score, tallies(a[n])[k].Score) {
				t.Fatalf("%s, %s, standard %q: %s lowered to %s", before.Policy.ID, what, a[n].Standard, tallies(a[n])[k].Arithmetic, tallies(b[n])[k].Arithmetic)
			}
		}
	}
	for n, model := range before.Models {
		if x, y := part(t, model), part(t, after.Models[n]); x != nil && y != nil && y.Cmp(x) < 0 {
			t.Fatalf("%s, %s: %s lowered from %s to %s", model.Model, what, model.Score, x, y)
		}
	}
}

// part is the score as a part of its maximum; nil where nothing was applicable.
func part(t *rapid.T, m scoring.ModelScore) *big.Rat {
	if m.Score == "" {
		return nil
	}
	score, ok := new(big.Rat).SetString(m.Score)
	most, okToo := new(big.Rat).SetString(m.Maximum)
	if !ok || !okToo {
		t.Fatalf("%+v is no fraction", m)
	}
	return score.Quo(score, most)
}

// A better answer: NOT_REVIEWED, UNDETERMINED, DOES_NOT_MEET, MEETS, in this order.
func TestLawABetterAnswerNeverLowersAnyPolicysScore(t *testing.T) {
	t.Parallel()
	worst := []scoring.Rating{scoring.NotReviewed, scoring.Undetermined, scoring.DoesNotMeet, scoring.Meets}
	rapid.Check(t, func(t *rapid.T) {
		policy := lawful().Draw(t, "policy")
		from := rapid.IntRange(0, len(worst)-1).Draw(t, "from")
		to := rapid.IntRange(from, len(worst)-1).Draw(t, "to")
		before, after := reratedInput(t, worst[from], worst[to])
		notWorse(t, fmt.Sprintf("%s to %s", worst[from], worst[to]), scored(t, policy, before), scored(t, policy, after))
	})
}

// To leave an item NOT_REVIEWED never beats reviewing it: whatever the review brings to light, no result
// and no share or model score is lower than it was while the item was left out, where INCOMPLETE, which
// is no result, counts below every result. What would beat it is a rating that holds only because nobody
// looked.
func TestLawNotReviewedNeverBeatsReviewingUnderAnyPolicy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := lawful().Draw(t, "policy")
		outcome := rapid.SampledFrom([]scoring.Rating{scoring.Meets, scoring.DoesNotMeet, scoring.NotApplicable, scoring.Undetermined}).Draw(t, "outcome")
		left, done := reratedInput(t, scoring.NotReviewed, outcome)
		before, after := scored(t, policy, left), scored(t, policy, done)
		if before.Overall.Result != scoring.ResultIncomplete {
			t.Fatalf("%s rates %s with an item left out", policy.Identity().ID, before.Overall.Result)
		}
		notWorse(t, "left out, then "+string(outcome), before, after)
	})
}

func TestLawNoPolicyRatesBelowItsCoverageFloor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy, in := aPolicy().Draw(t, "policy"), aPlacedInput(12).Draw(t, "input")
		for _, s := range sections(scored(t, policy, in)) {
			rated := s.Result != scoring.ResultIncomplete && s.Result != scoring.ResultNotRated
			short := 1000*s.Coverage.Numerator < floorOf(policy)*s.Coverage.Denominator
			if rated && (short || s.All.Undetermined > 0) {
				t.Fatalf("%s, standard %q: %s with coverage %s and %d undetermined", policy.Identity().ID, s.Standard, s.Result, s.Coverage, s.All.Undetermined)
			}
		}
	})
}

func TestLawEveryPolicysTotalsAreTheSumOfTheirParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy, in := aPolicy().Draw(t, "policy"), aPlacedInput(20).Draw(t, "input")
		score := scored(t, policy, in)
		var sum counts
		for _, s := range score.Standards {
			sum = sum.plus(countsOf(s.All))
			if diff := cmp.Diff(countsOf(s.All), countsOf(s.MandatoryOrPriority).plus(countsOf(s.Other))); diff != "" {
				t.Fatalf("standard %q (-all +sum):\n%s", s.Standard, diff)
			}
		}
		if diff := cmp.Diff(countsOf(score.Overall.All), sum); diff != "" || sum.total != len(in.Items) {
			t.Fatalf("%d items (-overall +sum):\n%s", len(in.Items), diff)
		}
		for _, s := range sections(score) {
			if sumOf(s.Exclusions) != s.All.NotApplicable || sumOf(s.Open) != s.All.Open() {
				t.Fatalf("standard %q: the reasons do not add up", s.Standard)
			}
		}
		if score.Bands != nil {
			checkBands(t, in, score)
		}
		checkModels(t, score)
	})
}

func checkBands(t *rapid.T, in scoring.Input, score scoring.Score) {
	total, by := scoring.Found{}, map[string]int{}
	add := func(standard string, f scoring.Found) {
		total.Deficiencies += f.Deficiencies
		total.Priority += f.Priority
		total.Repeats += f.Repeats
		by[standard] += f.Deficiencies
	}
	for _, item := range in.Items {
		f := item.Found
		if item.Rating == scoring.DoesNotMeet && f.Deficiencies == 0 {
			f.Deficiencies = 1
			if item.Priority {
				f.Priority = 1
			}
		}
		add(item.Standard, f)
	}
	for _, s := range in.Standards {
		add(s.Standard, s.Found)
	}
	deficient := 0
	for _, n := range by {
		if n > 0 {
			deficient++
		}
	}
	f := score.Bands.Figures
	if *f.Deficiencies != total.Deficiencies || *f.Priority != total.Priority || *f.Repeats != total.Repeats || *f.DeficientStandards != deficient || len(score.Standards) != len(by) {
		t.Fatalf("figures %s, want %+v on %d standards", asJSON(t, f), total, deficient)
	}
}

func checkModels(t *rapid.T, score scoring.Score) {
	for _, m := range score.Models {
		if (m.Score == "") != (m.Thousandths == nil) {
			t.Fatalf("%+v", m)
		}
		if p := part(t, m); p != nil && (p.Sign() < 0 || p.Cmp(big.NewRat(1, 1)) > 0) {
			t.Fatalf("%s: %s of %s", m.Model, m.Score, m.Maximum)
		}
	}
}

// Whoever has the input as JSON computes the same score, to the byte.
func TestLawAScoreIsRecomputedFromItsInputToTheByte(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy, in := aPolicy().Draw(t, "policy"), aPlacedInput(20).Draw(t, "input")
		var again scoring.Input
		if err := json.Unmarshal([]byte(asJSON(t, in)), &again); err != nil {
			t.Fatal(err)
		}
		if a, b := asJSON(t, scored(t, policy, in)), asJSON(t, scored(t, policy, again)); a != b {
			t.Fatalf("first\n%s\nagain\n%s", a, b)
		}
		var score scoring.Score
		first := asJSON(t, scored(t, policy, in))
		if err := json.Unmarshal([]byte(first), &score); err != nil {
			t.Fatal(err)
		}
		if got := asJSON(t, score); got != first {
			t.Fatalf("stored\n%s\nread back\n%s", first, got)
		}
	})
}

// What the inspected get tells nothing of methods, under any policy.
func TestLawNoPolicyTellsTheInspectedOfMethodsOrReasons(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy, in := aPolicy().Draw(t, "policy"), aPlacedInput(20).Draw(t, "input")
		other := in
		other.Items = slices.Clone(in.Items)
		for n := range other.Items {
			other.Items[n].Methods = rapid.IntRange(0, 6).Draw(t, "other methods")
			other.Items[n].Reason = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "other reason")
		}
		a := asJSON(t, scored(t, policy, in).WithoutCorroboration().WithoutReasons())
		b := asJSON(t, scored(t, policy, other).WithoutCorroboration().WithoutReasons())
		if a != b {
			t.Fatalf("the forms differ:\n%s\n%s", a, b)
		}
	})
}
