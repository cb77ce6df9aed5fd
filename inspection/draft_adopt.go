package inspection

import (
	"context"
	"fmt"
	"slices"
)

// AdoptInput turns one draft into deficiencies.
type AdoptInput struct {
	RequirementID ID
	// Codes are the lines breached, each of which makes a deficiency. Empty takes the requirement's
	// line if it has just one, else makes one deficiency without a code.
	Codes []string
	// Text replaces the draft's own, unless it is empty.
	Text string
	// ResponsibleParty defaults to the facility.
	ResponsibleParty Party
	Likelihood       Likelihood
	Spread           Spread
	// CorrectionNote is required where the answer's correction is partial or refused.
	CorrectionNote  string
	ImmediateThreat bool
}

// AdoptDrafts turns drafts into deficiencies, all or none, and returns them in the order of the
// request. Adopting the same again changes nothing: the ids follow from inspection, requirement and
// code. An item that is not DOES_NOT_MEET, or has a deficiency that no draft made, is refused.
func (s *Service) AdoptDrafts(ctx context.Context, actor Actor, id ID, inputs []AdoptInput) ([]Finding, error) {
	if err := checkAdoption(inputs); err != nil {
		return nil, err
	}
	var adopted []Finding
	_, err := s.change(ctx, actor, id, step{action: RecordFinding, states: []State{InProgress}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			known, err := tx.Findings(ctx, id)
			if err != nil {
				return err
			}
			places, err := placesOf(ctx, tx, i)
			if err != nil {
				return err
			}
			m, err := memoryOf(ctx, tx, i)
			if err != nil {
				return err
			}
			answers, err := tx.AnswersByID(ctx, id, answerIDs(id, inputs))
			if err != nil {
				return err
			}
			a := adoption{inspection: id, memory: m, answers: answers, known: known, covered: m.covered(known)}
			for n, in := range inputs {
				if err := a.add(fmt.Sprintf("input.drafts.%d", n), in); err != nil {
					return err
				}
			}
			recorded, err := s.recordFindings(ctx, tx, i, actor, places, known, a.inputs, detail)
			adopted = a.inOrder(recorded)
			return s.withHistory(ctx, tx, i, &adopted, err)
		})
	return adopted, err
}

func checkAdoption(inputs []AdoptInput) error {
	if len(inputs) == 0 || len(inputs) > mostAnswers {
		return Refuse(Invalid, "input.drafts", "adopt 1 to %d drafts at a time", mostAnswers)
	}
	var ps Problems
	seen := map[ID]bool{}
	for n, in := range inputs {
		path := fmt.Sprintf("input.drafts.%d", n)
		if seen[in.RequirementID] {
			ps = append(ps, newProblem(Invalid, path+".requirementId", "the requirement stands twice in this request; name all its codes at once"))
		}
		seen[in.RequirementID] = true
		for k, code := range in.Codes {
			if slices.Contains(in.Codes[:k], code) {
				ps = append(ps, newProblem(Invalid, fmt.Sprintf("%s.codes.%d", path, k), "the code stands twice; name it once"))
			}
		}
	}
	return refusal(ps)
}

func answerIDs(inspection ID, inputs []AdoptInput) []ID {
	ids := make([]ID, len(inputs))
	for n, in := range inputs {
		ids[n] = AnswerID(inspection, in.RequirementID)
	}
	return ids
}

// adoption gathers what a request's drafts come to.
type adoption struct {
	memory
	inspection ID
	answers    map[ID]Answer
	known      []Finding
	covered    map[ID]bool
	order      []ID // of the deficiencies asked for
	inputs     []FindingInput
}

// add adds the deficiencies of one draft, leaving out those that are there.
func (a *adoption) add(path string, in AdoptInput) error {
	answer, exists := a.answers[AnswerID(a.inspection, in.RequirementID)]
	if !exists {
		return Refuse(NotFound, path+".requirementId", "the checklist has no item for this requirement")
	}
	r := a.requirements[in.RequirementID]
	codes, err := draftCodes(path, r, in.Codes)
	if err != nil {
		return err
	}
	var missing []FindingInput
	for _, code := range codes {
		id, there := a.find(r.ID, code)
		a.order = append(a.order, id)
		if !there {
			missing = append(missing, a.input(id, code, answer, r, in))
		}
	}
	switch {
	case len(missing) == 0:
		return nil
	case answer.Rating != DoesNotMeet:
		return Refuse(Conflict, path+".requirementId", "item %s is rated %s; a draft follows from DOES_NOT_MEET", r.Key, answer.Rating)
	case a.covered[r.ID] && len(missing) == len(codes):
		return Refuse(Conflict, path+".requirementId", "item %s has a deficiency already; record another by recordFindings", r.Key)
	}
	a.inputs = append(a.inputs, missing...)
	return at(checkFindings(missing), path)
}

// draftCodes are the codes to record, "" for one deficiency without a code.
func draftCodes(path string, r *Requirement, wanted []string) ([]string, error) {
	for n, code := range wanted {
		if !slices.Contains(r.Lines, code) {
			return nil, Refuse(Invalid, fmt.Sprintf("%s.codes.%d", path, n), "%s is no line of item %s in the bound edition", code, r.Key)
		}
	}
	switch {
	case len(wanted) > 0:
		return wanted, nil
	case len(r.Lines) == 1:
		return r.Lines, nil
	}
	return []string{""}, nil
}

// find returns the id under which the deficiency stands, or the first that nothing was taken back
// under.
func (a *adoption) find(requirement ID, code string) (id ID, there bool) {
	for turn := 0; ; turn++ {
		id := draftID(a.inspection, requirement, code, turn)
		f, exists := findingIn(a.known, id)
		if !exists || f.RemovedAt == nil {
			return id, exists
		}
	}
}

func (a *adoption) input(id ID, code string, answer Answer, r *Requirement, in AdoptInput) FindingInput {
	text := in.Text
	if text == "" {
		text, _ = draftText(answer, r)
	}
	return FindingInput{ID: id, Kind: Deficiency, StandardID: &answer.StandardID, RequirementID: &r.ID, Code: code, Text: text,
		ResponsibleParty: in.ResponsibleParty, CorrectedOnSite: answer.CorrectedOnSite, CorrectionNote: in.CorrectionNote,
		Likelihood: in.Likelihood, Spread: in.Spread, ImmediateThreat: in.ImmediateThreat}
}

// inOrder returns the deficiencies asked for, those recorded now and those that were there.
func (a *adoption) inOrder(recorded []Finding) []Finding {
	all := make([]Finding, 0, len(a.order))
	for _, id := range a.order {
		f, now := findingIn(recorded, id)
		if !now {
			f, _ = findingIn(a.known, id)
		}
		all = append(all, f)
	}
	return all
}
