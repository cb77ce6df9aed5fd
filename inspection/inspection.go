package inspection

import (
	"slices"
	"time"
)

// Origin says what an inspection is. Anything that is not Live says so wherever it is shown, and is
// left out of statistics, repeats and ratings unless asked for.
type Origin string

const (
	Live          Origin = "LIVE"
	Exercise      Origin = "EXERCISE"
	Reconstructed Origin = "RECONSTRUCTED"
)

// Scope is what an inspection sets out to look at.
type Scope string

const (
	ScopeFull          Scope = "FULL"
	ScopeCoreSet       Scope = "CORE_SET"
	ScopeFollowUp      Scope = "FOLLOW_UP"
	ScopeSpecialReview Scope = "SPECIAL_REVIEW"
	ScopePreOccupancy  Scope = "PRE_OCCUPANCY"
)

// State is where an inspection stands in its lifecycle.
type State string

const (
	Planned       State = "PLANNED"
	InProgress    State = "IN_PROGRESS"
	FieldworkDone State = "FIELDWORK_DONE"
	InReview      State = "IN_REVIEW"
	Issued        State = "ISSUED"
	Closed        State = "CLOSED"
	Cancelled     State = "CANCELLED"
)

// everyState lists every state, for what is possible in all of them.
func everyState() []State {
	return []State{Planned, InProgress, FieldworkDone, InReview, Issued, Closed, Cancelled}
}

// Frozen reports whether answers, findings and evidence of an inspection in this state are final.
func (s State) Frozen() bool { return s == Issued || s == Closed || s == Cancelled }

// Inspection is one visit to a facility: its header, team, scope and milestones. Answers, findings
// and evidence hang on it and are loaded apart.
type Inspection struct {
	ID         ID
	FacilityID ID
	// EditionID is the edition it was planned under. Every standard of the scope is bound to one of
	// its own, which is another for some standards of a mixed visit; a reconstruction under an edition
	// of which nothing is known may have no standards at all.
	EditionID ID
	Origin    Origin
	Scope     Scope
	// CoreSetID is the version of the core set it was planned by, nil if by none.
	CoreSetID *ID
	// Announced is nil where a reconstructed inspection's source does not say.
	Announced    *bool
	PlannedStart time.Time // a day, UTC midnight
	PlannedEnd   time.Time // a day, UTC midnight
	State        State
	LeadID       ID
	// Revision counts the header's versions from 1. A caller names the one it read; see Stale.
	Revision int
	// Head is the last change number given out. Rows of the inspection carry numbers that are
	// gapless and in commit order, because they are taken under the inspection's row lock.
	Head int64

	PlannedBy       ID
	PlannedAt       time.Time
	StartedAt       *time.Time
	FieldworkDoneAt *time.Time
	// FieldworkNote is the lead's statement on finishing, if any.
	FieldworkNote   string
	SubmittedAt     *time.Time
	ReturnedReason  string
	ApprovedBy      *ID
	ApprovedAt      *time.Time
	IssuedBy        *ID
	IssuedAt        *time.Time
	ClosedAt        *time.Time
	CancelledAt     *time.Time
	CancelledReason string
	Recommended     *RatingDecision
	Final           *RatingDecision
	// Source is the published report a reconstructed inspection follows.
	Source string

	Team       []TeamMember
	Standards  []ScopedStandard
	Milestones []Milestone
}

// RatingDecision is a rating that a person gave an inspection, with reasons. No policy pre-fills it.
type RatingDecision struct {
	Rating string    `json:"rating"`
	Reason string    `json:"reason"`
	By     ID        `json:"by"`
	At     time.Time `json:"at"`
}

// ByGiven is nil where the reader is not shown people.
func (d RatingDecision) ByGiven() *ID {
	if d.By == (ID{}) {
		return nil
	}
	return &d.By
}

// TeamMember is a person on an inspection's team. Removal keeps the record.
//
// Name, Email and Role are the user's at the time of loading; they are not saved with the team.
type TeamMember struct {
	UserID    ID         `json:"userId"`
	JoinedAt  time.Time  `json:"joinedAt"`
	RemovedAt *time.Time `json:"removedAt"`
	Name      string     `json:"-"`
	Email     string     `json:"-"`
	Role      Role       `json:"-"`
	Lead      bool       `json:"-"`
}

// ScopedStandard is a standard inside an inspection's scope, bound to its edition. AssignedTo plans
// the work and is no wall: any team member may answer any item.
type ScopedStandard struct {
	StandardID ID
	EditionID  ID
	AssignedTo *ID
	Position   int
	// Reasons say why it is in the scope; none for inspections planned before they were kept.
	Reasons []ScopeReason
}

// Reserve takes n change numbers and returns the first. The inspection must be locked.
func (i *Inspection) Reserve(n int) int64 {
	first := i.Head + 1
	i.Head += int64(n)
	return first
}

// OnTeam reports whether the user is on the team now. The lead always is.
func (i *Inspection) OnTeam(user ID) bool {
	return user == i.LeadID || slices.ContainsFunc(i.Team, func(m TeamMember) bool {
		return m.UserID == user && m.RemovedAt == nil
	})
}

// WasOnTeam reports whether the user is or ever was on the team.
func (i *Inspection) WasOnTeam(user ID) bool {
	return user == i.LeadID || slices.ContainsFunc(i.Team, func(m TeamMember) bool { return m.UserID == user })
}

// Standard returns the scoped standard with the id, or nil if it is out of scope.
func (i *Inspection) Standard(id ID) *ScopedStandard {
	for n := range i.Standards {
		if i.Standards[n].StandardID == id {
			return &i.Standards[n]
		}
	}
	return nil
}

// EditionIDs lists the editions an inspection binds, each once: the one it was planned under, then
// the others in order of the scope.
func (i *Inspection) EditionIDs() []ID {
	var ids []ID
	seen := map[ID]bool{}
	if i.EditionID != (ID{}) {
		ids, seen[i.EditionID] = []ID{i.EditionID}, true
	}
	for _, st := range i.Standards {
		if !seen[st.EditionID] {
			seen[st.EditionID] = true
			ids = append(ids, st.EditionID)
		}
	}
	return ids
}

// MilestoneKind names a recorded step of a visit.
type MilestoneKind string

const (
	Notice             MilestoneKind = "NOTICE"
	DocumentsRequested MilestoneKind = "DOCUMENTS_REQUESTED"
	DocumentsReceived  MilestoneKind = "DOCUMENTS_RECEIVED"
	DocumentsRefused   MilestoneKind = "DOCUMENTS_REFUSED"
	EntranceBriefing   MilestoneKind = "ENTRANCE_BRIEFING"
	ExitBriefing       MilestoneKind = "EXIT_BRIEFING"
)

// Milestone is a recorded step: notice, document request and its outcome, entrance or exit briefing.
type Milestone struct {
	ID         ID            `json:"id"`
	Kind       MilestoneKind `json:"kind"`
	OccurredAt time.Time     `json:"occurredAt"`
	Note       string        `json:"note"`
	// RolesPresent are the roles that attended a briefing ("warden", "health services administrator").
	RolesPresent []string `json:"rolesPresent"`
	// PreliminaryListHandedOver is stated for exit briefings, else nil.
	PreliminaryListHandedOver *bool     `json:"preliminaryListHandedOver"`
	RecordedBy                ID        `json:"recordedBy"`
	RecordedAt                time.Time `json:"recordedAt"`
}

// Statement is what a source says of an inspection as a whole and Plumbline does not derive.
type Statement struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
}
