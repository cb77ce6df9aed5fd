package roster

import "strings"

// states returns the postal codes of the states and territories with their folded names, and CU:
// ICE files the naval station at Guantanamo Bay under it.
func states() map[string]string {
	return map[string]string{
		"AL": "ALABAMA", "AK": "ALASKA", "AZ": "ARIZONA", "AR": "ARKANSAS", "CA": "CALIFORNIA",
		"CO": "COLORADO", "CT": "CONNECTICUT", "DE": "DELAWARE", "DC": "DISTRICT OF COLUMBIA",
		"FL": "FLORIDA", "GA": "GEORGIA", "HI": "HAWAII", "ID": "IDAHO", "IL": "ILLINOIS",
		"IN": "INDIANA", "IA": "IOWA", "KS": "KANSAS", "KY": "KENTUCKY", "LA": "LOUISIANA",
		"ME": "MAINE", "MD": "MARYLAND", "MA": "MASSACHUSETTS", "MI": "MICHIGAN",
		"MN": "MINNESOTA", "MS": "MISSISSIPPI", "MO": "MISSOURI", "MT": "MONTANA",
		"NE": "NEBRASKA", "NV": "NEVADA", "NH": "NEW HAMPSHIRE", "NJ": "NEW JERSEY",
		"NM": "NEW MEXICO", "NY": "NEW YORK", "NC": "NORTH CAROLINA", "ND": "NORTH DAKOTA",
		"OH": "OHIO", "OK": "OKLAHOMA", "OR": "OREGON", "PA": "PENNSYLVANIA", "RI": "RHODE ISLAND",
		"SC": "SOUTH CAROLINA", "SD": "SOUTH DAKOTA", "TN": "TENNESSEE", "TX": "TEXAS", "UT": "UTAH",
		"VT": "VERMONT", "VA": "VIRGINIA", "WA": "WASHINGTON", "WV": "WEST VIRGINIA",
		"WI": "WISCONSIN", "WY": "WYOMING", "PR": "PUERTO RICO", "GU": "GUAM",
		"VI": "US VIRGIN ISLANDS", "MP": "NORTHERN MARIANA ISLANDS", "AS": "AMERICAN SAMOA", "CU": "CUBA",
	}
}

// normalState returns the two-letter code of a printed state, or false if there is no such state.
func normalState(printed string) (string, bool) {
	words := sameWords(printed)
	for code, name := range states() {
		if words == code || words == name {
			return code, true
		}
	}
	return "", false
}

// normalZip returns a printed ZIP code as five digits: spreadsheets drop the leading zeros of 07105,
// and print the last four of 07105-1234.
func normalZip(printed string) (string, bool) {
	digits, _, _ := strings.Cut(strings.TrimSuffix(printed, ".0"), "-")
	digits = strings.TrimSpace(digits)
	if len(digits) == 9 {
		digits = digits[:5]
	}
	if len(digits) < 3 || len(digits) > 5 || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return strings.Repeat("0", 5-len(digits)) + digits, true
}

// cityKey is a city's name for comparison: "St. Louis" and "SAINT LOUIS" are one city.
func cityKey(city string) string {
	words := fold(city)
	for i, word := range words {
		switch word {
		case "SAINT":
			words[i] = "ST"
		case "FORT":
			words[i] = "FT"
		case "MOUNT":
			words[i] = "MT"
		}
	}
	return strings.Join(words, " ")
}

// streetKey is a street address for comparison: the postal service's abbreviations, no suite or post
// office box beside a street. It is empty for an address that says nothing.
func streetKey(street string) string {
	words := fold(street)
	var kept []string
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "SUITE", "STE":
			i++
			continue
		case "PO":
			if len(kept) > 0 && i+1 < len(words) && words[i+1] == "BOX" {
				i += 2
				continue
			}
		case "UNAVAILABLE", "UNKNOWN":
			return ""
		}
		kept = append(kept, shortStreetWord(words[i]))
	}
	return strings.Join(kept, " ")
}

func shortStreetWord(word string) string {
	switch word {
	case "STREET", "STR":
		return "ST"
	case "AVENUE", "AV":
		return "AVE"
	case "ROAD":
		return "RD"
	case "DRIVE":
		return "DR"
	case "BOULEVARD":
		return "BLVD"
	case "HIGHWAY":
		return "HWY"
	case "LANE":
		return "LN"
	case "PARKWAY":
		return "PKWY"
	case "COURT":
		return "CT"
	case "PLACE":
		return "PL"
	case "CIRCLE":
		return "CIR"
	case "ROUTE", "RTE":
		return "RT"
	case "NORTH":
		return "N"
	case "SOUTH":
		return "S"
	case "EAST":
		return "E"
	case "WEST":
		return "W"
	case "FIRST":
		return "1ST"
	case "SECOND":
		return "2ND"
	case "THIRD":
		return "3RD"
	case "FOURTH":
		return "4TH"
	case "FIFTH":
		return "5TH"
	}
	return word
}

// tellsPlace reports whether a street key is exact enough to find a place by: it has a number.
func tellsPlace(street string) bool {
	return strings.ContainsAny(street, "0123456789") && !strings.HasPrefix(street, "PO BOX")
}
