package view

import (
	"context"
	"encoding/hex"
	"io"
	"time"

	"plumbline/inspection"
)

// EvidenceList is an inspection's declared originals. Like the checklist it is written by hand.
type EvidenceList struct {
	items       []inspection.Evidence
	outstanding int
}

func newEvidenceList(es []inspection.Evidence) *EvidenceList {
	list := &EvidenceList{items: es}
	for n := range es {
		if es[n].Outstanding() {
			list.outstanding++
		}
	}
	return list
}

// Total is how many originals were declared.
func (l EvidenceList) Total() int { return len(l.items) }

// Outstanding is how many are missing or quarantined without the lead's acceptance.
func (l EvidenceList) Outstanding() int { return l.outstanding }

// Items are the originals in order of declaration.
func (l EvidenceList) Items() []inspection.Evidence { return l.items }

// MarshalGQLContext writes what the query selected.
func (l EvidenceList) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshal(ctx, w, "EvidenceList", fields[EvidenceList]{
		"total":       number(func(l EvidenceList) int64 { return int64(len(l.items)) }),
		"outstanding": number(func(l EvidenceList) int64 { return int64(l.outstanding) }),
		"items":       manyByPointer("Evidence", evidenceFields(), func(l EvidenceList) []inspection.Evidence { return l.items }),
	}, l, 512*len(l.items))
}

// UnmarshalGQLContext is never called: a list of evidence is no input.
func (l *EvidenceList) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

func evidenceFields() fields[*inspection.Evidence] {
	type E = *inspection.Evidence
	return fields[E]{
		"id":               id(func(e E) inspection.ID { return e.ID }),
		"inspectionId":     id(func(e E) inspection.ID { return e.InspectionID }),
		"answerId":         idOrNull(func(e E) inspection.ID { return pointed(e.AnswerID) }),
		"findingId":        idOrNull(func(e E) inspection.ID { return pointed(e.FindingID) }),
		"actionId":         idOrNull(func(e E) inspection.ID { return pointed(e.ActionID) }),
		"declaredAs":       textOrNull(func(e E) string { return string(e.DeclaredAs) }),
		"sha256":           leaf(func(b []byte, e E) []byte { return append(hex.AppendEncode(append(b, '"'), e.SHA256[:]), '"') }),
		"size":             number(func(e E) int64 { return e.Size }),
		"mediaType":        text(func(e E) string { return string(e.MediaType) }),
		"class":            text(func(e E) string { return string(e.Class) }),
		"capturedFrom":     moment(func(e E) time.Time { return e.CapturedFrom }),
		"capturedTo":       moment(func(e E) time.Time { return e.CapturedTo }),
		"place":            text(func(e E) string { return e.Place }),
		"device":           text(func(e E) string { return e.Device }),
		"caption":          text(func(e E) string { return e.Caption }),
		"state":            text(func(e E) string { return string(e.State) }),
		"versionId":        text(func(e E) string { return e.VersionID }),
		"sniffedType":      text(func(e E) string { return string(e.SniffedType) }),
		"retainUntil":      momentOrNull(func(e E) *time.Time { return e.RetainUntil }),
		"quarantineReason": text(func(e E) string { return e.QuarantineReason }),
		"acceptedReason":   text(func(e E) string { return e.AcceptedReason }),
		"declaredBy":       id(func(e E) inspection.ID { return e.DeclaredBy }),
		"declaredAt":       moment(func(e E) time.Time { return e.DeclaredAt }),
		"finalisedAt":      momentOrNull(func(e E) *time.Time { return e.FinalisedAt }),
	}
}
