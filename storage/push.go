package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// PushStanding implements inspection.Tx.
func (t *tx) PushStanding(ctx context.Context, id inspection.ID) (*inspection.Standing, error) {
	var st inspection.Standing
	err := t.QueryRow(ctx, "select state, on_team from push_standing($1)", id).Scan(&st.State, &st.OnTeam)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("storage: push to inspection %s: %w", id, err)
	}
	return &st, nil
}

// OwnVersions implements inspection.Tx.
func (t *tx) OwnVersions(ctx context.Context, of inspection.Collection, id inspection.ID, documents []inspection.ID) ([]inspection.OwnVersion, error) {
	return collect(ctx, t, "own versions", func(rows pgx.Rows, v *inspection.OwnVersion) error {
		return rows.Scan((*uid)(&v.ID), &v.Row)
	}, "select id, version from own_versions($1, $2, $3)", string(of), id, documents)
}

// KeepWrites implements inspection.Tx. The documents travel as text of their own: inside of another JSON
// document PostgreSQL would refuse what it cannot decode, and nothing that was pushed is dropped.
func (t *tx) KeepWrites(ctx context.Context, ws []inspection.KeptWrite) (int, error) {
	if len(ws) == 0 {
		return 0, nil
	}
	n := len(ws)
	ids, documentIDs, collections := make([]inspection.ID, n), make([]inspection.ID, n), make([]string, n)
	documents, assumed, sums := make([]string, n), make([]*string, n), make([][]byte, n)
	codes, reasons, late := make([]string, n), make([]string, n), make([]bool, n)
	times := make([]*time.Time, n)
	for k, w := range ws {
		ids[k], documentIDs[k], collections[k], documents[k], sums[k] = w.ID, w.DocumentID, string(w.Collection), w.Document, w.SHA256[:]
		codes[k], reasons[k], late[k] = string(w.Code), w.Reason, w.Late
		if w.Assumed != "" {
			assumed[k] = &w.Assumed
		}
		if !w.DeviceTime.IsZero() {
			times[k] = &w.DeviceTime
		}
	}
	tag, err := t.Exec(ctx, `insert into kept_write (inspection_id, id, collection, document_id, document, assumed, sha256, code, reason, late,
		  user_id, device_id, device_time, clock_offset_ms, received_at)
		select $1, w.id, w.collection, w.document_id, w.document::json, w.assumed::json, w.sha256, w.code, w.reason, w.late, $2, $3, w.device_time, $4, $5
		from unnest($6::uuid[], $7::text[], $8::uuid[], $9::text[], $10::text[], $11::bytea[], $12::text[], $13::text[], $14::boolean[], $15::timestamptz[])
		  as w (id, collection, document_id, document, assumed, sha256, code, reason, late, device_time)
		on conflict (inspection_id, user_id, sha256, late) do nothing`,
		ws[0].InspectionID, ws[0].UserID, optional(ws[0].DeviceID), milliseconds(ws[0].ClockOffset), ws[0].ReceivedAt,
		ids, collections, documentIDs, documents, assumed, sums, codes, reasons, late, times)
	if err != nil {
		return 0, fmt.Errorf("storage: keep writes to inspection %s: %w", ws[0].InspectionID, err)
	}
	return int(tag.RowsAffected()), nil
}

// SupersededWrites implements inspection.Tx.
func (t *tx) SupersededWrites(ctx context.Context, of inspection.ID) (map[inspection.SHA256]bool, error) {
	found, err := collect(ctx, t, "superseded writes", func(rows pgx.Rows, sum *hash) error { return rows.Scan(sum) },
		"select sha256 from kept_write where inspection_id = $1 and user_id = actor_id() and code = 'SUPERSEDED'", of)
	sums := make(map[inspection.SHA256]bool, len(found))
	for _, sum := range found {
		sums[inspection.SHA256(sum)] = true
	}
	return sums, err
}

// KeptWrites implements inspection.Tx.
func (t *tx) KeptWrites(ctx context.Context, of inspection.ID) ([]inspection.KeptWrite, error) {
	return collect(ctx, t, "kept writes", scanKept,
		"select "+keptColumns+" from kept_write k where k.inspection_id = $1 order by k.received_at, k.id", of)
}
