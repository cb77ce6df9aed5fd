package view

import (
	"strconv"
	"time"

	"plumbline/inspection"
)

// The documents that tablets only read. A tombstone fits the same schema as a document that is there: what it
// does not say is empty, so that RxDB, which may hold documents to a schema, takes it.

func inspectionDocumentFields() fields[*inspection.InspectionDocument] {
	type D = *inspection.InspectionDocument
	return fields[D]{
		"deleted":       boolean(func(d D) bool { return d.Deleted }),
		"facilityId":    idOrEmptyText(func(d D) inspection.ID { return d.FacilityID }),
		"facilityName":  text(func(d D) string { return d.FacilityName }),
		"facilityCity":  text(func(d D) string { return d.FacilityCity }),
		"facilityState": text(func(d D) string { return d.FacilityState }),
		"origin":        text(func(d D) string { return string(d.Origin) }),
		"scope":         text(func(d D) string { return string(d.Scope) }),
		"announced": leaf(func(b []byte, d D) []byte {
			if d.Announced == nil {
				return append(b, "null"...)
			}
			return strconv.AppendBool(b, *d.Announced)
		}),
		"plannedStart": dayOrEmpty(func(d D) time.Time { return d.PlannedStart }),
		"plannedEnd":   dayOrEmpty(func(d D) time.Time { return d.PlannedEnd }),
		"state":        text(func(d D) string { return string(d.State) }),
		"leadId":       idOrEmptyText(func(d D) inspection.ID { return d.LeadID }),
		"editionIds": leaf(func(b []byte, d D) []byte {
			return appendList(b, d.EditionIDs, appendID)
		}),
		"team":           many("InspectionMember", memberFields(), func(d D) []inspection.TeamMember { return d.Team }),
		"returnedReason": text(func(d D) string { return d.ReturnedReason }),
		"revision":       number(func(d D) int64 { return int64(d.Revision) }),
		"changedAt":      momentOrEmpty(func(d D) time.Time { return d.ChangedAt }),
		"id":             idOrEmptyText(func(d D) inspection.ID { return d.ID }),
		"inspectionId":   idOrEmptyText(func(d D) inspection.ID { return d.ID }),
		"seq":            text(func(d D) string { return d.Seq }),
	}
}

func memberFields() fields[inspection.TeamMember] {
	type M = inspection.TeamMember
	return fields[M]{
		"userId": id(func(m M) inspection.ID { return m.UserID }),
		"name":   text(func(m M) string { return m.Name }),
		"role":   text(func(m M) string { return string(m.Role) }),
		"lead":   boolean(func(m M) bool { return m.Lead }),
	}
}

func itemDocumentFields() fields[*inspection.ChecklistItemDocument] {
	type D = *inspection.ChecklistItemDocument
	return fields[D]{
		"deleted":           boolean(func(d D) bool { return d.Deleted }),
		"standardId":        idOrEmptyText(func(d D) inspection.ID { return d.StandardID }),
		"standardNumber":    text(func(d D) string { return d.StandardNumber }),
		"standardTitle":     text(func(d D) string { return d.StandardTitle }),
		"editionId":         idOrEmptyText(func(d D) inspection.ID { return d.EditionID }),
		"requirementId":     idOrEmptyText(func(d D) inspection.ID { return d.RequirementID }),
		"key":               text(func(d D) string { return d.Key }),
		"text":              text(func(d D) string { return d.Text }),
		"citation":          text(func(d D) string { return d.Citation }),
		"citationConfirmed": boolean(func(d D) bool { return d.CitationConfirmed }),
		"strength":          text(func(d D) string { return string(d.Strength) }),
		"confirmed":         boolean(func(d D) bool { return d.Confirmed }),
		"priority":          text(func(d D) string { return string(d.Priority) }),
		"applies":           text(func(d D) string { return string(d.Applies) }),
		"population":        text(func(d D) string { return d.Population }),
		"codes":             texts(func(d D) []string { return d.Codes }),
		"expected":          texts(func(d D) []inspection.EvidenceKind { return d.Expected }),
		"thresholds":        many("ItemThreshold", itemThresholdFields(), func(d D) []inspection.Threshold { return d.Thresholds }),
		"numbersSeen":       boolean(func(d D) bool { return d.NumbersSeen }),
		"hint":              text(func(d D) string { return d.Hint }),
		"position":          number(func(d D) int64 { return int64(d.Position) }),
		"id":                idOrEmptyText(func(d D) inspection.ID { return d.ID }),
		"inspectionId":      idOrEmptyText(func(d D) inspection.ID { return d.InspectionID }),
		"seq":               text(func(d D) string { return d.Seq }),
	}
}

func itemThresholdFields() fields[inspection.Threshold] {
	all := thresholdFields()
	all["group"] = text(func(t inspection.Threshold) string { return t.Group })
	return all
}

func assignmentDocumentFields() fields[*inspection.AssignmentDocument] {
	type D = *inspection.AssignmentDocument
	return fields[D]{
		"deleted":        boolean(func(d D) bool { return d.Deleted }),
		"standardId":     idOrEmptyText(func(d D) inspection.ID { return d.StandardID }),
		"standardNumber": text(func(d D) string { return d.StandardNumber }),
		"standardTitle":  text(func(d D) string { return d.StandardTitle }),
		"standardCode":   text(func(d D) string { return d.StandardCode }),
		"editionId":      idOrEmptyText(func(d D) inspection.ID { return d.EditionID }),
		"assignedTo":     idOrNull(func(d D) inspection.ID { return pointed(d.AssignedTo) }),
		"position":       number(func(d D) int64 { return int64(d.Position) }),
		"reasons":        texts(func(d D) []inspection.ScopeReason { return d.Reasons }),
		"id":             idOrEmptyText(func(d D) inspection.ID { return d.ID }),
		"inspectionId":   idOrEmptyText(func(d D) inspection.ID { return d.InspectionID }),
		"seq":            text(func(d D) string { return d.Seq }),
	}
}

func priorDocumentFields() fields[*inspection.PriorFindingDocument] {
	type D = *inspection.PriorFindingDocument
	return fields[D]{
		"deleted":           boolean(func(d D) bool { return d.Deleted }),
		"findingId":         idOrEmptyText(func(d D) inspection.ID { return d.FindingID }),
		"fromInspectionId":  idOrEmptyText(func(d D) inspection.ID { return d.FromInspectionID }),
		"endedOn":           dayOrEmpty(func(d D) time.Time { return d.EndedOn }),
		"scope":             text(func(d D) string { return string(d.Scope) }),
		"standard":          text(func(d D) string { return d.Standard }),
		"requirementId":     idOrNull(func(d D) inspection.ID { return pointed(d.RequirementID) }),
		"code":              text(func(d D) string { return d.Code }),
		"citation":          text(func(d D) string { return d.Citation }),
		"citationConfirmed": boolean(func(d D) bool { return d.CitationConfirmed }),
		"text":              text(func(d D) string { return d.Text }),
		"priorityDeclared":  boolean(func(d D) bool { return d.PriorityDeclared }),
		"priorityDerived":   boolean(func(d D) bool { return d.PriorityDerived }),
		"correctedOnSite":   text(func(d D) string { return string(d.CorrectedOnSite) }),
		"repeatTimes":       number(func(d D) int64 { return int64(d.RepeatTimes) }),
		"ageDays":           number(func(d D) int64 { return int64(d.AgeDays) }),
		"actionId":          idOrNull(func(d D) inspection.ID { return pointed(d.ActionID) }),
		"actionState": textOrNull(func(d D) string {
			if d.ActionState == nil {
				return ""
			}
			return string(*d.ActionState)
		}),
		"actionOpenedAt": momentOrNull(func(d D) *time.Time { return d.ActionOpenedAt }),
		"verifiedAt":     momentOrNull(func(d D) *time.Time { return d.VerifiedAt }),
		"carried":        boolean(func(d D) bool { return d.Carried }),
		"id":             idOrEmptyText(func(d D) inspection.ID { return d.ID }),
		"inspectionId":   idOrEmptyText(func(d D) inspection.ID { return d.InspectionID }),
		"seq":            text(func(d D) string { return d.Seq }),
	}
}

// idOrEmptyText, dayOrEmpty and momentOrEmpty write empty text for what a tombstone does not say.
func idOrEmptyText[T any](get func(T) inspection.ID) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		if id := get(v); id != (inspection.ID{}) {
			return appendID(b, id)
		}
		return append(b, `""`...)
	})
}

func dayOrEmpty[T any](get func(T) time.Time) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		if at := get(v); !at.IsZero() {
			return appendText(b, at.UTC().Format(time.DateOnly))
		}
		return append(b, `""`...)
	})
}

func momentOrEmpty[T any](get func(T) time.Time) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		if at := get(v); !at.IsZero() {
			return appendTime(b, at)
		}
		return append(b, `""`...)
	})
}
