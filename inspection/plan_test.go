package inspection_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

func TestWhatAPlanMustSay(t *testing.T) {
	t.Parallel()
	yes := true
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	live := inspection.PlanInput{Origin: inspection.Live, Announced: &yes, PlannedStart: day("2026-03-03"), PlannedEnd: day("2026-03-05")}
	with := func(base inspection.PlanInput, change func(*inspection.PlanInput)) inspection.PlanInput {
		change(&base)
		return base
	}
	rebuilt := with(live, func(in *inspection.PlanInput) {
		in.Origin, in.Source, in.Announced = inspection.Reconstructed, "a report", nil
	})
	for _, c := range []struct {
		what string
		in   inspection.PlanInput
		path string // of the first problem; empty if the plan is fine
	}{
		{"a live inspection", live, ""},
		{"one day", with(live, func(in *inspection.PlanInput) { in.PlannedEnd = in.PlannedStart }), ""},
		{"a reconstruction that does not know whether it was announced", rebuilt, ""},
		{"dates reversed", with(live, func(in *inspection.PlanInput) { in.PlannedStart, in.PlannedEnd = in.PlannedEnd, in.PlannedStart }), "input.plannedEnd"},
		{"longer than a year", with(live, func(in *inspection.PlanInput) { in.PlannedEnd = day("2027-03-06") }), "input.plannedEnd"},
		{"the year 0", with(live, func(in *inspection.PlanInput) { in.PlannedStart = day("0000-01-01") }), "input.plannedStart"},
		{"no dates", with(live, func(in *inspection.PlanInput) { in.PlannedStart, in.PlannedEnd = time.Time{}, time.Time{} }), "input.plannedStart"},
		{"a far future", with(live, func(in *inspection.PlanInput) { in.PlannedStart, in.PlannedEnd = day("9999-12-30"), day("9999-12-31") }), "input.plannedStart"},
		{"live, announced unknown", with(live, func(in *inspection.PlanInput) { in.Announced = nil }), "input.announced"},
		{"an exercise, announced unknown", with(live, func(in *inspection.PlanInput) { in.Origin, in.Announced = inspection.Exercise, nil }), "input.announced"},
		{"live with a source", with(live, func(in *inspection.PlanInput) { in.Source = "a report" }), "input.source"},
		{"live with statements", with(live, func(in *inspection.PlanInput) { in.Statements = []inspection.Statement{{Name: "a", Value: "b"}} }), "input.source"},
		{"a reconstruction of nothing", with(rebuilt, func(in *inspection.PlanInput) { in.Source = " " }), "input.source"},
		{"a statement without a value", with(rebuilt, func(in *inspection.PlanInput) { in.Statements = []inspection.Statement{{Name: "a", Value: " "}} }), "input.statements.0"},
		{"a statement twice", with(rebuilt, func(in *inspection.PlanInput) {
			in.Statements = []inspection.Statement{{Name: "a", Value: "1"}, {Name: "a", Value: "2"}}
		}), "input.statements.1.name"},
		{"a NUL", with(rebuilt, func(in *inspection.PlanInput) { in.Source = "a\x00" }), "input.source"},
	} {
		got := ""
		if ps := inspection.ProblemsOf(c.in.Check()); len(ps) > 0 {
			got = strings.Join(ps[0].Path, ".")
		}
		if got != c.path {
			t.Errorf("%s: refused at %q, want %q", c.what, got, c.path)
		}
	}
}

func TestTheScopeOfAPlan(t *testing.T) {
	t.Parallel()
	e := smallEdition("test")
	st := func(number string) inspection.ID { return inspection.StandardID(e.ID, number) }
	scoped := func(number string, position int) inspection.ScopedStandard {
		return inspection.ScopedStandard{StandardID: st(number), EditionID: e.ID, Position: position}
	}
	for _, c := range []struct {
		what   string
		wanted []inspection.ID
		want   []inspection.ScopedStandard
		path   string
	}{
		{"all that have requirements", nil, []inspection.ScopedStandard{scoped("1.1", 0), scoped("1.2", 1)}, ""},
		{"one", []inspection.ID{st("1.2")}, []inspection.ScopedStandard{scoped("1.2", 1)}, ""},
		{"in the edition's order", []inspection.ID{st("1.2"), st("1.1")}, []inspection.ScopedStandard{scoped("1.1", 0), scoped("1.2", 1)}, ""},
		{"one twice", []inspection.ID{st("1.2"), st("1.1"), st("1.2")}, nil, "input.standardIds.2"},
		{"definitions have no requirements", []inspection.ID{st("1.1"), st("7.5")}, nil, "input.standardIds.1"},
		{"another edition's", []inspection.ID{inspection.StandardID(inspection.EditionID("other"), "1.1")}, nil, "input.standardIds.0"},
	} {
		got, err := inspection.ScopeOf(e, c.wanted, false)
		path := ""
		if ps := inspection.ProblemsOf(err); len(ps) > 0 {
			path = strings.Join(ps[0].Path, ".")
		}
		if diff := cmp.Diff(c.want, got); diff != "" || path != c.path {
			t.Errorf("%s: refused at %q, want %q (-want +got):\n%s", c.what, path, c.path, diff)
		}
	}
}

func TestTheTeamHoldsEachPersonOnceAndTheLeadFirst(t *testing.T) {
	t.Parallel()
	got := inspection.TeamOf(theLead, []inspection.ID{theMember, theLead, theMember}, noon)
	want := []inspection.TeamMember{{UserID: theLead, JoinedAt: noon}, {UserID: theMember, JoinedAt: noon}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatMayBeDeclared(t *testing.T) {
	t.Parallel()
	fine := inspection.EvidenceInput{ID: theLead, Size: 1, MediaType: inspection.MediaJPEG, CapturedFrom: noon, CapturedTo: noon}
	for _, c := range []struct {
		what   string
		change func(*inspection.EvidenceInput)
		path   string
	}{
		{"a photograph", func(*inspection.EvidenceInput) {}, ""},
		{"the largest that one PUT takes", func(in *inspection.EvidenceInput) { in.Size = inspection.MaxSinglePut }, ""},
		{"larger than one PUT", func(in *inspection.EvidenceInput) { in.Size = inspection.MaxSinglePut + 1 }, "evidence.size"},
		{"larger than any", func(in *inspection.EvidenceInput) { in.Size = inspection.MaxOriginal + 1 }, "evidence.size"},
		{"nothing", func(in *inspection.EvidenceInput) { in.Size = 0 }, "evidence.size"},
		{"a negative size", func(in *inspection.EvidenceInput) { in.Size = -1 }, "evidence.size"},
		{"no id", func(in *inspection.EvidenceInput) { in.ID = inspection.ID{} }, "evidence.id"},
		{"a GIF", func(in *inspection.EvidenceInput) { in.MediaType = "image/gif" }, "evidence.mediaType"},
		{"a capture that ends first", func(in *inspection.EvidenceInput) { in.CapturedTo = noon.Add(-1) }, "evidence.capturedTo"},
		{"a capture before photography on tablets", func(in *inspection.EvidenceInput) { in.CapturedFrom = time.Date(1850, 1, 1, 0, 0, 0, 0, time.UTC) }, "evidence.capturedFrom"},
		{"a NUL", func(in *inspection.EvidenceInput) { in.Caption = "\x00" }, "evidence.caption"},
		{"a long caption", func(in *inspection.EvidenceInput) { in.Caption = strings.Repeat("x", 10_001) }, "evidence.caption"},
	} {
		in := fine
		c.change(&in)
		got := ""
		if ps := inspection.ProblemsOf(in.Check()); len(ps) > 0 {
			got = strings.Join(ps[0].Path, ".")
		}
		if got != c.path {
			t.Errorf("%s: refused at %q, want %q", c.what, got, c.path)
		}
	}
}
