package storagetest_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"plumbline/migrations"
	"plumbline/storage/storagetest"
)

func TestMain(m *testing.M) { storagetest.Main(m) }

func connect(t *testing.T, url string, tracer pgx.QueryTracer) *pgx.Conn {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Tracer = tracer
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func TestADatabaseIsFullyMigrated(t *testing.T) {
	t.Parallel()
	conn := connect(t, storagetest.Database(t).AppURL, nil)
	pending, err := migrations.Pending(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	if pending {
		t.Error("a fresh database lacks migrations")
	}
}

func TestDatabasesAreSeparate(t *testing.T) {
	t.Parallel()
	first, second := storagetest.Database(t), storagetest.Database(t)
	if _, err := connect(t, first.OwnerURL, nil).Exec(t.Context(), `create table mark (id int)`); err != nil {
		t.Fatal(err)
	}
	var seen bool
	err := connect(t, second.OwnerURL, nil).QueryRow(t.Context(), `select to_regclass('mark') is not null`).Scan(&seen)
	if err != nil {
		t.Fatal(err)
	}
	if seen {
		t.Error("one test's table shows in another test's database")
	}
}

func TestTheServersRoleIsNoOwner(t *testing.T) {
	t.Parallel()
	type powers struct {
		Superuser, BypassRLS, CreateRole, Member bool
		Owned                                    int
	}
	var got powers
	err := connect(t, storagetest.Database(t).AppURL, nil).QueryRow(t.Context(), `
		select rolsuper, rolbypassrls, rolcreaterole, pg_has_role(oid, 'plumbline_app', 'member'),
		       (select count(*) from pg_class where relowner = pg_roles.oid)
		  from pg_roles where rolname = current_user`).
		Scan(&got.Superuser, &got.BypassRLS, &got.CreateRole, &got.Member, &got.Owned)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(powers{Member: true}, got); diff != "" {
		t.Errorf("powers of the server's role (-want +got):\n%s", diff)
	}
}

func TestAnEmptyDatabaseCanBeMigratedTwice(t *testing.T) {
	t.Parallel()
	db := storagetest.EmptyDatabase(t)
	conn := connect(t, db.OwnerURL, nil)
	if pending, err := migrations.Pending(t.Context(), conn); err != nil || !pending {
		t.Fatalf("before: pending %v, %v; want true", pending, err)
	}
	for range 2 {
		if err := migrations.Up(t.Context(), db.OwnerURL); err != nil {
			t.Fatal(err)
		}
	}
	if pending, err := migrations.Pending(t.Context(), conn); err != nil || pending {
		t.Fatalf("after: pending %v, %v; want false", pending, err)
	}
}

func TestStatementsCountsWhatReachesTheTables(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var statements storagetest.Statements
	conn := connect(t, storagetest.Database(t).OwnerURL, &statements)
	statements.Reset()

	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config('plumbline.role', $1, true)`, "SYSTEM"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `create temp table pair (id int)`); err != nil {
			return err
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"pair"}, []string{"id"}, pgx.CopyFromRows([][]any{{1}})); err != nil {
			return err
		}
		batch := &pgx.Batch{}
		batch.Queue(`select set_config('plumbline.user', '', true)`)
		batch.Queue(`select 1`)
		batch.Queue(`select 2`)
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`create temp table pair (id int)`, `copy "pair"`, `select 1`, `select 2`}
	if diff := cmp.Diff(want, statements.SQL()); diff != "" {
		t.Errorf("counted statements (-want +got):\n%s", diff)
	}
	if statements.Count() != len(want) {
		t.Errorf("Count() = %d, want %d", statements.Count(), len(want))
	}
}

func TestABucketKeepsEveryVersion(t *testing.T) {
	t.Parallel()
	ctx, bucket := t.Context(), storagetest.Bucket(t)
	client, err := minio.New(bucket.Host, &minio.Options{
		Creds: credentials.NewStaticV4(bucket.AccessKey, bucket.SecretKey, ""), Region: bucket.Region,
	})
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]bool{}
	for _, content := range []string{"first", "second"} {
		info, err := client.PutObject(ctx, bucket.Name, "key", bytes.NewReader([]byte(content)), int64(len(content)), minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		versions[info.VersionID] = true
	}
	if len(versions) != 2 || versions[""] {
		t.Errorf("two writes made the versions %v", versions)
	}
	lock, _, _, _, err := client.GetObjectLockConfig(ctx, bucket.Name)
	if err != nil || lock != "Enabled" {
		t.Errorf("object lock is %q, %v; want Enabled", lock, err)
	}
}

func TestBucketsAreSeparate(t *testing.T) {
	t.Parallel()
	if first, second := storagetest.Bucket(t), storagetest.Bucket(t); first.Name == second.Name {
		t.Errorf("two tests share the bucket %s", first.Name)
	}
}
