package view

import (
	"context"
	"sync"
	"time"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

// Inspection is an inspection that loads what a query asks of it, each part once however many fields
// need it.
type Inspection struct {
	*inspection.Inspection
	actor     inspection.Actor
	service   *inspection.Service
	fieldwork func(context.Context) (inspection.Fieldwork, error)
	report    func(context.Context) (inspection.Report, error)
}

// NewInspection returns the view of a loaded inspection for the actor; nil for nil.
func NewInspection(service *inspection.Service, actor inspection.Actor, i *inspection.Inspection) *Inspection {
	if i == nil {
		return nil
	}
	return &Inspection{Inspection: i, actor: actor, service: service,
		fieldwork: once(func(ctx context.Context) (inspection.Fieldwork, error) { return service.Fieldwork(ctx, actor, i) }),
		report:    once(func(ctx context.Context) (inspection.Report, error) { return service.Report(ctx, actor, i) })}
}

// once loads on the first call; fields are resolved concurrently.
func once[T any](load func(context.Context) (T, error)) func(context.Context) (T, error) {
	var first sync.Once
	var value T
	var err error
	return func(ctx context.Context) (T, error) {
		first.Do(func() { value, err = load(ctx) })
		return value, err
	}
}

// RecommendedRating is the lead's recommendation.
func (i *Inspection) RecommendedRating() *inspection.RatingDecision { return i.Recommended }

// FinalRating is the reviewer's rating.
func (i *Inspection) FinalRating() *inspection.RatingDecision { return i.Final }

// Facility is the inspected place.
func (i *Inspection) Facility(ctx context.Context) (*inspection.FacilityView, error) {
	return i.service.Facility(ctx, i.actor, i.FacilityID)
}

// Checklist is every item with answer and evidence.
func (i *Inspection) Checklist(ctx context.Context) (*Checklist, error) {
	fw, err := i.fieldwork(ctx)
	if err != nil {
		return nil, err
	}
	return newChecklist(fw), nil
}

// Evidence lists the declared originals.
func (i *Inspection) Evidence(ctx context.Context) (*EvidenceList, error) {
	fw, err := i.fieldwork(ctx)
	if err != nil {
		return nil, err
	}
	return newEvidenceList(fw.Evidence), nil
}

// Disputes lists open and ruled disputes.
func (i *Inspection) Disputes(ctx context.Context) ([]inspection.Dispute, error) {
	return i.service.Disputes(ctx, i.actor, i.Inspection)
}

// SampleDraws lists the draws of samples, drawn or only committed.
func (i *Inspection) SampleDraws(ctx context.Context) ([]inspection.SampleDraw, error) {
	return i.service.SampleDraws(ctx, i.actor, i.Inspection)
}

// Findings lists the findings with response and corrective action.
func (i *Inspection) Findings(ctx context.Context) ([]Finding, error) {
	r, err := i.report(ctx)
	if err != nil {
		return nil, err
	}
	return Findings(r), nil
}

// Tally is what the findings add up to.
func (i *Inspection) Tally(ctx context.Context) (inspection.Tally, error) {
	r, err := i.report(ctx)
	return r.Tally, err
}

// Statements are what the source states.
func (i *Inspection) Statements(ctx context.Context) ([]inspection.Statement, error) {
	r, err := i.report(ctx)
	return r.Statements, err
}

// Score is the inspection's score by policy g324a.
func (i *Inspection) Score(ctx context.Context) (scoring.Score, error) {
	return i.service.Score(ctx, i.actor, i.Inspection)
}

// Gaps is what stands in the way of the next step.
func (i *Inspection) Gaps(ctx context.Context) ([]Problem, error) {
	gaps, err := i.service.Gaps(ctx, i.actor, i.Inspection)
	return Problems(gaps), err
}

// Snapshot is the frozen document, nil until issued.
func (i *Inspection) Snapshot(ctx context.Context) (*Snapshot, error) {
	s, err := i.service.Snapshot(ctx, i.actor, i.Inspection)
	if s == nil || err != nil {
		return nil, err
	}
	return &Snapshot{SHA256: s.SHA256, TakenAt: s.TakenAt, Body: string(s.Body)}, nil
}

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
		scope[n] = ScopedStandard{StandardID: s.StandardID, EditionID: s.EditionID, Edition: editions[s.EditionID], Number: st.Number, Title: st.Title, Code: st.Code, AssignedTo: s.AssignedTo}
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
}

// Snapshot is the frozen document of an issued inspection.
type Snapshot struct {
	SHA256  inspection.SHA256
	TakenAt time.Time
	Body    string
}

// Finding is a finding with the facility's response and its corrective action.
type Finding struct {
	inspection.Finding
	Response         *inspection.FindingResponse
	CorrectiveAction *inspection.CorrectiveAction
	// Strength says how well the requirement is known on which the finding rests; nil if it rests on none.
	Strength *inspection.Strength
}

// Findings joins a report's findings with what answers them.
func Findings(r inspection.Report) []Finding {
	all := make([]Finding, len(r.Findings))
	for n, f := range r.Findings {
		all[n].Finding = f
		if strength, ok := r.Strengths[f.ID]; ok {
			all[n].Strength = &strength
		}
		if response, ok := r.Responses[f.ID]; ok {
			all[n].Response = &response
		}
		if action, ok := r.Actions[f.ID]; ok {
			all[n].CorrectiveAction = &action
		}
	}
	return all
}
