//go:build reference

package catalog_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

// The embedded edition is written back into the form of the reference catalogue and compared with
// it as a whole: a field that one has and the other has not is a difference too.
func TestEmbeddedEqualsTheReference(t *testing.T) {
	t.Parallel()
	want := readReference(t)
	e := embedded(t)
	got := object{
		"meta":                 metaOf(e),
		"deficiency_code_note": e.CodeNote,
		"sources":              sourcesOf(e),
		"parts":                partsOf(e),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("embedded edition (-reference +embedded):\n%s", diff)
	}
}

type object = map[string]any

func readReference(t *testing.T) object {
	t.Helper()
	folder := os.Getenv("PLUMBLINE_REFERENCE")
	if folder == "" {
		t.Fatal("PLUMBLINE_REFERENCE must name the folder of pbnds-2011.yaml")
	}
	raw, err := os.ReadFile(filepath.Join(folder, "pbnds-2011.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var reference object
	if err := yaml.Unmarshal(raw, &reference); err != nil {
		t.Fatal(err)
	}
	settle(reference)
	return reference
}

// settle applies to the reference the four differences that are meant: the order of lines within a
// requirement has no meaning, a null is the same as nothing, contraband has one code more, and the
// source that is named after a person who died has another name and no address.
func settle(reference object) {
	named := unname(reference["sources"].(object))
	for _, part := range reference["parts"].([]any) {
		for _, s := range part.(object)["standards"].([]any) {
			standard := s.(object)
			if standard["page_count_2013"] == nil {
				delete(standard, "page_count_2013")
			}
			if standard["number"] == "2.3" {
				// Reports cite CON-52 and CON-57, worksheet lines of this standard.
				standard["code_variants"] = []any{"CON"}
			}
			for _, r := range standard["requirements"].([]any) {
				if r.(object)["verified"] == named {
					r.(object)["verified"] = "DDR17"
				}
				if lines, ok := r.(object)["lines"].([]any); ok {
					slices.SortFunc(lines, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
				}
			}
		}
	}
}

// unname gives the death review its neutral key and returns the one it had.
func unname(sources object) string {
	for key, source := range sources {
		what := source.(object)["what"].(string)
		if before, _, found := strings.Cut(what, "; original "); found && strings.Contains(what, "death review") {
			source.(object)["what"] = before + "); no personal data kept here"
			sources["DDR17"] = source
			delete(sources, key)
			return key
		}
	}
	return ""
}

func metaOf(e *inspection.Edition) object {
	rules := []any{}
	for _, r := range e.ApplicabilityRules {
		rules = append(rules, object{"rule": r.Rule, "verified": r.Verified})
	}
	return object{
		"title": e.Title, "compiled": e.Compiled.Format(time.DateOnly), "wording": e.Wording,
		"full_text_seen": e.FullTextSeen, "how_to_read": anyOf(e.HowToRead), "applicability_rules": rules,
		"structure_note": e.StructureNote, "counts": countsOf(e),
	}
}

// countsOf counts anew what the reference states.
func countsOf(e *inspection.Edition) object {
	counts := map[string]int{}
	for _, s := range e.Standards() {
		counts["standards"]++
		for _, r := range s.Requirements {
			counts["requirements"]++
			counts[strings.ToLower(string(r.Strength))]++
			counts["priority_"+strings.ToLower(string(r.Priority))]++
			for name, is := range map[string]bool{"thresholds_lines": len(r.Thresholds) > 0, "numbers_seen": r.NumbersSeen,
				"citations_seen": r.CitationSeen, "with_worksheet_lines": len(r.Lines) > 0} {
				if is {
					counts[name]++
				}
			}
		}
	}
	delete(counts, "priority_none")
	o := object{}
	for name, n := range counts {
		o[name] = n
	}
	return o
}

func sourcesOf(e *inspection.Edition) object {
	sources := object{}
	for _, s := range e.Sources {
		source := object{"kind": s.Kind, "what": s.What}
		put(source, "url", s.URL)
		sources[s.Key] = source
	}
	return sources
}

func partsOf(e *inspection.Edition) []any {
	var parts []any
	for _, p := range e.Parts {
		standards := []any{}
		for _, s := range p.Standards {
			standards = append(standards, standardOf(s))
		}
		parts = append(parts, object{"part": p.Number, "name": p.Name, "standards": standards})
	}
	return parts
}

func standardOf(s inspection.Standard) object {
	requirements := []any{}
	for _, r := range s.Requirements {
		requirements = append(requirements, requirementOf(r))
	}
	o := object{"number": s.Number, "title": s.Title, "title_verified": s.TitleVerified,
		"revised_2016": s.Revised2016, "revised_2016_verified": s.Revised2016Verified,
		"outline_status": s.OutlineStatus, "requirements": requirements}
	put(o, "code", s.Code)
	if s.Code != "" {
		o["code_seen"] = s.CodeSeen
	}
	put(o, "note", s.Note)
	put(o, "ice_pdf_kb", s.PDFKB)
	put(o, "start_page_2013", s.StartPage)
	put(o, "page_count_2013", s.PageCount)
	putList(o, "code_variants", anyOf(s.CodeVariants))
	outline := []any{}
	for _, h := range s.Outline {
		outline = append(outline, object{"section": h.Section, "heading": h.Heading, "seen": h.Seen})
	}
	putList(o, "outline", outline)
	if len(s.SectionsSeen) > 0 {
		seen := object{}
		for _, section := range s.SectionsSeen {
			seen[section.Section] = section.Sources
		}
		o["sections_seen"] = seen
	}
	return o
}

func requirementOf(r inspection.Requirement) object {
	evidence := []any{}
	for _, kind := range r.Evidence {
		evidence = append(evidence, strings.ToLower(string(kind)))
	}
	o := object{"id": r.Key, "citation": r.Citation, "citation_seen": r.CitationSeen, "text": r.Text,
		"evidence": evidence, "applies": strings.ToLower(string(r.Applies)), "verified": r.Verified,
		"strength": strings.ToLower(string(r.Strength)), "priority": strings.ToLower(string(r.Priority))}
	put(o, "applies_note", r.AppliesNote)
	put(o, "verified_url", r.VerifiedURL)
	put(o, "priority_reason", r.PriorityReason)
	put(o, "priority_source", r.PrioritySource)
	put(o, "hint", r.Hint)
	put(o, "times_cited", r.TimesCited)
	putList(o, "lines", anyOf(slices.Sorted(slices.Values(r.Lines))))
	putList(o, "thresholds", thresholdsOf(r))
	if len(r.Thresholds) > 0 {
		o["numbers_seen"] = r.NumbersSeen
	}
	return o
}

func thresholdsOf(r inspection.Requirement) []any {
	var all []any
	for _, t := range r.Thresholds {
		o := object{"op": strings.ToLower(string(t.Op)), "value": any(int(t.Value)), "unit": t.Unit}
		if t.Op == inspection.ThresholdMinRatio {
			o["value"] = "1:" + strconv.FormatFloat(t.Value, 'g', -1, 64)
		}
		put(o, "note", t.Note)
		put(o, "group", t.Group)
		all = append(all, o)
	}
	return all
}

// put writes a field that the reference leaves out when it is empty.
func put[T comparable](o object, key string, value T) {
	var empty T
	if value != empty {
		o[key] = value
	}
}

func putList(o object, key string, list []any) {
	if len(list) > 0 {
		o[key] = list
	}
}

func anyOf(texts []string) []any {
	all := []any{}
	for _, text := range texts {
		all = append(all, text)
	}
	return all
}

// A requirement's lines are all lines that reports under this very edition were seen to cite.
func TestLinesAreThoseOfTheEdition(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(os.Getenv("PLUMBLINE_REFERENCE"), "worksheet-lines.csv"))
	if err != nil {
		t.Fatalf("PLUMBLINE_REFERENCE must name the folder of worksheet-lines.csv: %v", err)
	}
	seen := map[string]bool{}
	for _, row := range strings.Split(string(raw), "\n") {
		if rest, ok := strings.CutPrefix(row, "PBNDS 2011 (2016),"); ok {
			code, _, _ := strings.Cut(rest, ",")
			seen[code] = true
		}
	}
	index := catalog.NewIndex(embedded(t))
	for code := range seen {
		if _, ok := index.StandardByLine(code); !ok {
			t.Errorf("no standard has line %s", code)
		}
	}
	for _, s := range embedded(t).Standards() {
		for _, r := range s.Requirements {
			for _, line := range r.Lines {
				if !seen[line] {
					t.Errorf("requirement %s: no report under the edition cites line %s", r.Key, line)
				}
			}
		}
	}
}
