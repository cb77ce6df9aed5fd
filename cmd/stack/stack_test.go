package stack_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"plumbline/cmd/stack"
)

func example(pid int) stack.Stack {
	return stack.Stack{
		PID: pid, URL: "http://localhost:8080",
		DatabaseURL: "postgres://plumbline_server@/plumbline", MigrateDatabaseURL: "postgres://plumbline_owner@/plumbline",
		S3:       stack.S3{Endpoint: "http://127.0.0.1:7070", Region: "us-east-1", Bucket: "evidence", AccessKey: "key", SecretKey: "secret"},
		Issuer:   stack.Issuer{URL: "http://127.0.0.1:7071", Audience: "plumbline"},
		AuditKey: "00ff",
	}
}

func TestARunningStackIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	folder, want := t.TempDir(), example(os.Getpid())
	if err := want.Write(folder); err != nil {
		t.Fatal(err)
	}
	got, err := stack.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
}

func TestTheDescriptionIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := example(1).Write(folder); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(folder, "stack.json"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
}

func TestAStackThatHasEndedIsNotRunning(t *testing.T) {
	t.Parallel()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	folder, last := t.TempDir(), example(ended.Process.Pid)
	if err := last.Write(folder); err != nil {
		t.Fatal(err)
	}
	if _, err := stack.Read(folder); !errors.Is(err, stack.ErrNotRunning) {
		t.Errorf("Read: %v, want ErrNotRunning", err)
	}
	if got, err := stack.Last(folder); err != nil || got != last {
		t.Errorf("Last: %v, %v", got, err)
	}
}

func TestAFolderWithoutAStack(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := stack.Read(folder); !errors.Is(err, stack.ErrNotRunning) {
		t.Errorf("Read: %v, want ErrNotRunning", err)
	}
	if _, err := stack.Last(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Last: %v, want fs.ErrNotExist", err)
	}
}

// A second terminal without the first one's PLUMBLINE_DATA looks into another folder.
func TestWhoLooksInTheWrongFolderIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	_, err := stack.Read(folder)
	for _, word := range []string{folder, "make run", "PLUMBLINE_DATA"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("Read: %v, want it to name %s", err, word)
		}
	}
}

func TestADamagedDescriptionIsNamed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "stack.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := stack.Read(folder); err == nil || errors.Is(err, stack.ErrNotRunning) {
		t.Errorf("Read: %v, want what is wrong with the file", err)
	}
}

func TestFolderIsAbsolute(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"": stack.DefaultFolder, "elsewhere": "elsewhere", "/data": "/data"} {
		got, err := stack.Folder(func(string) string { return value })
		if err != nil {
			t.Fatal(err)
		}
		abs, err := filepath.Abs(want)
		if err != nil {
			t.Fatal(err)
		}
		if got != abs {
			t.Errorf("PLUMBLINE_DATA=%q: %s, want %s", value, got, abs)
		}
	}
}
