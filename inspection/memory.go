package inspection

import (
	"context"
	"errors"
	"slices"
	"time"
)

// memory is what an inspection's editions say of its findings, to compare them with earlier ones.
type memory struct {
	catalogue
	sets map[ID]string // the standards set's key, by standard
}

func memoryOf(ctx context.Context, tx Tx, i *Inspection) (memory, error) {
	c, err := catalogueOf(ctx, tx, i)
	m := memory{c, map[ID]string{}}
	if err != nil {
		return m, err
	}
	for _, bound := range c.editions {
		edition, err := tx.Edition(ctx, bound.ID)
		if err != nil {
			return m, err
		}
		for _, st := range edition.Standards() {
			m.sets[st.ID] = edition.Set
		}
	}
	return m, nil
}

// provision is what a finding of the inspection breaches.
func (m memory) provision(f Finding) Provision {
	var p Provision
	if f.StandardID != nil && m.standards[*f.StandardID] != nil {
		p.Set = m.sets[*f.StandardID]
		if f.LineID != nil {
			p.Line = m.standards[*f.StandardID].lineCode(f.Code)
		}
	}
	if f.RequirementID != nil && m.requirements[*f.RequirementID] != nil {
		p.Lineage = m.requirements[*f.RequirementID].Lineage
	}
	return p
}

// recall fills in what the facility's past makes of an inspection that is being issued: repeats,
// carried actions and trend.
func (s *Service) recall(ctx context.Context, tx Tx, i *Inspection, answers []Answer, doc *Frozen) error {
	m, err := memoryOf(ctx, tx, i)
	if err != nil {
		return err
	}
	past, err := tx.PriorDeficiencies(ctx, s.before(i))
	if err != nil {
		return err
	}
	last, err := tx.LastInspection(ctx, s.before(i), kindOf(i.Scope))
	if err != nil {
		return err
	}
	carried, err := tx.CarriedActions(ctx, i.ID, s.now())
	if err != nil {
		return err
	}
	doc.Findings = m.withRepeats(doc.Findings, past, i.PlannedEnd)
	for n := range doc.Findings {
		if doc.Findings[n].RepeatDerived != "" {
			doc.Findings[n].Seq = i.Reserve(1) // the change feed passes it on
		}
	}
	doc.Carried = m.withOutcomes(carried, past, answers, doc.Findings)
	doc.Trend = m.trend(i, last, answers, doc.Findings, past)
	return nil
}

// keepMemory keeps what recall found, before the inspection is frozen.
func (s *Service) keepMemory(ctx context.Context, tx Tx, actor Actor, i *Inspection, doc Frozen) error {
	var derived []Finding
	for _, f := range doc.Findings {
		if f.RepeatDerived != "" {
			derived = append(derived, f)
		}
	}
	if err := tx.SaveRepeats(ctx, derived); err != nil {
		return err
	}
	if err := s.settleCarried(ctx, tx, actor, i, doc.Carried); err != nil || doc.Trend == nil {
		return err
	}
	return tx.SaveTrend(ctx, i.ID, *doc.Trend)
}

// withHistory gives recorded findings what the facility's past makes of them, if they were recorded,
// or were there already.
func (s *Service) withHistory(ctx context.Context, tx Tx, i *Inspection, recorded *[]Finding, outcome error) error {
	if outcome != nil && !errors.Is(outcome, errUnchanged) {
		return outcome
	}
	m, err := memoryOf(ctx, tx, i)
	if err != nil {
		return err
	}
	past, err := tx.PriorDeficiencies(ctx, s.before(i))
	if err != nil {
		return err
	}
	*recorded = m.withRepeats(*recorded, past, i.PlannedEnd)
	return outcome
}

// withRepeats returns the findings with what the facility's past makes of each standing deficiency,
// as of the day.
func (m memory) withRepeats(fs []Finding, past []PriorDeficiency, day time.Time) []Finding {
	derived := slices.Clone(fs)
	for n := range derived {
		derived[n].Repeat = Repeat{}
		if derived[n].Standing() {
			derived[n].Repeat = repeatOf(m.provision(derived[n]), past, day)
		}
	}
	return derived
}

// place is where an earlier deficiency belongs in the inspection's scope: its item and its standard.
//
// The item is the earlier requirement itself, else the one of its line in the same standards set, else
// the one of the same lineage. Where several come into question there is no telling which, and where
// the scope has none there is no item: the requirement is nil. The standard is then the one of the
// earlier standard's number, nil if that is out of scope.
func (m memory) place(i *Inspection, prior PriorDeficiency) (requirement, standard *ID) {
	var own, onLine, related []place
	for _, scoped := range i.Standards {
		st := m.standards[scoped.StandardID]
		if st == nil {
			continue
		}
		if standard == nil && st.Number == prior.Standard {
			standard = &st.ID
		}
		for n := range st.Requirements {
			r := &st.Requirements[n]
			here := place{&r.ID, &st.ID}
			if prior.RequirementID != nil && *prior.RequirementID == r.ID {
				own = append(own, here)
			}
			if prior.Line != "" && prior.Set == m.sets[st.ID] && slices.Contains(r.Lines, prior.Line) {
				onLine = append(onLine, here)
			}
			if prior.Lineage != "" && prior.Lineage == r.Lineage {
				related = append(related, here)
			}
		}
	}
	for _, found := range [][]place{own, onLine, related} {
		if len(found) == 1 {
			return found[0].requirement, found[0].standard
		}
		if len(found) > 1 {
			return nil, found[0].standard
		}
	}
	return nil, standard
}

// place is a requirement within a standard.
type place struct{ requirement, standard *ID }
