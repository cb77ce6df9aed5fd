package embedded_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"plumbline/storage/embedded"
)

// parentVariable makes this test binary a parent that starts both servers in the named folder and
// waits to be killed.
const parentVariable = "EMBEDDED_TEST_PARENT"

func TestMain(m *testing.M) {
	embedded.RunChild()
	if folder := os.Getenv(parentVariable); folder != "" {
		if err := beParent(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// family is what a parent tells the test about itself.
type family struct {
	PostgresPID, S3PID int
	DatabaseURL        string
}

func beParent(folder string) error {
	ctx := context.Background()
	bin, err := embedded.FindPostgres(ctx, os.Getenv)
	if err != nil {
		return err
	}
	pg, err := embedded.StartPostgres(ctx, embedded.PostgresConfig{Bin: bin, Dir: filepath.Join(folder, "pg")})
	if err != nil {
		return err
	}
	s3, err := embedded.StartS3(ctx, embedded.S3Config{Dir: filepath.Join(folder, "s3"), AccessKey: "key", SecretKey: "secret"})
	if err != nil {
		return err
	}
	told := family{PostgresPID: pg.PID(), S3PID: s3.PID(), DatabaseURL: pg.SuperuserURL()}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		return err
	}
	select {} // until killed
}

// startParent runs cmd, which is this binary directly or through a shell, as a parent.
func startParent(t *testing.T, cmd *exec.Cmd, folder string) family {
	t.Helper()
	cmd.Env = append(os.Environ(), parentVariable+"="+folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the parent ended before its servers ran: %v", err)
	}
	var told family
	if err := json.Unmarshal(line, &told); err != nil {
		t.Fatal(err)
	}
	return told
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// startPostgres runs a server for the length of the test.
func startPostgres(t *testing.T, dir string) *embedded.Postgres {
	t.Helper()
	pg, err := embedded.StartPostgres(t.Context(), embedded.PostgresConfig{Bin: findPostgres(t), Dir: dir, Test: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop() })
	return pg
}

func findPostgres(t *testing.T) string {
	t.Helper()
	bin, err := embedded.FindPostgres(t.Context(), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// query returns the one value that a query yields.
func query[T any](t *testing.T, databaseURL, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var value T
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func exec1(t *testing.T, databaseURL, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// eventually fails the test if the condition does not come true. The time is a bound for a machine
// that is busy with other things, not a promise.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("still not so: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// closedFolder is a folder that nobody but its owner may enter.
func closedFolder(t *testing.T) string {
	t.Helper()
	parent := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	return parent
}
