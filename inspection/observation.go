package inspection

import (
	"context"
	"strings"
	"time"
)

// Observation is what was noted on a walk and rates nothing yet. It is never an interview, and the
// inspected never see one.
type Observation struct {
	ID            ID     `json:"id"`
	InspectionID  ID     `json:"inspectionId"`
	StandardID    *ID    `json:"standardId"`
	RequirementID *ID    `json:"requirementId"`
	Text          string `json:"text"`
	// Place is where in the facility; empty if not stated.
	Place string `json:"place"`
	// ObservedAt is by the device's clock; nil if not stated.
	ObservedAt *time.Time `json:"observedAt"`
	// RemovedAt is when it was taken back; it stays in the record.
	RemovedAt  *time.Time `json:"removedAt"`
	AuthorID   ID         `json:"authorId"`
	RecordedAt time.Time  `json:"recordedAt"`
	RevisedBy  ID         `json:"revisedBy"`
	RevisedAt  time.Time  `json:"revisedAt"`
	// Revision counts the versions kept, from 1.
	Revision int `json:"revision"`
	// Seq is the change number of the newest version within the inspection.
	Seq int64 `json:"seq"`
	// Written is kept beside what an observation says.
	Written Written `json:"-"`
}

// ObservationInput is an observation as its author gives it.
type ObservationInput struct {
	// ID is minted by the tablet (UUIDv7), so that a retry makes no second one.
	ID            ID
	StandardID    *ID
	RequirementID *ID
	Text          string
	Place         string
	ObservedAt    *time.Time
}

// check checks what needs no look at the inspection.
func (in ObservationInput) check(path string) Problems {
	var ps Problems
	if in.ID == (ID{}) {
		ps = append(ps, newProblem(Invalid, path+".id", "give the observation an id (UUIDv7)"))
	}
	if strings.TrimSpace(in.Text) == "" {
		ps = append(ps, newProblem(Invalid, path+".text", "say what was seen"))
	}
	ps = append(ps, checkText(path+".text", in.Text, mostText)...)
	ps = append(ps, checkText(path+".place", in.Place, mostText)...)
	if in.ObservedAt != nil {
		ps = append(ps, checkTime(path+".observedAt", *in.ObservedAt)...)
	}
	return ps
}

// observation makes an observation of the input, of the inspection's scope and nothing else.
func (p places) observation(i *Inspection, path string, in ObservationInput) (Observation, error) {
	o := Observation{ID: in.ID, InspectionID: i.ID, StandardID: in.StandardID, RequirementID: in.RequirementID,
		Text: strings.TrimSpace(in.Text), Place: strings.TrimSpace(in.Place)}
	if in.ObservedAt != nil {
		at := stored(*in.ObservedAt)
		o.ObservedAt = &at
	}
	if err := p.checkScope(path, o.StandardID, o.RequirementID); err != nil {
		return o, err
	}
	if o.RequirementID != nil && o.StandardID == nil {
		st := p.standardOf[*o.RequirementID]
		o.StandardID = &st
	}
	return o, nil
}

type observationTx interface {
	// Observations loads every observation of an inspection, those taken back among them, the first
	// recorded first.
	Observations(ctx context.Context, inspection ID) ([]Observation, error)
	// SaveObservations appends each observation as a version and writes the last of each, set-wise.
	SaveObservations(ctx context.Context, os []Observation) error
}

// Observations lists what was noted in an inspection, those taken back among them, for those who may
// see fieldwork.
func (s *Service) Observations(ctx context.Context, actor Actor, i *Inspection) ([]Observation, error) {
	var all []Observation
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) (err error) {
		all, err = tx.Observations(ctx, i.ID)
		return err
	})
	return all, err
}
