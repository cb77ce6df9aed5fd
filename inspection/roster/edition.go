package roster

// NormalEdition returns the normalised name of the standards set that a printed text names, e.g.
// "PBNDS 2011 (2016)" for "PBNDS 2011 - 2016 Revised". It returns false for a text it does not
// know, and for the empty one. A normalised name is its own normal form.
func NormalEdition(printed string) (string, bool) {
	switch sameWords(printed) {
	case "PBNDS 2011 2016 REVISIONS", "PBNDS 2011 2016 REVISED", "PBNDS 2011 2016 REVISION",
		"PBNDS 2011 REVISED 2016", "PBNDS 2011 2016":
		return "PBNDS 2011 (2016)", true
	case "PBNDS 2011 2013 ERRATA":
		return "PBNDS 2011 (2013 errata)", true
	case "PBNDS 2011":
		return "PBNDS 2011", true
	case "PBNDS 2008":
		return "PBNDS 2008", true
	case "NDS 2000":
		return "NDS 2000", true
	case "NDS 2019":
		return "NDS 2019", true
	case "NDS 2025":
		return "NDS 2025", true
	case "NDS", "NDS EDITION NOT STATED":
		return "NDS (edition not stated)", true
	case "ORSA NDS 2019":
		return "ORSA NDS 2019", true
	case "OASIP NDS 2019", "OASIP ND 2019":
		return "OASIP NDS 2019", true
	case "ORSA FPBDS":
		return "ORSA FPBDS", true
	case "ORSA", "ORSA NO STANDARD STATED":
		return "ORSA (no standard stated)", true
	case "OASIP", "ODO OASIP", "ODO ASSISTED SELF INSPECTION", "ODO ASISSTED SELF INSPECTION",
		"ODO ASSISTED SELF INSPECTION NO STANDARD STATED":
		return "ODO assisted self inspection (no standard stated)", true
	case "FRS", "FRS STANDARDS", "FRS STAMDARDS", "FAMILY RESIDENTIAL STANDARDS":
		return "FRS", true
	case "JFRMU FAMILY", "JFRMU FAMILY 2020":
		return "JFRMU Family", true
	case "JFRMU JUVENILE":
		return "JFRMU Juvenile", true
	case "FPBDS", "USMS FPBDS":
		return "FPBDS", true
	case "FPBDS MAY 2025":
		return "FPBDS (May 2025)", true
	}
	return "", false
}
