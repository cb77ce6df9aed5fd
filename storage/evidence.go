package storage

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

const evidenceColumns = `id, answer_id, finding_id, sha256, size, media_type, class, captured_from, captured_to, place, device, caption, state,
	object_key, version_id, sniffed_type, retain_until, quarantine_reason, accepted_reason, accepted_by, declared_by, declared_at, finalised_at, seq,
	action_id, declared_as, inspection_id, device_id, clock_offset_ms`

// evidenceScan scans many originals; text that repeats is kept once.
type evidenceScan struct {
	media, class, place, device, state, sniffed, accept, role *interned
	answer, finding, action, acceptedBy                       pgtype.UUID
	offset                                                    pgtype.Int8
	from, to, declared, retain, finalised                     pgtype.Timestamptz
}

func newEvidenceScan() *evidenceScan {
	return &evidenceScan{media: newInterned(), class: newInterned(), place: newInterned(), device: newInterned(),
		state: newInterned(), sniffed: newInterned(), accept: newInterned(), role: newInterned()}
}

func (s *evidenceScan) scan(rows pgx.Rows, e *inspection.Evidence) error { return s.scanWith(rows, e) }

// scanWith scans an original from a row that has more columns after the original's own.
func (s *evidenceScan) scanWith(rows pgx.Rows, e *inspection.Evidence, more ...any) error {
	err := rows.Scan(append([]any{(*uid)(&e.ID), &s.answer, &s.finding, (*hash)(&e.SHA256), &e.Size, s.media, s.class, &s.from, &s.to, s.place, s.device, &e.Caption,
		s.state, &e.ObjectKey, &e.VersionID, s.sniffed, &s.retain, &e.QuarantineReason, s.accept, &s.acceptedBy, (*uid)(&e.DeclaredBy), &s.declared, &s.finalised, &e.Seq,
		&s.action, s.role, (*uid)(&e.InspectionID), (*uid)(&e.DeviceID), &s.offset}, more...)...)
	e.ClockOffset = duration(s.offset)
	e.AnswerID, e.FindingID, e.ActionID, e.AcceptedBy = id(s.answer), id(s.finding), id(s.action), id(s.acceptedBy)
	e.DeclaredAs = inspection.Role(s.role.value)
	e.MediaType, e.SniffedType = inspection.MediaType(s.media.value), inspection.MediaType(s.sniffed.value)
	e.Class, e.State = inspection.EvidenceClass(s.class.value), inspection.EvidenceState(s.state.value)
	e.Place, e.Device, e.AcceptedReason = s.place.value, s.device.value, s.accept.value
	e.CapturedFrom, e.CapturedTo, e.DeclaredAt = s.from.Time.UTC(), s.to.Time.UTC(), s.declared.Time.UTC()
	e.RetainUntil, e.FinalisedAt = at(s.retain), at(s.finalised)
	return err
}

// Evidence leaves out what was declared after the issue as proof of a corrective action.
func (t *tx) Evidence(ctx context.Context, of inspection.ID) ([]inspection.Evidence, error) {
	return collect(ctx, t, "evidence", newEvidenceScan().scan,
		"select "+evidenceColumns+" from evidence where inspection_id = $1 and action_id is null order by declared_at, id", of)
}

func (t *tx) EvidenceByID(ctx context.Context, of inspection.ID, ids []inspection.ID) (map[inspection.ID]inspection.Evidence, error) {
	es, err := collect(ctx, t, "evidence", newEvidenceScan().scan,
		"select "+evidenceColumns+" from evidence where inspection_id = $1 and id = any ($2)", of, ids)
	byID := map[inspection.ID]inspection.Evidence{}
	for _, e := range es {
		byID[e.ID] = e
	}
	return byID, err
}

var evidenceTable = table{name: "evidence", key: []string{"inspection_id", "id"}, columns: []string{"inspection_id", "id", "answer_id", "finding_id", "sha256",
	"size", "media_type", "class", "captured_from", "captured_to", "place", "device", "caption", "state", "object_key", "version_id", "sniffed_type",
	"retain_until", "quarantine_reason", "accepted_reason", "accepted_by", "declared_by", "declared_at", "finalised_at", "seq", "device_id", "clock_offset_ms"}}

func (t *tx) SaveEvidence(ctx context.Context, es []inspection.Evidence) error {
	rows := make([]row, len(es))
	for n, e := range es {
		rows[n] = evidenceRow(e)
	}
	return t.save(ctx, evidenceTable, rows)
}

func evidenceRow(e inspection.Evidence) row {
	return row{"inspection_id": e.InspectionID, "id": e.ID, "answer_id": e.AnswerID, "finding_id": e.FindingID, "sha256": bytea(e.SHA256[:]),
		"size": e.Size, "media_type": e.MediaType, "class": e.Class, "captured_from": moment(e.CapturedFrom), "captured_to": moment(e.CapturedTo),
		"place": e.Place, "device": e.Device, "caption": e.Caption, "state": e.State, "object_key": e.ObjectKey, "version_id": e.VersionID,
		"sniffed_type": e.SniffedType, "retain_until": e.RetainUntil, "quarantine_reason": e.QuarantineReason, "accepted_reason": e.AcceptedReason,
		"accepted_by": e.AcceptedBy, "declared_by": e.DeclaredBy, "declared_at": moment(e.DeclaredAt), "finalised_at": e.FinalisedAt, "seq": e.Seq,
		"device_id": optional(e.DeviceID), "clock_offset_ms": milliseconds(e.ClockOffset)}
}
