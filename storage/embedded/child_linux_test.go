package embedded_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestNothingOutlivesAKilledParent(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"in the foreground": `exec "$0"`,
		// What a shell without job control does to a command with &.
		"in the background": `trap "" INT QUIT; exec "$0"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(closedFolder(t), "data")
			parent := exec.Command("/bin/sh", "-c", script, self(t))
			told := startParent(t, parent, folder)
			exec1(t, told.DatabaseURL, `create table acknowledged as select 42 as n`)

			if err := parent.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "no process of the stack is left", func() bool {
				return len(workingUnder(t, folder)) == 0 && !exists(told.S3PID) && !exists(told.PostgresPID)
			})

			again := startPostgres(t, filepath.Join(folder, "pg"))
			if got := query[int](t, again.SuperuserURL(), `select n from acknowledged`); got != 42 {
				t.Errorf("n = %d after the kill, want 42", got)
			}
		})
	}
}

// A container's root often lacks the capability that opens closed folders to another user. For an
// ordinary user there is nothing to take away, and the servers run as that user.
func TestNoSearchCapability(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(closedFolder(t), "data")
	parent := exec.Command(self(t))
	started := make(chan family)
	go func() {
		// The bounding set is the thread's. It ends with this goroutine, so nobody else gets it;
		// the parent must go first, for the kernel ties nothing else to the thread.
		runtime.LockOSThread()
		defer close(started)
		if os.Geteuid() == 0 {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_DAC_READ_SEARCH, 0, 0, 0); err != nil {
				t.Errorf("drop the capability: %v", err)
				return
			}
		}
		started <- startParent(t, parent, folder)
	}()
	told, ok := <-started
	if !ok {
		t.FailNow()
	}
	if got := query[int](t, told.DatabaseURL, `select 1`); got != 1 {
		t.Errorf("got %d", got)
	}
}

func exists(pid int) bool {
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(state), ") Z ") // a zombie only waits to be counted
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
