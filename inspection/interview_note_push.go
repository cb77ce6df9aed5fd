package inspection

import (
	"bytes"
	"context"
	"encoding/base64"
	"time"
)

// PushedNote is an interview note as a tablet brings it: sealed.
type PushedNote struct {
	ID           string  `json:"id"`
	InspectionID string  `json:"inspectionId"`
	KeyID        string  `json:"keyId"`
	Sealed       string  `json:"sealed"` // base64
	DeviceTime   *string `json:"deviceTime,omitempty"`
	Deleted      bool    `json:"deleted,omitempty"`
}

// InterviewNoteRow is a note pushed. What the tablet took for the server's state does not count: it was
// never told any.
type InterviewNoteRow struct{ New PushedNote }

// InterviewNoteDocument is all that a tablet is told of a note that was refused: that it is not there.
type InterviewNoteDocument struct{ Gone Tombstone }

// PushInterviewNotes takes sealed notes from a tablet, each on its own: at most 1,000, of any
// inspections. The same note again is done; another under a known id is refused with Conflict. A row
// that is deleted changes nothing: a note that was sealed stays. Nobody reads one back here.
func (s *Service) PushInterviewNotes(ctx context.Context, actor Actor, rows []InterviewNoteRow) (PushResult[InterviewNoteDocument], error) {
	return push(ctx, s, actor, pushed[InterviewNoteRow, InterviewNoteDocument]{
		name: CollectionInterviewNote, sealed: true,
		row: func(r InterviewNoteRow) pushRow {
			row := pushRow{id: r.New.ID, inspection: r.New.InspectionID, document: r.New.kept()}
			row.deviceTime, _ = readDeviceTime(r.New.DeviceTime)
			return row
		},
		record: s.recordPushedNotes,
		gone:   func(t Tombstone) InterviewNoteDocument { return InterviewNoteDocument{t} },
	}, rows)
}

// kept is what is kept of a refused note. What was never sealed, or cannot have been, is not kept: it
// would be an interview in plain sight.
func (p PushedNote) kept() PushedNote {
	if sealed, err := base64.StdEncoding.DecodeString(p.Sealed); err != nil || len(checkSealed("", sealed)) > 0 {
		p.Sealed = ""
	}
	return p
}

// noteBook is what is known of notes while rows are judged, one after the other.
type noteBook struct {
	group *pushGroup[InterviewNoteRow]
	// notes are the rows as notes; refused says what is wrong with them.
	notes   []InterviewNote
	refused []*Refusal
	// stored says, by row, of notes whose id is known whether the same note was stored under it.
	stored map[int]bool
	taken  map[ID]bool // ids that name something else
	fresh  map[ID]InterviewNote
	saved  []InterviewNote
}

// recordPushedNotes seals away the notes that are new.
func (s *Service) recordPushedNotes(ctx context.Context, tx Tx, g *pushGroup[InterviewNoteRow]) ([]rowVerdict[InterviewNoteDocument], error) {
	b := &noteBook{group: g, notes: make([]InterviewNote, len(g.rows)), refused: make([]*Refusal, len(g.rows)), fresh: map[ID]InterviewNote{}}
	for n, r := range g.rows {
		b.notes[n], b.refused[n] = g.note(r.New, g.receivedAt(n), s.settings.VaultKeys)
	}
	if err := b.look(ctx, tx); err != nil {
		return nil, err
	}
	verdicts := make([]rowVerdict[InterviewNoteDocument], len(g.rows))
	for n := range g.rows {
		verdicts[n].refused = b.judge(n)
	}
	if len(b.saved) == 0 {
		return verdicts, nil
	}
	g.written = true
	return verdicts, tx.SealInterviewNotes(ctx, b.saved)
}

// note makes a note of a row that came at that time, or says why it cannot be one.
func (g *pushGroup[R]) note(p PushedNote, received time.Time, keys []VaultKey) (InterviewNote, *Refusal) {
	note := InterviewNote{InspectionID: g.id, KeyID: p.KeyID, AuthorID: g.actor.ID, DeviceID: g.actor.Device.ID,
		ClockOffset: g.actor.Device.offset(), ReceivedAt: received}
	var ps Problems
	var err error
	note.ID, _ = readID(p.ID)
	if note.DeviceTime, err = readDeviceTime(p.DeviceTime); err != nil {
		ps = append(ps, newProblem(Invalid, "deviceTime", "deviceTime is no time; write RFC 3339, UTC"))
	}
	if note.Sealed, err = base64.StdEncoding.DecodeString(p.Sealed); err != nil {
		return note, refuseRow(Invalid, "sealed is not base64")
	}
	if ps = append(ps, note.check("", keys)...); len(ps) > 0 {
		return note, refuseRow(Invalid, "%s", messages(ps))
	}
	return note, nil
}

// look asks what is known of the ids. It asks the same however many rows can be notes, and nothing that
// was refused reaches the database here.
func (b *noteBook) look(ctx context.Context, tx Tx) (err error) {
	ids := make([]ID, len(b.notes))
	for n := range b.notes {
		if b.refused[n] != nil {
			b.notes[n] = InterviewNote{}
		}
		ids[n] = b.notes[n].ID
	}
	if b.stored, err = tx.StoredNotes(ctx, b.group.id, b.notes); err != nil {
		return err
	}
	b.taken, err = tx.IDsTaken(ctx, b.group.id, CollectionInterviewNote, ids)
	return err
}

// judge says why a row is refused; nil if it is done.
func (b *noteBook) judge(n int) *Refusal {
	note := b.notes[n]
	same, stored := b.stored[n]
	earlier, again := b.fresh[note.ID]
	switch {
	case b.group.rows[n].New.Deleted:
		return nil
	case b.refused[n] != nil:
		return b.refused[n]
	case same, again && earlier.KeyID == note.KeyID && bytes.Equal(earlier.Sealed, note.Sealed):
		return nil
	case stored, again, b.taken[note.ID]:
		return refuseRow(Conflict, "the id names another note or another object already; mint a new one")
	case b.group.closed != nil:
		return b.group.closed
	}
	b.fresh[note.ID] = note
	b.saved = append(b.saved, note)
	return nil
}
