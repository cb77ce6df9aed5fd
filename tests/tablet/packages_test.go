package tablet_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"plumbline/storage/embedded"
)

// script is a folder with the test's scripts and, beside them, the npm packages of the lock file, so that
// node finds them and nothing is written into the checkout.
func scripts(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	files, err := filepath.Glob("*.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for _, name := range files {
		copyFile(t, name, filepath.Join(folder, name))
	}
	if err := os.Symlink(filepath.Join(packages(t), "node_modules"), filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return folder
}

// packages is the folder that npm installed the lock file's packages into, once for each lock file.
func packages(t *testing.T) string {
	t.Helper()
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(lock)
	cache, err := embedded.CacheFolder(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(cache, "tablet-"+hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(home); err == nil {
		return home
	}
	// Install beside the final place and rename: one that is stopped half-way must leave no half.
	work, err := os.MkdirTemp(cache, "npm-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		copyFile(t, name, filepath.Join(work, name))
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = work
	npm.Env = append(os.Environ(), "npm_config_cache="+t.TempDir()) // an account without a home
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	if err := os.Rename(work, home); err != nil {
		if _, there := os.Stat(home); errors.Is(there, fs.ErrNotExist) { // else another process was faster
			t.Fatal(err)
		}
	}
	return home
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
