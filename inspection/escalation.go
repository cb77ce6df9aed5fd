package inspection

import (
	"context"
	"time"
)

// EscalationLevel is how far a due date is gone.
type EscalationLevel string

const (
	// DueSoon: the plan or the proof is due within seven days.
	DueSoon EscalationLevel = "DUE_SOON"
	// PastDue: the date was missed.
	PastDue EscalationLevel = "OVERDUE"
	// LongPastDue: it was missed by more than 30 days.
	LongPastDue EscalationLevel = "OVERDUE_30"
)

const (
	dueSoonWithin = 7 * oneDay
	longPastAfter = 30 * oneDay
)

// Escalation is a date of an action that was pointed out, once for each level.
type Escalation struct {
	InspectionID ID
	ActionID     ID
	Due
	Level EscalationLevel
	// PointedOutAt is when Plumbline did.
	PointedOutAt time.Time
}

// Escalations lists what is to be pointed out about an action at a time, whether or not it was
// already. A date that was missed is no longer due soon; the 24 hours of an abatement are never.
func (a CorrectiveAction) Escalations(now time.Time) []Escalation {
	var es []Escalation
	for _, due := range a.At(now).Pending() {
		point := func(level EscalationLevel) {
			es = append(es, Escalation{a.ID, a.ID, due, level, now})
			es[len(es)-1].InspectionID = a.InspectionID
		}
		late := now.Sub(due.At)
		if late <= 0 && late >= -dueSoonWithin && due.Kind != DueAbatement {
			point(DueSoon)
		}
		if late > 0 {
			point(PastDue)
		}
		if late > longPastAfter {
			point(LongPastDue)
		}
	}
	return es
}

// escalationTx keeps escalations.
type escalationTx interface {
	// Escalations loads what was pointed out about the actions, the first first.
	Escalations(ctx context.Context, actions []ID) ([]Escalation, error)
	// AddEscalations adds those that are not there yet and returns them: of two that point out the
	// same at once, one adds it.
	AddEscalations(ctx context.Context, es []Escalation) ([]Escalation, error)
}

// Escalate points out every date of the actions of LIVE inspections that is due soon or was missed,
// once for each action, date and level, limit actions in a transaction, and returns how many. Any
// number of processes may do so at once.
func (s *Service) Escalate(ctx context.Context, limit int) (int, error) {
	pointed := 0
	q := ActionQuery{States: []ActionState{ActionOpen, ActionPlanned, Reopened}, Origins: []Origin{Live}, Now: s.now(), Limit: limit}
	for {
		var page ActionPage
		err := s.store.InTx(ctx, System(), func(tx Tx) error {
			var err error
			if page, err = tx.ListActions(ctx, q); err != nil {
				return err
			}
			added, err := escalate(ctx, tx, page.Actions, q.Now)
			pointed += added
			return err
		})
		if err != nil || !page.More {
			return pointed, err
		}
		last := page.Actions[len(page.Actions)-1]
		q.After = &ActionCursor{ProofDue: last.ProofDue, ID: last.ID}
	}
}

func escalate(ctx context.Context, tx Tx, actions []CorrectiveAction, now time.Time) (int, error) {
	var due []Escalation
	about := map[ID]CorrectiveAction{}
	for _, a := range actions {
		due = append(due, a.Escalations(now)...)
		about[a.ID] = a.At(now)
	}
	if len(due) == 0 {
		return 0, nil
	}
	added, err := tx.AddEscalations(ctx, due)
	if err != nil {
		return 0, err
	}
	for _, e := range added {
		kind := ActionEscalated
		if e.Level == PastDue {
			kind = ActionOverdue
		}
		data := about[e.ActionID].eventData()
		data["due"], data["dueAt"], data["level"] = e.Kind, e.At, e.Level
		tx.Notify(newEvent(kind, now, data))
		event := AuditEvent{ID: NewID(), InspectionID: &e.InspectionID, At: now, Actor: System(), Action: EscalateAction, Outcome: Done,
			TargetType: "CorrectiveAction", TargetID: e.ActionID, Detail: map[string]any{"due": e.Kind, "level": e.Level}}
		if err := tx.Audit(ctx, event); err != nil {
			return 0, err
		}
	}
	return len(added), nil
}
