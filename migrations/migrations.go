// Package migrations holds the numbered SQL that makes Plumbline's schema, and applies it. The
// files run in the order of their numbers, each in a transaction, as the role that owns the
// database; a file that was released is never edited.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx" that goose works through
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// table is where goose writes what it has applied.
const table = "goose_db_version"

// Up applies every migration that the database does not have yet. Several processes may call it at
// once: one works, the others wait for it. The URL's role must own the database.
func Up(ctx context.Context, databaseURL string) error { return upTo(ctx, databaseURL, math.MaxInt64) }

// upTo is Up, but for the migrations after the version.
func upTo(ctx context.Context, databaseURL string, version int64) (err error) {
	db, err := sql.Open("pgx", databaseURL)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 60))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(table), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	// The job queue's tables come first: where the newest migration is, they are.
	if err := jobTables(ctx, db, databaseURL); err != nil {
		return fmt.Errorf("migrations: job queue: %w", err)
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if err := showProgress(ctx, db); err != nil {
		return fmt.Errorf("migrations: grant on %s: %w", table, err)
	}
	return nil
}

// showProgress lets the application role read goose's table, so that a server can tell whether its
// database is behind, and use the job queue. The advisory lock is for two processes at once: PostgreSQL refuses to change
// the grants of one table twice at the same moment.
func showProgress(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // without effect after Commit
	if _, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock(hashtext($1))`, table); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `grant select on `+table+` to plumbline_app`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, grantJobs); err != nil {
		return err
	}
	return tx.Commit()
}

// Latest is the number of the newest migration in this program.
func Latest() (int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	var latest int64
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migrations: %s does not begin with a number", name)
		}
		latest = max(latest, version)
	}
	return latest, nil
}

// Querier is a pgx connection, pool or transaction.
type Querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Applied is the number of the newest migration that the database has; 0 if it has none. The
// application role may ask.
func Applied(ctx context.Context, db Querier) (int64, error) {
	var exists bool
	if err := db.QueryRow(ctx, `select to_regclass($1) is not null`, table).Scan(&exists); err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	if !exists {
		return 0, nil
	}
	var version int64
	err := db.QueryRow(ctx, `select coalesce(max(version_id), 0) from `+table+` where is_applied`).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	return version, nil
}

// Pending says whether this program has migrations that the database does not have.
func Pending(ctx context.Context, db Querier) (bool, error) {
	latest, err := Latest()
	if err != nil {
		return false, err
	}
	applied, err := Applied(ctx, db)
	if err != nil {
		return false, err
	}
	return applied < latest, nil
}
