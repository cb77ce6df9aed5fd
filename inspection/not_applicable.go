package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// NotApplicableBasis is on what an answer NOT_APPLICABLE rests that an inspector confirmed as
// proposed: on a group of which the roster counted nobody, or on the facility's type.
type NotApplicableBasis struct {
	InspectionID ID
	AnswerID     ID
	// Revision is the answer's revision that was confirmed; a later one rests on itself.
	Revision int
	// Group and Version name the group and the population's version; empty and 0 where the answer
	// rests on the facility's type.
	Group   PopulationGroup
	Version int
}

// ProposalState is where a proposal stands.
type ProposalState string

const (
	// Proposed: nobody has rated the item yet.
	Proposed ProposalState = "PROPOSED"
	// Confirmed: an inspector confirmed it.
	Confirmed ProposalState = "CONFIRMED"
	// Contradicted: it was confirmed, and the newest roster counts people of the group.
	Contradicted ProposalState = "CONTRADICTED"
	// Answered: somebody rated the item on their own, NOT_APPLICABLE or otherwise; that stands.
	Answered ProposalState = "ANSWERED"
)

// NotApplicableProposal is an item that seems not to apply here, and why.
type NotApplicableProposal struct {
	Requirement *Requirement
	AnswerID    ID
	State       ProposalState
	// Group is the group that nobody is held of; empty where the requirement holds for dedicated
	// facilities only.
	Group PopulationGroup
	// Reason is what the answer will say on confirmation, or says.
	Reason string
}

// GroupGiven is the group, nil if the proposal rests on the facility's type.
func (p NotApplicableProposal) GroupGiven() *PopulationGroup {
	if p.Group == "" {
		return nil
	}
	return &p.Group
}

// NotApplicableProposals are what of an inspection's checklist seems not to apply at the facility.
type NotApplicableProposals struct {
	// Population is the newest version of the counts, nil if none was entered: then no requirement is
	// proposed for want of a population, whatever a list says of the facility.
	Population *Population
	Proposals  []NotApplicableProposal
	// Uncounted are groups that requirements of the checklist concern and the roster does not count.
	Uncounted []PopulationGroup
}

// applicability is what the proposals of an inspection follow from.
type applicability struct {
	facility    *FacilityView
	populations []Population
	bases       map[ID]NotApplicableBasis // by answer, of the present revisions
	c           catalogue
}

func applicabilityOf(ctx context.Context, tx Tx, i *Inspection) (applicability, error) {
	a := applicability{bases: map[ID]NotApplicableBasis{}}
	var err error
	if a.facility, err = tx.Facility(ctx, i.FacilityID); err != nil {
		return a, err
	}
	if a.populations, err = tx.Populations(ctx, i.ID); err != nil {
		return a, err
	}
	bases, err := tx.NotApplicableBases(ctx, i.ID)
	if err != nil {
		return a, err
	}
	for _, b := range bases {
		a.bases[b.AnswerID] = b
	}
	a.c, err = catalogueOf(ctx, tx, i)
	return a, err
}

// newest is the newest version of the counts, nil if there is none.
func (a applicability) newest() *Population {
	if len(a.populations) == 0 {
		return nil
	}
	return &a.populations[0]
}

// reason says why a requirement seems not to apply here, and the group that nobody is held of if that
// is why; empty if nothing suggests it.
func (a applicability) reason(r *Requirement) (string, PopulationGroup) {
	if group, p := r.PopulationGroup(), a.newest(); group != "" && p != nil {
		if n, counted := p.Counts[group]; counted && n == 0 {
			return fmt.Sprintf("No %s held: %s as of %s counts 0.", group.words(), p.Source.words(), p.AsOf.Format(time.RFC3339)), group
		}
	}
	if r.Applies == AppliesDedicated && a.facility.Type.undedicated() {
		return fmt.Sprintf("Holds for SPCs, CDFs and dedicated IGSAs only; the facility is of type %s%s.", a.facility.Type, asOf(a.facility.FactsAsOf)), ""
	}
	return "", ""
}

func asOf(facts time.Time) string {
	if facts.IsZero() {
		return ""
	}
	return " as of " + facts.Format(time.DateOnly)
}

func (g PopulationGroup) words() string {
	return strings.ToLower(strings.ReplaceAll(string(g), "_", " "))
}

// undedicated reports whether places of the type are known to hold others than ICE's detainees.
func (t FacilityType) undedicated() bool {
	return slices.Contains([]FacilityType{TypeIGSA, TypeUSMSIGA, TypeUSMSCDF, TypeBOP, TypeState}, t)
}

// proposal is what a checklist's answer seems to be; false if nothing suggests that it does not apply.
func (a applicability) proposal(answer Answer) (NotApplicableProposal, bool) {
	r := a.c.requirements[answer.RequirementID]
	reason, group := a.reason(r)
	p := NotApplicableProposal{Requirement: r, AnswerID: answer.ID, Group: group, Reason: reason, State: Answered}
	basis, confirmed := a.bases[answer.ID]
	switch {
	case confirmed && a.contradicts(basis):
		p.State, p.Group, p.Reason = Contradicted, basis.Group, answer.Reason
	case confirmed:
		p.State, p.Group, p.Reason = Confirmed, basis.Group, answer.Reason
	case reason == "":
		return p, false
	case answer.Rating == NotReviewed:
		p.State = Proposed
	}
	return p, true
}

// contradicts reports whether the newest roster counts people of the group that a confirmed answer
// says nobody is held of.
func (a applicability) contradicts(b NotApplicableBasis) bool {
	p := a.newest()
	return b.Group != "" && p != nil && p.Counts[b.Group] > 0
}

// NotApplicableProposals lists what of a loaded inspection's checklist seems not to apply.
func (s *Service) NotApplicableProposals(ctx context.Context, actor Actor, i *Inspection) (NotApplicableProposals, error) {
	var all NotApplicableProposals
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) error {
		a, err := applicabilityOf(ctx, tx, i)
		if err != nil {
			return err
		}
		answers, err := tx.Answers(ctx, i.ID)
		if err != nil {
			return err
		}
		all = a.proposals(answers)
		return nil
	})
	return all, err
}

func (a applicability) proposals(answers []Answer) NotApplicableProposals {
	all := NotApplicableProposals{Population: a.newest()}
	concerned := map[PopulationGroup]bool{}
	for _, answer := range answers {
		if p, seems := a.proposal(answer); seems {
			all.Proposals = append(all.Proposals, p)
		}
		concerned[a.c.requirements[answer.RequirementID].PopulationGroup()] = true
	}
	for _, group := range PopulationGroups() {
		counted := false
		if all.Population != nil {
			_, counted = all.Population.Counts[group]
		}
		if concerned[group] && !counted {
			all.Uncounted = append(all.Uncounted, group)
		}
	}
	return all
}

// ConfirmNotApplicable records NOT_APPLICABLE for proposed items, all or none. The answers' reason
// names what they rest on, roster and time; the inspector may add to it. Confirming again what was
// confirmed on the same roster changes nothing.
func (s *Service) ConfirmNotApplicable(ctx context.Context, actor Actor, id ID, requirements []ID, more string, deviceTime time.Time) ([]Answer, error) {
	if len(requirements) == 0 || len(requirements) > mostAnswers {
		return nil, Refuse(Invalid, "input.requirementIds", "confirm 1 to %d items at a time", mostAnswers)
	}
	if ps := checkText("input.reason", more, mostText/2); len(ps) > 0 {
		return nil, ps
	}
	var recorded []Answer
	_, err := s.change(ctx, actor, id, step{action: RecordAnswer, states: []State{InProgress}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			a, err := applicabilityOf(ctx, tx, i)
			if err != nil {
				return err
			}
			inputs, err := a.confirmation(ctx, tx, i, requirements, strings.TrimSpace(more))
			if err != nil {
				return err
			}
			for n := range inputs {
				inputs[n].DeviceTime = deviceTime
			}
			if err := checkAnswers(inputs); err != nil {
				return err
			}
			if recorded, err = s.record(ctx, tx, i, actor, inputs, detail); err != nil {
				return err
			}
			return tx.SaveNotApplicableBases(ctx, a.basesOf(recorded))
		})
	return recorded, err
}

// confirmation makes the answers of proposed items.
func (a applicability) confirmation(ctx context.Context, tx Tx, i *Inspection, requirements []ID, more string) ([]AnswerInput, error) {
	ids := make([]ID, len(requirements))
	for n, r := range requirements {
		ids[n] = AnswerID(i.ID, r)
	}
	masters, err := tx.AnswersByID(ctx, i.ID, ids)
	if err != nil {
		return nil, err
	}
	var ps Problems
	inputs := make([]AnswerInput, len(requirements))
	for n, r := range requirements {
		path := fmt.Sprintf("input.requirementIds.%d", n)
		master, there := masters[ids[n]]
		if !there {
			ps = append(ps, newProblem(NotFound, path, "the checklist has no item for this requirement"))
			continue
		}
		proposal, _ := a.proposal(master)
		inputs[n] = AnswerInput{RequirementID: r, Revision: master.Revision, Rating: NotApplicable, CorrectedOnSite: NotCorrected,
			Remarks: master.Remarks, Reason: strings.TrimSpace(proposal.Reason + " " + more)}
		switch proposal.State {
		case Proposed:
			continue
		case Confirmed:
			inputs[n].Reason = master.Reason
			continue
		}
		why := "nothing suggests that it does not apply here"
		if proposal.Reason != "" {
			why = fmt.Sprintf("it is rated %s already", master.Rating)
		}
		if proposal.State == Contradicted {
			why = "the newest roster counts people of the group"
		}
		ps = append(ps, Problem{Code: Conflict, Path: strings.Split(path, "."), Subject: master.ID,
			Message: fmt.Sprintf("item %s: %s; answer the item itself", a.c.requirements[r].Key, why)})
	}
	return inputs, refusal(ps)
}

// basesOf says on what the recorded answers rest that are not known to rest on anything yet.
func (a applicability) basesOf(recorded []Answer) []NotApplicableBasis {
	var bases []NotApplicableBasis
	for _, answer := range recorded {
		if _, known := a.bases[answer.ID]; known || answer.Rating != NotApplicable {
			continue
		}
		b := NotApplicableBasis{InspectionID: answer.InspectionID, AnswerID: answer.ID, Revision: answer.Revision}
		if _, b.Group = a.reason(a.c.requirements[answer.RequirementID]); b.Group != "" {
			b.Version = a.newest().Version
		}
		bases = append(bases, b)
	}
	return bases
}

// contradictions are the confirmed answers that the newest roster contradicts, as gaps. It needs no
// facility: only what rests on a population can be contradicted.
func contradictions(ctx context.Context, tx Tx, i *Inspection, key map[ID]string) (Problems, error) {
	populations, err := tx.Populations(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	bases, err := tx.NotApplicableBases(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	a := applicability{populations: populations}
	var gaps Problems
	for _, b := range bases {
		if p := a.newest(); a.contradicts(b) {
			gaps = append(gaps, Problem{Code: Unmet, Subject: b.AnswerID, Message: fmt.Sprintf("item %s: NOT_APPLICABLE was confirmed because no %s were held; %s as of %s counts %d: answer it again",
				key[b.AnswerID], b.Group.words(), p.Source.words(), p.AsOf.Format(time.RFC3339), p.Counts[b.Group])})
		}
	}
	return gaps, nil
}
