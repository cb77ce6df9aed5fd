package inspection

import (
	"context"
	"encoding/hex"
	"slices"
	"time"
)

// freeze gathers everything a snapshot holds. The same rows give the same document, whenever they
// are frozen: what is issued can be compared with what is stored.
func (s *Service) freeze(ctx context.Context, tx Tx, i *Inspection, at time.Time) (Frozen, error) {
	doc := Frozen{Format: SnapshotFormat, TakenAt: at, Inspection: headerOf(i)}
	catalogue, err := catalogueOf(ctx, tx, i)
	if err != nil {
		return doc, err
	}
	doc.Editions, doc.Standards = catalogue.editions, catalogue.scope(i)
	if doc.Scope, err = freezeScope(ctx, tx, i, catalogue); err != nil {
		return doc, err
	}
	if doc.Facility, err = frozenFacility(ctx, tx, i.FacilityID); err != nil {
		return doc, err
	}
	if doc.People, err = frozenPeople(ctx, tx, i); err != nil {
		return doc, err
	}
	answers, err := tx.Answers(ctx, i.ID)
	if err != nil {
		return doc, err
	}
	if doc.Disputes, err = tx.Disputes(ctx, i.ID); err != nil {
		return doc, err
	}
	if doc.Findings, err = tx.Findings(ctx, i.ID); err != nil {
		return doc, err
	}
	if err := s.remember(ctx, tx, i, answers, &doc); err != nil {
		return doc, err
	}
	doc.withoutEmptyLists()
	evidence, err := tx.Evidence(ctx, i.ID)
	if err != nil {
		return doc, err
	}
	if doc.Statements, err = tx.Statements(ctx, i.ID); err != nil {
		return doc, err
	}
	draws, err := tx.SampleDraws(ctx, i.ID)
	if err != nil {
		return doc, err
	}
	if doc.Samples, err = frozenSamples(draws); err != nil {
		return doc, err
	}
	doc.Answers = frozenAnswers(catalogue, answers)
	doc.Requirements = catalogue.restingOn(answers, doc.Findings)
	if doc.Actions, err = s.openActions(ctx, tx, i, doc.Findings, at); err != nil {
		return doc, err
	}
	doc.Evidence, doc.Originals = frozenEvidence(evidence), len(evidence)
	doc.Tally = TallyOf(doc.Findings, catalogue.name)
	return doc, doc.score(ctx, tx, i)
}

// score computes the scores from the document as it stands: by the newest version of each policy, and
// of what is issued by those that scored it.
func (doc *Frozen) score(ctx context.Context, tx Tx, i *Inspection) error {
	policies, err := frozenPolicies(ctx, tx, i)
	if err != nil {
		return err
	}
	doc.Policies = policies
	return doc.computeScores()
}

func frozenPolicies(ctx context.Context, tx Tx, i *Inspection) ([]FrozenPolicy, error) {
	all, err := allPolicies(ctx, tx)
	if err != nil {
		return nil, err
	}
	var scored []StoredScore
	if issued(i) {
		if scored, err = tx.Scores(ctx, i.ID); err != nil {
			return nil, err
		}
	}
	newest := map[string]int{}
	for _, p := range all {
		identity := p.Policy.Identity()
		newest[identity.ID] = max(newest[identity.ID], identity.Version)
	}
	var frozen []FrozenPolicy
	for _, p := range all {
		identity := p.Policy.Identity()
		by := func(s StoredScore) bool { return s.Policy == identity.ID && s.Version == identity.Version }
		if issued(i) && slices.ContainsFunc(scored, by) || !issued(i) && newest[identity.ID] == identity.Version {
			frozen = append(frozen, FrozenPolicy{ID: identity.ID, Version: identity.Version, Hash: p.Hash, Content: string(p.Content)})
		}
	}
	return frozen, nil
}

// remember fills in what the facility's past makes of the inspection: derived while it is being
// issued, and afterwards as it was kept, for the past goes on.
func (s *Service) remember(ctx context.Context, tx Tx, i *Inspection, answers []Answer, doc *Frozen) (err error) {
	if !issued(i) {
		return s.recall(ctx, tx, i, answers, doc)
	}
	if doc.Carried, err = tx.CarriedActions(ctx, i.ID, doc.TakenAt); err != nil {
		return err
	}
	doc.Trend, err = tx.Trend(ctx, i.ID)
	return err
}

// withoutEmptyLists makes an empty list null wherever one may come derived or loaded, so that both are
// the same bytes.
func (doc *Frozen) withoutEmptyLists() {
	if len(doc.Carried) == 0 {
		doc.Carried = nil
	}
	for n := range doc.Findings {
		if len(doc.Findings[n].RepeatOf) == 0 {
			doc.Findings[n].RepeatOf = nil
		}
	}
}

func headerOf(i *Inspection) FrozenHeader {
	return FrozenHeader{ID: i.ID, Origin: i.Origin, Scope: i.Scope, Announced: i.Announced,
		PlannedStart: day(i.PlannedStart), PlannedEnd: day(i.PlannedEnd), StartedAt: i.StartedAt, DoneAt: i.FieldworkDoneAt,
		EditionID: i.EditionID, FieldworkNote: i.FieldworkNote, LeadID: i.LeadID, Team: i.Team, Milestones: i.Milestones, Recommended: i.Recommended,
		Final: i.Final, ApprovedBy: i.ApprovedBy, ApprovedAt: i.ApprovedAt, IssuedBy: *i.IssuedBy, Source: i.Source}
}

func frozenFacility(ctx context.Context, tx Tx, id ID) (FrozenFacility, error) {
	f, err := tx.Facility(ctx, id)
	if err != nil {
		return FrozenFacility{}, err
	}
	offices, err := tx.FieldOffices(ctx)
	if err != nil {
		return FrozenFacility{}, err
	}
	frozen := FrozenFacility{ID: f.ID, Detloc: f.Detloc, Name: f.Name, City: f.City, State: f.State, FieldOffice: f.FieldOffice,
		Type: string(f.Type), Operator: f.Operator, Capacity: f.Capacity, FactsAsOf: day(f.FactsAsOf)}
	for _, office := range offices {
		if office.Code == f.FieldOffice {
			frozen.FieldOfficeName = office.Name
		}
	}
	return frozen, nil
}

// frozenPeople are the people whom the header names, in the order of their ids.
func frozenPeople(ctx context.Context, tx Tx, i *Inspection) ([]FrozenPerson, error) {
	ids := []ID{i.LeadID, *i.IssuedBy}
	for _, m := range i.Team {
		ids = append(ids, m.UserID)
	}
	for _, decision := range []*RatingDecision{i.Recommended, i.Final} {
		if decision != nil {
			ids = append(ids, decision.By)
		}
	}
	if i.ApprovedBy != nil {
		ids = append(ids, *i.ApprovedBy)
	}
	slices.SortFunc(ids, compareIDs)
	return tx.People(ctx, slices.Compact(ids))
}

func compareIDs(a, b ID) int { return slices.Compare(a[:], b[:]) }

func frozenAnswers(c catalogue, answers []Answer) []FrozenAnswer {
	var frozen []FrozenAnswer
	for _, a := range answers {
		r := c.requirements[a.RequirementID]
		frozen = append(frozen, FrozenAnswer{ID: a.ID, RequirementID: a.RequirementID, StandardID: a.StandardID, Requirement: r.Key,
			Standard: c.number(a.StandardID), Rating: a.Rating, Reason: a.Reason, Remarks: a.Remarks, Methods: a.Methods,
			CorrectedOnSite: a.CorrectedOnSite, Sample: a.Sample, Revision: a.Revision, AuthorID: a.AuthorID,
			RecordedAt: a.RecordedAt, SourcedPriority: r.Priority == PrioritySourced})
	}
	return frozen
}

// openActions opens an action for each standing deficiency, or gives those that were opened at issue
// as they were then. An action's id follows from the finding's, so that freezing again names the same.
func (s *Service) openActions(ctx context.Context, tx Tx, i *Inspection, findings []Finding, at time.Time) ([]CorrectiveAction, error) {
	opened := map[ID]CorrectiveAction{}
	if issued(i) {
		stored, err := tx.CorrectiveActions(ctx, i.ID)
		if err != nil {
			return nil, err
		}
		for _, a := range stored {
			a.State, a.Revision = ActionOpen, 1
			opened[a.FindingID] = a
		}
	}
	var actions []CorrectiveAction
	for _, f := range findings {
		if !f.Standing() {
			continue
		}
		action, known := opened[f.ID]
		if !known {
			action = actionFor(f, at, s.settings.Action)
			action.ID = CorrectiveActionID(f.ID)
		}
		actions = append(actions, action)
	}
	return actions, nil
}

func frozenEvidence(evidence []Evidence) []FrozenEvidence {
	var frozen []FrozenEvidence
	for _, e := range evidence {
		frozen = append(frozen, FrozenEvidence{ID: e.ID, AnswerID: e.AnswerID, FindingID: e.FindingID,
			SHA256: hex.EncodeToString(e.SHA256[:]), Size: e.Size, MediaType: e.MediaType, Class: e.Class, CapturedFrom: e.CapturedFrom,
			CapturedTo: e.CapturedTo, State: e.State, VersionID: e.VersionID, AcceptedReason: e.AcceptedReason})
	}
	return frozen
}

// scope lists the standards of an inspection with their editions' words.
func (c catalogue) scope(i *Inspection) []FrozenStandard {
	var scope []FrozenStandard
	for _, scoped := range i.Standards {
		st, part := c.standards[scoped.StandardID], c.parts[scoped.StandardID]
		frozen := FrozenStandard{ID: st.ID, Edition: c.keys[scoped.EditionID], Part: part.Number, PartName: part.Name,
			Number: st.Number, Title: st.Title, Code: st.Code, CodeSeen: st.CodeSeen, Section: c.number(st.ID), Name: c.name(st.ID)}
		for _, r := range st.Requirements {
			switch r.Strength {
			case Quoted:
				frozen.Quoted++
			case Cited:
				frozen.Cited++
			case Recalled:
				frozen.Recalled++
			}
		}
		scope = append(scope, frozen)
	}
	return scope
}

// restingOn lists the requirements that answers and findings rest on, each once, in the order of
// the checklist and then of the findings.
func (c catalogue) restingOn(answers []Answer, findings []Finding) []FrozenRequirement {
	var frozen []FrozenRequirement
	seen := map[ID]bool{}
	add := func(id, standard ID) {
		if r := c.requirements[id]; r != nil && !seen[id] {
			seen[id] = true
			frozen = append(frozen, frozenRequirement(*r, standard))
		}
	}
	for _, a := range answers {
		add(a.RequirementID, a.StandardID)
	}
	for _, f := range findings {
		if f.RequirementID != nil && f.StandardID != nil {
			add(*f.RequirementID, *f.StandardID)
		}
	}
	return frozen
}

func frozenRequirement(r Requirement, standard ID) FrozenRequirement {
	frozen := FrozenRequirement{ID: r.ID, Key: r.Key, StandardID: standard, Text: r.Text, Citation: r.Citation,
		CitationSeen: r.CitationSeen, Strength: r.Strength, Verified: r.Verified, VerifiedURL: r.VerifiedURL,
		Priority: r.Priority, PrioritySource: r.PrioritySource, Applies: r.Applies, Lines: r.Lines,
		Lineage: r.Lineage, Population: r.Population, CodeDoubtful: r.Sighting.CodeDoubtful, EditionInferred: r.Sighting.EditionInferred}
	if r.Confirmed() {
		frozen.Confirmation = &FrozenConfirmation{Title: r.Confirmation.Title, URL: r.Confirmation.URL, Page: r.Confirmation.Page, On: day(r.Confirmation.On)}
	}
	if r.NumbersSeen {
		for _, t := range r.Thresholds {
			frozen.Thresholds = append(frozen.Thresholds, FrozenThreshold(t))
		}
	}
	return frozen
}

func frozenEditionOf(e *Edition) FrozenEdition {
	frozen := FrozenEdition{ID: e.ID, Key: e.Key, Hash: e.Hash, Title: e.Title, Set: e.Set, Version: e.Version, Supersedes: e.Supersedes,
		Partial: e.Partial, PartialNote: e.PartialNote(), Wording: e.Wording,
		FullTextSeen: e.FullTextSeen, Compiled: day(e.Compiled)}
	for _, source := range e.Sources {
		frozen.Sources = append(frozen.Sources, FrozenSource(source))
	}
	return frozen
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
