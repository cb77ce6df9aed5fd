package inspection_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
	"plumbline/inspection/sampling"
)

// A draft's words are the answer's own, with the sample as ODO's reports word it; never what may tell
// of an interview.
func TestHowADraftIsWorded(t *testing.T) {
	t.Parallel()
	n := func(v int) *int { return &v }
	f := func(v float64) *float64 { return &v }
	document := []inspection.Method{inspection.DocumentReview}
	r := &inspection.Requirement{Text: "A health assessment within 14 days."}
	for _, c := range []struct {
		what     string
		a        inspection.Answer
		want     string
		withheld bool
	}{
		{"nothing said", inspection.Answer{Methods: document}, "Not met: A health assessment within 14 days.", false},
		{"remarks", inspection.Answer{Methods: document, Remarks: "Late."}, "Late.", false},
		{"a file sample", inspection.Answer{Methods: document, Remarks: "Late.", Sample: &inspection.Sample{Size: n(12), Nonconforming: n(2)}},
			"Late. In 2 out of 12 looked at.", false},
		{"a file sample of a population and a period", inspection.Answer{Methods: document, Remarks: "Late.", Sample: &inspection.Sample{Population: n(300), Size: n(12), Nonconforming: n(2), Period: "January to March"}},
			"Late. In 2 out of 12 looked at, of 300; January to March.", false},
		{"dates beyond a limit", inspection.Answer{Methods: document, Remarks: "Late.", Sample: &inspection.Sample{Size: n(3), Nonconforming: n(2), AsOf: "2026-03-20",
			Limit: &sampling.TimeLimit{Value: 5, Unit: sampling.Days}, DatePairs: []inspection.DatePair{{Start: "2026-03-01", End: "2026-03-04"}, {Start: "2026-03-01", End: "2026-03-12"}, {Start: "2026-03-02"}}}},
			"Late. In 2 out of 3 looked at, beyond 5 days (1 of them still open).", false},
		{"a measured range", inspection.Answer{Methods: document, Remarks: "Cold.", Sample: &inspection.Sample{Lowest: f(52), Highest: f(61.5), Unit: "F"}},
			"Cold. Measured 52 to 61.5 F.", false},
		{"one measure", inspection.Answer{Methods: document, Sample: &inspection.Sample{Lowest: f(52), Highest: f(52), Unit: "F"}},
			"Not met: A health assessment within 14 days. Measured 52 F.", false},
		{"a sample that says nothing", inspection.Answer{Methods: document, Remarks: "Late.", Sample: &inspection.Sample{Size: n(12), Period: "January"}}, "Late.", false},
		{"interviews with detainees", inspection.Answer{Methods: []inspection.Method{inspection.DocumentReview, inspection.DetaineeInterview}, Remarks: "Three said so.", Sample: &inspection.Sample{Size: n(3), Nonconforming: n(3)}},
			"Not met: A health assessment within 14 days.", true},
	} {
		text, withheld := inspection.DraftText(c.a, r)
		if text != c.want || withheld != c.withheld {
			t.Errorf("%s: %q, withheld %v; want %q, %v", c.what, text, withheld, c.want, c.withheld)
		}
	}
}

// Two inspections side by side.
func TestHowTwoInspectionsCompare(t *testing.T) {
	t.Parallel()
	const up, down, level = inspection.Up, inspection.Down, inspection.Level
	for _, c := range []struct {
		then, now []string
		want      inspection.Comparison
	}{
		{nil, nil, inspection.Comparison{Deficiencies: level, DeficientStandards: level}},
		{[]string{"4.3"}, nil, inspection.Comparison{DeficienciesThen: 1, DeficientStandardsThen: 1, Deficiencies: down, DeficientStandards: down}},
		{[]string{"4.3", "2.1"}, []string{"4.3", "4.3", "4.3"}, inspection.Comparison{DeficienciesThen: 2, DeficienciesNow: 3, DeficientStandardsThen: 2, DeficientStandardsNow: 1, Deficiencies: up, DeficientStandards: down}},
	} {
		if diff := cmp.Diff(c.want, inspection.Compare(c.then, c.now)); diff != "" {
			t.Errorf("%v then and %v now (-want +got):\n%s", c.then, c.now, diff)
		}
	}
}

// A year's compliance inspection is one kind, whether it looks at everything or at the core set.
func TestWhichInspectionsAreOfOneKind(t *testing.T) {
	t.Parallel()
	scopes := []inspection.Scope{inspection.ScopeFull, inspection.ScopeCoreSet, inspection.ScopeFollowUp, inspection.ScopeSpecialReview, inspection.ScopePreOccupancy}
	yearly := map[inspection.Scope]bool{inspection.ScopeFull: true, inspection.ScopeCoreSet: true}
	for _, a := range scopes {
		for _, b := range scopes {
			if got, want := slices.Contains(inspection.KindOf(a), b), a == b || yearly[a] && yearly[b]; got != want {
				t.Errorf("%s and %s are of one kind: %v", a, b, got)
			}
		}
	}
}
