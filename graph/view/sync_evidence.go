package view

import (
	"context"
	"encoding/hex"
	"io"
	"strconv"

	"plumbline/inspection"
)

// EvidencePullBulk is a page of declared originals, written by hand: a visit may have thousands.
type EvidencePullBulk struct {
	inspection.Bulk[inspection.OriginalDocument]
}

// Documents are the page's originals.
func (b EvidencePullBulk) Documents() []EvidenceDocument { return EvidenceDocuments(b.Bulk.Documents) }

// Checkpoint is where the next page begins.
func (b EvidencePullBulk) Checkpoint() Checkpoint { return Checkpoint{b.Bulk.Checkpoint} }

// MarshalGQLContext writes what the query selected, or the word RESYNC.
func (b EvidencePullBulk) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	page := inspection.Bulk[EvidenceDocument]{Documents: b.Documents(), Checkpoint: b.Bulk.Checkpoint, Resync: b.Resync}
	return marshalBulk(ctx, w, "Evidence", evidenceDocumentFields(), page)
}

// UnmarshalGQLContext is never called: a bulk is no input.
func (b *EvidencePullBulk) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

// EvidenceDocument is a declared original as tablets replicate it, in the words of their schemas.
type EvidenceDocument struct {
	ID, InspectionID         string
	RequirementID, FindingID *string
	SHA256                   string
	Size                     float64
	MediaType                string
	Class                    inspection.EvidenceClass
	CapturedFrom, CapturedTo *string
	Place, Device, Caption   string
	State                    inspection.EvidenceState
	DeviceID                 *string
	DeclaredBy, DeclaredAt   *string
	Seq                      string
	Deleted                  bool
}

// EvidenceDocuments are the documents as the API has them. Of a tombstone all but its ids is empty.
func EvidenceDocuments(ds []inspection.OriginalDocument) []EvidenceDocument {
	out := make([]EvidenceDocument, len(ds))
	for n, d := range ds {
		if d.Gone != nil {
			out[n] = EvidenceDocument{ID: d.Gone.ID, InspectionID: d.Gone.InspectionID, Class: inspection.ClassNone, State: inspection.EvidenceDeclared,
				Seq: "0", Deleted: true}
			continue
		}
		out[n] = EvidenceDocument{ID: d.ID.String(), InspectionID: d.InspectionID.String(), RequirementID: idPointed(d.RequirementID),
			FindingID: idPointed(d.FindingID), SHA256: hex.EncodeToString(d.SHA256[:]), Size: float64(d.Size), MediaType: string(d.MediaType),
			Class: d.Class, CapturedFrom: timeText(d.CapturedFrom), CapturedTo: timeText(d.CapturedTo), Place: d.Place, Device: d.Device,
			Caption: d.Caption, State: d.State, DeviceID: idGiven(d.DeviceID), DeclaredBy: idGiven(d.DeclaredBy), DeclaredAt: timeText(d.DeclaredAt),
			Seq: strconv.FormatInt(d.Seq, 10)}
	}
	return out
}

// MarshalGQLContext writes what the mutation selected.
func (d EvidenceDocument) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshal(ctx, w, "EvidenceDocument", evidenceDocumentFields(), &d, 1024)
}

// UnmarshalGQLContext is never called: a document is no input.
func (d *EvidenceDocument) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

func evidenceDocumentFields() fields[*EvidenceDocument] {
	type D = *EvidenceDocument
	return fields[D]{
		"id":            text(func(d D) string { return d.ID }),
		"inspectionId":  text(func(d D) string { return d.InspectionID }),
		"requirementId": textPointed(func(d D) *string { return d.RequirementID }),
		"findingId":     textPointed(func(d D) *string { return d.FindingID }),
		"sha256":        text(func(d D) string { return d.SHA256 }),
		"size":          number(func(d D) int64 { return int64(d.Size) }),
		"mediaType":     text(func(d D) string { return d.MediaType }),
		"class":         text(func(d D) string { return string(d.Class) }),
		"capturedFrom":  textPointed(func(d D) *string { return d.CapturedFrom }),
		"capturedTo":    textPointed(func(d D) *string { return d.CapturedTo }),
		"place":         text(func(d D) string { return d.Place }),
		"device":        text(func(d D) string { return d.Device }),
		"caption":       text(func(d D) string { return d.Caption }),
		"state":         text(func(d D) string { return string(d.State) }),
		"deviceId":      textPointed(func(d D) *string { return d.DeviceID }),
		"declaredBy":    textPointed(func(d D) *string { return d.DeclaredBy }),
		"declaredAt":    textPointed(func(d D) *string { return d.DeclaredAt }),
		"seq":           text(func(d D) string { return d.Seq }),
		"deleted":       boolean(func(d D) bool { return d.Deleted }),
	}
}
