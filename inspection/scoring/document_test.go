package scoring_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/scoring"
)

// A released version never changes: whoever changes a parameter writes a new version. These hashes are
// compared with those that installations have stored.
func TestAReleasedPolicyNeverChanges(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"g324a 1":     "5055d75138f6543c621e2c73e06e5db388469242d79167f1b546888df9ccef02",
		"odo-bands 1": "10913eeca11eaea61a80197f019963a397e6a4887271770fc2b345ee88995dc9",
		"xccdf 1":     "d807ff9e3c04f64ad4b33b5240cac4ae3a4587223270bb912a67c96362928392",
	}
	got := map[string]string{}
	for _, d := range scoring.Released() {
		identity := d.Policy.Identity()
		got[fmt.Sprintf("%s %d", identity.ID, identity.Version)] = d.Hash
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-pinned +released):\n%s", diff)
	}
}

func TestTheReleasedG324AIsTheOneThatWasHeldInCode(t *testing.T) {
	t.Parallel()
	policy, err := scoring.Find("g324a", 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scoring.Policy(scoring.G324AVersion1()), policy); diff != "" {
		t.Errorf("(-code +document):\n%s", diff)
	}
}

func TestWhiteSpaceDoesNotMakeAnotherPolicy(t *testing.T) {
	t.Parallel()
	for _, d := range scoring.Released() {
		respaced, err := scoring.ReadDocument([]byte(strings.ReplaceAll(string(d.Content), "\n", "\n\n ")))
		if err != nil {
			t.Fatal(err)
		}
		if respaced.Hash != d.Hash {
			t.Errorf("%s has another hash with other white space", d.Policy.Identity().ID)
		}
	}
}

func TestTheNewestVersionOfEachPolicyScores(t *testing.T) {
	t.Parallel()
	second, third := scoring.G324AVersion1(), scoring.G324AVersion1()
	second.Version, third.Version = 2, 3
	var got []string
	for _, p := range scoring.Newest(append([]scoring.Policy{third, second}, scoring.Policies()...)) {
		got = append(got, fmt.Sprintf("%s %d", p.Identity().ID, p.Identity().Version))
	}
	if diff := cmp.Diff([]string{"g324a 3", "odo-bands 1", "xccdf 1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFaultyDocumentIsRefusedWithLineAndReason(t *testing.T) {
	t.Parallel()
	released := func(name string) string {
		content, err := os.ReadFile("policies/" + name + "-1.json")
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	odo, g324a, xccdf := released("odo-bands"), released("g324a"), released("xccdf")
	tests := []struct {
		name, document, old, new string
		want                     string
	}{
		{"no JSON", "", "", "nothing", "line 1: this is no JSON: invalid character 'o' in literal null (expecting 'u')"},
		{"an empty file", "", "", "", "line 1: the document ends too early"},
		{"half a file", g324a, "  }\n}\n", "", "line 7: the document ends too early"},
		{"more than one document", g324a, "  }\n}\n", "  }\n}\n{}", "line 10: something follows the document"},
		{"no object", "", "", "[]", "line 1: a policy document is an object"},
		{"a hole to fall into", "", "", strings.Repeat("[", 100), "line 1: this nests too deeply"},
		{"an unknown rule", g324a, `"g324a"`, `"g325"`, `line 2: there is no rule "g325": g324a, odo-bands, xccdf are known`},
		{"no id", g324a, "  \"id\": \"g324a\",\n", "", "line 1: id is missing"},
		{"an unknown field", g324a, `"version"`, `"verson"`, "line 1: version is missing\nline 3: unknown field \"verson\""},
		{"an unknown parameter", g324a, `"priorityDecides": true`, "\"priorityDecides\": true,\n    \"divisor\": 0", `line 8: unknown field "divisor"`},
		{"a field that stands twice", g324a, `"coverageFloor": 1000,`, "\"coverageFloor\": 1000,\n    \"coverageFloor\": 1,", `line 6: "coverageFloor" stands twice`},
		{"version nought", g324a, `"version": 1`, `"version": 0`, "line 3: version is 0; it must be from 1 to 1000000"},
		{"no parameters", g324a, `"parameters"`, `"parameter"`, "line 1: parameters must be an object\nline 4: unknown field \"parameter\""},
		{"a floor out of range", xccdf, `"coverageFloor": 1000`, `"coverageFloor": 1001`, "line 5: coverageFloor is 1001; it must be from 1 to 1000"},
		{"no floor at all", xccdf, `"coverageFloor": 1000`, `"coverageFloor": 0`, "line 5: coverageFloor is 0; it must be from 1 to 1000"},
		{"a floor that hides", odo, `"coverageFloor": 1000`, `"coverageFloor": 900`, "line 6: coverageFloor must be 1000: with less, leaving a component out could hide what is not met"},
		{"a floor in words", g324a, `"coverageFloor": 1000`, `"coverageFloor": "all"`, "line 5: coverageFloor must be a whole number"},
		{"a broken number", g324a, `"coverageFloor": 1000`, `"coverageFloor": 999.5`, "line 5: coverageFloor must be a whole number"},
		{"a truth in words", g324a, `"priorityDecides": true`, `"priorityDecides": "yes"`, "line 7: priorityDecides must be true or false"},
		{"a note that says nothing", odo, `"note": "The`, `"note": "", "noted": "The`, "line 4: unknown field \"noted\"\nline 4: note must be a text"},
		{"bands out of order", odo, `"good": 24, "acceptable": 30`, `"good": 30, "acceptable": 24`, "line 10: the bands are out of order: superior 8, good 30, acceptable 24 and deficient 36 must rise"},
		{"one length missing", odo, `"length": "LONG", "superior"`, `"length": "SHORT", "superior"`, "line 9: limits for LONG are missing\nline 11: limits for SHORT stand twice"},
		{"an unknown length", odo, `"word": "NDS", "length": "SHORT"`, `"word": "NDS", "length": "TINY"`, "line 20: length must be SHORT or LONG"},
		{"a short set that is laxer", odo, `"superior": 8, "good": 24, "acceptable": 30`, `"superior": 16, "good": 24, "acceptable": 30`, "line 9: a limit of the short sets is higher than that of the long ones"},
		{"repeats out of order", odo, `"repeats": 5`, `"repeats": 2`, "line 15: repeatSteps are out of order: repeats and steps must rise"},
		{"a word that stands twice", odo, `"word": "FRS"`, `"word": "NDS"`, "line 22: the word NDS stands twice"},
		{"a list that is none", odo, `"repeatSteps": [`, `"repeatSteps": 1, "x": [`, "line 13: unknown field \"x\"\nline 13: repeatSteps must be a list"},
		{"a list of other things", xccdf, `"weights": []`, `"weights": [1]`, "line 8: weights must be a list of objects"},
		{"a division by zero", xccdf, `"defaultWeight": 1000`, `"defaultWeight": 0`,
			"line 7: defaultWeight is 0: the weights of unnamed siblings would add up to zero, and the default model divides by their sum"},
		{"a negative weight", xccdf, `"weights": []`, `"weights": [{"part": "1", "weight": -1}]`, "line 8: weight is -1; it must be from 0 to 1000000"},
		{"a weight of nothing", xccdf, `"weights": []`, `"weights": [{"weight": 1}]`, "line 8: a weight names one edition, part, standard or requirement; this names 0"},
		{"a weight of two", xccdf, `"weights": []`, `"weights": [{"part": "1", "standard": "1.1", "weight": 1}]`, "line 8: a weight names one edition, part, standard or requirement; this names 2"},
		{"a weight that stands twice", xccdf, `"weights": []`, "\"weights\": [{\"part\": \"1\", \"weight\": 1},\n{\"part\": \"1\", \"weight\": 2}]", "line 9: this weight stands twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			document := test.new
			if test.document != "" {
				if !strings.Contains(test.document, test.old) {
					t.Fatalf("the document has no %q", test.old)
				}
				document = strings.Replace(test.document, test.old, test.new, 1)
			}
			read, err := scoring.ReadDocument([]byte(document))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
			if read.Policy != nil || read.Hash != "" {
				t.Error("half of it was read")
			}
		})
	}
}

func TestADocumentsParametersAreThePolicys(t *testing.T) {
	t.Parallel()
	d, err := scoring.ReadDocument([]byte(`{"id": "xccdf", "version": 7, "note": "Ours.", "parameters": {"coverageFloor": 1000, "corroboratingMethods": 3,
		"defaultWeight": 1500, "weights": [{"part": "4", "weight": 2000}, {"edition": "nds-2019", "weight": 0}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := scoring.XCCDF{Version: 7, Note: "Ours.", CoverageFloor: 1000, CorroboratingMethods: 3, DefaultWeight: 1500,
		Weights: []scoring.Weight{{Part: "4", Weight: 2000}, {Edition: "nds-2019"}}}
	if diff := cmp.Diff(scoring.Policy(want), d.Policy); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	notes := d.Policy.Identity().Notes
	if notes[len(notes)-1] != "Ours." {
		t.Errorf("the note is not among the notes: %q", notes)
	}
}

func FuzzReadDocument(f *testing.F) {
	for _, d := range scoring.Released() {
		f.Add(string(d.Content))
	}
	f.Fuzz(func(t *testing.T, content string) {
		d, err := scoring.ReadDocument([]byte(content))
		if (err == nil) != (d.Policy != nil) {
			t.Fatalf("%v with %v", err, d.Policy)
		}
		if err != nil {
			return
		}
		score, err := d.Policy.Score(scoring.Input{Items: theoLacy(), Sets: []string{"nds-2019"}})
		if err != nil || score.Policy.ID != d.Policy.Identity().ID {
			t.Fatalf("a policy that was read does not score: %v", err)
		}
	})
}
