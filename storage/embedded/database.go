package embedded

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"plumbline/migrations"
)

// The roles of a development or test database, as an operator would make them.
const (
	// OwnerRole logs in to migrate; it owns the database and everything in it.
	OwnerRole = "plumbline_owner"
	// ServerRole logs in to serve; it owns nothing and has what its group AppRole is granted.
	ServerRole = "plumbline_server"
	// AppRole is the group without login that the migrations make and grant to.
	AppRole = "plumbline_app"
)

// PrepareDatabase makes the roles and the database that are missing, migrates the database to the
// newest version as its owner and lets the server's role in. It changes nothing if all is there.
func (p *Postgres) PrepareDatabase(ctx context.Context, name string) error {
	if err := p.createDatabase(ctx, name); err != nil {
		return fmt.Errorf("embedded: database %s: %w", name, err)
	}
	if err := migrations.Up(ctx, p.URL(OwnerRole, name)); err != nil {
		return fmt.Errorf("embedded: database %s: %w", name, err)
	}
	if err := p.grantServer(ctx); err != nil {
		return fmt.Errorf("embedded: role %s: %w", ServerRole, err)
	}
	return nil
}

func (p *Postgres) createDatabase(ctx context.Context, name string) (err error) {
	conn, err := pgx.Connect(ctx, p.SuperuserURL())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	// CREATEROLE lets the owner's migrations make the group role.
	if err := createIfMissing(ctx, conn, `select exists (select from pg_roles where rolname = $1)`,
		OwnerRole, `create role %s login createrole`); err != nil {
		return err
	}
	if err := createIfMissing(ctx, conn, `select exists (select from pg_roles where rolname = $1)`,
		ServerRole, `create role %s login`); err != nil {
		return err
	}
	return createIfMissing(ctx, conn, `select exists (select from pg_database where datname = $1)`,
		name, `create database %s owner `+OwnerRole)
}

// createIfMissing runs a statement, with the quoted name put into it, unless the query finds the
// name.
func createIfMissing(ctx context.Context, conn *pgx.Conn, query, name, statement string) error {
	var exists bool
	if err := conn.QueryRow(ctx, query, name).Scan(&exists); err != nil || exists {
		return err
	}
	_, err := conn.Exec(ctx, fmt.Sprintf(statement, pgx.Identifier{name}.Sanitize()))
	return err
}

func (p *Postgres) grantServer(ctx context.Context) (err error) {
	conn, err := pgx.Connect(ctx, p.SuperuserURL())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, `grant `+AppRole+` to `+ServerRole)
	return err
}
