package roster

import (
	"maps"
	"slices"
	"time"

	"plumbline/inspection"
)

// sameFacility reports whether two records of a facility hold the same.
func sameFacility(a, b inspection.Facility) bool {
	return slices.Equal(a.Aliases, b.Aliases) &&
		maps.EqualFunc(a.FactDates, b.FactDates, time.Time.Equal) &&
		a.FactsAsOf.Equal(b.FactsAsOf) && a.ListedOn.Equal(b.ListedOn) && a.Listed == b.Listed &&
		a.Detloc == b.Detloc && a.Name == b.Name && a.Street == b.Street && a.City == b.City && a.State == b.State && a.Zip == b.Zip &&
		a.FieldOffice == b.FieldOffice && a.Type == b.Type && a.TypeRaw == b.TypeRaw && a.Sex == b.Sex &&
		sameValue(a.GuaranteedMinimum, b.GuaranteedMinimum) && sameValue(a.Population, b.Population) &&
		a.PopulationPeriod == b.PopulationPeriod &&
		a.Standard == b.Standard && a.StandardRaw == b.StandardRaw && a.Source == b.Source
}

func sameValue[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
