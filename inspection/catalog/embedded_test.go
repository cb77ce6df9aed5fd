package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

func embedded(t testing.TB) *inspection.Edition {
	t.Helper()
	first := allEmbedded(t)[0]
	if first.Key != catalog.EmbeddedKey {
		t.Fatalf("the first embedded edition is %s, want %s", first.Key, catalog.EmbeddedKey)
	}
	return first
}

func allEmbedded(t testing.TB) []*inspection.Edition {
	t.Helper()
	editions, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return editions
}

// embeddedNamed is the embedded edition with a key.
func embeddedNamed(t testing.TB, key string) *inspection.Edition {
	t.Helper()
	for _, e := range allEmbedded(t) {
		if e.Key == key {
			return e
		}
	}
	t.Fatalf("there is no embedded edition %s", key)
	return nil
}

// The numbers are those of the published catalogue. A change in the data changes them knowingly.
func TestEmbeddedCounts(t *testing.T) {
	t.Parallel()
	type counts struct {
		Parts, Standards, StandardsWithRequirements, Requirements, Sources   int
		Quoted, Cited, Recalled, PrioritySourced, PriorityProposed           int
		WithThresholds, NumbersSeen, CitationsSeen, WithLines, Lines, Hints  int
		AppliesDedicated, CodesSeen, WithOutline, WithCodeVariants, WithNote int
	}
	e := embedded(t)
	got := counts{Parts: len(e.Parts), Sources: len(e.Sources)}
	lines := map[string]bool{}
	add := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	for _, s := range e.Standards() {
		add(&got.Standards, true)
		add(&got.StandardsWithRequirements, len(s.Requirements) > 0)
		add(&got.CodesSeen, s.CodeSeen)
		add(&got.WithOutline, len(s.Outline) > 0)
		add(&got.WithCodeVariants, len(s.CodeVariants) > 0)
		add(&got.WithNote, s.Note != "")
		for _, r := range s.Requirements {
			add(&got.Requirements, true)
			add(&got.Quoted, r.Strength == inspection.Quoted)
			add(&got.Cited, r.Strength == inspection.Cited)
			add(&got.Recalled, r.Strength == inspection.Recalled)
			add(&got.PrioritySourced, r.Priority == inspection.PrioritySourced)
			add(&got.PriorityProposed, r.Priority == inspection.PriorityProposed)
			add(&got.WithThresholds, len(r.Thresholds) > 0)
			add(&got.NumbersSeen, r.NumbersSeen)
			add(&got.CitationsSeen, r.CitationSeen)
			add(&got.WithLines, len(r.Lines) > 0)
			add(&got.Hints, r.Hint != "")
			add(&got.AppliesDedicated, r.Applies == inspection.AppliesDedicated)
			for _, line := range r.Lines {
				lines[line] = true
			}
		}
	}
	got.Lines = len(lines)
	want := counts{
		Parts: 7, Standards: 44, StandardsWithRequirements: 43, Requirements: 700, Sources: 57,
		Quoted: 24, Cited: 434, Recalled: 242, PrioritySourced: 31, PriorityProposed: 152,
		WithThresholds: 188, NumbersSeen: 57, CitationsSeen: 24, WithLines: 354, Lines: 678, Hints: 6,
		AppliesDedicated: 11, CodesSeen: 35, WithOutline: 9, WithCodeVariants: 11, WithNote: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// embeddedHash is the hash under which installations have stored the edition. An edition is
// immutable: a change in its data is a new edition with a new key, unless nothing was released yet.
const embeddedHash = "3a3153bb68294a6d462dd700b9dd0aae480b0c9a73b485f1c2f83b23d73ce427"

func TestEmbeddedHash(t *testing.T) {
	t.Parallel()
	if got := embedded(t).Hash; got != embeddedHash {
		t.Errorf("the content of %s has changed: hash %s, want %s", catalog.EmbeddedKey, got, embeddedHash)
	}
}

func TestEmbeddedIsInOrder(t *testing.T) {
	t.Parallel()
	var numbers []string
	for _, s := range embedded(t).Standards() {
		numbers = append(numbers, s.Number)
	}
	want := []string{"1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "2.10", "2.11",
		"2.12", "2.13", "2.14", "2.15", "3.1", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7", "4.8", "5.1", "5.2", "5.3",
		"5.4", "5.5", "5.6", "5.7", "5.8", "6.1", "6.2", "6.3", "6.4", "7.1", "7.2", "7.3", "7.4", "7.5"}
	if diff := cmp.Diff(want, numbers); diff != "" {
		t.Errorf("standards (-want +got):\n%s", diff)
	}
}

// Every object has its own id, and the ids do not depend on who loads the edition.
func TestEmbeddedIDs(t *testing.T) {
	t.Parallel()
	e := embedded(t)
	seen := map[inspection.ID]string{e.ID: e.Key}
	take := func(id inspection.ID, name string) {
		if other, taken := seen[id]; taken || id == (inspection.ID{}) {
			t.Errorf("%s has the id of %q", name, other)
		}
		seen[id] = name
	}
	for _, s := range e.Standards() {
		take(s.ID, s.Number)
		for _, r := range s.Requirements {
			take(r.ID, r.Key)
		}
	}
	if e.ID != inspection.EditionID(catalog.EmbeddedKey) {
		t.Errorf("edition id %s", e.ID)
	}
}

// Loads share nothing: what a caller does to one edition is not seen by the next.
func TestEmbeddedEditionsAreSeparate(t *testing.T) {
	t.Parallel()
	first := embedded(t)
	first.Parts[0].Standards[0].Requirements[0].Text = "changed"
	if second := embedded(t); second.Hash != catalog.Hash(second) {
		t.Error("a change to one edition shows in another")
	}
}

func BenchmarkEmbedded(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := catalog.Embedded(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	e := embedded(b)
	b.ReportAllocs()
	for b.Loop() {
		catalog.Hash(e)
	}
}

func BenchmarkNewIndex(b *testing.B) {
	e := embedded(b)
	b.ReportAllocs()
	for b.Loop() {
		catalog.NewIndex(e)
	}
}
