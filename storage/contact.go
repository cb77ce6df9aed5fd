package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

func (t *tx) DeviceContact(ctx context.Context, of, device inspection.ID) (*inspection.DeviceContact, error) {
	heard, err := collect(ctx, t, "device contact", func(rows pgx.Rows, c *inspection.DeviceContact) error {
		var outboxAt pgtype.Timestamptz
		err := rows.Scan((*uid)(&c.UserID), &c.FirstContactAt, &c.LastContactAt, &c.Outbox, &outboxAt)
		c.InspectionID, c.DeviceID, c.OutboxAt = of, device, at(outboxAt)
		c.FirstContactAt, c.LastContactAt = c.FirstContactAt.UTC(), c.LastContactAt.UTC()
		return err
	}, "select user_id, first_contact_at, last_contact_at, outbox, outbox_at from device_contact where inspection_id = $1 and device_id = $2", of, device)
	if err != nil || len(heard) == 0 {
		return nil, err
	}
	return &heard[0], nil
}

func (t *tx) SaveDeviceContact(ctx context.Context, c inspection.DeviceContact, offset *time.Duration) error {
	var ms *int64
	if offset != nil {
		n := offset.Milliseconds()
		ms = &n
	}
	_, err := t.Exec(ctx, `with seen as (
		  update device set last_seen_at = greatest(last_seen_at, $5), clock_offset_ms = coalesce($8, clock_offset_ms) where id = $2)
		insert into device_contact (inspection_id, device_id, user_id, first_contact_at, last_contact_at, outbox, outbox_at)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (inspection_id, device_id) do update set last_contact_at = excluded.last_contact_at, outbox = excluded.outbox, outbox_at = excluded.outbox_at`,
		c.InspectionID, c.DeviceID, c.UserID, c.FirstContactAt, c.LastContactAt, c.Outbox, c.OutboxAt, ms)
	if err != nil {
		return fmt.Errorf("storage: contact of device %s with inspection %s: %w", c.DeviceID, c.InspectionID, err)
	}
	return nil
}

// NoteContact implements inspection.Tx. What was heard later, or said of the outbox, stays.
func (t *tx) NoteContact(ctx context.Context, device inspection.ID, inspections []inspection.ID, now time.Time, offset *time.Duration) error {
	_, err := t.Exec(ctx, `with seen as (
		  update device set last_seen_at = greatest(last_seen_at, $3), clock_offset_ms = coalesce($4, clock_offset_ms) where id = $1)
		insert into device_contact as c (inspection_id, device_id, user_id, first_contact_at, last_contact_at)
		select i.id, d.id, d.user_id, $3, $3 from inspection i, device d where i.id = any ($2) and d.id = $1 and d.user_id = actor_id() order by i.id
		on conflict (inspection_id, device_id) do update set last_contact_at = excluded.last_contact_at where c.last_contact_at < excluded.last_contact_at`,
		device, inspections, now, milliseconds(offset))
	if err != nil {
		return fmt.Errorf("storage: contact of device %s: %w", device, err)
	}
	return nil
}
