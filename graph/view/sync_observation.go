package view

import (
	"context"
	"io"
	"strconv"

	"plumbline/inspection"
)

// ObservationPullBulk is a page of observations, written by hand.
type ObservationPullBulk struct {
	inspection.Bulk[inspection.ObservationDocument]
}

// Documents are the page's observations.
func (b ObservationPullBulk) Documents() []ObservationDocument {
	return ObservationDocuments(b.Bulk.Documents)
}

// Checkpoint is where the next page begins.
func (b ObservationPullBulk) Checkpoint() Checkpoint { return Checkpoint{b.Bulk.Checkpoint} }

// MarshalGQLContext writes what the query selected, or the word RESYNC.
func (b ObservationPullBulk) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	page := inspection.Bulk[ObservationDocument]{Documents: b.Documents(), Checkpoint: b.Bulk.Checkpoint, Resync: b.Resync}
	return marshalBulk(ctx, w, "Observation", observationDocumentFields(), page)
}

// UnmarshalGQLContext is never called: a bulk is no input.
func (b *ObservationPullBulk) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

// ObservationDocument is an observation as tablets replicate it, in the words of their schemas.
type ObservationDocument struct {
	ID, InspectionID          string
	StandardID, RequirementID *string
	Text, Place               string
	ObservedAt                *string
	Revision                  int
	Seq                       string
	AuthorID, DeviceID        *string
	DeviceTime, RecordedAt    *string
	Deleted                   bool
}

// ObservationDocuments are the documents as the API has them. Of a tombstone all but its ids is empty.
func ObservationDocuments(ds []inspection.ObservationDocument) []ObservationDocument {
	out := make([]ObservationDocument, len(ds))
	for n, d := range ds {
		if d.Gone != nil {
			out[n] = ObservationDocument{ID: d.Gone.ID, InspectionID: d.Gone.InspectionID, Seq: "0", Deleted: true}
			continue
		}
		out[n] = ObservationDocument{ID: d.ID.String(), InspectionID: d.InspectionID.String(), StandardID: idPointed(d.StandardID),
			RequirementID: idPointed(d.RequirementID), Text: d.Text, Place: d.Place, Revision: d.Revision, Seq: strconv.FormatInt(d.Seq, 10),
			AuthorID: idGiven(d.AuthorID), DeviceID: idGiven(d.Written.DeviceID), DeviceTime: timeText(d.Written.DeviceTime),
			RecordedAt: timeText(d.RecordedAt), Deleted: d.RemovedAt != nil}
		if d.ObservedAt != nil {
			out[n].ObservedAt = timeText(*d.ObservedAt)
		}
	}
	return out
}

// MarshalGQLContext writes what the mutation selected.
func (d ObservationDocument) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshal(ctx, w, "ObservationDocument", observationDocumentFields(), &d, 512)
}

// UnmarshalGQLContext is never called: a document is no input.
func (d *ObservationDocument) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

func observationDocumentFields() fields[*ObservationDocument] {
	type D = *ObservationDocument
	return fields[D]{
		"id":            text(func(d D) string { return d.ID }),
		"inspectionId":  text(func(d D) string { return d.InspectionID }),
		"standardId":    textPointed(func(d D) *string { return d.StandardID }),
		"requirementId": textPointed(func(d D) *string { return d.RequirementID }),
		"text":          text(func(d D) string { return d.Text }),
		"place":         text(func(d D) string { return d.Place }),
		"observedAt":    textPointed(func(d D) *string { return d.ObservedAt }),
		"revision":      number(func(d D) int64 { return int64(d.Revision) }),
		"seq":           text(func(d D) string { return d.Seq }),
		"authorId":      textPointed(func(d D) *string { return d.AuthorID }),
		"deviceId":      textPointed(func(d D) *string { return d.DeviceID }),
		"deviceTime":    textPointed(func(d D) *string { return d.DeviceTime }),
		"recordedAt":    textPointed(func(d D) *string { return d.RecordedAt }),
		"deleted":       boolean(func(d D) bool { return d.Deleted }),
	}
}
