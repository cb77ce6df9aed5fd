package inspection

import "context"

// OutOfScope is a standard of the edition an inspection was planned under that the inspection does
// not review. That never means that the facility complies with it.
type OutOfScope struct {
	Standard *Standard
	Why      OutOfScopeReason
	// Rating is always NOT_REVIEWED.
	Rating Rating
}

// OutOfScopeReason says why a standard is not reviewed.
type OutOfScopeReason string

const (
	// NotPlanned: the plan left it out.
	NotPlanned OutOfScopeReason = "NOT_PLANNED"
	// NothingKnown: the edition knows no requirement of it, so that there is nothing to check it by.
	NothingKnown OutOfScopeReason = "NO_REQUIREMENTS"
	// OtherEdition: a mixed visit checks the standard of that number or code by another edition.
	OtherEdition OutOfScopeReason = "OTHER_EDITION"
)

// OutOfScope lists what of the edition that a loaded inspection was planned under is not reviewed.
func (s *Service) OutOfScope(ctx context.Context, actor Actor, i *Inspection) ([]OutOfScope, error) {
	var out []OutOfScope
	err := s.lookAt(ctx, actor, i, ReadInspection, func(tx Tx) (err error) {
		out, err = outOfScope(ctx, tx, i)
		return err
	})
	return out, err
}

func outOfScope(ctx context.Context, tx Tx, i *Inspection) ([]OutOfScope, error) {
	if i.EditionID == (ID{}) {
		return nil, nil
	}
	own, err := tx.Edition(ctx, i.EditionID)
	if err != nil {
		return nil, err
	}
	elsewhere := map[ID]bool{}
	for _, id := range i.EditionIDs() {
		e, err := tx.Edition(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, st := range e.Standards() {
			if id == own.ID || i.Standard(st.ID) == nil {
				continue
			}
			for _, twin := range own.twins(st) {
				elsewhere[twin.ID] = true
			}
		}
	}
	var out []OutOfScope
	for _, st := range own.Standards() {
		if i.Standard(st.ID) != nil {
			continue
		}
		o := OutOfScope{Standard: st, Why: NotPlanned, Rating: NotReviewed}
		switch {
		case elsewhere[st.ID]:
			o.Why = OtherEdition
		case len(st.Requirements) == 0:
			o.Why = NothingKnown
		}
		out = append(out, o)
	}
	return out, nil
}
