package roster_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plumbline/inspection"
	"plumbline/inspection/roster"
)

// The inspections of one facility, printed as each year's layout prints them.
func TestEveryLayoutIsRead(t *testing.T) {
	t.Parallel()
	for year, c := range map[string]struct {
		cells []any
		want  []roster.Statement
	}{
		"FY21": {
			[]any{"Regular", "PBNDS 2011 - 2016 Revisions", "Meets Standard", "2/26/2021",
				"Regular", "PBNDS 2011", "Acceptable", serial(2020, time.February, 27)},
			[]roster.Statement{
				{Heading: "last", Type: "REGULAR", TypeRaw: "Regular", Edition: "PBNDS 2011 (2016)", EditionRaw: "PBNDS 2011 - 2016 Revisions",
					Rating: "MEETS_STANDARD", RatingRaw: "Meets Standard", EndedOn: on(2021, 2, 26), Usable: true},
				{Heading: "second to last", Type: "REGULAR", TypeRaw: "Regular", Edition: "PBNDS 2011", EditionRaw: "PBNDS 2011",
					Rating: "ACCEPTABLE", RatingRaw: "Acceptable", EndedOn: on(2020, 2, 27), Usable: true},
			},
		},
		"FY22": {
			[]any{"Regular", "NDS 2019", nil, "12/31/2021", "ORSA", "NDS", serial(2018, time.September, 5)},
			[]roster.Statement{
				{Heading: "last", Type: "REGULAR", TypeRaw: "Regular", Edition: "NDS 2019", EditionRaw: "NDS 2019",
					EndedOn: on(2021, 12, 31), Usable: true},
				{Heading: "second to last", Type: "ORSA", TypeRaw: "ORSA", Edition: "NDS (edition not stated)", EditionRaw: "NDS",
					EndedOn: on(2018, 9, 5), Usable: true},
			},
		},
		// In FY23 the last two columns stand one off: the standard under Type, the rating under Standard.
		"FY23": {
			[]any{"ODO", serial(2023, time.April, 4), "PBNDS 2011 - 2013 Errata", "N/A",
				"NDS 2019", "Meets Standards", "2/17/2022",
				"PBNDS 2011 - 2016 Revisions", "Meets Standard", serial(2021, time.February, 26)},
			[]roster.Statement{
				{Heading: "last ODO", Type: "ODO", TypeRaw: "ODO", Edition: "PBNDS 2011 (2013 errata)", EditionRaw: "PBNDS 2011 - 2013 Errata",
					EndedOn: on(2023, 4, 4), Usable: true},
				{Heading: "last Nakamoto", Type: "NAKAMOTO", Edition: "NDS 2019", EditionRaw: "NDS 2019",
					Rating: "MEETS_STANDARD", RatingRaw: "Meets Standards", EndedOn: on(2022, 2, 17), Usable: true},
				{Heading: "second to last Nakamoto", Type: "NAKAMOTO", Edition: "PBNDS 2011 (2016)", EditionRaw: "PBNDS 2011 - 2016 Revisions",
					Rating: "MEETS_STANDARD", RatingRaw: "Meets Standard", EndedOn: on(2021, 2, 26), Usable: true},
			},
		},
		"FY24": {
			[]any{"Yes", "ORSA", serial(2023, time.December, 21), "ORSA NDS 2019", "Pass"},
			[]roster.Statement{{Heading: "last ODO", Type: "ORSA", TypeRaw: "ORSA", Edition: "ORSA NDS 2019", EditionRaw: "ORSA NDS 2019",
				Rating: "PASS", RatingRaw: "Pass", EndedOn: on(2023, 12, 21), Usable: true}},
		},
		"FY26": {
			[]any{"ODO OASIP", serial(2026, time.March, 19), "FPBDS", "Final Rating Pending"},
			[]roster.Statement{{Heading: "last", Type: "OASIP", TypeRaw: "ODO OASIP", Edition: "FPBDS", EditionRaw: "FPBDS",
				Rating: "PENDING", RatingRaw: "Final Rating Pending", EndedOn: on(2026, 3, 19), Usable: true}},
		},
	} {
		t.Run(year, func(t *testing.T) {
			t.Parallel()
			wb := layouts()[year].read(t, []listing{place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", 71342, c.cells...)},
				"[1] (RIVERLA) ELSEWHERE JAIL closed.", "*Blank space denotes no inspection.")
			if len(wb.Rows) != 1 {
				t.Fatalf("%d rows, want 1: footnotes are none", len(wb.Rows))
			}
			row := wb.Rows[0]
			if diff := cmp.Diff(c.want, row.Statements); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
			if len(row.Faults) != 0 || row.Zip != "71342" || row.FieldOffice != "NOL" || row.Type != inspection.TypeIGSA ||
				row.Sex != "Female/Male" || row.Population == nil || *row.Population != 11.75 {
				t.Errorf("facts: %+v", row)
			}
			if want := len(layouts()[year].above) + 2; row.Number != want {
				t.Errorf("row number %d, want %d", row.Number, want)
			}
			if row.Standard != c.want[0].Edition {
				t.Errorf("the row's standard is %q, want that of its newest inspection, %q", row.Standard, c.want[0].Edition)
			}
		})
	}
}

func TestTheDateOfTheData(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, sheet, printed string
		asOf, until          time.Time
		notes                int
	}{
		"printed":                  {"FY26_detentionStats_04092026.xlsx", "Facilities FY26", "Data Source: ICE (IIDS), 04/02/2026", on(2026, 4, 2), on(2026, 4, 9), 0},
		"last year's number":       {"20230121175133-FY23_detentionStats01192022.xlsx", "Facilities FY23", "Source: ICE (IIDS), 01/09/2022", on(2023, 1, 9), on(2023, 1, 9), 1},
		"stale sheet":              {"20220916061955-FY22_detentionStats09152022.xlsx", "Facilities FY22 ", "Source: ICE (IIDS), 02/24/2020", on(2020, 2, 24), on(2020, 2, 24), 1},
		"stale by half a year":     {"20220810150817-FY22_detentionStats08092022.xlsx", "Facilities FY22", "Source: ICE (IIDS), 02/07/2022", on(2022, 2, 7), on(2022, 2, 7), 0},
		"pulled after the year":    {"FY19-detentionstats.xlsx", "Facilities EOFY19", "Source: ICE (IIDS), 10/07/2019", on(2019, 10, 7), on(2019, 10, 7), 0},
		"only in the file's name":  {"FY21_detentionStats062421.xlsx", "Facilities FY21 YTD", "no date here", on(2021, 6, 24), on(2021, 6, 24), 1},
		"a sheet without its year": {"list.xlsx", "Facilities", "Source: IIDS, 02/07/2022", on(2022, 2, 7), on(2022, 2, 7), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := layout{c.file, c.sheet, []string{"banner", c.printed}, []string{"Name", "Address", "City", "State", "Zip"}, nil}
			wb := l.read(t, []listing{place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", 71342)})
			if !wb.AsOf.Equal(c.asOf) || !wb.Until.Equal(c.until) || len(wb.Notes) != c.notes {
				t.Errorf("as of %v until %v, notes %q; want %v, %v, %d notes", wb.AsOf, wb.Until, wb.Notes, c.asOf, c.until, c.notes)
			}
		})
	}
}

func TestEmptyCellsOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, empty := range []any{nil, "", "*", "**", "N/A", "\u00a0", "  "} {
		l := place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", empty, empty, empty, empty, empty)
		l.aor, l.kind, l.sex, l.minimum, l.population = empty, empty, empty, empty, empty
		row := layouts()["FY26"].read(t, []listing{l}).Rows[0]
		want := roster.Row{Number: 11, Name: "RIVER PARISH JAIL", Street: "1 LEVEE ROAD", City: "JENA", State: "LA", StateRaw: "LA"}
		if diff := cmp.Diff(want, row, cmpopts.IgnoreUnexported(roster.Row{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("cells %q (-want +got):\n%s", empty, diff)
		}
	}
}

func TestCellsThatAreNotUnderstoodAreNamed(t *testing.T) {
	t.Parallel()
	l := place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", "ABC", "VISIT", "2/29/2025", "USMS IGA", "Splendid")
	l.aor, l.kind, l.sex, l.minimum, l.population = "XYZ", "CASTLE", "Both", "some", "many"
	row := layouts()["FY26"].read(t, []listing{l}).Rows[0]
	wantFaults := []string{
		`zip "ABC" is no ZIP code`,
		`AOR "XYZ" is none of ERO's areas of responsibility`,
		`facility type "CASTLE" is not known`,
		`Male/Female "Both" is not known`,
		`guaranteed minimum "some" is no number of beds`,
		`population (male crim) "many" is no number of people`,
	}
	if diff := cmp.Diff(wantFaults, row.Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	want := []roster.Statement{{Heading: "last", TypeRaw: "VISIT", EditionRaw: "USMS IGA", RatingRaw: "Splendid",
		Fault: `inspection type "VISIT" is not known; standard "USMS IGA" is not known; rating "Splendid" is not known; ` +
			`the inspection's date "2/29/2025" is no day of the calendar`}}
	if diff := cmp.Diff(want, row.Statements); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

func TestSexThatRepeatsTheTypeIsOneNote(t *testing.T) {
	t.Parallel()
	l := place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", 71342)
	l.sex = "IGSA"
	wb := layouts()["FY21"].read(t, []listing{l, l})
	if len(wb.Notes) != 1 || wb.Rows[0].Sex != "" || len(wb.Rows[0].Faults) != 0 {
		t.Errorf("notes %q, row %+v", wb.Notes, wb.Rows[0])
	}
}

func TestRatingsWithoutAUsableDate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		date  any
		fault string
	}{
		"overwritten":         {"Scheduled FY27", `rating "Pass" without the date of its inspection: the cell says "Scheduled FY27"`},
		"missing":             {nil, `rating "Pass" without the date of its inspection`},
		"typing error":        {"06/04.2026", `the inspection's date "06/04.2026" is not a date`},
		"later than the file": {"4/10/2026", "the inspection is dated 2026-04-10, later than the file (2026-04-09)"},
	} {
		row := layouts()["FY26"].read(t, []listing{place("A JAIL", "1 B ROAD", "JENA", "LA", 71342, "ODO", c.date, "NDS 2025", "Pass")}).Rows[0]
		if len(row.Statements) != 1 || row.Statements[0].Fault != c.fault || row.Statements[0].Usable {
			t.Errorf("%s: %+v", name, row.Statements)
		}
	}
	row := layouts()["FY26"].read(t, []listing{place("A JAIL", "1 B ROAD", "JENA", "LA", 71342, "ODO", "Scheduled FY27", "NDS 2025", nil)}).Rows[0]
	if len(row.Statements) != 0 || row.Standard != "NDS 2025" {
		t.Errorf("an inspection to come is none that was held: %+v", row)
	}
	onThePublicationDay := layouts()["FY26"].read(t, []listing{place("A JAIL", "1 B ROAD", "JENA", "LA", 71342, "ODO", "4/9/2026", "NDS 2025", "Pass")}).Rows[0]
	if !onThePublicationDay.Statements[0].Usable {
		t.Errorf("the file can know of its own day: %+v", onThePublicationDay.Statements)
	}
}
