package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// What ships, edition by edition, the first and its revision first. An edition is immutable: a change
// in the data of one that installations have stored is a new version, and these hashes hold it to that.
func TestTheEmbeddedEditions(t *testing.T) {
	t.Parallel()
	type facts struct {
		Key, Set                                    string
		Version                                     int
		Supersedes                                  string
		Standards, Requirements, Lineages, Priority int
		Hash                                        string // its first 12 digits
	}
	want := []facts{
		{"pbnds-2011-r2016", "pbnds-2011-r2016", 1, "", 44, 700, 700, 31, "3a3153bb6829"},
		{"pbnds-2011-r2016-v2", "pbnds-2011-r2016", 2, "pbnds-2011-r2016", 44, 787, 787, 32, "45ac36bb54cc"},
		{"fpbds", "fpbds", 1, "", 0, 0, 0, 0, "ff6cc6fde4bf"},
		{"frs-2020", "frs-2020", 1, "", 14, 47, 43, 0, "9b31934e17fb"},
		{"nds", "nds", 1, "", 8, 0, 0, 0, "315df8cbdfcb"},
		{"nds-2000", "nds-2000", 1, "", 17, 0, 0, 0, "8d54764d7592"},
		{"nds-2019", "nds-2019", 1, "", 30, 425, 402, 37, "4b4b6f6c7452"},
		{"nds-2025", "nds-2025", 1, "", 0, 0, 0, 0, "ca34de86040d"},
		{"not-stated", "not-stated", 1, "", 18, 0, 0, 0, "e52605678e88"},
		{"pbnds-2008", "pbnds-2008", 1, "", 22, 142, 128, 0, "e2092ed52c15"},
		{"pbnds-2011", "pbnds-2011", 1, "", 18, 12, 12, 0, "d0c842952411"},
		{"pbnds-2011-e2013", "pbnds-2011-e2013", 1, "", 20, 102, 96, 0, "8c6810792312"},
	}
	var got []facts
	for _, e := range allEmbedded(t) {
		f := facts{Key: e.Key, Set: e.Set, Version: e.Version, Supersedes: e.Supersedes, Hash: e.Hash[:12]}
		for _, s := range e.Standards() {
			f.Standards++
			for _, r := range s.Requirements {
				f.Requirements++
				if r.Lineage != "" {
					f.Lineages++
				}
				if r.Priority == inspection.PrioritySourced {
					f.Priority++
				}
			}
		}
		got = append(got, f)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("editions (-want +got):\n%s", diff)
	}
}

// Every edition that ships is partial and says, in a sentence of its own, what that means for it.
func TestEveryEmbeddedEditionSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	for _, e := range allEmbedded(t) {
		note := e.PartialNote()
		if !e.Partial || note == "" {
			t.Errorf("%s does not say that it is partial", e.Key)
		}
		if e.Key != "fpbds" && e.Key != "nds-2025" && said[note] != "" {
			t.Errorf("%s says no more than %s", e.Key, said[note])
		}
		said[note] = e.Key
	}
}

// The second version adds the uncovered lines and the marks of population, puts 21 lines where they belong,
// and changes nothing else.
func TestTheRevisionChangesNothingElse(t *testing.T) {
	t.Parallel()
	first, second := embedded(t), embeddedNamed(t, "pbnds-2011-r2016-v2")
	added, left, came, marked := 0, 0, 0, map[string]int{}
	for n, s := range second.Standards() {
		before := first.Standards()[n]
		kept := s.Requirements[:len(before.Requirements)]
		for i, r := range kept {
			if r.Population != "" {
				marked[r.Population]++
			}
			left += missing(r.Lines, before.Requirements[i].Lines)
			came += missing(before.Requirements[i].Lines, r.Lines)
			r.Population, r.ID, r.Lines = "", before.Requirements[i].ID, before.Requirements[i].Lines
			if diff := cmp.Diff(before.Requirements[i], r); diff != "" {
				t.Errorf("%s (-first +second):\n%s", r.Key, diff)
			}
		}
		for _, r := range s.Requirements[len(kept):] {
			added++
			if r.Key != r.Lines[0] || r.Lineage != r.Key || r.Strength != inspection.Cited || r.Sighting.Facilities == 0 ||
				r.TimesCited == 0 || !strings.HasPrefix(r.VerifiedURL, "http") || r.CitationSeen != (r.Citation != "") {
				t.Errorf("the added line %s lacks its provenance: %+v", r.Key, r)
			}
		}
	}
	if want := map[string]int{"women": 13, "pregnant women": 1, "minors": 2}; added != 87 || left != 12 || came != 9 || !cmp.Equal(want, marked) {
		t.Errorf("%d requirements added, %d lines left one and %d came to one, marked %v", added, left, came, marked)
	}
}

// missing counts the members of b that are not in a.
func missing(a, b []string) int {
	n := 0
	for _, member := range b {
		if !slices.Contains(a, member) {
			n++
		}
	}
	return n
}

// A requirement built from a line is that line, and says where it was seen. A section number is shown
// as confirmed only where a report prints it.
func TestRequirementsBuiltFromLinesAreWhatWasSeen(t *testing.T) {
	t.Parallel()
	sections := 0
	for _, e := range allEmbedded(t) {
		if e.Set == inspection.CrosswalkSet {
			continue
		}
		for _, s := range e.Standards() {
			for _, r := range s.Requirements {
				if len(r.Lines) != 1 || r.Lines[0] != r.Key || r.Strength != inspection.Cited || r.CitationSeen != (r.Citation != "") ||
					r.VerifiedURL == "" || r.Sighting.First.IsZero() || r.Sighting.Agreement == "" || r.Applies != inspection.AppliesAll || len(r.Thresholds) > 0 {
					t.Errorf("%s: %+v", e.Key, r)
				}
				if r.CitationSeen {
					sections++
				}
			}
		}
	}
	if sections != 23 {
		t.Errorf("%d sections seen, want 23", sections)
	}
}
