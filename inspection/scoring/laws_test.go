package scoring_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection/scoring"
)

func anItem() *rapid.Generator[scoring.Item] {
	return rapid.Custom(func(t *rapid.T) scoring.Item {
		return scoring.Item{
			Standard:  rapid.SampledFrom([]string{"1.1", "2.9", "2.10"}).Draw(t, "standard"),
			Priority:  rapid.Bool().Draw(t, "priority"),
			Mandatory: rapid.SampledFrom([]scoring.Mandatory{scoring.MandatoryUnknown, scoring.MandatoryYes, scoring.MandatoryNo}).Draw(t, "mandatory"),
			Rating:    rapid.SampledFrom(allRatings()).Draw(t, "rating"),
			Reason:    rapid.SampledFrom([]string{"", "IGSA", "no female population"}).Draw(t, "reason"),
			Methods:   rapid.IntRange(0, 3).Draw(t, "methods"),
		}
	})
}

func allRatings() []scoring.Rating {
	return []scoring.Rating{scoring.Meets, scoring.DoesNotMeet, scoring.NotApplicable, scoring.Undetermined, scoring.NotReviewed}
}

// itemsAndOne draws items that are mostly met, so that results of every kind occur, and the
// position of one of them.
func itemsAndOne(t *rapid.T) ([]scoring.Item, int) {
	items := rapid.SliceOfN(anItem(), 1, 12).Draw(t, "items")
	one := rapid.IntRange(0, len(items)-1).Draw(t, "one")
	if rapid.Bool().Draw(t, "others met") {
		for n := range items {
			if n != one {
				items[n].Rating = scoring.Meets
			}
		}
	}
	return items, one
}

func rerated(items []scoring.Item, one int, rating scoring.Rating) []scoring.Item {
	changed := slices.Clone(items)
	changed[one].Rating = rating
	return changed
}

func sections(score scoring.Score) []scoring.Section {
	return append([]scoring.Section{score.Overall}, score.Standards...)
}

func tallies(s scoring.Section) []scoring.Tally {
	return []scoring.Tally{s.All, s.MandatoryOrPriority, s.Other}
}

// rank orders results from worst to best. INCOMPLETE is no result at all and stands below all.
func rank(result scoring.Result) int {
	return slices.Index([]scoring.Result{scoring.ResultIncomplete, scoring.ResultDoesNotMeet, scoring.ResultNotRated, scoring.ResultFailure,
		scoring.ResultDeficient, scoring.ResultAcceptable, scoring.ResultGood, scoring.ResultSuperior, scoring.ResultMeets}, result)
}

// lower reports whether a is a smaller fraction than b; an empty one is not compared.
func lower(a, b scoring.Share) bool {
	if a.Denominator == 0 || b.Denominator == 0 {
		return false
	}
	return a.Numerator*b.Denominator < b.Numerator*a.Denominator
}

func TestLawTheOrderOfItemsDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(anItem(), 0, 20).Draw(t, "items")
		shuffled := rapid.Permutation(items).Draw(t, "shuffled")
		if diff := cmp.Diff(mustScore(t, items), mustScore(t, shuffled)); diff != "" {
			t.Fatalf("(-in order +shuffled):\n%s", diff)
		}
	})
}

func TestLawABetterAnswerNeverLowersAScore(t *testing.T) {
	t.Parallel()
	worst := []scoring.Rating{scoring.NotReviewed, scoring.Undetermined, scoring.DoesNotMeet, scoring.Meets}
	rapid.Check(t, func(t *rapid.T) {
		items, one := itemsAndOne(t)
		from := rapid.IntRange(0, len(worst)-1).Draw(t, "from")
		to := rapid.IntRange(from, len(worst)-1).Draw(t, "to")
		before := sections(mustScore(t, rerated(items, one, worst[from])))
		after := sections(mustScore(t, rerated(items, one, worst[to])))
		for n := range before {
			if rank(after[n].Result) < rank(before[n].Result) {
				t.Fatalf("standard %q: %s -> %s lowered %s to %s", before[n].Standard, worst[from], worst[to], before[n].Result, after[n].Result)
			}
			for k := range tallies(before[n]) {
				if lower(tallies(after[n])[k].Score, tallies(before[n])[k].Score) {
					t.Fatalf("standard %q: %s -> %s lowered %s to %s", before[n].Standard, worst[from], worst[to],
						tallies(before[n])[k].Arithmetic, tallies(after[n])[k].Arithmetic)
				}
			}
		}
	})
}

func TestLawNotReviewedNeverBeatsReviewing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, one := itemsAndOne(t)
		outcome := rapid.SampledFrom([]scoring.Rating{scoring.Meets, scoring.DoesNotMeet, scoring.NotApplicable, scoring.Undetermined}).Draw(t, "outcome")
		left := sections(mustScore(t, rerated(items, one, scoring.NotReviewed)))
		done := sections(mustScore(t, rerated(items, one, outcome)))
		for n := range left {
			if rank(left[n].Result) > rank(done[n].Result) {
				t.Fatalf("standard %q: left out it is %s, reviewed as %s it is %s", left[n].Standard, left[n].Result, outcome, done[n].Result)
			}
			for k := range tallies(left[n]) {
				if lower(tallies(done[n])[k].Score, tallies(left[n])[k].Score) {
					t.Fatalf("standard %q: left out it is %s, reviewed as %s it is %s", left[n].Standard,
						tallies(left[n])[k].Arithmetic, outcome, tallies(done[n])[k].Arithmetic)
				}
			}
		}
	})
}

func TestLawNoRatingWhileSomethingIsOpenAndNoFailureIsHidden(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, _ := itemsAndOne(t)
		for _, s := range sections(mustScore(t, items)) {
			rated := s.Result == scoring.ResultMeets || s.Result == scoring.ResultDoesNotMeet
			if rated && s.All.Open() > 0 {
				t.Fatalf("standard %q is %s with %d open", s.Standard, s.Result, s.All.Open())
			}
			if s.Failed != (s.MandatoryOrPriority.DoesNotMeet > 0) || s.Failed && s.Result == scoring.ResultMeets {
				t.Fatalf("standard %q is %s, failed %t, with %d decisive components not met", s.Standard, s.Result, s.Failed, s.MandatoryOrPriority.DoesNotMeet)
			}
			if s.Result == scoring.ResultMeets && s.NotMetMandatoryUnknown > 0 {
				t.Fatalf("standard %q is MEETS although %d components of unknown flag are not met", s.Standard, s.NotMetMandatoryUnknown)
			}
		}
	})
}

func TestLawTotalsAreTheSumOfTheirParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(anItem(), 0, 20).Draw(t, "items")
		score := mustScore(t, items)
		if score.Overall.All.Total != len(items) {
			t.Fatalf("%d items, total %d", len(items), score.Overall.All.Total)
		}
		var standards counts
		for _, s := range score.Standards {
			standards = standards.plus(countsOf(s.All))
		}
		if diff := cmp.Diff(countsOf(score.Overall.All), standards); diff != "" {
			t.Fatalf("overall is not the sum of the standards (-overall +sum):\n%s", diff)
		}
		for _, s := range sections(score) {
			if diff := cmp.Diff(countsOf(s.All), countsOf(s.MandatoryOrPriority).plus(countsOf(s.Other))); diff != "" {
				t.Fatalf("standard %q: all is not the sum of both classes (-all +sum):\n%s", s.Standard, diff)
			}
			if got := sumOf(s.Exclusions); got != s.All.NotApplicable {
				t.Fatalf("standard %q: %d exclusions listed, %d counted", s.Standard, got, s.All.NotApplicable)
			}
			if got := sumOf(s.Open); got != s.All.Open() {
				t.Fatalf("standard %q: %d open listed, %d counted", s.Standard, got, s.All.Open())
			}
		}
	})
}

func TestLawEveryShareIsAFraction(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range sections(mustScore(t, rapid.SliceOfN(anItem(), 0, 20).Draw(t, "items"))) {
			for _, share := range []scoring.Share{s.All.Score, s.MandatoryOrPriority.Score, s.Other.Score, s.Coverage, *s.Corroboration} {
				checkShare(t, share)
			}
			for _, tally := range tallies(s) {
				if got := countsOf(tally); got.total != got.ratings() {
					t.Fatalf("standard %q: total %d, ratings %d", s.Standard, got.total, got.ratings())
				}
			}
		}
	})
}

func checkShare(t *rapid.T, share scoring.Share) {
	switch {
	case share.Numerator < 0 || share.Numerator > share.Denominator:
		t.Fatalf("%d/%d is no share", share.Numerator, share.Denominator)
	case (share.PerMille == nil) != (share.Denominator == 0):
		t.Fatalf("%s: a percentage of nothing, or none of something", share)
	case share.PerMille == nil:
	case (*share.PerMille == 1000) != (share.Numerator == share.Denominator):
		t.Fatalf("%s: 100 %% must mean all", share)
	case (*share.PerMille == 0) != (share.Numerator == 0):
		t.Fatalf("%s: 0 %% must mean none", share)
	}
}

func TestRoundingNeverFlattersToAHundred(t *testing.T) {
	t.Parallel()
	tests := []struct {
		met, total, want int
	}{{2, 3, 667}, {1, 3, 333}, {690, 706, 977}, {4999, 5000, 999}, {1, 5000, 1}, {1, 8, 125}, {0, 7, 0}, {7, 7, 1000}}
	for _, test := range tests {
		items := many(test.met, scoring.Item{Standard: "1.1", Rating: scoring.Meets})
		items = append(items, many(test.total-test.met, scoring.Item{Standard: "1.1", Rating: scoring.DoesNotMeet})...)
		if got := *mustScore(t, items).Overall.All.Score.PerMille; got != test.want {
			t.Errorf("%d of %d: got %d, want %d", test.met, test.total, got, test.want)
		}
	}
}

// A facility that could tell two inspections apart by their method counts could tell who talked.
func TestLawWithoutCorroborationNothingDependsOnMethods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(anItem(), 0, 20).Draw(t, "items")
		others := slices.Clone(items)
		for n := range others {
			others[n].Methods = rapid.IntRange(0, 6).Draw(t, "other methods")
		}
		if a, b := withoutCorroboration(t, items), withoutCorroboration(t, others); a != b {
			t.Fatalf("the forms differ:\n%s\n%s", a, b)
		}
	})
}

func withoutCorroboration(t *rapid.T, items []scoring.Item) string {
	score := mustScore(t, items)
	text, err := json.Marshal(score.WithoutCorroboration())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sections(score) {
		if s.Corroboration == nil {
			t.Fatal("taking the corroboration out of the copy took it out of the original")
		}
	}
	return string(text)
}

// counts are a tally's figures without their ratio.
type counts struct{ total, meets, doesNotMeet, notApplicable, undetermined, notReviewed int }

func countsOf(t scoring.Tally) counts {
	return counts{t.Total, t.Meets, t.DoesNotMeet, t.NotApplicable, t.Undetermined, t.NotReviewed}
}

func (c counts) plus(d counts) counts {
	return counts{c.total + d.total, c.meets + d.meets, c.doesNotMeet + d.doesNotMeet,
		c.notApplicable + d.notApplicable, c.undetermined + d.undetermined, c.notReviewed + d.notReviewed}
}

func (c counts) ratings() int {
	return c.meets + c.doesNotMeet + c.notApplicable + c.undetermined + c.notReviewed
}

func (c counts) Equal(d counts) bool { return c == d }

func sumOf(groups []scoring.ReasonCount) int {
	sum := 0
	for _, group := range groups {
		sum += group.Count
	}
	return sum
}
