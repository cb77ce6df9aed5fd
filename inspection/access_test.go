package inspection_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// The whole permission table, cell by cell. A dot is Never.
const table = `
action                inspector      lead           reviewer    field office   facility       analyst   auditor   privacy admin
ACCEPT_EVIDENCE       .              as lead        .           .              .              .         .         .       .
ASSIGN_STANDARDS      .              as lead        .           .              .              .         .         .       .
CANCEL_INSPECTION     .              as lead        independent .              .              .         .         .       .
CLOSE_INSPECTION      .              .              independent .              .              .         .         .       .
CONSENT_TO_WAIVER     .              .              always      .              .              .         .         .       .
DECLARE_EVIDENCE      on team        on team        .           .              .              .         .         .       .
DECLARE_PROOF         if issued      if issued      if issued   .              own, if issued .         .         .       .
DRAW_SAMPLE           on team        on team        .           .              .              .         .         .       .
ENDORSE_ACTION        .              .              .           own, if issued .              .         .         .       .
END_WAIVER            .              always         always      .              .              .         .         .       .
ESCALATE_ACTION       .              .              .           .              .              .         .         .       .
EXPIRE_WAIVER         .              .              .           .              .              .         .         .       .
FINISH_FIELDWORK      .              as lead        .           .              .              .         .         .       .
GRANT_WAIVER          .              always         always      .              .              .         .         .       .
ISSUE_INSPECTION      .              .              independent .              .              .         .         .       .
LIST_COLLEAGUES       always         always         always      .              .              always    always    .       always
MANAGE_CORE_SETS      .              .              .           .              .              .         .         .       always
MANAGE_DEVICES        own            own            own         .              .              own       own       .       always
MANAGE_EDITIONS       .              .              .           .              .              .         .         .       always
MANAGE_FACILITIES     .              .              .           .              .              .         .         .       always
MANAGE_POLICIES       .              .              .           .              .              .         .         .       always
MANAGE_TEAM           .              as lead        .           .              .              .         .         .       .
MANAGE_USERS          .              .              .           .              .              .         .         .       always
MANAGE_WEBHOOKS       .              .              .           .              .              .         .         .       always
PLAN_ACTION           .              .              .           .              own, if issued .         .         .       .
PLAN_INSPECTION       .              always         always      .              .              .         .         .       .
READ_AUDIT            .              .              .           .              .              .         always    .       .
READ_DEVICES          own            own            own         .              .              own       own       .       always
READ_FACILITIES       always         always         always      always         always         always    always    always  always
READ_FIELDWORK        team or issued team or issued always      .              .              if issued always    .       .
READ_INSPECTION       team or issued team or issued always      own, if issued own, if issued if issued always    .       .
READ_SENSITIVITY      .              .              always      .              .              if issued always    .       .
READ_STANDARDS        always         always         always      always         always         always    always    always  always
READ_STATISTICS       if issued      if issued      if issued   own, if issued own, if issued if issued if issued .       .
READ_TOTALS           always         always         always      .              .              always    always    .       always
READ_WAIVERS          always         always         always      always         always         always    always    .       .
RECOMMEND_RATING      .              as lead        .           .              .              .         .         .       .
RECORD_ANSWER         on team        on team        .           .              .              .         .         .       .
RECORD_FINDING        on team        on team        .           .              .              .         .         .       .
RECORD_MILESTONE      on team        on team        .           .              .              .         .         .       .
RECORD_POPULATION     on team        on team        .           .              .              .         .         .       .
RECORD_STATEMENT      .              as lead        .           .              .              .         .         .       .
REGISTER_DEVICE       always         always         .           .              .              .         .         .       .
REOPEN_ACTION         if issued      if issued      if issued   .              .              .         .         .       .
REPORT_ACTION         .              .              .           .              own, if issued .         .         .       .
REPORT_OUTBOX         on team        on team        .           .              .              .         .         .       .
RESPOND_TO_DEFICIENCY .              .              .           .              own, if issued .         .         .       .
REVIEW_EXCLUSIONS     .              .              independent .              .              .         .         .       .
REVIEW_INSPECTION     .              .              independent .              .              .         .         .       .
RULE_DISPUTE          .              as lead        independent .              .              .         .         .       .
RULE_ON_CONTEST       .              .              independent .              .              .         .         .       .
SEAL_INTERVIEW_NOTE   on team        on team        .           .              .              .         .         .       .
SET_FINAL_RATING      .              .              independent .              .              .         .         .       .
START_INSPECTION      .              as lead        .           .              .              .         .         .       .
SUBMIT_FOR_REVIEW     .              as lead        .           .              .              .         .         .       .
SYNC_PULL              always         always         .           .              .              .         .         .       .
SYNC_PUSH              always         always         .           .              .              .         .         .       .
VERIFY_ACTION         if issued      if issued      if issued   .              .              .         .         .       .
VIEW_ORIGINAL         on team        on team        always      .              .              .         always    .       .
VIEW_PROOF            if issued      if issued      if issued   .              .              .         if issued .       .
`

func TestThePermissionTable(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(table), "\n")
	columns := []int{}
	for _, heading := range []string{"inspector", "lead", "reviewer", "field office", "facility", "analyst", "auditor", "privacy", "admin"} {
		columns = append(columns, strings.Index(lines[0], heading))
	}
	want, got := map[string]inspection.Grant{}, map[string]inspection.Grant{}
	var actions []inspection.Action
	for _, line := range lines[1:] {
		action := inspection.Action(strings.Fields(line)[0])
		actions = append(actions, action)
		for n, role := range inspection.Roles() {
			end := len(line)
			if n+1 < len(columns) {
				end = columns[n+1]
			}
			cell := inspection.Grant(strings.Trim(line[columns[n]:end], " ."))
			want[fmt.Sprintf("%s as %s", action, role)] = cell
			got[fmt.Sprintf("%s as %s", action, role)] = inspection.GrantOf(role, action)
		}
	}
	if diff := cmp.Diff(actions, inspection.Actions()); diff != "" {
		t.Errorf("the actions (-table +code):\n%s", diff)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the grants (-table +code):\n%s", diff)
	}
}

// people of one inspection, by what they are to it.
var (
	theLead    = inspection.EditionID("lead")
	theMember  = inspection.EditionID("member")
	theRemoved = inspection.EditionID("removed")
	theOutside = inspection.EditionID("outsider")
	theirPlace = inspection.EditionID("facility")
	otherPlace = inspection.EditionID("other facility")
)

func inspectionIn(state inspection.State) *inspection.Inspection {
	now := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	return &inspection.Inspection{State: state, LeadID: theLead, FacilityID: theirPlace, Team: []inspection.TeamMember{
		{UserID: theLead}, {UserID: theMember}, {UserID: theRemoved, RemovedAt: &now}}}
}

// Who a grant lets through, for every kind of person, before and after the issue.
func TestWhatEachGrantMeans(t *testing.T) {
	t.Parallel()
	person := func(id inspection.ID, role inspection.Role) inspection.Actor {
		return inspection.Actor{ID: id, Role: role}
	}
	anInspector, aLead, aReviewer := inspection.RoleInspector, inspection.RoleLead, inspection.RoleReviewer
	own := inspection.Actor{ID: theOutside, Role: inspection.RoleFacility, FacilityID: theirPlace}
	foreign := inspection.Actor{ID: theOutside, Role: inspection.RoleFacility, FacilityID: otherPlace}
	nowhere := inspection.Actor{ID: theOutside, Role: inspection.RoleFacility}
	ownAOR := inspection.Actor{ID: theOutside, Role: inspection.RoleFieldOffice, FieldOffice: "NOL"}
	otherAOR := inspection.Actor{ID: theOutside, Role: inspection.RoleFieldOffice, FieldOffice: "SEA"}
	noAOR := inspection.Actor{ID: theOutside, Role: inspection.RoleFieldOffice}
	for _, c := range []struct {
		what                    string
		actor                   inspection.Actor
		action                  inspection.Action
		planned, issued, closed bool
	}{
		{"OnTeam: a member", person(theMember, anInspector), inspection.RecordAnswer, true, true, true},
		{"OnTeam: the lead", person(theLead, aLead), inspection.RecordAnswer, true, true, true},
		{"OnTeam: a removed member", person(theRemoved, anInspector), inspection.RecordAnswer, false, false, false},
		{"OnTeam: an outsider", person(theOutside, anInspector), inspection.RecordAnswer, false, false, false},
		{"OnTeam: a lead who leads another", person(theOutside, aLead), inspection.RecordAnswer, false, false, false},
		{"AsLead: the lead", person(theLead, aLead), inspection.FinishFieldwork, true, true, true},
		{"AsLead: a lead inspector who is only a member", person(theMember, aLead), inspection.FinishFieldwork, false, false, false},
		{"AsLead: an inspector with the lead's own id", person(theLead, anInspector), inspection.FinishFieldwork, false, false, false},
		{"Independent: a reviewer without part", person(theOutside, aReviewer), inspection.IssueInspection, true, true, true},
		{"Independent: a reviewer on the team", person(theMember, aReviewer), inspection.IssueInspection, false, false, false},
		{"Independent: a reviewer who was on the team", person(theRemoved, aReviewer), inspection.IssueInspection, false, false, false},
		{"Independent: a reviewer who leads", person(theLead, aReviewer), inspection.IssueInspection, false, false, false},
		{"TeamOrIssued: a member", person(theMember, anInspector), inspection.ReadFieldwork, true, true, true},
		{"TeamOrIssued: a removed member", person(theRemoved, anInspector), inspection.ReadFieldwork, false, true, true},
		{"TeamOrIssued: an outsider", person(theOutside, anInspector), inspection.ReadFieldwork, false, true, true},
		{"IfIssued: an analyst", person(theOutside, inspection.RoleAnalyst), inspection.ReadFieldwork, false, true, true},
		{"OwnIssued: own facility", own, inspection.ReadInspection, false, true, true},
		{"OwnIssued: another facility", foreign, inspection.ReadInspection, false, false, false},
		{"OwnIssued: a facility user of no facility", nowhere, inspection.ReadInspection, false, false, false},
		{"OwnIssued: own area of responsibility", ownAOR, inspection.ReadInspection, false, true, true},
		{"OwnIssued: another area of responsibility", otherAOR, inspection.ReadInspection, false, false, false},
		{"OwnIssued: a field office user of no office", noAOR, inspection.ReadInspection, false, false, false},
		{"Always: the auditor", person(theOutside, inspection.RoleAuditor), inspection.ReadFieldwork, true, true, true},
		{"Never: the privacy officer", person(theOutside, inspection.RolePrivacy), inspection.ReadInspection, false, false, false},
		{"Never: the administrator", person(theOutside, inspection.RoleAdmin), inspection.ReadInspection, false, false, false},
		{"Never: nobody", inspection.Actor{}, inspection.ReadStandards, false, false, false},
	} {
		for state, want := range map[inspection.State]bool{inspection.Planned: c.planned, inspection.InProgress: c.planned,
			inspection.FieldworkDone: c.planned, inspection.InReview: c.planned, inspection.Cancelled: c.planned,
			inspection.Issued: c.issued, inspection.Closed: c.closed} {
			err := inspection.Allow(c.actor, c.action, inspection.Subject{Inspection: inspectionIn(state), FieldOffice: "NOL"})
			if allowed := err == nil; allowed != want {
				t.Errorf("%s, %s while %s: allowed is %v, want %v", c.what, c.action, state, allowed, want)
			}
			if err != nil && !inspection.Refused(err, inspection.Forbidden) {
				t.Errorf("%s: refused with %v, want FORBIDDEN", c.what, err)
			}
		}
	}
}

// A facility without a known field office belongs to no area of responsibility.
func TestNoFieldOfficeOwnsAPlaceOfUnknownOffice(t *testing.T) {
	t.Parallel()
	actor := inspection.Actor{Role: inspection.RoleFieldOffice}
	if inspection.Allow(actor, inspection.ReadInspection, inspection.Subject{Inspection: inspectionIn(inspection.Issued)}) == nil {
		t.Error("two empty codes count as the same office")
	}
}

// What needs an inspection is refused to everyone without one, unless the grant is Always.
func TestWithoutAnInspectionOnlyAlwaysHolds(t *testing.T) {
	t.Parallel()
	for _, action := range inspection.Actions() {
		for _, role := range inspection.Roles() {
			allowed := inspection.Allow(inspection.Actor{ID: theLead, Role: role}, action, inspection.Subject{}) == nil
			if want := inspection.GrantOf(role, action) == inspection.Always; allowed != want {
				t.Errorf("%s as %s without an inspection: allowed is %v", action, role, allowed)
			}
		}
	}
}
