package roster

import (
	"slices"

	"plumbline/inspection"
)

// FieldOffices returns ERO's 25 areas of responsibility, ordered by code.
func FieldOffices() []inspection.FieldOffice {
	return []inspection.FieldOffice{
		{Code: "ATL", Name: "Atlanta"},
		{Code: "BAL", Name: "Baltimore"},
		{Code: "BOS", Name: "Boston"},
		{Code: "BUF", Name: "Buffalo"},
		{Code: "CHI", Name: "Chicago"},
		{Code: "DAL", Name: "Dallas"},
		{Code: "DEN", Name: "Denver"},
		{Code: "DET", Name: "Detroit"},
		{Code: "ELP", Name: "El Paso"},
		{Code: "HLG", Name: "Harlingen"},
		{Code: "HOU", Name: "Houston"},
		{Code: "LOS", Name: "Los Angeles"},
		{Code: "MIA", Name: "Miami"},
		{Code: "NEW", Name: "Newark"},
		{Code: "NOL", Name: "New Orleans"},
		{Code: "NYC", Name: "New York City"},
		{Code: "PHI", Name: "Philadelphia"},
		{Code: "PHO", Name: "Phoenix"},
		{Code: "SEA", Name: "Seattle"},
		{Code: "SFR", Name: "San Francisco"},
		{Code: "SLC", Name: "Salt Lake City"},
		{Code: "SNA", Name: "San Antonio"},
		{Code: "SND", Name: "San Diego"},
		{Code: "SPM", Name: "St Paul"},
		{Code: "WAS", Name: "Washington"},
	}
}

// normalFieldOffice returns the code of the area of responsibility that a text names or codes.
func normalFieldOffice(printed string) (string, bool) {
	words := sameWords(printed)
	offices := FieldOffices()
	i := slices.IndexFunc(offices, func(o inspection.FieldOffice) bool {
		return words == o.Code || words == sameWords(o.Name)
	})
	if i < 0 {
		return "", false
	}
	return offices[i].Code, true
}
