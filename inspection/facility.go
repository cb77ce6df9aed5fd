package inspection

import "time"

// FacilityType is ICE's detailed facility type.
type FacilityType string

const (
	TypeSPC           FacilityType = "SPC"
	TypeCDF           FacilityType = "CDF"
	TypeDIGSA         FacilityType = "DIGSA"
	TypeIGSA          FacilityType = "IGSA"
	TypeUSMSIGA       FacilityType = "USMS_IGA"
	TypeUSMSCDF       FacilityType = "USMS_CDF"
	TypeBOP           FacilityType = "BOP"
	TypeState         FacilityType = "STATE"
	TypeDOD           FacilityType = "DOD"
	TypeMOC           FacilityType = "MOC"
	TypeFamily        FacilityType = "FAMILY"
	TypeFamilyStaging FacilityType = "FAMILY_STAGING"
	TypeJuvenile      FacilityType = "JUVENILE"
	TypeStaging       FacilityType = "STAGING"
	TypeHold          FacilityType = "HOLD"
	TypeHospital      FacilityType = "HOSPITAL"
	TypeTAPICE        FacilityType = "TAP_ICE"
	TypeORR           FacilityType = "ORR"
	TypeOther         FacilityType = "OTHER"
	// TypeUnknown: no source states a type.
	TypeUnknown FacilityType = "UNKNOWN"
)

// Facility is a place of detention. Empty text and nil pointers mean that no source states the fact.
type Facility struct {
	ID ID
	// Detloc is ICE's code for the place; empty where none is known.
	Detloc  string
	Name    string
	Aliases []string
	Street  string
	City    string
	State   string // two letters
	Zip     string
	County  string
	// Latitude and Longitude are WGS84 degrees, only where a verified geocode exists.
	Latitude  *float64
	Longitude *float64
	// FieldOffice is the code of the ERO area of responsibility, e.g. "NOL".
	FieldOffice string
	Type        FacilityType
	TypeRaw     string
	Operator    string
	Owner       string
	// Sex is who is held, as ICE states it: "Male", "Female" or "Female/Male".
	Sex string
	// GuaranteedMinimum is the number of beds paid for regardless of use, as the list of ListedOn
	// has it; nil if that list guarantees none.
	GuaranteedMinimum *int
	Capacity          *int
	// Population is ICE's average daily population, PopulationPeriod its fiscal year and cut-off.
	Population       *float64
	PopulationPeriod string
	Over72           *bool
	// Standard is the standards set last stated for the place, normalised; StandardRaw as printed.
	Standard    string
	StandardRaw string
	// Listed is true if ICE's newest known list (of ListedOn) names the facility.
	Listed bool
	// ListedOn is the day of the newest ICE list that names it; zero if none does.
	ListedOn time.Time
	// FactsAsOf is the date of the newest list whose facts the record holds (of the registry, for a
	// place that no list of ICE names). An older source never overwrites them.
	FactsAsOf time.Time
	// FactDates holds the date of every stated fact that is not of FactsAsOf: a newer list was
	// silent on it, or another source states it. Nil if there is none.
	FactDates map[Fact]time.Time
	Source    string
	// Revision counts the record's versions, from 1.
	Revision int
}

// Fact names a fact of a Facility that has a date of its own in FactDates.
type Fact string

const (
	FactName        Fact = "name"
	FactAddress     Fact = "address"
	FactFieldOffice Fact = "field_office"
	FactType        Fact = "type"
	FactOperator    Fact = "operator"
	FactSex         Fact = "sex"
	FactCapacity    Fact = "capacity"
	FactPopulation  Fact = "population"
	FactOver72      Fact = "over_72"
	FactStandard    Fact = "standard"
)

// FactDate is the date of the source that states the fact.
func (f *Facility) FactDate(fact Fact) time.Time {
	if on, ok := f.FactDates[fact]; ok {
		return on
	}
	return f.FactsAsOf
}

// ExternalRating is what a body once published about a facility. It is not an Inspection.
type ExternalRating struct {
	ID         ID
	FacilityID ID
	// Type is who rated and how, normalised: "ODO", "ORSA", "OASIP", "PRE_OCCUPANCY", "REGULAR", ...
	Type    string
	TypeRaw string
	// EndedOn is the last day of the rated inspection.
	EndedOn time.Time
	// Edition is the standards set, normalised; EditionRaw as printed.
	Edition    string
	EditionRaw string
	// Rating is normalised: "PASS", "FAIL", "SUPERIOR", "GOOD", "ACCEPTABLE", "DEFICIENT",
	// "AT_RISK", "MEETS_STANDARD", "DOES_NOT_MEET", "PENDING", ...; empty if none was published.
	Rating    string
	RatingRaw string
	// Source names the file that states it, SourceDate the date of that file.
	Source     string
	SourceDate time.Time
}

// FieldOffice is one of ERO's 25 areas of responsibility.
type FieldOffice struct {
	Code string // "NOL"
	Name string // "New Orleans"
}
