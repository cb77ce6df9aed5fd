package inspection

import (
	"slices"
	"strconv"
	"time"
)

// InspectionDocument is an inspection's header as a tablet keeps it. Of a tombstone only ID,
// InspectionID, Seq and Deleted say anything, and the rest fits a tablet's schema; so it is with the other
// documents.
type InspectionDocument struct {
	ID, InspectionID                          ID
	FacilityID                                ID
	FacilityName, FacilityCity, FacilityState string
	Origin                                    Origin
	Scope                                     Scope
	Announced                                 *bool
	PlannedStart, PlannedEnd                  time.Time
	State                                     State
	LeadID                                    ID
	EditionIDs                                []ID
	// Team are the people on it now, in the order of joining.
	Team           []TeamMember
	ReturnedReason string
	Revision       int
	ChangedAt      time.Time
	// Seq is the transaction that changed the document last.
	Seq     string
	Deleted bool
}

func headerDocument(i OpenInspection) InspectionDocument {
	return InspectionDocument{ID: i.ID, InspectionID: i.ID, FacilityID: i.FacilityID, FacilityName: i.Facility.Name, FacilityCity: i.Facility.City,
		FacilityState: i.Facility.State, Origin: i.Origin, Scope: i.Scope, Announced: i.Announced, PlannedStart: i.PlannedStart, PlannedEnd: i.PlannedEnd,
		State: i.State, LeadID: i.LeadID, EditionIDs: i.EditionIDs(), Team: i.members(), ReturnedReason: i.ReturnedReason, Revision: i.Revision,
		ChangedAt: i.ChangedAt, Seq: seqOf(i.ChangedIn)}
}

// members are the people on the team now, in the order of joining.
func (i *Inspection) members() []TeamMember {
	return slices.DeleteFunc(slices.Clone(i.Team), func(m TeamMember) bool { return m.RemovedAt != nil })
}

func seqOf(changedIn uint64) string { return strconv.FormatUint(changedIn, 10) }

// ChecklistItemDocument is an item of a checklist: what is required, without the answer.
type ChecklistItemDocument struct {
	// ID is the answer's.
	ID, InspectionID              ID
	StandardID                    ID
	StandardNumber, StandardTitle string
	EditionID                     ID
	RequirementID                 ID
	Key, Text                     string
	// Citation is marked unconfirmed unless CitationConfirmed.
	Citation          string
	CitationConfirmed bool
	Strength          Strength
	Confirmed         bool
	Priority          Priority
	Applies           Applies
	Population        string
	Codes             []string
	Expected          []EvidenceKind
	Thresholds        []Threshold
	NumbersSeen       bool
	Hint              string
	Position          int
	Seq               string
	Deleted           bool
}

func itemDocument(row ItemRow, edition ID, st *Standard, r *Requirement) ChecklistItemDocument {
	return ChecklistItemDocument{ID: row.ID, InspectionID: row.Inspection, StandardID: st.ID, StandardNumber: st.Number, StandardTitle: st.Title, EditionID: edition,
		RequirementID: r.ID, Key: r.Key, Text: r.Text, Citation: r.CitationLabel(), CitationConfirmed: r.CitationSeen, Strength: r.Strength,
		Confirmed: r.Confirmed(), Priority: r.Priority, Applies: r.Applies, Population: r.Population, Codes: r.Lines, Expected: r.Evidence,
		Thresholds: r.Thresholds, NumbersSeen: r.NumbersSeen, Hint: r.Hint, Position: row.Position, Seq: seqOf(row.ChangedIn)}
}

// AssignmentDocument is a standard in an inspection's scope and who is to work on it.
type AssignmentDocument struct {
	ID, InspectionID                            ID
	StandardID                                  ID
	StandardNumber, StandardTitle, StandardCode string
	EditionID                                   ID
	AssignedTo                                  *ID
	Position                                    int
	Reasons                                     []ScopeReason
	Seq                                         string
	Deleted                                     bool
}

func assignmentDocument(row AssignmentRow, st *Standard) AssignmentDocument {
	return AssignmentDocument{ID: AssignmentID(row.Inspection, row.StandardID), InspectionID: row.Inspection, StandardID: st.ID, StandardNumber: st.Number,
		StandardTitle: st.Title, StandardCode: st.Code, EditionID: row.EditionID, AssignedTo: row.AssignedTo, Position: row.Position, Reasons: row.Reasons,
		Seq: seqOf(row.ChangedIn)}
}

// AssignmentID is the id of a standard's assignment within an inspection.
func AssignmentID(inspection, standard ID) ID { return derivedWithin(inspection, standard) }

// PriorFindingID is the id of an earlier finding as one of an inspection's past: the same finding is
// part of the past of several.
func PriorFindingID(inspection, finding ID) ID { return derivedWithin(inspection, finding) }
