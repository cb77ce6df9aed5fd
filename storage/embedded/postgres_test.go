package embedded_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"plumbline/storage/embedded"
)

func TestDataSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	first := startPostgres(t, dir)
	exec1(t, first.SuperuserURL(), `create table kept as select 42 as n`)
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := startPostgres(t, dir)
	if got := query[int](t, second.SuperuserURL(), `select n from kept`); got != 42 {
		t.Errorf("after the restart n = %d, want 42", got)
	}
}

func TestPostgresIsPrivateAndSpeaksUTF8(t *testing.T) {
	t.Parallel()
	pg := startPostgres(t, filepath.Join(t.TempDir(), "pg"))
	for sql, want := range map[string]string{
		`show listen_addresses`:        "",
		`show server_encoding`:         "UTF8",
		`show timezone`:                "UTC",
		`select lower('Ñ')`:            "ñ",
		`show unix_socket_permissions`: "0700",
	} {
		if got := query[string](t, pg.SuperuserURL(), sql); got != want {
			t.Errorf("%s = %q, want %q", sql, got, want)
		}
	}
	info, err := os.Stat(query[string](t, pg.SuperuserURL(), `show unix_socket_directories`))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the socket folder is open to others: %v", info.Mode())
	}
}

func TestPostgresRunsUnderAClosedFolder(t *testing.T) {
	t.Parallel()
	pg := startPostgres(t, filepath.Join(closedFolder(t), "data", "pg"))
	if got := query[int](t, pg.SuperuserURL(), `select 1`); got != 1 {
		t.Errorf("got %d", got)
	}
}

func TestPostgresRunsUnderAPathTooLongForASocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30), "pg, with a comma")
	pg := startPostgres(t, dir)
	if got := query[string](t, pg.SuperuserURL(), `show data_directory`); got != dir {
		t.Errorf("data directory %q, want %q", got, dir)
	}
	socket := query[string](t, pg.SuperuserURL(), `show unix_socket_directories`)
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("the temporary socket folder %s was left behind: %v", socket, err)
	}
}

// After a crash of the machine the id in the lock file may belong to any other program.
func TestALockFileOfADeadServerIsNoObstacle(t *testing.T) {
	t.Parallel()
	for name, pid := range map[string]int{"free id": 1 << 22, "id of another program": os.Getpid()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "pg")
			if err := startPostgres(t, dir).Stop(); err != nil {
				t.Fatal(err)
			}
			lock := strconv.Itoa(pid) + "\n" + dir + "\n1700000000\n5432\n/tmp\n\n"
			if err := os.WriteFile(filepath.Join(dir, "postmaster.pid"), []byte(lock), 0o600); err != nil {
				t.Fatal(err)
			}
			pg := startPostgres(t, dir)
			if got := query[int](t, pg.SuperuserURL(), `select 1`); got != 1 {
				t.Errorf("got %d", got)
			}
		})
	}
}

func TestARunningServerIsNotDisturbed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30), "pg") // the shared temporary folder
	first := startPostgres(t, dir)
	_, err := embedded.StartPostgres(t.Context(), embedded.PostgresConfig{Bin: findPostgres(t), Dir: dir, Test: true})
	if err == nil || !strings.Contains(err.Error(), "another PostgreSQL, process "+strconv.Itoa(first.PID())) {
		t.Errorf("a second server on the same folder: %v", err)
	}
	if got := query[int](t, first.SuperuserURL(), `select 1`); got != 1 {
		t.Errorf("the first server answers %d", got)
	}
}

func TestAnInterruptedInitdbIsRepeated(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	if err := os.MkdirAll(filepath.Join(dir+".new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	pg := startPostgres(t, dir)
	if got := query[int](t, pg.SuperuserURL(), `select 1`); got != 1 {
		t.Errorf("got %d", got)
	}
}

func TestAFailedStartSaysWhatPostgresSaid(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ file, content, want string }{
		"broken configuration":    {"postgresql.conf", "no_such_setting = 1\n", "no_such_setting"},
		"data of another version": {"PG_VERSION", "9.6\n", "was made by PostgreSQL 9.6"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "pg")
			if err := startPostgres(t, dir).Stop(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, tc.file), []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := embedded.StartPostgres(t.Context(), embedded.PostgresConfig{Bin: findPostgres(t), Dir: dir, Test: true})
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v; want one line with %q", err, tc.want)
			}
		})
	}
}

func TestPrepareDatabaseTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	pg := startPostgres(t, filepath.Join(t.TempDir(), "pg"))
	for range 2 {
		if err := pg.PrepareDatabase(t.Context(), "plumbline"); err != nil {
			t.Fatal(err)
		}
	}
	const member = `select pg_has_role(current_user, '` + embedded.AppRole + `', 'member')`
	if !query[bool](t, pg.URL(embedded.ServerRole, "plumbline"), member) {
		t.Error("the server's role is not in its group")
	}
}
