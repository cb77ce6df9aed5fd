package inspection_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection"
	"plumbline/inspection/sampling"
)

func number[T any](v T) *T { return &v }

// fullSample is a sample with every field set.
func fullSample() *inspection.Sample {
	return &inspection.Sample{DrawID: number(inspection.EditionID("draw")), Population: number(120), Size: number(2), Nonconforming: number(1),
		Lowest: number(1.5), Highest: number(2.5), Unit: "F", Period: "March", Group: "male",
		DatePairs: []inspection.DatePair{{Start: "2026-03-01", End: "2026-03-09"}, {Start: "2026-03-01T12:00:00-06:00"}},
		Limit:     &sampling.TimeLimit{Value: 5, Unit: sampling.WorkingDays}, AsOf: "2026-03-04", Holidays: []string{"2026-03-02"}}
}

// A field that was added to Sample and not to its comparison would let a change pass as no change.
func TestSamplesDifferInEveryField(t *testing.T) {
	t.Parallel()
	for n := range reflect.TypeFor[inspection.Sample]().NumField() {
		full, other := fullSample(), fullSample()
		field := reflect.ValueOf(other).Elem().Field(n)
		name := reflect.TypeFor[inspection.Sample]().Field(n).Name
		if field.IsZero() {
			t.Errorf("%s is not set in the full sample of this test", name)
		}
		if inspection.SampleText(full) != inspection.SampleText(fullSample()) {
			t.Fatal("a sample differs from its copy")
		}
		field.SetZero()
		if inspection.SampleText(full) == inspection.SampleText(other) {
			t.Errorf("samples that differ in %s count as the same", name)
		}
	}
	if inspection.SampleText(nil) == inspection.SampleText(fullSample()) {
		t.Error("no sample is no sample")
	}
}

func TestASampleSurvivesTheDatabase(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(fullSample())
	if err != nil {
		t.Fatal(err)
	}
	var back inspection.Sample
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fullSample(), &back); diff != "" {
		t.Errorf("%s", diff)
	}
	if want := `"datePairs":["2026-03-01/2026-03-09","2026-03-01T12:00:00-06:00/.."]`; !strings.Contains(string(text), want) {
		t.Errorf("%s does not hold %s", text, want)
	}
	if err := json.Unmarshal([]byte(`{"datePairs":["2026-03-01"]}`), &back); err == nil {
		t.Error("a date alone is read as an interval")
	}
}

// An interval is null only where there is no share, and its bounds hold the share seen.
func TestLawTheIntervalHoldsTheShare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3000).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		s := inspection.Sample{Size: &n, Nonconforming: &k}
		i := s.Interval()
		if (i == nil) != (n == 0) {
			t.Fatalf("%d of %d: %v", k, n, i)
		}
		if i != nil && (len(i.Lower) != 8 || i.Lower > i.Upper || i.Lower < "0.000000" || i.Upper > "1.000000") {
			t.Fatalf("%d of %d: %v", k, n, i)
		}
	})
	for _, s := range []inspection.Sample{{}, {Size: number(3)}, {Nonconforming: number(0)}} {
		if s.Interval() != nil || s.Timeliness() != nil {
			t.Errorf("%+v has an interval", s)
		}
	}
}

func TestWhatTheIntervalSaysOfItself(t *testing.T) {
	t.Parallel()
	draw := inspection.EditionID("draw")
	for _, c := range []struct {
		sample    inspection.Sample
		has, lags string
	}{
		{inspection.Sample{Size: number(12), Nonconforming: number(2)}, "No draw is recorded", "everything"},
		{inspection.Sample{Size: number(12), Nonconforming: number(2), DrawID: &draw, Population: number(120)}, "drawn at random", "No draw"},
		{inspection.Sample{Size: number(12), Nonconforming: number(2), Population: number(12)}, "everything was looked at", "No draw"},
	} {
		if note := c.sample.Interval().Note; !strings.Contains(note, c.has) || strings.Contains(note, c.lags) {
			t.Errorf("%+v: %q", c.sample, note)
		}
	}
}

// Only figures that a source showed judge, and nothing measured is not judged.
func TestThresholdsOfARequirement(t *testing.T) {
	t.Parallel()
	r := inspection.Requirement{NumbersSeen: true, Thresholds: []inspection.Threshold{{Op: inspection.ThresholdMax, Value: 5, Unit: "working_days", Note: "from receipt"}}}
	late := fullSample()
	late.Lowest, late.Highest, late.Unit, late.AsOf = nil, nil, "", "2026-03-31"
	late.DatePairs = []inspection.DatePair{{Start: "2026-03-03", End: "2026-03-04"}, {Start: "2026-03-02"}}
	checks := inspection.CheckThresholds(&r, late)
	if len(checks) != 1 || checks[0].Verdict != sampling.Beyond || *checks[0].Highest != 21 || *checks[0].Lowest != 1 || checks[0].Note != "from receipt" {
		t.Errorf("an open case as old as this: %+v", checks)
	}
	r.NumbersSeen = false
	if checks := inspection.CheckThresholds(&r, late); checks[0].Verdict != sampling.NotJudged {
		t.Errorf("a figure nobody saw judges: %+v", checks)
	}
	for what, checks := range map[string][]inspection.ThresholdCheck{"no sample": inspection.CheckThresholds(&r, nil), "no requirement": inspection.CheckThresholds(nil, late),
		"nothing measured": inspection.CheckThresholds(&r, &inspection.Sample{Size: number(3)})} {
		if checks != nil {
			t.Errorf("%s: %+v", what, checks)
		}
	}
}

// The receipt's bytes are what outsiders hash and read: they change only on purpose. node
// docs/sample-receipt.mjs inspection/testdata/receipt.json agrees with it.
func TestTheReceiptStandsAsItWasPublished(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 3, 14, 30, 0, 123456000, time.UTC)
	seed := sampling.Seed{1, 2, 3, 31: 255}
	draw := inspection.SampleDraw{ID: inspection.EditionID("draw"), InspectionID: inspection.EditionID("inspection"), RequirementID: number(inspection.EditionID("requirement")),
		Purpose: "files <A> & B", Commitment: inspection.SHA256(seed.Commitment()), CommittedBy: theLead, CommittedAt: at.Add(-time.Hour)}
	if r, err := draw.Receipt(); r != nil || err != nil {
		t.Errorf("before the draw there is a receipt: %v, %v", r, err)
	}
	draw.Population, draw.Size, draw.List, draw.ListSHA256, draw.DrawnAt, draw.DrawnBy, draw.Seed = 467, 12, "files, by number", &inspection.SHA256{9}, &at, &theLead, &seed
	order := sampling.Positions(seed, 467, 14)
	draw.Positions = order[:12]
	draw.Substitutions = []inspection.SampleSubstitution{{Position: order[3], Replacement: &order[12], Reason: "missing", SubstitutedAt: at},
		{Position: order[12], Replacement: &order[13], Reason: "missing too", SubstitutedAt: at}}
	receipt, err := draw.Receipt()
	if err != nil {
		t.Fatal(err)
	}
	published, err := os.ReadFile("testdata/receipt.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSuffix(string(published), "\n"), receipt.Body); diff != "" {
		t.Errorf("the receipt (-published +now):\n%s", diff)
	}
}
