package inspection

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"plumbline/inspection/sync"
)

// PushedObservation is an observation as a tablet states it. What is nil is not stated, and stays as it
// is; an empty text clears.
type PushedObservation struct {
	ID            string  `json:"id"`
	InspectionID  string  `json:"inspectionId"`
	StandardID    *string `json:"standardId,omitempty"`
	RequirementID *string `json:"requirementId,omitempty"`
	Text          *string `json:"text,omitempty"`
	Place         *string `json:"place,omitempty"`
	ObservedAt    *string `json:"observedAt,omitempty"`
	DeviceTime    *string `json:"deviceTime,omitempty"`
	Deleted       bool    `json:"deleted,omitempty"`
	// Revision is that of the server's state which the tablet made this of.
	Revision int `json:"-"`
}

// ObservationRow is an observation pushed.
type ObservationRow = DraftRow[PushedObservation]

func (p PushedObservation) head() draftHead {
	return draftHead{p.ID, p.InspectionID, p.Text, p.DeviceTime, p.Deleted, p.Revision}
}

// fields are the fields that are stated. Whether it is deleted always is.
func (p PushedObservation) fields() sync.Fields {
	var stated sync.Fields
	for n, is := range []bool{p.StandardID != nil, p.RequirementID != nil, p.Text != nil, p.Place != nil, p.ObservedAt != nil, true} {
		if is {
			stated = stated.With(n)
		}
	}
	return stated
}

// over returns the observation with what is stated of it.
func (p PushedObservation) over(o Observation, now time.Time) (Observation, Problems) {
	var ps, problems Problems
	o.StandardID, problems = statedID("standardId", p.StandardID, o.StandardID)
	ps = append(ps, problems...)
	o.RequirementID, problems = statedID("requirementId", p.RequirementID, o.RequirementID)
	ps = append(ps, problems...)
	o.Text, o.Place = strings.TrimSpace(textOr(p.Text, o.Text)), strings.TrimSpace(textOr(p.Place, o.Place))
	if p.ObservedAt != nil {
		at, err := readDeviceTime(p.ObservedAt)
		if err != nil {
			ps = append(ps, newProblem(Invalid, "observedAt", "observedAt is no time; write RFC 3339, UTC"))
		}
		o.ObservedAt = &at
		if at.IsZero() {
			o.ObservedAt = nil
		}
	}
	switch {
	case !p.Deleted:
		o.RemovedAt = nil
	case o.RemovedAt == nil:
		o.RemovedAt = &now
	}
	return o, ps
}

// agrees reports whether all that is stated is, its texts to the letter, what the observation says.
func (p PushedObservation) agrees(o Observation) bool {
	stated, _ := p.over(o, o.RevisedAt)
	return observationRules.Differ(stated.content(), o.content(), observationRules.All()) == 0 &&
		letters([]string{o.Text, o.Place}, p.Text, p.Place)
}

// PushObservations judges and records observations from a tablet, by the rules of PushFindings. Taking
// one back needs no reason.
func (s *Service) PushObservations(ctx context.Context, actor Actor, rows []ObservationRow) (PushResult[ObservationDocument], error) {
	return observationDrafts().push(ctx, s, actor, rows)
}

func observationDrafts() draftKind[Observation, PushedObservation, ObservationDocument] {
	return draftKind[Observation, PushedObservation, ObservationDocument]{
		name: CollectionObservation, counted: "observations", rules: observationRules,
		blank: func(id, of ID) Observation { return Observation{ID: id, InspectionID: of} },
		masters: func(ctx context.Context, tx Tx, of ID, ids []ID) ([]Observation, error) {
			byID, err := tx.ObservationsByID(ctx, of, ids)
			return slices.Collect(maps.Values(byID)), err
		},
		versions: func(ctx context.Context, tx Tx, of ID, ids []ID) ([]Observation, error) {
			return tx.ObservationVersions(ctx, of, ids)
		},
		save: func(ctx context.Context, tx Tx, versions []Observation) error {
			return tx.SaveObservations(ctx, versions)
		},
		whole:   places.noted,
		follows: func(places, Observation, *Observation, *draftEdit) Problems { return nil },
		told:    func(o Observation) ObservationDocument { return ObservationDocument{Observation: o} },
		gone:    func(t Tombstone) ObservationDocument { return ObservationDocument{Gone: &t} },
	}
}
