package replay

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockName is the file in the data folder that a replay holds while it runs.
const lockName = "replay.lock"

// lock keeps a second replay from planning the same inspections. The kernel gives the lock back when
// the process ends, however it does.
func lock(folder string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(folder, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errors.New("another replay runs on this stack; wait until it has ended")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("replay: %w", err), file.Close())
	}
	return file, nil
}
