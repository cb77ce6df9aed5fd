package scoring_test

import (
	"fmt"
	"testing"

	"plumbline/inspection/scoring"
)

// eightHundred is an inspection of 800 items of 40 standards, with 100 not met and 100 deficiencies.
func eightHundred() scoring.Input {
	in := scoring.Input{Sets: []string{"pbnds-2011-r2016"}}
	for n := range 800 {
		standard := n % 40
		item := scoring.Item{Edition: "pbnds-2011-r2016", Part: fmt.Sprint(standard%7 + 1), Standard: fmt.Sprintf("%d.%d", standard%7+1, standard/7+1), Key: fmt.Sprint(n),
			Priority: n%10 == 0, Rating: scoring.Meets, Methods: n % 3}
		switch {
		case n%8 == 0:
			item.Rating, item.Found = scoring.DoesNotMeet, scoring.Found{Deficiencies: 1, Repeats: n / 8 % 2}
		case n%8 == 1:
			item.Rating, item.Reason = scoring.NotApplicable, "IGSA"
		}
		in.Items = append(in.Items, item)
	}
	return in
}

// Every policy scores 800 items.
func BenchmarkScore(b *testing.B) {
	in := eightHundred()
	for _, policy := range scoring.Policies() {
		b.Run(policy.Identity().ID, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := policy.Score(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What would change the result of 800 items.
func BenchmarkChanges(b *testing.B) {
	in := eightHundred()
	for _, policy := range scoring.Policies() {
		b.Run(policy.Identity().ID, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := policy.Changes(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
