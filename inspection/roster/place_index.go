package roster

import (
	"slices"
	"strings"
	"time"

	"plumbline/inspection"
)

// place is a known facility prepared for comparison with rows.
type place struct {
	facility inspection.Facility
	names    []string // keys of its name and aliases
	street   string
	city     string
	// days are the known ends of inspections there.
	days map[time.Time]bool
	// claim is the first row of the workbook that is this facility; nil if none is yet.
	claim *Row
	// isNew is true if a row of the workbook brought the facility.
	isNew bool
	// changed is true if the facility differs from what it was before the import.
	changed bool
}

func newPlace(f inspection.Facility) *place {
	p := &place{facility: f, street: streetKey(f.Street), city: cityKey(f.City), days: map[time.Time]bool{}}
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		p.names = append(p.names, nameKey(name))
	}
	return p
}

// agrees reports whether a row's place can be the facility's: its street, city or ZIP code is the
// same, the facility's name has the city ("Guaynabo MDC (San Juan)"), or its own place is not known.
func (p *place) agrees(row *Row) bool {
	return p.atStreet(row) || p.inCity(row) || p.atZip(row) || p.namesCity(row) ||
		p.city == "" && p.street == "" && p.facility.Zip == ""
}

func (p *place) namesCity(row *Row) bool {
	city := cityKey(row.City)
	return city != "" && slices.ContainsFunc(p.names, func(name string) bool {
		return strings.Contains(" "+name+" ", " "+city+" ")
	})
}

func (p *place) atStreet(row *Row) bool {
	street := streetKey(row.Street)
	return street != "" && street == p.street
}

func (p *place) inCity(row *Row) bool { return p.city != "" && p.city == cityKey(row.City) }

func (p *place) atZip(row *Row) bool { return row.Zip != "" && row.Zip == p.facility.Zip }

// sharedDays counts the inspections that the row states and that are known of the facility. One of
// them confirms a name, two an address: two places do not share them by chance.
func (p *place) sharedDays(row *Row) int {
	shared := map[time.Time]bool{}
	for _, st := range row.Statements {
		if st.Usable && p.days[st.EndedOn] {
			shared[st.EndedOn] = true
		}
	}
	return len(shared)
}

// sameKind reports whether the row's name is of the same kind as one of the facility's names: both
// or neither are an annex, a hold room, ...
func (p *place) sameKind(row *Row) bool {
	return slices.ContainsFunc(p.names, func(name string) bool { return kindOf(name) == kindOf(row.name.key) })
}

func (p *place) hasName(key string) bool { return slices.Contains(p.names, key) }

// cutShort reports whether the row's name is one of the facility's that was cut off at its end. A
// name of two words must be at the facility's street.
func (p *place) cutShort(row *Row) bool {
	words := len(strings.Fields(row.name.key))
	if words < 2 || words == 2 && !p.atStreet(row) {
		return false
	}
	return slices.ContainsFunc(p.names, func(name string) bool { return strings.HasPrefix(name, row.name.key) })
}

// resembles reports whether the row's name can be another name of the facility: it has the same words
// in another order, or it is of the same kind (no annex, no hold room of it) and shares a word that
// is its own.
func (p *place) resembles(row *Row) bool {
	own := ownWords(row.name.key, row.City, p.facility.State)
	return slices.ContainsFunc(p.names, func(name string) bool {
		return reordered(name, row.name.key) || kindOf(name) == kindOf(row.name.key) &&
			share(own, ownWords(name, p.facility.City, p.facility.State))
	})
}

func reordered(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// label names the facility in a report.
func (p *place) label() string {
	code := p.facility.Detloc
	if code == "" {
		code = "no code"
	}
	return p.facility.Name + " (" + code + ", " + p.facility.City + " " + p.facility.State + ")"
}

func labels(places []*place) []string {
	var texts []string
	for _, p := range places {
		texts = append(texts, p.label())
	}
	return texts
}

// index finds places by what a row states.
type index struct {
	places   []*place
	byDetloc map[string]*place
	byName   map[string][]*place // key of a name
	byStreet map[string][]*place // state and street key
	byCity   map[string][]*place // state and city key
}

func newIndex(facilities []inspection.Facility, ratings []inspection.ExternalRating) *index {
	ix := &index{byDetloc: map[string]*place{}, byName: map[string][]*place{},
		byStreet: map[string][]*place{}, byCity: map[string][]*place{}}
	known := make(map[inspection.ID]*place, len(facilities))
	for _, f := range facilities {
		known[f.ID] = newPlace(f)
		ix.add(known[f.ID])
	}
	for _, rating := range ratings {
		if p := known[rating.FacilityID]; p != nil {
			p.days[rating.EndedOn.UTC()] = true
		}
	}
	return ix
}

func (ix *index) add(p *place) {
	ix.places = append(ix.places, p)
	if p.facility.Detloc != "" {
		ix.byDetloc[p.facility.Detloc] = p
	}
	for _, name := range p.names {
		ix.addName(name, p)
	}
	if tellsPlace(p.street) {
		at := p.facility.State + " " + p.street
		ix.byStreet[at] = append(ix.byStreet[at], p)
	}
	in := p.facility.State + " " + p.city
	ix.byCity[in] = append(ix.byCity[in], p)
}

func (ix *index) addName(name string, p *place) {
	if name != "" && !slices.Contains(ix.byName[name], p) {
		ix.byName[name] = append(ix.byName[name], p)
	}
}

// learn notes what a row added to a place: a further name, a code.
func (ix *index) learn(name string, p *place) {
	if p.facility.Detloc != "" {
		ix.byDetloc[p.facility.Detloc] = p
	}
	if !p.hasName(name) {
		p.names = append(p.names, name)
	}
	ix.addName(name, p)
}

// named returns the places of the name in the state.
func (ix *index) named(name, state string) []*place {
	return keep(ix.byName[name], func(p *place) bool { return p.facility.State == state })
}

func keep(places []*place, wanted func(*place) bool) []*place {
	var kept []*place
	for _, p := range places {
		if wanted(p) {
			kept = append(kept, p)
		}
	}
	return kept
}
