package roster_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"plumbline/inspection"
	"plumbline/inspection/roster"
)

// worldPlace is a place of the made-up country, under the ways in which lists write it.
type worldPlace struct {
	names   []string
	streets []string
	city    string
	state   string
	zip     int
}

// world has the real roster's traps: one name in two states, two places at one address, two names
// that look alike in one city.
func world() []worldPlace {
	return []worldPlace{
		{[]string{"WASHINGTON COUNTY JAIL", "Washington Co. Jail (AR)"}, []string{"1155 WEST CLYDESDALE DRIVE", "1155 W. Clydesdale Dr."}, "FAYETTEVILLE", "AR", 72701},
		{[]string{"WASHINGTON COUNTY JAIL", "WASHINGTON COUNTY JAIL, UT"}, []string{"750 SOUTH 5300 WEST"}, "HURRICANE", "UT", 84737},
		{[]string{"FLORENCE SPC", "Florence Service Processing Center"}, []string{"3250 NORTH PINAL PARKWAY", "3250 N. Pinal Pkwy"}, "FLORENCE", "AZ", 85132},
		{[]string{"FLORENCE STAGING FACILITY", "Florence Staging Fac"}, []string{"3250 NORTH PINAL PARKWAY"}, "FLORENCE", "AZ", 85132},
		{[]string{"ADAMS COUNTY JAIL"}, []string{"1 OAK STREET"}, "NATCHEZ", "MS", 39120},
		{[]string{"ADAMS COUNTY JUVENILE CENTER", "Adams County Juv Ctr1"}, []string{"9 ELM STREET"}, "NATCHEZ", "MS", 39120},
		{[]string{"NASSAU COUNTY CORRECTIONAL CENTER"}, []string{"100 CARMAN AVENUE", "100 Carman Ave"}, "EAST MEADOW", "NY", 11554},
	}
}

// inspected are days on which only place i was inspected.
func inspected(i, n int) time.Time { return on(2019, time.January, 1+i+10*n) }

// drawWorkbook draws a list of some of the places, as of the n-th of a row of days.
func drawWorkbook(t *rapid.T, tb testing.TB, n int) *roster.Workbook {
	l := layouts()["FY21"]
	l.file, l.sheet = fmt.Sprintf("list%d.xlsx", n), "Facilities"
	l.plain = plainHeadings("ALOS")
	l.above = []string{"Source: IIDS, " + on(2020, time.January, 15).AddDate(0, 2*n, 0).Format("01/02/2006")}
	var listings []listing
	for i, p := range world() {
		if !rapid.Bool().Draw(t, fmt.Sprintf("list %d names place %d", n, i)) {
			continue
		}
		row := place(rapid.SampledFrom(p.names).Draw(t, "name"), rapid.SampledFrom(p.streets).Draw(t, "street"), p.city, p.state, p.zip,
			"Regular", rapid.SampledFrom([]any{nil, "NDS", "NDS 2019", "USMS IGA"}).Draw(t, "standard"),
			rapid.SampledFrom([]any{nil, "*", "Pending Final", "Pass", "Fail"}).Draw(t, "rating"),
			serial(2019, time.January, inspected(i, rapid.IntRange(0, 1).Draw(t, "first")).Day()),
			"ORSA", "NDS", "Acceptable",
			rapid.SampledFrom([]any{nil, "New Facility", inspected(i, 2).Format("1/2/2006")}).Draw(t, "second"))
		row.kind = rapid.SampledFrom([]any{"IGSA", "DIGSA", "N/A"}).Draw(t, "type")
		row.sex = rapid.SampledFrom([]any{"Male", "Female/Male", nil}).Draw(t, "sex")
		row.minimum = rapid.SampledFrom([]any{nil, 100, 250}).Draw(t, "minimum")
		row.population = rapid.Float64Range(0, 900).Draw(t, "population")
		listings = append(listings, row)
		if rapid.IntRange(0, 9).Draw(t, "twice") == 0 {
			listings = append(listings, row)
		}
	}
	return l.read(tb, listings)
}

// facts is what a roster knows, without what depends on who came first: ids and spellings.
func facts(s *state) map[string]any {
	known := map[string]any{}
	for _, f := range s.facilities {
		days := map[string]string{}
		for _, r := range s.ratings {
			if r.FacilityID == f.ID {
				days[r.EndedOn.Format(time.DateOnly)] = fmt.Sprint(r.Type, r.Edition, r.Rating, r.Source, r.SourceDate)
			}
		}
		key, _, _ := roster.NameKey(f.Name)
		f.ID, f.Name, f.Street, f.Aliases = inspection.ID{}, key, roster.StreetKey(f.Street), nil
		known[f.State+" "+f.City+" "+key] = []any{f, days}
	}
	return known
}

// settled is a roster that knows every place of the world and no fact about it. With code, the
// places have one.
func settled(withCode bool) *state {
	s := &state{}
	for i, p := range world() {
		code := fmt.Sprintf("CODE%d", i)
		f := inspection.Facility{ID: inspection.FacilityID(code), Name: p.names[0], Street: p.streets[0],
			City: p.city, State: p.state, Zip: fmt.Sprint(p.zip), FactsAsOf: on(2000, 1, 1)}
		if withCode {
			f.Detloc = code
		}
		s.facilities = append(s.facilities, f)
	}
	return s
}

// Which of two places at one address a new name is, no order of import can know: the property is
// about the facts of places that are known.
func TestImportsInAnyOrderEndTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var books []*roster.Workbook
		for n := range rapid.IntRange(2, 4).Draw(r, "workbooks") {
			books = append(books, drawWorkbook(r, t, n))
		}
		inOrder, shuffled := settled(false), settled(false)
		for _, wb := range books {
			inOrder.take(r, wb)
		}
		for _, wb := range rapid.Permutation(books).Draw(r, "order") {
			shuffled.take(r, wb)
		}
		if diff := cmp.Diff(facts(inOrder), facts(shuffled), cmpopts.EquateEmpty()); diff != "" {
			r.Fatalf("(-in order +shuffled):\n%s", diff)
		}
		for _, wb := range append(slices.Clone(books), books[0]) {
			if change := shuffled.take(r, wb); !change.Empty() || change.Counts.New+change.Counts.Updated+change.Counts.NewRatings != 0 {
				r.Fatalf("%s again: %s: %+v", wb.Name, change.Counts, change.RosterChange)
			}
		}
	})
}

func TestNoImportMergesTwoPlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := settled(true)
		before := slices.Clone(s.facilities)
		for n := range rapid.IntRange(1, 3).Draw(r, "workbooks") {
			change := s.take(r, drawWorkbook(r, t, n))
			counts := change.Counts
			if counts.New != 0 || counts.Updated+counts.Same != counts.Facilities {
				r.Fatalf("%s: %v", counts, change.NotUnderstood)
			}
		}
		for i, f := range s.facilities {
			if f.ID != before[i].ID || f.Detloc != before[i].Detloc || f.Name != before[i].Name || f.Street != before[i].Street {
				r.Fatalf("%+v became %+v", before[i], f)
			}
			for _, rating := range s.ratings {
				if day := rating.EndedOn.Day() - 1; rating.FacilityID == f.ID && day%10 != i {
					r.Fatalf("place %d has the inspection of place %d", i, day%10)
				}
			}
		}
	})
}
