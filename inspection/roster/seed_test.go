package roster_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plumbline/inspection"
	"plumbline/inspection/roster"
)

func seeded(t testing.TB) roster.Roster {
	t.Helper()
	seed, err := roster.Seed()
	must(t, err)
	return seed
}

func TestTheSeedIsWhole(t *testing.T) {
	t.Parallel()
	seed := seeded(t)
	counts := map[string]int{}
	for _, f := range seed.Facilities {
		if f.Listed {
			counts["listed"]++
			if !f.ListedOn.Equal(on(2026, 7, 20)) {
				t.Errorf("%s is listed on %v", f.Name, f.ListedOn)
			}
		}
		if f.Detloc == "" {
			counts["without a code"]++
		}
		if f.Latitude != nil && f.Longitude != nil {
			counts["placed"]++
		}
		if f.Standard != "" {
			counts["with a standard"]++
		}
		if strings.HasPrefix(f.Standard, "PBNDS 2011") {
			counts["under PBNDS 2011"]++
		}
		if f.Source == "" || f.FactsAsOf.IsZero() || f.Revision != 1 {
			t.Errorf("%s has no provenance: %+v", f.Name, f)
		}
	}
	counts["facilities"], counts["ratings"] = len(seed.Facilities), len(seed.Ratings)
	want := map[string]int{"facilities": 1004, "ratings": 2293, "listed": 208, "without a code": 6, "placed": 737,
		"with a standard": 449, "under PBNDS 2011": 61}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestASeededFacility(t *testing.T) {
	t.Parallel()
	seed := seeded(t)
	latitude, longitude, capacity, population, over72 := 61.21848468, -149.8568744, 863, 2.16, true
	want := inspection.Facility{
		ID: inspection.FacilityID("ANCHOAK"), Detloc: "ANCHOAK", Name: "Anchorage Correctional Complex",
		Street: "1400 E Fourth Ave", City: "Anchorage", State: "AK", Zip: "99501", County: "Anchorage",
		Latitude: &latitude, Longitude: &longitude, FieldOffice: "SEA", Type: inspection.TypeUSMSIGA, TypeRaw: "USMS IGA",
		Operator: "COUNTY (CORRECTIONS)", Owner: "COUNTY", Sex: "Male", Capacity: &capacity, Population: &population,
		PopulationPeriod: "FY2026 to date, ICE workbook of 2026-07-20", Over72: &over72,
		Standard: "ORSA NDS 2019", StandardRaw: "ORSA NDS 2019", Listed: true, ListedOn: on(2026, 7, 20), FactsAsOf: on(2026, 7, 20),
		FactDates: map[inspection.Fact]time.Time{inspection.FactOperator: on(2017, 11, 6), inspection.FactCapacity: on(2016, 2, 9),
			inspection.FactOver72: on(2020, 1, 7)},
		Source:   "FY26_detentionStats07202026.xlsx; Deportation Data Project registry; FY26_detentionStats_02122026.xlsx; ICE_Facility_List_11-06-2017-web.xlsx",
		Revision: 1,
	}
	for _, f := range seed.Facilities {
		if f.Detloc == want.Detloc {
			if diff := cmp.Diff(want, f, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	}
	rating := inspection.ExternalRating{
		ID: inspection.ExternalRatingID(want.ID, on(2022, 4, 15)), FacilityID: want.ID, Type: "NAKAMOTO", TypeRaw: "Nakamoto",
		EndedOn: on(2022, 4, 15), Edition: "NDS 2019", EditionRaw: "NDS 2019", Rating: "MEETS_STANDARD", RatingRaw: "Meets Standard",
		Source: "20230831222650-FY23_detentionStats08312023.xlsx", SourceDate: on(2023, 8, 31),
	}
	for _, r := range seed.Ratings {
		if r.ID == rating.ID {
			if diff := cmp.Diff(rating, r); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			return
		}
	}
	t.Error("its rating of 2022-04-15 is missing")
}

func TestFieldOffices(t *testing.T) {
	t.Parallel()
	offices := map[string]string{}
	for _, o := range roster.FieldOffices() {
		offices[o.Code] = o.Name
	}
	if len(offices) != 25 || offices["NOL"] != "New Orleans" {
		t.Errorf("%v", offices)
	}
	for _, f := range seeded(t).Facilities {
		if _, ok := offices[f.FieldOffice]; !ok && f.FieldOffice != "" {
			t.Errorf("%s is of %q, which is no field office", f.Name, f.FieldOffice)
		}
	}
}

func TestAWrongDataFileIsNamedWithItsLine(t *testing.T) {
	t.Parallel()
	heads := "detloc,name,street,city,state,zip,county,latitude,longitude,field_office,type,operator,owner,sex,guaranteed_minimum,capacity,population,population_period,over_72,standard,listed,listed_on,facts_as_of,sources,type_source,operator_source,capacity_source,over_72_source,standard_source\n"
	good := "AJAIL,A Jail,1 B St,C,LA,70001,,,,NOL,IGSA,,,Male,,,,,,NDS,yes,2026-07-20,2026-07-20,1,1,,,,1\n"
	files := func() map[string]string {
		return map[string]string{
			"sources.csv":    "id,name,date,date_is_of\n1,list.xlsx,2026-07-20,data pull\n",
			"facilities.csv": heads + good,
			"aliases.csv":    "facility,alias,source,evidence\nAJAIL,The A Jail,1,x\n",
			"ratings.csv":    "facility,ended_on,type,edition,rating,source\nAJAIL,2020-01-02,ODO,NDS,Pass,1\n",
		}
	}
	read := func(contents map[string]string) error {
		system := fstest.MapFS{}
		for name, content := range contents {
			system["data/"+name] = &fstest.MapFile{Data: []byte(content)}
		}
		_, err := roster.ReadSeed(system)
		return err
	}
	must(t, read(files()))
	for _, c := range []struct{ file, old, new, want string }{
		{"facilities.csv", "IGSA", "CASTLE", `facilities.csv line 2: type "CASTLE": has no normal form`},
		{"facilities.csv", ",LA,", ",,", `facilities.csv line 2: state "": is empty`},
		{"facilities.csv", "NOL", "XXX", `facilities.csv line 2: field_office "XXX": has no normal form`},
		{"facilities.csv", ",NDS,", ",USMS IGA,", `facilities.csv line 2: standard "USMS IGA": has no normal form`},
		{"facilities.csv", good, good + good, `facilities.csv line 3: detloc "AJAIL": is in the file twice`},
		{"facilities.csv", "2026-07-20,1,1", "2026-07-20,9,1", `facilities.csv line 2: sources "9": is no list of sources`},
		{"facilities.csv", "detloc,", "code,", `facilities.csv line 2: detloc "": no such column`},
		{"ratings.csv", "AJAIL", "BJAIL", `ratings.csv line 2: facility "BJAIL": is no facility`},
		{"ratings.csv", "2020-01-02", "2020-02-30", `ratings.csv line 2: ended_on "2020-02-30": is no date`},
		{"ratings.csv", "Pass", "Splendid", `ratings.csv line 2: rating "Splendid": has no normal form`},
		{"aliases.csv", "AJAIL", "BJAIL", `aliases.csv line 2: facility "BJAIL": is no facility`},
		{"sources.csv", "2026-07-20", "", `sources.csv line 2: date "": is empty`},
		{"sources.csv", "1,list.xlsx", "1,\"list.xlsx", `sources.csv: parse error`},
	} {
		contents := files()
		contents[c.file] = strings.Replace(contents[c.file], c.old, c.new, 1)
		if err := read(contents); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s with %q: %v; want %s", c.file, c.new, err, c.want)
		}
	}
}
