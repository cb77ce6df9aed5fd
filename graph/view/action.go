package view

import (
	"context"
	"slices"

	"plumbline/inspection"
)

// CorrectiveAction is an action that loads what happened with it, for all actions of one answer at
// once.
type CorrectiveAction struct {
	inspection.CorrectiveAction
	details func(context.Context) (inspection.ActionDetails, error)
}

// CorrectiveActions returns the views of loaded actions.
func CorrectiveActions(service *inspection.Service, actor inspection.Actor, actions []inspection.CorrectiveAction) []CorrectiveAction {
	ids := make([]inspection.ID, len(actions))
	for n, a := range actions {
		ids[n] = a.ID
	}
	details := once(func(ctx context.Context) (inspection.ActionDetails, error) {
		return service.ActionDetails(ctx, actor, ids)
	})
	return withDetails(actions, details)
}

// KnownActions returns the views of actions whose details were loaded before.
func KnownActions(actions []inspection.CorrectiveAction, details inspection.ActionDetails) []CorrectiveAction {
	return withDetails(actions, func(context.Context) (inspection.ActionDetails, error) { return details, nil })
}

func withDetails(actions []inspection.CorrectiveAction, details func(context.Context) (inspection.ActionDetails, error)) []CorrectiveAction {
	views := make([]CorrectiveAction, len(actions))
	for n, a := range actions {
		views[n] = CorrectiveAction{CorrectiveAction: a, details: details}
	}
	return views
}

// History lists every step, the oldest first.
func (a *CorrectiveAction) History(ctx context.Context) ([]inspection.ActionStep, error) {
	d, err := a.details(ctx)
	return d.Steps[a.ID], err
}

// Endorsements lists what the field office said.
func (a *CorrectiveAction) Endorsements(ctx context.Context) ([]inspection.ActionStep, error) {
	d, err := a.details(ctx)
	return slices.DeleteFunc(slices.Clone(d.Steps[a.ID]), func(s inspection.ActionStep) bool { return s.Kind != inspection.StepEndorse }), err
}

// Proof lists the originals that were declared for the action.
func (a *CorrectiveAction) Proof(ctx context.Context) ([]inspection.Evidence, error) {
	d, err := a.details(ctx)
	return d.Proof[a.ID], err
}

// Waiver is the waiver that holds now, nil if none does.
func (a *CorrectiveAction) Waiver(ctx context.Context) (*inspection.Waiver, error) {
	d, err := a.details(ctx)
	if err != nil || a.WaiverID == nil {
		return nil, err
	}
	if w, known := d.Waivers[*a.WaiverID]; known {
		return &w, nil
	}
	return nil, nil
}

// Escalations lists what was pointed out about due dates.
func (a *CorrectiveAction) Escalations(ctx context.Context) ([]inspection.Escalation, error) {
	d, err := a.details(ctx)
	return d.Escalations[a.ID], err
}
