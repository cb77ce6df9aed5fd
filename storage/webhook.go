package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/riverqueue/river"

	"plumbline/inspection"
)

func (t *tx) AddWebhook(ctx context.Context, w inspection.Webhook, secret []byte) error {
	sealed, err := t.store.seal(w.ID, secret)
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `insert into webhook (id, url, kinds, added_by, added_at) values ($1, $2, $3, $4, $5)`, w.ID, w.URL, w.Kinds, w.AddedBy, w.AddedAt); err != nil {
		return fmt.Errorf("storage: webhook %s: %w", w.ID, err)
	}
	if _, err := t.Exec(ctx, `insert into webhook_secret (webhook_id, sealed) values ($1, $2)`, w.ID, sealed); err != nil {
		return fmt.Errorf("storage: secret of webhook %s: %w", w.ID, err)
	}
	return nil
}

func (t *tx) RemoveWebhook(ctx context.Context, w inspection.Webhook, by inspection.ID) error {
	if _, err := t.Exec(ctx, `update webhook set removed_at = $2, removed_by = $3 where id = $1`, w.ID, w.RemovedAt, by); err != nil {
		return fmt.Errorf("storage: remove webhook %s: %w", w.ID, err)
	}
	return nil
}

func (t *tx) Webhooks(ctx context.Context) ([]inspection.Webhook, error) {
	return collect(ctx, t, "webhooks", func(rows pgx.Rows, w *inspection.Webhook) error {
		var added, removed pgtype.Timestamptz
		err := rows.Scan(&w.ID, &w.URL, &w.Kinds, &w.AddedBy, &added, &removed)
		w.AddedAt, w.RemovedAt = added.Time.UTC(), at(removed)
		return err
	}, `select id, url, kinds, added_by, added_at, removed_at from webhook order by added_at, id`)
}

const deliveryColumns = `d.event_id, d.webhook_id, d.kind, d.state, d.attempts, d.status, d.failure, d.created_at, d.attempted_at`

// deliveryFields are what deliveryColumns is scanned into; finish completes the delivery.
func deliveryFields(d *inspection.Delivery) (fields []any, finish func()) {
	var status pgtype.Int4
	var created, attempted pgtype.Timestamptz
	return []any{&d.EventID, &d.WebhookID, &d.Kind, &d.State, &d.Attempts, &status, &d.Failure, &created, &attempted}, func() {
		d.CreatedAt, d.AttemptedAt = created.Time.UTC(), at(attempted)
		if status.Valid {
			answered := int(status.Int32)
			d.Status = &answered
		}
	}
}

func (t *tx) ListDeliveries(ctx context.Context, q inspection.DeliveryQuery) (inspection.DeliveryPage, error) {
	after := inspection.DeliveryCursor{}
	if q.After != nil {
		after = *q.After
	}
	found, err := collect(ctx, t, "deliveries", func(rows pgx.Rows, d *inspection.Delivery) error {
		fields, finish := deliveryFields(d)
		defer finish()
		return rows.Scan(fields...)
	}, "select "+deliveryColumns+` from webhook_delivery d
		where ($1::uuid is null or d.webhook_id = $1) and (cardinality($2::text[]) = 0 or d.state = any ($2))
		  and ($3::boolean or d.created_at < $4::timestamptz or (d.created_at = $4 and (d.event_id, d.webhook_id) > ($5::uuid, $6::uuid)))
		order by d.created_at desc, d.event_id, d.webhook_id limit $7`,
		q.WebhookID, list(q.States), q.After == nil, after.CreatedAt, after.EventID, after.WebhookID, q.Limit+1)
	if err != nil {
		return inspection.DeliveryPage{}, err
	}
	return inspection.DeliveryPage{Deliveries: found[:min(len(found), q.Limit)], More: len(found) > q.Limit}, nil
}

var deliveryTable = table{name: "webhook_delivery", insertOnly: true, columns: []string{"event_id", "webhook_id", "kind", "state", "attempts", "failure", "created_at"}}

func (t *tx) Dispatch(ctx context.Context, now time.Time, limit int) (int, error) {
	type waiting struct {
		id   inspection.ID
		kind inspection.EventKind
	}
	events, err := collect(ctx, t, "events", func(rows pgx.Rows, w *waiting) error { return rows.Scan(&w.id, &w.kind) },
		`select id, kind from outbox_event where dispatched_at is null order by at, id limit $1 for update skip locked`, limit)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	webhooks, err := t.Webhooks(ctx)
	if err != nil {
		return 0, err
	}
	var rows []row
	var jobs []river.InsertManyParams
	ids := make([]inspection.ID, len(events))
	for n, e := range events {
		ids[n] = e.id
		for _, w := range webhooks {
			if w.RemovedAt != nil || !slices.Contains(w.Kinds, e.kind) {
				continue
			}
			rows = append(rows, row{"event_id": e.id, "webhook_id": w.ID, "kind": e.kind, "state": inspection.DeliveryPending, "attempts": 0, "failure": "", "created_at": moment(now)})
			jobs = append(jobs, river.InsertManyParams{Args: deliverArgs{Event: e.id, Webhook: w.ID}})
		}
	}
	if err := t.save(ctx, deliveryTable, rows); err != nil {
		return 0, err
	}
	if len(jobs) > 0 {
		if _, err := t.store.enqueue.InsertManyFastTx(ctx, t.Tx, jobs); err != nil {
			return 0, fmt.Errorf("storage: enqueue deliveries: %w", err)
		}
	}
	if _, err := t.Exec(ctx, `update outbox_event set dispatched_at = $2 where id = any ($1)`, ids, now); err != nil {
		return 0, fmt.Errorf("storage: dispatch events: %w", err)
	}
	return len(events), nil
}

func (t *tx) Parcel(ctx context.Context, event, webhook inspection.ID) (inspection.Parcel, error) {
	var p inspection.Parcel
	var sealed []byte
	fields, finish := deliveryFields(&p.Delivery)
	err := t.QueryRow(ctx, "select "+deliveryColumns+`, w.url, w.removed_at is not null, s.sealed, e.body::text
		from webhook_delivery d join outbox_event e on e.id = d.event_id join webhook w on w.id = d.webhook_id join webhook_secret s on s.webhook_id = w.id
		where d.event_id = $1 and d.webhook_id = $2`, event, webhook).Scan(append(fields, &p.URL, &p.Removed, &sealed, (*text)(&p.Body))...)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, missing("delivery")
	}
	if err != nil {
		return p, fmt.Errorf("storage: delivery of %s: %w", event, err)
	}
	finish()
	p.Secret, err = t.store.unseal(webhook, sealed)
	return p, err
}

// text scans a text as bytes.
type text []byte

// ScanText implements pgtype.TextScanner.
func (b *text) ScanText(v pgtype.Text) error {
	*b = text(v.String)
	return nil
}

func (t *tx) RecordDelivery(ctx context.Context, d inspection.Delivery) error {
	_, err := t.Exec(ctx, `update webhook_delivery set state = $3, attempts = $4, status = $5, failure = $6, attempted_at = $7 where event_id = $1 and webhook_id = $2`,
		d.EventID, d.WebhookID, d.State, d.Attempts, d.Status, d.Failure, d.AttemptedAt)
	if err != nil {
		return fmt.Errorf("storage: record delivery of %s: %w", d.EventID, err)
	}
	return nil
}
