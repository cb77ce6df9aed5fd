package roster_test

import (
	"strings"
	"testing"
	"time"

	"plumbline/inspection"
	"plumbline/inspection/roster"
)

// known is a small roster with the traps of the real one.
func known() *state {
	s := &state{}
	for _, f := range []inspection.Facility{
		{Detloc: "ADAMSMS", Name: "Adams County Correctional Center", Street: "20 Hobo Fork Road", City: "Natchez", State: "MS", Zip: "39120"},
		{Detloc: "WASHCAR", Name: "Washington County Jail", Street: "1155 W Clydesdale Dr", City: "Fayetteville", State: "AR", Zip: "72701"},
		{Detloc: "WASHCUT", Name: "Washington County Jail", Aliases: []string{"PURGATORY CORRECTIONAL FACILITY"}, Street: "750 South 5300 West", City: "Hurricane", State: "UT", Zip: "84737"},
		{Detloc: "RGS", Name: "Rio Grande Valley Staging", Street: "27991 Buena Vista Blvd", City: "Los Fresnos", State: "TX", Zip: "78566"},
		{Detloc: "PIC", Name: "Port Isabel Service Processing Center", Street: "27991 Buena Vista Blvd.", City: "Los Fresnos", State: "TX", Zip: "78566"},
		{Detloc: "STFRCTX", Name: "Dilley Immigration Processing Center", Street: "300 El Rancho Way", City: "Dilley", State: "TX", Zip: "78017", Listed: true, ListedOn: on(2026, 7, 20)},
		{Detloc: "TASTDTX", Name: "Dilley Immigration Processing Center", Street: "300 El Rancho Way", City: "Dilley", State: "TX", Zip: "78017"},
		{Detloc: "IRADFCA", Name: "Imperial Regional Detention Facility", Street: "1572 Gateway Road", City: "Calexico", State: "CA", Zip: "92231"},
		{Detloc: "GTMOACU", Name: "Windward Holding Facility", Aliases: []string{"JTF CAMP SIX"}, Street: "Avenue C Psc 1005 Box 55", City: "Fpo Ae", State: "CU", Zip: "09593"},
		{Detloc: "PHX", Name: "Phoenix Hold Room", Street: "2035 N Central Ave", City: "Phoenix", State: "AZ", Zip: "85004"},
		{Detloc: "CLINTPA", Name: "Clinton County Correctional Facility", Street: "58 Pine Mountain Rd", City: "McElhattan", State: "PA", Zip: "17748"},
		{Detloc: "FIPCAGA", Name: "Folkston D Ray ICE Processing Center", Street: "3424 Hwy 252 E", City: "Folkston", State: "GA", Zip: "31537"},
		{Detloc: "CIBOCNM", Name: "Cimarron Correctional Facility", Street: "3200 S Kings Hwy", City: "Cushing", State: "OK", Zip: "74023"},
		{Detloc: "NOPLACE", Name: "Savannah Hold Room", State: "GA"},
		{Detloc: "BCORCPA", Name: "BERKS COUNTY RESIDENTIAL CENTER1", Street: "1040 BERKS RD", City: "LEESPORT", State: "PA", Zip: "19533", ListedOn: on(2022, 9, 19)},
		{Detloc: "BEFAMPA", Name: "BERKS COUNTY RESIDENTIAL CENTER3", Street: "1040 BERKS RD", City: "LEESPORT", State: "PA", Zip: "19533", ListedOn: on(2023, 1, 9)},
	} {
		f.ID = inspection.FacilityID(f.Detloc)
		f.FactsAsOf = on(2026, 7, 20)
		s.facilities = append(s.facilities, f)
	}
	for _, day := range []time.Time{on(2021, 6, 2), on(2020, 6, 3)} {
		for _, code := range []string{"CLINTPA", "ADAMSMS", "CIBOCNM"} {
			id := inspection.FacilityID(code)
			s.ratings = append(s.ratings, inspection.ExternalRating{ID: inspection.ExternalRatingID(id, day), FacilityID: id, EndedOn: day, SourceDate: day})
		}
	}
	return s
}

func TestWhichFacilityARowIs(t *testing.T) {
	t.Parallel()
	history := []any{"Regular", "NDS", "Pass", serial(2021, 6, 2), "Regular", "NDS", "Pass", "6/3/2020"}
	for name, c := range map[string]struct {
		row listing
		// want is a code, "new", or the beginning of the reason.
		want string
	}{
		"name and place":                           {place("ADAMS COUNTY CORRECTIONAL CENTER", "20 HOBO FORK RD.", "NATCHEZ", "MS", 39120), "ADAMSMS"},
		"name, another street":                     {place("ADAMS COUNTY CORRECTIONAL CENTER", "P.O. BOX 1", "NATCHEZ", "MS", nil), "ADAMSMS"},
		"same name in two states":                  {place("WASHINGTON COUNTY JAIL", "1155 WEST CLYDESDALE DRIVE", "FAYETTEVILLE", "AR", 72701), "WASHCAR"},
		"same name in a third state":               {place("WASHINGTON COUNTY JAIL", "14949 62ND ST N", "STILLWATER", "MN", 55082), "new"},
		"alias":                                    {place("PURGATORY CORRECTIONAL FACILITY (UT)", "", "HURRICANE", "UT", nil), "WASHCUT"},
		"same name, nowhere near":                  {place("ADAMS COUNTY CORRECTIONAL CENTER", "1 OTHER STREET", "JACKSON", "MS", 39201), "the facility of this name has another"},
		"moved, confirmed by its past":             {place("CLINTON COUNTY CORRECTIONAL FACILITY", "419 SHOEMAKER ROAD", "LOCK HAVEN", "PA", 17745, history...), "CLINTPA"},
		"one of two at an address, by its words":   {place("PORT ISABEL", "27991 BUENA VISTA BOULEVARD", "LOS FRESNOS", "TX", 78566), "PIC"},
		"unknown third at an address":              {place("CASA GRANDE", "27991 BUENA VISTA BOULEVARD", "LOS FRESNOS", "TX", 78566), "an unknown name at a known address"},
		"an annex is not the main building":        {place("ADAMS COUNTY ANNEX", "20 HOBO FORK ROAD", "NATCHEZ", "MS", 39120), "an unknown name at a known address"},
		"new name at its address":                  {place("ADAMS COUNTY DET CENTER", "20 HOBO FORK RD.", "NATCHEZ", "MS", 39120), "ADAMSMS"},
		"twins: the one that ICE lists":            {place("DILLEY IMMIGRATION PROCESSING CENTER", "300 EL RANCHO WAY", "DILLEY", "TX", 78017), "STFRCTX"},
		"twins that ICE lists both":                {place("BERKS COUNTY RESIDENTIAL CENTER", "1040 BERKS RD", "LEESPORT", "PA", 19533), "2 facilities have this name and place"},
		"state blank":                              {place("IMPERIAL REGIONAL DETENTION FACILITY", "1572 GATEWAY", "CALEXICO", nil, "92231"), "IRADFCA"},
		"state blank, place unknown":               {place("IMPERIAL REGIONAL DETENTION FACILITY", "1572 GATEWAY", "EL CENTRO", nil, "92243"), "its state is blank"},
		"no such state":                            {place("UNKNOWN JAIL", "1 ROAD", "CALEXICO", "ZZ", 92231), `"ZZ" is no state`},
		"state wrong":                              {place("PHOENIX HOLD ROOM", "2035 N. CENTRAL AVENUE", "PHOENIX", "AR", 85004), "PHX"},
		"state wrong, place in doubt":              {place("PHOENIX HOLD ROOM", "2035 N. CENTRAL AVENUE", "PHOENIX", "AR", 72101), "its name and street are of a facility in another state"},
		"name and column disagree about the state": {place("WASHINGTON COUNTY JAIL (UT)", "1155 WEST CLYDESDALE DRIVE", "FAYETTEVILLE", "AR", 72701), "its name says UT, its state column AR"},
		"military post office":                     {place("JTF CAMP SIX", "AVENUE C PSC 1005 BOX 55", "FPO", "FL", "09360"), "GTMOACU"},
		"name cut off":                             {place("FOLKSTON D RAY ICE PROCES", "HIGHWAY 252", "FOLKSTON", "GA", 31537), "FIPCAGA"},
		"words in another order":                   {place("FOLKSTON ICE PROCESSING CENTER - D RAY", "3424 HIGHWAY 252 EAST", "FOLKSTON", "GA", 31537), "FIPCAGA"},
		"misspelt, at its address":                 {place("CIMMARRON CORR FACILITY", "3200 SOUTH KINGS HIGHWAY", "CUSHING", "OK", 74023), "CIBOCNM"},
		"misspelt, elsewhere in its city":          {place("CIMMARRON CORR FACILITY", "1 MAIN ST", "CUSHING", "OK", 74023), "its name resembles a known facility's"},
		"misspelt, confirmed by its past":          {place("CIMMARRON CORR FACILITY", "1 MAIN ST", "CUSHING", "OK", 74023, history...), "CIBOCNM"},
		"facility without a known place":           {place("SAVANNAH HOLD ROOM", "1 FEDERAL PLAZA", "SAVANNAH", "GA", 31401), "NOPLACE"},
		"two facilities, one at a mixed address":   {place("DAVIESS COUNTY DETENTION", "20 HOBO FORK ROAD", "NATCHEZ", "MS", 39120), "an unknown name at a known address"},
		"new":                                      {place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", 71342), "new"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := known()
			change := s.take(t, layouts()["FY21"].read(t, []listing{c.row}))
			if got := outcome(change); !strings.HasPrefix(got, c.want) {
				t.Errorf("the row is %q, want %q", got, c.want)
			}
		})
	}
}

// outcome says in a word what a one-row workbook was.
func outcome(change roster.Change) string {
	switch {
	case len(change.NotUnderstood) == 1:
		return change.NotUnderstood[0].Reason
	case change.Counts.New == 1:
		return "new"
	}
	if len(change.UpdatedFacilities) == 1 {
		return change.UpdatedFacilities[0].Detloc
	}
	return "not one facility"
}

func TestAFootnoteGivesTheCode(t *testing.T) {
	t.Parallel()
	s := known()
	note := "[3] BCORCPA (BERKS COUNTY RESIDENTIAL CENTER) houses single adults."
	row := place("BERKS COUNTY RESIDENTIAL CENTER3", "1040 BERKS RD", "LEESPORT", "PA", 19533)
	wb := layouts()["FY22"].read(t, []listing{row}, note)
	if wb.Rows[0].Detloc != "BCORCPA" || wb.Rows[0].Name != "BERKS COUNTY RESIDENTIAL CENTER" {
		t.Fatalf("row %+v", wb.Rows[0])
	}
	if got := outcome(s.take(t, wb)); got != "BCORCPA" {
		t.Errorf("the row is %q", got)
	}
	foreign := layouts()["FY22"].read(t, []listing{row}, "[3] KRNRCTX (KARNES COUNTY RESIDENTIAL CENTER) closed.")
	if got := foreign.Rows[0].Detloc; got != "" {
		t.Errorf("a footnote about another facility gives the code %q", got)
	}
}

func TestACodeColumnDecides(t *testing.T) {
	t.Parallel()
	l := layouts()["FY26"]
	l.inspections = []string{"DETLOC"}
	s := known()
	change := s.take(t, l.read(t, []listing{
		place("DILLEY PROCESSING", "300 EL RANCHO WAY", "DILLEY", "TX", 78017, "TASTDTX"),
		place("ADAMS COUNTY CORRECTIONAL CENTER", "20 HOBO FORK ROAD", "NATCHEZ", "MS", 39120, "ADAMXMS"),
	}))
	f, _ := s.find(t, "ADAMS COUNTY CORRECTIONAL CENTER", "MS")
	if change.Counts.New != 1 || change.Counts.Updated != 1 || f.Detloc != "ADAMXMS" {
		t.Errorf("%s; %+v", change.Counts, change.NotUnderstood)
	}
}

func TestAFacilityWithoutACodeTakesTheOneAListStates(t *testing.T) {
	t.Parallel()
	s := &state{}
	row := place("KARNES COUNTY RESIDENTIAL CENTER", "409 FM 1144", "KARNES CITY", "TX", 78118)
	s.take(t, layouts()["FY21"].read(t, []listing{row}))
	row.name += "2"
	wb := layouts()["FY22"].read(t, []listing{row}, "[2] KRNRCTX (KARNES COUNTY RESIDENTIAL CENTER) houses single adults.")
	if got := outcome(s.take(t, wb)); got != "KRNRCTX" || len(s.facilities) != 1 {
		t.Errorf("the row is %q; %d facilities", got, len(s.facilities))
	}
	if again := s.take(t, wb); !again.Empty() {
		t.Errorf("again: %s", again.Counts)
	}
}

func TestARowTwiceInASheetIsOneFacility(t *testing.T) {
	t.Parallel()
	twice := place("NASSAU COUNTY CORRECTIONAL CENTER", "100 CARMAN AVE", "EAST MEADOW", "NY", 11554, "Regular", "NDS", "Pass", "6/2/2020")
	s := &state{}
	change := s.take(t, layouts()["FY21"].read(t, []listing{twice, twice}))
	if got := change.Counts.String(); got != "facilities: 2 read, 1 new, 0 updated, 1 same; ratings: 2 read, 1 new; not understood: 0" {
		t.Error(got)
	}
}

func TestTwoNamesInOneSheetAreNeverOneFacility(t *testing.T) {
	t.Parallel()
	s := &state{}
	change := s.take(t, layouts()["FY21"].read(t, []listing{
		place("LA PALMA CORRECTIONAL CENTER", "5501 N LA PALMA RD", "ELOY", "AZ", 85131),
		place("LA PALMA CORRECTION CENTER - APSO", "5501 NORTH LA PALMA ROAD", "ELOY", "AZ", 85131),
		place("ELOY STAGING", "5501 NORTH LA PALMA ROAD", "ELOY", "AZ", 85131),
	}))
	if change.Counts.New != 3 {
		t.Errorf("%s: %v", change.Counts, change.NotUnderstood)
	}
	s = known()
	change = s.take(t, layouts()["FY21"].read(t, []listing{
		place("WASHINGTON COUNTY JAIL", "750 SOUTH 5300 WEST", "HURRICANE", "UT", 84737),
		place("PURGATORY CORRECTIONAL FACILITY", "750 SOUTH 5300 WEST", "HURRICANE", "UT", 84737),
	}))
	if len(change.NotUnderstood) != 1 || !strings.Contains(change.NotUnderstood[0].Reason, "row 8 (WASHINGTON COUNTY JAIL) is this facility already") {
		t.Errorf("%s: %v", change.Counts, change.NotUnderstood)
	}
}
