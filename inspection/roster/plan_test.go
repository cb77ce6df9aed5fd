package roster_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plumbline/inspection"
	"plumbline/inspection/roster"
)

// asOf is a one-row workbook of a day, with the facts of that day.
func asOf(t testing.TB, day time.Time, kind, sex string, minimum any, inspections ...any) *roster.Workbook {
	t.Helper()
	l := layouts()["FY26"]
	l.file, l.sheet = "detentionStats_"+day.Format("01022006")+".xlsx", "Facilities"
	l.plain = plainHeadings("ALOS")
	l.above = []string{"Source: IIDS, " + day.Format("01/02/2006")}
	row := place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", 71342, inspections...)
	row.kind, row.sex, row.minimum = kind, sex, minimum
	return l.read(t, []listing{row})
}

func TestNewerFactsWinAndABlankErasesNothing(t *testing.T) {
	t.Parallel()
	books := []*roster.Workbook{
		asOf(t, on(2021, 5, 31), "IGSA", "Male", 100, "ODO", "5/1/2021", "NDS 2019", "Pass"),
		asOf(t, on(2023, 7, 24), "DIGSA", "", 200, nil, nil, nil, nil),
		asOf(t, on(2026, 4, 2), "CDF", "Female/Male", nil, "ODO", "Scheduled FY27", nil, nil),
	}
	want := inspection.Facility{
		Name: "RIVER PARISH JAIL", Street: "1 LEVEE ROAD", City: "JENA", State: "LA", Zip: "71342", FieldOffice: "NOL",
		Type: inspection.TypeCDF, TypeRaw: "CDF", Sex: "Female/Male",
		PopulationPeriod: "to 2026-04-02, ICE workbook", Standard: "NDS 2019", StandardRaw: "NDS 2019",
		Listed: true, ListedOn: on(2026, 4, 2), FactsAsOf: on(2026, 4, 2),
		FactDates: map[inspection.Fact]time.Time{inspection.FactStandard: on(2021, 5, 31)},
		Source:    "detentionStats_04022026.xlsx", Revision: 1,
	}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		s := &state{}
		for _, i := range order {
			s.take(t, books[i])
		}
		got, rated := s.find(t, "RIVER PARISH JAIL", "LA")
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(inspection.Facility{}, "ID", "Population")); diff != "" {
			t.Errorf("order %v (-want +got):\n%s", order, diff)
		}
		if len(rated) != 1 {
			t.Errorf("order %v: ratings %v", order, rated)
		}
		for _, i := range order {
			if change := roster.Plan(s.facilities, s.ratings, books[i]); !change.Empty() || change.Counts.Same != 1 {
				t.Errorf("order %v: workbook %d again: %s", order, i, change.Counts)
			}
		}
	}
}

func TestAnOlderWorkbookAddsHistoryOnly(t *testing.T) {
	t.Parallel()
	s := &state{}
	s.take(t, asOf(t, on(2026, 4, 2), "CDF", "Male", 5, "ODO", "1/15/2026", "NDS 2025", "Pass"))
	before, _ := s.find(t, "RIVER PARISH JAIL", "LA")
	change := s.take(t, asOf(t, on(2021, 5, 31), "IGSA", "Female", 100, "Regular", "5/1/2021", "NDS", "Acceptable"))
	after, rated := s.find(t, "RIVER PARISH JAIL", "LA")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the older workbook changed facts (-before +after):\n%s", diff)
	}
	if got := change.Counts.String(); got != "facilities: 1 read, 0 new, 0 updated, 1 same; ratings: 1 read, 1 new; not understood: 0" || len(rated) != 2 {
		t.Error(got)
	}
}

func TestARatingBecomesFinalAndStaysSo(t *testing.T) {
	t.Parallel()
	pending := asOf(t, on(2024, 2, 5), "IGSA", "Male", nil, "ODO", "1/15/2024", "NDS 2019", "Pending Final Report")
	final := asOf(t, on(2024, 5, 5), "IGSA", "Male", nil, "ODO", "1/15/2024", "NDS 2019", "Fail")
	silent := asOf(t, on(2025, 5, 5), "IGSA", "Male", nil, "Regular", "1/15/2024", nil, nil)
	renamed := asOf(t, on(2025, 9, 5), "IGSA", "Male", nil, "ORSA", "1/15/2024", "ORSA NDS 2019", "Fail")
	for _, order := range [][]*roster.Workbook{{pending, final, silent, renamed}, {renamed, silent, final, pending}, {silent, pending, renamed, final}} {
		s := &state{}
		added := 0
		for _, wb := range order {
			added += s.take(t, wb).Counts.NewRatings
		}
		_, rated := s.find(t, "RIVER PARISH JAIL", "LA")
		got := rated["2024-01-15"]
		if added != 1 || len(rated) != 1 || got.Rating != "FAIL" || got.Type != "ORSA" || got.Source != renamed.Name {
			t.Errorf("%d added; %+v", added, rated)
		}
	}
}

func TestAReDatedInspectionIsKeptUnderBothDates(t *testing.T) {
	t.Parallel()
	s := &state{}
	s.take(t, asOf(t, on(2024, 2, 5), "IGSA", "Male", nil, "ODO", "1/15/2024", "NDS 2019", "Pass"))
	s.take(t, asOf(t, on(2024, 5, 5), "IGSA", "Male", nil, "ODO", "1/18/2024", "NDS 2019", "Pass"))
	if _, rated := s.find(t, "RIVER PARISH JAIL", "LA"); len(rated) != 2 {
		t.Errorf("%+v", rated)
	}
}

func TestTheNewestListSaysWhoIsListed(t *testing.T) {
	t.Parallel()
	l := layouts()["FY24"]
	a, b := place("ACADIA JAIL", "1 A ROAD", "CROWLEY", "LA", 70526), place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", 71342)
	older, newer := l.read(t, []listing{a, b}), layouts()["FY26"].read(t, []listing{b})
	for _, order := range [][]*roster.Workbook{{older, newer}, {newer, older}} {
		s := &state{}
		for _, wb := range order {
			s.take(t, wb)
		}
		gone, _ := s.find(t, "ACADIA JAIL", "LA")
		stays, _ := s.find(t, "RIVER PARISH JAIL", "LA")
		if gone.Listed || !gone.ListedOn.Equal(older.AsOf) || !stays.Listed || !stays.ListedOn.Equal(newer.AsOf) {
			t.Errorf("gone %v %v, stays %v %v", gone.Listed, gone.ListedOn, stays.Listed, stays.ListedOn)
		}
	}
	s := &state{}
	s.take(t, older)
	if change := s.take(t, newer); change.Counts.NoLongerListed != 1 || len(change.UpdatedFacilities) != 2 || change.Counts.Updated != 1 {
		t.Errorf("%+v", change.Counts)
	}
}

func TestAFacilityWithoutACodeIsNamedAsTheNewestListNamesIt(t *testing.T) {
	t.Parallel()
	older := layouts()["FY21"].read(t, []listing{place("RIVER PARISH DET CENTER", "1 LEVEE ROAD", "JENA", "LA", 71342)})
	newer := layouts()["FY26"].read(t, []listing{place("RIVER ICE PROCESSING CENTER", "1 LEVEE RD", "JENA", "LA", 71342)})
	for _, order := range [][]*roster.Workbook{{older, newer}, {newer, older}} {
		s := &state{}
		for _, wb := range order {
			s.take(t, wb)
		}
		f, _ := s.find(t, "RIVER ICE PROCESSING CENTER", "LA")
		if diff := cmp.Diff([]string{"RIVER PARISH DET CENTER"}, f.Aliases); diff != "" || len(s.facilities) != 1 {
			t.Errorf("%d facilities, aliases (-want +got):\n%s", len(s.facilities), diff)
		}
	}
}

func TestPlanLeavesItsArgumentsAlone(t *testing.T) {
	t.Parallel()
	s, pristine := known(), known()
	wb := layouts()["FY26"].read(t, []listing{
		place("ADAMS COUNTY DET CENTER", "20 HOBO FORK ROAD", "NATCHEZ", "MS", 39120, "ODO", "6/2/2021", "NDS 2019", "Pass"),
		place("CASTLE", "1 X", "Y", "ZZ", 1)})
	roster.Plan(s.facilities, s.ratings, wb)
	if diff := cmp.Diff(pristine, s, cmp.AllowUnexported(state{})); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestTheReportNamesEveryRowAndEndsWithTheCounts(t *testing.T) {
	t.Parallel()
	s := known()
	change := s.take(t, layouts()["FY26"].read(t, []listing{
		place("CASA GRANDE", "27991 BUENA VISTA BOULEVARD", "LOS FRESNOS", "TX", 78566, "ODO", "1/2/2026", "NDS 2019", "Pass"),
		place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", 71342, "ODO", "Scheduled FY27", "USMS IGA", "Pass"),
	}))
	var b bytes.Buffer
	must(t, roster.Report(&b, change))
	want := strings.Join([]string{
		"not understood: Facilities FY26, row 11, CASA GRANDE: an unknown name at a known address; could be Rio Grande Valley Staging (RGS, Los Fresnos TX) or Port Isabel Service Processing Center (PIC, Los Fresnos TX)",
		`not understood: Facilities FY26, row 12, RIVER PARISH JAIL: last inspection: standard "USMS IGA" is not known; rating "Pass" without the date of its inspection: the cell says "Scheduled FY27"`,
		"facilities: 2 read, 1 new, 0 updated, 0 same; ratings: 2 read, 0 new; not understood: 2", ""}, "\n")
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
