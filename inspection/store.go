package inspection

import (
	"context"
	"time"
)

// Store keeps everything Plumbline knows. Both methods see only what the actor may see; the devices'
// door is for who is no actor yet.
type Store interface {
	// InTx runs f in one transaction. If f returns an error nothing is kept.
	InTx(ctx context.Context, actor Actor, f func(Tx) error) error
	// View runs f in one read-only transaction that sees a single moment.
	View(ctx context.Context, actor Actor, f func(Tx) error) error
	deviceDoor
}

// Tx is a transaction. Loads of what does not exist, or is not the actor's to see, fail with a
// NotFound problem.
type Tx interface {
	facilityTx
	editionTx
	versionTx
	inspectionTx
	fieldworkTx
	observationTx
	interviewNoteTx
	findingSyncTx
	evidenceSyncTx
	observationSyncTx
	sampleTx
	reportTx
	reportFormTx
	statisticsTx
	hintTx
	historyTx
	carryTx
	trendTx
	coreSetTx
	followUpTx
	populationTx
	exclusionTx
	actionTx
	waiverTx
	policyTx
	escalationTx
	ledgerTx
	contactTx
	statementTx
	lateTx
	amendmentTx
	eventTx
	webhookTx
	referenceTx
	deviceTx
	pullTx
	streamTx
	answerPullTx
	pushTx
	// Audit records an event in the transaction; it is kept if and only if the transaction is.
	Audit(ctx context.Context, e AuditEvent) error
}

type facilityTx interface {
	Facility(ctx context.Context, id ID) (*FacilityView, error)
	// AllFacilities and AllExternalRatings load every row: the roster matcher needs them whole.
	AllFacilities(ctx context.Context) ([]Facility, error)
	AllExternalRatings(ctx context.Context) ([]ExternalRating, error)
	ListFacilities(ctx context.Context, q FacilityQuery) (FacilityPage, error)
	// ExternalRatings loads the ratings of the facilities, the newest first.
	ExternalRatings(ctx context.Context, facilities []ID) ([]ExternalRating, error)
	// SaveFieldOffices adds the offices whose code is not there yet and returns how many.
	SaveFieldOffices(ctx context.Context, offices []FieldOffice) (added int, err error)
	FieldOffices(ctx context.Context) ([]FieldOffice, error)
	// SaveRoster writes new and updated facilities and new ratings set-wise.
	SaveRoster(ctx context.Context, change RosterChange) error
	Users(ctx context.Context, ids []ID) ([]Actor, error)
	UsersByRole(ctx context.Context, roles []Role) ([]Actor, error)
	// SaveUsers adds the users whose address is not there yet and returns how many.
	SaveUsers(ctx context.Context, users []Actor) (added int, err error)
}

type editionTx interface {
	Edition(ctx context.Context, id ID) (*Edition, error)
	Editions(ctx context.Context) ([]*Edition, error)
	// SaveEdition stores an edition once. The same content again changes nothing; other content
	// under a stored key is refused with a Conflict problem.
	SaveEdition(ctx context.Context, e *Edition) (added bool, err error)
}

type inspectionTx interface {
	Inspection(ctx context.Context, id ID) (*Inspection, error)
	// LockInspection loads the inspection and holds its row until the transaction ends, so that
	// change numbers are given out in commit order.
	LockInspection(ctx context.Context, id ID) (*Inspection, error)
	ListInspections(ctx context.Context, q InspectionQuery) (InspectionPage, error)
	CreateInspection(ctx context.Context, i *Inspection) error
	// SaveInspection writes the header of a locked inspection, and its team, assignments and
	// milestones too if parts is true.
	SaveInspection(ctx context.Context, i *Inspection, parts bool) error
	// Locate says what kind of object an id names ("Answer", "Finding", ...) and the inspection it
	// belongs to, if any.
	Locate(ctx context.Context, id ID) (kind string, inspection ID, err error)
}

type fieldworkTx interface {
	// Answers loads every answer of an inspection in checklist order.
	Answers(ctx context.Context, inspection ID) ([]Answer, error)
	AnswersByID(ctx context.Context, inspection ID, ids []ID) (map[ID]Answer, error)
	AnswerRevisions(ctx context.Context, inspection, answer ID) ([]Answer, error)
	// VersionsOf loads, by answer, every kept version, the oldest first.
	VersionsOf(ctx context.Context, inspection ID, answers []ID) (map[ID][]Answer, error)
	CreateAnswers(ctx context.Context, answers []Answer) error
	// SaveAnswers writes masters and appends versions, both set-wise.
	SaveAnswers(ctx context.Context, masters, versions []Answer) error
	// Standpoints loads, by answer and in order of revision, the versions by which rows to it are judged: of
	// each author the newest and the newest that says each field, the newest that says what stands, and all
	// of the given device times.
	Standpoints(ctx context.Context, inspection ID, answers []ID, times []time.Time) (map[ID][]Answer, error)
	Disputes(ctx context.Context, inspection ID) ([]Dispute, error)
	SaveDisputes(ctx context.Context, ds []Dispute) error
	Evidence(ctx context.Context, inspection ID) ([]Evidence, error)
	EvidenceByID(ctx context.Context, inspection ID, ids []ID) (map[ID]Evidence, error)
	SaveEvidence(ctx context.Context, es []Evidence) error
}

type reportTx interface {
	Findings(ctx context.Context, inspection ID) ([]Finding, error)
	// SaveFindings appends each finding as a version and writes the last of each, set-wise.
	SaveFindings(ctx context.Context, fs []Finding) error
	Responses(ctx context.Context, inspection ID) ([]FindingResponse, error)
	SaveResponse(ctx context.Context, r FindingResponse) error
	Statements(ctx context.Context, inspection ID) ([]Statement, error)
	SaveStatements(ctx context.Context, inspection ID, ss []Statement) error
	// SaveScores adds the scores, one of each policy, in one statement.
	SaveScores(ctx context.Context, inspection ID, scores []StoredScore) error
	Scores(ctx context.Context, inspection ID) ([]StoredScore, error)
	SaveSnapshot(ctx context.Context, s Snapshot) error
	Snapshot(ctx context.Context, inspection ID) (*Snapshot, error)
}

// FacilityView is a facility with what a list shows beside it.
type FacilityView struct {
	Facility
	LastInspection *InspectionSummary
	LastRating     *ExternalRating
	// Ratings are what other bodies published about the facility, the newest first; nil unless they
	// were asked for.
	Ratings []ExternalRating
	// OpenActions are the unsettled corrective actions of its live inspections that the actor may see,
	// OpenDetails what happened with them; nil unless they were asked for.
	OpenActions []CorrectiveAction
	OpenDetails ActionDetails
}

// InspectionSummary is an inspection in one line. Score is nil until the inspection is issued.
type InspectionSummary struct {
	ID           ID
	Facility     FacilityName
	Origin       Origin
	Scope        Scope
	State        State
	PlannedStart time.Time
	PlannedEnd   time.Time
	FinalRating  string
	Source       string
	Score        *ScoreSummary
}

// FacilityName is a facility in one line.
type FacilityName struct {
	ID    ID
	Name  string
	City  string
	State string
}

// ScoreSummary is a stored score in one line. PerMille is in tenths of a percent, nil if nothing was
// applicable.
type ScoreSummary struct {
	Policy   string
	Version  int
	Result   string
	PerMille *int
}

// FacilityQuery selects facilities in order of name.
type FacilityQuery struct {
	Search      string // part of a name, alias, city or DETLOC; empty for all
	State       string
	FieldOffice string
	Listed      *bool
	// Origins are the inspections LastInspection may show; empty means LIVE only.
	Origins []Origin
	// WithRatings asks for every facility's ExternalRatings too.
	WithRatings bool
	// WithOpenActions asks for every facility's OpenActions too.
	WithOpenActions bool
	After           *FacilityCursor
	Limit           int
}

// FacilityCursor is a place in the list: after the facility with this name and id.
type FacilityCursor struct {
	Name string
	ID   ID
}

// FacilityPage is a page of facilities; More says whether others follow.
type FacilityPage struct {
	Facilities []FacilityView
	More       bool
}

// InspectionQuery selects inspections, the newest planned start first.
type InspectionQuery struct {
	FacilityID *ID
	States     []State
	Origins    []Origin
	// Mine limits to inspections on whose team the actor is.
	Mine   bool
	Source string
	After  *InspectionCursor
	Limit  int
}

// InspectionCursor is a place in the list: after the inspection with this start and id.
type InspectionCursor struct {
	PlannedStart time.Time
	ID           ID
}

// InspectionPage is a page of inspections; More says whether others follow.
type InspectionPage struct {
	Inspections []InspectionSummary
	More        bool
}
