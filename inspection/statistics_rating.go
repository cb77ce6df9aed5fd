package inspection

import (
	"context"
	"slices"
	"time"
)

// RatingBody is who rated a facility, as far as the type of a published rating tells.
type RatingBody string

const (
	// BodyPlumbline is a final rating of an inspection that Plumbline issued.
	BodyPlumbline RatingBody = "PLUMBLINE"
	BodyODO       RatingBody = "ODO"
	// BodyOASIP: the facility inspects itself, assisted by ODO.
	BodyOASIP RatingBody = "OASIP"
	// BodyNakamoto: ERO's contractor.
	BodyNakamoto RatingBody = "NAKAMOTO"
	// BodyORSA: the facility's own assessment for ERO.
	BodyORSA RatingBody = "ORSA"
	// BodyRegular: ICE's lists call one and the same inspection REGULAR in one year and NAKAMOTO or
	// ORSA in the next.
	BodyRegular RatingBody = "REGULAR"
	BodyBOP     RatingBody = "BOP"
)

// RatingBodies lists the bodies whose ratings are compared. A type that does not tell who rated
// (PRE_OCCUPANCY, PRELIMINARY, none) is compared with nothing.
func RatingBodies() []RatingBody {
	return []RatingBody{BodyPlumbline, BodyODO, BodyOASIP, BodyNakamoto, BodyORSA, BodyRegular, BodyBOP}
}

// SameBody reports whether two types of rating may come from one body.
func SameBody(a, b RatingBody) bool {
	regular := func(x, y RatingBody) bool { return x == BodyRegular && (y == BodyNakamoto || y == BodyORSA) }
	return a == b || regular(a, b) || regular(b, a)
}

// RatingPair is two normalised ratings.
type RatingPair struct{ One, Other string }

// ContradictingRatings lists the pairs of ratings that contradict each other: one body says that the
// facility meets its standards, the other that it does not. The scales differ and no source maps
// them, so the list is short: a DEFICIENT contradicts only the two best; a facility that refused its
// inspection (FAIL_REFUSED), a pending rating and an inspection overcome by events contradict nothing.
func ContradictingRatings() []RatingPair {
	var pairs []RatingPair
	for _, bad := range []string{"FAIL", "DOES_NOT_MEET", "AT_RISK"} {
		for _, good := range []string{"PASS", "SUPERIOR", "GOOD", "ACCEPTABLE", "MEETS_STANDARD"} {
			pairs = append(pairs, RatingPair{bad, good})
		}
	}
	return append(pairs, RatingPair{"DEFICIENT", "SUPERIOR"}, RatingPair{"DEFICIENT", "GOOD"})
}

// ratingWords are the normalised ratings by what people write in a final rating: upper case, with one
// space for whatever is no letter.
var ratingWords = map[string]string{
	"PASS": "PASS", "FAIL": "FAIL", "FAILURE": "FAIL", "SUPERIOR": "SUPERIOR", "GOOD": "GOOD",
	"ACCEPTABLE": "ACCEPTABLE", "ADEQUATE": "ACCEPTABLE", "ACCEPTABLE ADEQUATE": "ACCEPTABLE",
	"DEFICIENT": "DEFICIENT", "AT RISK": "AT_RISK",
	"MEETS STANDARD": "MEETS_STANDARD", "MEETS STANDARDS": "MEETS_STANDARD",
	"DOES NOT MEET STANDARD": "DOES_NOT_MEET", "DOES NOT MEET STANDARDS": "DOES_NOT_MEET", "DOES NOT MEET": "DOES_NOT_MEET",
}

// FinalRatingWords lists the wordings of a final rating that Plumbline understands and what each
// means; any other is shown as written and contradicts nothing.
func FinalRatingWords() (wordings, ratings []string) {
	for wording := range ratingWords {
		wordings = append(wordings, wording)
	}
	slices.Sort(wordings)
	for _, wording := range wordings {
		ratings = append(ratings, ratingWords[wording])
	}
	return wordings, ratings
}

// mostWithin is the widest window of a comparison, in days: three years.
const mostWithin = 1096

// ComparisonQuery asks for ratings of one facility by different bodies, the newest first.
type ComparisonQuery struct {
	// Filter selects facilities and Plumbline's own inspections; From and To also the last day of
	// both published inspections.
	Filter StatisticsFilter
	// Within is the most days between the two, 1 to 1096.
	Within int
	// Contradicting asks only for pairs that contradict each other.
	Contradicting bool
	After         *ComparisonCursor
	Limit         int
}

// ComparisonCursor is a place in the list: after the pair of these ratings of these days.
type ComparisonCursor struct {
	Later   time.Time
	First   ID
	Earlier time.Time
	Other   ID
}

func (q ComparisonQuery) check() error {
	switch {
	case q.Within < 1 || q.Within > mostWithin:
		return Refuse(Invalid, "withinDays", "compare ratings that are 1 to %d days apart", mostWithin)
	case q.After != nil && (q.After.First == ID{} || len(checkTime("after", q.After.Later)) > 0 || len(checkTime("after", q.After.Earlier)) > 0):
		return Refuse(Invalid, "after", "this is no cursor of this list; pass the endCursor of a page")
	case q.Filter.EditionSet != nil || q.Filter.StandardNumber != nil:
		return Refuse(Invalid, "filter", "a rating is of a whole inspection; leave out editionSet and standardNumber")
	}
	return q.Filter.check()
}

// ComparedRating is one side of a comparison.
type ComparedRating struct {
	// ID is the external rating's, or the inspection's where Body is PLUMBLINE.
	ID   ID
	Body RatingBody
	// Origin is the inspection's; empty for an external rating.
	Origin Origin
	// EndedOn is the last day of the rated inspection.
	EndedOn time.Time
	Edition string
	// Rating is normalised, empty if a final rating's wording is not understood; RatingRaw is as written.
	Rating    string
	RatingRaw string
}

// OriginGiven is the inspection's origin, nil for an external rating.
func (r ComparedRating) OriginGiven() *Origin {
	if r.Origin == "" {
		return nil
	}
	return &r.Origin
}

// RatingComparison is two bodies' ratings of one facility. Later ended after Earlier, or on the same day.
type RatingComparison struct {
	Facility    FacilityName
	Later       ComparedRating
	Earlier     ComparedRating
	DaysApart   int
	Contradicts bool
}

// ComparisonPage is a page of comparisons. Pairs and Contradictions count the whole list.
type ComparisonPage struct {
	Origins        []Origin
	Comparisons    []RatingComparison
	Pairs          int
	Contradictions int
	Facilities     int
	More           bool
}

// RatingComparisons sets what different bodies said of one facility side by side.
func (s *Service) RatingComparisons(ctx context.Context, actor Actor, q ComparisonQuery) (ComparisonPage, error) {
	var page ComparisonPage
	if err := mayAsk(actor, false); err != nil {
		return page, err
	}
	if err := q.check(); err != nil {
		return page, err
	}
	q.Filter.Origins = q.Filter.origins()
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		page, err = tx.RatingComparisons(ctx, q)
		page.Origins = q.Filter.Origins
		return err
	})
	return page, err
}
