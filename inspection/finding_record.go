package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// FindingInput is a finding as its author gives it.
type FindingInput struct {
	// ID is minted by the caller (UUIDv7), so that a retry makes no second finding.
	ID ID
	// Revision is the finding's revision the author saw, 0 for a new one.
	Revision      int
	Kind          FindingKind
	StandardID    *ID
	StandardText  string
	RequirementID *ID
	Code          string
	Text          string
	// ResponsibleParty defaults to the facility.
	ResponsibleParty Party
	Priority         bool
	Repeat           bool
	CorrectedOnSite  Correction
	// CorrectionNote is required of a partial or refused correction.
	CorrectionNote string
	// Condition is for an area of concern alone.
	Condition string
	// Likelihood and Spread are given both or neither.
	Likelihood      Likelihood
	Spread          Spread
	ImmediateThreat bool
}

// RecordFindings records or revises findings, all or none. The same content again changes nothing;
// a finding that was taken back is not revised.
//
// A code finds its line, and through it a requirement, only in the edition that the standard is
// bound to in this inspection. Without a known line a deficiency rests on its standard.
func (s *Service) RecordFindings(ctx context.Context, actor Actor, id ID, inputs []FindingInput) ([]Finding, error) {
	if len(inputs) == 0 || len(inputs) > mostAnswers {
		return nil, Refuse(Invalid, "input.findings", "send 1 to %d findings at a time", mostAnswers)
	}
	if err := checkFindings(inputs); err != nil {
		return nil, err
	}
	var recorded []Finding
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
			recorded, err = s.recordFindings(ctx, tx, i, actor, places, known, inputs, detail)
			return s.withHistory(ctx, tx, i, &recorded, err)
		})
	return recorded, err
}

// recordFindings records inputs whose form was checked, and returns what each comes to. It is
// errUnchanged if all of it is there already.
func (s *Service) recordFindings(ctx context.Context, tx Tx, i *Inspection, actor Actor, places places, known []Finding, inputs []FindingInput, detail map[string]any) ([]Finding, error) {
	var recorded, changed []Finding
	for n, in := range inputs {
		path := fmt.Sprintf("input.findings.%d", n)
		f, err := places.finding(i, path, in)
		if err != nil {
			return nil, err
		}
		f.RevisedBy, f.RevisedAt = actor.ID, s.now()
		f.AuthorID, f.RecordedAt = f.RevisedBy, f.RevisedAt
		old, exists := findingIn(known, in.ID)
		if exists && old.sameContent(f) {
			recorded = append(recorded, old)
			continue
		}
		if exists && old.RemovedAt != nil {
			return nil, Problems{{Code: Conflict, Path: strings.Split(path, "."), Subject: in.ID, Message: "the finding was taken back; record a new one"}}
		}
		if in.Revision != old.Revision {
			return nil, Problems{{Code: Stale, Path: strings.Split(path+".revision", "."), Subject: in.ID, Message: "the finding has changed since you read it: read it again"}}
		}
		if exists {
			// The first capture starts the clock of an immediate threat, and stays.
			f.AuthorID, f.RecordedAt = old.AuthorID, old.RecordedAt
		} else {
			old = blankFinding(f.ID, i.ID)
		}
		f.Written = writtenOver(findingRules, old, f, actor, time.Time{}, s.now())
		f.Revision, f.Seq = old.Revision+1, i.Reserve(1)
		changed = append(changed, f)
		recorded = append(recorded, f)
	}
	if len(changed) == 0 {
		return recorded, errUnchanged
	}
	detail["findings"] = len(changed)
	return recorded, tx.SaveFindings(ctx, changed)
}

// RemoveFinding takes a draft finding back, with a reason. It stays in the record and counts no more.
func (s *Service) RemoveFinding(ctx context.Context, actor Actor, id, finding ID, reason string) (Finding, error) {
	var removed Finding
	_, err := s.change(ctx, actor, id, step{action: RecordFinding, states: []State{InProgress}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			reason, err := reasonToRemove("input.reason", reason)
			if err != nil {
				return err
			}
			known, err := tx.Findings(ctx, id)
			if err != nil {
				return err
			}
			f, exists := findingIn(known, finding)
			if !exists {
				return Refuse(NotFound, "input.findingId", "the inspection has no such finding")
			}
			removed = f
			if f.RemovedAt != nil {
				return errUnchanged
			}
			now := s.now()
			f.RemovedAt, f.RemovedReason = &now, reason
			f.RevisedBy, f.RevisedAt = actor.ID, now
			f.Revision, f.Seq = f.Revision+1, i.Reserve(1)
			f.Written = writtenOver(findingRules, removed, f, actor, time.Time{}, now)
			removed = f
			detail["removed"] = f.ID
			return tx.SaveFindings(ctx, []Finding{f})
		})
	return removed, err
}

func reasonToRemove(path, reason string) (string, error) {
	return given(path, reason, "say why the finding is taken back")
}

func findingIn(fs []Finding, id ID) (Finding, bool) {
	n := slices.IndexFunc(fs, func(f Finding) bool { return f.ID == id })
	if n < 0 {
		return Finding{}, false
	}
	return fs[n], true
}

// sameContent reports whether two findings say the same, whoever wrote them.
func (f Finding) sameContent(g Finding) bool { return slices.Equal(f.content(), g.content()) }

// places finds standards, requirements and lines within an inspection's scope.
type places struct {
	standards    map[ID]*Standard
	editionOf    map[ID]ID
	requirements map[ID]*Requirement
	standardOf   map[ID]ID // of a requirement
}

func placesOf(ctx context.Context, tx Tx, i *Inspection) (places, error) {
	p := places{map[ID]*Standard{}, map[ID]ID{}, map[ID]*Requirement{}, map[ID]ID{}}
	for _, id := range i.EditionIDs() {
		edition, err := tx.Edition(ctx, id)
		if err != nil {
			return p, err
		}
		for _, st := range edition.Standards() {
			if i.Standard(st.ID) == nil {
				continue
			}
			p.add(st, edition.ID)
		}
	}
	return p, nil
}

func (p places) add(st *Standard, edition ID) {
	p.standards[st.ID], p.editionOf[st.ID] = st, edition
	for n := range st.Requirements {
		r := &st.Requirements[n]
		p.requirements[r.ID], p.standardOf[r.ID] = r, st.ID
	}
}

// finding makes a finding of the input: place, line, citation and derived priority.
func (p places) finding(i *Inspection, path string, in FindingInput) (Finding, error) {
	f := Finding{ID: in.ID, InspectionID: i.ID, Kind: in.Kind, StandardID: in.StandardID,
		StandardText: strings.TrimSpace(in.StandardText), RequirementID: in.RequirementID,
		Code: strings.TrimSpace(in.Code), Text: strings.TrimSpace(in.Text), ResponsibleParty: in.ResponsibleParty,
		PriorityDeclared: in.Priority, RepeatDeclared: in.Repeat, CorrectedOnSite: in.CorrectedOnSite,
		CorrectionNote: strings.TrimSpace(in.CorrectionNote), Condition: strings.TrimSpace(in.Condition), Likelihood: in.Likelihood,
		Spread: in.Spread, Severity: SeverityOf(in.Likelihood, in.Spread, in.ImmediateThreat), ImmediateThreat: in.ImmediateThreat}
	if f.ResponsibleParty == "" {
		f.ResponsibleParty = PartyFacility
	}
	if err := p.checkPlace(path, f); err != nil {
		return f, err
	}
	if f.RequirementID != nil && f.StandardID == nil {
		st := p.standardOf[*f.RequirementID]
		f.StandardID = &st
	}
	if err := p.rest(path, &f); err != nil {
		return f, err
	}
	return f, p.checkCode(i, path, f)
}

// checkFindings checks what needs no look at the inspection.
func checkFindings(inputs []FindingInput) error {
	var ps Problems
	seen := map[ID]bool{}
	for n, in := range inputs {
		path := fmt.Sprintf("input.findings.%d", n)
		if seen[in.ID] {
			ps = append(ps, newProblem(Invalid, path+".id", "the finding stands twice in this request; send it once"))
		}
		seen[in.ID] = true
		ps = append(ps, in.check(path)...)
	}
	return refusal(ps)
}

// check checks what needs no look at the inspection.
func (in FindingInput) check(path string) Problems {
	var ps Problems
	if in.ID == (ID{}) {
		ps = append(ps, newProblem(Invalid, path+".id", "give the finding an id (UUIDv7)"))
	}
	if in.Kind == "" {
		ps = append(ps, newProblem(Invalid, path+".kind", "say which kind of finding it is"))
	}
	if strings.TrimSpace(in.Text) == "" {
		ps = append(ps, newProblem(Invalid, path+".text", "describe the finding"))
	}
	ps = append(ps, checkText(path+".text", in.Text, mostText)...)
	ps = append(ps, checkText(path+".standardText", in.StandardText, mostWord)...)
	ps = append(ps, checkText(path+".code", in.Code, mostWord)...)
	return append(ps, in.checkJudgement(path)...)
}

// checkJudgement checks what the author says of a finding beside its text.
func (in FindingInput) checkJudgement(path string) Problems {
	ps := checkText(path+".correctionNote", in.CorrectionNote, mostText)
	ps = append(ps, checkText(path+".condition", in.Condition, mostText)...)
	if strings.TrimSpace(in.CorrectionNote) == "" {
		switch in.CorrectedOnSite {
		case CorrectedPartially:
			ps = append(ps, newProblem(Invalid, path+".correctionNote", "say what was put right and what was not"))
		case CorrectionRefused:
			ps = append(ps, newProblem(Invalid, path+".correctionNote", "say why the offered correction was refused"))
		}
	}
	if strings.TrimSpace(in.Condition) != "" && in.Kind != AreaOfConcern {
		ps = append(ps, newProblem(Invalid, path+".condition", "only an area of concern is conditional"))
	}
	switch {
	case (in.Likelihood == "") != (in.Spread == ""):
		ps = append(ps, newProblem(Invalid, path+".spread", "give likelihood and spread together, or neither"))
	case in.Likelihood != "" && (in.Kind == Note || in.Kind == BestPractice):
		ps = append(ps, newProblem(Invalid, path+".likelihood", "only a deficiency or an area of concern can do harm"))
	}
	return ps
}

// checkScope checks that what is named, if anything, is in scope and goes together.
func (p places) checkScope(path string, standard, requirement *ID) error {
	switch {
	case standard != nil && p.standards[*standard] == nil:
		return Refuse(Invalid, path+".standardId", "that standard is not in the inspection's scope")
	case requirement != nil && p.requirements[*requirement] == nil:
		return Refuse(Invalid, path+".requirementId", "that requirement is not in the inspection's scope")
	case standard != nil && requirement != nil && p.standardOf[*requirement] != *standard:
		return Refuse(Invalid, path+".requirementId", "that requirement belongs to another standard")
	}
	return nil
}

// checkPlace checks what the finding rests on.
func (p places) checkPlace(path string, f Finding) error {
	if err := p.checkScope(path, f.StandardID, f.RequirementID); err != nil {
		return err
	}
	switch {
	case f.Kind == Deficiency && f.StandardID == nil && f.RequirementID == nil && f.StandardText == "":
		return Refuse(Invalid, path+".standardId", "a deficiency rests on a requirement or a standard")
	case f.Kind != Deficiency && (f.PriorityDeclared || f.RepeatDeclared):
		return Refuse(Invalid, path+".kind", "only a deficiency is a priority or a repeat")
	}
	return nil
}

// rest settles what the finding rests on: the line its code names in the bound edition, the
// requirement of that line if it has just one, and the citation and priority of the requirement.
func (p places) rest(path string, f *Finding) error {
	if f.StandardID == nil {
		return nil
	}
	st := p.standards[*f.StandardID]
	of := st.onLine(f.Code)
	if len(of) > 0 {
		line := LineID(p.editionOf[st.ID], st.lineCode(f.Code))
		f.LineID = &line
	}
	if f.RequirementID == nil && len(of) == 1 {
		f.RequirementID = &of[0].ID
	}
	if f.RequirementID != nil && len(of) > 0 && !slices.Contains(of, p.requirements[*f.RequirementID]) {
		return Refuse(Invalid, path+".code", "line %s belongs to another requirement than the one named", f.Code)
	}
	if f.RequirementID != nil {
		r := p.requirements[*f.RequirementID]
		f.Citation, f.CitationConfirmed = r.Citation, r.CitationSeen
		f.PriorityDerived = f.Kind == Deficiency && r.Priority == PrioritySourced
	}
	return nil
}
