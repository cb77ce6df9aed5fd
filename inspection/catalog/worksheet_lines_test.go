package catalog_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/catalog"
)

// docs/worksheet-lines.md tells of every line that the second version treats otherwise than the first,
// and of no other: the lists on the page are what the editions say.
func TestTheReconciliationTellsWhatTheRevisionDoes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "worksheet-lines.md"))
	if err != nil {
		t.Fatal(err)
	}
	first, second := embedded(t), embeddedNamed(t, "pbnds-2011-r2016-v2")
	before, after := catalog.NewIndex(first), catalog.NewIndex(second)
	told := map[string][]string{}
	heading := ""
	for line := range strings.Lines(string(page)) {
		if rest, ok := strings.CutPrefix(line, "## "); ok {
			heading, _, _ = strings.Cut(rest, " (")
		} else if rest, ok := strings.CutPrefix(line, "- "); ok {
			told[heading] = append(told[heading], rest[:strings.IndexAny(rest, ": (")])
		}
	}
	want := map[string][]string{}
	for _, s := range second.Standards() {
		for _, r := range s.Requirements {
			for _, line := range r.Lines {
				had, own := len(before.RequirementsByLine(line)) > 0, r.Key == line
				switch {
				case own && !had:
					want["Lines that neither file gives to a requirement"] = append(want["Lines that neither file gives to a requirement"], line)
				case own:
					want["Lines that the list gives to no requirement, and the catalogue does"] = append(want["Lines that the list gives to no requirement, and the catalogue does"], line)
				case !had:
					want["Lines that the list gives to a requirement, and the catalogue does not have"] = append(want["Lines that the list gives to a requirement, and the catalogue does not have"], line)
				}
			}
		}
	}
	for heading, lines := range want {
		slices.Sort(lines)
		slices.Sort(told[heading])
		if diff := cmp.Diff(lines, told[heading]); diff != "" {
			t.Errorf("%s (-editions +page):\n%s", heading, diff)
		}
	}
	for _, s := range first.Standards() {
		for _, r := range s.Requirements {
			for _, line := range r.Lines {
				if len(after.RequirementsByLine(line)) == 0 {
					t.Errorf("the second version has lost line %s", line)
				}
			}
		}
	}
}
