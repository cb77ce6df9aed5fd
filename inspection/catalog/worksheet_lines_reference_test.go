//go:build reference

package catalog_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sheetRow is a row of worksheet-lines.csv by column.
type sheetRow map[string]string

func worksheetLines(t *testing.T) []sheetRow {
	t.Helper()
	file, err := os.Open(filepath.Join(os.Getenv("PLUMBLINE_REFERENCE"), "worksheet-lines.csv"))
	if err != nil {
		t.Fatalf("PLUMBLINE_REFERENCE must name the folder of worksheet-lines.csv: %v", err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []sheetRow
	for _, record := range records[1:] {
		row := sheetRow{}
		for n, name := range records[0] {
			row[name] = record[n]
		}
		rows = append(rows, row)
	}
	return rows
}

// sheetEditions are the keys of the editions built from the file, by the names it gives them.
var sheetEditions = map[string]string{"PBNDS 2011 (2016)": "pbnds-2011-r2016-v2", "PBNDS 2011 (2013 errata)": "pbnds-2011-e2013",
	"PBNDS 2011": "pbnds-2011", "PBNDS 2008": "pbnds-2008", "NDS 2019": "nds-2019", "FRS 2020": "frs-2020"}

// Every row of the file is in its edition, every fact of it as the file has it, and no edition has a
// line that the file has not.
func TestEveryWorksheetLineIsInItsEdition(t *testing.T) {
	t.Parallel()
	rows := worksheetLines(t)
	if len(rows) != 1490 {
		t.Fatalf("%d rows, want 1,490", len(rows))
	}
	lines, editions, indexes := map[string]int{}, map[string]*inspection.Edition{}, map[string]*catalog.Index{}
	for _, e := range allEmbedded(t) {
		editions[e.Key], indexes[e.Key] = e, catalog.NewIndex(e)
	}
	for _, row := range rows {
		key := sheetEditions[row["edition"]]
		lines[key]++
		index := indexes[key]
		if found := index.RequirementsByLine(row["code"]); len(found) == 0 {
			t.Errorf("%s has no line %s", key, row["code"])
		}
		if key == "pbnds-2011-r2016-v2" && row["requirement_id"] != "" {
			continue // a requirement of the catalogue's own; see the reconciliation
		}
		r, ok := index.Requirement(row["code"])
		if !ok {
			t.Errorf("%s has no requirement %s", key, row["code"])
			continue
		}
		if diff := cmp.Diff(row, rowOf(row, r, index)); diff != "" {
			t.Errorf("%s %s (-file +edition):\n%s", key, row["code"], diff)
		}
	}
	for key, n := range lines {
		if got := len(linesIn(editions[key])); got != n {
			t.Errorf("%s has %d lines, the file has %d", key, got, n)
		}
	}
}

// rowOf writes a requirement as the file would have it.
func rowOf(row sheetRow, r *inspection.Requirement, index *catalog.Index) sheetRow {
	s, _ := index.StandardOf(r.Key)
	word := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	lineage := r.Lineage
	if lineage == r.Key {
		lineage = ""
	}
	return sheetRow{"edition": row["edition"], "code": r.Key, "standard_number": s.Number, "requirement": r.Text, "numbers": r.Sighting.Figures,
		"section": r.Citation, "priority": word(r.Priority == inspection.PrioritySourced, "yes", ""), "requirement_id": lineage,
		"mapping_agreement": r.Sighting.Agreement, "times_cited": strconv.Itoa(r.TimesCited), "facilities": strconv.Itoa(r.Sighting.Facilities),
		"first_seen": r.Sighting.First.Format(time.DateOnly), "last_seen": r.Sighting.Last.Format(time.DateOnly),
		"code_confidence": word(r.Sighting.CodeDoubtful, "low", "high"), "edition_inferred": word(r.Sighting.EditionInferred, "yes", ""),
		"example_url": r.VerifiedURL}
}

func linesIn(e *inspection.Edition) map[string][]*inspection.Requirement {
	lines := map[string][]*inspection.Requirement{}
	for _, s := range e.Standards() {
		for n := range s.Requirements {
			for _, line := range s.Requirements[n].Lines {
				lines[line] = append(lines[line], &s.Requirements[n])
			}
		}
	}
	return lines
}

// docs/worksheet-lines.md lists where the file of lines and the catalogue's own lines disagree.
func TestTheReconciliationIsWrittenDown(t *testing.T) {
	t.Parallel()
	page := filepath.Join("..", "..", "docs", "worksheet-lines.md")
	want := reconciliation(t)
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the files say; run the test with -update (-want +got):\n%s", page, diff)
	}
}

// reconcile holds the file's rows of PBNDS 2011 (2016) beside the first version's own lines.
type reconcile struct {
	text   strings.Builder
	rows   map[string]sheetRow
	codes  []string
	own    map[string][]*inspection.Requirement
	index  *catalog.Index
	first  *inspection.Edition
	second *catalog.Index
}

func reconciliation(t *testing.T) string {
	c := &reconcile{rows: map[string]sheetRow{}, first: embedded(t)}
	c.index, c.own = catalog.NewIndex(c.first), linesIn(c.first)
	c.second = catalog.NewIndex(embeddedNamed(t, "pbnds-2011-r2016-v2"))
	for _, row := range worksheetLines(t) {
		if row["edition"] == "PBNDS 2011 (2016)" {
			c.rows[row["code"]] = row
			c.codes = append(c.codes, row["code"])
		}
	}
	slices.SortFunc(c.codes, func(a, b string) int { return strings.Compare(padded(a), padded(b)) })
	fmt.Fprintf(&c.text, preface, len(c.codes), len(c.own))
	c.missingLines(t)
	c.mappings()
	c.facts()
	return c.text.String()
}

// padded sorts MC-9 before MC-10.
func padded(code string) string {
	i := strings.LastIndexByte(code, '-')
	return fmt.Sprintf("%s-%09s", code[:i], code[i+1:])
}

const preface = `# Worksheet lines against the catalogue

Two files say which lines of ODO's worksheet stand for what in PBNDS 2011 as revised in 2016: a list of %d lines seen in
published reports, each with the requirement that most of its citations were matched to, and the catalogue itself, whose
first version (` + "`pbnds-2011-r2016`" + `) names %d lines as its requirements' own. This page lists every place where they
disagree and what the second version (` + "`pbnds-2011-r2016-v2`" + `) makes of it. A test writes it from both files
(` + "`make reference`" + `); nobody edits it by hand. "3/4" means that three of four citations of the line were matched so.

`

func (c *reconcile) section(title, says string, rows []string) {
	if len(rows) == 0 {
		says = "There are none."
	}
	fmt.Fprintf(&c.text, "## %s (%d)\n\n%s\n\n", title, len(rows), says)
	for _, row := range rows {
		fmt.Fprintf(&c.text, "- %s\n", row)
	}
	if len(rows) > 0 {
		c.text.WriteByte('\n')
	}
}

func (c *reconcile) missingLines(t *testing.T) {
	var neither, moved, came, unseen []string
	for _, code := range c.codes {
		row, of := c.rows[code], c.own[code]
		switch mapped := row["requirement_id"]; {
		case mapped == "" && len(of) == 0:
			neither = append(neither, fmt.Sprintf("%s: %s", code, row["requirement"]))
		case mapped == "":
			moved = append(moved, fmt.Sprintf("%s (%s): %s. The first version has it under %s: %s", code, row["mapping_agreement"], row["requirement"], of[0].Key, of[0].Text))
		case len(of) == 0:
			r, _ := c.index.Requirement(mapped)
			came = append(came, fmt.Sprintf("%s (%s): %s. Matched to %s: %s", code, row["mapping_agreement"], row["requirement"], mapped, r.Text))
			if !slices.ContainsFunc(c.second.RequirementsByLine(code), func(r *inspection.Requirement) bool { return r.Key == mapped }) {
				t.Errorf("%s is not a line of %s in the second version", code, mapped)
			}
		}
		if _, own := c.second.Requirement(code); own != (row["requirement_id"] == "") || own && len(c.second.RequirementsByLine(code)) != 1 {
			t.Errorf("%s is not a requirement of its own in the second version, and of nothing else", code)
		}
	}
	for code := range c.own {
		if c.rows[code] == nil {
			unseen = append(unseen, code)
		}
	}
	slices.Sort(unseen)
	c.section("Lines that neither file gives to a requirement", "Each is a requirement of its own in the second version.", neither)
	c.section("Lines that the list gives to no requirement, and the catalogue does",
		"The line asks for something that the requirement does not say. In the second version it is a requirement of its own and no longer a line of the other.", moved)
	c.section("Lines that the list gives to a requirement, and the catalogue does not have", "In the second version they are lines of that requirement.", came)
	c.section("Lines that the catalogue has and the list does not", "In both versions they stay.", unseen)
}

func (c *reconcile) mappings() {
	var differ, several, across []string
	for _, code := range c.codes {
		mapped := c.rows[code]["requirement_id"]
		keys := []string{}
		for _, r := range c.own[code] {
			keys = append(keys, r.Key)
		}
		if mapped != "" && len(keys) > 0 && !slices.Contains(keys, mapped) {
			differ = append(differ, fmt.Sprintf("%s: %s in the list, %s in the catalogue", code, mapped, strings.Join(keys, " and ")))
		}
		if len(keys) > 1 {
			several = append(several, fmt.Sprintf("%s: %s; the list names %s (%s)", code, strings.Join(keys, " and "), mapped, c.rows[code]["mapping_agreement"]))
		}
		if number := c.rows[code]["standard_number"]; mapped != "" && !strings.HasPrefix(mapped, number+"-") {
			across = append(across, fmt.Sprintf("%s is a line of %s, its requirement is %s", code, number, mapped))
		}
	}
	c.section("Lines with another requirement in each file", "Both versions keep the catalogue's.", differ)
	c.section("Lines with several requirements in the catalogue", "The list names the one that most citations were matched to. Both versions keep all: a finding on such a line names its requirement, or rests on the standard.", several)
	c.section("Lines of one standard whose requirement stands in another", "Published findings place them so. Both versions keep them as lines of another standard.", across)
}

func (c *reconcile) facts() {
	var priorities, sections, figures []string
	cited := map[string]int{}
	for _, code := range c.codes {
		row := c.rows[code]
		for _, r := range c.own[code] {
			n, _ := strconv.Atoi(row["times_cited"])
			cited[r.Key] += n
		}
		r, ok := c.index.Requirement(row["requirement_id"])
		if !ok {
			continue
		}
		if row["priority"] == "yes" && r.Priority != inspection.PrioritySourced {
			priorities = append(priorities, fmt.Sprintf("%s is called a priority component, %s is not", code, r.Key))
		}
		if row["section"] != "" && (row["section"] != r.Citation || !r.CitationSeen) {
			state := "seen"
			if !r.CitationSeen {
				state = "unconfirmed"
			}
			sections = append(sections, fmt.Sprintf("%s: reports print %s, %s has %s (%s)", code, row["section"], r.Key, r.Citation, state))
		}
	}
	for _, s := range c.first.Standards() {
		for _, r := range s.Requirements {
			called := slices.ContainsFunc(c.codes, func(code string) bool {
				return c.rows[code]["priority"] == "yes" && (c.rows[code]["requirement_id"] == r.Key || slices.Contains(r.Lines, code))
			})
			if r.Priority == inspection.PrioritySourced && !called {
				priorities = append(priorities, fmt.Sprintf("%s is sourced (%s), but no line of it is called a priority component", r.Key, r.PrioritySource))
			}
			if len(r.Lines) > 0 && cited[r.Key] != r.TimesCited {
				figures = append(figures, fmt.Sprintf("%s: %d in the catalogue, %d over its lines", r.Key, r.TimesCited, cited[r.Key]))
			}
		}
	}
	c.section("Priorities that only one file has", "Both versions keep the catalogue's: the source it names calls the requirement a priority component without naming a line.", priorities)
	c.section("Sections that reports print with a line, and the catalogue has otherwise", "Both versions keep the catalogue's section, printed \"(unconfirmed)\" unless it was seen for the requirement itself. Whoever has the official text confirms it.", sections)
	c.section("Requirements cited more or less often than their lines", "Neither is wrong: the catalogue counts findings matched to the requirement, whatever code they print, and the list counts findings under a code, whichever requirement they were matched to. Both versions keep the catalogue's count.", figures)
}
