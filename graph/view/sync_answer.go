package view

import (
	"context"
	"io"
	"strconv"
	"time"

	"plumbline/inspection"
)

// AnswerPullBulk is a page of answers, written by hand: a first pull has 700.
type AnswerPullBulk struct {
	inspection.Bulk[inspection.AnswerDocument]
}

// Documents are the page's answers.
func (b AnswerPullBulk) Documents() []AnswerDocument { return AnswerDocuments(b.Bulk.Documents) }

// Checkpoint is where the next page begins.
func (b AnswerPullBulk) Checkpoint() Checkpoint { return Checkpoint{b.Bulk.Checkpoint} }

// MarshalGQLContext writes what the query selected, or the word RESYNC.
func (b AnswerPullBulk) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshalBulk(ctx, w, "Answer", answerDocumentFields(), b.Bulk)
}

// UnmarshalGQLContext is never called: a bulk is no input.
func (b *AnswerPullBulk) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

// AnswerDocument is an answer as tablets replicate it.
type AnswerDocument struct{ d inspection.AnswerDocument }

// AnswerDocuments are the documents as the API has them.
func AnswerDocuments(ds []inspection.AnswerDocument) []AnswerDocument {
	out := make([]AnswerDocument, len(ds))
	for n, d := range ds {
		out[n] = AnswerDocument{d}
	}
	return out
}

// MarshalGQLContext writes what the mutation selected.
func (a AnswerDocument) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshal(ctx, w, "AnswerDocument", answerDocumentFields(), &a.d, 1024)
}

// UnmarshalGQLContext is never called: a document is no input.
func (a *AnswerDocument) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

func answerDocumentFields() fields[*inspection.AnswerDocument] {
	type D = *inspection.AnswerDocument
	return fields[D]{
		"id": leaf(func(b []byte, d D) []byte {
			if d.Gone != nil {
				return appendText(b, d.Gone.ID)
			}
			return appendID(b, d.ID)
		}),
		"inspectionId": leaf(func(b []byte, d D) []byte {
			if d.Gone != nil {
				return appendText(b, d.Gone.InspectionID)
			}
			return appendID(b, d.InspectionID)
		}),
		"requirementId":   leaf(func(b []byte, d D) []byte { return idText(b, d.RequirementID) }),
		"standardId":      leaf(func(b []byte, d D) []byte { return idText(b, d.StandardID) }),
		"rating":          text(func(d D) string { return string(AnswerDocument{*d}.Rating()) }),
		"reason":          text(func(d D) string { return d.Reason }),
		"remarks":         text(func(d D) string { return d.Remarks }),
		"methods":         texts(func(d D) []inspection.Method { return d.Methods }),
		"correctedOnSite": text(func(d D) string { return string(AnswerDocument{*d}.CorrectedOnSite()) }),
		"sample":          nested("Sample", sampleFields(), func(d D) (*inspection.Sample, bool) { return d.Sample, d.Sample != nil }),
		"revision":        number(func(d D) int64 { return int64(d.Revision) }),
		"seq":             numberText(func(d D) int64 { return d.Seq }),
		"authorId":        idOrNull(func(d D) inspection.ID { return d.AuthorID }),
		"deviceId":        idOrNull(func(d D) inspection.ID { return d.DeviceID }),
		"deviceTime":      moment(func(d D) time.Time { return d.DeviceTime }),
		"recordedAt":      moment(func(d D) time.Time { return d.RecordedAt }),
		"deleted":         boolean(func(d D) bool { return d.Gone != nil }),
	}
}

// ID is the answer's id, of a refused row as it was sent.
func (a AnswerDocument) ID() string {
	if a.d.Gone != nil {
		return a.d.Gone.ID
	}
	return a.d.ID.String()
}

// InspectionID is the inspection's id, of a refused row as it was sent.
func (a AnswerDocument) InspectionID() string {
	if a.d.Gone != nil {
		return a.d.Gone.InspectionID
	}
	return a.d.InspectionID.String()
}

// Rating is the rating that stands, NOT_REVIEWED of a tombstone.
func (a AnswerDocument) Rating() inspection.Rating {
	if a.d.Gone != nil {
		return inspection.NotReviewed
	}
	return a.d.Rating
}

// CorrectedOnSite is the correction that stands, NONE of a tombstone.
func (a AnswerDocument) CorrectedOnSite() inspection.Correction {
	if a.d.Gone != nil {
		return inspection.NotCorrected
	}
	return a.d.CorrectedOnSite
}

// The other fields; of a tombstone they are empty.

func (a AnswerDocument) RequirementID() string        { return idOrEmpty(a.d.RequirementID) }
func (a AnswerDocument) StandardID() string           { return idOrEmpty(a.d.StandardID) }
func (a AnswerDocument) Reason() string               { return a.d.Reason }
func (a AnswerDocument) Remarks() string              { return a.d.Remarks }
func (a AnswerDocument) Methods() []inspection.Method { return a.d.Methods }
func (a AnswerDocument) Sample() *inspection.Sample   { return a.d.Sample }
func (a AnswerDocument) Revision() int                { return a.d.Revision }
func (a AnswerDocument) Seq() string                  { return strconv.FormatInt(a.d.Seq, 10) }
func (a AnswerDocument) AuthorID() *string            { return idGiven(a.d.AuthorID) }
func (a AnswerDocument) DeviceID() *string            { return idGiven(a.d.DeviceID) }
func (a AnswerDocument) DeviceTime() *string          { return timeText(a.d.DeviceTime) }
func (a AnswerDocument) RecordedAt() *string          { return timeText(a.d.RecordedAt) }
func (a AnswerDocument) Deleted() bool                { return a.d.Gone != nil }
