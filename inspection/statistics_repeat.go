package inspection

import (
	"context"
	"time"
)

// RepeatQuery asks for a page of repeat deficiencies, those open on the most days first.
type RepeatQuery struct {
	Filter StatisticsFilter
	After  *RepeatCursor
	Limit  int
}

// RepeatCursor is a place in the list: after the finding with so many days open.
type RepeatCursor struct {
	// DaysOpen is -1 of a repeat that is only declared.
	DaysOpen int
	Finding  ID
}

// RepeatDeficiency is a deficiency of an issued inspection that its author called a repeat or whose
// history makes it one.
type RepeatDeficiency struct {
	FindingID    ID
	InspectionID ID
	Facility     FacilityName
	FieldOffice  string
	Origin       Origin
	PlannedStart time.Time
	Standard     string
	Code         string
	Declared     bool
	// Repeat is what the facility's history makes of it, as frozen with the inspection.
	Repeat
}

// RepeatPage is a page of repeats. The counts are of the whole list.
type RepeatPage struct {
	Basis   StatisticsBasis
	Repeats []RepeatDeficiency
	Counts  RepeatCounts
	More    bool
}

// RepeatCounts sets declared and derived repeats side by side. Deficiencies are all that the filter
// selects, repeats or not.
type RepeatCounts struct {
	Deficiencies int
	Declared     int
	Certain      int
	Probable     int
	// DeclaredAlone were declared though the history known to Plumbline shows nothing; DerivedAlone are
	// certain or probable and nobody declared them; Both are declared and derived.
	DeclaredAlone int
	DerivedAlone  int
	Both          int
	// Underived are deficiencies of inspections that were issued before repeats were derived; a declared
	// one among them is not in DeclaredAlone.
	Underived int
	// DaysOpen counts the derived ones by days open.
	DaysOpen []DaysBucket
}

// Repeats lists the deficiencies that were found before, the longest open first.
func (s *Service) Repeats(ctx context.Context, actor Actor, q RepeatQuery) (RepeatPage, error) {
	var page RepeatPage
	if err := mayAsk(actor, false); err != nil {
		return page, err
	}
	if err := q.Filter.check(); err != nil {
		return page, err
	}
	if q.After != nil && (q.After.Finding == ID{} || q.After.DaysOpen < -1) {
		return page, Refuse(Invalid, "after", "this is no cursor of this list; pass the endCursor of a page")
	}
	var basis StatisticsBasis
	err := s.statistics(ctx, actor, &q.Filter, &basis, func(tx Tx) (err error) {
		page, err = tx.RepeatDeficiencies(ctx, q)
		return err
	})
	page.Basis = basis
	return page, err
}
