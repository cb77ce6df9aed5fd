package inspection

import (
	"context"
	"time"
)

// OverdueQuery asks for a page of the corrective actions that missed a due date, the longest overdue
// first.
type OverdueQuery struct {
	Filter StatisticsFilter
	// Now is the moment by which a date is missed.
	Now   time.Time
	After *OverdueCursor
	Limit int
}

// OverdueCursor is a place in the list: after the action that missed this date and has this id.
type OverdueCursor struct {
	Missed time.Time
	Action ID
}

// OverdueAction is a corrective action of an issued inspection that missed a due date.
type OverdueAction struct {
	ActionID     ID
	InspectionID ID
	FindingID    ID
	State        ActionState
	// AbatementDue is nil unless the deficiency was an immediate threat.
	AbatementDue *time.Time
	PlanDue      time.Time
	ProofDue     time.Time
	Facility     FacilityName
	FieldOffice  string
	Origin       Origin
	Code         string
	Standard     string
	PlannedStart time.Time
	// Missed is the earliest date that was missed, DaysOverdue the whole days since.
	Missed      time.Time
	DaysOverdue int
	// Abatement, Plan and Proof say which dates were missed.
	Abatement bool
	Plan      bool
	Proof     bool
}

// OverduePage is a page of overdue actions; More says whether others follow.
type OverduePage struct {
	Basis   StatisticsBasis
	AsOf    time.Time
	Actions []OverdueAction
	More    bool
}

// OverdueGroup is the overdue actions of one group of inspections.
type OverdueGroup struct {
	Key        string
	Label      string
	Sort       string
	FacilityID *ID
	// Actions counts the corrective actions of the group, Unsettled those neither verified, waived
	// nor withdrawn, Overdue those that missed a date; an action may have missed several.
	Actions     int
	Unsettled   int
	Overdue     int
	Abatement   int
	Plan        int
	Proof       int
	MostDays    int
	DaysOverdue []DaysBucket
}

// DaysBucket counts what lies between two numbers of whole days, both inclusive.
type DaysBucket struct {
	From int
	// To is nil for the last bucket, which has no end.
	To    *int
	Count int
}

// bucketsFrom are the first days of the buckets of overdue actions and open repeats.
var bucketsFrom = []int{0, 31, 91, 181, 366, 731}

// BucketsFrom lists the first day of each bucket of days.
func BucketsFrom() []int { return bucketsFrom }

// Buckets gives counts, one for each of BucketsFrom, their bounds.
func Buckets(counts []int) []DaysBucket {
	buckets := make([]DaysBucket, len(bucketsFrom))
	for n, from := range bucketsFrom {
		buckets[n] = DaysBucket{From: from, Count: counts[n]}
		if n+1 < len(bucketsFrom) {
			to := bucketsFrom[n+1] - 1
			buckets[n].To = &to
		}
	}
	return buckets
}

// OverdueSummary is a page of groups; More says whether others follow.
type OverdueSummary struct {
	Basis  StatisticsBasis
	AsOf   time.Time
	Groups []OverdueGroup
	More   bool
}

// OverdueActions lists the corrective actions that missed a due date, by the rules of
// CorrectiveAction.Pending and At: an abatement and a proof while the fix is not reported done, a plan
// while none was given. What waits for OPR's verification is not the facility's to hasten and is not
// overdue. The inspected get their own.
func (s *Service) OverdueActions(ctx context.Context, actor Actor, q OverdueQuery) (OverduePage, error) {
	var page OverduePage
	if err := mayAsk(actor, true); err != nil {
		return page, err
	}
	if err := q.Filter.check(); err != nil {
		return page, err
	}
	if q.After != nil && (q.After.Action == ID{} || len(checkTime("after", q.After.Missed)) > 0) {
		return page, Refuse(Invalid, "after", "this is no cursor of this list; pass the endCursor of a page")
	}
	q.Now = s.now()
	var basis StatisticsBasis
	err := s.statistics(ctx, actor, &q.Filter, &basis, func(tx Tx) (err error) {
		page, err = tx.OverdueActions(ctx, q)
		return err
	})
	page.Basis, page.AsOf = basis, q.Now
	return page, err
}

// OverdueSummary counts the overdue corrective actions by group.
func (s *Service) OverdueSummary(ctx context.Context, actor Actor, q StatisticsQuery) (OverdueSummary, error) {
	summary := OverdueSummary{AsOf: s.now()}
	if err := mayAsk(actor, true); err != nil {
		return summary, err
	}
	if err := q.check(); err != nil {
		return summary, err
	}
	err := s.statistics(ctx, actor, &q.Filter, &summary.Basis, func(tx Tx) (err error) {
		summary.Groups, summary.More, err = tx.OverdueGroups(ctx, q, summary.AsOf)
		return err
	})
	return summary, err
}
