package storage

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// Admit implements inspection.Doorkeeper.
func (s *Store) Admit(ctx context.Context, a inspection.Admission) (inspection.Actor, error) {
	var actor inspection.Actor
	var office pgtype.Text
	var facility, device pgtype.UUID
	var revoked bool
	err := s.pool.QueryRow(ctx, `select * from admit($1, $2, $3, $4, $5, $6)`,
		a.Email, optional(a.UserID), optional(a.DeviceID), moment(a.SignedInAt), milliseconds(a.Offset), a.At.UTC()).
		Scan(&actor.ID, &actor.Email, &actor.Name, &actor.Role, &office, &facility, &device, &revoked)
	if errors.Is(err, pgx.ErrNoRows) {
		return inspection.Actor{}, inspection.Refuse(inspection.NotFound, "user", "no active user is meant")
	}
	if err != nil {
		return inspection.Actor{}, fmt.Errorf("storage: admit: %w", err)
	}
	actor.FieldOffice, actor.FacilityID = office.String, facility.Bytes
	if a.DeviceID != (inspection.ID{}) && !device.Valid {
		return inspection.Actor{}, inspection.Refuse(inspection.NotFound, "device", "the user has no such device")
	}
	actor.Device = inspection.ActorDevice{ID: device.Bytes, Revoked: revoked}
	if a.Offset != nil {
		actor.Device.Offset, actor.Device.OffsetKnown = *a.Offset, true
	}
	return actor, nil
}
