package inspection

import (
	"context"
	"time"
)

// changeWaiver loads and holds a waiver and applies f, in one transaction. f returns false if there is
// nothing to change.
func (s *Service) changeWaiver(ctx context.Context, actor Actor, id ID, action Action, f func(Tx, *Waiver, time.Time) (map[string]any, error)) (Waiver, error) {
	if err := Allow(actor, action, Subject{}); err != nil {
		return Waiver{}, err
	}
	var w Waiver
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		known, err := tx.WaiversByID(ctx, []ID{id}, true)
		if err != nil {
			return err
		}
		found, exists := known[id]
		if !exists {
			return Refuse(NotFound, "input.waiverId", "there is no such waiver, or it is not yours to see")
		}
		now := s.now()
		w = found.At(now)
		detail, err := f(tx, &w, now)
		w = w.At(now)
		if err != nil || detail == nil {
			return err
		}
		return tx.Audit(ctx, w.event(actor, action, now, detail))
	})
	return w, err
}

// ConsentToWaiver records that an independent reviewer agrees that a priority is waived. It is
// somebody other than who recorded the waiver, with no part in the fieldwork that it sets aside.
func (s *Service) ConsentToWaiver(ctx context.Context, actor Actor, id ID, remarks string) (Waiver, error) {
	text, err := given("input.remarks", remarks, "say why the waiver is safe")
	if err != nil {
		return Waiver{}, err
	}
	return s.changeWaiver(ctx, actor, id, ConsentToWaiver, func(tx Tx, w *Waiver, now time.Time) (map[string]any, error) {
		if sameValue(w.ConsentBy, &actor.ID) && w.ConsentRemarks == text {
			return nil, nil
		}
		if w.State != AwaitingConsent {
			return nil, refuseWaiver(*w, AwaitingConsent)
		}
		if sameValue(w.GrantedBy, &actor.ID) {
			return nil, Refuse(Forbidden, "", "you recorded the waiver; another reviewer consents to it")
		}
		actions, err := tx.ActionsInScope(ctx, *w)
		if err != nil {
			return nil, err
		}
		var inspections []ID
		for _, a := range actions {
			inspections = append(inspections, a.InspectionID)
		}
		if part, err := tx.TookPart(ctx, actor.ID, inspections); err != nil {
			return nil, err
		} else if part {
			return nil, Refuse(Forbidden, "", "only a reviewer who had no part in the fieldwork may do this (%s)", ConsentToWaiver)
		}
		w.ConsentBy, w.ConsentAt, w.ConsentRemarks = &actor.ID, &now, text
		if err := tx.ChangeWaiver(ctx, *w); err != nil {
			return nil, err
		}
		*w = w.At(now)
		tx.Notify(newEvent(WaiverGrantedEvent, now, w.eventData()))
		waived, err := s.applyWaiver(ctx, tx, actor, *w, actions)
		return map[string]any{"actions": waived}, err
	})
}

// EndWaiver ends a waiver early, with a reason, and reopens what it covered. The due dates stay those
// of the opening.
func (s *Service) EndWaiver(ctx context.Context, actor Actor, id ID, reason string) (Waiver, error) {
	text, err := given("input.reason", reason, "say why the waiver ends")
	if err != nil {
		return Waiver{}, err
	}
	return s.changeWaiver(ctx, actor, id, EndWaiver, func(tx Tx, w *Waiver, now time.Time) (map[string]any, error) {
		if sameValue(w.EndedBy, &actor.ID) && w.EndReason == text {
			return nil, nil
		}
		if w.State != InEffect && w.State != AwaitingConsent {
			return nil, refuseWaiver(*w, InEffect, AwaitingConsent)
		}
		w.EndedBy, w.EndedAt, w.EndReason = &actor.ID, &now, text
		if err := tx.ChangeWaiver(ctx, *w); err != nil {
			return nil, err
		}
		tx.Notify(newEvent(WaiverExpiredEvent, now, w.At(now).eventData()))
		reopened, err := s.reopenWaived(ctx, tx, actor, w.ID, text, now)
		return map[string]any{"actions": reopened}, err
	})
}

func refuseWaiver(w Waiver, possible ...WaiverState) error {
	text := ""
	for n, s := range possible {
		if n > 0 {
			text += " or "
		}
		text += string(s)
	}
	return Problems{{Code: Locked, Subject: w.ID, Message: "the waiver is " + string(w.State) + "; this is possible while it is " + text}}
}

// reopenWaived takes back what a waiver waived, and returns which actions.
func (s *Service) reopenWaived(ctx context.Context, tx Tx, actor Actor, waiver ID, why string, now time.Time) ([]ID, error) {
	actions, err := tx.ActionsUnder(ctx, waiver)
	if err != nil {
		return nil, err
	}
	reopened := []ID{}
	steps := make([]ActionStep, len(actions))
	for n := range actions {
		actions[n], steps[n] = actions[n].step(ActionStep{Kind: StepEndWaiver, Text: why, ActorID: &actor.ID, ActorRole: actor.Role}, now)
		reopened = append(reopened, actions[n].ID)
		tx.Notify(newEvent(ActionReopenedEvent, now, actions[n].At(now).eventData()))
	}
	return reopened, tx.StepActions(ctx, actions, steps)
}

// ExpireWaivers writes down which waivers have run out and reopens what they covered, at most limit of
// them, and returns how many. Nothing waits for it: a waiver that has run out holds no more when it is
// read.
func (s *Service) ExpireWaivers(ctx context.Context, limit int) (int, error) {
	expired := 0
	err := s.store.InTx(ctx, System(), func(tx Tx) error {
		now := s.now()
		over, err := tx.WaiversRunOut(ctx, now, limit)
		if err != nil {
			return err
		}
		for _, w := range over {
			w.ExpiredAt = &now
			if err := tx.ChangeWaiver(ctx, w); err != nil {
				return err
			}
			tx.Notify(newEvent(WaiverExpiredEvent, now, w.At(now).eventData()))
			reopened, err := s.reopenWaived(ctx, tx, System(), w.ID, "the waiver ran out", now)
			if err != nil {
				return err
			}
			if err := tx.Audit(ctx, w.event(System(), ExpireWaiver, now, map[string]any{"actions": reopened})); err != nil {
				return err
			}
		}
		expired = len(over)
		return nil
	})
	return expired, err
}

// Waivers lists the waivers that the actor may see, as they stand now, with their counts.
func (s *Service) Waivers(ctx context.Context, actor Actor, q WaiverQuery) (WaiverPage, error) {
	var page WaiverPage
	if err := Allow(actor, ReadWaivers, Subject{}); err != nil {
		return page, err
	}
	q.Now = s.now()
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		page, err = tx.ListWaivers(ctx, q)
		return err
	})
	for n := range page.Waivers {
		page.Waivers[n] = redactWaiver(actor, page.Waivers[n].At(q.Now))
	}
	return page, err
}

// Waiver returns one waiver that the actor may see.
func (s *Service) Waiver(ctx context.Context, actor Actor, id ID) (*Waiver, error) {
	if err := Allow(actor, ReadWaivers, Subject{}); err != nil {
		return nil, err
	}
	var w Waiver
	err := s.store.View(ctx, actor, func(tx Tx) error {
		known, err := tx.WaiversByID(ctx, []ID{id}, false)
		if err != nil {
			return err
		}
		found, exists := known[id]
		if !exists {
			return Refuse(NotFound, "", "there is no such waiver, or it is not yours to see")
		}
		w = redactWaiver(actor, found.At(s.now()))
		return nil
	})
	return &w, err
}

// redactWaiver takes from the inspected who did what: they see roles.
func redactWaiver(actor Actor, w Waiver) Waiver {
	if GrantOf(actor.Role, ReadFieldwork) == Never {
		w.GrantedBy, w.ConsentBy, w.EndedBy = nil, nil, nil
	}
	return w
}
