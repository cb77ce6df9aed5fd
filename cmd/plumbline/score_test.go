package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/storage/storagetest"
)

// write puts a file into a folder of the test's own.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestScoreVectorsNeedsNoDatabase(t *testing.T) {
	t.Parallel()
	path := write(t, "vectors.yaml", "rating_vectors:\n- {facility: A, end: '2020-01-02', standard_set: NDS 2019, standards_deficient: 1, deficiencies_total: 1, rating: Superior}\n"+
		"- {facility: B, end: '2020-01-02', standard_set: NDS 2019, standards_deficient: 9, deficiencies_total: 90, rating: Pass}\n")
	got := run(t, nil, "score", "vectors", path)
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	if got.code != 0 || got.stderr != "" || len(lines) != 5 || !strings.HasPrefix(lines[1], "MISS B (2020-01-02, NDS 2019): expected PASS, got FAIL; ") ||
		lines[4] != "1 of 2 as published, baseline 2" {
		t.Errorf("%+v", got)
	}
}

func TestScoreRefusesFaultyFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"score", "vectors", filepath.Join(t.TempDir(), "none.yaml")}, "plumbline: the vectors cannot be read: "},
		{[]string{"score", "vectors", write(t, "v.yaml", "rating_vectors:\n- {facility: A}\n")}, "plumbline: v.yaml, line 2: end is missing\nplumbline: v.yaml, line 2: standard_set is missing\n"},
		{[]string{"score", "policies", "import", filepath.Join(t.TempDir(), "none.json")}, "plumbline: the policy cannot be read: "},
		{[]string{"score", "policies", "import", write(t, "p.json", "{\n\"id\": \"xccdf\",\n\"version\": 0, \"parameters\": {}}")}, "plumbline: p.json, line 3: version is 0; it must be from 1 to 1000000\n"},
	} {
		if got := run(t, nil, tt.args...); got.code != 1 || got.stdout != "" || !strings.HasPrefix(got.stderr, tt.says) {
			t.Errorf("%v: %+v", tt.args, got)
		}
	}
	for _, args := range [][]string{{"score"}, {"score", "vectors"}, {"score", "policies"}, {"score", "policies", "drop", "g324a"}} {
		if got := run(t, nil, args...); got.code != 2 || !strings.HasPrefix(got.stderr, "plumbline: say what to do: plumbline score ") {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

// The policies of an installation, from the first migration to a version of its own.
func TestThePoliciesOfAnInstallation(t *testing.T) {
	t.Parallel()
	db := storagetest.EmptyDatabase(t)
	owner := []string{"PLUMBLINE_MIGRATE_DATABASE_URL=" + db.OwnerURL, "PLUMBLINE_AUDIT_KEY=" + auditKey}
	if got := run(t, owner, "migrate"); got.code != 0 || strings.Count(got.stdout, "policy ") != 3 || !strings.Contains(got.stdout, "policy odo-bands@1 loaded (") {
		t.Fatalf("migrate: %+v", got)
	}
	environ := []string{"PLUMBLINE_DATABASE_URL=" + db.AppURL, "PLUMBLINE_AUDIT_KEY=" + auditKey}
	shown := run(t, environ, "score", "policies", "show", "xccdf")
	if shown.code != 0 || !strings.HasPrefix(shown.stdout, "{\n  \"id\": \"xccdf\",\n  \"version\": 1,") {
		t.Fatalf("show: %+v", shown)
	}
	own := write(t, "own.json", strings.Replace(strings.Replace(shown.stdout, `"version": 1`, `"version": 2`, 1), `"weights": []`, `"weights": [{"part": "4", "weight": 2000}]`, 1))
	for _, says := range []string{"policy xccdf@2 loaded (", "policy xccdf@2 is loaded already ("} {
		if got := run(t, environ, "score", "policies", "import", own); got.code != 0 || !strings.HasPrefix(got.stdout, says) {
			t.Errorf("import: %+v", got)
		}
	}
	other := write(t, "other.json", strings.Replace(shown.stdout, `"defaultWeight": 1000`, `"defaultWeight": 500`, 1))
	if got := run(t, environ, "score", "policies", "import", other); got.code != 1 || got.stdout != "" || !strings.Contains(got.stderr, "other.json, ") || !strings.Contains(got.stderr, "a version never changes") {
		t.Errorf("a version with other content: %+v", got)
	}
	listed := run(t, environ, "score", "policies", "list")
	lines := strings.Split(strings.TrimSpace(listed.stdout), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[3], "xccdf@2 ") || !strings.Contains(lines[3], " loaded 2") {
		t.Errorf("list: %+v", listed)
	}
	if got := run(t, environ, "score", "policies", "show", "xccdf"); !strings.Contains(got.stdout, `"version": 2`) {
		t.Errorf("show the newest: %+v", got)
	}
	if got := run(t, environ, "score", "policies", "show", "xccdf@1"); got != shown {
		t.Errorf("show the first: %+v", got)
	}
	if got := run(t, environ, "score", "policies", "show", "xccdf@9"); got.code != 1 || got.stderr != "plumbline: there is no policy xccdf@9\n" {
		t.Errorf("show none: %+v", got)
	}
	if got := run(t, owner, "migrate"); got.code != 0 || strings.Contains(got.stdout, "policy ") {
		t.Errorf("migrate again: %+v", got)
	}
}
