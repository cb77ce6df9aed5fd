package storage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"plumbline/inspection"
	"plumbline/migrations"
)

// Config is what it takes to open a store.
type Config struct {
	// URL is the database as the application role, which owns nothing.
	URL string
	// AuditKey signs the audit chains (HMAC-SHA-256); at least 32 bytes, kept outside the database.
	AuditKey []byte
	// AsOwner admits the owning role, for the commands that migrate and load data.
	AsOwner bool
	// MaxConns bounds the pool; 0 takes pgx's default.
	MaxConns int32
	// Tracer, if set, sees every statement.
	Tracer pgx.QueryTracer
}

// Store implements inspection.Store.
type Store struct {
	pool     *pgxpool.Pool
	auditKey []byte
	// editions holds the editions read so far. They are immutable, so that an entry never expires.
	editions sync.Map // inspection.ID -> *inspection.Edition
	// enqueue adds jobs; it works none.
	enqueue *river.Client[pgx.Tx]
}

var _ inspection.Store = (*Store)(nil)

// mostIdle ends a transaction that its process forgot: it would hold row locks and stall the feeds
// that wait for the oldest transaction.
const mostIdle = time.Minute

// Open connects and refuses a role that row-level security would not bind.
func Open(ctx context.Context, c Config) (*Store, error) {
	if len(c.AuditKey) < 32 {
		return nil, errors.New("storage: the audit key has fewer than 32 bytes")
	}
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, errors.New("storage: the database URL cannot be read")
	}
	config.ConnConfig.Tracer = c.Tracer
	if c.MaxConns > 0 {
		config.MaxConns = c.MaxConns
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["application_name"] = "plumbline"
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = fmt.Sprint(mostIdle.Milliseconds())
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("storage: open: %w", err)
	}
	s := &Store{pool: pool, auditKey: c.AuditKey}
	if s.enqueue, err = river.NewClient(riverpgxv5.New(pool), &river.Config{Schema: migrations.JobSchema}); err != nil {
		pool.Close()
		return nil, fmt.Errorf("storage: jobs: %w", err)
	}
	if err := s.check(ctx, c.AsOwner); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// check refuses a database that is not migrated and a role that row-level security does not bind.
func (s *Store) check(ctx context.Context, asOwner bool) error {
	var migrated, superuser, bypass, owner, member bool
	var role string
	err := s.pool.QueryRow(ctx, `
		select to_regclass('public.inspection') is not null, rolname, rolsuper, rolbypassrls,
		       exists (select from pg_tables where schemaname = 'public' and pg_has_role(current_user, tableowner, 'member'))
		         or exists (select from pg_database where datname = current_database() and pg_has_role(current_user, datdba, 'member')),
		       exists (select from pg_roles app where app.rolname = 'plumbline_app' and pg_has_role(current_user, app.oid, 'usage'))
		from pg_roles where rolname = current_user`).Scan(&migrated, &role, &superuser, &bypass, &owner, &member)
	switch {
	case err != nil:
		return fmt.Errorf("storage: the database does not answer: %w", err)
	case !migrated:
		return errors.New("storage: the database has no schema yet; run plumbline migrate first")
	case asOwner:
		return nil
	case superuser:
		return fmt.Errorf("storage: role %s is a superuser; connect as an application role", role)
	case bypass:
		return fmt.Errorf("storage: role %s bypasses row-level security (BYPASSRLS); connect as an application role", role)
	case owner:
		return fmt.Errorf("storage: role %s owns the database or its tables; connect as an application role that only belongs to plumbline_app", role)
	case !member:
		return fmt.Errorf("storage: role %s does not belong to plumbline_app; grant plumbline_app to it", role)
	}
	return nil
}

// Close ends every connection.
func (s *Store) Close() { s.pool.Close() }

// Pool exposes the connection pool's figures, for metrics.
func (s *Store) Pool() *pgxpool.Stat { return s.pool.Stat() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.pool.Ping(ctx); err != nil {
		return fmt.Errorf("storage: ping: %w", err)
	}
	return nil
}

// InTx runs f in one transaction on behalf of actor; its audit events are kept with it.
func (s *Store) InTx(ctx context.Context, actor inspection.Actor, f func(inspection.Tx) error) error {
	return s.run(ctx, actor, pgx.TxOptions{}, f)
}

// View runs f in one read-only transaction that sees a single moment.
func (s *Store) View(ctx context.Context, actor inspection.Actor, f func(inspection.Tx) error) error {
	return s.run(ctx, actor, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f)
}

func (s *Store) run(ctx context.Context, actor inspection.Actor, options pgx.TxOptions, f func(inspection.Tx) error) error {
	return problem(pgx.BeginTxFunc(ctx, s.pool, options, func(db pgx.Tx) error {
		if err := introduce(ctx, db, actor); err != nil {
			return err
		}
		t := &tx{Tx: db, store: s}
		if err := f(t); err != nil {
			return err
		}
		if err := t.saveOutbox(ctx); err != nil {
			return err
		}
		return t.saveEvents(ctx)
	}))
}

// introduce names the actor to row-level security, for this transaction only.
func introduce(ctx context.Context, db pgx.Tx, actor inspection.Actor) error {
	facility := ""
	if actor.FacilityID != (inspection.ID{}) {
		facility = actor.FacilityID.String()
	}
	_, err := db.Exec(ctx, `select set_config('plumbline.role', $1, true), set_config('plumbline.user', $2, true),
		set_config('plumbline.field_office', $3, true), set_config('plumbline.facility', $4, true)`,
		string(actor.Role), actor.ID.String(), actor.FieldOffice, facility)
	if err != nil {
		return fmt.Errorf("storage: introduce the actor: %w", err)
	}
	return nil
}

// tx is one transaction.
type tx struct {
	pgx.Tx
	store  *Store
	events []inspection.AuditEvent
	outbox []inspection.Event
}
