package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/inspection"
	"plumbline/storage"
	"plumbline/storage/storagetest"
)

// The editions that ship can be looked at, checked, written and compared without any database.
func TestEditionsWithoutADatabase(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "nds.csv")
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"list"}, []string{"nds-2019", "pbnds-2011-r2016-v2", "3a3153bb6829", "not-stated"}},
		{[]string{"show", "nds-2019"}, []string{"version 1 of nds-2019", "partial: Built from 425 worksheet lines", "425 cited"}},
		{[]string{"show", "pbnds-2011-r2016-v2"}, []string{"supersedes pbnds-2011-r2016", "787 requirements: 24 quoted"}},
		{[]string{"export", "nds-2025"}, []string{"key: nds-2025\n", "parts: []\n"}},
		{[]string{"export", "nds-2019", "--format", "csv", "--out", file}, nil},
		{[]string{"validate", file}, []string{"nds.csv: edition nds-2019, version 1 of nds-2019: 30 standards, 425 requirements, hash "}},
		{[]string{"diff", "pbnds-2011-r2016", "pbnds-2011-r2016-v2"}, []string{"+ GS-2  Policy tracks", "~ 4.4-V.A-01\n    Population: \"\" -> \"women\"\n",
			"requirements: 87 added, 0 dropped, 35 changed; worksheet lines: 84 added, 0 dropped\n"}},
		{[]string{"diff", "nds-2019", "nds-2019"}, []string{"no difference"}},
	} {
		got := run(t, nil, append([]string{"edition"}, c.args...)...)
		if got.code != 0 || got.stderr != "" {
			t.Fatalf("%v: %+v", c.args, got)
		}
		for _, part := range c.says {
			if !strings.Contains(got.stdout, part) {
				t.Errorf("%v does not say %q:\n%.2000s", c.args, part, got.stdout)
			}
		}
	}
}

func TestEditionSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken.csv")
	if err := os.WriteFile(broken, []byte("# key: broken\ncode,text\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 2, "say what to do"},
		{[]string{"show"}, 2, "say what to do"},
		{[]string{"export", "nds-2019", "--format", "xlsx"}, 2, "say what to do"},
		{[]string{"show", "nds-1999"}, 1, "there is no edition nds-1999; plumbline edition list names them"},
		{[]string{"export", "nds-1999"}, 1, "there is no edition nds-1999"},
		{[]string{"diff", "nds", "nds-2019"}, 1, "plumbline: nds and nds-2019 are of two standards sets"},
		{[]string{"validate", "/nowhere.yaml"}, 1, "the edition cannot be read"},
		{[]string{"validate", broken}, 1, "catalog: broken.csv:1: edition: field \"title\" is missing"},
		{[]string{"import", broken}, 1, "PLUMBLINE_DATABASE_URL is not set, and "},
	} {
		got := run(t, nil, append([]string{"edition"}, c.args...)...)
		if got.code != c.code || got.stdout != "" || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%v: %+v", c.args, got)
		}
	}
}

// An edition is imported whole, once, under a key of its own, in the order of its set's versions.
func TestImportStoresAnEditionOnce(t *testing.T) {
	t.Parallel()
	db := storagetest.Database(t)
	environ := []string{"PLUMBLINE_DATABASE_URL=" + db.AppURL, "PLUMBLINE_AUDIT_KEY=" + auditKey}
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	shipped := run(t, nil, "edition", "export", "nds-2019", "--format", "csv")
	first := write("first.csv", shipped.stdout)
	second := write("second.csv", strings.Replace(strings.Replace(shipped.stdout, "# key: nds-2019\n", "# key: nds-2019-v2\n# set: nds-2019\n# version: 2\n# supersedes: nds-2019\n", 1),
		"A detainee may ask for and get", "A detainee may ask for and gets", 1))
	changed := write("changed.csv", strings.Replace(shipped.stdout, "A detainee may ask for and get", "A detainee may not ask for", 1))
	cut := write("cut.csv", shipped.stdout[:len(shipped.stdout)-200]+`,"`)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"list"}, 0, "KEY"},
		{[]string{"import", cut}, 1, "cut.csv:"},
		{[]string{"import", second}, 1, "the version before it, nds-2019, is not stored: import that one first"},
		{[]string{"import", first}, 0, "imported: edition nds-2019"},
		{[]string{"import", first}, 0, "stored already, nothing changed"},
		{[]string{"import", changed}, 1, "is stored with other content"},
		{[]string{"import", second}, 0, "imported: edition nds-2019-v2"},
		{[]string{"import", second}, 0, "stored already, nothing changed"},
		{[]string{"diff", "nds-2019", "nds-2019-v2"}, 0, "~ AR-14\n    Text: \"A detainee may ask for and get copies"},
		{[]string{"diff", "nds-2019", "nds-2019-v2"}, 0, "0 rest on what is dropped, 0 on what is changed"},
	} {
		got := run(t, environ, append([]string{"edition"}, c.args...)...)
		if got.code != c.code || !strings.Contains(got.stdout+got.stderr, c.says) {
			t.Fatalf("%v: %+v", c.args, got)
		}
	}
	out := run(t, environ, "edition", "export", "nds-2019", "--format", "csv")
	if out.stdout != shipped.stdout {
		t.Error("what was imported is exported otherwise")
	}
	list := run(t, environ, "edition", "list").stdout
	if strings.Count(list, "\n") != 3 {
		t.Errorf("a refused import left something:\n%s", list)
	}
}

// A version that an installation made itself stands when the program ships one under the same key.
func TestMigrateKeepsAnInstallationsOwnVersion(t *testing.T) {
	t.Parallel()
	db := storagetest.Database(t)
	environ := []string{"PLUMBLINE_MIGRATE_DATABASE_URL=" + db.OwnerURL, "PLUMBLINE_DATABASE_URL=" + db.AppURL, "PLUMBLINE_AUDIT_KEY=" + auditKey}
	path := filepath.Join(t.TempDir(), "first.yaml")
	if got := run(t, nil, "edition", "export", "pbnds-2011-r2016", "--out", path); got.code != 0 {
		t.Fatal(got)
	}
	if got := run(t, environ, "edition", "import", path); got.code != 0 {
		t.Fatal(got)
	}
	store, err := storage.Open(t.Context(), storage.Config{URL: db.AppURL, AuditKey: []byte(auditKey[:32])})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	own, err := service.ConfirmRequirements(t.Context(), inspection.System(), inspection.ConfirmationInput{EditionKey: "pbnds-2011-r2016", Title: "a document",
		Requirements: []inspection.RequirementConfirmation{{Key: "4.3-V.A-01", Citation: "V.A", Page: "p. 1"}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got := run(t, environ, "migrate")
		if got.code != 0 || !strings.Contains(got.stdout, "edition pbnds-2011-r2016-v2 left out: this installation has its own version 2 of pbnds-2011-r2016\n") {
			t.Fatalf("migrate: %+v", got)
		}
	}
	if kept := run(t, environ, "edition", "show", own.Key); !strings.Contains(kept.stdout, own.Hash) {
		t.Errorf("the installation's own version is gone: %+v", kept)
	}
}
