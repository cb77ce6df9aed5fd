package inspection

import (
	"strconv"

	"plumbline/inspection/sync"
)

// findingRules are a finding's fields as they are compared and merged. Likelihood and spread are one
// judgement and go together. What Plumbline derives is none of them.
var findingRules = sync.Rules{
	{Name: "kind"},
	{Name: "standardId"},
	{Name: "standardText"},
	{Name: "requirementId"},
	{Name: "code"},
	{Name: "text"},
	{Name: "responsibleParty"},
	{Name: "priority"},
	{Name: "repeat"},
	{Name: "correctedOnSite"},
	{Name: "correctionNote"},
	{Name: "condition"},
	{Name: "likelihood"},
	{Name: "immediateThreat"},
	{Name: "deleted"},
}

// findingRequirement is the place of requirementId in findingRules.
const findingRequirement = 3

// content is what the finding says, in the order of findingRules.
func (f Finding) content() sync.Content {
	harm := ""
	if f.Likelihood != "" || f.Spread != "" {
		harm = string(f.Likelihood) + " " + string(f.Spread)
	}
	return sync.Content{string(f.Kind), idText(f.StandardID), f.StandardText, idText(f.RequirementID), f.Code, f.Text, string(f.ResponsibleParty),
		strconv.FormatBool(f.PriorityDeclared), strconv.FormatBool(f.RepeatDeclared), string(f.CorrectedOnSite), f.CorrectionNote, f.Condition,
		harm, strconv.FormatBool(f.ImmediateThreat), strconv.FormatBool(f.RemovedAt != nil)}
}

// withFields returns the finding with the given fields of another.
func (f Finding) withFields(g Finding, some sync.Fields) Finding {
	for n, set := range []func(){
		func() { f.Kind = g.Kind }, func() { f.StandardID = g.StandardID }, func() { f.StandardText = g.StandardText },
		func() { f.RequirementID = g.RequirementID }, func() { f.Code = g.Code }, func() { f.Text = g.Text },
		func() { f.ResponsibleParty = g.ResponsibleParty }, func() { f.PriorityDeclared = g.PriorityDeclared },
		func() { f.RepeatDeclared = g.RepeatDeclared }, func() { f.CorrectedOnSite = g.CorrectedOnSite },
		func() { f.CorrectionNote = g.CorrectionNote }, func() { f.Condition = g.Condition },
		func() { f.Likelihood, f.Spread = g.Likelihood, g.Spread }, func() { f.ImmediateThreat = g.ImmediateThreat },
		func() { f.RemovedAt, f.RemovedReason = g.RemovedAt, g.RemovedReason },
	} {
		if some.Has(n) {
			set()
		}
	}
	return f
}

// hands are whose each field of the finding is. Of findings recorded before that was kept, all is the
// newest version's.
func (f Finding) hands() []sync.Hand {
	newest := sync.Hand{By: f.RevisedBy, At: f.RevisedAt}
	return findingRules.Hands(f.Written.By, newest)
}

func (f Finding) kept() draftKept {
	return draftKept{id: f.ID, revision: f.Revision, seq: f.Seq, author: f.AuthorID, recordedAt: f.RecordedAt, revisedBy: f.RevisedBy,
		revisedAt: f.RevisedAt, written: f.Written, removed: f.RemovedAt != nil}
}

func (f Finding) withKept(k draftKept) Finding {
	f.Revision, f.Seq, f.Written = k.revision, k.seq, k.written
	f.AuthorID, f.RecordedAt, f.RevisedBy, f.RevisedAt = k.author, k.recordedAt, k.revisedBy, k.revisedAt
	return f
}

// blankFinding is what a finding is before anybody wrote it.
func blankFinding(id ID, inspection ID) Finding {
	return Finding{ID: id, InspectionID: inspection, ResponsibleParty: PartyFacility, CorrectedOnSite: NotCorrected}
}

// input is what the finding says, as its author would give it.
func (f Finding) input() FindingInput {
	return FindingInput{ID: f.ID, Revision: f.Revision, Kind: f.Kind, StandardID: f.StandardID, StandardText: f.StandardText, RequirementID: f.RequirementID,
		Code: f.Code, Text: f.Text, ResponsibleParty: f.ResponsibleParty, Priority: f.PriorityDeclared, Repeat: f.RepeatDeclared,
		CorrectedOnSite: f.CorrectedOnSite, CorrectionNote: f.CorrectionNote, Condition: f.Condition, Likelihood: f.Likelihood, Spread: f.Spread,
		ImmediateThreat: f.ImmediateThreat}
}

// settled is the finding with all that follows from what it says: place, line, citation, derived
// priority and severity. It is refused if what it says does not hold.
func (p places) settled(i *Inspection, f Finding) (Finding, error) {
	in := f.input()
	if err := refusal(in.check("")); err != nil {
		return f, err
	}
	whole, err := p.finding(i, "finding", in)
	if err != nil {
		return f, err
	}
	whole.RemovedAt, whole.RemovedReason, whole.Repeat = f.RemovedAt, f.RemovedReason, f.Repeat
	return whole.withKept(f.kept()), nil
}

// follows reports whether the finding's requirement is the one that its code's line rests on, so that
// it follows the code where nobody says otherwise.
func (p places) follows(f Finding) bool {
	if f.StandardID == nil || f.RequirementID == nil || p.standards[*f.StandardID] == nil {
		return false
	}
	of := p.standards[*f.StandardID].onLine(f.Code)
	return len(of) == 1 && of[0].ID == *f.RequirementID
}
