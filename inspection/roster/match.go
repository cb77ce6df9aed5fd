package roster

import (
	"fmt"
	"strings"
)

// verdict says which facility a row is. Exactly one of its three cases holds: a place, a new
// facility, or a reason why it is neither.
type verdict struct {
	place *place
	isNew bool
	// reason says why the row was not understood, candidates which facilities it could be.
	reason     string
	candidates []*place
}

func is(p *place) verdict { return verdict{place: p} }

func unclear(candidates []*place, format string, args ...any) verdict {
	return verdict{reason: fmt.Sprintf(format, args...), candidates: candidates}
}

// byCodeOrName finds the row's facility by its code, or by its name in its state at its place. The
// second result is false if no facility has the name there, so that the address must decide.
func (ix *index) byCodeOrName(row *Row) (verdict, bool) {
	if p := ix.byDetloc[row.Detloc]; row.Detloc != "" && p != nil {
		return is(p), true
	}
	if row.State == "" {
		return ix.withoutState(row), true
	}
	if row.name.state != "" && row.name.state != row.State {
		return unclear(ix.named(row.name.key, row.name.state),
			"its name says %s, its state column %s", row.name.state, row.State), true
	}
	found := ix.couldBe(row, ix.named(row.name.key, row.State))
	if len(found) == 0 {
		found = keep(ix.byCity[row.State+" "+cityKey(row.City)], func(p *place) bool { return p.cutShort(row) })
		found = ix.couldBe(row, found)
	}
	if len(found) == 0 {
		return ix.inAnotherState(row)
	}
	return choose(row, found), true
}

// couldBe drops the places whose code is another than the row's.
func (ix *index) couldBe(row *Row, places []*place) []*place {
	return keep(places, func(p *place) bool {
		return row.Detloc == "" || p.facility.Detloc == "" || p.facility.Detloc == row.Detloc
	})
}

// choose decides between the facilities of one name in one state by what else the row states. The
// last resort: where two registry entries share name and address, ICE's lists mean the one that
// they have named before.
func choose(row *Row, found []*place) verdict {
	narrowed := found
	for _, fits := range []func(*place) bool{
		func(p *place) bool { return p.atStreet(row) },
		func(p *place) bool { return p.inCity(row) },
		func(p *place) bool { return p.atZip(row) },
		func(p *place) bool { return !p.facility.ListedOn.IsZero() },
	} {
		if len(narrowed) == 1 {
			break
		}
		if some := keep(narrowed, fits); len(some) > 0 {
			narrowed = some
		}
	}
	if len(narrowed) > 1 {
		return unclear(narrowed, "%d facilities have this name and place", len(narrowed))
	}
	if !narrowed[0].agrees(row) && narrowed[0].sharedDays(row) == 0 {
		return unclear(narrowed, "the facility of this name has another street, city and ZIP code than %s, %s %s",
			row.Street, row.City, row.Zip)
	}
	return is(narrowed[0])
}

// withoutState finds the facility of a row whose state is blank or no state: the name and either
// the ZIP code or the street in the city must point to one facility of the whole country.
func (ix *index) withoutState(row *Row) verdict {
	found := keep(ix.couldBe(row, ix.byName[row.name.key]), func(p *place) bool {
		return (row.name.state == "" || row.name.state == p.facility.State) && p.inCity(row) &&
			(p.atZip(row) || p.atStreet(row))
	})
	if len(found) == 1 {
		return is(found[0])
	}
	if row.StateRaw == "" {
		return unclear(found, "its state is blank, and name and place do not point to one facility")
	}
	return unclear(found, "%q is no state, and name and place do not point to one facility", row.StateRaw)
}

// inAnotherState finds the facility of a row whose state is misprinted ("PHOENIX, AR"): name,
// street and ZIP code are those of one facility of another state.
func (ix *index) inAnotherState(row *Row) (verdict, bool) {
	found := keep(ix.couldBe(row, ix.byName[row.name.key]), func(p *place) bool { return p.atStreet(row) && tellsPlace(p.street) })
	if len(found) == 0 {
		return verdict{}, false
	}
	sure := keep(found, func(p *place) bool { return p.atZip(row) || isMilitary(row.City) })
	if len(sure) == 1 {
		return is(sure[0]), true
	}
	return unclear(found, "its name and street are of a facility in another state than %s", row.State), true
}

// isMilitary reports whether a "city" is a military post office, which lies in no state: ICE files
// Guantanamo's under FL or CU.
func isMilitary(city string) bool {
	first, _, _ := strings.Cut(cityKey(city), " ")
	return first == "FPO" || first == "APO" || first == "DPO"
}

// byAddress decides about a row whose name no facility of its state has. Only its address and its
// past tell it from a new facility: a facility there that no other row of the workbook names, of the
// same kind, and with a word of its name or two of its inspections, is the row's under a new name;
// so is one elsewhere in the city that has both. One that resembles it less is reported.
func (ix *index) byAddress(row *Row) verdict {
	free := func(p *place) bool { return p.claim == nil && (row.Detloc == "" || p.facility.Detloc == "") }
	there := keep(ix.byStreet[row.State+" "+streetKey(row.Street)], func(p *place) bool {
		return free(p) && (p.inCity(row) || p.atZip(row))
	})
	alike := keep(there, func(p *place) bool {
		return p.resembles(row) || p.sameKind(row) && p.sharedDays(row) >= 2
	})
	switch {
	case len(alike) == 1:
		return is(alike[0])
	case len(there) > 0:
		return unclear(there, "an unknown name at a known address")
	}
	near := keep(ix.byCity[row.State+" "+cityKey(row.City)], func(p *place) bool { return free(p) && p.resembles(row) })
	sure := keep(near, func(p *place) bool { return p.sharedDays(row) >= 2 })
	switch {
	case len(sure) == 1:
		return is(sure[0])
	case len(near) > 0:
		return unclear(near, "its name resembles a known facility's in the same city, its address does not")
	}
	return verdict{isNew: true}
}
