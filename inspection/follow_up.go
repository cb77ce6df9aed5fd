package inspection

import (
	"context"
	"slices"
	"time"
)

// FollowUp is what a follow-up inspection of a facility has to look at again, and why.
type FollowUp struct {
	// LastInspectionID and LastEndedOn are the facility's last issued inspection of the origin; nil
	// and zero if there is none.
	LastInspectionID *ID
	LastEndedOn      time.Time
	Standards        []FollowUpStandard
}

// FollowUpStandard is a standard to look at again.
type FollowUpStandard struct {
	// StandardID is the standard in the follow-up's own edition, found by number, else by code; nil if
	// that edition has none with requirements, so that the standard must be bound to another edition.
	StandardID *ID
	// Number, Code and Title are as the inspection that found it deficient has them; for a source's key
	// that is no known standard, Code is that key and the others are empty.
	Number  string
	Code    string
	Title   string
	Reasons []ScopeReason
	// Deficiencies is how many the last issued inspection found, OpenActions how many corrective
	// actions of any issued inspection are not settled, OpenSince when the oldest of them was opened.
	Deficiencies int
	OpenActions  int
	OpenSince    *time.Time
}

// PastDeficiency is a deficiency of an issued inspection with where its correction stands.
type PastDeficiency struct {
	InspectionID ID
	EndedOn      time.Time
	// FindingID is the zero id in the one row of an inspection that found no deficiency.
	FindingID ID
	// Number, Code and Title are the standard's; Code alone is a source's key that is no known standard.
	Number   string
	Code     string
	Title    string
	State    ActionState
	OpenedAt time.Time
}

type followUpTx interface {
	// PastDeficiencies loads the standing deficiencies of the facility's issued inspections of the
	// origin, the newest inspection first, with where their actions stand at the given moment.
	PastDeficiencies(ctx context.Context, facility ID, origin Origin, at time.Time) ([]PastDeficiency, error)
}

// FollowUpScope returns what a follow-up of the facility under the edition would look at again: the
// standards found deficient at its last issued inspection of the origin, and those with unsettled
// corrective actions of any. It is what planning a follow-up binds.
func (s *Service) FollowUpScope(ctx context.Context, actor Actor, facility, edition ID, origin Origin) (FollowUp, error) {
	var f FollowUp
	if err := Allow(actor, PlanInspection, Subject{}); err != nil {
		return f, err
	}
	err := s.store.View(ctx, actor, func(tx Tx) error {
		if _, err := tx.Facility(ctx, facility); err != nil {
			return at(err, "facilityId")
		}
		e, err := tx.Edition(ctx, edition)
		if err != nil {
			return at(err, "editionId")
		}
		past, err := tx.PastDeficiencies(ctx, facility, origin, s.now())
		f = followUpOf(past, e)
		return err
	})
	return f, err
}

// followUpOf gathers past deficiencies by standard, in the order of the edition; what the edition
// lacks comes last. A withdrawn deficiency was none.
func followUpOf(past []PastDeficiency, e *Edition) FollowUp {
	var f FollowUp
	if len(past) > 0 {
		f.LastInspectionID, f.LastEndedOn = &past[0].InspectionID, past[0].EndedOn
	}
	for _, d := range past {
		last := d.InspectionID == past[0].InspectionID
		open := d.State != "" && !d.State.Settled()
		if d.FindingID == (ID{}) || d.State == ActionWithdrawn || !last && !open {
			continue
		}
		st := f.standard(d, e)
		if last {
			st.Deficiencies++
			st.because(FoundDeficient)
		}
		if open {
			st.OpenActions++
			st.because(ActionUnsettled)
			if st.OpenSince == nil || d.OpenedAt.Before(*st.OpenSince) {
				st.OpenSince = &d.OpenedAt
			}
		}
	}
	order := map[ID]int{}
	for n, st := range e.Standards() {
		order[st.ID] = n - len(e.Standards())
	}
	slices.SortStableFunc(f.Standards, func(a, b FollowUpStandard) int { return a.place(order) - b.place(order) })
	return f
}

func (st FollowUpStandard) place(order map[ID]int) int {
	if st.StandardID == nil {
		return 0
	}
	return order[*st.StandardID]
}

func (st *FollowUpStandard) because(r ScopeReason) {
	if !slices.Contains(st.Reasons, r) {
		st.Reasons = append(st.Reasons, r)
		slices.Sort(st.Reasons)
	}
}

// standard returns the entry for a deficiency's standard, a new one if need be. Deficiencies of
// several editions meet in the standard of the follow-up's own.
func (f *FollowUp) standard(d PastDeficiency, e *Edition) *FollowUpStandard {
	var of *ID
	if own := e.counterpart(d.Number, d.Code); own != nil && len(own.Requirements) > 0 {
		of = &own.ID
	}
	n := slices.IndexFunc(f.Standards, func(st FollowUpStandard) bool {
		if of != nil {
			return sameValue(st.StandardID, of)
		}
		return st.StandardID == nil && st.Number == d.Number && st.Code == d.Code
	})
	if n < 0 {
		n = len(f.Standards)
		f.Standards = append(f.Standards, FollowUpStandard{StandardID: of, Number: d.Number, Code: d.Code, Title: d.Title})
	}
	return &f.Standards[n]
}

// counterpart is the edition's standard of the same number, else of the same code, nil if it has
// neither. Editions share the numbers of PBNDS 2011 by crosswalk.
func (e *Edition) counterpart(number, code string) *Standard {
	for _, st := range e.Standards() {
		if number != "" && st.Number == number {
			return st
		}
	}
	return e.coded(code)
}

// followUpScope picks what a follow-up must look at again from the plan's own edition. With nothing
// to follow up and no standard named, the plan is refused.
func followUpScope(ctx context.Context, tx Tx, in PlanInput, e *Edition, now time.Time) (intake, error) {
	past, err := tx.PastDeficiencies(ctx, in.FacilityID, in.Origin, now)
	if err != nil {
		return nil, err
	}
	found := intake{}
	for _, st := range followUpOf(past, e).Standards {
		if st.StandardID != nil {
			found[*st.StandardID] = st.Reasons
		}
	}
	if len(found) == 0 && len(in.StandardIDs) == 0 && len(in.Also) == 0 {
		return nil, Refuse(Unmet, "input.scope", "there is nothing to follow up under edition %s: no standard of it was found deficient at the last issued inspection, and no corrective action is open; name the standards to look at, or plan another scope", e.Key)
	}
	return found, nil
}
