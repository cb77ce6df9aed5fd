package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

const keptColumns = `k.id, k.inspection_id, k.collection, k.document_id, k.document::text, coalesce(k.assumed::text, ''), k.sha256, k.code, k.reason, k.late,
	k.user_id, k.device_id, k.device_time, k.clock_offset_ms, k.received_at, k.decision, k.decided_by, k.decided_at, k.decision_reason`

// keptScan scans kept writes, and whatever the statement selects after them.
func keptScan(rows pgx.Rows, w *inspection.KeptWrite, more ...any) error {
	var device, received, decided pgtype.Timestamptz
	var by pgtype.UUID
	var offset pgtype.Int8
	err := rows.Scan(append([]any{(*uid)(&w.ID), (*uid)(&w.InspectionID), &w.Collection, (*uid)(&w.DocumentID), &w.Document, &w.Assumed, (*hash)(&w.SHA256),
		&w.Code, &w.Reason, &w.Late, (*uid)(&w.UserID), (*uid)(&w.DeviceID), &device, &offset, &received,
		&w.Decision, &by, &decided, &w.DecisionReason}, more...)...)
	if device.Valid {
		w.DeviceTime = device.Time.UTC()
	}
	w.ClockOffset, w.ReceivedAt, w.DecidedBy, w.DecidedAt = duration(offset), received.Time.UTC(), id(by), at(decided)
	return err
}

func scanKept(rows pgx.Rows, w *inspection.KeptWrite) error { return keptScan(rows, w) }

func (t *tx) LateWork(ctx context.Context, of inspection.ID) ([]inspection.KeptWrite, error) {
	return collect(ctx, t, "late work", scanKept,
		"select "+keptColumns+" from kept_write k where k.inspection_id = $1 and k.late order by k.decision <> '', k.received_at, k.id", of)
}

func (t *tx) LateWorkByID(ctx context.Context, of inspection.ID, ids []inspection.ID) (map[inspection.ID]inspection.KeptWrite, error) {
	found, err := collect(ctx, t, "late work", scanKept,
		"select "+keptColumns+" from kept_write k where k.inspection_id = $1 and k.late and k.id = any ($2)", of, ids)
	byID := map[inspection.ID]inspection.KeptWrite{}
	for _, w := range found {
		byID[w.ID] = w
	}
	return byID, err
}

func (t *tx) DecideLateWork(ctx context.Context, ws []inspection.KeptWrite) error {
	rows := make([]row, len(ws))
	for n, w := range ws {
		rows[n] = row{"inspection_id": w.InspectionID, "id": w.ID, "decision": w.Decision, "decided_by": w.DecidedBy, "decided_at": w.DecidedAt,
			"decision_reason": w.DecisionReason}
	}
	document, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("storage: decisions on late work: %w", err)
	}
	tag, err := t.Exec(ctx, `update kept_write k set decision = r.decision, decided_by = r.decided_by, decided_at = r.decided_at, decision_reason = r.decision_reason
		from json_populate_recordset(null::kept_write, $1::json) r where k.inspection_id = r.inspection_id and k.id = r.id`, document)
	if err != nil {
		return fmt.Errorf("storage: decisions on late work: %w", err)
	}
	if int(tag.RowsAffected()) != len(ws) {
		return missing("late work")
	}
	return nil
}

// OverdueLateWork reads the documents as text: PostgreSQL cannot decode all that was pushed.
func (t *tx) OverdueLateWork(ctx context.Context, q inspection.OverdueLateQuery) (inspection.OverdueLatePage, error) {
	after := inspection.OverdueLateCursor{}
	if q.After != nil {
		after = *q.After
	}
	found, err := collect(ctx, t, "overdue late work", func(rows pgx.Rows, o *inspection.OverdueLate) error {
		return keptScan(rows, &o.Write, (*uid)(&o.Facility.ID), &o.Facility.Name, &o.Facility.City, &o.Facility.State, &o.State)
	}, "select "+keptColumns+`, f.id, f.name, f.city, f.state, i.state
		from kept_write k join inspection i on i.id = k.inspection_id join facility f on f.id = i.facility_id
		where k.late and k.decision = '' and k.collection = 'finding'
		  and k.document::text ~ '"kind"\s*:\s*"DEFICIENCY"' and k.document::text !~ '"deleted"\s*:\s*true'
		  and k.received_at < $1 and ($2::boolean or (k.received_at, k.id) > ($3::timestamptz, $4::uuid))
		order by k.received_at, k.id limit $5`, q.Before, q.After == nil, after.ReceivedAt, after.ID, q.Limit+1)
	if err != nil {
		return inspection.OverdueLatePage{}, err
	}
	return inspection.OverdueLatePage{Writes: found[:min(len(found), q.Limit)], More: len(found) > q.Limit}, nil
}
