package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

var interviewNoteTable = table{name: "interview_note", keepExisting: true, columns: []string{"inspection_id", "id", "key_id", "sealed", "author_id",
	"device_id", "device_time", "clock_offset_ms", "received_at"}}

func noteRows(notes []inspection.InterviewNote) []row {
	rows := make([]row, len(notes))
	for n, note := range notes {
		rows[n] = row{"inspection_id": note.InspectionID, "id": note.ID, "key_id": note.KeyID, "sealed": bytea(note.Sealed), "author_id": note.AuthorID,
			"device_id": optional(note.DeviceID), "device_time": moment(note.DeviceTime), "clock_offset_ms": milliseconds(note.ClockOffset),
			"received_at": moment(note.ReceivedAt)}
	}
	return rows
}

func (t *tx) SealInterviewNotes(ctx context.Context, notes []inspection.InterviewNote) (int, error) {
	return t.add(ctx, interviewNoteTable, noteRows(notes))
}

func (t *tx) DifferingNotes(ctx context.Context, of inspection.ID, notes []inspection.InterviewNote) ([]inspection.ID, error) {
	document, err := json.Marshal(noteRows(notes))
	if err != nil {
		return nil, fmt.Errorf("storage: interview notes of %s: %w", of, err)
	}
	return collect(ctx, t, "interview notes", func(rows pgx.Rows, id *inspection.ID) error { return rows.Scan((*uid)(id)) },
		"select interview_notes_differing($1, $2::json)", of, document)
}
