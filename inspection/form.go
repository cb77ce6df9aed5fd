package inspection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Form is for whom an issued inspection's report is made.
type Form string

const (
	// FormInternal is for OPR and the bodies that watch it.
	FormInternal Form = "INTERNAL"
	// FormFacility is for the inspected: facility and field office.
	FormFacility Form = "FACILITY"
	// FormPublic is for everyone.
	FormPublic Form = "PUBLIC"
)

// Forms lists every form.
func Forms() []Form { return []Form{FormInternal, FormFacility, FormPublic} }

// ParseForm reads a form's name in any case. The error is an Invalid problem.
func ParseForm(name string) (Form, error) {
	form := Form(strings.ToUpper(name))
	if !slices.Contains(Forms(), form) {
		return "", Refuse(Invalid, "form", "there is no form %q; ask for internal, facility or public", name)
	}
	return form, nil
}

// ReportForm is what a form's report is made of, taken from the snapshot at issue and stored beside
// it: so that neither the server nor the database ever hands the inspected more.
type ReportForm struct {
	InspectionID   ID
	Form           Form
	Body           []byte // JSON of a Frozen
	SHA256         SHA256
	SnapshotSHA256 SHA256
	MadeAt         time.Time
}

// For returns what the readers of a form may see. FormInternal keeps everything but interview
// totals that point at persons. The others hold what is named below and nothing else: a field that
// is added to the document is empty in them until it is named here.
//
// They leave out answers, disputes, methods, remarks and the inspectors' reasons, who did what, drafts, the
// recommended rating, how well the score is corroborated, and every original but their number. The
// public form leaves out the roles of staff too.
func (doc Frozen) For(form Form) Frozen {
	if form == FormInternal {
		doc.Statements = tellable(doc.Statements)
		return doc
	}
	r := redaction{roles: form == FormFacility}
	findings := r.findings(doc.Findings)
	return Frozen{
		Format: doc.Format, Form: form, Inspection: r.header(doc.Inspection), Facility: r.facility(doc.Facility),
		Editions: r.editions(doc.Editions), Scope: r.scope(doc.Scope), Standards: r.standards(doc.Standards),
		Requirements: r.requirements(doc.Requirements, findings), Findings: findings, Actions: r.actions(doc.Actions),
		Originals: doc.Originals, Statements: r.statements(doc.Statements), Tally: r.tally(doc.Tally), Trend: r.trend(doc.Trend),
		Score: r.score(doc.Score), Scores: r.scores(doc.Scores), TakenAt: doc.TakenAt,
	}
}

// redaction names, field by field, what the inspected and the public see.
type redaction struct {
	roles bool // whether the roles of staff are named
}

func (r redaction) header(h FrozenHeader) FrozenHeader {
	redacted := FrozenHeader{ID: h.ID, Origin: h.Origin, Scope: h.Scope, Announced: h.Announced, PlannedStart: h.PlannedStart,
		PlannedEnd: h.PlannedEnd, StartedAt: h.StartedAt, DoneAt: h.DoneAt, EditionID: h.EditionID, ApprovedAt: h.ApprovedAt, Source: h.Source}
	if h.Final != nil {
		redacted.Final = &RatingDecision{Rating: h.Final.Rating, Reason: maskInterviews(h.Final.Reason), At: h.Final.At}
	}
	for _, m := range h.Milestones {
		if m.Kind != EntranceBriefing && m.Kind != ExitBriefing {
			continue
		}
		briefing := Milestone{ID: m.ID, Kind: m.Kind, OccurredAt: m.OccurredAt, PreliminaryListHandedOver: m.PreliminaryListHandedOver}
		if r.roles {
			briefing.RolesPresent = m.RolesPresent
		}
		redacted.Milestones = append(redacted.Milestones, briefing)
	}
	return redacted
}

func (redaction) facility(f FrozenFacility) FrozenFacility {
	return FrozenFacility{ID: f.ID, Detloc: f.Detloc, Name: f.Name, City: f.City, State: f.State, FieldOffice: f.FieldOffice,
		FieldOfficeName: f.FieldOfficeName, Type: f.Type, Operator: f.Operator, Capacity: f.Capacity, FactsAsOf: f.FactsAsOf}
}

func (redaction) editions(all []FrozenEdition) []FrozenEdition {
	var redacted []FrozenEdition
	for _, e := range all {
		redacted = append(redacted, FrozenEdition{ID: e.ID, Key: e.Key, Hash: e.Hash, Title: e.Title, Set: e.Set, Version: e.Version,
			Supersedes: e.Supersedes, Partial: e.Partial, PartialNote: e.PartialNote, Wording: e.Wording, FullTextSeen: e.FullTextSeen, Compiled: e.Compiled, Sources: e.Sources})
	}
	return redacted
}

func (redaction) standards(all []FrozenStandard) []FrozenStandard {
	var redacted []FrozenStandard
	for _, s := range all {
		redacted = append(redacted, FrozenStandard{ID: s.ID, Edition: s.Edition, Part: s.Part, PartName: s.PartName, Number: s.Number,
			Title: s.Title, Code: s.Code, CodeSeen: s.CodeSeen, Section: s.Section, Name: s.Name, Quoted: s.Quoted, Cited: s.Cited, Recalled: s.Recalled})
	}
	return redacted
}

// scope leaves out who is held, and the reviewer's verdicts on answers.
func (redaction) scope(s FrozenScope) FrozenScope {
	var redacted FrozenScope
	if c := s.CoreSet; c != nil {
		redacted.CoreSet = &FrozenCoreSet{ID: c.ID, Name: c.Name, FiscalYear: c.FiscalYear, LastFiscalYear: c.LastFiscalYear,
			Version: c.Version, Partial: c.Partial, Note: c.Note}
	}
	scoped := func(all []FrozenScoped) (kept []FrozenScoped) {
		for _, st := range all {
			kept = append(kept, FrozenScoped{ID: st.ID, Edition: st.Edition, Number: st.Number, Code: st.Code, Title: st.Title,
				Reasons: st.Reasons, Why: st.Why, Rating: st.Rating})
		}
		return kept
	}
	redacted.Standards, redacted.OutOfScope = scoped(s.Standards), scoped(s.OutOfScope)
	return redacted
}

// requirements keeps those that a finding rests on.
func (redaction) requirements(all []FrozenRequirement, findings []Finding) []FrozenRequirement {
	var redacted []FrozenRequirement
	for _, r := range all {
		rests := func(f Finding) bool { return f.RequirementID != nil && *f.RequirementID == r.ID }
		if slices.ContainsFunc(findings, rests) {
			redacted = append(redacted, FrozenRequirement{ID: r.ID, Key: r.Key, StandardID: r.StandardID, Text: r.Text,
				Citation: r.Citation, CitationSeen: r.CitationSeen, Strength: r.Strength, Verified: r.Verified,
				VerifiedURL: r.VerifiedURL, Priority: r.Priority, PrioritySource: r.PrioritySource, Mandatory: r.Mandatory,
				Applies: r.Applies, Lines: r.Lines, Lineage: r.Lineage, Population: r.Population, CodeDoubtful: r.CodeDoubtful,
				EditionInferred: r.EditionInferred, Confirmation: r.Confirmation, Thresholds: r.Thresholds})
		}
	}
	return redacted
}

// findings keeps what was issued: what was taken back before was a draft.
func (redaction) findings(all []Finding) []Finding {
	var redacted []Finding
	for _, f := range standing(all) {
		redacted = append(redacted, Finding{ID: f.ID, InspectionID: f.InspectionID, Kind: f.Kind, StandardID: f.StandardID,
			StandardText: maskInterviews(f.StandardText), RequirementID: f.RequirementID, LineID: f.LineID, Code: f.Code,
			Citation: f.Citation, CitationConfirmed: f.CitationConfirmed, Text: maskInterviews(f.Text),
			ResponsibleParty: f.ResponsibleParty, PriorityDeclared: f.PriorityDeclared, PriorityDerived: f.PriorityDerived,
			RepeatDeclared: f.RepeatDeclared, CorrectedOnSite: f.CorrectedOnSite, CorrectionNote: maskInterviews(f.CorrectionNote),
			Condition: maskInterviews(f.Condition), Likelihood: f.Likelihood, Spread: f.Spread, Severity: f.Severity,
			ImmediateThreat: f.ImmediateThreat, Repeat: Repeat{RepeatDerived: f.RepeatDerived, RepeatTimes: f.RepeatTimes,
				RepeatFirstOn: f.RepeatFirstOn, RepeatDaysOpen: f.RepeatDaysOpen, RepeatOf: f.RepeatOf}})
	}
	return redacted
}

func (redaction) actions(all []CorrectiveAction) []CorrectiveAction {
	var redacted []CorrectiveAction
	for _, a := range all {
		redacted = append(redacted, CorrectiveAction{ID: a.ID, InspectionID: a.InspectionID, FindingID: a.FindingID, State: a.State,
			AbatementDue: a.AbatementDue, PlanDue: a.PlanDue, ProofDue: a.ProofDue, OpenedAt: a.OpenedAt, Revision: a.Revision})
	}
	return redacted
}

func (redaction) statements(all []Statement) []Statement {
	var redacted []Statement
	for _, s := range tellable(all) {
		if s.Name == interviewTotal || !strings.Contains(strings.ToLower(s.Name+s.Value), "interview") {
			redacted = append(redacted, Statement{Name: s.Name, Value: s.Value, Source: s.Source})
		}
	}
	return redacted
}

func (redaction) tally(t Tally) Tally {
	redacted := Tally{Deficiencies: t.Deficiencies, DeficientStandards: t.DeficientStandards, PriorityDeclared: t.PriorityDeclared,
		PriorityDerived: t.PriorityDerived, RepeatDeclared: t.RepeatDeclared, RepeatDerived: t.RepeatDerived,
		RepeatProbable: t.RepeatProbable, CorrectedOnSite: t.CorrectedOnSite,
		AreasOfConcern: t.AreasOfConcern, Notes: t.Notes, BestPractices: t.BestPractices}
	for _, s := range t.ByStandard {
		redacted.ByStandard = append(redacted.ByStandard, StandardCount{StandardID: s.StandardID, Standard: s.Standard, Deficiencies: s.Deficiencies})
	}
	return redacted
}

// trend leaves out which earlier deficiencies were rated and which not looked at: that tells of
// fieldwork.
func (redaction) trend(t *Trend) *Trend {
	if t == nil {
		return nil
	}
	return &Trend{LastInspectionID: t.LastInspectionID, LastEndedOn: t.LastEndedOn, All: t.All, Common: t.Common,
		CommonStandards: t.CommonStandards, Repeated: t.Repeated}
}

const (
	// interviewTotal is the statement that holds the number of interviews of the whole inspection.
	interviewTotal = "interviews"
	// fewestInterviews is the smallest number of people interviewed that a report tells.
	fewestInterviews = 5
)

// tellable leaves out an interview total that is too small, or no number at all.
func tellable(all []Statement) []Statement {
	var kept []Statement
	for _, s := range all {
		if s.Name == interviewTotal {
			if n, err := strconv.Atoi(s.Value); err != nil || n < fewestInterviews {
				continue
			}
		}
		kept = append(kept, s)
	}
	return kept
}

// formOf takes a form from a snapshot.
func formOf(doc Frozen, form Form, of Snapshot) (ReportForm, error) {
	part := doc.For(form)
	part.SnapshotSHA256 = hex.EncodeToString(of.SHA256[:])
	body, err := part.bytes()
	if err != nil {
		return ReportForm{}, err
	}
	return ReportForm{InspectionID: of.InspectionID, Form: form, Body: body, SHA256: sha256.Sum256(body),
		SnapshotSHA256: of.SHA256, MadeAt: of.TakenAt}, nil
}

// saveForms stores what facility, field office and public see of a snapshot.
func saveForms(ctx context.Context, tx Tx, doc Frozen, of Snapshot) error {
	var forms []ReportForm
	for _, form := range []Form{FormFacility, FormPublic} {
		taken, err := formOf(doc, form, of)
		if err != nil {
			return err
		}
		forms = append(forms, taken)
	}
	return tx.SaveReportForms(ctx, forms)
}
