package scoring_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/scoring"
)

func odoBands(t fataler) scoring.ODOBands {
	t.Helper()
	policy, err := scoring.Find("odo-bands", 1)
	if err != nil {
		t.Fatal(err)
	}
	return policy.(scoring.ODOBands)
}

func known(n int) *int { return &n }

func TestODOBandsRatesFigures(t *testing.T) {
	t.Parallel()
	long := func(reviewed, deficient, deficiencies, priority, repeats *int) scoring.Figures {
		return scoring.Figures{Length: scoring.Long, StandardsReviewed: reviewed, DeficientStandards: deficient, Deficiencies: deficiencies, Priority: priority, Repeats: repeats}
	}
	short := func(reviewed, deficient, deficiencies, priority, repeats *int) scoring.Figures {
		f := long(reviewed, deficient, deficiencies, priority, repeats)
		f.Length = scoring.Short
		return f
	}
	zero := known(0)
	tests := []struct {
		name     string
		figures  scoring.Figures
		level    scoring.Result
		passFail scoring.Result
		because  string
	}{
		{"no deficiency", short(known(20), zero, zero, zero, zero), scoring.ResultSuperior, scoring.ResultPass,
			"points: 0 + 1 × 0 = 0; 0 points by the limits of short sets: SUPERIOR"},
		{"the same number weighs more under a short set", short(known(24), known(7), known(31), zero, zero), scoring.ResultDeficient, scoring.ResultFail,
			"points: 31 + 1 × 0 = 31; 31 points by the limits of short sets: DEFICIENT"},
		{"and less under a long one", long(known(24), known(7), known(31), zero, zero), scoring.ResultAcceptable, scoring.ResultPass,
			"points: 31 + 1 × 0 = 31; 31 points by the limits of long sets: ACCEPTABLE"},
		{"a priority deficiency counts twice", short(known(20), known(3), known(8), known(1), zero), scoring.ResultGood, scoring.ResultPass,
			"points: 8 + 1 × 1 = 9; 9 points by the limits of short sets: GOOD"},
		{"two repeats cost a level", short(known(20), known(2), known(3), zero, known(2)), scoring.ResultGood, scoring.ResultPass,
			"points: 3 + 1 × 0 = 3; 3 points by the limits of short sets: SUPERIOR; 2 repeats: lowered to GOOD"},
		{"five repeats cost two", short(known(20), known(2), known(5), zero, known(5)), scoring.ResultAcceptable, scoring.ResultPass,
			"points: 5 + 1 × 0 = 5; 5 points by the limits of short sets: SUPERIOR; 5 repeats: lowered to ACCEPTABLE"},
		{"repeats alone fail nobody", short(known(20), known(2), known(26), zero, known(9)), scoring.ResultAcceptable, scoring.ResultPass,
			"points: 26 + 1 × 0 = 26; 26 points by the limits of short sets: ACCEPTABLE"},
		{"many deficient standards are not superior", long(known(29), known(8), known(8), zero, zero), scoring.ResultGood, scoring.ResultPass,
			"points: 8 + 1 × 0 = 8; 8 points by the limits of long sets: SUPERIOR; 8 deficient standards, more than 7: no better than GOOD"},
		{"nor is half of those reviewed", long(known(6), known(3), known(3), zero, zero), scoring.ResultGood, scoring.ResultPass,
			"points: 3 + 1 × 0 = 3; 3 points by the limits of long sets: SUPERIOR; 3 of 6 reviewed standards are deficient: no better than GOOD"},
		{"far too much", short(known(20), known(12), known(37), zero, zero), scoring.ResultFailure, scoring.ResultFail,
			"points: 37 + 1 × 0 = 37; 37 points by the limits of short sets: FAILURE"},
		{"unknown figures are named, not taken for none", long(nil, known(2), known(2), nil, nil), scoring.ResultSuperior, scoring.ResultPass,
			"points: 2 + 1 × 0 = 2; 2 points by the limits of long sets: SUPERIOR; at best SUPERIOR, because not known: standards reviewed, priority deficiencies, repeats"},
		{"an unknown total is at least its parts", long(nil, nil, nil, known(2), known(4)), scoring.ResultGood, scoring.ResultPass,
			"points: at least 4 + 1 × 2 = 6; 6 points by the limits of long sets: SUPERIOR; 4 repeats: lowered to GOOD; at best GOOD, because not known: deficiencies, deficient standards, standards reviewed"},
		{"nothing known is not rated", long(known(20), nil, nil, nil, nil), scoring.ResultNotRated, "",
			"neither the deficiencies are known nor anything that tells their least number"},
		{"a set of unknown length is rated by the stricter limits", scoring.Figures{StandardsReviewed: known(20), DeficientStandards: known(3), Deficiencies: known(10), Priority: zero, Repeats: zero},
			scoring.ResultGood, scoring.ResultPass,
			"points: 10 + 1 × 0 = 10; 10 points by the limits of short sets: GOOD; the set's length is not known: the stricter limits were taken"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			score := scored(t, odoBands(t), scoring.Input{Published: &test.figures})
			if score.Overall.Result != test.level || score.Bands.PassFail != test.passFail || score.Overall.Because != test.because {
				t.Errorf("got  %s, %q because %q\nwant %s, %q because %q", score.Overall.Result, score.Bands.PassFail, score.Overall.Because, test.level, test.passFail, test.because)
			}
		})
	}
}

func TestODOBandsSaysThatItIsAnImitation(t *testing.T) {
	t.Parallel()
	notes := strings.Join(odoBands(t).Identity().Notes, " ")
	for _, said := range []string{"not public", "imitation", "not ICE policy", "does not fit"} {
		if !strings.Contains(notes, said) {
			t.Errorf("the notes do not say %q: %s", said, notes)
		}
	}
}

func TestTheNameOfASetTellsItsLength(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]scoring.Length{
		"PBNDS 2011 (Rev. 2016)": scoring.Long, "pbnds-2011-r2016-v2": scoring.Long, "NDS 2019": scoring.Short, "nds": scoring.Short, "FRS": scoring.Long, "frs-2020": scoring.Long,
		"22 PBNDS 2008 standards and 1 PBNDS 2011 (2013 Errata) standard": scoring.Long,
		"24 FRS and 4 PBNDS": scoring.Long, "20 NDS 2019 and 2 PBNDS 2011": scoring.LengthUnknown, "not-stated": scoring.LengthUnknown, "FPBDS": scoring.LengthUnknown, "": scoring.LengthUnknown,
	} {
		if got := odoBands(t).LengthOf(set); got != want {
			t.Errorf("%q is %q, want %q", set, got, want)
		}
	}
	if got := odoBands(t).LengthOf("nds-2019", "pbnds-2011"); got != scoring.LengthUnknown {
		t.Errorf("a visit under sets of both lengths is %q", got)
	}
	if got := odoBands(t).LengthOf("pbnds-2008", "pbnds-2011"); got != scoring.Long {
		t.Errorf("a visit under two long sets is %q", got)
	}
}

// An inspection's own deficiencies: recorded on components, on standards alone, and answers on which
// none was recorded yet.
func TestODOBandsCountsAnInspection(t *testing.T) {
	t.Parallel()
	in := scoring.Input{
		Sets: []string{"nds-2019"},
		Items: []scoring.Item{
			{Standard: "1.1", Key: "a", Rating: scoring.Meets, Methods: 2},
			{Standard: "2.9", Key: "b", Rating: scoring.DoesNotMeet, Methods: 1, Found: scoring.Found{Deficiencies: 3, Priority: 1, Repeats: 2}},
			{Standard: "2.9", Key: "c", Priority: true, Rating: scoring.DoesNotMeet, Methods: 2},
			{Standard: "2.10", Key: "d", Rating: scoring.NotApplicable, Reason: "IGSA"},
		},
		Standards: []scoring.StandardFound{{Standard: "Special Care", Found: scoring.Found{Deficiencies: 1}}},
	}
	score := scored(t, odoBands(t), in)
	want := scoring.Figures{Length: scoring.Short, StandardsReviewed: known(4), DeficientStandards: known(2), Deficiencies: known(5), Priority: known(2), Repeats: known(2)}
	if diff := cmp.Diff(want, score.Bands.Figures); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	// 5 + 2 = 7 points are SUPERIOR, 2 of 4 standards are half, and 2 repeats cost another level.
	if score.Overall.Result != scoring.ResultAcceptable || score.Bands.AtBest {
		t.Errorf("%s: %s", score.Overall.Result, score.Overall.Because)
	}
	results := map[string]scoring.Result{}
	for _, s := range score.Standards {
		results[s.Standard] = s.Result
	}
	if diff := cmp.Diff(map[string]scoring.Result{"1.1": scoring.ResultMeets, "2.9": scoring.ResultDoesNotMeet, "2.10": scoring.ResultNotRated, "Special Care": scoring.ResultDoesNotMeet}, results); diff != "" {
		t.Errorf("standards (-want +got):\n%s", diff)
	}
	in.Items[0].Rating = scoring.NotReviewed
	if s := scored(t, odoBands(t), in); s.Overall.Result != scoring.ResultIncomplete || s.Bands.PassFail != "" || s.Overall.Because != "1 of 3 applicable components not reviewed" {
		t.Errorf("with a component open it is %s, %s: %s", s.Overall.Result, s.Bands.PassFail, s.Overall.Because)
	}
}

func TestContradictoryFiguresAreRefused(t *testing.T) {
	t.Parallel()
	for want, figures := range map[string]scoring.Figures{
		"scoring: figures: 3 deficient standards of 2 standards reviewed": {DeficientStandards: known(3), StandardsReviewed: known(2)},
		"scoring: figures: 3 deficient standards of 2 deficiencies":       {DeficientStandards: known(3), Deficiencies: known(2)},
		"scoring: figures: 3 priority deficiencies of 2 deficiencies":     {Priority: known(3), Deficiencies: known(2)},
		"scoring: figures: 3 repeats of 2 deficiencies":                   {Repeats: known(3), Deficiencies: known(2)},
		"scoring: figures: a negative number of repeats or deficiencies":  {Repeats: known(-1)},
		"scoring: figures: unknown length \"MEDIUM\"":                     {Length: "MEDIUM"},
	} {
		if _, err := odoBands(t).Score(scoring.Input{Published: &figures}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for want, in := range map[string]scoring.Input{
		"scoring: item 0: more priority or repeat deficiencies than deficiencies": {Items: []scoring.Item{{Standard: "1.1", Rating: scoring.Meets, Found: scoring.Found{Repeats: 1}}}},
		"scoring: item 0: a negative number of deficiencies":                      {Items: []scoring.Item{{Standard: "1.1", Rating: scoring.Meets, Found: scoring.Found{Deficiencies: -1}}}},
		"scoring: standard 1: no name, or one that stands twice: \"1.1\"":         {Standards: []scoring.StandardFound{{Standard: "1.1"}, {Standard: "1.1"}}},
	} {
		for _, policy := range scoring.Policies() {
			if _, err := policy.Score(in); err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", policy.Identity().ID, err, want)
			}
			if _, err := policy.Changes(in); err == nil || err.Error() != want {
				t.Errorf("%s, changes: got %v, want %s", policy.Identity().ID, err, want)
			}
		}
	}
}
