package view

import (
	"cmp"
	"context"
	"io"
	"strconv"

	"plumbline/inspection"
)

// FindingPullBulk is a page of findings, written by hand.
type FindingPullBulk struct {
	inspection.Bulk[inspection.FindingDocument]
}

// Documents are the page's findings.
func (b FindingPullBulk) Documents() []FindingDocument { return FindingDocuments(b.Bulk.Documents) }

// Checkpoint is where the next page begins.
func (b FindingPullBulk) Checkpoint() Checkpoint { return Checkpoint{b.Bulk.Checkpoint} }

// MarshalGQLContext writes what the query selected, or the word RESYNC.
func (b FindingPullBulk) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	page := inspection.Bulk[FindingDocument]{Documents: b.Documents(), Checkpoint: b.Bulk.Checkpoint, Resync: b.Resync}
	return marshalBulk(ctx, w, "Finding", findingDocumentFields(), page)
}

// UnmarshalGQLContext is never called: a bulk is no input.
func (b *FindingPullBulk) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

// FindingDocument is a finding as tablets replicate it, in the words of their schemas.
type FindingDocument struct {
	ID, InspectionID          string
	Kind                      inspection.FindingKind
	StandardID, RequirementID *string
	StandardText, Code        string
	Citation, Text            string
	ResponsibleParty          inspection.Party
	Priority, Repeat          bool
	CorrectedOnSite           inspection.Correction
	CorrectionNote, Condition string
	Likelihood, Spread        string
	ImmediateThreat           bool
	RemovedReason             string
	Revision                  int
	Seq                       string
	AuthorID, DeviceID        *string
	DeviceTime, RecordedAt    *string
	Deleted                   bool
}

// FindingDocuments are the documents as the API has them. Of a tombstone all but its ids is empty.
func FindingDocuments(ds []inspection.FindingDocument) []FindingDocument {
	out := make([]FindingDocument, len(ds))
	for n, d := range ds {
		if d.Gone != nil {
			out[n] = FindingDocument{ID: d.Gone.ID, InspectionID: d.Gone.InspectionID, Kind: inspection.Note, ResponsibleParty: inspection.PartyFacility,
				CorrectedOnSite: inspection.NotCorrected, Seq: "0", Deleted: true}
			continue
		}
		out[n] = FindingDocument{ID: d.ID.String(), InspectionID: d.InspectionID.String(), Kind: d.Kind, StandardID: idPointed(d.StandardID),
			RequirementID: idPointed(d.RequirementID), StandardText: d.StandardText, Code: d.Code, Citation: d.CitationLabel(), Text: d.Text,
			ResponsibleParty: d.ResponsibleParty, Priority: d.PriorityDeclared, Repeat: d.RepeatDeclared,
			CorrectedOnSite: cmp.Or(d.CorrectedOnSite, inspection.NotCorrected), CorrectionNote: d.CorrectionNote, Condition: d.Condition,
			Likelihood: string(d.Likelihood), Spread: string(d.Spread), ImmediateThreat: d.ImmediateThreat, RemovedReason: d.RemovedReason,
			Revision: d.Revision, Seq: strconv.FormatInt(d.Seq, 10), AuthorID: idGiven(d.AuthorID), DeviceID: idGiven(d.Written.DeviceID),
			DeviceTime: timeText(d.Written.DeviceTime), RecordedAt: timeText(d.RecordedAt), Deleted: d.RemovedAt != nil}
	}
	return out
}

// MarshalGQLContext writes what the mutation selected.
func (d FindingDocument) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshal(ctx, w, "FindingDocument", findingDocumentFields(), &d, 1024)
}

// UnmarshalGQLContext is never called: a document is no input.
func (d *FindingDocument) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

func findingDocumentFields() fields[*FindingDocument] {
	type D = *FindingDocument
	return fields[D]{
		"id":               text(func(d D) string { return d.ID }),
		"inspectionId":     text(func(d D) string { return d.InspectionID }),
		"kind":             text(func(d D) string { return string(d.Kind) }),
		"standardId":       textPointed(func(d D) *string { return d.StandardID }),
		"standardText":     text(func(d D) string { return d.StandardText }),
		"requirementId":    textPointed(func(d D) *string { return d.RequirementID }),
		"code":             text(func(d D) string { return d.Code }),
		"citation":         text(func(d D) string { return d.Citation }),
		"text":             text(func(d D) string { return d.Text }),
		"responsibleParty": text(func(d D) string { return string(d.ResponsibleParty) }),
		"priority":         boolean(func(d D) bool { return d.Priority }),
		"repeat":           boolean(func(d D) bool { return d.Repeat }),
		"correctedOnSite":  text(func(d D) string { return string(d.CorrectedOnSite) }),
		"correctionNote":   text(func(d D) string { return d.CorrectionNote }),
		"condition":        text(func(d D) string { return d.Condition }),
		"likelihood":       text(func(d D) string { return d.Likelihood }),
		"spread":           text(func(d D) string { return d.Spread }),
		"immediateThreat":  boolean(func(d D) bool { return d.ImmediateThreat }),
		"removedReason":    text(func(d D) string { return d.RemovedReason }),
		"revision":         number(func(d D) int64 { return int64(d.Revision) }),
		"seq":              text(func(d D) string { return d.Seq }),
		"authorId":         textPointed(func(d D) *string { return d.AuthorID }),
		"deviceId":         textPointed(func(d D) *string { return d.DeviceID }),
		"deviceTime":       textPointed(func(d D) *string { return d.DeviceTime }),
		"recordedAt":       textPointed(func(d D) *string { return d.RecordedAt }),
		"deleted":          boolean(func(d D) bool { return d.Deleted }),
	}
}

// textPointed writes null for nil.
func textPointed[T any](get func(T) *string) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		if t := get(v); t != nil {
			return appendText(b, *t)
		}
		return append(b, "null"...)
	})
}

// idPointed is an id as text, nil for nil.
func idPointed(id *inspection.ID) *string { return idGiven(pointed(id)) }
