package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

var interviewNoteTable = table{name: "interview_note", keepExisting: true, columns: []string{"inspection_id", "id", "key_id", "sealed", "author_id",
	"device_id", "device_time", "clock_offset_ms", "received_at"}}

// SealInterviewNotes implements inspection.Tx.
func (t *tx) SealInterviewNotes(ctx context.Context, notes []inspection.InterviewNote) error {
	rows := make([]row, len(notes))
	for n, note := range notes {
		rows[n] = row{"inspection_id": note.InspectionID, "id": note.ID, "key_id": note.KeyID, "sealed": bytea(note.Sealed), "author_id": note.AuthorID,
			"device_id": optional(note.DeviceID), "device_time": moment(note.DeviceTime), "clock_offset_ms": milliseconds(note.ClockOffset),
			"received_at": moment(note.ReceivedAt)}
	}
	return t.save(ctx, interviewNoteTable, rows)
}

// StoredNotes implements inspection.Tx.
func (t *tx) StoredNotes(ctx context.Context, of inspection.ID, notes []inspection.InterviewNote) (map[int]bool, error) {
	ids, keys, sealed := make([]inspection.ID, len(notes)), make([]string, len(notes)), make([][]byte, len(notes))
	for n, note := range notes {
		ids[n], keys[n], sealed[n] = note.ID, note.KeyID, note.Sealed
	}
	type known struct {
		place int
		same  bool
	}
	all, err := collect(ctx, t, "interview notes", func(rows pgx.Rows, k *known) error { return rows.Scan(&k.place, &k.same) },
		"select place, same from interview_notes_stored($1, $2, $3, $4)", of, ids, keys, sealed)
	stored := map[int]bool{}
	for _, k := range all {
		stored[k.place] = k.same
	}
	return stored, err
}
