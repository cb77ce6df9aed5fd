package roster_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"plumbline/inspection/roster"
)

// FuzzDateCell: whatever stands in a date cell, it is a day that ICE can have inspected on, a word,
// nothing, or a fault; never two of these.
func FuzzDateCell(f *testing.F) {
	for _, seed := range []string{"43888", "2/29/2025", "06/04.2026", "Scheduled FY26", "*", "1e9", "1/1/1/1", "//", "2026-02-30"} {
		f.Add(seed, false)
	}
	first, last := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, cell string, date1904 bool) {
		on, word, fault := roster.ReadDate(cell, date1904)
		if !on.IsZero() && (word != "" || fault != "") {
			t.Errorf("%q is both the day %v and %q %q", cell, on, word, fault)
		}
		if !on.IsZero() && (on.Before(first) || on.After(last) || on.Hour() != 0 || on.Location() != time.UTC) {
			t.Errorf("%q is read as %v", cell, on)
		}
		if fault != "" && word == "" {
			t.Errorf("%q has a fault and no text", cell)
		}
	})
}

// FuzzNormalForms: a normal form is its own normal form, and keys of names do not depend on case.
func FuzzNormalForms(f *testing.F) {
	for _, seed := range []string{"PBNDS 2011 - 2016 Revisions", "ORSA", "Pending Final", "X (AL)", "CENTER1", "\u00cd, NM", "D.F.", "...", "("} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		if edition, ok := roster.NormalEdition(text); ok {
			if again, ok := roster.NormalEdition(edition); !ok || again != edition {
				t.Errorf("edition %q of %q becomes %q", edition, text, again)
			}
		}
		if rating, ok := roster.NormalRating(text); ok && rating == "" {
			t.Errorf("%q is understood as no rating", text)
		}
		if zip, ok := roster.NormalZip(text); ok && len(zip) != 5 {
			t.Errorf("zip %q of %q", zip, text)
		}
		key, _, _ := roster.NameKey(text)
		if again, _, _ := roster.NameKey(key); len(again) > 0 && len(key) == 0 {
			t.Errorf("key of %q is empty, its key is %q", text, again)
		}
		roster.StreetKey(text)
	})
}
