package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clearStalePID removes the lock file of a server that was killed. PostgreSQL does that itself when
// the process id in it is free, but refuses when another program has been given that id since. A
// server that is still on its way out is waited for; one that stays is an error.
func (p *Postgres) clearStalePID(ctx context.Context) error {
	lock := filepath.Join(p.dataFolder, "postmaster.pid")
	for deadline := time.Now().Add(3 * time.Second); ; {
		pid, err := lockedBy(lock)
		if err != nil {
			return err
		}
		if pid == 0 || !alive(pid) || !runsPostgres(pid, p.dataFolder) {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("another PostgreSQL, process %d, runs on %s", pid, p.dataFolder)
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	if err := os.Remove(lock); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// lockedBy returns the process id in a lock file; 0 if there is no file or no id in it.
func lockedBy(lock string) (int, error) {
	content, err := os.ReadFile(lock)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid < 0 {
		return 0, nil // cut off while it was written
	}
	return pid, nil
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
