package view

import "plumbline/inspection"

// InterviewNoteDocument is a refused row: its ids and that it is not there.
type InterviewNoteDocument struct{ ID, InspectionID string }

// InterviewNoteDocuments are the documents as the API has them.
func InterviewNoteDocuments(ds []inspection.InterviewNoteDocument) []InterviewNoteDocument {
	out := make([]InterviewNoteDocument, len(ds))
	for n, d := range ds {
		out[n] = InterviewNoteDocument{d.Gone.ID, d.Gone.InspectionID}
	}
	return out
}

// KeyID is empty.
func (InterviewNoteDocument) KeyID() string { return "" }

// Sealed is empty: nothing sealed is given back.
func (InterviewNoteDocument) Sealed() string { return "" }

// DeviceTime is nil.
func (InterviewNoteDocument) DeviceTime() *string { return nil }

// Deleted is true.
func (InterviewNoteDocument) Deleted() bool { return true }
