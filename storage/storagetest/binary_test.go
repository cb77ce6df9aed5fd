package storagetest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runBinary runs one test of this binary in a process of its own.
func runBinary(t *testing.T, test string, environ ...string) (output string, err error) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-test.run", "^"+test+"$")
	cmd.Env = append(os.Environ(), environ...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestWithoutPostgresTestsFail(t *testing.T) {
	t.Parallel()
	output, err := runBinary(t, "TestADatabaseIsFullyMigrated", "PLUMBLINE_PGBIN="+t.TempDir())
	if err == nil || !strings.Contains(output, "no PostgreSQL to test with") {
		t.Errorf("got %v and the output\n%s", err, output)
	}
}

func TestABinaryLeavesNothingAndSweepsWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	left := filepath.Join(temp, "plumbline-test-killed")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(left, "in-use"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := runBinary(t, "TestADatabaseIsFullyMigrated", "TMPDIR="+temp); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	found, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range found {
		t.Errorf("%s was left", entry.Name())
	}
}
