package inspection

import (
	"context"
	"time"
)

// WaiverState is whether a waiver holds.
type WaiverState string

const (
	// AwaitingConsent: it covers a priority, and no independent reviewer has consented yet.
	AwaitingConsent WaiverState = "AWAITING_CONSENT"
	InEffect        WaiverState = "IN_EFFECT"
	// WaiverExpired: its last day is over.
	WaiverExpired WaiverState = "EXPIRED"
	// WaiverEnded: somebody in OPR ended it early.
	WaiverEnded WaiverState = "ENDED"
)

// Waiver sets a requirement aside for a time. It is granted by neither facility nor field office. What
// it covers still counts as deficient, flagged, and is reopened when it ends.
type Waiver struct {
	ID         ID
	FacilityID ID
	// ActionID, RequirementID or StandardID is its scope: one of the facility's corrective actions, or
	// every LIVE one under a requirement or a standard, those that are opened while it holds among them.
	ActionID      *ID
	RequirementID *ID
	StandardID    *ID
	// Authority is the office or role that granted it, Reference the document that says so.
	Authority string
	Reference string
	Reason    string
	// StartsOn and EndsOn are the first and the last day on which it holds, at most 12 months apart.
	StartsOn time.Time
	EndsOn   time.Time
	// NeedsConsent is true if it covers a priority, declared or sourced.
	NeedsConsent bool
	// GrantedBy recorded it. People are nil where the reader is not shown them.
	GrantedBy      *ID
	GrantedAs      Role
	GrantedAt      time.Time
	ConsentBy      *ID
	ConsentAt      *time.Time
	ConsentRemarks string
	EndedBy        *ID
	EndedAt        *time.Time
	EndReason      string
	// ExpiredAt is when Plumbline wrote down that it ran out; what follows from that never waits for it.
	ExpiredAt *time.Time
	// State is as of the time of reading.
	State WaiverState
}

// Until is the moment at which it no longer holds: the end of its last day, UTC.
func (w Waiver) Until() time.Time { return w.EndsOn.AddDate(0, 0, 1) }

// At is the waiver as it stands at a time.
func (w Waiver) At(now time.Time) Waiver {
	switch {
	case w.EndedAt != nil:
		w.State = WaiverEnded
	case !now.Before(w.Until()):
		w.State = WaiverExpired
	case w.NeedsConsent && w.ConsentAt == nil:
		w.State = AwaitingConsent
	default:
		w.State = InEffect
	}
	return w
}

// Covers reports whether the waiver, while in effect, holds for the action.
func (w Waiver) Covers(a CorrectiveAction) bool {
	if a.Facility.ID != w.FacilityID || (a.Deficiency.Priority && w.ConsentAt == nil) {
		return false
	}
	if w.ActionID != nil {
		return *w.ActionID == a.ID
	}
	return a.Origin == Live && (w.RequirementID != nil && sameValue(w.RequirementID, a.Deficiency.RequirementID) ||
		w.StandardID != nil && sameValue(w.StandardID, a.Deficiency.StandardID))
}

// waiverTx keeps waivers.
type waiverTx interface {
	// SaveWaiver adds a waiver.
	SaveWaiver(ctx context.Context, w Waiver) error
	// ChangeWaiver writes consent, end or expiry.
	ChangeWaiver(ctx context.Context, w Waiver) error
	// WaiversByID loads waivers, and holds their rows until the transaction ends if lock is true.
	WaiversByID(ctx context.Context, ids []ID, lock bool) (map[ID]Waiver, error)
	// WaiversOf loads the waivers by which the actions are WAIVED.
	WaiversOf(ctx context.Context, actions []ID) ([]Waiver, error)
	// WaiversInEffect loads those that hold at the facility.
	WaiversInEffect(ctx context.Context, facility ID, now time.Time) ([]Waiver, error)
	// WaiversRunOut loads waivers whose time is over and which nobody ended or wrote down as expired,
	// and holds their rows; rows that another transaction holds are left to it.
	WaiversRunOut(ctx context.Context, now time.Time, limit int) ([]Waiver, error)
	ListWaivers(ctx context.Context, q WaiverQuery) (WaiverPage, error)
	// ActionsInScope loads the actions that lie in a waiver's scope, in whatever state, and holds their
	// rows.
	ActionsInScope(ctx context.Context, w Waiver) ([]CorrectiveAction, error)
	// ActionsUnder loads the actions that are WAIVED by the waiver, and holds their rows.
	ActionsUnder(ctx context.Context, waiver ID) ([]CorrectiveAction, error)
	// ScopePriority says whether the requirement, or the standard, exists, and whether a source calls
	// it, or any requirement of it, a priority component.
	ScopePriority(ctx context.Context, requirement, standard *ID) (exists, sourced bool, err error)
	// TookPart reports whether the user was ever on the team of one of the inspections, or leads it.
	TookPart(ctx context.Context, user ID, inspections []ID) (bool, error)
}

// WaiverQuery selects waivers, the newest first.
type WaiverQuery struct {
	FacilityID *ID
	States     []WaiverState
	Now        time.Time
	After      *WaiverCursor
	Limit      int
}

// WaiverCursor is a place in the list: after the waiver granted then.
type WaiverCursor struct {
	GrantedAt time.Time
	ID        ID
}

// WaiverPage is a page of waivers; More says whether others follow.
type WaiverPage struct {
	Waivers []Waiver
	More    bool
	// Counts are of all waivers of the facility asked for, or of all, whatever their state.
	Counts WaiverCounts
}

// WaiverCounts says how many waivers stand how.
type WaiverCounts struct {
	AwaitingConsent int
	InEffect        int
	Expired         int
	Ended           int
}
