package inspection

import (
	"context"
	"time"
)

// OverdueLateQuery asks for a page of late deficiencies that nobody decided on in time.
type OverdueLateQuery struct {
	// Before is the moment by which they came.
	Before time.Time
	After  *OverdueLateCursor
	Limit  int
}

// OverdueLateCursor is a place in the list: after the write that came then and has this id.
type OverdueLateCursor struct {
	ReceivedAt time.Time
	ID         ID
}

// OverdueLate is a late deficiency that nobody decided on within five days.
type OverdueLate struct {
	Write    KeptWrite
	Facility FacilityName
	State    State
	// DaysOverdue are the whole days since it had to be decided on.
	DaysOverdue int
}

// InspectionID is the inspection that it was pushed to.
func (o OverdueLate) InspectionID() ID { return o.Write.InspectionID }

// OverdueLatePage is a page of the list, the longest overdue first; More says whether others follow.
type OverdueLatePage struct {
	Writes []OverdueLate
	More   bool
}

// OverdueLateWork lists the deficiencies that came late and waited more than five days for a decision,
// the longest first.
func (s *Service) OverdueLateWork(ctx context.Context, actor Actor, after *OverdueLateCursor, limit int) (OverdueLatePage, error) {
	var page OverdueLatePage
	if err := Allow(actor, ReadOverdueLateWork, Subject{}); err != nil {
		return page, err
	}
	if after != nil && (after.ID == ID{} || len(checkTime("after", after.ReceivedAt)) > 0) {
		return page, Refuse(Invalid, "after", "this is no cursor of this list; pass the endCursor of a page")
	}
	now := s.now()
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		page, err = tx.OverdueLateWork(ctx, OverdueLateQuery{Before: now.Add(-lateDeficiencyWithin), After: after, Limit: limit})
		return err
	})
	for n := range page.Writes {
		w := &page.Writes[n]
		w.DaysOverdue = int(now.Sub(w.Write.ReceivedAt.Add(lateDeficiencyWithin)) / (24 * time.Hour))
	}
	return page, err
}
