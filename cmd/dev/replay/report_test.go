package replay_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/cmd/dev/replay"
)

// fixture returns the playable reports of the fixture.
func fixture(t *testing.T) []replay.Report {
	t.Helper()
	reports, _, err := replay.ReadFile("testdata/reports.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return reports
}

func reportOf(t *testing.T, facility string) replay.Report {
	t.Helper()
	for _, r := range fixture(t) {
		if r.Facility == facility {
			return r
		}
	}
	t.Fatalf("the fixture has no report of %s", facility)
	return replay.Report{}
}

func TestReportsAreInOrderOfTheirLastDay(t *testing.T) {
	t.Parallel()
	var days []string
	for _, r := range fixture(t) {
		days = append(days, r.End.Format(time.DateOnly))
	}
	want := []string{"2020-09-24", "2021-05-06", "2022-01-06", "2023-04-27", "2023-06-08", "2023-11-16", "2024-07-18"}
	if diff := cmp.Diff(want, days); diff != "" {
		t.Error(diff)
	}
}

func TestAReportIsReadWhole(t *testing.T) {
	t.Parallel()
	day := func(d int) time.Time { return time.Date(2023, 4, d, 0, 0, 0, 0, time.UTC) }
	no, one, two, three, five := false, 1, 2, 3, 5
	source := "https://reports.example/pine-river-2023.pdf"
	said := func(name, value string) replay.Statement {
		return replay.Statement{Name: name, Value: value, Source: source}
	}
	want := replay.Report{
		Line: 5, Facility: "Pine River Detention Center", City: "Pine River", State: "LA", Start: day(25), End: day(27), Announced: &no,
		Type: "follow-up compliance inspection", FieldOffice: "New Orleans", StandardSet: "PBNDS 2011 (Rev. 2016)", Source: source,
		Rating: "Superior", RatingSource: "a list of ratings",
		Codes: []replay.Code{
			{Printed: "MC-137", Standard: "MC", Line: "MC-137", Repeat: true, Priority: true},
			{Printed: "MC-193", Standard: "MC", Line: "MC-193"},
			{Printed: "EH&S-39", Standard: "EHS", Line: "EHS-39", Repeat: true, Corrected: true}},
		Counts:    []replay.Count{{Standard: "MC", Deficiencies: 3}, {Standard: "EHS", Deficiencies: 1}, {Standard: "other", Deficiencies: 1}},
		Published: replay.Published{Deficiencies: &five, DeficientStandards: &three, Priority: &one, Repeat: &two, Corrected: &two},
		Statements: []replay.Statement{said("facility", "Pine River Detention Center"), said("inspection_type", "follow-up compliance inspection"),
			said("field_office", "New Orleans"), said("standard_set", "PBNDS 2011 (Rev. 2016)"), said("standards_reviewed", "21"),
			said("standards_compliant", "18"), said("areas_of_concern", "1"), said("interviews", "24"),
			said("corrective_actions_during_inspection", "2"), // one code is marked
			said("previous_inspection.date", "2022-10-20"), said("previous_inspection.deficiencies_total", "7"),
			{Name: "previous_inspection.rating", Value: "Good", Source: "an older list"},
			said("ucap_statement", "A plan for the inspection before was received"),
			{Name: "rating", Value: "Superior", Source: "a list of ratings"}},
	}
	if diff := cmp.Diff(want, reportOf(t, "Pine River Detention Center")); diff != "" {
		t.Error(diff)
	}
}

func TestStatementsTellNothingOfInterviewsButTheirNumberFromFiveUp(t *testing.T) {
	t.Parallel()
	for _, r := range fixture(t) {
		for _, s := range r.Statements {
			if strings.Contains(s.Value, "interview") || s.Name == "interviews" && r.State != "LA" {
				t.Errorf("%s states %s: %s", r.Facility, s.Name, s.Value)
			}
		}
	}
}

func TestCodesThatNameNoLineAreStated(t *testing.T) {
	t.Parallel()
	serial := reportOf(t, "Nowhere County Jail")
	stated := map[string]string{}
	for _, s := range serial.Statements {
		stated[s.Name] = s.Value
	}
	if stated["deficiency_codes"] != "SMU-1, MC-1, MC-2" || stated["codes_are"] != "serial numbers inside the report" {
		t.Error(stated)
	}
	if serial.Announced == nil || *serial.Announced {
		t.Error("an unannounced inspection by its type is not planned so")
	}
}

func TestAWrongFileIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("testdata/reports.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ old, replacement, says string }{
		"no YAML":           {"city: Pine River", "city: Pine: River", "no YAML near line 6: mapping values are not allowed"},
		"no list":           {"odo_inspections:", "reports:", `line 2: the file has no list "odo_inspections"`},
		"a number in words": {"standards_reviewed: 21", "standards_reviewed: many", "line 13: cannot unmarshal !!str `many` into int"},
		"a negative count":  {"deficiencies_total: 5", "deficiencies_total: -5", "line 16: deficiencies_total: -5 is no count"},
		"a count in words":  {"MC: 3", "MC: three", `line 17: deficiencies_by_standard: MC: "three" is no count`},
		"no day":            {"end: '2023-04-27'", "end: April", `line 9: end: "April" is no day`},
		"an end too early":  {"end: '2023-04-27'", "end: '2023-04-20'", "line 8: start: the inspection starts after its end"},
		"no state":          {"state: LA", "state: Louisiana", `line 7: state: "Louisiana" is no state in two letters`},
		"no city":           {"city: Pine River", "city: ''", "line 6: city: an inspection to play states it"},
		"no source":         {"  source: https://reports.example/pine-river-2023.pdf\n", "", "line 5: source: an inspection to play states it"},
		"no code":           {"- MC-193", "- MC 193 or so", `line 33: deficiency_codes: "MC 193 or so" is no deficiency code`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := replay.Read([]byte(strings.Replace(string(content), c.old, c.replacement, 1)))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %s", err, c.says)
			}
		})
	}
	if _, _, err := replay.Read(nil); err == nil {
		t.Error("an empty file is read")
	}
}
