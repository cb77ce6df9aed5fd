package scoring_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/scoring"
)

func xccdf(t fataler, weights ...scoring.Weight) scoring.XCCDF {
	t.Helper()
	policy, err := scoring.Find("xccdf", 1)
	if err != nil {
		t.Fatal(err)
	}
	p := policy.(scoring.XCCDF)
	p.Weights = weights
	return p
}

// rule is one component: one rule-result of the specification.
func rule(part, standard, key string, rating scoring.Rating) scoring.Item {
	return scoring.Item{Edition: "e", Part: part, Standard: standard, Key: key, Rating: rating}
}

// The benchmark of the examples, with the results of its rules as section 7.3.2 names them:
//
//	edition e
//	  part 1
//	    standard 1.1   a pass           (MEETS)
//	                   b pass           (MEETS)
//	                   c fail           (DOES_NOT_MEET)
//	    standard 1.2   d notapplicable  (NOT_APPLICABLE)
//	                   e notapplicable  (NOT_APPLICABLE)
//	    standard 1.3   f pass           (MEETS)
//	  part 2
//	    standard 2.1   g pass           (MEETS)
//	                   h unknown        (NOT_REVIEWED)
//	                   i unknown        (UNDETERMINED)
//	                   j fail           (DOES_NOT_MEET)
func example() []scoring.Item {
	return []scoring.Item{
		rule("1", "1.1", "a", scoring.Meets), rule("1", "1.1", "b", scoring.Meets), rule("1", "1.1", "c", scoring.DoesNotMeet),
		rule("1", "1.2", "d", scoring.NotApplicable), rule("1", "1.2", "e", scoring.NotApplicable),
		rule("1", "1.3", "f", scoring.Meets),
		rule("2", "2.1", "g", scoring.Meets), rule("2", "2.1", "h", scoring.NotReviewed),
		rule("2", "2.1", "i", scoring.Undetermined), rule("2", "2.1", "j", scoring.DoesNotMeet),
	}
}

// Worked by hand from NISTIR 7275 revision 4: 7.3.2.2 (table 40), 7.3.2.3 (table 41), 7.3.2.4, 7.3.2.5.
func TestTheFourModelsOfTheSpecificationWorkedByHand(t *testing.T) {
	t.Parallel()
	all := func(rating scoring.Rating) []scoring.Item {
		return []scoring.Item{rule("1", "1.1", "a", rating), rule("2", "2.1", "b", rating)}
	}
	tests := []struct {
		name                              string
		items                             []scoring.Item
		weights                           []scoring.Weight
		byDefault, flat, counts, absolute string // score of maximum
		result                            scoring.Result
	}{
		{
			// Every weight is 1.0, the specification's default.
			//
			// Default (table 40). Score.Default.Rule: pass scores 100, fail and unknown 0, each with
			// count 1; notapplicable has count 0.
			//   1.1: s = 100 + 100 + 0 = 200, a = 3       200/3
			//   1.2: no child has a count: count 0, left out of part 1
			//   1.3: s = 100, a = 1                       100
			//   part 1: s = 200/3 + 100 = 500/3, a = 2    250/3
			//   2.1: s = 100 + 0 + 0 + 0 = 100, a = 4     25
			//   part 2: s = 25, a = 1                     25
			//   edition: s = 250/3 + 25 = 325/3, a = 2    325/6 = 54.166...
			//   benchmark: s = 325/6, a = 1               325/6
			//
			// Flat (table 41): eight rules are not notapplicable, m = 8; a, b, f and g passed, s = 4.
			// Flat unweighted: no weight is 0, so the same: 4 of 8.
			// Absolute: s = 4 is not m = 8, so 0.
			name: "weights of 1.0", items: example(),
			byDefault: "325/6 of 100", flat: "4 of 8", counts: "4 of 8", absolute: "0 of 1",
			result: scoring.ResultIncomplete, // h and i are open: the scores stand, the rating does not
		},
		{
			// a weighs 3, c weighs 0, h weighs 0.5, standard 1.3 weighs 2, part 2 weighs 0.25.
			//
			// Default.
			//   1.1: s = 3 x 100 + 1 x 100 + 0 x 0 = 400, a = 3 + 1 + 0 = 4     100
			//   1.3: s = 100, a = 1                                             100
			//   part 1: s = 1 x 100 + 2 x 100 = 300, a = 3                      100
			//   2.1: s = 1 x 100 = 100, a = 1 + 0.5 + 1 + 1 = 3.5               200/7
			//   part 2: 200/7
			//   edition: s = 1 x 100 + 0.25 x 200/7 = 750/7, a = 1.25           600/7 = 85.714...
			//
			// Flat: m = 3 + 1 + 0 + 1 (f) + 1 + 0.5 + 1 + 1 = 8.5; s = 3 + 1 + 1 + 1 = 6. The weights of
			// groups have no part in it.
			// Flat unweighted: weights that are not 0 become 1.0, c stays 0: m = 7, s = 4.
			// Absolute: 6 is not 8.5, so 0.
			name: "weights of their own", items: example(),
			weights: []scoring.Weight{{Requirement: "a", Weight: 3000}, {Requirement: "c"}, {Requirement: "h", Weight: 500},
				{Standard: "1.3", Weight: 2000}, {Part: "2", Weight: 250}},
			byDefault: "600/7 of 100", flat: "6 of 17/2", counts: "4 of 7", absolute: "0 of 1",
			result: scoring.ResultIncomplete,
		},
		{
			// Both pass: default 100, flat 2 of 2, counts 2 of 2; s = m, so absolute 1.
			name: "all pass", items: all(scoring.Meets),
			byDefault: "100 of 100", flat: "2 of 2", counts: "2 of 2", absolute: "1 of 1", result: scoring.ResultMeets,
		},
		{
			// Both fail: s = 0 in every model.
			name: "all fail", items: all(scoring.DoesNotMeet),
			byDefault: "0 of 100", flat: "0 of 2", counts: "0 of 2", absolute: "0 of 1", result: scoring.ResultDoesNotMeet,
		},
		{
			// The failing rule weighs 0: it has no part in s and m, and absolute is 1. In the default
			// model part 2 has a = 0; a node without weight is left out, for s / a would divide by zero.
			name: "what fails has no weight", items: []scoring.Item{rule("1", "1.1", "a", scoring.Meets), rule("2", "2.1", "b", scoring.DoesNotMeet)},
			weights:   []scoring.Weight{{Requirement: "b"}},
			byDefault: "100 of 100", flat: "1 of 1", counts: "1 of 1", absolute: "1 of 1", result: scoring.ResultMeets,
		},
		{
			// No rule counts: table 40 would divide by zero, and 0 = 0 would make absolute 1.
			name: "nothing applicable", items: all(scoring.NotApplicable),
			byDefault: " of 100", flat: " of 0", counts: " of 0", absolute: " of 1", result: scoring.ResultNotRated,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			score := scored(t, xccdf(t, test.weights...), scoring.Input{Items: test.items})
			got := map[string]string{}
			for _, m := range score.Models {
				got[m.Model] = m.Score + " of " + m.Maximum
			}
			want := map[string]string{"urn:xccdf:scoring:default": test.byDefault, "urn:xccdf:scoring:flat": test.flat,
				"urn:xccdf:scoring:flat-unweighted": test.counts, "urn:xccdf:scoring:absolute": test.absolute}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if score.Overall.Result != test.result {
				t.Errorf("got %s, want %s", score.Overall.Result, test.result)
			}
		})
	}
}

func TestTheModelsShowTheirArithmetic(t *testing.T) {
	t.Parallel()
	models := scored(t, xccdf(t), scoring.Input{Items: example()}).Models
	want := []string{
		"standard 1.1: (100 × 2) / 3 = 200/3",
		"standard 1.3: (100 × 1) / 1 = 100",
		"part 1: (1 × 200/3 + 1 × 100) / 2 = 250/3",
		"standard 2.1: (100 × 1) / 4 = 25",
		"part 2: (1 × 25) / 1 = 25",
		"edition e: (1 × 250/3 + 1 × 25) / 2 = 325/6",
		"whole: (1 × 325/6) / 1 = 325/6",
	}
	if diff := cmp.Diff(want, models[0].Arithmetic); diff != "" {
		t.Errorf("default (-want +got):\n%s", diff)
	}
	if got := *models[0].Thousandths; got != 54167 { // 54.1666...
		t.Errorf("325/6 is %d thousandths", got)
	}
}

// 2999 of 3000 is no 100, and 1 of 300,000 is no 0.
func TestAModelsRoundingNeverFlatters(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ passed, failed, want int }{{299_999, 1, 99_999}, {1, 299_999, 1}, {1, 2, 33_333}, {2, 1, 66_667}, {3, 0, 100_000}, {0, 3, 0}} {
		items := append(many(test.passed, rule("1", "1.1", "a", scoring.Meets)), many(test.failed, rule("1", "1.1", "b", scoring.DoesNotMeet))...)
		if got := *scored(t, xccdf(t), scoring.Input{Items: items}).Models[0].Thousandths; got != test.want {
			t.Errorf("%d passed, %d failed: %d thousandths, want %d", test.passed, test.failed, got, test.want)
		}
	}
}

// The specification's scores stand whatever is open; a rating does not.
func TestXCCDFRatesNothingBelowItsCoverageFloor(t *testing.T) {
	t.Parallel()
	score := scored(t, xccdf(t), scoring.Input{Items: example()})
	s := score.Overall
	if s.Result != scoring.ResultIncomplete || !s.Failed || s.Because != "1 of 8 applicable components not reviewed; 1 of 8 undetermined; it can no longer be MEETS: 2 components are not met" {
		t.Errorf("%s, failed %t: %s", s.Result, s.Failed, s.Because)
	}
	if s.Coverage.String() != "7/8 = 87.5 %" || s.All.NotApplicable != 2 {
		t.Errorf("coverage %s, excluded %d", s.Coverage, s.All.NotApplicable)
	}
}
