package inspection

import (
	"context"
	"slices"
	"time"
)

// Actions lists the corrective actions that the actor may see, as they stand now.
func (s *Service) Actions(ctx context.Context, actor Actor, q ActionQuery) (ActionPage, error) {
	var page ActionPage
	if GrantOf(actor.Role, ReadInspection) == Never {
		return page, refuseAction(actor, ReadInspection, Never)
	}
	if len(q.Origins) == 0 {
		q.Origins = []Origin{Live}
	}
	q.Now = s.now()
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		page, err = tx.ListActions(ctx, q)
		return err
	})
	for n := range page.Actions {
		page.Actions[n] = page.Actions[n].At(q.Now)
	}
	maskActions(actor, page.Actions)
	return page, err
}

// OpenActions lists the unsettled actions of a facility's live inspections. Who may read no
// inspection sees none.
func (s *Service) OpenActions(ctx context.Context, actor Actor, facility ID) ([]CorrectiveAction, ActionDetails, error) {
	views := []FacilityView{{Facility: Facility{ID: facility}}}
	err := s.store.View(ctx, actor, func(tx Tx) error { return addOpenActions(ctx, tx, actor, views, s.now()) })
	return views[0].OpenActions, views[0].OpenDetails, err
}

// addOpenActions gives every facility its unsettled actions and what happened with them, in five
// statements.
func addOpenActions(ctx context.Context, tx Tx, actor Actor, views []FacilityView, now time.Time) error {
	ids := make([]ID, len(views))
	at := map[ID]int{}
	for n := range views {
		ids[n], at[views[n].ID] = views[n].ID, n
		views[n].OpenActions = []CorrectiveAction{}
	}
	if GrantOf(actor.Role, ReadInspection) == Never {
		return nil
	}
	open, err := tx.OpenActions(ctx, ids, []Origin{Live}, now)
	if err != nil {
		return err
	}
	maskActions(actor, open)
	actions := make([]ID, len(open))
	for n, a := range open {
		v := &views[at[a.Facility.ID]]
		v.OpenActions = append(v.OpenActions, a)
		actions[n] = a.ID
	}
	details, err := detailsOf(ctx, tx, actor, actions, now)
	for n := range views {
		views[n].OpenDetails = details
	}
	return err
}

// ProofByID returns an original that was declared as proof of an action of the inspection.
func (s *Service) ProofByID(ctx context.Context, actor Actor, id, evidence ID) (*Evidence, error) {
	var found *Evidence
	err := s.look(ctx, actor, id, ReadInspection, func(tx Tx, i *Inspection) error {
		known, err := tx.EvidenceByID(ctx, i.ID, []ID{evidence})
		if err != nil {
			return err
		}
		e, exists := known[evidence]
		if !exists || e.ActionID == nil {
			return Refuse(NotFound, "", "there is no such proof, or it is not yours to see")
		}
		found = &e
		return nil
	})
	return found, err
}

// CorrectiveAction returns one action of an inspection that the actor may read.
func (s *Service) CorrectiveAction(ctx context.Context, actor Actor, id, action ID) (*CorrectiveAction, error) {
	var found *CorrectiveAction
	err := s.look(ctx, actor, id, ReadInspection, func(tx Tx, i *Inspection) error {
		actions, err := tx.CorrectiveActions(ctx, id)
		if err != nil {
			return err
		}
		maskActions(actor, actions)
		n := slices.IndexFunc(actions, func(a CorrectiveAction) bool { return a.ID == action })
		if n < 0 {
			return Refuse(NotFound, "", "there is no such corrective action, or it is not yours to see")
		}
		a := actions[n].At(s.now())
		found = &a
		return nil
	})
	return found, err
}

// ActionDetails is what happened with actions, by action.
type ActionDetails struct {
	Steps map[ID][]ActionStep
	Proof map[ID][]Evidence
	// Waivers are those that the actions are WAIVED by, by their own id.
	Waivers map[ID]Waiver
	// Escalations are what was pointed out about due dates.
	Escalations map[ID][]Escalation
}

// ActionDetails loads what happened with the actions, a statement for each kind however many they
// are. The inspected see roles in place of people, and of the originals only what facilities declared.
func (s *Service) ActionDetails(ctx context.Context, actor Actor, actions []ID) (ActionDetails, error) {
	var d ActionDetails
	if GrantOf(actor.Role, ReadInspection) == Never {
		return d, refuseAction(actor, ReadInspection, Never)
	}
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		d, err = detailsOf(ctx, tx, actor, actions, s.now())
		return err
	})
	return d, err
}

func detailsOf(ctx context.Context, tx Tx, actor Actor, actions []ID, now time.Time) (ActionDetails, error) {
	d := ActionDetails{Steps: map[ID][]ActionStep{}, Proof: map[ID][]Evidence{}, Waivers: map[ID]Waiver{}, Escalations: map[ID][]Escalation{}}
	proof, err := tx.Proof(ctx, actions)
	if err != nil {
		return d, err
	}
	shown := map[ID]bool{}
	for _, e := range proof {
		d.Proof[*e.ActionID] = append(d.Proof[*e.ActionID], e)
		shown[e.ID] = true
	}
	waivers, err := tx.WaiversOf(ctx, actions)
	if err != nil {
		return d, err
	}
	for _, w := range waivers {
		d.Waivers[w.ID] = redactWaiver(actor, w.At(now))
	}
	escalations, err := tx.Escalations(ctx, actions)
	if err != nil {
		return d, err
	}
	for _, e := range escalations {
		d.Escalations[e.ActionID] = append(d.Escalations[e.ActionID], e)
	}
	steps, err := tx.ActionSteps(ctx, actions)
	inspected := GrantOf(actor.Role, ReadFieldwork) == Never
	for _, st := range steps {
		if inspected {
			st.ActorID = nil
			st.Evidence = slices.DeleteFunc(st.Evidence, func(id ID) bool { return !shown[id] })
		}
		d.Steps[st.ActionID] = append(d.Steps[st.ActionID], st)
	}
	return d, err
}
