package graph

import (
	"plumbline/graph/generated"
	"plumbline/inspection"
)

// isTrue is false for nil.
func isTrue(b *bool) bool { return b != nil && *b }

// wholeOf is zero for nil.
func wholeOf(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

func findingRows(rows []generated.FindingInputPushRow) []inspection.FindingRow {
	out := make([]inspection.FindingRow, len(rows))
	for n, r := range rows {
		out[n].New = pushedFinding(&r.NewDocumentState)
		if r.AssumedMasterState != nil {
			assumed := pushedFinding(r.AssumedMasterState)
			out[n].Assumed = &assumed
		}
	}
	return out
}

func pushedFinding(in *generated.FindingInput) inspection.PushedFinding {
	return inspection.PushedFinding{ID: in.ID, InspectionID: textOf(in.InspectionID), Kind: in.Kind, StandardID: in.StandardID, StandardText: in.StandardText,
		RequirementID: in.RequirementID, Code: in.Code, Text: in.Text, ResponsibleParty: in.ResponsibleParty, Priority: in.Priority, Repeat: in.Repeat,
		CorrectedOnSite: in.CorrectedOnSite, CorrectionNote: in.CorrectionNote, Condition: in.Condition, Likelihood: in.Likelihood, Spread: in.Spread,
		ImmediateThreat: in.ImmediateThreat, RemovedReason: in.RemovedReason, DeviceTime: in.DeviceTime, Deleted: isTrue(in.Deleted), Revision: wholeOf(in.Revision)}
}

func observationRows(rows []generated.ObservationInputPushRow) []inspection.ObservationRow {
	out := make([]inspection.ObservationRow, len(rows))
	for n, r := range rows {
		out[n].New = pushedObservation(&r.NewDocumentState)
		if r.AssumedMasterState != nil {
			assumed := pushedObservation(r.AssumedMasterState)
			out[n].Assumed = &assumed
		}
	}
	return out
}

func pushedObservation(in *generated.ObservationInput) inspection.PushedObservation {
	return inspection.PushedObservation{ID: in.ID, InspectionID: textOf(in.InspectionID), StandardID: in.StandardID, RequirementID: in.RequirementID,
		Text: in.Text, Place: in.Place, ObservedAt: in.ObservedAt, DeviceTime: in.DeviceTime, Deleted: isTrue(in.Deleted),
		Revision: wholeOf(in.Revision)}
}

func evidenceRows(rows []generated.EvidenceInputPushRow) []inspection.EvidenceRow {
	out := make([]inspection.EvidenceRow, len(rows))
	for n, r := range rows {
		out[n].New = pushedEvidence(&r.NewDocumentState)
		if r.AssumedMasterState != nil {
			assumed := pushedEvidence(r.AssumedMasterState)
			out[n].Assumed = &assumed
		}
	}
	return out
}

func pushedEvidence(in *generated.EvidenceInput) inspection.PushedEvidence {
	return inspection.PushedEvidence{ID: in.ID, InspectionID: textOf(in.InspectionID), RequirementID: in.RequirementID, FindingID: in.FindingID,
		SHA256: in.Sha256, Size: in.Size, MediaType: in.MediaType, Class: in.Class, CapturedFrom: in.CapturedFrom, CapturedTo: in.CapturedTo,
		Place: in.Place, Device: in.Device, Caption: in.Caption, Deleted: isTrue(in.Deleted)}
}

func interviewNoteRows(rows []generated.InterviewNoteInputPushRow) []inspection.InterviewNoteRow {
	out := make([]inspection.InterviewNoteRow, len(rows))
	for n, r := range rows {
		in := r.NewDocumentState
		out[n].New = inspection.PushedNote{ID: in.ID, InspectionID: textOf(in.InspectionID), KeyID: textOf(in.KeyID), Sealed: textOf(in.Sealed), DeviceTime: in.DeviceTime,
			Deleted: isTrue(in.Deleted)}
	}
	return out
}
