package vectors_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/scoring"
	"plumbline/inspection/scoring/vectors"
)

func odoBands(t *testing.T) scoring.ODOBands {
	t.Helper()
	policy, err := scoring.Find("odo-bands", 1)
	if err != nil {
		t.Fatal(err)
	}
	return policy.(scoring.ODOBands)
}

func compare(t *testing.T, content []byte) []vectors.Comparison {
	t.Helper()
	read, err := vectors.Read(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	compared, err := vectors.Compare(odoBands(t), read)
	if err != nil {
		t.Fatal(err)
	}
	return compared
}

// A line each, a line for each scale, and the sum last. H publishes no figure at all and is not rated.
func TestEveryVectorHasItsLineAndItsReason(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join("testdata", "made.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := vectors.Print(&out, compare(t, content)); err != nil {
		t.Fatal(err)
	}
	want := `same A (2020-01-02, NDS 2019): expected SUPERIOR, got SUPERIOR; points: 3 + 1 × 0 = 3; 3 points by the limits of short sets: SUPERIOR
same B (2020-01-02, PBNDS 2011 (Rev. 2016)): expected SUPERIOR, got SUPERIOR; points: 9 + 1 × 0 = 9; 9 points by the limits of long sets: SUPERIOR; at best SUPERIOR, because not known: standards reviewed, priority deficiencies, repeats
same C (2020-01-02, NDS 2019): expected ACCEPTABLE, got ACCEPTABLE; points: 12 + 1 × 0 = 12; 12 points by the limits of short sets: GOOD; 3 repeats: lowered to ACCEPTABLE; at best ACCEPTABLE, because not known: standards reviewed
same D (2020-01, NDS 2019): expected FAILURE, got FAILURE; points: 50 + 1 × 0 = 50; 50 points by the limits of short sets: FAILURE; at best FAILURE, because not known: standards reviewed, priority deficiencies, repeats
MISS E (2020-01-02, FRS): expected GOOD, got SUPERIOR; points: 1 + 1 × 0 = 1; 1 point by the limits of long sets: SUPERIOR; at best SUPERIOR, because not known: standards reviewed, priority deficiencies, repeats
same F (2020-01-02, NDS 2019): expected PASS, got PASS; points: 1 + 1 × 0 = 1; 1 point by the limits of short sets: SUPERIOR; at best SUPERIOR, because not known: standards reviewed
same G (2020-01-02, NDS 2019): expected FAIL, got FAIL; points: 40 + 1 × 0 = 40; 40 points by the limits of short sets: FAILURE; at best FAILURE, because not known: standards reviewed
MISS H (2020-01-02, NDS 2019): expected PASS, got NOT_RATED; neither the deficiencies are known nor anything that tells their least number
five levels: 4 of 5 as published, baseline 2
Pass or Fail: 2 of 3 as published, baseline 2
6 of 8 as published, baseline 4
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFaultyFileIsRefusedWithLineAndReason(t *testing.T) {
	t.Parallel()
	const head = "rating_vectors:\n- facility: A\n  end: '2020-01-02'\n  standard_set: NDS 2019\n"
	for name, test := range map[string]struct{ file, want string }{
		"nothing":              {"", "line 1: the file is empty"},
		"no YAML":              {"a: [", "line 1: this is no YAML: did not find expected node content"},
		"no YAML further down": {"a: 1\nb: 2\n c: 3", "line 3: this is no YAML: mapping values are not allowed in this context"},
		"two documents":        {head + "  rating: Pass\n---\na: 1\n", "line 1: the file holds more than one document"},
		"no mapping":           {"- 1", "line 1: there is no list rating_vectors"},
		"no list":              {"meta: 1", "line 1: there is no list rating_vectors"},
		"an empty list":        {"a: 1\nrating_vectors: []", "line 2: rating_vectors must be a list with at least one vector"},
		"a vector of words":    {"rating_vectors:\n- Pass", "line 2: a vector must be a mapping"},
		"no rating":            {head, "line 2: rating is missing"},
		"a rating of nothing":  {head + "  rating: null", "line 5: rating must be a text"},
		"an unknown rating":    {head + "  rating: Fair", `line 5: unknown rating "Fair": Superior, Good, Acceptable (or Acceptable/Adequate), Deficient, Failure, Pass and Fail are known`},
		"half a deficiency":    {head + "  deficiencies_total: 1.5\n  rating: Pass", "line 5: deficiencies_total must be null or a whole number from 0 to 100000"},
		"less than none":       {head + "  priority: -1\n  rating: Pass", "line 5: priority must be null or a whole number from 0 to 100000"},
		"a number in words":    {head + "  repeat: '2'\n  rating: Pass", "line 5: repeat must be null or a whole number from 0 to 100000"},
		"a list of numbers":    {head + "  repeat: [2]\n  rating: Pass", "line 5: repeat must be null or a whole number from 0 to 100000"},
		"two kinds of repeats": {head + "  repeat: 2\n  repeat_deficiencies: 3\n  rating: Pass", "line 2: repeat is 2 and repeat_deficiencies is 3"},
		"a name twice":         {head + "  facility: B\n  rating: Pass", "line 5: facility stands twice"},
		"every fault is named": {head + "  priority: x\n  rating: y\n", "line 5: priority must be null or a whole number from 0 to 100000\nline 6: unknown rating \"y\": Superior, Good, Acceptable (or Acceptable/Adequate), Deficient, Failure, Pass and Fail are known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := vectors.Read(strings.NewReader(test.file))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
			if read != nil {
				t.Errorf("half of it was read: %+v", read)
			}
		})
	}
	contradiction := head + "  standards_deficient: 3\n  deficiencies_total: 2\n  rating: Pass\n"
	read, err := vectors.Read(strings.NewReader(contradiction))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vectors.Compare(odoBands(t), read); err == nil || err.Error() != "line 2: 3 deficient standards of 2 deficiencies" {
		t.Errorf("a contradiction: %v", err)
	}
}
