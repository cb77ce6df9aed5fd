package inspection

import (
	"context"
	"time"
)

// ActionState is where a corrective action stands.
type ActionState string

const (
	ActionOpen      ActionState = "OPEN"
	ActionPlanned   ActionState = "PLANNED"
	ReportedDone    ActionState = "REPORTED_DONE"
	Verified        ActionState = "VERIFIED"
	Reopened        ActionState = "REOPENED"
	Waived          ActionState = "WAIVED"
	ActionWithdrawn ActionState = "WITHDRAWN"
)

// ActionStates lists every state.
func ActionStates() []ActionState {
	return []ActionState{ActionOpen, ActionPlanned, ReportedDone, Verified, Reopened, Waived, ActionWithdrawn}
}

// Settled reports whether the action no longer stands in the way of closing its inspection.
func (s ActionState) Settled() bool { return s == Verified || s == Waived || s == ActionWithdrawn }

// Ended reports whether the deficiency is known to be no more. A waiver ends nothing: it runs out, and
// nobody has verified anything.
func (s ActionState) Ended() bool { return s == Verified || s == ActionWithdrawn }

// StepKind is what is done to a corrective action.
type StepKind string

const (
	StepPlan      StepKind = "PLAN"
	StepReport    StepKind = "REPORT"
	StepEndorse   StepKind = "ENDORSE"
	StepVerify    StepKind = "VERIFY"
	StepReopen    StepKind = "REOPEN"
	StepWaive     StepKind = "WAIVE"
	StepEndWaiver StepKind = "END_WAIVER"
	StepWithdraw  StepKind = "WITHDRAW"
)

// StepKinds lists every step.
func StepKinds() []StepKind {
	return []StepKind{StepPlan, StepReport, StepEndorse, StepVerify, StepReopen, StepWaive, StepEndWaiver, StepWithdraw}
}

// actionStep says from which states a step leads where, and who may take it.
type actionStep struct {
	action Action
	to     map[ActionState]ActionState
}

// actionSteps is the state machine of corrective action. What is not listed is refused. VERIFIED is
// reached from REPORTED_DONE alone; WITHDRAWN is the end.
var actionSteps = map[StepKind]actionStep{
	StepPlan:   {PlanAction, leads(ActionPlanned, ActionOpen, ActionPlanned, Reopened)},
	StepReport: {ReportAction, leads(ReportedDone, ActionOpen, ActionPlanned, Reopened)},
	StepEndorse: {EndorseAction, map[ActionState]ActionState{
		ActionPlanned: ActionPlanned, ReportedDone: ReportedDone}},
	StepVerify:    {VerifyAction, leads(Verified, ReportedDone)},
	StepReopen:    {ReopenAction, leads(Reopened, ReportedDone, Verified)},
	StepWaive:     {GrantWaiver, leads(Waived, ActionOpen, ActionPlanned, ReportedDone, Reopened)},
	StepEndWaiver: {EndWaiver, leads(Reopened, Waived)},
	StepWithdraw:  {RuleOnContest, leads(ActionWithdrawn, ActionOpen, ActionPlanned, ReportedDone, Verified, Reopened, Waived)},
}

func leads(to ActionState, from ...ActionState) map[ActionState]ActionState {
	all := map[ActionState]ActionState{}
	for _, s := range from {
		all[s] = to
	}
	return all
}

// After returns the state that a step leads to, and whether the step is possible at all.
func (s ActionState) After(kind StepKind) (ActionState, bool) {
	to, ok := actionSteps[kind].to[s]
	return to, ok
}

// CorrectiveAction answers one deficiency of an issued inspection.
type CorrectiveAction struct {
	ID           ID          `json:"id"`
	InspectionID ID          `json:"inspectionId"`
	FindingID    ID          `json:"findingId"`
	State        ActionState `json:"state"`
	// AbatementDue is set for an immediate threat: 24 hours from capture.
	AbatementDue *time.Time `json:"abatementDue"`
	PlanDue      time.Time  `json:"planDue"`
	ProofDue     time.Time  `json:"proofDue"`
	OpenedAt     time.Time  `json:"openedAt"`
	Revision     int        `json:"revision"`

	// What follows happens after the report was frozen and is no part of it.

	// Plan is what the facility says it will do; nil until it said so. It stands after a reopening.
	Plan *ActionPlan `json:"-"`
	// Report is what the facility says it did; nil until it said so. It stands after a reopening.
	Report     *ActionReport `json:"-"`
	VerifiedBy *ID           `json:"-"`
	VerifiedAt *time.Time    `json:"-"`
	// ReopenedAt is the last time that the action was reopened, by a person or by a waiver's end.
	ReopenedAt *time.Time `json:"-"`
	// WaiverID and WaivedUntil are set while the action is WAIVED.
	WaiverID    *ID        `json:"-"`
	WaivedUntil *time.Time `json:"-"`
	// ChangedAt is the time of the newest step, or of the opening.
	ChangedAt time.Time `json:"-"`
	// Overdue is the earliest due date that was missed, at the time of reading; nil if none was.
	Overdue *Overdue `json:"-"`
	// Facility, Origin and Deficiency say what the action is about; known once it was read from the
	// store.
	Facility   FacilityName `json:"-"`
	Origin     Origin       `json:"-"`
	Deficiency DeficiencyOf `json:"-"`
}

// DeficiencyOf is the deficiency that an action answers, in short.
type DeficiencyOf struct {
	Code              string
	Citation          string
	CitationConfirmed bool
	Text              string
	// Priority is true if its author declares or a source says so.
	Priority bool
	// RequirementID and StandardID are nil where unknown.
	RequirementID *ID
	StandardID    *ID
}

// CitationLabel is the citation as it is shown: marked unconfirmed unless it was confirmed.
func (d DeficiencyOf) CitationLabel() string { return citationLabel(d.Citation, d.CitationConfirmed) }

// ActionPlan is what a facility will do about a deficiency.
type ActionPlan struct {
	Text string
	// Role is who is responsible: a role, never a person's name.
	Role       string
	CompleteOn time.Time // a day
	At         time.Time
}

// ActionReport is what a facility says it did about a deficiency.
type ActionReport struct {
	Text string
	// DoneAt is when the fix was done, as the facility says. Only evidence newer than this verifies it.
	DoneAt time.Time
	At     time.Time
}

// ActionStep is one step that was taken with an action, kept for good.
type ActionStep struct {
	InspectionID ID
	ActionID     ID
	// N is the action's revision after the step.
	N    int
	Kind StepKind
	From ActionState
	To   ActionState
	// Text is what the actor wrote: plan, report, remarks or reason. The inspected read it.
	Text string
	// Responsible is, of a plan, who is to do it: a role.
	Responsible string
	// Date is, of a plan, the day by which it is to be done; of a report, when the fix was done.
	Date *time.Time
	// Evidence names the originals that a report or a verification rests on.
	Evidence []ID
	// ActorID is nil where the reader is not shown people: the inspected see roles.
	ActorID   *ID
	ActorRole Role
	At        time.Time
}

// RoleText is the role as text: one of Roles, or SYSTEM.
func (st ActionStep) RoleText() string { return string(st.ActorRole) }

// actionFor opens the corrective action for a deficiency issued at the given time.
func actionFor(f Finding, issued time.Time, within ActionSettings) CorrectiveAction {
	action := CorrectiveAction{
		ID: NewID(), InspectionID: f.InspectionID, FindingID: f.ID, State: ActionOpen,
		PlanDue: issued.Add(within.Plan), ProofDue: issued.Add(within.Proof), OpenedAt: issued, ChangedAt: issued, Revision: 1,
	}
	if f.PriorityDeclared || f.PriorityDerived || f.RepeatDeclared || f.RepeatDerived == RepeatCertain {
		action.ProofDue = issued.Add(within.PriorityProof)
	}
	if f.ImmediateThreat {
		due := f.RecordedAt.Add(within.Abatement)
		action.AbatementDue = &due
	}
	return action
}

// actionTx keeps corrective actions.
type actionTx interface {
	// CorrectiveActions loads the actions of an inspection.
	CorrectiveActions(ctx context.Context, inspection ID) ([]CorrectiveAction, error)
	// SaveCorrectiveActions opens actions, in the transaction that issues their inspection.
	SaveCorrectiveActions(ctx context.Context, actions []CorrectiveAction) error
	// LockAction loads an action and holds its row until the transaction ends.
	LockAction(ctx context.Context, inspection, action ID) (CorrectiveAction, error)
	// LockActionOf is LockAction for the action of a finding.
	LockActionOf(ctx context.Context, inspection, finding ID) (CorrectiveAction, error)
	// LockActions loads actions, in the order of their ids, and holds their rows.
	LockActions(ctx context.Context, ids []ID) ([]CorrectiveAction, error)
	// StepActions writes actions that have changed by one step each, and the steps.
	StepActions(ctx context.Context, actions []CorrectiveAction, steps []ActionStep) error
	// ActionSteps loads the steps of the actions, the oldest first.
	ActionSteps(ctx context.Context, actions []ID) ([]ActionStep, error)
	// ListActions loads a page of actions in order of their proof's due date.
	ListActions(ctx context.Context, q ActionQuery) (ActionPage, error)
	// OpenActions loads every unsettled action of the facilities' inspections of these origins, as it
	// stands at the time, in order of its proof's due date.
	OpenActions(ctx context.Context, facilities []ID, origins []Origin, now time.Time) ([]CorrectiveAction, error)
	// FindingAuthors names everyone who wrote a version of the finding.
	FindingAuthors(ctx context.Context, inspection, finding ID) ([]ID, error)
	// Proof loads the proof of the actions, the first declared first.
	Proof(ctx context.Context, actions []ID) ([]Evidence, error)
	// DeclareProof adds originals; they are new.
	DeclareProof(ctx context.Context, es []Evidence) error
	// FinaliseProof writes the verdict on one original.
	FinaliseProof(ctx context.Context, e Evidence) error
	// EvidenceOfFacility loads originals by id from whichever inspections of the facility, of that origin,
	// they are of.
	EvidenceOfFacility(ctx context.Context, facility ID, origin Origin, ids []ID) (map[ID]Evidence, error)
	// FirstSeen says when the same bytes were first captured and declared, under whichever id and of
	// whichever inspection.
	FirstSeen(ctx context.Context, hashes []SHA256) (map[SHA256]FirstSeen, error)
}

// FirstSeen is when an original was first captured, as its devices said, and first declared.
type FirstSeen struct{ Captured, Declared time.Time }

// ActionQuery selects corrective actions, the earliest proof due first.
type ActionQuery struct {
	// Facilities limits to these places; empty for all.
	Facilities  []ID
	FieldOffice string
	// States are effective ones: an action whose waiver ran out is REOPENED.
	States []ActionState
	// Overdue selects those that have, or have not, missed a due date.
	Overdue *bool
	// Origins are the inspections whose actions are asked for; empty for all.
	Origins []Origin
	// Now is the time at which states and due dates are judged.
	Now   time.Time
	After *ActionCursor
	Limit int
}

// ActionCursor is a place in the list: after the action with this due date and id.
type ActionCursor struct {
	ProofDue time.Time
	ID       ID
}

// ActionPage is a page of actions; More says whether others follow.
type ActionPage struct {
	Actions []CorrectiveAction
	More    bool
}
