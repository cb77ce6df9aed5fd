package view

import (
	"context"

	"plumbline/inspection"
)

// Editions are the editions it binds, the one it was planned under first.
func (i *Inspection) Editions(ctx context.Context) ([]inspection.Edition, error) {
	var bound []inspection.Edition
	for _, id := range i.EditionIDs() {
		e, err := i.service.Edition(ctx, i.actor, id)
		if err != nil {
			return nil, err
		}
		bound = append(bound, *e)
	}
	return bound, nil
}

// Standards is the scope with the names its editions give.
func (i *Inspection) Standards(ctx context.Context) ([]ScopedStandard, error) {
	names := map[inspection.ID]*inspection.Standard{}
	editions := map[inspection.ID]*inspection.Edition{}
	scope := make([]ScopedStandard, len(i.Inspection.Standards))
	for n, s := range i.Inspection.Standards {
		if names[s.StandardID] == nil {
			edition, err := i.service.Edition(ctx, i.actor, s.EditionID)
			if err != nil {
				return nil, err
			}
			editions[s.EditionID] = edition
			for _, st := range edition.Standards() {
				names[st.ID] = st
			}
		}
		st := names[s.StandardID]
		scope[n] = ScopedStandard{StandardID: s.StandardID, EditionID: s.EditionID, Edition: editions[s.EditionID],
			Number: st.Number, Title: st.Title, Code: st.Code, AssignedTo: s.AssignedTo, Reasons: s.Reasons}
	}
	return scope, nil
}

// ScopedStandard is a standard in an inspection's scope.
type ScopedStandard struct {
	StandardID inspection.ID
	EditionID  inspection.ID
	Edition    *inspection.Edition
	Number     string
	Title      string
	Code       string
	AssignedTo *inspection.ID
	Reasons    []inspection.ScopeReason
}

// CoreSet is the version of the core set it was planned by, nil if by none.
func (i *Inspection) CoreSet(ctx context.Context) (*inspection.CoreSet, error) {
	if i.CoreSetID == nil {
		return nil, nil
	}
	return i.service.CoreSet(ctx, i.actor, *i.CoreSetID)
}

// OutOfScope lists the standards of its own edition that it does not review.
func (i *Inspection) OutOfScope(ctx context.Context) ([]inspection.OutOfScope, error) {
	return i.service.OutOfScope(ctx, i.actor, i.Inspection)
}

// Populations lists who is held at the facility, the newest version first.
func (i *Inspection) Populations(ctx context.Context) ([]inspection.Population, error) {
	return i.service.Populations(ctx, i.actor, i.Inspection)
}

// NotApplicableProposals lists the items that seem not to apply.
func (i *Inspection) NotApplicableProposals(ctx context.Context) (inspection.NotApplicableProposals, error) {
	return i.service.NotApplicableProposals(ctx, i.actor, i.Inspection)
}

// Exclusions lists the items that count neither as met nor as not met.
func (i *Inspection) Exclusions(ctx context.Context) (inspection.Exclusions, error) {
	return i.service.Exclusions(ctx, i.actor, i.Inspection)
}
