package roster_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"plumbline/inspection"
	"plumbline/inspection/roster"
)

// layout is how ICE prints its facility list in one fiscal year.
type layout struct {
	file, sheet string
	// above are the lines over the headings; every cell of theirs stands in column A.
	above []string
	// plain are the headings before the inspections, inspections those of the inspections.
	plain, inspections []string
}

func plainHeadings(year string) []string {
	return []string{"Name", "Address", "City", "State", "Zip", "AOR", "Type Detailed", "Male/Female",
		year + " ALOS", "Level A", "Male Crim", "Male Non-Crim", "Female Crim", "Female Non-Crim",
		"ICE Threat Level 1", "Mandatory", "Guaranteed Minimum"}
}

// layouts are the five that ICE has used, each as of its real file's day.
func layouts() map[string]layout {
	banner := "U.S. Immigration and Customs Enforcement"
	return map[string]layout{
		"FY21": {"20210612232349-FY21_detentionStats061121.xlsx", "Facilities FY21 YTD",
			[]string{banner, "", "ICE FACILITIES DATA, FY21 YTD", "", "Facility Information", "Source: ICE Integrated Decision Support (IIDS), 05/31/2021"},
			plainHeadings("FY21"),
			[]string{"Last Inspection Type", "Last Inspection Standard", "Last Inspection Rating - Final", "Last Inspection Date",
				"Second to Last Inspection Type", "Second to Last Inspection Standard", "Second to Last Inspection Rating", "Second to Last Inspection Date"}},
		"FY22": {"FY22_detentionStats04132022.xlsx", "Facilities FY22 ",
			[]string{banner, "", "", "", "Facility Information", "Source: ICE Integrated Decision Support (IIDS), 04/04/2022"},
			plainHeadings("FY22"),
			[]string{"Last Inspection Type", "Last Inspection Standard", "Last Inspection Rating - Final", "Last Inspection Date",
				"Second to Last Inspection Type", "Second to Last Inspection Standard", "Second to Last Inspection Date"}},
		"FY23": {"FY23_detentionStats08032023.xlsx", "Facilities FY23",
			[]string{" ", "", "", "", "Facility Information", "Source: ICE Integrated Decision Support (IIDS), 07/24/2023"},
			plainHeadings("FY23"),
			[]string{"Last Inspection Type", "ODO Inspection End Date", "ODO Last Inspection Standard", "ODO Final Rating",
				"Last Nakamoto Inspection Standard", "Last Nakamoto Inspection Rating - Final", "Last Nakamoto Inspection Date",
				"Second to Last Nakamoto Inspection Type", "Second to Last Nakamoto Inspection Standard", "Second to Last Nakamoto Inspection Date"}},
		"FY24": {"FY24_detentionStats02152024.xlsx", "Facilities FY24",
			[]string{"", "", "", "", "", "Data Source: ICE Integrated Decision Support (IIDS), 02/05/2024"},
			plainHeadings("FY24"),
			[]string{"Pending FY24 Inspection", "Last Inspection Type", "ODO Inspection End Date", "ODO Last Inspection Standard", "ODO Final Rating"}},
		"FY26": {"FY26_detentionStats_04092026.xlsx", "Facilities FY26",
			[]string{"", "", "ICE Facilities Data, FY26", "", "Data Source: ICE Integrated Decision Support (IIDS), 04/02/2026", "", "", "", "Facility Information"},
			plainHeadings("FY26"),
			[]string{"Last Inspection Type", "Last Inspection End Date", "Last Inspection Standard", "Last Final Rating"}},
	}
}

// listing is one row of a fixture: its inspection cells come after the plain ones. A nil cell stays
// empty.
type listing struct {
	name, street, city string
	state, zip         any
	aor, kind, sex     any
	population         any
	minimum            any
	inspections        []any
}

// place is an ordinary listing to vary.
func place(name, street, city string, state, zip any, inspections ...any) listing {
	return listing{name: name, street: street, city: city, state: state, zip: zip,
		aor: "NOL", kind: "IGSA", sex: "Female/Male", population: 10.25, inspections: inspections}
}

func (l listing) cells() []any {
	return append([]any{l.name, l.street, l.city, l.state, l.zip, l.aor, l.kind, l.sex,
		31.5, 1, l.population, 1, 0, 0.5, 0, 0, l.minimum}, l.inspections...)
}

// serial is a true date cell: ICE's hold the number of the day.
func serial(year int, month time.Month, date int) float64 {
	return on(year, month, date).Sub(on(1899, time.December, 30)).Hours() / 24
}

func on(year int, month time.Month, date int) time.Time {
	return time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
}

// bytes returns the bytes of a workbook of the layout: a cover sheet first, then the list, then
// the footnotes under it.
func (l layout) bytes(t testing.TB, listings []listing, footnotes ...string) []byte {
	t.Helper()
	f := excelize.NewFile()
	must(t, f.SetSheetName("Sheet1", "Header"))
	must(t, f.SetCellValue("Header", "A1", "Detention Statistics"))
	_, err := f.NewSheet(l.sheet)
	must(t, err)
	for i, line := range l.above {
		must(t, f.SetCellValue(l.sheet, fmt.Sprintf("A%d", i+1), line))
	}
	number := len(l.above) + 1
	headings := append(append([]string{}, l.plain...), l.inspections...)
	must(t, f.SetSheetRow(l.sheet, fmt.Sprintf("A%d", number), &headings))
	for _, row := range listings {
		number++
		cells := row.cells()
		must(t, f.SetSheetRow(l.sheet, fmt.Sprintf("A%d", number), &cells))
	}
	for _, note := range footnotes {
		number++
		must(t, f.SetCellValue(l.sheet, fmt.Sprintf("A%d", number+1), note))
	}
	var b bytes.Buffer
	must(t, f.Write(&b))
	must(t, f.Close())
	return b.Bytes()
}

// read returns the workbook of the layout with the listings.
func (l layout) read(t testing.TB, listings []listing, footnotes ...string) *roster.Workbook {
	t.Helper()
	wb, err := roster.ReadWorkbook(bytes.NewReader(l.bytes(t, listings, footnotes...)), l.file)
	must(t, err)
	return wb
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// state is a roster that changes are applied to, as the store would.
type state struct {
	facilities []inspection.Facility
	ratings    []inspection.ExternalRating
}

// take plans a workbook and applies the plan.
func (s *state) take(t interface{ Fatalf(string, ...any) }, wb *roster.Workbook) roster.Change {
	change := roster.Plan(s.facilities, s.ratings, wb)
	s.apply(t, change.RosterChange)
	return change
}

func (s *state) apply(t interface{ Fatalf(string, ...any) }, change inspection.RosterChange) {
	facilities := append(append([]inspection.Facility{}, s.facilities...), change.NewFacilities...)
	at := map[inspection.ID]int{}
	for i, f := range facilities {
		if _, twice := at[f.ID]; twice {
			t.Fatalf("facility %s (%s) is there twice", f.ID, f.Name)
		}
		at[f.ID] = i
	}
	for _, f := range change.UpdatedFacilities {
		i, ok := at[f.ID]
		if !ok {
			t.Fatalf("updated facility %s (%s) is not known", f.ID, f.Name)
		}
		facilities[i] = f
	}
	ratings := append(append([]inspection.ExternalRating{}, s.ratings...), change.NewRatings...)
	rated := map[inspection.ID]int{}
	for i, r := range ratings {
		if _, twice := rated[r.ID]; twice {
			t.Fatalf("rating %s is there twice", r.ID)
		}
		if _, ok := at[r.FacilityID]; !ok {
			t.Fatalf("rating %s is of no facility", r.ID)
		}
		rated[r.ID] = i
	}
	for _, r := range change.UpdatedRatings {
		i, ok := rated[r.ID]
		if !ok {
			t.Fatalf("updated rating %s is not known", r.ID)
		}
		ratings[i] = r
	}
	s.facilities, s.ratings = facilities, ratings
}

// find returns the facility of the name, with its ratings by day.
func (s *state) find(t testing.TB, name, stateCode string) (inspection.Facility, map[string]inspection.ExternalRating) {
	t.Helper()
	for _, f := range s.facilities {
		if f.Name == name && f.State == stateCode {
			rated := map[string]inspection.ExternalRating{}
			for _, r := range s.ratings {
				if r.FacilityID == f.ID {
					rated[r.EndedOn.Format(time.DateOnly)] = r
				}
			}
			return f, rated
		}
	}
	t.Fatalf("no facility %q in %s", name, stateCode)
	return inspection.Facility{}, nil
}
