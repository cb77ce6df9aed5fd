package graph_test

import (
	"context"
	"database/sql"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"plumbline/migrations"
	"plumbline/storage/storagetest"
)

// databaseOf is a database as the migration of that number left it, and a superuser's connection to it whose
// triggers and foreign keys are off: they would have all that a row rests on come first.
func databaseOf(t *testing.T, version int64) (*storagetest.DB, *pgx.Conn) {
	t.Helper()
	ctx := t.Context()
	database := storagetest.EmptyDatabase(t)
	owner, err := sql.Open("pgx", database.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, owner, os.DirFS("../migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		t.Fatal(err)
	}
	db, err := pgx.Connect(ctx, database.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.WithoutCancel(ctx)) })
	if _, err := db.Exec(ctx, "set session_replication_role = replica"); err != nil {
		t.Fatal(err)
	}
	return database, db
}

// A database of the first release keeps its actions and its evidence when it is brought up to date,
// and its actions go on from where they stood.
func TestAnOlderDatabaseKeepsItsActions(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	database, db := databaseOf(t, 1)
	const id = "'00000000-0000-7000-8000-000000000001'"
	for _, statement := range []string{
		"insert into facility (id, name, type) values (" + id + ", 'PINE RIVER PROCESSING CENTER', 'CDF')",
		"insert into app_user (id, email, name, role) values (" + id + ", 'lead@opr.example', 'LEAD', 'LEAD_INSPECTOR')",
		`insert into inspection (id, facility_id, origin, scope, announced, planned_start, planned_end, state, lead_id, planned_by, planned_at, issued_at)
			values (` + id + ", " + id + ", 'LIVE', 'FULL', true, '2026-03-03', '2026-03-05', 'ISSUED', " + id + ", " + id + ", now(), now())",
		`insert into finding (inspection_id, id, kind, standard_text, text, responsible_party, corrected_on_site, author_id, recorded_at, revised_by, revised_at, seq)
			values (` + id + ", " + id + ", 'DEFICIENCY', 'x', 'x', 'FACILITY', 'NONE', " + id + ", now(), " + id + ", now(), 1)",
		`insert into corrective_action (inspection_id, id, finding_id, state, plan_due, proof_due, opened_at)
			select ` + id + ", gen_random_uuid(), case n when 0 then " + id + "::uuid else gen_random_uuid() end, case n when 0 then 'OPEN' else 'WITHDRAWN' end, now(), now(), now() from generate_series(0, 1) n",
		`insert into evidence (inspection_id, id, sha256, size, media_type, class, captured_from, captured_to, state, object_key, declared_by, declared_at, seq)
			values (` + id + ", " + id + ", sha256('x'), 1, 'image/jpeg', 'NONE', now(), now(), 'LOCKED', 'x', " + id + ", now(), 2)",
	} {
		if _, err := db.Exec(ctx, statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	for range 2 { // the second changes nothing
		if err := migrations.Up(ctx, database.OwnerURL); err != nil {
			t.Fatal(err)
		}
	}
	var kept, evidence int
	err := db.QueryRow(ctx, `select (select count(*) from corrective_action where changed_at = opened_at and revision = 1 and plan_text = ''),
		(select count(*) from evidence where action_id is null and declared_as = '')`).Scan(&kept, &evidence)
	if err != nil || kept != 2 || evidence != 1 {
		t.Errorf("%d actions and %d originals are kept, %v", kept, evidence, err)
	}
}

// What was adopted late before tablets were told of it counts as changed by the upgrade, so that they are.
func TestAnUpgradeTellsTabletsOfWhatWasAdoptedLate(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	database, db := databaseOf(t, 20)
	const adopted = `insert into amended_deficiency (inspection_id, amendment_id, finding_id, standard_text, code, citation, citation_confirmed, text, responsible_party,
		priority_declared, priority_derived, repeat_declared, corrected_on_site, correction_note, immediate_threat, opens_action, adopted_at)
		select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'x', '', '', false, 'x', 'FACILITY', false, false, false, 'NONE', '', false, true, now()
		returning pg_current_xact_id()::text`
	var before string
	if err := db.QueryRow(ctx, adopted).Scan(&before); err != nil {
		t.Fatal(err)
	}
	if err := migrations.Up(ctx, database.OwnerURL); err != nil {
		t.Fatal(err)
	}
	var told bool
	if err := db.QueryRow(ctx, "select changed_in > $1::text::xid8 and stamp_of(changed_in) = changed_in from amended_deficiency", before).Scan(&told); err != nil || !told {
		t.Errorf("tablets are not told, %v", err)
	}
}
