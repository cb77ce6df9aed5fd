package storagetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"plumbline/storage/embedded"
)

// DB is one test's own database with every migration applied and nothing in it.
type DB struct {
	Name string
	// OwnerURL is for the role that owns the database and its tables: migrations, fixtures.
	OwnerURL string
	// AppURL is for the role that the server uses: it owns nothing, is no superuser, is bound by
	// row-level security, and has what the migrations grant to the group plumbline_app.
	AppURL string
	// SuperuserURL is for looking behind the scenes, past row-level security.
	SuperuserURL string
}

// template is the migrated database that every test's database is copied from.
const template = "plumbline_template"

// Database makes a fresh, migrated database and drops it, sessions and all, when the test ends.
func Database(t testing.TB) *DB {
	t.Helper()
	return newDatabase(t, `create database %s template `+template+` strategy file_copy owner `+embedded.OwnerRole)
}

// EmptyDatabase makes a database that has an owner but no migrations: for the tests of the
// migrations themselves.
func EmptyDatabase(t testing.TB) *DB {
	t.Helper()
	return newDatabase(t, `create database %s strategy file_copy owner `+embedded.OwnerRole)
}

func newDatabase(t testing.TB, create string) *DB {
	t.Helper()
	c, err := shared.cluster()
	if err != nil {
		t.Fatalf("storagetest: no PostgreSQL to test with: %v", err)
	}
	name := c.nextName()
	if err := c.exec(t.Context(), create, name); err != nil {
		t.Fatalf("storagetest: create database: %v", err)
	}
	t.Cleanup(func() {
		if err := c.exec(context.Background(), `drop database if exists %s with (force)`, name); err != nil {
			t.Errorf("storagetest: drop database: %v", err)
		}
	})
	return c.database(name)
}

// prepare migrates the template and closes it to sessions, which would get in the way of copying.
func (c *cluster) prepare(ctx context.Context) error {
	if err := c.server.PrepareDatabase(ctx, template); err != nil {
		return err
	}
	admin, err := pgxpool.New(ctx, c.server.SuperuserURL())
	if err != nil {
		return err
	}
	c.admin = admin
	return c.exec(ctx, `alter database %s with allow_connections false`, template)
}

// exec runs a statement with a quoted database name put into it.
func (c *cluster) exec(ctx context.Context, statement, name string) error {
	_, err := c.admin.Exec(ctx, fmt.Sprintf(statement, pgx.Identifier{name}.Sanitize()))
	return err
}

func (c *cluster) database(name string) *DB {
	return &DB{
		Name:         name,
		OwnerURL:     c.server.URL(embedded.OwnerRole, name),
		AppURL:       c.server.URL(embedded.ServerRole, name),
		SuperuserURL: c.server.URL(embedded.Superuser, name),
	}
}

func (c *cluster) stop() error {
	if c.admin != nil {
		c.admin.Close()
	}
	return c.server.Stop()
}

// nextName returns a name that no other test of this binary has.
func (c *cluster) nextName() string { return fmt.Sprintf("t_%d", c.names.Add(1)) }
