package inspection

import (
	"context"
	"slices"
	"strings"
	"time"
)

// ActionRef names a corrective action as the caller read it.
type ActionRef struct {
	InspectionID ID
	ActionID     ID
	// Revision is the action's revision that the caller read.
	Revision int
}

// ActionPlanInput is what a facility will do about a deficiency.
type ActionPlanInput struct {
	ActionRef
	Plan string
	// Responsible is a role, never a person's name.
	Responsible string
	CompleteOn  time.Time // a day
}

// PlanAction records what the facility will do about a deficiency, by when and in whose hands; a
// later plan replaces it, and both are kept. Possible until the fix is reported, and again once
// reopened. Contesting the deficiency stops no clock and forbids no plan.
func (s *Service) PlanAction(ctx context.Context, actor Actor, in ActionPlanInput) (CorrectiveAction, error) {
	plan, err := given("input.plan", in.Plan, "say what will be done")
	if err != nil {
		return CorrectiveAction{}, err
	}
	role := strings.TrimSpace(in.Responsible)
	ps := append(checkText("input.responsible", role, mostWord), checkTime("input.completeOn", in.CompleteOn)...)
	if role == "" {
		ps = append(ps, newProblem(Invalid, "input.responsible", "say which role is responsible; never a person's name"))
	}
	if err := refusal(ps); err != nil {
		return CorrectiveAction{}, err
	}
	day := in.CompleteOn
	step := ActionStep{Kind: StepPlan, Text: plan, Responsible: role, Date: &day}
	return s.takeStep(ctx, actor, in.ActionRef, step, func(_ Tx, _ *Inspection, a *CorrectiveAction, now time.Time) error {
		if in.CompleteOn.Before(a.OpenedAt.Truncate(oneDay)) {
			return Refuse(Invalid, "input.completeOn", "the plan ends before the deficiency was issued")
		}
		a.Plan = &ActionPlan{Text: plan, Role: role, CompleteOn: in.CompleteOn, At: now}
		return nil
	})
}

// ActionReportInput is what a facility did.
type ActionReportInput struct {
	ActionRef
	Report string
	DoneAt time.Time
	// Evidence names the proof: originals declared for this action before.
	Evidence []ID
}

// ReportActionDone records that the facility says a deficiency is put right, with proof. It settles
// nothing: somebody in OPR has to verify it.
func (s *Service) ReportActionDone(ctx context.Context, actor Actor, in ActionReportInput) (CorrectiveAction, error) {
	report, err := given("input.report", in.Report, "say what was done")
	if err != nil {
		return CorrectiveAction{}, err
	}
	done := stored(in.DoneAt)
	ps := append(checkTime("input.doneAt", done), checkNamed(in.Evidence)...)
	if err := refusal(ps); err != nil {
		return CorrectiveAction{}, err
	}
	step := ActionStep{Kind: StepReport, Text: report, Date: &done, Evidence: in.Evidence}
	return s.takeStep(ctx, actor, in.ActionRef, step, func(tx Tx, i *Inspection, a *CorrectiveAction, now time.Time) error {
		if done.After(now) {
			return Refuse(Invalid, "input.doneAt", "report the fix once it is done; this time is still to come")
		}
		if err := checkDone(ctx, tx, i, a, done); err != nil {
			return err
		}
		proof, err := tx.EvidenceByID(ctx, i.ID, in.Evidence)
		if err != nil {
			return err
		}
		for _, id := range in.Evidence {
			e, exists := proof[id]
			if !exists || e.ActionID == nil || *e.ActionID != a.ID {
				return Problems{{Code: NotFound, Path: []string{"input", "evidenceIds"}, Subject: id, Message: "no such proof was declared for this action; declare it first"}}
			}
			if e.State == EvidenceQuarantined {
				return Problems{{Code: Unmet, Path: []string{"input", "evidenceIds"}, Subject: id, Message: "this proof is quarantined; declare and upload the original again"}}
			}
		}
		a.Report = &ActionReport{Text: report, DoneAt: done, At: now}
		return nil
	})
}

// lastReopening is when a fix was last sent back, nil if none was. That a waiver ran out is none: the fix
// may have been done while it held.
func lastReopening(steps []ActionStep) *time.Time {
	for _, st := range slices.Backward(steps) {
		if st.Kind == StepReopen {
			return &st.At
		}
	}
	return nil
}

// checkDone refuses a fix that was done before its deficiency was found: the older the date, the more
// evidence would pass as newer.
func checkDone(ctx context.Context, tx Tx, i *Inspection, a *CorrectiveAction, done time.Time) error {
	found := i.PlannedStart
	if i.Origin != Reconstructed {
		findings, err := tx.Findings(ctx, i.ID)
		if err != nil {
			return err
		}
		if f, exists := findingIn(findings, a.FindingID); exists {
			found = f.RecordedAt
		}
	}
	if a.ReopenedAt != nil && !done.After(*a.ReopenedAt) {
		steps, err := tx.ActionSteps(ctx, []ID{a.ID})
		if err != nil {
			return err
		}
		if last := lastReopening(steps); last != nil && !done.After(*last) {
			return Refuse(Invalid, "input.doneAt", "the fix was found not to hold at %s; the one you report now is later", last.Format(time.RFC3339))
		}
	}
	if done.Before(found) {
		return Refuse(Invalid, "input.doneAt", "the deficiency was still found at %s; the fix is later", found.Format(time.RFC3339))
	}
	return nil
}

// mostNamed bounds the originals that one step names.
const mostNamed = 100

func checkNamed(ids []ID) Problems {
	if len(ids) == 0 || len(ids) > mostNamed {
		return Problems{newProblem(Invalid, "input.evidenceIds", "name 1 to %d originals", mostNamed)}
	}
	seen := map[ID]bool{}
	for _, id := range ids {
		if seen[id] {
			return Problems{{Code: Invalid, Path: []string{"input", "evidenceIds"}, Subject: id, Message: "name each original once"}}
		}
		seen[id] = true
	}
	return nil
}

// EndorseAction records what the field office has to say to a plan or a report. It moves nothing.
func (s *Service) EndorseAction(ctx context.Context, actor Actor, in ActionRef, remarks string) (CorrectiveAction, error) {
	text, err := given("input.remarks", remarks, "say what the field office endorses")
	if err != nil {
		return CorrectiveAction{}, err
	}
	return s.takeStep(ctx, actor, in, ActionStep{Kind: StepEndorse, Text: text}, nil)
}

// takeStep takes an action one step on: permission, then the state machine, then the step's own rule,
// and saves action, step and audit event in one transaction. The step that was taken last, sent again,
// changes nothing.
func (s *Service) takeStep(ctx context.Context, actor Actor, in ActionRef, step ActionStep, rule func(Tx, *Inspection, *CorrectiveAction, time.Time) error) (CorrectiveAction, error) {
	var changed CorrectiveAction
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		i, err := tx.LockInspection(ctx, in.InspectionID)
		if err != nil {
			return err
		}
		subject, err := subjectOf(ctx, tx, actor, i)
		if err != nil {
			return err
		}
		if err := Allow(actor, actionSteps[step.Kind].action, subject); err != nil {
			return err
		}
		a, err := tx.LockAction(ctx, i.ID, in.ActionID)
		if err != nil {
			return err
		}
		steps, err := tx.ActionSteps(ctx, []ID{a.ID})
		if err != nil {
			return err
		}
		now := s.now()
		a, step.ActorID, step.ActorRole = a.At(now), &actor.ID, actor.Role
		changed = a
		if n := len(steps); n > 0 && steps[n-1].N == in.Revision+1 && steps[n-1].sameStep(step) {
			return nil
		}
		if _, possible := a.State.After(step.Kind); !possible {
			return refuseStep(a, step.Kind)
		}
		if in.Revision != a.Revision {
			return Problems{{Code: Stale, Path: []string{"input", "revision"}, Subject: a.ID, Message: "the corrective action has changed since you read it: read it again"}}
		}
		if rule != nil {
			if err := rule(tx, i, &a, now); err != nil {
				return err
			}
		}
		changed, step = a.step(step, now)
		changed = changed.At(now)
		if err := tx.StepActions(ctx, []CorrectiveAction{changed}, []ActionStep{step}); err != nil {
			return err
		}
		tx.Notify(newEvent(stepEvents[step.Kind], now, changed.eventData()))
		return tx.Audit(ctx, auditStep(actor, changed, step))
	})
	one := []CorrectiveAction{changed}
	maskActions(actor, one)
	return one[0], err
}

// step moves the action and completes the record of it.
func (a CorrectiveAction) step(step ActionStep, now time.Time) (CorrectiveAction, ActionStep) {
	to, _ := a.State.After(step.Kind)
	step.InspectionID, step.ActionID, step.N, step.From, step.To, step.At = a.InspectionID, a.ID, a.Revision+1, a.State, to, now
	if to != Waived {
		a.WaiverID, a.WaivedUntil = nil, nil
	}
	if to == Reopened {
		a.ReopenedAt = &now
	}
	a.State, a.Revision, a.ChangedAt = to, step.N, now
	return a, step
}

func auditStep(actor Actor, a CorrectiveAction, step ActionStep) AuditEvent {
	return AuditEvent{ID: NewID(), InspectionID: &a.InspectionID, At: step.At, Actor: actor, Action: actionSteps[step.Kind].action, Outcome: Done,
		TargetType: "CorrectiveAction", TargetID: a.ID, Detail: map[string]any{"from": step.From, "to": a.State, "revision": a.Revision, "evidence": step.Evidence}}
}

// sameStep reports whether two steps say the same by the same person.
func (st ActionStep) sameStep(other ActionStep) bool {
	return st.Kind == other.Kind && sameValue(st.ActorID, other.ActorID) && st.Text == other.Text && st.Responsible == other.Responsible &&
		sameMoment(st.Date, other.Date) && slices.Equal(st.Evidence, other.Evidence)
}

func sameMoment(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

func refuseStep(a CorrectiveAction, kind StepKind) error {
	possible := ""
	for _, s := range ActionStates() {
		if _, ok := s.After(kind); ok {
			possible += ", " + string(s)
		}
	}
	return Problems{{Code: Locked, Subject: a.ID, Message: "the corrective action is " + string(a.State) + "; this is possible while it is one of: " + possible[2:]}}
}

// withdrawAction takes the action of a withdrawn deficiency back.
func (s *Service) withdrawAction(ctx context.Context, tx Tx, actor Actor, id, finding ID, reason string) error {
	found, err := tx.LockActionOf(ctx, id, finding)
	if err != nil {
		return err
	}
	now := s.now()
	a, step := found.At(now).step(ActionStep{Kind: StepWithdraw, Text: reason, ActorID: &actor.ID, ActorRole: actor.Role}, now)
	return tx.StepActions(ctx, []CorrectiveAction{a}, []ActionStep{step})
}
