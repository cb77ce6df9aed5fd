package migrations

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// JobSchema is where the job queue (River) keeps its tables, apart from Plumbline's own. They hold ids
// and times, no content, and no row-level security: whoever is the server may use them.
const JobSchema = "river"

// grantJobs lets the application role put jobs into the queue and work them.
const grantJobs = `grant usage on schema ` + JobSchema + ` to plumbline_app;
	grant select, insert, update, delete on all tables in schema ` + JobSchema + ` to plumbline_app;
	grant usage on all sequences in schema ` + JobSchema + ` to plumbline_app`

// jobTables brings the job queue's tables to the version that this program's library wants. Its
// library migrates them itself; the advisory lock is for two processes at once.
func jobTables(ctx context.Context, db *sql.DB, databaseURL string) (err error) {
	guard, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	// Closing the session would free the lock too, but the pool keeps sessions.
	defer func() {
		_, unlocked := guard.ExecContext(context.WithoutCancel(ctx), `select pg_advisory_unlock(hashtext($1))`, JobSchema)
		err = errors.Join(err, unlocked, guard.Close())
	}()
	if _, err := guard.ExecContext(ctx, `select pg_advisory_lock(hashtext($1))`, JobSchema); err != nil {
		return err
	}
	if _, err := guard.ExecContext(ctx, `create schema if not exists `+JobSchema); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: JobSchema})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
