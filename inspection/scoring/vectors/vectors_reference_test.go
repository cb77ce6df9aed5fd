//go:build reference

package vectors_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/scoring/vectors"
)

// On the published vectors the policy beats the rule that always says the commonest rating: by far on the
// five levels, while no facility that passed comes out as failed. The one miss is a GOOD on four deficiencies
// in two standards with neither priority nor repeat; others with more are SUPERIOR.
func TestThePublishedVectors(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("PLUMBLINE_REFERENCE")
	if folder == "" {
		t.Fatal("set PLUMBLINE_REFERENCE to the folder of the reference files")
	}
	content, err := os.ReadFile(filepath.Join(folder, "odo-reports.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	compared := compare(t, content)
	got := map[vectors.Scale]vectors.Tally{vectors.FiveLevels: vectors.Count(compared, vectors.FiveLevels), vectors.PassFail: vectors.Count(compared, vectors.PassFail)}
	want := map[vectors.Scale]vectors.Tally{vectors.FiveLevels: {All: 20, Same: 19, Baseline: 11}, vectors.PassFail: {All: 52, Same: 52, Baseline: 52}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var misses []string
	for _, c := range compared {
		if !c.Same() {
			misses = append(misses, c.Facility+" "+c.End)
		}
	}
	if diff := cmp.Diff([]string{"Robert A. Deyton Detention Facility 2023-03-02"}, misses); diff != "" {
		t.Errorf("misses (-want +got):\n%s", diff)
	}
}
