package plumbline_test

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unit is a package as go list sees it, tests left out.
type unit struct {
	path, name string
	standard   bool
	deps       []string // all that it imports, directly or not
}

// units returns every package of the module and everything that these import, by import path.
func units(t *testing.T) map[string]unit {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-f", `{{.ImportPath}} {{.Name}} {{.Standard}} {{join .Deps " "}}`, "./...")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaints.String())
	}
	all := map[string]unit{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		all[words[0]] = unit{path: words[0], name: words[1], standard: words[2] == "true", deps: words[3:]}
	}
	return all
}

// within says whether a package lies in a folder of the module or below.
func within(importPath, folder string) bool {
	whole := path.Join("plumbline", folder)
	return importPath == whole || strings.HasPrefix(importPath, whole+"/")
}

// The domain's rules can be read, tested and trusted without a database, a network or a framework.
func TestTheDomainNeedsOnlyTheStandardLibrary(t *testing.T) {
	t.Parallel()
	all := units(t)
	const uuid = "github.com/google/uuid"
	for importPath, allowed := range map[string][]string{
		"plumbline/inspection":          {"plumbline/inspection/sampling", "plumbline/inspection/scoring", "plumbline/inspection/sync", uuid},
		"plumbline/inspection/sampling": {},
		"plumbline/inspection/scoring":  {},
		"plumbline/inspection/sync":     {uuid},
	} {
		for _, dep := range all[importPath].deps {
			if !all[dep].standard && !slices.Contains(allowed, dep) {
				t.Errorf("%s imports %s", importPath, dep)
			}
		}
	}
	if len(all["plumbline/inspection"].deps) == 0 {
		t.Error("there is no package plumbline/inspection to look at")
	}
}

// cmd -> graph -> inspection <- storage, and no way back.
func TestDependenciesRunOneWay(t *testing.T) {
	t.Parallel()
	forbidden := map[string][]string{
		"inspection": {"graph", "storage", "migrations", "cmd"},
		"graph":      {"storage", "migrations", "cmd"},
		"storage":    {"graph", "cmd"},
		"migrations": {"inspection", "graph", "storage", "cmd"},
	}
	for _, u := range units(t) {
		for folder, others := range forbidden {
			if !within(u.path, folder) {
				continue
			}
			for _, other := range others {
				for _, dep := range u.deps {
					if within(dep, other) {
						t.Errorf("%s imports %s", u.path, dep)
					}
				}
			}
		}
	}
}

// A production binary carries no development server and no issuer that gives tokens away.
func TestProductionCarriesNothingOfDevelopment(t *testing.T) {
	t.Parallel()
	mayEmbed := func(importPath string) bool {
		return within(importPath, "storage/embedded") || within(importPath, "storage/storagetest") ||
			within(importPath, "cmd/dev") || importPath == "plumbline"
	}
	for _, u := range units(t) {
		if !within(u.path, "") {
			continue
		}
		for _, dep := range u.deps {
			if strings.HasPrefix(dep, "github.com/versity/versitygw") && !mayEmbed(u.path) {
				t.Errorf("%s imports %s", u.path, dep)
				break
			}
		}
		if within(u.path, "cmd/plumbline") {
			for _, dep := range u.deps {
				if within(dep, "cmd/dev") || within(dep, "storage/embedded") || within(dep, "storage/storagetest") {
					t.Errorf("%s imports %s", u.path, dep)
				}
			}
		}
	}
}

// A package is named for what it is responsible for.
func TestNoPackageIsADrawerForEverything(t *testing.T) {
	t.Parallel()
	drawers := []string{"util", "utils", "common", "models", "helpers", "helper", "types", "misc"}
	for _, u := range units(t) {
		if !within(u.path, "") {
			continue
		}
		for _, word := range append(strings.Split(u.path, "/"), u.name) {
			if slices.Contains(drawers, word) {
				t.Errorf("%s says nothing about what it holds", u.path)
			}
		}
	}
}

// longest is the most lines that a hand-written file may have.
const longest = 400

func TestHandWrittenFilesAreShort(t *testing.T) {
	t.Parallel()
	for _, name := range files(t) {
		switch path.Ext(name) {
		case ".go", ".graphqls", ".ts", ".tsx", ".js", ".css":
		default:
			continue
		}
		if strings.HasSuffix(name, "_test.go") || strings.Contains(name, ".test.") || strings.Contains(name, "/vendor/") {
			continue
		}
		content := read(t, name)
		if bytes.Contains(content, []byte("DO NOT EDIT")) {
			continue
		}
		if lines := bytes.Count(content, []byte("\n")); lines > longest {
			t.Errorf("%s has %d lines", name, lines)
		}
	}
}

// What is committed must work on every machine.
func TestNoFileNamesAMachine(t *testing.T) {
	t.Parallel()
	// Written in pieces, so that this file does not name them either.
	folders := regexp.MustCompile(`(?m)(^|[\s"'=(:` + "`" + `])/(ro` + `ot|ho` + `me|wo` + `rk|Us` + `ers)/`)
	hosts := regexp.MustCompile(`registry\.` + `npmjs|proxy\.` + `golang|sum\.` + `golang|arti` + `factory|jfrog\.` + `io`)
	for _, name := range files(t) {
		content := read(t, name)
		if bytes.IndexByte(content, 0) >= 0 {
			continue // not text
		}
		for _, pattern := range []*regexp.Regexp{folders, hosts} {
			if found := pattern.Find(content); found != nil {
				t.Errorf("%s names %q", name, found)
			}
		}
	}
}

// files lists the repository's files, committed or about to be.
func files(t *testing.T) []string {
	t.Helper()
	// The checkout may belong to another account than the one that tests it.
	out, err := exec.Command("git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	var names []string
	for _, name := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
		if _, err := os.Stat(name); err == nil { // one that was just removed is still listed
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		t.Fatal("git lists no files")
	}
	return names
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
