package inspection_test

import (
	"testing"

	"plumbline/inspection"
)

// version is an edition of one standard with the given requirements.
func version(set string, number int, requirements ...inspection.Requirement) *inspection.Edition {
	e := &inspection.Edition{Key: inspection.EditionKey(set, number), Set: set, Version: number,
		Parts: []inspection.Part{{Number: 4, Standards: []inspection.Standard{{Number: "4.3", Requirements: requirements}}}}}
	e.Seal()
	return e
}

func TestDiffSaysWhatAVersionAddsDropsAndChanges(t *testing.T) {
	t.Parallel()
	r := func(key, text string, lines ...string) inspection.Requirement {
		return inspection.Requirement{Key: key, Text: text, Lines: lines}
	}
	before := version("set", 1, r("a", "one", "MC-1"), r("b", "two", "MC-2"), r("c", "three"))
	marked := r("c", "three")
	marked.TimesCited = 3
	after := version("set", 2, r("a", "one and more", "MC-1"), marked, r("d", "four", "MC-4"))
	d, err := inspection.DiffEditions(before, after)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Added) != 1 || d.Added[0].Requirement.Key != "d" || len(d.Dropped) != 1 || d.Dropped[0].Requirement.Key != "b" || len(d.Changed) != 2 ||
		d.Changed[0].Fields[0] != "Text" || d.Changed[1].Fields[0] != "TimesCited" || len(d.AddedLines) != 1 || d.AddedLines[0] != "MC-4" ||
		len(d.DroppedLines) != 1 || d.DroppedLines[0] != "MC-2" || len(d.Facts)+len(d.AddedStandards)+len(d.ChangedStandards) != 0 {
		t.Errorf("%+v", d)
	}
	a, b := before.Standards()[0].Requirements[0].ID, before.Standards()[0].Requirements[1].ID
	touched := d.Touched()
	if dropped, ok := touched[a]; dropped || !ok {
		t.Error("the changed requirement is not touched")
	}
	if !touched[b] || len(touched) != 2 {
		t.Errorf("touched %v: how often a requirement was cited touches no finding", touched)
	}
	same, err := inspection.DiffEditions(before, before)
	if err != nil || !same.Empty() {
		t.Errorf("the same edition differs: %+v %v", same, err)
	}
	if _, err := inspection.DiffEditions(before, version("other", 1)); !inspection.Refused(err, inspection.Invalid) {
		t.Errorf("two sets are compared: %v", err)
	}
}

func TestCrosswalkPairsByLineage(t *testing.T) {
	t.Parallel()
	r := func(key, lineage, agreement string) inspection.Requirement {
		return inspection.Requirement{Key: key, Lineage: lineage, Sighting: inspection.Sighting{Agreement: agreement}}
	}
	from := version("a", 1, r("1", "x", "3/4"), r("2", "", ""), r("3", "y", ""), r("4", "z", ""))
	to := version("b", 1, r("5", "x", "1/1"), r("6", "x", ""), r("7", "", ""), r("8", "y", "2/2"))
	got := ""
	for _, c := range inspection.Crosswalk(from, to) {
		got += c.From.Requirement.Key + c.To.Requirement.Key + " " + c.Lineage + " " + c.Agreement + "; "
	}
	if want := "15 x 3/4; 16 x 3/4; 38 y 2/2; "; got != want {
		t.Errorf("pairs %q, want %q", got, want)
	}
	if none := inspection.Crosswalk(to, version("c", 1)); none == nil || len(none) != 0 {
		t.Errorf("a crosswalk to nothing: %v", none)
	}
}

func TestAPartialEditionSaysSo(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]inspection.Edition{
		"":            {},
		"Only lines.": {Partial: true, PartialReason: "Only lines."},
		"This edition is partial: it was compiled without the full text of the standards set.": {Partial: true},
		"This edition holds only part of the standards set.":                                   {Partial: true, FullTextSeen: true},
	} {
		if got := e.PartialNote(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
