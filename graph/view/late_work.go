package view

import (
	"context"

	"plumbline/inspection"
)

// LateWork lists what came late.
func (i *Inspection) LateWork(ctx context.Context) ([]inspection.KeptWrite, error) {
	return i.service.LateWork(ctx, i.actor, i.Inspection)
}

// Amendments lists what was adopted after the freeze.
func (i *Inspection) Amendments(ctx context.Context) ([]inspection.Amendment, error) {
	return i.service.Amendments(ctx, i.actor, i.Inspection)
}
