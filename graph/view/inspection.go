package view

import (
	"context"
	"maps"
	"slices"
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

// RefusedWrites lists what was pushed and did not become part of the record.
func (i *Inspection) RefusedWrites(ctx context.Context) ([]inspection.KeptWrite, error) {
	return i.service.RefusedWrites(ctx, i.actor, i.Inspection)
}

// SampleDraws lists the draws of samples, drawn or only committed.
func (i *Inspection) SampleDraws(ctx context.Context) ([]inspection.SampleDraw, error) {
	return i.service.SampleDraws(ctx, i.actor, i.Inspection)
}

// Observations lists what was noted on walks.
func (i *Inspection) Observations(ctx context.Context) ([]inspection.Observation, error) {
	return i.service.Observations(ctx, i.actor, i.Inspection)
}

// Findings lists the findings with response and corrective action.
func (i *Inspection) Findings(ctx context.Context) ([]Finding, error) {
	r, err := i.report(ctx)
	if err != nil {
		return nil, err
	}
	return Findings(i.service, i.actor, r), nil
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

// Scores are the inspection's scores by the policies, all of them if none is named.
func (i *Inspection) Scores(ctx context.Context, policies []string) ([]scoring.Score, error) {
	return i.service.Scores(ctx, i.actor, i.Inspection, policies)
}

// Sensitivity is what would change each policy's result.
func (i *Inspection) Sensitivity(ctx context.Context) ([]scoring.Change, error) {
	return i.service.Sensitivity(ctx, i.actor, i.Inspection)
}

// LaterRatings are the answers rated otherwise than when the fieldwork was first done.
func (i *Inspection) LaterRatings(ctx context.Context) ([]inspection.LaterRating, error) {
	return i.service.LaterRatings(ctx, i.actor, i.Inspection)
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
	CorrectiveAction *CorrectiveAction
	strengths        func(context.Context) (map[inspection.ID]inspection.Strength, error)
}

// Waived reports whether a waiver holds for the deficiency now.
func (f Finding) Waived() bool {
	return f.CorrectiveAction != nil && f.CorrectiveAction.State == inspection.Waived
}

// Findings joins a report's findings with what answers them.
func Findings(service *inspection.Service, actor inspection.Actor, r inspection.Report) []Finding {
	all := make([]Finding, len(r.Findings))
	actions := CorrectiveActions(service, actor, slices.Collect(maps.Values(r.Actions)))
	answering := map[inspection.ID]*CorrectiveAction{}
	for n := range actions {
		answering[actions[n].FindingID] = &actions[n]
	}
	for n, f := range r.Findings {
		all[n].Finding = f
		all[n].strengths = func(context.Context) (map[inspection.ID]inspection.Strength, error) { return r.Strengths, nil }
		if response, ok := r.Responses[f.ID]; ok {
			all[n].Response = &response
		}
		all[n].CorrectiveAction = answering[f.ID]
	}
	return all
}
