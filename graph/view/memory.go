package view

import (
	"context"

	"plumbline/inspection"
)

// DeficiencyDrafts are what the answers suggest and nobody recorded yet.
func (i *Inspection) DeficiencyDrafts(ctx context.Context) ([]inspection.DeficiencyDraft, error) {
	return i.service.DeficiencyDrafts(ctx, i.actor, i.Inspection)
}

// CarriedActions are what came along from earlier inspections.
func (i *Inspection) CarriedActions(ctx context.Context) ([]inspection.CarriedAction, error) {
	return i.service.CarriedActions(ctx, i.actor, i.Inspection)
}

// PriorFindings are what the last five inspections found.
func (i *Inspection) PriorFindings(ctx context.Context) ([]inspection.PriorFinding, error) {
	return i.service.PriorFindings(ctx, i.actor, i.Inspection)
}

// Trend compares with the last inspection of the kind.
func (i *Inspection) Trend(ctx context.Context) (*inspection.Trend, error) {
	return i.service.Trend(ctx, i.actor, i.Inspection)
}
