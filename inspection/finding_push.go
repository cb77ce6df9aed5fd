package inspection

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"plumbline/inspection/sync"
)

// PushedFinding is a finding as a tablet states it. What is nil is not stated, and stays as it is; an
// empty text clears.
type PushedFinding struct {
	ID               string  `json:"id"`
	InspectionID     string  `json:"inspectionId"`
	Kind             *string `json:"kind,omitempty"`
	StandardID       *string `json:"standardId,omitempty"`
	StandardText     *string `json:"standardText,omitempty"`
	RequirementID    *string `json:"requirementId,omitempty"`
	Code             *string `json:"code,omitempty"`
	Text             *string `json:"text,omitempty"`
	ResponsibleParty *string `json:"responsibleParty,omitempty"`
	Priority         *bool   `json:"priority,omitempty"`
	Repeat           *bool   `json:"repeat,omitempty"`
	CorrectedOnSite  *string `json:"correctedOnSite,omitempty"`
	CorrectionNote   *string `json:"correctionNote,omitempty"`
	Condition        *string `json:"condition,omitempty"`
	Likelihood       *string `json:"likelihood,omitempty"`
	Spread           *string `json:"spread,omitempty"`
	ImmediateThreat  *bool   `json:"immediateThreat,omitempty"`
	RemovedReason    *string `json:"removedReason,omitempty"`
	DeviceTime       *string `json:"deviceTime,omitempty"`
	Deleted          bool    `json:"deleted,omitempty"`
	// Revision is that of the server's state which the tablet made this of.
	Revision int `json:"-"`
}

// FindingRow is a finding pushed.
type FindingRow = DraftRow[PushedFinding]

func (p PushedFinding) head() draftHead {
	return draftHead{p.ID, p.InspectionID, p.Text, p.DeviceTime, p.Deleted, p.Revision}
}

// fields are the fields that are stated. Whether it is deleted always is.
func (p PushedFinding) fields() sync.Fields {
	var stated sync.Fields
	for n, is := range []bool{p.Kind != nil, p.StandardID != nil, p.StandardText != nil, p.RequirementID != nil, p.Code != nil, p.Text != nil,
		p.ResponsibleParty != nil, p.Priority != nil, p.Repeat != nil, p.CorrectedOnSite != nil, p.CorrectionNote != nil, p.Condition != nil,
		p.Likelihood != nil || p.Spread != nil, p.ImmediateThreat != nil, true} {
		if is {
			stated = stated.With(n)
		}
	}
	return stated
}

// over returns the finding with what is stated of it.
func (p PushedFinding) over(f Finding, now time.Time) (Finding, Problems) {
	var ps, problems Problems
	f.StandardID, problems = statedID("standardId", p.StandardID, f.StandardID)
	ps = append(ps, problems...)
	f.RequirementID, problems = statedID("requirementId", p.RequirementID, f.RequirementID)
	ps = append(ps, problems...)
	ps = append(ps, stateWord("kind", &f.Kind, p.Kind, []FindingKind{Deficiency, AreaOfConcern, Note, BestPractice})...)
	ps = append(ps, stateWord("responsibleParty", &f.ResponsibleParty, p.ResponsibleParty, []Party{PartyFacility, PartyERO, PartyHealthProvider})...)
	ps = append(ps, stateWord("correctedOnSite", &f.CorrectedOnSite, p.CorrectedOnSite, Corrections())...)
	ps = append(ps, stateWord("likelihood", &f.Likelihood, p.Likelihood, append(Likelihoods(), ""))...)
	ps = append(ps, stateWord("spread", &f.Spread, p.Spread, append(Spreads(), ""))...)
	for _, text := range []struct{ to, from *string }{{&f.StandardText, p.StandardText}, {&f.Code, p.Code}, {&f.Text, p.Text},
		{&f.CorrectionNote, p.CorrectionNote}, {&f.Condition, p.Condition}} {
		if text.from != nil {
			*text.to = strings.TrimSpace(*text.from)
		}
	}
	for _, is := range []struct{ to, from *bool }{{&f.PriorityDeclared, p.Priority}, {&f.RepeatDeclared, p.Repeat}, {&f.ImmediateThreat, p.ImmediateThreat}} {
		if is.from != nil {
			*is.to = *is.from
		}
	}
	switch {
	case !p.Deleted:
		f.RemovedAt, f.RemovedReason = nil, ""
	case f.RemovedAt == nil:
		f.RemovedAt, f.RemovedReason = &now, textOr(p.RemovedReason, "")
	}
	return f, ps
}

// agrees reports whether all that is stated is, its texts to the letter, what the finding says.
func (p PushedFinding) agrees(f Finding) bool {
	f.CorrectedOnSite = cmp.Or(f.CorrectedOnSite, NotCorrected) // as it is given out
	stated, _ := p.over(f, f.RevisedAt)
	return findingRules.Differ(stated.content(), f.content(), findingRules.All()) == 0 &&
		letters([]string{f.StandardText, f.Code, f.Text, f.CorrectionNote, f.Condition, f.RemovedReason},
			p.StandardText, p.Code, p.Text, p.CorrectionNote, p.Condition, p.RemovedReason)
}

// stateWord takes a word that is stated, if it is one of those known.
func stateWord[W ~string](field string, to *W, given *string, known []W) Problems {
	if given == nil {
		return nil
	}
	if !slices.Contains(known, W(*given)) {
		return Problems{newProblem(Invalid, field, "%s is none of %v", field, known)}
	}
	*to = W(*given)
	return nil
}

// PushFindings judges and records findings from a tablet, each on its own: at most 1,000, of any
// inspections. Per field, what nobody else changed is taken; where two people changed the same, the
// first stands and the other row is kept as refused, with Conflict. A row that is deleted takes the
// finding back, with its reason; one that was taken back comes back by no row.
func (s *Service) PushFindings(ctx context.Context, actor Actor, rows []FindingRow) (PushResult[FindingDocument], error) {
	return findingDrafts().push(ctx, s, actor, rows)
}

func findingDrafts() draftKind[Finding, PushedFinding, FindingDocument] {
	return draftKind[Finding, PushedFinding, FindingDocument]{
		name: CollectionFinding, counted: "findings", rules: findingRules, blank: blankFinding,
		masters: func(ctx context.Context, tx Tx, of ID, _ []ID) ([]Finding, error) { return tx.Findings(ctx, of) },
		versions: func(ctx context.Context, tx Tx, of ID, ids []ID) ([]Finding, error) {
			return tx.FindingVersions(ctx, of, ids)
		},
		save:    func(ctx context.Context, tx Tx, versions []Finding) error { return tx.SaveFindings(ctx, versions) },
		whole:   places.settled,
		follows: places.findingFollows,
		told:    func(f Finding) FindingDocument { return FindingDocument{Finding: f} },
		gone:    func(t Tombstone) FindingDocument { return FindingDocument{Gone: &t} },
	}
}

// findingFollows has a requirement that only followed from the line's code follow it where the row changes
// the code alone, and asks for the reason for which a finding is taken back.
func (p places) findingFollows(base Finding, edited *Finding, e *draftEdit) Problems {
	if edited.Code != base.Code && sameValue(edited.RequirementID, base.RequirementID) && p.follows(base) {
		edited.RequirementID, e.stated = nil, e.stated.With(findingRequirement)
	}
	if !e.removes {
		return nil
	}
	reason, err := reasonToRemove("removedReason", edited.RemovedReason)
	edited.RemovedReason = reason
	return ProblemsOf(err)
}
