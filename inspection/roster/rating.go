package roster

import "strings"

// NormalRating returns the normalised rating that a printed text states, e.g. "DOES_NOT_MEET" for
// "Does Not Meet Standards". It returns false for a text it does not know, and for the empty one.
func NormalRating(printed string) (string, bool) {
	words := sameWords(printed)
	switch words {
	case "PASS":
		return "PASS", true
	case "FAIL", "FAILURE":
		return "FAIL", true
	case "REFUSED FAIL", "REFUSED FAILED", "FAIL REFUSED":
		return "FAIL_REFUSED", true
	case "SUPERIOR":
		return "SUPERIOR", true
	case "GOOD":
		return "GOOD", true
	case "ACCEPTABLE", "ACCEPTABLE ADEQUATE":
		return "ACCEPTABLE", true
	case "DEFICIENT":
		return "DEFICIENT", true
	case "AT RISK":
		return "AT_RISK", true
	case "MEETS STANDARD", "MEETS STANDARDS", "MEETS STANDARDSS", "MEET STANDARD", "MEET STANDARDS":
		return "MEETS_STANDARD", true
	case "DOES NOT MEET STANDARD", "DOES NOT MEET STANDARDS":
		return "DOES_NOT_MEET", true
	case "TAR ASSIGNED":
		return "TAR_ASSIGNED", true
	case "TAR NOT RATED":
		return "TAR_NOT_RATED", true
	case "OVERCOME BY EVENTS":
		return ratingOvercome, true
	case "SPECIAL REVIEW PRE OCCUPANCY":
		return "SPECIAL_REVIEW_PRE_OCCUPANCY", true
	}
	if isPending(words) {
		return ratingPending, true
	}
	return "", false
}

const (
	ratingPending  = "PENDING"
	ratingOvercome = "OVERCOME_BY_EVENTS"
)

// isPending reports whether folded words say in any order that the final report or rating is
// pending; ICE writes it in nine ways.
func isPending(words string) bool {
	pending := false
	for word := range strings.FieldsSeq(words) {
		switch word {
		case "PENDING":
			pending = true
		case "FINAL", "REPORT", "RATING":
		default:
			return false
		}
	}
	return pending
}

// Inspection types that the reader itself has to name.
const (
	typeODO      = "ODO"
	typeNakamoto = "NAKAMOTO"
)

// NormalInspectionType returns the normalised type of inspection that a printed text names. It
// returns false for a text it does not know, and for the empty one.
func NormalInspectionType(printed string) (string, bool) {
	switch sameWords(printed) {
	case "ODO":
		return typeODO, true
	case "ORSA":
		return "ORSA", true
	case "ODO OASIP", "OASIP":
		return "OASIP", true
	case "PRE OCCUPANCY", "PREOCCUPANCY", "PREOCC", "PRE OCC":
		return "PRE_OCCUPANCY", true
	case "REGULAR":
		return "REGULAR", true
	case "NAKAMOTO":
		return typeNakamoto, true
	case "PRELIMINARY":
		return "PRELIMINARY", true
	case "BOP":
		return "BOP", true
	}
	return "", false
}
