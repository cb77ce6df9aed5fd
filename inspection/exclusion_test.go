package inspection_test

import (
	"testing"

	"pgregory.net/rapid"

	"plumbline/inspection"
)

// However the items are rated and reviewed: every one is in exactly one group, the groups add up to
// the counts, and what is not reviewed is what nobody accepted.
func TestExclusionsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []inspection.Exclusion
		waiting := 0
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			e := inspection.Exclusion{Answer: inspection.Answer{ID: inspection.NewID(),
				Rating: rapid.SampledFrom([]inspection.Rating{inspection.NotApplicable, inspection.Undetermined, inspection.NotReviewed}).Draw(t, "rating"),
				Reason: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "reason")}}
			verdict := rapid.SampledFrom([]inspection.ExclusionVerdict{"", inspection.ExclusionAccepted, inspection.ExclusionSentBack}).Draw(t, "verdict")
			if verdict != "" && e.Answer.Rating != inspection.NotReviewed {
				e.Review = &inspection.ExclusionReview{Verdict: verdict}
			}
			if verdict != inspection.ExclusionAccepted && e.Answer.Rating != inspection.NotReviewed {
				waiting++
			}
			all = append(all, e)
		}
		got := inspection.Group(all)
		seen := map[inspection.ID]bool{}
		byRating, accepted := map[inspection.Rating]int{}, 0
		for n, g := range got.Groups {
			if n > 0 && got.Groups[n-1].Rating == g.Rating && got.Groups[n-1].Count() < g.Count() {
				t.Fatal("the most frequent reason does not come first")
			}
			accepted += g.Accepted
			for _, e := range g.Items {
				if seen[e.Answer.ID] || e.Answer.Rating != g.Rating || e.Answer.Reason != g.Reason {
					t.Fatalf("%+v in group %s %q", e.Answer, g.Rating, g.Reason)
				}
				seen[e.Answer.ID] = true
				byRating[g.Rating]++
			}
		}
		if len(seen) != len(all) || byRating[inspection.NotApplicable] != got.NotApplicable || byRating[inspection.Undetermined] != got.Undetermined || byRating[inspection.NotReviewed] != got.NotReviewed {
			t.Fatalf("%d items, grouped %v, counted %+v", len(all), byRating, got)
		}
		if got.Unreviewed != waiting || accepted != got.NotApplicable+got.Undetermined-waiting {
			t.Fatalf("%d wait for review and %d are accepted, got %d", waiting, accepted, got.Unreviewed)
		}
	})
}
