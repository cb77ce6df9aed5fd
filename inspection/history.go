package inspection

import "context"

// priorVisits is of how many inspections an inspector is shown the findings.
const priorVisits = 5

// PriorFinding is an earlier deficiency as the inspector of the next visit needs it.
type PriorFinding struct {
	PriorDeficiency
	// ItemID is the requirement of this inspection's scope that asks for the same, nil if there is none
	// or more than one.
	ItemID *ID
}

// CitationLabel is the citation as it is shown: marked unconfirmed unless it was confirmed.
func (p PriorDeficiency) CitationLabel() string {
	return citationLabel(p.Citation, p.CitationConfirmed)
}

// ActionStateGiven is where the corrective action stands, nil if there is none.
func (p PriorDeficiency) ActionStateGiven() *ActionState { return unlessEmpty(p.ActionState) }

// PriorFindings returns the deficiencies that the facility's last five issued inspections with any
// found, the newest first, for those who may see fieldwork.
func (s *Service) PriorFindings(ctx context.Context, actor Actor, i *Inspection) ([]PriorFinding, error) {
	var prior []PriorFinding
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) error {
		m, err := memoryOf(ctx, tx, i)
		if err != nil {
			return err
		}
		past, err := tx.PriorDeficiencies(ctx, s.before(i))
		for _, p := range lastVisits(past) {
			requirement, _ := m.place(i, p)
			prior = append(prior, PriorFinding{p, requirement})
		}
		return err
	})
	return prior, err
}

// lastVisits are the deficiencies of the last inspections with any, the newest first; past is in the
// order of PriorDeficiencies.
func lastVisits(past []PriorDeficiency) []PriorDeficiency {
	var last []PriorDeficiency
	visits := map[ID]bool{}
	for n := len(past) - 1; n >= 0; n-- {
		if visits[past[n].InspectionID] = true; len(visits) > priorVisits {
			break
		}
		last = append(last, past[n])
	}
	return last
}
