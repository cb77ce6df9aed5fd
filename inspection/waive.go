package inspection

import (
	"context"
	"slices"
	"strings"
	"time"
)

// WaiverInput is a waiver as OPR records it.
type WaiverInput struct {
	// ID is minted by the caller (UUIDv7), so that a retry records no second one.
	ID            ID
	FacilityID    ID
	ActionID      *ID
	RequirementID *ID
	StandardID    *ID
	Authority     string
	Reference     string
	Reason        string
	StartsOn      time.Time
	EndsOn        time.Time
}

func (in WaiverInput) check(now time.Time) Problems {
	var ps Problems
	for _, f := range []struct {
		path, text, ask string
		most            int
	}{{"input.authority", in.Authority, "say which office or role granted it", mostWord}, {"input.reference", in.Reference, "name the document that grants it", mostWord},
		{"input.reason", in.Reason, "say why it was granted", mostText}} {
		if strings.TrimSpace(f.text) == "" {
			ps = append(ps, newProblem(Invalid, f.path, "%s", f.ask))
		}
		ps = append(ps, checkText(f.path, f.text, f.most)...)
	}
	if in.ID == (ID{}) {
		ps = append(ps, newProblem(Invalid, "input.id", "give the waiver an id (UUIDv7)"))
	}
	if n := count(in.ActionID != nil) + count(in.RequirementID != nil) + count(in.StandardID != nil); n != 1 {
		ps = append(ps, newProblem(Invalid, "input", "a waiver covers one action, one requirement or one standard: name exactly one"))
	}
	dates := append(checkTime("input.startsOn", in.StartsOn), checkTime("input.endsOn", in.EndsOn)...)
	switch {
	case len(dates) > 0:
		ps = append(ps, dates...)
	case in.EndsOn.Before(in.StartsOn):
		ps = append(ps, newProblem(Invalid, "input.endsOn", "the waiver ends before it starts"))
	case in.EndsOn.After(in.StartsOn.AddDate(1, 0, 0)):
		ps = append(ps, newProblem(Invalid, "input.endsOn", "a waiver ends within 12 months of its start"))
	case in.StartsOn.After(now):
		ps = append(ps, newProblem(Invalid, "input.startsOn", "record the waiver once it has started"))
	case !now.Before(in.EndsOn.AddDate(0, 0, 1)):
		ps = append(ps, newProblem(Invalid, "input.endsOn", "the waiver has run out already"))
	}
	return ps
}

// GrantWaiver records a waiver. What it covers is waived at once, unless it covers a priority: then an
// independent reviewer has to consent first. The same again changes nothing.
func (s *Service) GrantWaiver(ctx context.Context, actor Actor, in WaiverInput) (Waiver, error) {
	if err := Allow(actor, GrantWaiver, Subject{}); err != nil {
		return Waiver{}, err
	}
	now := s.now()
	if err := refusal(in.check(now)); err != nil {
		return Waiver{}, err
	}
	w := Waiver{ID: in.ID, FacilityID: in.FacilityID, ActionID: in.ActionID, RequirementID: in.RequirementID, StandardID: in.StandardID,
		Authority: strings.TrimSpace(in.Authority), Reference: strings.TrimSpace(in.Reference), Reason: strings.TrimSpace(in.Reason),
		StartsOn: in.StartsOn, EndsOn: in.EndsOn, GrantedBy: &actor.ID, GrantedAs: actor.Role, GrantedAt: now}
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		if known, err := w.granted(ctx, tx, now); known || err != nil {
			return err
		}
		if _, err := tx.Facility(ctx, w.FacilityID); err != nil {
			return err
		}
		covered, err := inScope(ctx, tx, &w)
		if err != nil {
			// What stands in the way may be this very waiver, sent at the same moment.
			if known, again := w.granted(ctx, tx, now); known {
				return again
			}
			return err
		}
		if err := tx.SaveWaiver(ctx, w); err != nil {
			return err
		}
		w = w.At(now)
		waived, err := s.applyWaiver(ctx, tx, actor, w, covered)
		if err != nil {
			return err
		}
		if w.State == InEffect {
			tx.Notify(newEvent(WaiverGrantedEvent, now, w.eventData()))
		}
		return tx.Audit(ctx, w.event(actor, GrantWaiver, now, map[string]any{"endsOn": day(w.EndsOn), "needsConsent": w.NeedsConsent, "actions": waived}))
	})
	return w, err
}

// granted reports whether the waiver is stored already, and is then the stored one. Another waiver
// under its id is refused.
func (w *Waiver) granted(ctx context.Context, tx Tx, now time.Time) (bool, error) {
	known, err := tx.WaiversByID(ctx, []ID{w.ID}, false)
	if err != nil {
		return false, err
	}
	old, exists := known[w.ID]
	if !exists {
		return false, nil
	}
	if !old.sameGrant(*w) {
		return true, Refuse(Conflict, "input.id", "this id names another waiver; mint a new one")
	}
	*w = old.At(now)
	return true, nil
}

func (w Waiver) sameGrant(v Waiver) bool {
	return w.FacilityID == v.FacilityID && sameValue(w.ActionID, v.ActionID) && sameValue(w.RequirementID, v.RequirementID) && sameValue(w.StandardID, v.StandardID) &&
		w.Authority == v.Authority && w.Reference == v.Reference && w.Reason == v.Reason && w.StartsOn.Equal(v.StartsOn) && w.EndsOn.Equal(v.EndsOn) && sameValue(w.GrantedBy, v.GrantedBy)
}

// inScope loads what the waiver may cover and finds out whether a priority is among it.
func inScope(ctx context.Context, tx Tx, w *Waiver) ([]CorrectiveAction, error) {
	exists, sourced, err := tx.ScopePriority(ctx, w.RequirementID, w.StandardID)
	if err != nil {
		return nil, err
	}
	if w.ActionID == nil && !exists {
		return nil, Refuse(NotFound, "input", "there is no such requirement or standard")
	}
	actions, err := tx.ActionsInScope(ctx, *w)
	if err != nil {
		return nil, err
	}
	if w.ActionID != nil && len(actions) == 0 {
		return nil, Refuse(NotFound, "input.actionId", "the facility has no such corrective action")
	}
	if w.ActionID != nil {
		if a := actions[0].At(w.GrantedAt); a.State.Settled() {
			return nil, refuseStep(a, StepWaive)
		}
	}
	w.NeedsConsent = sourced || slices.ContainsFunc(actions, func(a CorrectiveAction) bool { return a.Deficiency.Priority && !a.At(w.GrantedAt).State.Settled() })
	return actions, nil
}

// applyWaiver waives the unsettled actions that a waiver in effect covers, and returns which.
func (s *Service) applyWaiver(ctx context.Context, tx Tx, actor Actor, w Waiver, actions []CorrectiveAction) ([]ID, error) {
	now := s.now()
	waived := []ID{}
	var changed []CorrectiveAction
	var steps []ActionStep
	for _, a := range actions {
		if a = a.At(now); w.State != InEffect || a.State.Settled() || !w.Covers(a) {
			continue
		}
		a, step := a.step(ActionStep{Kind: StepWaive, Text: w.Authority + ", " + w.Reference + ": " + w.Reason, ActorID: &actor.ID, ActorRole: actor.Role}, now)
		until := w.Until()
		a.WaiverID, a.WaivedUntil = &w.ID, &until
		changed, steps, waived = append(changed, a), append(steps, step), append(waived, a.ID)
	}
	return waived, tx.StepActions(ctx, changed, steps)
}

func (w Waiver) event(actor Actor, action Action, now time.Time, detail map[string]any) AuditEvent {
	return AuditEvent{ID: NewID(), At: now, Actor: actor, Action: action, Outcome: Done, TargetType: "Waiver", TargetID: w.ID, Detail: detail}
}

// waiveAtIssue waives the actions that a waiver in effect covers when their report is issued.
func (s *Service) waiveAtIssue(ctx context.Context, tx Tx, actor Actor, i *Inspection) error {
	inEffect, err := tx.WaiversInEffect(ctx, i.FacilityID, s.now())
	if err != nil || len(inEffect) == 0 {
		return err
	}
	actions, err := tx.CorrectiveActions(ctx, i.ID)
	if err != nil {
		return err
	}
	taken := map[ID]bool{}
	for _, w := range inEffect {
		left := slices.DeleteFunc(slices.Clone(actions), func(a CorrectiveAction) bool { return taken[a.ID] })
		waived, err := s.applyWaiver(ctx, tx, actor, w.At(s.now()), left)
		if err != nil {
			return err
		}
		for _, a := range waived {
			taken[a] = true
		}
	}
	return nil
}
