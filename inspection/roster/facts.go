package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"plumbline/inspection"
)

// newFacility makes a facility of a row that is none known.
func newFacility(row *Row, wb *Workbook) inspection.Facility {
	f := inspection.Facility{
		Detloc: row.Detloc,
		Name:   row.Name,
		Street: row.Street,
		City:   row.City,
		State:  row.State,
		Zip:    row.Zip,
		Type:   inspection.TypeUnknown,
		Source: wb.Name,
		// ListedOn and Listed are set with those of all others.
		FactsAsOf: wb.AsOf,
		Revision:  1,
	}
	f.ID = inspection.FacilityID(facilityKey(f.Detloc, f.Name, f.State, f.Street))
	return mergeFacts(f, row, wb)
}

// mergeFacts returns the facility with what the row states. Every fact has the date of its source;
// a newer one wins, a blank one erases nothing, and one of the same date changes nothing: so the
// result does not depend on the order of import.
//
// A facility with a code has its name and address from the registry of codes, which ICE's lists
// only abbreviate: the row's name becomes an alias. One without a code is named as the newest list
// names it.
func mergeFacts(f inspection.Facility, row *Row, wb *Workbook) inspection.Facility {
	m := merge{facility: &f, on: wb.AsOf, dates: datesOf(&f)}
	if f.Detloc == "" {
		m.rename(row)
		m.set(inspection.FactAddress, row.Street != "", func() {
			f.Street, f.City, f.Zip = row.Street, row.City, row.Zip
		})
	} else {
		addAlias(&f, row.Name)
		fillPlace(&f, row)
	}
	m.set(inspection.FactFieldOffice, row.FieldOffice != "", func() { f.FieldOffice = row.FieldOffice })
	m.set(inspection.FactType, row.Type != "" && row.Type != inspection.TypeUnknown, func() { f.Type, f.TypeRaw = row.Type, row.TypeRaw })
	m.set(inspection.FactSex, row.Sex != "", func() { f.Sex = row.Sex })
	if m.on.After(f.ListedOn) {
		f.GuaranteedMinimum = row.GuaranteedMinimum // a blank cell says that none is guaranteed
	}
	m.set(inspection.FactStandard, row.Standard != "", func() { f.Standard, f.StandardRaw = row.Standard, row.StandardRaw })
	m.set(inspection.FactPopulation, row.Population != nil, func() {
		f.Population, f.PopulationPeriod = row.Population, wb.period()
	})
	m.takeCode(row)
	m.close(wb)
	return f
}

// period is the text of the population's period, e.g. "FY2026 to 2026-04-02, ICE workbook".
func (wb *Workbook) period() string {
	if wb.FiscalYear == 0 {
		return fmt.Sprintf("to %s, ICE workbook", wb.AsOf.Format(time.DateOnly))
	}
	return fmt.Sprintf("FY%d to %s, ICE workbook", wb.FiscalYear, wb.AsOf.Format(time.DateOnly))
}

// merge is one row's facts on their way into a facility.
type merge struct {
	facility *inspection.Facility
	on       time.Time
	// dates has the date of every fact that the facility states.
	dates map[inspection.Fact]time.Time
}

// datesOf returns the date of every fact that is stated.
func datesOf(f *inspection.Facility) map[inspection.Fact]time.Time {
	dates := map[inspection.Fact]time.Time{}
	for fact, isStated := range map[inspection.Fact]bool{
		inspection.FactName:        f.Detloc == "",
		inspection.FactAddress:     f.Detloc == "" && f.Street != "",
		inspection.FactFieldOffice: f.FieldOffice != "",
		inspection.FactType:        f.Type != "" && f.Type != inspection.TypeUnknown,
		inspection.FactOperator:    f.Operator != "" || f.Owner != "",
		inspection.FactSex:         f.Sex != "",
		inspection.FactCapacity:    f.Capacity != nil,
		inspection.FactPopulation:  f.Population != nil,
		inspection.FactOver72:      f.Over72 != nil,
		inspection.FactStandard:    f.Standard != "",
	} {
		if isStated {
			dates[fact] = f.FactDate(fact)
		}
	}
	return dates
}

func (m *merge) set(fact inspection.Fact, isStated bool, apply func()) {
	known, has := m.dates[fact]
	if !isStated || has && !m.on.After(known) {
		return
	}
	m.dates[fact] = m.on
	apply()
}

// rename gives a facility without a code the name of the newest list, and keeps the other as an
// alias. Another way to write the same name is no new one.
func (m *merge) rename(row *Row) {
	f := m.facility
	if nameKey(f.Name) == row.name.key {
		m.set(inspection.FactName, true, func() {})
		return
	}
	older := row.Name
	m.set(inspection.FactName, true, func() {
		older, f.Name = f.Name, row.Name
		f.Aliases = slices.DeleteFunc(slices.Clone(f.Aliases), func(a string) bool { return nameKey(a) == row.name.key })
	})
	addAlias(f, older)
}

// takeCode gives a facility without a code the one that the row states. From then on its name and
// address are that code's, and no list's.
func (m *merge) takeCode(row *Row) {
	if m.facility.Detloc == "" && row.Detloc != "" {
		m.facility.Detloc = row.Detloc
		delete(m.dates, inspection.FactName)
		delete(m.dates, inspection.FactAddress)
	}
}

// fillPlace adds what the registry does not know of a facility's place.
func fillPlace(f *inspection.Facility, row *Row) {
	if f.City == "" && f.Street == "" && f.Zip == "" {
		f.Street, f.City, f.Zip = row.Street, row.City, row.Zip
	}
}

// close dates the record as a whole. Its Source begins with the newest list that names it.
func (m *merge) close(wb *Workbook) {
	f := m.facility
	if m.on.After(f.FactsAsOf) {
		names := strings.Split(f.Source, "; ")
		if f.ListedOn.Equal(f.FactsAsOf) {
			names = names[1:]
		}
		names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == wb.Name || name == "" })
		f.Source = strings.Join(append([]string{wb.Name}, names...), "; ")
		f.FactsAsOf = m.on
	}
	if m.on.After(f.ListedOn) {
		f.ListedOn = m.on
	}
	maps.DeleteFunc(m.dates, func(_ inspection.Fact, on time.Time) bool { return on.Equal(f.FactsAsOf) })
	f.FactDates = nil
	if len(m.dates) > 0 {
		f.FactDates = m.dates
	}
}
