package storagetest

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// home is a temporary folder that is locked while its test binary runs. The lock ends with the
// process however it ends, so the next test binary can tell what a killed one left behind.
type home struct {
	path string
	lock *os.File
}

const homePattern = "plumbline-test-"

func newHome() (*home, error) {
	sweep()
	path, err := os.MkdirTemp("", homePattern)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(path)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return &home{path: path, lock: lock}, nil
}

func (h *home) remove() error {
	defer h.lock.Close()
	return os.RemoveAll(h.path)
}

// sweep removes the folders of test binaries that were killed. What cannot be removed, because it
// is in use, too new to be locked yet or somebody else's, is left alone.
func sweep() {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), homePattern+"*", lockName))
	if err != nil {
		return
	}
	for _, file := range left {
		lock, err := lockFolder(filepath.Dir(file))
		if err != nil {
			continue
		}
		_ = os.RemoveAll(filepath.Dir(file))
		_ = lock.Close()
	}
}

const lockName = "in-use"

// lockFolder takes the folder's lock, or fails if another process holds it.
func lockFolder(folder string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(folder, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}
