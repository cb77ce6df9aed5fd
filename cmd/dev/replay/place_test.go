package replay_test

import (
	"strings"
	"testing"
	"time"

	"plumbline/cmd/dev/replay"
)

// places are of one small state, with every way to be mistaken for another.
func places() []replay.Place {
	day := time.Date(2023, 3, 9, 0, 0, 0, 0, time.UTC)
	return []replay.Place{
		{Name: "PINE RIVER ICE PROCESSING CENTER", Aliases: []string{"PINE RIVER DET CTR"}, City: "PINE RIVER", State: "LA"},
		{Name: "Pine River Hold Room", City: "Pine River", State: "LA"},
		{Name: "Pine River Detention Center", City: "Pine River", State: "TX"},
		{Name: "Corecivic Webber County Detention Center", Aliases: []string{"WEBBER COUNTY DETENTION CENTER (CCA)"}, City: "St. Mary", State: "LA"},
		{Name: "Webber County Jail", City: "Saint Mary", State: "LA"},
		{Name: "Folk ICE Processing Center (Main)", City: "Folk", State: "LA"},
		{Name: "Folk ICE Processing Center (Annex)", City: "Folk", State: "LA"},
		{Name: "Sand View Annex", Aliases: []string{"SAND VIEW"}, City: "Folk", State: "LA", Rated: []time.Time{day}},
		{Name: "Oak Parish Jail", City: "Oak", State: "LA"},
		{Name: "Twin Detention Center", City: "Twin", State: "LA"},
		{Name: "TWIN DETENTION CENTER", City: "TWIN", State: "LA"},
		{Name: "Elm Detention Center", City: "Elm", State: "LA", Listed: true},
		{Name: "ELM DETENTION CENTER", City: "ELM", State: "LA"},
		{Name: "Moved Detention Center", City: "Newtown", State: "LA", Rated: []time.Time{day}},
	}
}

func TestAReportFindsItsFacilityOrNone(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, city, want string }{
		{"Pine River ICE Processing Center", "Pine River", "PINE RIVER ICE PROCESSING CENTER"},
		{"Pine River Detention Center", "Pine River", "PINE RIVER ICE PROCESSING CENTER"},              // an alias
		{"Pine River (Contract) Detention Facility", "Pine River", "PINE RIVER ICE PROCESSING CENTER"}, // the common words differ
		{"Pine River Jail", "Pine River", ""},
		{"Pine River Detention Center", "Oak", ""}, // another city
		{"Webber County Detention Center", "Saint Mary", "Corecivic Webber County Detention Center"},
		{"Webber County Jail", "St. Mary", "Webber County Jail"},
		{"Webber County Residential Center", "Saint Mary", ""},
		{"Folk ICE Processing Center", "Folk", "Folk ICE Processing Center (Main)"},
		{"Folk ICE Processing Center and Annex", "Folk", "Folk ICE Processing Center (Main)"},
		{"Folk ICE Processing Center Annex", "Folk", "Folk ICE Processing Center (Annex)"},
		{"Sand View Modified Correctional Facility", "Folk", "Sand View Annex"}, // inspected that day
		{"Oak Parish Jail-Old Detention Facility", "Oak", "Oak Parish Jail"},
		{"Oak Parish Jail, LA", "Oak", "Oak Parish Jail"},
		{"Oak Parish Jail - Annex", "Oak", ""},
		{"Elm Detention Center", "Elm", "Elm Detention Center"},         // the listed one
		{"Moved Detention Center", "Oldtown", "Moved Detention Center"}, // inspected that day
		{"Unknown Detention Center", "Oak", ""},
	}
	for _, c := range cases {
		t.Run(c.name+" in "+c.city, func(t *testing.T) {
			t.Parallel()
			r := replay.Report{Facility: c.name, City: c.city, State: "LA", End: time.Date(2023, 3, 9, 0, 0, 0, 0, time.UTC)}
			found, err := replay.FindPlace(r, places())
			got := ""
			if found != nil {
				got = found.Name
			}
			if err != nil || got != c.want {
				t.Errorf("found %q, want %q (%v)", got, c.want, err)
			}
		})
	}
}

func TestTwoFacilitiesOfOneNameAreNotGuessedBetween(t *testing.T) {
	t.Parallel()
	found, err := replay.FindPlace(replay.Report{Facility: "Twin Detention Center", City: "Twin", State: "LA"}, places())
	if found != nil || err == nil || !strings.Contains(err.Error(), "2 facilities in Twin, LA fit") {
		t.Errorf("%v %v", found, err)
	}
}
