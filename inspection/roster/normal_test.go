package roster_test

import (
	"testing"

	"plumbline/inspection"
	"plumbline/inspection/roster"
)

func TestEditionsHaveOneNameEach(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]string{
		"PBNDS 2011 - 2016 Revisions":      "PBNDS 2011 (2016)",
		"PBNDS 2011 \u2013 2016 Revisions": "PBNDS 2011 (2016)",
		"PBNDS 2011 - 2016 Revised":        "PBNDS 2011 (2016)",
		"PBNDS 2011 (Revised 2016)":        "PBNDS 2011 (2016)",
		"PBNDS 2011 - 2013 Errata":         "PBNDS 2011 (2013 errata)",
		"PBNDS 2011":                       "PBNDS 2011",
		"PBNDS 2008":                       "PBNDS 2008",
		"NDS":                              "NDS (edition not stated)",
		"NDS 2000":                         "NDS 2000",
		" NDS 2019":                        "NDS 2019",
		"NDS -2019":                        "NDS 2019",
		"NDS 2025":                         "NDS 2025",
		"ORSA NDS 2019":                    "ORSA NDS 2019",
		"OASIP ND 2019":                    "OASIP NDS 2019",
		"ORSA ":                            "ORSA (no standard stated)",
		"ODO Asissted Self Inspection":     "ODO assisted self inspection (no standard stated)",
		"FRS Stamdards":                    "FRS",
		"Family Residential Standards":     "FRS",
		"JFRMU_Family_2020":                "JFRMU Family",
		"JFRMU Juvenile":                   "JFRMU Juvenile",
		"USMS FPBDS":                       "FPBDS",
		"FPBDS (MAY 2025)":                 "FPBDS (May 2025)",
	} {
		if got, ok := roster.NormalEdition(printed); !ok || got != want {
			t.Errorf("NormalEdition(%q) = %q, %v; want %q", printed, got, ok, want)
		}
		if again, ok := roster.NormalEdition(want); !ok || again != want {
			t.Errorf("the normal form %q is %q, %v for itself", want, again, ok)
		}
	}
	for _, unknown := range []string{"", "USMS IGA", "PREA A", "No", "Meets Standard", "PBNDS 2016", "NDS 2018"} {
		if got, ok := roster.NormalEdition(unknown); ok {
			t.Errorf("NormalEdition(%q) guesses %q", unknown, got)
		}
	}
}

func TestRatingsHaveOneNameEach(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]string{
		"Pass": "PASS", "pass": "PASS", "Fail": "FAIL", "Failure": "FAIL",
		"Refused/Fail": "FAIL_REFUSED", "Refused/Failed": "FAIL_REFUSED", "Fail (refused)": "FAIL_REFUSED",
		"Superior": "SUPERIOR", "Good": "GOOD", "Acceptable": "ACCEPTABLE", "Acceptable/Adequate": "ACCEPTABLE",
		"Deficient": "DEFICIENT", "At-Risk": "AT_RISK",
		"Meets Standard": "MEETS_STANDARD", "Meets Standardss": "MEETS_STANDARD", "Meet Standards": "MEETS_STANDARD",
		"Does Not Meet Standards": "DOES_NOT_MEET",
		"Pending":                 "PENDING", "Pending Final Report": "PENDING", " Pending FInal Report ": "PENDING",
		"Final Rating Pending": "PENDING", "pending Final Report": "PENDING", "Pending Final": "PENDING",
		"TAR Assigned": "TAR_ASSIGNED", "TAR-Not Rated": "TAR_NOT_RATED", "Overcome by Events": "OVERCOME_BY_EVENTS",
		"Special Review - Pre-Occupancy": "SPECIAL_REVIEW_PRE_OCCUPANCY",
	} {
		if got, ok := roster.NormalRating(printed); !ok || got != want {
			t.Errorf("NormalRating(%q) = %q, %v; want %q", printed, got, ok, want)
		}
	}
	for _, unknown := range []string{"", "Final Report", "NDS 2019", "Passed with notes", "Not Pass"} {
		if got, ok := roster.NormalRating(unknown); ok {
			t.Errorf("NormalRating(%q) guesses %q", unknown, got)
		}
	}
}

func TestInspectionTypesHaveOneNameEach(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]string{
		"ODO": "ODO", "ODO ": "ODO", "ORSA": "ORSA", "ODO OASIP": "OASIP", "OASIP": "OASIP",
		"Pre-Occupancy": "PRE_OCCUPANCY", "Preoccupancy": "PRE_OCCUPANCY", "PREOCC": "PRE_OCCUPANCY", "Pre-Occ": "PRE_OCCUPANCY",
		"Regular": "REGULAR", "Nakamoto": "NAKAMOTO", "Preliminary": "PRELIMINARY", "BOP": "BOP",
	} {
		if got, ok := roster.NormalInspectionType(printed); !ok || got != want {
			t.Errorf("NormalInspectionType(%q) = %q, %v; want %q", printed, got, ok, want)
		}
	}
	if got, ok := roster.NormalInspectionType("New Facility"); ok {
		t.Errorf("New Facility is no inspection, but read as %q", got)
	}
}

func TestFacilityTypesAreICEs(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]inspection.FacilityType{
		"USMS IGA": inspection.TypeUSMSIGA, "Other": inspection.TypeOther, "TAP-ICE": inspection.TypeTAPICE,
		"FAMILY STAGING": inspection.TypeFamilyStaging, "MOC": inspection.TypeMOC, "ORR": inspection.TypeORR,
	} {
		if got, ok := roster.NormalFacilityType(printed); !ok || got != want {
			t.Errorf("NormalFacilityType(%q) = %q, %v; want %q", printed, got, ok, want)
		}
	}
	if got, ok := roster.NormalFacilityType("CASTLE"); ok || got != inspection.TypeUnknown {
		t.Errorf("NormalFacilityType(CASTLE) = %q, %v", got, ok)
	}
}

func TestDateCells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cell, day, word string }{
		{"43888", "2020-02-27", ""},
		{"43888.75", "2020-02-27", ""},
		{"2/26/2021", "2021-02-26", ""},
		{" 02/06/2021\u00a0", "2021-02-06", ""},
		{"2/6/21", "2021-02-06", ""},
		{"2021-02-06", "2021-02-06", ""},
		{"2/29/2024", "2024-02-29", ""},
		{"", "", ""}, {"*", "", ""}, {"N/A", "", ""}, {"\u00a0", "", ""},
		{"Scheduled FY26", "", "Scheduled FY26"},
		{"Scheduled 2027", "", "Scheduled 2027"},
		{"FY2026", "", "FY2026"},
		{"New Facility", "", "New Facility"},
		{"Scheduled FY24 Q3", "", "Scheduled FY24 Q3"},
	} {
		on, word, fault := roster.ReadDate(c.cell, false)
		day := ""
		if !on.IsZero() {
			day = on.Format("2006-01-02")
		}
		if day != c.day || word != c.word || fault != "" {
			t.Errorf("ReadDate(%q) = %q, %q, %q; want %q, %q", c.cell, day, word, fault, c.day, c.word)
		}
	}
	for _, c := range []string{"2/29/2025", "06/04.2026", "13/1/2021", "0/1/2021", "Regular", "soon", "2026", "7", "999999", "-1", "1e300", "NaN", "1/1/1899"} {
		if on, _, fault := roster.ReadDate(c, false); fault == "" || !on.IsZero() {
			t.Errorf("ReadDate(%q) = %v without a fault", c, on)
		}
	}
	if on, _, _ := roster.ReadDate("42426", true); on.Format("2006-01-02") != "2020-02-27" {
		t.Errorf("serial 42426 of a 1904 workbook is %v", on)
	}
}

func TestNamesThatAreOneName(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"PHELPS COUNTY JAIL (MO)", "Phelps County Jail", "PHELPS CO. JAIL, MO", "PHELPS COUNTY JAIL (Missouri)"},
		{"SUITES ON SCOTTSDALE-CASA DE ALEGR\u00cdA", "Suites on Scottsdale Casa de Alegria"},
		{"ELIZABETH CONTRACT D.F.", "Elizabeth Contract Detention Facility"},
		{"HANCOCK CO PUB SFTY CPLX", "Hancock County Public Safety Complex"},
		{"SOUTH TEXAS FAMILY RESIDENTIAL CENTER1", "South Texas Fam Residential Center"},
		{"BUFFALO SPC", "BUFFALO SERVICE PROCESSING CENTER"},
		{"SAINT CLAIR COUNTY JAIL", "ST. CLAIR COUNTY JAIL"},
		{"LINCOLN COUNTY SHERIFF\u2019S", "LINCOLN COUNTY SHERIFF'S"},
		{"Torrance/estancia, Nm", "TORRANCE/ESTANCIA, NM"},
	} {
		want, _, _ := roster.NameKey(same[0])
		for _, name := range same[1:] {
			if got, _, _ := roster.NameKey(name); got != want {
				t.Errorf("%q has key %q, %q has %q", same[0], want, name, got)
			}
		}
	}
	for _, c := range []struct{ name, state, footnote string }{
		{"CLARK COUNTY JAIL (ID)", "ID", ""},
		{"CASCADE COUNTY JAIL (MONTANA)", "MT", ""},
		{"WASHINGTON COUNTY JAIL (PURGATORY CORRECTIONAL FAC", "", ""},
		{"BERKS COUNTY RESIDENTIAL CENTER3", "", "3"},
		{"MIGRANT OPERATIONS CENTER MAIN AV622", "", ""},
		{"CAMP 6", "", ""},
	} {
		if _, state, footnote := roster.NameKey(c.name); state != c.state || footnote != c.footnote {
			t.Errorf("%q: state %q, footnote %q; want %q, %q", c.name, state, footnote, c.state, c.footnote)
		}
	}
}

func TestPlacesThatAreOnePlace(t *testing.T) {
	t.Parallel()
	for a, b := range map[string]string{
		"27991 BUENA VISTA BOULEVARD":            "27991 Buena Vista Blvd.",
		"1623 E. J STREET":                       "1623 E J Street, Suite 2",
		"11866 HASTINGS BRIDGE ROAD P.O. BOX 42": "11866 Hastings Bridge Rd",
		"8915 MONTANA AVE.":                      "8915 Montana Avenue",
		"UNAVAILABLE":                            "",
	} {
		if x, y := roster.StreetKey(a), roster.StreetKey(b); x != y {
			t.Errorf("%q is %q, %q is %q", a, x, b, y)
		}
	}
	for printed, want := range map[string]string{"7105": "07105", "939": "00939", "07105-1234": "07105", "78061": "78061", "071051234": "07105"} {
		if got, ok := roster.NormalZip(printed); !ok || got != want {
			t.Errorf("NormalZip(%q) = %q, %v; want %q", printed, got, ok, want)
		}
	}
	for _, bad := range []string{"", "12", "ABCDE", "123456", "1.5"} {
		if got, ok := roster.NormalZip(bad); ok {
			t.Errorf("NormalZip(%q) guesses %q", bad, got)
		}
	}
	if got, ok := roster.NormalState("ARIZ"); ok {
		t.Errorf("NormalState(ARIZ) guesses %q", got)
	}
}
