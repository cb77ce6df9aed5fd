package coreset_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/inspection/coreset"
)

// What ships: how many standards of each basis, each a code of the standards set, and every set says
// that it is partial and why.
func TestTheEmbeddedCoreSets(t *testing.T) {
	t.Parallel()
	sets, err := coreset.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	editions, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]map[string]bool{}
	for _, e := range editions {
		if codes[e.Set] == nil {
			codes[e.Set] = map[string]bool{}
		}
		for _, st := range e.Standards() {
			codes[e.Set][st.Code] = true
		}
	}
	type counts struct{ First, Last, Stated, Carried, Sometimes int }
	var got []counts
	for _, c := range sets {
		n := counts{First: c.FiscalYear, Last: c.LastFiscalYear}
		for _, st := range c.Standards {
			if !codes[c.Set][st.Code] {
				t.Errorf("%s: %s has no standard %s", c.Name, c.Set, st.Code)
			}
			switch st.Basis {
			case inspection.CoreStated:
				n.Stated++
			case inspection.CoreCarried:
				n.Carried++
			case inspection.CoreSometimes:
				n.Sometimes++
			}
		}
		got = append(got, n)
		if !c.Partial || c.Note == "" || !strings.Contains(c.Source, "https://www.ice.gov/") {
			t.Errorf("%s does not say what of it is known, and whence", c.Name)
		}
	}
	want := []counts{{2016, 2019, 15, 0, 5}, {2022, 2022, 9, 15, 4}, {2023, 2023, 10, 20, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A file with anything wrong is refused by name, and nothing is read.
func TestACoreSetIsReadStrictly(t *testing.T) {
	t.Parallel()
	const fine = "set: s\nfiscal_year: 2022\nversion: 1\nname: n\nsource: somewhere\nstated: [A, B]\n"
	for _, c := range []struct{ what, content, want string }{
		{"fine", fine, ""},
		{"an unknown field", fine + "colour: red\n", "colour"},
		{"no source", strings.Replace(fine, "source: somewhere\n", "", 1), "say where the core set stands"},
		{"no standards", strings.Replace(fine, "[A, B]", "[]", 1), "name 1 to 200 standards"},
		{"a standard twice", strings.Replace(fine, "[A, B]", "[A, A]", 1), "A stands twice"},
		{"a standard of two kinds", fine + "carried: [B]\n", "B stands twice"},
		{"no version", strings.Replace(fine, "version: 1\n", "", 1), "version"},
		{"years reversed", fine + "last_fiscal_year: 2021\n", "fiscal years"},
		{"partial without saying what is not known", fine + "partial: true\n", "not known"},
		{"no YAML", "\t", "coreset: a.yaml"},
		{"nothing", "", "EOF"},
	} {
		sets, err := coreset.Load(fstest.MapFS{"d/a.yaml": {Data: []byte(c.content)}, "d/b.yaml": {Data: []byte(fine)}}, "d")
		switch {
		case c.want == "" && (err != nil || len(sets) != 2):
			t.Errorf("%s: %v", c.what, err)
		case c.want != "" && (err == nil || sets != nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "a.yaml")):
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
	}
}
