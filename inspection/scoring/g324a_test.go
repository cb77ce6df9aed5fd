package scoring_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/scoring"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// theoLacy is the published result of the 2010 inspection of Theo Lacy: 40 mandatory components
// (39 met, 1 not applicable) and 849 others (690 met, 16 not, 143 not applicable).
func theoLacy() []scoring.Item {
	mandatory := func(rating scoring.Rating, reason string) scoring.Item {
		return scoring.Item{Standard: "1.1", Mandatory: scoring.MandatoryYes, Rating: rating, Reason: reason, Methods: 2}
	}
	other := func(rating scoring.Rating, reason string) scoring.Item {
		return scoring.Item{Standard: "2.10", Mandatory: scoring.MandatoryNo, Rating: rating, Reason: reason, Methods: 1}
	}
	var items []scoring.Item
	items = append(items, many(39, mandatory(scoring.Meets, ""))...)
	items = append(items, many(1, mandatory(scoring.NotApplicable, "IGSA"))...)
	items = append(items, many(690, other(scoring.Meets, ""))...)
	items = append(items, many(16, other(scoring.DoesNotMeet, ""))...)
	items = append(items, many(140, other(scoring.NotApplicable, "IGSA"))...)
	items = append(items, many(3, other(scoring.NotApplicable, "no female population"))...)
	return items
}

func many(n int, item scoring.Item) []scoring.Item {
	items := make([]scoring.Item, n)
	for i := range items {
		items[i] = item
	}
	return items
}

func TestG324AGivesThePublishedResultOfTheoLacy(t *testing.T) {
	t.Parallel()
	score := mustScore(t, theoLacy())

	overall := score.Overall
	if got, want := overall.MandatoryOrPriority.Arithmetic, "39 / (40 - 1) = 39/39 = 100.0 %"; got != want {
		t.Errorf("mandatory: got %q, want %q", got, want)
	}
	if got, want := overall.Other.Arithmetic, "690 / (849 - 143) = 690/706 = 97.7 %"; got != want {
		t.Errorf("other: got %q, want %q", got, want)
	}
	if got, want := overall.Result, scoring.ResultMeets; got != want {
		t.Errorf("result: got %s, want %s", got, want)
	}
	wantExclusions := []scoring.ReasonCount{
		{Rating: scoring.NotApplicable, Reason: "IGSA", Count: 141},
		{Rating: scoring.NotApplicable, Reason: "no female population", Count: 3},
	}
	if diff := cmp.Diff(wantExclusions, overall.Exclusions); diff != "" {
		t.Errorf("exclusions (-want +got):\n%s", diff)
	}
}

// The JSON form is frozen into signed snapshots: a change of this file is a change of every
// snapshot made from then on, and needs a new policy version.
func TestTheJSONFormIsStable(t *testing.T) {
	t.Parallel()
	got, err := json.MarshalIndent(mustScore(t, theoLacy()), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "theo-lacy-2010.json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestG324AResult(t *testing.T) {
	t.Parallel()
	const (
		yes     = scoring.MandatoryYes
		no      = scoring.MandatoryNo
		unknown = scoring.MandatoryUnknown
	)
	rated := func(m scoring.Mandatory, r scoring.Rating) scoring.Item {
		return scoring.Item{Standard: "4.3", Mandatory: m, Rating: r}
	}
	priority := func(m scoring.Mandatory, r scoring.Rating) scoring.Item {
		return scoring.Item{Standard: "4.3", Mandatory: m, Priority: true, Rating: r}
	}
	tests := []struct {
		name    string
		items   []scoring.Item
		result  scoring.Result
		failed  bool
		because string
	}{
		{
			name:    "no component at all",
			result:  scoring.ResultNotRated,
			because: "nothing applicable: 0 of 0 components are excluded",
		},
		{
			name:    "everything excluded",
			items:   []scoring.Item{rated(yes, scoring.NotApplicable), rated(no, scoring.NotApplicable)},
			result:  scoring.ResultNotRated,
			because: "nothing applicable: 2 of 2 components are excluded",
		},
		{
			name:    "all met",
			items:   []scoring.Item{rated(unknown, scoring.Meets), rated(no, scoring.Meets)},
			result:  scoring.ResultMeets,
			because: "all 2 applicable components are met",
		},
		{
			name:    "one mandatory component not met",
			items:   []scoring.Item{rated(yes, scoring.DoesNotMeet), rated(yes, scoring.Meets), rated(no, scoring.Meets)},
			result:  scoring.ResultDoesNotMeet,
			failed:  true,
			because: "of 2 mandatory or priority components, 1 component is not met",
		},
		{
			name:    "a sourced priority component decides where the mandatory flag is unknown",
			items:   []scoring.Item{priority(unknown, scoring.DoesNotMeet), rated(no, scoring.Meets)},
			result:  scoring.ResultDoesNotMeet,
			failed:  true,
			because: "of 1 mandatory or priority components, 1 component is not met",
		},
		{
			name:    "a sourced priority component decides although the form does not call it mandatory",
			items:   []scoring.Item{priority(no, scoring.DoesNotMeet), priority(no, scoring.DoesNotMeet)},
			result:  scoring.ResultDoesNotMeet,
			failed:  true,
			because: "of 2 mandatory or priority components, 2 components are not met",
		},
		{
			name:    "others not met lower the percentage only",
			items:   []scoring.Item{rated(yes, scoring.Meets), rated(no, scoring.DoesNotMeet), rated(no, scoring.DoesNotMeet)},
			result:  scoring.ResultMeets,
			because: "all 1 mandatory or priority components are met; of the others, 2 components are not met",
		},
		{
			name:    "an unknown flag is not a no",
			items:   []scoring.Item{rated(yes, scoring.Meets), rated(unknown, scoring.DoesNotMeet)},
			result:  scoring.ResultNotRated,
			because: "1 component is not met, and no source shows whether mandatory",
		},
		{
			name:    "failure without anything that could decide is no pass",
			items:   []scoring.Item{rated(no, scoring.DoesNotMeet), rated(yes, scoring.NotApplicable)},
			result:  scoring.ResultNotRated,
			because: "1 component is not met, and no mandatory or priority component applies that could decide",
		},
		{
			name:    "not reviewed is never compliant",
			items:   []scoring.Item{rated(yes, scoring.Meets), rated(no, scoring.NotReviewed)},
			result:  scoring.ResultIncomplete,
			because: "1 of 2 applicable components not reviewed",
		},
		{
			name:    "undetermined is never compliant",
			items:   []scoring.Item{rated(yes, scoring.Meets), rated(no, scoring.Undetermined)},
			result:  scoring.ResultIncomplete,
			because: "1 of 2 undetermined",
		},
		{
			name:    "leaving work undone does not hide a failure",
			items:   []scoring.Item{rated(yes, scoring.DoesNotMeet), rated(no, scoring.Undetermined)},
			result:  scoring.ResultIncomplete,
			failed:  true,
			because: "1 of 2 undetermined; it can no longer be MEETS: of 1 mandatory or priority components, 1 component is not met",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := mustScore(t, test.items).Overall
			if got.Result != test.result || got.Failed != test.failed || got.Because != test.because {
				t.Errorf("got  %s, failed %t, because %q\nwant %s, failed %t, because %q",
					got.Result, got.Failed, got.Because, test.result, test.failed, test.because)
			}
		})
	}
}

func TestThePoliciesParametersDecide(t *testing.T) {
	t.Parallel()
	priorityNotMet := []scoring.Item{
		{Standard: "4.3", Mandatory: scoring.MandatoryYes, Rating: scoring.Meets},
		{Standard: "4.3", Mandatory: scoring.MandatoryNo, Priority: true, Rating: scoring.DoesNotMeet, Methods: 2},
	}
	policy := scoring.G324AVersion1()
	policy.PriorityDecides = false
	policy.CorroboratingMethods = 3

	score, err := policy.Score(scoring.Input{Items: priorityNotMet})
	if err != nil {
		t.Fatal(err)
	}
	if score.Overall.Result != scoring.ResultMeets {
		t.Errorf("priority should not decide: got %s", score.Overall.Result)
	}
	if got := score.Overall.Corroboration.Numerator; got != 0 {
		t.Errorf("two methods of three should not corroborate: got %d", got)
	}
}

func TestThereIsNoRatingBelowTheCoverageFloor(t *testing.T) {
	t.Parallel()
	half := scoring.G324AVersion1()
	half.CoverageFloor = 500
	met := scoring.Item{Standard: "4.3", Rating: scoring.Meets}
	notReviewed := scoring.Item{Standard: "4.3", Rating: scoring.NotReviewed}
	for _, test := range []struct {
		reviewed, left int
		want           scoring.Result
	}{{499, 501, scoring.ResultIncomplete}, {500, 500, scoring.ResultMeets}} {
		items := append(many(test.reviewed, met), many(test.left, notReviewed)...)
		score, err := half.Score(scoring.Input{Items: items})
		if err != nil {
			t.Fatal(err)
		}
		if score.Overall.Result != test.want {
			t.Errorf("%d reviewed, %d not: got %s, want %s", test.reviewed, test.left, score.Overall.Result, test.want)
		}
	}
}

func TestTheScoreShowsWhatItLeftOut(t *testing.T) {
	t.Parallel()
	items := []scoring.Item{
		{Standard: "5.6", Rating: scoring.Meets, Methods: 3},
		{Standard: "5.6", Rating: scoring.Meets, Methods: 1},
		{Standard: "5.6", Rating: scoring.DoesNotMeet, Methods: 2},
		{Standard: "5.6", Rating: scoring.Undetermined, Reason: "records withheld", Methods: 2},
		{Standard: "5.6", Rating: scoring.NotReviewed, Reason: " "},
		{Standard: "5.6", Rating: scoring.NotReviewed, Reason: "not named in the report"},
		{Standard: "5.6", Rating: scoring.NotReviewed, Reason: "not named in the report"},
		{Standard: "5.6", Rating: scoring.NotApplicable, Reason: "IGSA", Methods: 2},
	}
	got := mustScore(t, items).Overall

	wantOpen := []scoring.ReasonCount{
		{Rating: scoring.NotReviewed, Reason: "not named in the report", Count: 2},
		{Rating: scoring.NotReviewed, Reason: scoring.NoReason, Count: 1},
		{Rating: scoring.Undetermined, Reason: "records withheld", Count: 1},
	}
	if diff := cmp.Diff(wantOpen, got.Open); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	if got, want := got.Coverage.String(), "4/7 = 57.1 %"; got != want {
		t.Errorf("coverage: got %s, want %s", got, want)
	}
	if got, want := got.Corroboration.String(), "2/4 = 50.0 %"; got != want {
		t.Errorf("corroboration: got %s, want %s", got, want)
	}
	if got.MandatoryUnknown != 7 || got.NotMetMandatoryUnknown != 1 {
		t.Errorf("unknown flags: got %d, not met %d, want 7 and 1", got.MandatoryUnknown, got.NotMetMandatoryUnknown)
	}
}

func TestStandardsComeInTheOrderOfTheirNumbers(t *testing.T) {
	t.Parallel()
	var items []scoring.Item
	for _, standard := range []string{"2.10", "not stated", "2.9", "2", "10.1", "2.9.1"} {
		items = append(items, scoring.Item{Standard: standard, Rating: scoring.Meets})
	}
	var got []string
	for _, section := range mustScore(t, items).Standards {
		got = append(got, section.Standard)
	}
	if diff := cmp.Diff([]string{"2", "2.9", "2.9.1", "2.10", "10.1", "not stated"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnImpossibleInputIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]scoring.Item{
		"scoring: item 0: unknown rating \"\"":              {Standard: "1.1"},
		"scoring: item 0: unknown mandatory flag \"MAYBE\"": {Standard: "1.1", Rating: scoring.Meets, Mandatory: "MAYBE"},
		"scoring: item 0: no standard":                      {Rating: scoring.Meets},
		"scoring: item 0: -1 methods":                       {Standard: "1.1", Rating: scoring.Meets, Methods: -1},
	}
	for want, item := range tests {
		_, err := scoring.G324AVersion1().Score(scoring.Input{Items: []scoring.Item{item}})
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestPoliciesAreFoundByIDAndVersion(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, policy := range scoring.Policies() {
		identity := policy.Identity()
		key, err := json.Marshal([]any{identity.ID, identity.Version})
		if err != nil {
			t.Fatal(err)
		}
		if seen[string(key)] {
			t.Errorf("%s stands twice", key)
		}
		seen[string(key)] = true
		found, err := scoring.Find(identity.ID, identity.Version)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(identity, found.Identity()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	if _, err := scoring.Find("g324a", 99); err == nil {
		t.Error("a version that does not exist was found")
	}
}

func mustScore(t interface {
	Helper()
	Fatal(...any)
}, items []scoring.Item) scoring.Score {
	t.Helper()
	score, err := scoring.G324AVersion1().Score(scoring.Input{Items: items})
	if err != nil {
		t.Fatal(err)
	}
	return score
}
