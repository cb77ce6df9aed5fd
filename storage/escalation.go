package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

func scanEscalation(rows pgx.Rows, e *inspection.Escalation) error {
	var due, when pgtype.Timestamptz
	err := rows.Scan(&e.InspectionID, &e.ActionID, &e.Kind, &e.Level, &due, &when)
	e.At, e.PointedOutAt = due.Time.UTC(), when.Time.UTC()
	return err
}

func (t *tx) Escalations(ctx context.Context, actions []inspection.ID) ([]inspection.Escalation, error) {
	return collect(ctx, t, "escalations", scanEscalation, `select inspection_id, action_id, due, level, due_at, at
		from action_escalation where action_id = any ($1) order by action_id, at, due_at, due, level`, list(actions))
}

func (t *tx) AddEscalations(ctx context.Context, es []inspection.Escalation) ([]inspection.Escalation, error) {
	rows := make([]row, len(es))
	for n, e := range es {
		rows[n] = row{"inspection_id": e.InspectionID, "action_id": e.ActionID, "due": e.Kind, "level": e.Level, "due_at": moment(e.At), "at": moment(e.PointedOutAt)}
	}
	document, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("storage: escalations: %w", err)
	}
	// In the order of the key, so that two at once never wait for each other.
	return collect(ctx, t, "escalations", scanEscalation, `insert into action_escalation (inspection_id, action_id, due, level, due_at, at)
		select inspection_id, action_id, due, level, due_at, at from json_populate_recordset(null::action_escalation, $1::json)
		order by inspection_id, action_id, due, level
		on conflict do nothing returning inspection_id, action_id, due, level, due_at, at`, document)
}

// Notify implements inspection.Tx. Events are written with the transaction that they tell of.
func (t *tx) Notify(e inspection.Event) { t.outbox = append(t.outbox, e) }

var outboxTable = table{name: "outbox_event", insertOnly: true, columns: []string{"id", "kind", "at", "body"}}

// saveOutbox writes each event as the webhook's receiver will read it.
func (t *tx) saveOutbox(ctx context.Context) error {
	rows := make([]row, len(t.outbox))
	for n, e := range t.outbox {
		rows[n] = row{"id": e.ID, "kind": e.Kind, "at": moment(e.At), "body": map[string]any{"type": e.Kind.Type(), "timestamp": e.At.UTC().Format(time.RFC3339Nano), "data": e.Data}}
	}
	return t.save(ctx, outboxTable, rows)
}
