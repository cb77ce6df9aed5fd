package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// dataFolder holds everything that a development stack keeps. It is locked while a stack runs on it.
type dataFolder struct {
	path string
	lock *os.File
}

// lockName is the lock file, which also marks the folder as ours: nothing else is ever wiped.
const lockName = "lock"

// openDataFolder makes the folder if there is none and locks it. With fresh it is emptied.
func openDataFolder(path string, fresh bool) (*dataFolder, error) {
	if err := checkOurs(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(path, lockName))
	if err != nil {
		return nil, err
	}
	folder := &dataFolder{path: path, lock: lock}
	if fresh {
		if err := folder.wipe(); err != nil {
			return nil, errors.Join(fmt.Errorf("FRESH=1: %w", err), folder.close())
		}
	}
	return folder, nil
}

// file is a path in the folder.
func (f *dataFolder) file(name string) string { return filepath.Join(f.path, name) }

// close lets another stack use the folder. The kernel does the same when we are killed.
func (f *dataFolder) close() error { return f.lock.Close() }

// checkOurs refuses a folder in which somebody keeps other things.
func checkOurs(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the data folder: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == lockName {
			return nil
		}
	}
	return fmt.Errorf("%s holds other things than Plumbline's data: name an empty folder in PLUMBLINE_DATA", path)
}

// lockFile takes the lock and writes our process id into it, or says whose it is.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := io.ReadAll(file) // the number is a courtesy
		_ = file.Close()
		return nil, fmt.Errorf("another stack (process %s) runs on %s: stop it, or name another folder in PLUMBLINE_DATA",
			strings.TrimSpace(string(holder)), filepath.Dir(path))
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = fmt.Fprintln(file, os.Getpid())
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, errors.Join(err, file.Close()))
	}
	return file, nil
}

// wipe removes everything but the lock, also what was made read-only.
func (f *dataFolder) wipe() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == lockName {
			continue
		}
		if err := remove(f.file(entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// remove is os.RemoveAll that opens what is closed and, if that does not do, lifts the flags that
// keep a file from being changed.
func remove(path string) error {
	if os.RemoveAll(path) == nil {
		return nil
	}
	// Before the walk enters a folder it makes it enterable; what it cannot change, the removal
	// below reports.
	_ = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		liftFlags(path)
		if entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	err := os.RemoveAll(path)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w (it belongs to another user: run this as that user, or remove it yourself)", err)
	}
	return err
}
