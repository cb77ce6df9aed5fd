//go:build unix && !linux

package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// account is what PostgreSQL runs under: here always our own.
type account struct{}

// postgresAccount refuses root, which PostgreSQL does not run as.
func postgresAccount(_, _, _ string) (account, error) {
	if os.Geteuid() == 0 {
		return account{}, errors.New("PostgreSQL does not run as root: run this as an ordinary user")
	}
	return account{}, nil
}

func (account) own(string) error { return nil }

func (account) explain(err error) error { return err }

// attributes starts a child in a process group of its own: Ctrl-C is for us, who then stop the
// children in order. There is no death signal here; guard stands in for it.
func attributes(account, syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// guard starts a shell that waits for our end of a pipe to close, which even SIGKILL does, and then
// stops the process.
func guard(pid int) (release func(), err error) {
	watcher := exec.Command("/bin/sh", "-c", `read -r _; kill -QUIT "$1"`, "sh", strconv.Itoa(pid))
	watcher.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := watcher.StdinPipe(); err != nil {
		return nil, err
	}
	if err := watcher.Start(); err != nil {
		return nil, fmt.Errorf("guard process %d: %w", pid, err)
	}
	return func() {
		_ = watcher.Process.Kill() // it has ended already, or ends now
		_ = watcher.Wait()         // reports only that we killed it
	}, nil
}

// runsPostgres says whether the process is a PostgreSQL. Which data folder it serves cannot be
// asked here without more tools, so any counts.
func runsPostgres(pid int, _ string) bool {
	out, err := exec.Command("ps", "-o", "comm=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.HasSuffix(strings.TrimSpace(string(out)), "postgres")
}
