package roster

import (
	"fmt"
	"strings"
	"time"
)

// readStatement reads one slot of a row. It returns false if the slot speaks of no inspection that
// was held: it has neither a date nor a rating. The edition is read in either case.
func (r *rowReader) readStatement(s slot, cells []string) (Statement, bool) {
	st := Statement{Heading: s.heading,
		TypeRaw:    stated(cellAt(cells, s.kind)),
		EditionRaw: stated(cellAt(cells, s.edition)),
		RatingRaw:  stated(cellAt(cells, s.rating))}
	st.unshift()
	date := readDate(cellAt(cells, s.date), r.table.date1904)
	st.EndedOn = date.on
	st.normalise(s)
	switch {
	case date.fault != "":
		st.add("the inspection's date " + date.fault)
		return st, true
	case st.EndedOn.After(r.until):
		st.add(fmt.Sprintf("the inspection is dated %s, later than the file (%s)",
			st.EndedOn.Format(time.DateOnly), r.until.Format(time.DateOnly)))
	case st.EndedOn.IsZero() && st.RatingRaw != "" && date.word != "":
		st.add(fmt.Sprintf("rating %q without the date of its inspection: the cell says %q", st.RatingRaw, date.word))
	case st.EndedOn.IsZero() && st.RatingRaw != "":
		st.add(fmt.Sprintf("rating %q without the date of its inspection", st.RatingRaw))
	}
	st.Usable = !st.EndedOn.IsZero() && !st.EndedOn.After(r.until)
	return st, !st.EndedOn.IsZero() || st.RatingRaw != ""
}

// unshift moves back cells that stand one column off: in FY23 the standard stands under "Type" and
// the rating under "Standard".
func (st *Statement) unshift() {
	if _, ok := NormalEdition(st.TypeRaw); !ok || st.RatingRaw != "" {
		return
	}
	if _, ok := NormalInspectionType(st.TypeRaw); ok {
		return // "ORSA" is both; under its own heading it is the type
	}
	if _, ok := NormalRating(st.EditionRaw); ok || st.EditionRaw == "" {
		st.TypeRaw, st.EditionRaw, st.RatingRaw = "", st.TypeRaw, st.EditionRaw
	}
}

// normalise gives every printed text its normal form. A word that is not known stays as printed, and
// is a fault.
func (st *Statement) normalise(s slot) {
	var ok bool
	if st.TypeRaw != "" {
		if st.Type, ok = NormalInspectionType(st.TypeRaw); !ok && !strings.EqualFold(st.TypeRaw, "New Facility") {
			st.add(fmt.Sprintf("inspection type %q is not known", st.TypeRaw))
		}
	}
	if s.body != "" && (st.TypeRaw == "" || st.Type == "REGULAR") {
		st.Type = s.body
	}
	if st.EditionRaw != "" {
		if st.Edition, ok = NormalEdition(st.EditionRaw); !ok {
			st.add(fmt.Sprintf("standard %q is not known", st.EditionRaw))
		}
	}
	if st.RatingRaw != "" {
		if st.Rating, ok = NormalRating(st.RatingRaw); !ok {
			st.add(fmt.Sprintf("rating %q is not known", st.RatingRaw))
		}
	}
}

func (st *Statement) add(fault string) {
	if st.Fault != "" {
		st.Fault += "; "
	}
	st.Fault += fault
}
