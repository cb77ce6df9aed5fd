package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// deviceColumns reads a device, and of its contacts what row-level security leaves of them: who may see a
// device need not see the fieldwork.
const deviceColumns = `d.id, d.user_id, d.name, d.registered_at, d.last_seen_at, d.clock_offset_ms, d.revoked_at, d.revoked_by, d.revoked_reason,
	d.revision, (select s.at from user_sign_in s where s.user_id = d.user_id),
	(select coalesce(json_agg(json_build_object('InspectionID', c.inspection_id, 'Waiting', c.outbox, 'ReportedAt', c.outbox_at) order by c.outbox_at desc, c.inspection_id), '[]')
	 from (select * from device_contact where device_id = d.id and outbox is not null order by outbox_at desc, inspection_id limit 20) c)`

func scanDevice(rows pgx.Rows, d *inspection.Device) error {
	var registered, seen, revoked, signedIn pgtype.Timestamptz
	var offset pgtype.Int8
	var by pgtype.UUID
	err := rows.Scan(&d.ID, &d.UserID, &d.Name, &registered, &seen, &offset, &revoked, &by, &d.RevokedReason, &d.Revision, &signedIn, &d.Outbox)
	d.RegisteredAt, d.LastSeenAt, d.RevokedAt, d.LastSignInAt = registered.Time.UTC(), at(seen), at(revoked), at(signedIn)
	if offset.Valid {
		ahead := time.Duration(offset.Int64) * time.Millisecond
		d.ClockOffset = &ahead
	}
	if by.Valid {
		id := inspection.ID(by.Bytes)
		d.RevokedBy = &id
	}
	return err
}

func (t *tx) Device(ctx context.Context, id inspection.ID) (*inspection.Device, error) {
	return t.device(ctx, id, "")
}

func (t *tx) LockDevice(ctx context.Context, id inspection.ID) (*inspection.Device, error) {
	return t.device(ctx, id, " for update of d")
}

func (t *tx) device(ctx context.Context, id inspection.ID, lock string) (*inspection.Device, error) {
	found, err := collect(ctx, t, "device", scanDevice, "select "+deviceColumns+" from device d where d.id = $1"+lock, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, missing("device")
	}
	return &found[0], nil
}

func (t *tx) ListDevices(ctx context.Context, q inspection.DeviceQuery) (inspection.DevicePage, error) {
	after := inspection.DeviceCursor{}
	if q.After != nil {
		after = *q.After
	}
	found, err := collect(ctx, t, "devices", scanDevice, "select "+deviceColumns+` from device d
		where ($1::uuid is null or d.user_id = $1)
		  and ($2::boolean or d.registered_at < $3::timestamptz or (d.registered_at = $3 and d.id > $4::uuid))
		order by d.registered_at desc, d.id limit $5`,
		optional(q.UserID), q.After == nil, after.RegisteredAt, after.ID, q.Limit+1)
	if err != nil {
		return inspection.DevicePage{}, err
	}
	return inspection.DevicePage{Devices: found[:min(len(found), q.Limit)], More: len(found) > q.Limit}, nil
}

func (t *tx) CountDevices(ctx context.Context, user inspection.ID) (int, error) {
	var n int
	if err := t.QueryRow(ctx, `select count(*) from device where user_id = $1 and revoked_at is null`, user).Scan(&n); err != nil {
		return 0, fmt.Errorf("storage: count devices: %w", err)
	}
	return n, nil
}

func (t *tx) AddDevice(ctx context.Context, d inspection.Device) (bool, error) {
	tag, err := t.Exec(ctx, `insert into device (id, user_id, name, public_key, registered_at, revision) values ($1, $2, $3, $4, $5, $6)
		on conflict (public_key) do nothing`, d.ID, d.UserID, d.Name, d.Key.DER(), d.RegisteredAt, d.Revision)
	if err != nil {
		return false, fmt.Errorf("storage: device %s: %w", d.ID, err)
	}
	return tag.RowsAffected() == 1, nil
}

func (t *tx) SaveDevice(ctx context.Context, d *inspection.Device) error {
	_, err := t.Exec(ctx, `update device set name = $2, revoked_at = $3, revoked_by = $4, revoked_reason = $5, revision = $6 where id = $1`,
		d.ID, d.Name, d.RevokedAt, d.RevokedBy, d.RevokedReason, d.Revision)
	if err != nil {
		return fmt.Errorf("storage: device %s: %w", d.ID, err)
	}
	return nil
}

func (t *tx) SaveRegistration(ctx context.Context, r inspection.Registration) error {
	_, err := t.Exec(ctx, `insert into device_registration (user_id, code_hash, name, asked_at, expires_at) values ($1, $2, $3, $4, $5)
		on conflict (user_id) do update set code_hash = excluded.code_hash, name = excluded.name, asked_at = excluded.asked_at,
		  expires_at = excluded.expires_at, device_id = null`, r.UserID, r.Hash[:], r.Name, r.AskedAt, r.ExpiresAt)
	if err != nil {
		return fmt.Errorf("storage: registration of a device of user %s: %w", r.UserID, err)
	}
	return nil
}

func (t *tx) UseRegistration(ctx context.Context, hash [32]byte, device inspection.ID, now time.Time) (bool, error) {
	tag, err := t.Exec(ctx, `update device_registration set device_id = $2 where code_hash = $1 and device_id is null and expires_at > $3`, hash[:], device, now)
	if err != nil {
		return false, fmt.Errorf("storage: registration of device %s: %w", device, err)
	}
	return tag.RowsAffected() == 1, nil
}

// RegistrationOf implements inspection.Store.
func (s *Store) RegistrationOf(ctx context.Context, hash [32]byte, now time.Time) (inspection.RegistrationOf, error) {
	var r inspection.RegistrationOf
	var office pgtype.Text
	var facility, device pgtype.UUID
	err := s.pool.QueryRow(ctx, `select * from registration_of($1, $2)`, hash[:], now).Scan(&r.User.ID, &r.User.Email, &r.User.Name, &r.User.Role,
		&office, &facility, &r.Name, &device, &r.DeviceDER)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, inspection.RefuseDeviceCode()
	}
	if err != nil {
		return r, fmt.Errorf("storage: registration of a device: %w", err)
	}
	r.User.FieldOffice, r.User.FacilityID, r.DeviceID = office.String, facility.Bytes, device.Bytes
	return r, nil
}

// CredentialOf implements inspection.Store.
func (s *Store) CredentialOf(ctx context.Context, device inspection.ID) (inspection.DeviceCredential, error) {
	c := inspection.DeviceCredential{DeviceID: device}
	var office pgtype.Text
	var facility pgtype.UUID
	var signedIn pgtype.Timestamptz
	var der []byte
	err := s.pool.QueryRow(ctx, `select * from device_credential($1)`, device).Scan(&c.User.ID, &c.User.Email, &c.User.Name, &c.User.Role,
		&office, &facility, &c.Active, &der, &c.Revoked, &signedIn)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, missing("device")
	}
	if err == nil {
		c.Key, err = inspection.ParseDeviceKey(der)
	}
	if err != nil {
		return c, fmt.Errorf("storage: credential of device %s: %w", device, err)
	}
	c.User.FieldOffice, c.User.FacilityID, c.SignedInAt = office.String, facility.Bytes, at(signedIn)
	return c, nil
}

// TakeChallenge implements inspection.Store.
func (s *Store) TakeChallenge(ctx context.Context, c inspection.Challenge, device inspection.ID, offset time.Duration, now time.Time) (bool, error) {
	var taken bool
	err := s.pool.QueryRow(ctx, `select take_challenge($1, $2, $3, $4, $5)`, c.Nonce, c.Expires, device, milliseconds(&offset), now).Scan(&taken)
	if err != nil {
		return false, fmt.Errorf("storage: challenge of device %s: %w", device, err)
	}
	return taken, nil
}

// milliseconds is nil for an offset that is not known.
func milliseconds(offset *time.Duration) any {
	if offset == nil {
		return nil
	}
	return offset.Milliseconds()
}
