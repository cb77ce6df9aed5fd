package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestNothingIsLeftOfAKilledStackAndItStartsAgain(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	first, before := start(t, folder)
	mark(t, before)
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "no process of the stack is left", func() bool { return len(workingUnder(t, folder)) == 0 })
	_ = first.Wait()
	if _, after := start(t, folder); !marked(t, after) {
		t.Error("the database lost what was committed")
	}
}

// Make passes on SIGTERM only; the stack has to notice the others by itself.
func TestASignalToMakeEndsTheStack(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(t.TempDir(), "data")
			makefile := filepath.Join(t.TempDir(), "Makefile")
			if err := os.WriteFile(makefile, fmt.Appendf(nil, "run:\n\t@%s\n", program), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := prepare(exec.Command("make", "-s", "-f", makefile, "run"), folder)
			begin(t, cmd, folder)
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			eventually(t, "no process of the stack is left", func() bool { return len(workingUnder(t, folder)) == 0 })
			_ = cmd.Wait()
		})
	}
}

// workingUnder lists the processes whose working folder is in the folder: PostgreSQL's and the
// gateway's.
func workingUnder(t *testing.T, folder string) []string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, folder) {
			found = append(found, link)
		}
	}
	return found
}
