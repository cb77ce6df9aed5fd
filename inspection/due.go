package inspection

import "time"

// ActionSettings are how long a facility has for each part of a corrective action: Plumbline's own
// defaults, since no public source states the days. They count from the issue, abatement from
// capture. An open action keeps the dates that it was opened with.
type ActionSettings struct {
	// Abatement of an immediate threat: 24 hours.
	Abatement time.Duration
	// Plan: 30 days.
	Plan time.Duration
	// Proof: 60 days.
	Proof time.Duration
	// PriorityProof is Proof for a priority or a repeat: 30 days.
	PriorityProof time.Duration
}

// withDefaults fills what is not set.
func (s ActionSettings) withDefaults() ActionSettings {
	for _, f := range []struct {
		set      *time.Duration
		standard time.Duration
	}{{&s.Abatement, 24 * time.Hour}, {&s.Plan, 30 * oneDay}, {&s.Proof, 60 * oneDay}, {&s.PriorityProof, 30 * oneDay}} {
		if *f.set == 0 {
			*f.set = f.standard
		}
	}
	return s
}

const oneDay = 24 * time.Hour

// DueKind is which of an action's due dates.
type DueKind string

const (
	DueAbatement DueKind = "ABATEMENT"
	DuePlan      DueKind = "PLAN"
	DueProof     DueKind = "PROOF"
)

// Due is a date by which the facility owes something.
type Due struct {
	Kind DueKind
	At   time.Time
}

// Overdue is a due date that was missed.
type Overdue struct {
	Due
	// Days are the full days since: 0 on the first.
	Days int
}

// Pending lists what the facility still owes, the earliest first. Abatement and proof are owed until
// the fix is reported, the plan until there is one; after a reopening the dates are the old ones. It
// owes nothing while OPR has the report to verify.
func (a CorrectiveAction) Pending() []Due {
	if a.State != ActionOpen && a.State != ActionPlanned && a.State != Reopened {
		return nil
	}
	var owed []Due
	if a.AbatementDue != nil {
		owed = append(owed, Due{DueAbatement, *a.AbatementDue})
	}
	if a.Plan == nil {
		owed = append(owed, Due{DuePlan, a.PlanDue})
	}
	owed = append(owed, Due{DueProof, a.ProofDue})
	for n := range owed { // at most three
		for m := n; m > 0 && owed[m].At.Before(owed[m-1].At); m-- {
			owed[m], owed[m-1] = owed[m-1], owed[m]
		}
	}
	return owed
}

// At is the action as it stands at a time: a waiver that has run out no longer holds, whether or not
// that was written down yet, and a missed date shows.
func (a CorrectiveAction) At(now time.Time) CorrectiveAction {
	if a.State == Waived && a.WaivedUntil != nil && !now.Before(*a.WaivedUntil) {
		a.State, a.ReopenedAt = Reopened, a.WaivedUntil
		a.WaiverID, a.WaivedUntil = nil, nil
	}
	a.Overdue = nil
	if owed := a.Pending(); len(owed) > 0 && now.After(owed[0].At) {
		a.Overdue = &Overdue{owed[0], int(now.Sub(owed[0].At) / oneDay)}
	}
	return a
}

// Newer is the moment that evidence must be newer than to verify the action's report, by when it was
// captured and by when it was declared.
func (a CorrectiveAction) Newer() (captured, declared time.Time) {
	captured = a.Report.DoneAt
	declared = captured
	if a.ReopenedAt != nil && a.ReopenedAt.After(declared) {
		declared = *a.ReopenedAt
	}
	return captured, declared
}
