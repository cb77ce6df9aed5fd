package storage

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

const userColumns = "u.id, u.email, u.name, u.role, coalesce(u.field_office, ''), u.facility_id"

func scanUser(rows pgx.Rows, a *inspection.Actor) error {
	var facility pgtype.UUID
	err := rows.Scan(&a.ID, &a.Email, &a.Name, &a.Role, &a.FieldOffice, &facility)
	a.FacilityID = facility.Bytes
	return err
}

// ActorByEmail returns the active user behind a verified address, else a NotFound problem. It is the
// one look-up before there is an actor.
func (s *Store) ActorByEmail(ctx context.Context, email string) (inspection.Actor, error) {
	rows, err := s.pool.Query(ctx, "select "+userColumns+" from sign_in($1) u", email)
	if err != nil {
		return inspection.Actor{}, fmt.Errorf("storage: sign in: %w", err)
	}
	actor, err := pgx.CollectExactlyOneRow(rows, func(r pgx.CollectableRow) (inspection.Actor, error) {
		var a inspection.Actor
		var facility pgtype.UUID
		err := r.Scan(&a.ID, &a.Email, &a.Name, &a.Role, &a.FieldOffice, &facility)
		a.FacilityID = facility.Bytes
		return a, err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return actor, inspection.Refuse(inspection.NotFound, "", "no active user has this address")
	}
	if err != nil {
		return actor, fmt.Errorf("storage: sign in: %w", err)
	}
	return actor, nil
}

func (t *tx) Users(ctx context.Context, ids []inspection.ID) ([]inspection.Actor, error) {
	return collect(ctx, t, "users", scanUser, "select "+userColumns+" from app_user u where u.id = any ($1) and u.active", ids)
}

func (t *tx) UsersByRole(ctx context.Context, roles []inspection.Role) ([]inspection.Actor, error) {
	return collect(ctx, t, "users", scanUser,
		"select "+userColumns+" from app_user u where u.role = any ($1) and u.active order by u.name, u.id", roles)
}

var userTable = table{name: "app_user", keepExisting: true, columns: []string{"id", "email", "name", "role", "field_office", "facility_id", "active", "revision"}}

func (t *tx) SaveUsers(ctx context.Context, users []inspection.Actor) (int, error) {
	rows := make([]row, len(users))
	for n, u := range users {
		rows[n] = row{"id": u.ID, "email": u.Email, "name": u.Name, "role": u.Role, "field_office": optional(u.FieldOffice),
			"facility_id": optional(u.FacilityID), "active": true, "revision": 1}
	}
	return t.add(ctx, userTable, rows)
}

func (t *tx) FieldOffices(ctx context.Context) ([]inspection.FieldOffice, error) {
	return collect(ctx, t, "field offices", func(r pgx.Rows, f *inspection.FieldOffice) error { return r.Scan(&f.Code, &f.Name) },
		"select code, name from field_office order by code")
}

var officeTable = table{name: "field_office", keepExisting: true, columns: []string{"code", "name"}}

func (t *tx) SaveFieldOffices(ctx context.Context, offices []inspection.FieldOffice) (int, error) {
	rows := make([]row, len(offices))
	for n, o := range offices {
		rows[n] = row{"code": o.Code, "name": o.Name}
	}
	return t.add(ctx, officeTable, rows)
}
