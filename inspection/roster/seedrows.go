package roster

import (
	"io/fs"
	"strings"
	"time"

	"plumbline/inspection"
)

func readFacilities(files fs.FS, sources map[string]source) ([]inspection.Facility, error) {
	records, err := readFile(files, "facilities.csv")
	if err != nil {
		return nil, err
	}
	facilities := make([]inspection.Facility, 0, len(records))
	seen := map[inspection.ID]bool{}
	for _, r := range records {
		facility := readFacility(r, sources)
		if seen[facility.ID] {
			r.fail("detloc", "is in the file twice")
		}
		seen[facility.ID] = true
		if r.fault != nil {
			return nil, r.fault
		}
		facilities = append(facilities, facility)
	}
	return facilities, nil
}

func readFacility(r *record, sources map[string]source) inspection.Facility {
	f := inspection.Facility{
		Detloc:            r.text("detloc"),
		Name:              r.required("name"),
		Street:            r.text("street"),
		City:              r.text("city"),
		State:             normal(r, "state", normalState, ""),
		Zip:               r.text("zip"),
		County:            r.text("county"),
		Latitude:          r.number("latitude"),
		Longitude:         r.number("longitude"),
		FieldOffice:       normal(r, "field_office", normalFieldOffice, ""),
		Type:              normal(r, "type", NormalFacilityType, inspection.TypeUnknown),
		TypeRaw:           r.text("type"),
		Operator:          r.text("operator"),
		Owner:             r.text("owner"),
		Sex:               normal(r, "sex", normalSex, ""),
		GuaranteedMinimum: r.whole("guaranteed_minimum"),
		Capacity:          r.whole("capacity"),
		Population:        r.number("population"),
		PopulationPeriod:  r.text("population_period"),
		Over72:            r.flag("over_72"),
		Standard:          normal(r, "standard", NormalEdition, ""),
		StandardRaw:       r.text("standard"),
		Listed:            r.yes("listed"),
		ListedOn:          r.day("listed_on"),
		FactsAsOf:         r.day("facts_as_of"),
		Source:            readSourceNames(r, sources),
		Revision:          1,
	}
	r.required("state")
	r.required("facts_as_of")
	f.ID = inspection.FacilityID(facilityKey(f.Detloc, f.Name, f.State, f.Street))
	f.FactDates = readFactDates(r, sources, f.FactsAsOf)
	return f
}

func readSourceNames(r *record, sources map[string]source) string {
	var names []string
	for id := range strings.SplitSeq(r.required("sources"), "+") {
		found, ok := sources[id]
		if !ok {
			r.fail("sources", "is no list of sources")
		}
		names = append(names, found.name)
	}
	return strings.Join(names, "; ")
}

// readFactDates returns the dates of the facts that have a source of their own.
func readFactDates(r *record, sources map[string]source, factsAsOf time.Time) map[inspection.Fact]time.Time {
	dates := map[inspection.Fact]time.Time{}
	for fact, column := range map[inspection.Fact]string{
		inspection.FactType:     "type_source",
		inspection.FactOperator: "operator_source",
		inspection.FactCapacity: "capacity_source",
		inspection.FactOver72:   "over_72_source",
		inspection.FactStandard: "standard_source",
	} {
		if on := r.source(column, sources).date; !on.IsZero() && !on.Equal(factsAsOf) {
			dates[fact] = on
		}
	}
	if len(dates) == 0 {
		return nil
	}
	return dates
}

func readRatings(files fs.FS, sources map[string]source, facilities []inspection.Facility) ([]inspection.ExternalRating, error) {
	records, err := readFile(files, "ratings.csv")
	if err != nil {
		return nil, err
	}
	known := byID(facilities)
	ratings := make([]inspection.ExternalRating, 0, len(records))
	seen := map[inspection.ID]bool{}
	for _, r := range records {
		rating := readRating(r, sources)
		if known[rating.FacilityID] == nil {
			r.fail("facility", "is no facility")
		}
		if seen[rating.ID] {
			r.fail("ended_on", "has two ratings at one facility")
		}
		seen[rating.ID] = true
		if r.fault != nil {
			return nil, r.fault
		}
		ratings = append(ratings, rating)
	}
	return ratings, nil
}

func readRating(r *record, sources map[string]source) inspection.ExternalRating {
	stated := r.source("source", sources)
	r.required("ended_on")
	r.required("source")
	rating := inspection.ExternalRating{
		FacilityID: inspection.FacilityID(r.required("facility")),
		Type:       normal(r, "type", NormalInspectionType, ""),
		TypeRaw:    r.text("type"),
		EndedOn:    r.day("ended_on"),
		Edition:    normal(r, "edition", NormalEdition, ""),
		EditionRaw: r.text("edition"),
		Rating:     normal(r, "rating", NormalRating, ""),
		RatingRaw:  r.text("rating"),
		Source:     stated.name,
		SourceDate: stated.date,
	}
	rating.ID = inspection.ExternalRatingID(rating.FacilityID, rating.EndedOn)
	return rating
}
