package replay_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// spoken is an answer without its place: how a standard's requirements were answered.
type spoken struct {
	Rating          inspection.Rating
	Reason, Remarks string
}

func TestAnswersSayWhatTheReportSupportsAndNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if lines, err := w.replay("testdata/reports.yaml"); err != nil {
		t.Fatal(err, lines)
	}
	i := w.inspections()["PINE RIVER ICE PROCESSING CENTER"]
	said := w.answers(i)
	unknown := spoken{inspection.Undetermined, "the report names a deficiency of this standard without the requirement that it concerns", ""}
	shared := spoken{inspection.Undetermined, "the report names a line as deficient that belongs to this requirement and another", ""}
	breached := spoken{inspection.DoesNotMeet, "", "the published report names a deficiency of this requirement"}
	met := spoken{inspection.Meets, "", "no deficiency published"}
	untouched := spoken{inspection.NotReviewed, "not named in the report", ""}
	if diff := cmp.Diff(map[spoken]int{breached: 1, shared: 2, unknown: w.requirements("MC") - 3}, said["MC"]); diff != "" {
		t.Error("medical care, one code of three unknown:", diff)
	}
	if diff := cmp.Diff(map[spoken]int{breached: 1, met: w.requirements("EHS") - 1}, said["EHS"]); diff != "" {
		t.Error("environmental health, its one code known:", diff)
	}
	for _, st := range w.edition.Standards() {
		if st.Code == "MC" || st.Code == "EHS" || len(st.Requirements) == 0 {
			continue
		}
		if diff := cmp.Diff(map[spoken]int{untouched: len(st.Requirements)}, said[st.Code]); diff != "" {
			t.Errorf("%s: %s", st.Title, diff)
		}
	}
}

func TestASerialNumberFindsNoRequirement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if lines, err := w.replay("testdata/reports.yaml"); err != nil {
		t.Fatal(err, lines)
	}
	report, err := w.service.Report(t.Context(), w.users[inspection.RoleReviewer], w.inspections()["Nowhere County Jail"])
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, f := range report.Findings {
		codes = append(codes, f.Code)
		if f.LineID != nil || f.RequirementID != nil || f.StandardID == nil {
			t.Errorf("%q rests on line %v, requirement %v, standard %v", f.Text, f.LineID, f.RequirementID, f.StandardID)
		}
	}
	slices.Sort(codes)
	if diff := cmp.Diff([]string{"MC-1, serial number", "MC-2, serial number", "SMU-1, serial number"}, codes); diff != "" {
		t.Error(diff)
	}
}

func TestPhotographsAreStoredAndAttached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if lines, err := w.replay("testdata/reports.yaml"); err != nil {
		t.Fatal(err, lines)
	}
	want := map[string]int{"PINE RIVER ICE PROCESSING CENTER": 2, "Nowhere County Jail": 2, "Alder County Jail": 2,
		"Oak County Jail": 1, "Oak County Jail, 2023-06-08": 2, "Birch Street Residential Center": 2, "Cedar County Processing Center": 1}
	for name, i := range w.inspections() {
		fieldwork, err := w.service.Fieldwork(t.Context(), w.users[inspection.RoleReviewer], i)
		if err != nil {
			t.Fatal(err)
		}
		if len(fieldwork.Evidence) != want[name] {
			t.Errorf("%s has %d photographs", name, len(fieldwork.Evidence))
		}
		for _, e := range fieldwork.Evidence {
			if e.State != inspection.EvidenceLocked || (e.FindingID == nil) != (name == "Cedar County Processing Center") {
				t.Errorf("%s: a photograph is %s, of finding %v", name, e.State, e.FindingID)
			}
		}
	}
}

// answers counts an inspection's answers by the standard's code.
func (w *world) answers(i *inspection.Inspection) map[string]map[spoken]int {
	w.t.Helper()
	fieldwork, err := w.service.Fieldwork(w.t.Context(), w.users[inspection.RoleReviewer], i)
	if err != nil {
		w.t.Fatal(err)
	}
	code := map[inspection.ID]string{}
	for _, st := range w.edition.Standards() {
		code[st.ID] = st.Code
	}
	said := map[string]map[spoken]int{}
	for _, a := range fieldwork.Answers {
		of := code[a.StandardID]
		if said[of] == nil {
			said[of] = map[spoken]int{}
		}
		said[of][spoken{a.Rating, a.Reason, a.Remarks}]++
	}
	return said
}

func (w *world) requirements(code string) int {
	for _, st := range w.edition.Standards() {
		if st.Code == code {
			return len(st.Requirements)
		}
	}
	w.t.Fatalf("no standard %s", code)
	return 0
}
