package inspection_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection"
)

// smallEdition has two standards. Line AA-1 rests on one requirement, AA-2 on two of them; BB-1 is
// the other standard's, and sourced priority.
func smallEdition(key string) *inspection.Edition {
	id := inspection.EditionID(key)
	requirement := func(name string, seen bool, priority inspection.Priority, lines ...string) inspection.Requirement {
		return inspection.Requirement{ID: inspection.RequirementID(id, name), Key: name, Citation: "V." + name, CitationSeen: seen, Priority: priority, Lines: lines}
	}
	return &inspection.Edition{ID: id, Key: key, Parts: []inspection.Part{{Number: 1, Standards: []inspection.Standard{
		{ID: inspection.StandardID(id, "1.1"), Number: "1.1", Code: "AA", CodeVariants: []string{"A&A"}, Requirements: []inspection.Requirement{
			requirement("a", true, inspection.PriorityNone, "AA-1", "AA-2"), requirement("b", false, inspection.PriorityProposed, "AA-2")}},
		{ID: inspection.StandardID(id, "1.2"), Number: "1.2", Code: "BB", Requirements: []inspection.Requirement{
			requirement("c", true, inspection.PrioritySourced, "BB-1")}},
		{ID: inspection.StandardID(id, "7.5"), Number: "7.5"},
	}}}}
}

// What a finding comes to rest on.
func TestWhatAFindingRestsOn(t *testing.T) {
	t.Parallel()
	e := smallEdition("test")
	foreign := smallEdition("another edition")
	aa, bb, bare := inspection.StandardID(e.ID, "1.1"), inspection.StandardID(e.ID, "1.2"), inspection.StandardID(e.ID, "7.5")
	reqA, reqB, reqC := inspection.RequirementID(e.ID, "a"), inspection.RequirementID(e.ID, "b"), inspection.RequirementID(e.ID, "c")
	line := func(code string) *inspection.ID { id := inspection.LineID(e.ID, code); return &id }
	foreignStandard, foreignRequirement := inspection.StandardID(foreign.ID, "1.1"), inspection.RequirementID(foreign.ID, "a")
	for _, c := range []struct {
		what string
		in   inspection.FindingInput
		want inspection.Finding
		path string // where it is refused; empty if it is not
		live string // where it is refused unless a source printed it so
	}{
		{what: "a line of one requirement", in: inspection.FindingInput{StandardID: &aa, Code: "AA-1"},
			want: inspection.Finding{StandardID: &aa, RequirementID: &reqA, LineID: line("AA-1"), Citation: "V.a", CitationConfirmed: true}},
		{what: "a line of two requirements rests on the standard", in: inspection.FindingInput{StandardID: &aa, Code: "AA-2"},
			want: inspection.Finding{StandardID: &aa, LineID: line("AA-2")}},
		{what: "a line of two requirements, one named", in: inspection.FindingInput{RequirementID: &reqB, Code: "AA-2"},
			want: inspection.Finding{StandardID: &aa, RequirementID: &reqB, LineID: line("AA-2"), Citation: "V.b"}},
		{what: "a code no line has", in: inspection.FindingInput{StandardID: &aa, Code: "AA-99"}, want: inspection.Finding{StandardID: &aa}},
		{what: "a line by a variant of its code", in: inspection.FindingInput{StandardID: &aa, Code: "A&A-1"},
			want: inspection.Finding{StandardID: &aa, RequirementID: &reqA, LineID: line("AA-1"), Citation: "V.a", CitationConfirmed: true}},
		{what: "another standard's line", in: inspection.FindingInput{StandardID: &aa, Code: "BB-1"}, want: inspection.Finding{StandardID: &aa}, live: "input.code"},
		{what: "a code in other letters", in: inspection.FindingInput{StandardID: &aa, Code: "aa-1"}, want: inspection.Finding{StandardID: &aa}, live: "input.code"},
		{what: "a serial number inside a report", in: inspection.FindingInput{StandardID: &aa, Code: "AA-1, serial number"}, want: inspection.Finding{StandardID: &aa}, live: "input.code"},
		{what: "a code of a standard without codes", in: inspection.FindingInput{StandardID: &bare, Code: "CC-1"}, want: inspection.Finding{StandardID: &bare}, live: "input.code"},
		{what: "no code", in: inspection.FindingInput{StandardID: &bb}, want: inspection.Finding{StandardID: &bb}},
		{what: "a requirement brings its standard and priority", in: inspection.FindingInput{RequirementID: &reqC},
			want: inspection.Finding{StandardID: &bb, RequirementID: &reqC, Citation: "V.c", CitationConfirmed: true, PriorityDerived: true}},
		{what: "a key that is no standard stays text", in: inspection.FindingInput{StandardText: "ZZ", Code: "AA-1"}, want: inspection.Finding{StandardText: "ZZ"}, live: "input.code"},
		{what: "a line of another requirement than the named", in: inspection.FindingInput{RequirementID: &reqB, Code: "AA-1"}, path: "input.code"},
		{what: "a requirement of another standard", in: inspection.FindingInput{StandardID: &aa, RequirementID: &reqC}, path: "input.requirementId"},
		{what: "another edition's standard", in: inspection.FindingInput{StandardID: &foreignStandard}, path: "input.standardId"},
		{what: "another edition's requirement", in: inspection.FindingInput{RequirementID: &foreignRequirement}, path: "input.requirementId"},
		{what: "nothing to rest on", in: inspection.FindingInput{Code: "AA-1"}, path: "input.standardId"},
	} {
		c.in.ID, c.in.Kind, c.in.Text = inspection.EditionID("finding"), inspection.Deficiency, "Something is wrong."
		if _, err := inspection.Rest(e, inspection.Live, c.in); c.path == "" {
			if ps := inspection.ProblemsOf(err); (c.live != "") != (len(ps) == 1) || c.live != "" && strings.Join(ps[0].Path, ".") != c.live {
				t.Errorf("%s, live: %v, want it refused at %q", c.what, err, c.live)
			}
		}
		got, err := inspection.Rest(e, inspection.Reconstructed, c.in)
		if ps := inspection.ProblemsOf(err); c.path != "" || len(ps) > 0 {
			if len(ps) != 1 || strings.Join(ps[0].Path, ".") != c.path {
				t.Errorf("%s: refused with %+v, want at %q", c.what, ps, c.path)
			}
			continue
		}
		c.want.ID, c.want.InspectionID, c.want.Kind, c.want.Text = got.ID, got.InspectionID, inspection.Deficiency, c.in.Text
		c.want.Code, c.want.ResponsibleParty = c.in.Code, inspection.PartyFacility
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

func TestOnlyADeficiencyIsAPriorityOrARepeat(t *testing.T) {
	t.Parallel()
	for _, kind := range []inspection.FindingKind{inspection.AreaOfConcern, inspection.Note, inspection.BestPractice} {
		for _, in := range []inspection.FindingInput{{Priority: true}, {Repeat: true}} {
			in.Kind, in.Text = kind, "x"
			if _, err := inspection.Rest(smallEdition("test"), inspection.Live, in); !inspection.Refused(err, inspection.Invalid) {
				t.Errorf("a %s: %v", kind, err)
			}
		}
		requirement := inspection.RequirementID(inspection.EditionID("test"), "c")
		f, err := inspection.Rest(smallEdition("test"), inspection.Live, inspection.FindingInput{Kind: kind, Text: "x", RequirementID: &requirement})
		if err != nil || f.PriorityDerived {
			t.Errorf("a %s of a priority component: %v, derived priority %v", kind, err, f.PriorityDerived)
		}
	}
}

func TestWhatARequestOfFindingsMayHold(t *testing.T) {
	t.Parallel()
	a, b := inspection.EditionID("a"), inspection.EditionID("b")
	for _, c := range []struct {
		what string
		in   []inspection.FindingInput
		path string
	}{
		{"two findings", []inspection.FindingInput{{ID: a, Text: "x"}, {ID: b, Text: "x"}}, ""},
		{"the same id twice", []inspection.FindingInput{{ID: a, Text: "x"}, {ID: a, Text: "y"}}, "input.findings.1.id"},
		{"no id", []inspection.FindingInput{{Text: "x"}}, "input.findings.0.id"},
		{"no text", []inspection.FindingInput{{ID: a, Text: " \t"}}, "input.findings.0.text"},
		{"too long a text", []inspection.FindingInput{{ID: a, Text: strings.Repeat("ü", 10_001)}}, "input.findings.0.text"},
		{"too long a code", []inspection.FindingInput{{ID: a, Text: "x", Code: strings.Repeat("A", 201)}}, "input.findings.0.code"},
		{"a partial correction without a word", []inspection.FindingInput{{ID: a, Text: "x", CorrectedOnSite: inspection.CorrectedPartially, CorrectionNote: " "}}, "input.findings.0.correctionNote"},
		{"a refused correction without a word", []inspection.FindingInput{{ID: a, Text: "x", CorrectedOnSite: inspection.CorrectionRefused}}, "input.findings.0.correctionNote"},
		{"a partial correction", []inspection.FindingInput{{ID: a, Text: "x", CorrectedOnSite: inspection.CorrectedPartially, CorrectionNote: "two of three doors"}}, ""},
		{"a full correction", []inspection.FindingInput{{ID: a, Text: "x", CorrectedOnSite: inspection.CorrectedFully}}, ""},
		{"a conditional deficiency", []inspection.FindingInput{{ID: a, Text: "x", Kind: inspection.Deficiency, Condition: "if full"}}, "input.findings.0.condition"},
		{"a conditional concern", []inspection.FindingInput{{ID: a, Text: "x", Kind: inspection.AreaOfConcern, Condition: "if full"}}, ""},
		{"a likelihood without a spread", []inspection.FindingInput{{ID: a, Text: "x", Likelihood: inspection.Likely}}, "input.findings.0.spread"},
		{"a spread without a likelihood", []inspection.FindingInput{{ID: a, Text: "x", Spread: inspection.Isolated}}, "input.findings.0.spread"},
		{"a harmful best practice", []inspection.FindingInput{{ID: a, Text: "x", Kind: inspection.BestPractice, Likelihood: inspection.Likely, Spread: inspection.Isolated}}, "input.findings.0.likelihood"},
		{"a harmful concern", []inspection.FindingInput{{ID: a, Text: "x", Kind: inspection.AreaOfConcern, Likelihood: inspection.Likely, Spread: inspection.Isolated}}, ""},
		{"a NUL", []inspection.FindingInput{{ID: a, Text: "x", StandardText: "\x00"}}, "input.findings.0.standardText"},
	} {
		for n := range c.in {
			if c.in[n].Kind == "" {
				c.in[n].Kind = inspection.Deficiency
			}
		}
		got := ""
		if ps := inspection.ProblemsOf(inspection.CheckFindings(c.in)); len(ps) > 0 {
			got = strings.Join(ps[0].Path, ".")
		}
		if got != c.path {
			t.Errorf("%s: refused at %q, want %q", c.what, got, c.path)
		}
	}
	if err := inspection.CheckFindings([]inspection.FindingInput{{ID: a, Text: "x"}}); !inspection.Refused(err, inspection.Invalid) {
		t.Errorf("a finding of no kind: %v", err)
	}
}

func TestWhenACorrectiveActionIsDue(t *testing.T) {
	t.Parallel()
	issued := time.Date(2026, 4, 1, 15, 0, 0, 0, time.UTC)
	captured := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	abatement := captured.Add(24 * time.Hour)
	for _, c := range []struct {
		what      string
		f         inspection.Finding
		proofDays int
		abatement *time.Time
	}{
		{"a deficiency", inspection.Finding{}, 60, nil},
		{"a declared priority", inspection.Finding{PriorityDeclared: true}, 30, nil},
		{"a derived priority", inspection.Finding{PriorityDerived: true}, 30, nil},
		{"a declared repeat", inspection.Finding{RepeatDeclared: true}, 30, nil},
		{"a certain repeat", inspection.Finding{Repeat: inspection.Repeat{RepeatDerived: inspection.RepeatCertain}}, 30, nil},
		{"a probable repeat", inspection.Finding{Repeat: inspection.Repeat{RepeatDerived: inspection.RepeatProbable}}, 60, nil},
		{"an immediate threat", inspection.Finding{ImmediateThreat: true}, 60, &abatement},
		{"an immediate threat, revised later", inspection.Finding{ImmediateThreat: true, RevisedAt: captured.Add(72 * time.Hour)}, 60, &abatement},
		{"corrected on site", inspection.Finding{CorrectedOnSite: inspection.CorrectedFully}, 60, nil},
	} {
		c.f.ID, c.f.InspectionID, c.f.RecordedAt = inspection.EditionID("f"), inspection.EditionID("i"), captured
		got := inspection.ActionFor(c.f, issued)
		want := inspection.CorrectiveAction{ID: got.ID, InspectionID: c.f.InspectionID, FindingID: c.f.ID, State: inspection.ActionOpen,
			AbatementDue: c.abatement, PlanDue: issued.AddDate(0, 0, 30), ProofDue: issued.AddDate(0, 0, c.proofDays), OpenedAt: issued, ChangedAt: issued, Revision: 1}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

func TestWhichActionsAreSettled(t *testing.T) {
	t.Parallel()
	want := map[inspection.ActionState]bool{inspection.ActionOpen: false, inspection.ActionPlanned: false, inspection.ReportedDone: false,
		inspection.Verified: true, inspection.Reopened: false, inspection.Waived: true, inspection.ActionWithdrawn: true, "": false}
	for state, settled := range want {
		if state.Settled() != settled {
			t.Errorf("%s: settled is %v", state, !settled)
		}
	}
}

func TestTheTally(t *testing.T) {
	t.Parallel()
	aa, bb := inspection.EditionID("AA"), inspection.EditionID("BB")
	name := func(id inspection.ID) string {
		return map[inspection.ID]string{aa: "AA", bb: "BB"}[id]
	}
	gone := noon
	d := inspection.Deficiency
	findings := []inspection.Finding{
		{Kind: d, StandardID: &bb, PriorityDeclared: true, PriorityDerived: true, CorrectedOnSite: inspection.CorrectedFully},
		{Kind: d, StandardID: &aa, RepeatDeclared: true, Repeat: inspection.Repeat{RepeatDerived: inspection.RepeatCertain}, CorrectedOnSite: inspection.CorrectedPartially},
		{Kind: d, StandardID: &bb, CorrectedOnSite: inspection.CorrectionRefused},
		{Kind: d, StandardText: "unknown key", Repeat: inspection.Repeat{RepeatDerived: inspection.RepeatProbable}},
		{Kind: d, StandardID: &aa, RemovedAt: &gone, PriorityDeclared: true},
		{Kind: inspection.AreaOfConcern, StandardID: &aa, CorrectedOnSite: inspection.CorrectedFully},
		{Kind: inspection.Note}, {Kind: inspection.BestPractice}, {Kind: inspection.BestPractice},
	}
	want := inspection.Tally{Deficiencies: 4, DeficientStandards: 3, PriorityDeclared: 1, PriorityDerived: 1, RepeatDeclared: 1,
		RepeatDerived: 1, RepeatProbable: 1, CorrectedOnSite: 2, AreasOfConcern: 1, Notes: 1, BestPractices: 2, ByStandard: []inspection.StandardCount{
			{StandardID: &bb, Standard: "BB", Deficiencies: 2}, {StandardID: &aa, Standard: "AA", Deficiencies: 1}, {Standard: "unknown key", Deficiencies: 1}}}
	if diff := cmp.Diff(want, inspection.TallyOf(findings, name)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The parts add up to the whole, whatever the findings.
func TestLawTheTallyAddsUp(t *testing.T) {
	t.Parallel()
	kinds := []inspection.FindingKind{inspection.Deficiency, inspection.AreaOfConcern, inspection.Note, inspection.BestPractice}
	rapid.Check(t, func(t *rapid.T) {
		var findings []inspection.Finding
		standing := 0
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			standard := inspection.EditionID(fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "standard")))
			f := inspection.Finding{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), StandardID: &standard, RepeatDeclared: rapid.Bool().Draw(t, "repeat")}
			if rapid.Bool().Draw(t, "removed") {
				f.RemovedAt = &noon
			} else {
				standing++
			}
			findings = append(findings, f)
		}
		tally := inspection.TallyOf(findings, func(id inspection.ID) string { return id.String() })
		sum := 0
		for _, s := range tally.ByStandard {
			sum += s.Deficiencies
		}
		if sum != tally.Deficiencies || len(tally.ByStandard) != tally.DeficientStandards || tally.RepeatDeclared > tally.Deficiencies ||
			tally.Deficiencies+tally.AreasOfConcern+tally.Notes+tally.BestPractices != standing {
			t.Fatalf("%+v of %d standing findings", tally, standing)
		}
	})
}
