package inspection

import (
	"context"
	"time"
)

// CarriedOutcome is what an inspection found of a deficiency that was carried over to it.
type CarriedOutcome string

const (
	// CarriedRepeated: its item was rated DOES_NOT_MEET again, or a deficiency of the same provision
	// was recorded. What OPR withdrew in the meantime is never repeated.
	CarriedRepeated CarriedOutcome = "REPEATED"
	// CarriedLookedAt: its item was rated otherwise. That settles nothing: a corrective action is
	// verified in its own way and never by a rating.
	CarriedLookedAt CarriedOutcome = "LOOKED_AT"
	// CarriedNotLookedAt: its item was not reviewed, or the scope has none. The action stays open.
	CarriedNotLookedAt CarriedOutcome = "NOT_LOOKED_AT"
)

// CarriedAction is a corrective action of an earlier inspection that was neither verified nor withdrawn
// when this one started, and so came along with it.
type CarriedAction struct {
	// InspectionID is the inspection that it came along with.
	InspectionID     ID `json:"-"`
	ActionID         ID `json:"actionId"`
	FindingID        ID `json:"findingId"`
	FromInspectionID ID `json:"fromInspectionId"`
	// RequirementID is the checklist item that asks for the same, nil if the scope has none or more
	// than one. StandardID is that item's standard, or the one of the same number; nil if it is out of
	// scope.
	RequirementID *ID `json:"requirementId"`
	StandardID    *ID `json:"standardId"`
	// AgeDays are the days from the last day of the inspection that found it to the first day of this
	// one.
	AgeDays int `json:"ageDays"`
	// Outcome is empty until the inspection is issued.
	Outcome CarriedOutcome `json:"outcome"`

	// EndedOn, Code, Citation, CitationConfirmed and Text are the earlier finding's, State is where
	// its action stands now.
	EndedOn           time.Time   `json:"endedOn"`
	Code              string      `json:"code"`
	Citation          string      `json:"citation"`
	CitationConfirmed bool        `json:"citationConfirmed"`
	Text              string      `json:"text"`
	State             ActionState `json:"state"`
}

// CitationLabel is the citation as it is shown: marked unconfirmed unless it was confirmed.
func (c CarriedAction) CitationLabel() string { return citationLabel(c.Citation, c.CitationConfirmed) }

// OutcomeGiven is the outcome, nil until the inspection is issued.
func (c CarriedAction) OutcomeGiven() *CarriedOutcome { return unlessEmpty(c.Outcome) }

// carryTx keeps what came along with an inspection.
type carryTx interface {
	// CarriedActions loads what came along with the inspection, the oldest first, with where it stands
	// at the given moment.
	CarriedActions(ctx context.Context, inspection ID, at time.Time) ([]CarriedAction, error)
	// SaveCarriedActions adds what comes along, or its outcome, set-wise.
	SaveCarriedActions(ctx context.Context, cs []CarriedAction) error
}

// carryOver finds what an inspection that starts takes over from the ones before it: the facility's
// corrective actions that nobody verified and nobody withdrew. A waived one comes along too, because its
// waiver may run out before the inspection is issued.
func (s *Service) carryOver(ctx context.Context, tx Tx, i *Inspection) ([]CarriedAction, error) {
	m, err := memoryOf(ctx, tx, i)
	if err != nil {
		return nil, err
	}
	past, err := tx.PriorDeficiencies(ctx, s.before(i))
	if err != nil {
		return nil, err
	}
	var carried []CarriedAction
	for _, prior := range past {
		if prior.ActionID == nil || prior.ActionState.Ended() {
			continue
		}
		c := CarriedAction{InspectionID: i.ID, ActionID: *prior.ActionID, FindingID: prior.FindingID, FromInspectionID: prior.InspectionID,
			AgeDays: ageAt(i, prior.EndedOn)}
		c.RequirementID, c.StandardID = m.place(i, prior)
		carried = append(carried, c)
	}
	return carried, tx.SaveCarriedActions(ctx, carried)
}

// withOutcomes says what the inspection found of each carried action.
func (m memory) withOutcomes(carried []CarriedAction, past []PriorDeficiency, answers []Answer, findings []Finding) []CarriedAction {
	rated := map[ID]Rating{}
	for _, a := range answers {
		rated[a.RequirementID] = a.Rating
	}
	provisions := map[ID]Provision{}
	for _, prior := range past {
		provisions[prior.FindingID] = prior.Provision
	}
	judged := make([]CarriedAction, len(carried))
	for n, c := range carried {
		rating := NotReviewed
		if c.RequirementID != nil && rated[*c.RequirementID] != "" {
			rating = rated[*c.RequirementID]
		}
		switch {
		case c.State != ActionWithdrawn && (rating == DoesNotMeet || m.foundAgain(provisions[c.FindingID], findings)):
			c.Outcome = CarriedRepeated
		case rating != NotReviewed:
			c.Outcome = CarriedLookedAt
		default:
			c.Outcome = CarriedNotLookedAt
		}
		judged[n] = c
	}
	return judged
}

func (m memory) foundAgain(p Provision, findings []Finding) bool {
	for _, f := range findings {
		if f.Standing() && p.Same(m.provision(f)) != RepeatNone {
			return true
		}
	}
	return false
}

// settleCarried keeps the outcomes and reopens what the facility reported done and the inspection
// found deficient again. Nothing is ever verified here.
func (s *Service) settleCarried(ctx context.Context, tx Tx, actor Actor, i *Inspection, carried []CarriedAction) error {
	if err := tx.SaveCarriedActions(ctx, carried); err != nil {
		return err
	}
	var again []ID
	for _, c := range carried {
		if c.Outcome == CarriedRepeated && c.State == ReportedDone {
			again = append(again, c.ActionID)
		}
	}
	if len(again) == 0 {
		return nil
	}
	return s.reopenFoundAgain(ctx, tx, actor, i, again)
}

// reopenFoundAgain reopens actions that the facility reported done. Each keeps the step in its own
// inspection's record, and the event in its own inspection's log.
func (s *Service) reopenFoundAgain(ctx context.Context, tx Tx, actor Actor, i *Inspection, again []ID) error {
	now := s.now()
	actions, err := tx.LockActions(ctx, again) // first: who takes a step of one holds it too
	if err != nil {
		return err
	}
	var reopened []CorrectiveAction
	var steps []ActionStep
	for _, a := range actions {
		if a.State != ReportedDone {
			continue
		}
		b, step := a.step(ActionStep{Kind: StepReopen, ActorID: &actor.ID, ActorRole: actor.Role,
			Text: "Found deficient again by the inspection that ended on " + i.PlannedEnd.Format(time.DateOnly) + "."}, now)
		reopened, steps = append(reopened, b), append(steps, step)
		tx.Notify(newEvent(ActionReopenedEvent, now, b.eventData()))
		event := auditStep(actor, b, step)
		event.Detail["foundAgainBy"] = i.ID
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
	}
	return tx.StepActions(ctx, reopened, steps)
}

// CarriedActions returns what came along with the inspection from the ones before it, the oldest
// first, for those who may see fieldwork.
func (s *Service) CarriedActions(ctx context.Context, actor Actor, i *Inspection) ([]CarriedAction, error) {
	var carried []CarriedAction
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) (err error) {
		carried, err = tx.CarriedActions(ctx, i.ID, s.now())
		return err
	})
	return carried, err
}
