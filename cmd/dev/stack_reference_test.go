//go:build reference

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// reference is a path below the folder of the reference files.
func reference(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("PLUMBLINE_REFERENCE")
	if folder == "" {
		t.Fatal("set PLUMBLINE_REFERENCE to the folder of the reference files")
	}
	return filepath.Join(folder, name)
}

// lines runs a command on a stack's data folder and returns what it prints.
func lines(t *testing.T, cmd *exec.Cmd) []string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// allen is the published result that is checked figure by figure; the others are compared by replay.
const allen = "2023-04-25 to 2023-04-27: 19 deficiencies in 10 standards, 2 priority, 2 repeat, "

// Every published inspection whose figures agree comes out as it was published, and a rerun has nothing
// left to do.
func TestPublishedInspectionsComeOutAsPublished(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	start(t, folder)
	for range 2 {
		cmd := command(t, folder)
		cmd.Args = append(cmd.Args, "replay", reference(t, "odo-reports.yaml"))
		said := lines(t, cmd)
		if last := said[len(said)-1]; last != "replayed 178, matched 178" {
			t.Fatalf("%s\nthe last line is not: replayed 178, matched 178", strings.Join(said, "\n"))
		}
		if all := strings.Join(said, "\n"); !strings.Contains(all, allen) {
			t.Errorf("%s\nno line says: %s", all, allen)
		}
	}
}

var imported = regexp.MustCompile(`^facilities: (\d+) read, (\d+) new, (\d+) updated, (\d+) same; ratings: (\d+) read, (\d+) new; not understood: \d+$`)

// Each of ICE's workbooks is read, and reading it again changes nothing.
func TestICEsWorkbooksAreImportedOnce(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	start(t, folder)
	plumbline := filepath.Join(t.TempDir(), "plumbline")
	lines(t, exec.Command("go", "build", "-o", plumbline, "plumbline/cmd/plumbline"))
	workbooks, err := filepath.Glob(reference(t, "workbooks/*.xlsx"))
	if err != nil || len(workbooks) != 5 {
		t.Fatalf("%d workbooks, %v; want 5", len(workbooks), err)
	}
	for _, workbook := range workbooks {
		for _, again := range []bool{false, true} {
			said := lines(t, prepare(exec.Command(plumbline, "import", "facilities", workbook), folder))
			last := said[len(said)-1]
			t.Logf("%s: %s", filepath.Base(workbook), last)
			counts := imported.FindStringSubmatch(last)
			if counts == nil || counts[1] == "0" {
				t.Fatalf("the last line is %q", last)
			}
			if again && (counts[2] != "0" || counts[3] != "0" || counts[6] != "0") {
				t.Errorf("reading %s again changes something: %s", filepath.Base(workbook), last)
			}
		}
	}
}
