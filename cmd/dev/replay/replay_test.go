package replay_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/cmd/dev/replay"
	"plumbline/cmd/stack"
	"plumbline/inspection"
)

func TestEveryPlayableReportIsIssuedAndMatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lines, err := w.replay("testdata/reports.yaml")
	want := []string{
		"not played: Elm Street Jail, date unknown: not consistent: the total is not stated",
		"not played: Hazel House, 2021-05-06: no edition is known for its standards set: House rules of 1999",
		"[1/7] Nowhere County Jail, Nowhere WA, 2020-09-21 to 2020-09-24: 3 deficiencies in 2 standards, 1 priority, 0 repeat, 0 corrected on site (declared); facility added; matched",
		"[2/7] Alder County Jail, Alder OH, 2021-05-04 to 2021-05-06: 2 deficiencies in 2 standards, 0 priority, 0 repeat, 0 corrected on site (declared); facility added; matched",
		"[3/7] Oak County Jail, Oak OH, 2022-01-04 to 2022-01-06: 1 deficiency in 1 standard, 0 priority, 0 repeat, 0 corrected on site (declared); facility added; matched",
		"[4/7] Pine River Detention Center, Pine River LA, 2023-04-25 to 2023-04-27: 5 deficiencies in 3 standards, 1 priority, 2 repeat, 1 corrected on site (declared); at PINE RIVER ICE PROCESSING CENTER; matched",
		"[5/7] Oak County Jail, Oak OH, 2023-06-06 to 2023-06-08: 2 deficiencies in 2 standards, 0 priority, 1 repeat, 0 corrected on site (declared); at Oak County Jail; matched",
		"[6/7] Birch Street Residential Center, Birch WA, 2023-11-14 to 2023-11-16: 3 deficiencies in 2 standards, 0 priority, 0 repeat, 0 corrected on site (declared); facility added; matched",
		"[7/7] Cedar County Processing Center, Cedar WA, 2024-07-18 to 2024-07-18: 0 deficiencies in 0 standards, 0 priority, 0 repeat, 0 corrected on site (declared); facility added; matched",
		"repeats: 3 declared; 1 derived, 0 of them probable; 0 both declared and derived",
		"repeats: declared and not derived: 1: no earlier report in the file cites that provision by a known code",
		"repeats: declared and not derived: 2: no earlier report of the facility is in the file",
		"repeats: derived and not declared: 1: an earlier report cites the same provision, and the report does not say so",
		"replayed 7, matched 7",
	}
	if diff := cmp.Diff(want, lines); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for name, i := range w.inspections() {
		if i.State != inspection.Issued {
			t.Errorf("%s is %s", name, i.State)
		}
	}
}

// Which standards of a mixed visit were checked by which set is not published: the deficiencies rest
// on the edition that says so, and the editions that the report names are in scope beside it.
func TestAMixedVisitIsKeptAsSuch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if lines, err := w.replay("testdata/reports.yaml"); err != nil {
		t.Fatal(err, lines)
	}
	i := w.inspections()["Birch Street Residential Center"]
	bound := map[inspection.ID]int{}
	for _, st := range i.Standards {
		bound[st.EditionID]++
	}
	if unstated := inspection.EditionID("not-stated"); bound[unstated] != 2 || len(bound) != 3 ||
		bound[inspection.EditionID("frs-2020")] == 0 || bound[inspection.EditionID("pbnds-2011-r2016-v2")] == 0 {
		t.Errorf("the visit is bound to %v", bound)
	}
	report, err := w.service.Report(t.Context(), w.users[inspection.RoleReviewer], i)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		if st := i.Standard(*f.StandardID); st == nil || st.EditionID != inspection.EditionID("not-stated") {
			t.Errorf("%q rests on %+v", f.Text, st)
		}
	}
}

func TestARerunPlaysNothingAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if lines, err := w.replay("testdata/reports.yaml"); err != nil {
		t.Fatal(err, lines)
	}
	before := w.inspections()
	lines, err := w.replay("testdata/reports.yaml")
	if err != nil || lines[len(lines)-1] != "replayed 7, matched 7" || strings.Count(strings.Join(lines, "\n"), "issued before") != 7 {
		t.Errorf("%v %s", err, strings.Join(lines, "\n"))
	}
	if diff := cmp.Diff(before, w.inspections()); diff != "" {
		t.Error(diff)
	}
}

// Every request is carried out, but the answers of some are lost: what a server killed with -9 does
// at its worst.
func TestALostAnswerLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.loses.Store(5)
	lines, err := w.replay("testdata/reports.yaml")
	if err != nil || lines[len(lines)-1] != "replayed 7, matched 7" {
		t.Errorf("%v\n%s", err, strings.Join(lines, "\n"))
	}
	if w.lost.Load() == 0 {
		t.Error("no answer was lost")
	}
	for name, i := range w.inspections() {
		report, err := w.service.Report(t.Context(), w.users[inspection.RoleReviewer], i)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"PINE RIVER ICE PROCESSING CENTER": 5, "Nowhere County Jail": 3, "Alder County Jail": 2,
			"Oak County Jail": 1, "Oak County Jail, 2023-06-08": 2, "Birch Street Residential Center": 3}[name]
		if len(report.Findings) != want {
			t.Errorf("%s has %d findings, want %d", name, len(report.Findings), want)
		}
	}
}

func TestWhatDiffersIsNamedAndFailsTheReplay(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ old, replacement, says string }{
		"total":    {"deficiencies_total: 5", "deficiencies_total: 6", "DIFFERS: deficiencies: 6 published, 5 derived"},
		"standard": {"{MC: 3, EHS: 1, other: 1}", "{MC: 3, EHS: 0, KLC: 1, other: 1}", "DIFFERS: deficiencies: 5 published, 6 derived; deficient standards: 3 published, 4 derived; EHS: 0 published, 1 derived"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			lines, err := w.replay(w.written(c.old, c.replacement))
			output := strings.Join(lines, "\n")
			if !errors.Is(err, replay.ErrNotAllMatched) || lines[len(lines)-1] != "replayed 7, matched 6" || !strings.Contains(output, c.says) {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

func TestAServerThatStaysAwayEndsTheReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.loses.Store(1)
	lines, err := w.replay("testdata/reports.yaml", "-wait", "300ms")
	if err == nil || !strings.Contains(err.Error(), "gave up waiting") {
		t.Errorf("%v %s", err, lines)
	}
}

func TestTwoReplaysDoNotRunAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	held, err := os.OpenFile(filepath.Join(w.folder, "replay.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := w.replay("testdata/reports.yaml"); err == nil || !strings.Contains(err.Error(), "another replay runs") {
		t.Error(err)
	}
}

func TestWithoutAStackNothingIsPlayed(t *testing.T) {
	t.Parallel()
	getenv := func(string) string { return t.TempDir() }
	err := replay.Run(t.Context(), []string{"testdata/reports.yaml"}, getenv, io.Discard)
	if !errors.Is(err, stack.ErrNotRunning) {
		t.Error(err)
	}
}
