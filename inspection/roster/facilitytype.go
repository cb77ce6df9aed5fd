package roster

import "plumbline/inspection"

// NormalFacilityType returns the facility type that ICE's "Type Detailed" names. It returns false
// for a text it does not know, and for the empty one.
func NormalFacilityType(printed string) (inspection.FacilityType, bool) {
	switch sameWords(printed) {
	case "SPC":
		return inspection.TypeSPC, true
	case "CDF":
		return inspection.TypeCDF, true
	case "DIGSA":
		return inspection.TypeDIGSA, true
	case "IGSA":
		return inspection.TypeIGSA, true
	case "USMS IGA":
		return inspection.TypeUSMSIGA, true
	case "USMS CDF":
		return inspection.TypeUSMSCDF, true
	case "BOP":
		return inspection.TypeBOP, true
	case "STATE":
		return inspection.TypeState, true
	case "DOD":
		return inspection.TypeDOD, true
	case "MOC":
		return inspection.TypeMOC, true
	case "FAMILY":
		return inspection.TypeFamily, true
	case "FAMILY STAGING":
		return inspection.TypeFamilyStaging, true
	case "JUVENILE":
		return inspection.TypeJuvenile, true
	case "STAGING":
		return inspection.TypeStaging, true
	case "HOLD":
		return inspection.TypeHold, true
	case "HOSPITAL":
		return inspection.TypeHospital, true
	case "TAP ICE":
		return inspection.TypeTAPICE, true
	case "ORR":
		return inspection.TypeORR, true
	case "OTHER":
		return inspection.TypeOther, true
	}
	return inspection.TypeUnknown, false
}

// normalSex returns ICE's "Male/Female" in its one spelling.
func normalSex(printed string) (string, bool) {
	switch sameWords(printed) {
	case "MALE":
		return "Male", true
	case "FEMALE":
		return "Female", true
	case "FEMALE MALE", "MALE FEMALE":
		return "Female/Male", true
	}
	return "", false
}
