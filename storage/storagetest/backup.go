package storagetest

import (
	"context"
	"testing"

	"plumbline/storage/embedded"
)

// Copy makes a copy of a database as it stands, as a backup or what is restored from one, and drops it
// when the test ends. Sessions in the original are ended: PostgreSQL copies a database that nobody uses.
func Copy(t testing.TB, of *DB) *DB {
	t.Helper()
	c, err := shared.cluster()
	if err != nil {
		t.Fatalf("storagetest: no PostgreSQL to test with: %v", err)
	}
	connections := func(statement string) {
		t.Helper()
		if err := c.exec(t.Context(), statement, of.Name); err != nil {
			t.Fatalf("storagetest: copy database: %v", err)
		}
	}
	connections(`alter database %s with allow_connections false`)
	defer connections(`alter database %s with allow_connections true`)
	// Waits, for up to five seconds each, until the sessions are gone.
	if _, err := c.admin.Exec(t.Context(), `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1`, of.Name); err != nil {
		t.Fatalf("storagetest: copy database: %v", err)
	}
	return newDatabase(t, `create database %s template `+of.Name+` strategy file_copy owner `+embedded.OwnerRole)
}

// Drop drops a database, sessions and all, before the test ends.
func Drop(t testing.TB, db *DB) {
	t.Helper()
	c, err := shared.cluster()
	if err == nil {
		err = c.exec(context.Background(), `drop database if exists %s with (force)`, db.Name)
	}
	if err != nil {
		t.Fatalf("storagetest: drop database: %v", err)
	}
}
