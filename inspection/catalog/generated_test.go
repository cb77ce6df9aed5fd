package catalog_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

// Whatever an edition says, in whatever letters, it leaves and enters as the same edition, with the same
// hash: also what a spreadsheet would take for a formula, and what YAML would take for something else.
func TestAnyEditionSurvivesExportAndImport(t *testing.T) {
	t.Parallel()
	known := allEmbedded(t)[:2]
	rapid.Check(t, func(r *rapid.T) {
		e := anyEdition(r)
		e.Seal()
		for name := range formats {
			var out bytes.Buffer
			if err := formats[name](&out, e); err != nil {
				r.Fatal(err)
			}
			again, err := catalog.Read(name, bytes.NewReader(out.Bytes()), known...)
			if err != nil {
				r.Fatalf("%v\n%s", err, out.String())
			}
			if again.Hash != e.Hash {
				r.Fatalf("as %s the hash is %s, want %s\n%s", name, again.Hash, e.Hash, out.String())
			}
			if name == "edition.csv" {
				checkNoFormula(r, out.String())
			}
		}
	})
}

// checkNoFormula holds every cell of the table to its guard.
func checkNoFormula(r *rapid.T, text string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, cell := range strings.Split(line, ",") {
			if strings.ContainsAny(strings.TrimLeft(cell, `"`)[:min(1, len(strings.TrimLeft(cell, `"`)))], "=+@-") && !strings.Contains(line, `"`) {
				r.Fatalf("the cell %q would run as a formula", cell)
			}
		}
	}
}

// anyText draws one line of text in normal form C, some of it hostile.
func anyText(r *rapid.T, label string) string {
	hostile := rapid.SampledFrom([]string{"=1+1", "+1", "-1", "@x", "'x", "''=x", "'=x", "yes", "null", "1:12", "4.3", "# x", "a; b", "a, \"b\"", "- x",
		"{x: y}", "[x]", "&x", "*x", "!x", "x: y", "x #y", "0x1f", "2026-11-25", "~", "|", ">", "%x", "é", "日本語", "a\u2028b", "\ufeff", "🙂", "|-", "<<"})
	if rapid.Bool().Draw(r, label+" hostile") {
		return hostile.Draw(r, label)
	}
	text := norm.NFC.String(strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return -1
		}
		return c
	}, rapid.StringN(1, 40, 120).Draw(r, label))))
	if text = strings.TrimSpace(text); text == "" {
		return "x"
	}
	return text
}

func anyEdition(r *rapid.T) *inspection.Edition {
	version := rapid.IntRange(1, 3).Draw(r, "version")
	e := &inspection.Edition{Key: inspection.EditionKey("set", version), Set: "set", Version: version, Title: anyText(r, "title"),
		Partial: true, PartialReason: anyText(r, "reason"), Wording: anyText(r, "wording"), FullTextSeen: rapid.Bool().Draw(r, "seen"),
		StructureNote: anyText(r, "structure"), CodeNote: anyText(r, "codes"), Compiled: anyDay(r, "compiled"),
		ApplicabilityRules: []inspection.ApplicabilityRule{{Rule: anyText(r, "rule"), Verified: anyText(r, "verified")}},
		Sources:            []inspection.Source{{Key: "CIT18", Kind: "cited", What: anyText(r, "what"), URL: "https://example.org/a?b=c,d"}}}
	if version > 1 {
		e.Supersedes = inspection.EditionKey("set", version-1)
	}
	standards := make([]inspection.Standard, rapid.IntRange(1, 3).Draw(r, "standards"))
	for n := range standards {
		code := strings.Repeat("A", n+1)
		standards[n] = inspection.Standard{Number: fmt.Sprintf("1.%d", n+1), Title: anyText(r, "standard"), Code: code, CodeSeen: true, Note: anyText(r, "note")}
		for line := range rapid.IntRange(0, 4).Draw(r, "requirements") {
			standards[n].Requirements = append(standards[n].Requirements, anyRequirement(r, fmt.Sprintf("%s-%d", code, line+1)))
		}
	}
	e.Parts = []inspection.Part{{Number: 1, Name: anyText(r, "part"), Standards: standards}}
	return e
}

func anyDay(r *rapid.T, label string) time.Time {
	return time.Date(2020, 1, 1+rapid.IntRange(0, 3000).Draw(r, label), 0, 0, 0, 0, time.UTC)
}

func anyRequirement(r *rapid.T, key string) inspection.Requirement {
	q := inspection.Requirement{Key: key, Lines: []string{key}, Text: anyText(r, "text"), Strength: inspection.Cited, Verified: "CIT18",
		Applies: inspection.AppliesDedicated, AppliesNote: anyText(r, "applies"), Priority: inspection.PriorityProposed, PriorityReason: anyText(r, "priority"),
		Lineage: rapid.SampledFrom([]string{"", "1.1-V.A-01", "4.3-V.M-20"}).Draw(r, "lineage"), TimesCited: rapid.IntRange(0, 99).Draw(r, "cited"),
		Population: rapid.SampledFrom([]string{"", "women"}).Draw(r, "population")}
	if rapid.Bool().Draw(r, "has section") {
		q.Citation, q.CitationSeen = rapid.SampledFrom([]string{"V.A", "(II)(A)(5)(c)", "V.B.1-6"}).Draw(r, "section"), rapid.Bool().Draw(r, "section seen")
	}
	if rapid.Bool().Draw(r, "has thresholds") {
		q.Thresholds = []inspection.Threshold{
			{Op: inspection.ThresholdMax, Value: float64(rapid.IntRange(1, 400_000).Draw(r, "value")) / 4, Unit: "days", Note: anyText(r, "threshold")},
			{Op: inspection.ThresholdMinRatio, Value: 12, Unit: "per_detainees", Group: anyText(r, "group")}}
		q.NumbersSeen = rapid.Bool().Draw(r, "numbers seen")
	}
	if rapid.Bool().Draw(r, "has evidence") {
		q.Evidence = []inspection.EvidenceKind{inspection.EvidenceLog, inspection.EvidenceFileSample}
	}
	if rapid.Bool().Draw(r, "was seen") {
		first := anyDay(r, "first")
		q.Sighting = inspection.Sighting{Facilities: 1 + rapid.IntRange(0, 9).Draw(r, "facilities"), First: first, Last: first.AddDate(0, 0, 3),
			CodeDoubtful: rapid.Bool().Draw(r, "doubtful"), Agreement: "3/4", Figures: anyText(r, "figures")}
	}
	if rapid.Bool().Draw(r, "is confirmed") {
		q.Citation, q.CitationSeen, q.Strength, q.Verified = "V.M.2", true, inspection.Quoted, inspection.OfficialText
		q.Confirmation = inspection.Confirmation{Title: anyText(r, "document"), Page: anyText(r, "page"), By: anyText(r, "by"), On: anyDay(r, "on")}
	}
	return q
}
