package roster

import (
	"slices"
	"time"

	"plumbline/inspection"
)

// ratingBook holds the known ratings while a workbook is planned.
//
// One facility's inspections are told apart by the day they ended. ICE calls one inspection
// "Regular" in one year and "Nakamoto" or "ORSA" in the next, but never lists two of a facility
// that ended on the same day. One that it re-dates by some days is kept under both dates, as two
// statements: which is right, no list says.
type ratingBook struct {
	entries map[ratingKey]*ratingEntry
	order   []*ratingEntry
}

type ratingKey struct {
	facility inspection.ID
	endedOn  time.Time
}

type ratingEntry struct {
	rating         inspection.ExternalRating
	isNew, changed bool
}

func newRatingBook(ratings []inspection.ExternalRating) *ratingBook {
	book := &ratingBook{entries: make(map[ratingKey]*ratingEntry, len(ratings))}
	for _, rating := range ratings {
		book.add(&ratingEntry{rating: rating})
	}
	return book
}

func (b *ratingBook) add(entry *ratingEntry) {
	b.entries[ratingKey{entry.rating.FacilityID, entry.rating.EndedOn.UTC()}] = entry
	b.order = append(b.order, entry)
}

// take notes a statement. It returns true if no statement about that inspection was known.
func (b *ratingBook) take(facility inspection.ID, st Statement, wb *Workbook) bool {
	rating := inspection.ExternalRating{
		ID:         inspection.ExternalRatingID(facility, st.EndedOn),
		FacilityID: facility,
		Type:       st.Type,
		TypeRaw:    st.TypeRaw,
		EndedOn:    st.EndedOn,
		Edition:    st.Edition,
		EditionRaw: st.EditionRaw,
		Rating:     st.Rating,
		RatingRaw:  st.RatingRaw,
		Source:     wb.Name,
		SourceDate: wb.AsOf,
	}
	known, ok := b.entries[ratingKey{facility, st.EndedOn}]
	if !ok {
		b.add(&ratingEntry{rating: rating, isNew: true})
		return true
	}
	if supersedes(rating, known.rating) {
		rating.ID = known.rating.ID
		known.rating, known.changed = rating, true
	}
	return false
}

// supersedes reports whether a statement about an inspection takes the place of the known one: it
// is more final (a rating beats "pending", which beats none) or as final and newer. Statements are
// taken whole, and ordered, so the order of import does not matter.
func supersedes(statement, known inspection.ExternalRating) bool {
	if a, b := finality(statement), finality(known); a != b {
		return a > b
	}
	return statement.SourceDate.After(known.SourceDate)
}

func finality(rating inspection.ExternalRating) int {
	switch rating.Rating {
	case "":
		return 0
	case ratingPending:
		return 1
	}
	return 2
}

// changes returns the new ratings and the changed ones, each in order of facility and date.
func (b *ratingBook) changes() (added, updated []inspection.ExternalRating) {
	for _, entry := range b.order {
		switch {
		case entry.isNew:
			added = append(added, entry.rating)
		case entry.changed:
			updated = append(updated, entry.rating)
		}
	}
	byPlaceAndDay := func(x, y inspection.ExternalRating) int {
		if c := slices.Compare(x.FacilityID[:], y.FacilityID[:]); c != 0 {
			return c
		}
		return x.EndedOn.Compare(y.EndedOn)
	}
	slices.SortStableFunc(added, byPlaceAndDay)
	slices.SortStableFunc(updated, byPlaceAndDay)
	return added, updated
}
