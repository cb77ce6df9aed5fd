package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

func keys(requirements []*inspection.Requirement) []string {
	var all []string
	for _, r := range requirements {
		all = append(all, r.Key)
	}
	return all
}

func TestIndexFindsRequirementsByLine(t *testing.T) {
	t.Parallel()
	index := catalog.NewIndex(embedded(t))
	for _, c := range []struct {
		about, line string
		want        []string
	}{
		{"a line of one requirement", "EP-7", []string{"1.1-V.B-07"}},
		{"a line of two standards", "EHS-1", []string{"1.2-V.A.1-01", "4.5-V.C-04"}},
		{"the same in the other spelling", "EH&S-1", []string{"1.2-V.A.1-01", "4.5-V.C-04"}},
		{"a line under another standard only", "VWP-13", []string{"2.3-V.B-03"}},
		{"a line printed with a variant", "CON-57", []string{"2.3-V.B-02"}},
		{"a line nobody has seen", "EHS-9999", nil},
		{"a code of no standard", "XX-1", nil},
		{"no line at all", "Medical Care", nil},
		{"nothing", "", nil},
	} {
		if diff := cmp.Diff(c.want, keys(index.RequirementsByLine(c.line))); diff != "" {
			t.Errorf("%s, %q (-want +got):\n%s", c.about, c.line, diff)
		}
	}
}

func TestIndexFindsStandardsByCode(t *testing.T) {
	t.Parallel()
	index := catalog.NewIndex(embedded(t))
	for code, want := range map[string]string{
		"EHS": "1.2", "EH&S": "1.2", "MC": "4.3", "MCW": "4.4", "MC W": "4.4", "SS-H & SPI": "4.6",
		"CB": "2.3", "CON": "2.3", "V": "5.7", "": "", "mc": "", "XX": "",
	} {
		s, ok := index.StandardByCode(code)
		if ok != (want != "") || ok && s.Number != want {
			t.Errorf("code %q: got %v %t, want %q", code, s, ok, want)
		}
	}
}

func TestIndexFindsStandardsByLine(t *testing.T) {
	t.Parallel()
	index := catalog.NewIndex(embedded(t))
	for line, want := range map[string]string{
		"MC-137": "4.3", "MC-99999": "4.3", "SS-H & SPI-4": "4.6", "CON-52": "2.3", "FS-407": "4.1",
		"MC": "", "MC-": "", "MC-0": "", "-7": "", "XX-1": "",
	} {
		s, ok := index.StandardByLine(line)
		if ok != (want != "") || ok && s.Number != want {
			t.Errorf("line %q: got %v %t, want %q", line, s, ok, want)
		}
	}
}

func TestIndexWritesLinesInTheStandardsOwnCode(t *testing.T) {
	t.Parallel()
	index := catalog.NewIndex(embedded(t))
	for line, want := range map[string]string{
		"EH&S-1": "EHS-1", "EHS-1": "EHS-1", "MC W-9": "MCW-9", "SS-H & SPI-43": "SSHSPI-43", "XX-1": "", "EHS": "",
	} {
		got, ok := index.CanonicalLine(line)
		if got != want || ok != (want != "") {
			t.Errorf("line %q: got %q %t, want %q", line, got, ok, want)
		}
	}
}

// Every standard, code, requirement and line of the edition is found under its own name.
func TestIndexIsComplete(t *testing.T) {
	t.Parallel()
	e := embedded(t)
	index := catalog.NewIndex(e)
	for _, s := range e.Standards() {
		if got, ok := index.Standard(s.Number); !ok || got != s {
			t.Errorf("standard %s is not found", s.Number)
		}
		for i := range s.Requirements {
			r := &s.Requirements[i]
			if got, ok := index.Requirement(r.Key); !ok || got != r {
				t.Errorf("requirement %s is not found", r.Key)
			}
			if got, ok := index.StandardOf(r.Key); !ok || got != s {
				t.Errorf("the standard of requirement %s is not found", r.Key)
			}
			for _, line := range r.Lines {
				if !contains(index.RequirementsByLine(line), r) {
					t.Errorf("requirement %s is not found by its line %s", r.Key, line)
				}
			}
		}
	}
	if _, ok := index.Requirement("9.9-V.A-01"); ok {
		t.Error("a requirement that does not exist was found")
	}
	if _, ok := index.StandardOf("9.9-V.A-01"); ok {
		t.Error("the standard of a requirement that does not exist was found")
	}
	if _, ok := index.Standard("9.9"); ok {
		t.Error("a standard that does not exist was found")
	}
}

func contains(all []*inspection.Requirement, one *inspection.Requirement) bool {
	for _, r := range all {
		if r == one {
			return true
		}
	}
	return false
}
