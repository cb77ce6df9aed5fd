package inspection

import "slices"

// Action is something an actor may be allowed to do. It also names the audit events.
type Action string

const (
	ReadStandards       Action = "READ_STANDARDS"
	ReadFacilities      Action = "READ_FACILITIES"
	ManageFacilities    Action = "MANAGE_FACILITIES"
	ManageUsers         Action = "MANAGE_USERS"
	ManageEditions      Action = "MANAGE_EDITIONS"
	ManageCoreSets      Action = "MANAGE_CORE_SETS"
	ManagePolicies      Action = "MANAGE_POLICIES"
	ListColleagues      Action = "LIST_COLLEAGUES"
	PlanInspection      Action = "PLAN_INSPECTION"
	ReadInspection      Action = "READ_INSPECTION"
	ReadFieldwork       Action = "READ_FIELDWORK"
	ReadSensitivity     Action = "READ_SENSITIVITY"
	ManageTeam          Action = "MANAGE_TEAM"
	AssignStandards     Action = "ASSIGN_STANDARDS"
	RecordMilestone     Action = "RECORD_MILESTONE"
	RecordStatement     Action = "RECORD_STATEMENT"
	RecordPopulation    Action = "RECORD_POPULATION"
	StartInspection     Action = "START_INSPECTION"
	RecordAnswer        Action = "RECORD_ANSWER"
	DrawSample          Action = "DRAW_SAMPLE"
	RuleDispute         Action = "RULE_DISPUTE"
	RecordFinding       Action = "RECORD_FINDING"
	SealInterviewNote   Action = "SEAL_INTERVIEW_NOTE"
	DeclareEvidence     Action = "DECLARE_EVIDENCE"
	AcceptEvidence      Action = "ACCEPT_EVIDENCE"
	ViewOriginal        Action = "VIEW_ORIGINAL"
	FinishFieldwork     Action = "FINISH_FIELDWORK"
	SubmitForReview     Action = "SUBMIT_FOR_REVIEW"
	RecommendRating     Action = "RECOMMEND_RATING"
	ReviewInspection    Action = "REVIEW_INSPECTION"
	ReviewExclusions    Action = "REVIEW_EXCLUSIONS"
	SetFinalRating      Action = "SET_FINAL_RATING"
	IssueInspection     Action = "ISSUE_INSPECTION"
	RespondToDeficiency Action = "RESPOND_TO_DEFICIENCY"
	RuleOnContest       Action = "RULE_ON_CONTEST"
	PlanAction          Action = "PLAN_ACTION"
	ReportAction        Action = "REPORT_ACTION"
	EndorseAction       Action = "ENDORSE_ACTION"
	VerifyAction        Action = "VERIFY_ACTION"
	ReopenAction        Action = "REOPEN_ACTION"
	DeclareProof        Action = "DECLARE_PROOF"
	ViewProof           Action = "VIEW_PROOF"
	EscalateAction      Action = "ESCALATE_ACTION"
	GrantWaiver         Action = "GRANT_WAIVER"
	ConsentToWaiver     Action = "CONSENT_TO_WAIVER"
	EndWaiver           Action = "END_WAIVER"
	ExpireWaiver        Action = "EXPIRE_WAIVER"
	ReadWaivers         Action = "READ_WAIVERS"
	ManageWebhooks      Action = "MANAGE_WEBHOOKS"
	RegisterDevice      Action = "REGISTER_DEVICE"
	ReadDevices         Action = "READ_DEVICES"
	ManageDevices       Action = "MANAGE_DEVICES"
	CloseInspection     Action = "CLOSE_INSPECTION"
	ReportOutbox        Action = "REPORT_OUTBOX"
	CancelInspection    Action = "CANCEL_INSPECTION"
	ReadAudit           Action = "READ_AUDIT"
	ReadStatistics      Action = "READ_STATISTICS"
	ReadTotals          Action = "READ_TOTALS"
	SyncPull            Action = "SYNC_PULL"
	SyncPush            Action = "SYNC_PUSH"
)

// MakeReport names the audit event of an operator's command; it stands in no role's cell.
const MakeReport Action = "MAKE_REPORT"

// Grant says under which condition a role may act.
type Grant string

const (
	// Never: the default.
	Never Grant = ""
	// Always: on anything the actor can see.
	Always Grant = "always"
	// Own: on what is the actor's own.
	Own Grant = "own"
	// OnTeam: on inspections on whose team the actor is.
	OnTeam Grant = "on team"
	// AsLead: on inspections that the actor leads.
	AsLead Grant = "as lead"
	// Independent: on inspections in which the actor has no part.
	Independent Grant = "independent"
	// TeamOrIssued: on the actor's own inspections, and on any once issued.
	TeamOrIssued Grant = "team or issued"
	// IfIssued: on any inspection once issued.
	IfIssued Grant = "if issued"
	// OwnIssued: on issued inspections of the actor's own facility or area of responsibility.
	OwnIssued Grant = "own, if issued"
)

// permissions is the one table of who may do what. What is not listed is refused.
var permissions = map[Action]map[Role]Grant{
	ReadStandards:  everyone(),
	ReadFacilities: everyone(),

	ManageFacilities: {RoleAdmin: Always},
	ManageUsers:      {RoleAdmin: Always},
	ManageEditions:   {RoleAdmin: Always},
	ManageCoreSets:   {RoleAdmin: Always},
	ManagePolicies:   {RoleAdmin: Always},
	ListColleagues: {RoleInspector: Always, RoleLead: Always, RoleReviewer: Always, RoleAnalyst: Always,
		RoleAuditor: Always, RoleAdmin: Always},

	ReadInspection: {RoleInspector: TeamOrIssued, RoleLead: TeamOrIssued, RoleReviewer: Always,
		RoleFieldOffice: OwnIssued, RoleFacility: OwnIssued, RoleAnalyst: IfIssued, RoleAuditor: Always},
	ReadFieldwork: {RoleInspector: TeamOrIssued, RoleLead: TeamOrIssued, RoleReviewer: Always,
		RoleAnalyst: IfIssued, RoleAuditor: Always},
	ReadSensitivity: {RoleReviewer: Always, RoleAnalyst: IfIssued, RoleAuditor: Always},
	ViewOriginal:    {RoleInspector: OnTeam, RoleLead: OnTeam, RoleReviewer: Always, RoleAuditor: Always},

	PlanInspection:   {RoleLead: Always, RoleReviewer: Always},
	ManageTeam:       {RoleLead: AsLead},
	AssignStandards:  {RoleLead: AsLead},
	RecordMilestone:  {RoleInspector: OnTeam, RoleLead: OnTeam},
	RecordStatement:  {RoleLead: AsLead},
	RecordPopulation: {RoleInspector: OnTeam, RoleLead: OnTeam},
	StartInspection:  {RoleLead: AsLead},
	RecordAnswer:     {RoleInspector: OnTeam, RoleLead: OnTeam},
	DrawSample:       {RoleInspector: OnTeam, RoleLead: OnTeam},
	RuleDispute:      {RoleLead: AsLead, RoleReviewer: Independent},
	RecordFinding:    {RoleInspector: OnTeam, RoleLead: OnTeam},
	DeclareEvidence:  {RoleInspector: OnTeam, RoleLead: OnTeam},
	// Nobody has a permission to read a note: it is sealed for good.
	SealInterviewNote: {RoleInspector: OnTeam, RoleLead: OnTeam},
	AcceptEvidence:    {RoleLead: AsLead},
	FinishFieldwork:   {RoleLead: AsLead},
	SubmitForReview:   {RoleLead: AsLead},
	RecommendRating:   {RoleLead: AsLead},
	CancelInspection:  {RoleLead: AsLead, RoleReviewer: Independent},
	ReportOutbox:      {RoleInspector: OnTeam, RoleLead: OnTeam},

	ReviewInspection:    {RoleReviewer: Independent},
	ReviewExclusions:    {RoleReviewer: Independent},
	SetFinalRating:      {RoleReviewer: Independent},
	IssueInspection:     {RoleReviewer: Independent},
	RespondToDeficiency: {RoleFacility: OwnIssued},
	RuleOnContest:       {RoleReviewer: Independent},
	CloseInspection:     {RoleReviewer: Independent},

	// The inspected answer, OPR verifies: never one for the other.
	PlanAction:    {RoleFacility: OwnIssued},
	ReportAction:  {RoleFacility: OwnIssued},
	EndorseAction: {RoleFieldOffice: OwnIssued},
	VerifyAction:  {RoleInspector: IfIssued, RoleLead: IfIssued, RoleReviewer: IfIssued},
	ReopenAction:  {RoleInspector: IfIssued, RoleLead: IfIssued, RoleReviewer: IfIssued},
	DeclareProof:  {RoleInspector: IfIssued, RoleLead: IfIssued, RoleReviewer: IfIssued, RoleFacility: OwnIssued},
	ViewProof:     {RoleInspector: IfIssued, RoleLead: IfIssued, RoleReviewer: IfIssued, RoleAuditor: IfIssued},

	GrantWaiver:     {RoleLead: Always, RoleReviewer: Always},
	ConsentToWaiver: {RoleReviewer: Always},
	EndWaiver:       {RoleLead: Always, RoleReviewer: Always},
	ReadWaivers: {RoleInspector: Always, RoleLead: Always, RoleReviewer: Always, RoleFieldOffice: Always,
		RoleFacility: Always, RoleAnalyst: Always, RoleAuditor: Always},

	ManageWebhooks: {RoleAdmin: Always},

	// Who once had a tablet keeps a hand on it in another role.
	RegisterDevice: {RoleInspector: Always, RoleLead: Always},
	ReadDevices:    {RoleInspector: Own, RoleLead: Own, RoleReviewer: Own, RoleAnalyst: Own, RoleAuditor: Own, RoleAdmin: Always},
	ManageDevices:  {RoleInspector: Own, RoleLead: Own, RoleReviewer: Own, RoleAnalyst: Own, RoleAuditor: Own, RoleAdmin: Always},

	// Plumbline's own jobs do these, and nobody else.
	EscalateAction: {},
	ExpireWaiver:   {},

	ReadAudit: {RoleAuditor: Always},
	ReadStatistics: {RoleInspector: IfIssued, RoleLead: IfIssued, RoleReviewer: IfIssued,
		RoleFieldOffice: OwnIssued, RoleFacility: OwnIssued, RoleAnalyst: IfIssued, RoleAuditor: IfIssued},
	ReadTotals: {RoleInspector: Always, RoleLead: Always, RoleReviewer: Always, RoleAnalyst: Always,
		RoleAuditor: Always, RoleAdmin: Always},

	// Who replicates at all; what, each inspection's team decides.
	SyncPull: {RoleInspector: Always, RoleLead: Always},
	SyncPush: {RoleInspector: Always, RoleLead: Always},
}

func everyone() map[Role]Grant {
	all := map[Role]Grant{}
	for _, r := range Roles() {
		all[r] = Always
	}
	return all
}

// GrantOf returns the table's cell for a role and an action.
func GrantOf(role Role, action Action) Grant { return permissions[action][role] }

// Actions lists every action of the permission table.
func Actions() []Action {
	all := make([]Action, 0, len(permissions))
	for a := range permissions {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}

// Subject is what an action touches: an inspection and the place it concerns, or a person's own thing.
// All are zero for actions on neither.
type Subject struct {
	Inspection *Inspection
	// FieldOffice is the area of responsibility of the inspection's facility.
	FieldOffice string
	// Owner is the person whose thing it is.
	Owner ID
}

// Allow returns nil if the actor may do this, else a Forbidden problem.
func Allow(actor Actor, action Action, on Subject) error {
	if actor.Role == roleSystem {
		return nil
	}
	grant := GrantOf(actor.Role, action)
	i := on.Inspection
	switch {
	case grant == Always,
		grant == Own && on.Owner != ID{} && on.Owner == actor.ID,
		i != nil && grant == OnTeam && i.OnTeam(actor.ID),
		i != nil && grant == AsLead && i.LeadID == actor.ID,
		i != nil && grant == Independent && !i.WasOnTeam(actor.ID),
		i != nil && grant == TeamOrIssued && (i.OnTeam(actor.ID) || issued(i)),
		i != nil && grant == IfIssued && issued(i),
		i != nil && grant == OwnIssued && issued(i) && owns(actor, on):
		return nil
	}
	return refuseAction(actor, action, grant)
}

func issued(i *Inspection) bool { return i.State == Issued || i.State == Closed }

func owns(actor Actor, on Subject) bool {
	switch actor.Role {
	case RoleFacility:
		return actor.FacilityID == on.Inspection.FacilityID
	case RoleFieldOffice:
		return actor.FieldOffice != "" && actor.FieldOffice == on.FieldOffice
	}
	return false
}

func refuseAction(actor Actor, action Action, grant Grant) error {
	switch grant {
	case Own:
		return Refuse(Forbidden, "", "only on what is your own may you do this (%s)", action)
	case OnTeam, TeamOrIssued:
		return Refuse(Forbidden, "", "only the inspection's team may do this (%s)", action)
	case AsLead:
		return Refuse(Forbidden, "", "only the inspection's lead may do this (%s)", action)
	case Independent:
		return Refuse(Forbidden, "", "only a reviewer who had no part in the fieldwork may do this (%s)", action)
	case OwnIssued, IfIssued:
		return Refuse(Forbidden, "", "only issued inspections, and only your own where you are inspected (%s)", action)
	}
	return Refuse(Forbidden, "", "your role, %s, may not do this (%s)", actor.Role, action)
}

// roleSystem acts for the operator's own commands: loading editions, facilities and users. No token
// yields it.
const roleSystem Role = "SYSTEM"

// System is the actor of the operator's commands (migrate, import, seed), which hold the database's
// own credentials and need no further permission.
func System() Actor {
	return Actor{ID: EditionID("system"), Email: "system", Name: "Plumbline", Role: roleSystem}
}
