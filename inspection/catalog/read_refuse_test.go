package catalog_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/catalog"
)

// sheetHead is the head of a correct worksheet, as many lines as sheetLine less one.
const sheetHead = `# key: set-1
# title: A set
# compiled: 2026-11-25
# partial: true
# wording: our own words
# full_text_seen: false
# row_defaults: {strength: cited, verified: CIT18}
# crosswalk: []
# sources:
#   CIT18: {kind: cited, what: a report that cites}
# parts:
#   - part: 1
#     name: Safety
#     standards:
#       - {number: '1.1', title: Emergency Plans, code: EP, code_seen: true}
`

// The first row, which names the columns, stands on line 16.
const sheetTable = `code,section,text,priority,applies,lineage
EP-1,V.A,Plans exist,none,all,
EP-2,,Plans are read,,dedicated,1.1-V.A-01
`

func TestReadTakesAPlainWorksheet(t *testing.T) {
	t.Parallel()
	e, err := catalog.Read("set.csv", strings.NewReader(sheetHead+sheetTable))
	if err != nil {
		t.Fatal(err)
	}
	first, second := e.Standards()[0].Requirements[0], e.Standards()[0].Requirements[1]
	if first.Key != "EP-1" || first.Citation != "V.A" || first.CitationSeen || first.CitationLabel() != "V.A (unconfirmed)" || first.Lines[0] != "EP-1" ||
		first.Priority != "NONE" || first.Lineage != "" || second.Applies != "DEDICATED" || second.Lineage != "1.1-V.A-01" || second.Verified != "CIT18" {
		t.Errorf("got %+v and %+v", first, second)
	}
	windows, err := catalog.Read("set.csv", strings.NewReader(strings.ReplaceAll(sheetHead+sheetTable, "\n", "\r\n")))
	if err != nil || windows.Hash != e.Hash {
		t.Errorf("with other line ends: %v", err)
	}
}

// The worksheet in the manual is an edition, as it stands there.
func TestTheWorksheetInTheManualIsAnEdition(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile(filepath.Join("..", "..", "docs", "standards.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(manual), "```\n# key: nds-2025\n")
	example, _, _ := strings.Cut(rest, "```")
	e, err := catalog.Read("nds-2025.csv", strings.NewReader("# key: nds-2025\n"+example))
	if err != nil || !found {
		t.Fatalf("found %t: %v", found, err)
	}
	if r := e.Standards()[0].Requirements[0]; r.CitationLabel() != "II.A" || r.Strength != "QUOTED" || e.PartialNote() != "Medical care only." {
		t.Errorf("the example says %+v", r)
	}
}

// A worksheet that is wrong gives no edition, and says of every mistake where it stands and what it is.
func TestReadRefusesWorksheets(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10_001)
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"a code used twice", "EP-2,", "EP-1,", []string{`set.csv:18: requirement id "EP-1" is already used at set.csv:17`}},
		{"a code of no standard", "EP-2,", "XX-2,", []string{`set.csv:18: requirement XX-2: no standard of the edition has this code`}},
		{"a code that is none", "EP-2,", "plans,", []string{`set.csv:18: requirement plans: no standard of the edition has this code`}},
		{"no code", "EP-2,", ",", []string{`set.csv:18: the row has no code`}},
		{"a standard that is not there", "lineage\nEP-1,V.A,Plans exist,none,all,", "standard\nEP-1,V.A,Plans exist,none,all,9.9", []string{
			`set.csv:17: requirement EP-1: the edition has no standard "9.9"`, `set.csv:18: requirement EP-2: the edition has no standard "1.1-V.A-01"`}},
		{"a lineage that leads nowhere", "1.1-V.A-01", "1.1-V.Q-77", []string{
			`set.csv:18: requirement EP-2: "1.1-V.Q-77" is no requirement of pbnds-2011-r2016 and none of this edition`}},
		{"a crosswalk by way of nothing", "crosswalk: []", "crosswalk: [{from: EP-1, to: EP-3}, {from: EP-3, to: EP-1}]\n# how_to_read: [slowly]", []string{
			`set.csv:8: crosswalk: "EP-3" is no requirement of this edition`,
			`set.csv:8: crosswalk: "EP-3" is no requirement of pbnds-2011-r2016 and none of this edition`}},
		{"a crosswalk that ends in the edition", "crosswalk: []", "crosswalk: [{from: EP-2, to: EP-1}]\n# how_to_read: [slowly]", []string{
			`set.csv:8: crosswalk: the crosswalk ends at EP-1, a requirement of this edition that leads on to none of pbnds-2011-r2016`,
			`set.csv:19: requirement EP-2: "EP-2" crosswalks to "EP-1" already, by set.csv:8`}},
		{"a crosswalk from nowhere", "crosswalk: []", "crosswalk: [{from: EP-9, to: 1.1-V.A-01}]", []string{
			`set.csv:8: crosswalk: "EP-9" is no requirement of this edition`}},
		{"a crosswalk said twice", "crosswalk: []", "crosswalk: [{from: EP-2, to: 1.1-V.A-01}]", []string{
			`set.csv:18: requirement EP-2: "EP-2" crosswalks to "1.1-V.A-01" already, by set.csv:8`}},
		{"a column nobody knows", "applies,lineage", "applies,colour", []string{`set.csv:16: unknown column "colour"`}},
		{"a column twice", "applies,lineage", "applies,text", []string{`set.csv:16: column "text" stands twice`}},
		{"no column of codes", "code,section", "standard,section", []string{`set.csv:16: column "code" is missing`}},
		{"a row too short", "EP-2,,Plans are read,,dedicated,1.1-V.A-01", "EP-2,,Plans are read", []string{
			`set.csv:18: the row has 3 cells, the first row names 6 columns`}},
		{"a quote that does not end", "Plans exist", `"Plans exist`, []string{`set.csv:17: the row is not valid CSV: extraneous or missing " in quoted-field`}},
		{"a quote inside a cell", "Plans exist", `Plans "exist`, []string{`set.csv:17: the row is not valid CSV: bare " in non-quoted-field`}},
		{"a line break in a cell", "Plans exist", "\"Plans\nexist\"", []string{`set.csv:17: requirement EP-1: text holds a line break or another control character`}},
		{"a huge cell", "Plans exist", long, []string{`set.csv:17: requirement EP-1: text is longer than 10000 characters`}},
		{"a priority nobody knows", "none,all", "high,all", []string{`set.csv:17: requirement EP-1: priority "high" is not one of sourced, proposed, none`}},
		{"a section that is none", "EP-1,V.A", "EP-1,?", []string{`set.csv:17: requirement EP-1: citation "?" is no section number`}},
		{"a default for a column that has none", "strength: cited, verified", "facilities: 3, verified", []string{
			`set.csv:7: row_defaults: "facilities" is no column whose cells may have a default`,
			`set.csv:17: requirement EP-1: field "strength" is missing`}},
		{"a head that is no YAML", "# wording: our own words", "# wording: [", []string{`set.csv:5: not valid YAML`}},
		{"a key that is not the version's", "# key: set-1", "# key: set-1\n# version: 2", []string{
			`set.csv:1: edition: version 2 of the set set-1 has the key set-1-v2`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := sheetHead + sheetTable
			if !strings.Contains(text, c.old) {
				t.Fatalf("the worksheet does not hold %q", c.old)
			}
			holds(t, "set.csv", []byte(strings.Replace(text, c.old, c.new, 1)), c.want)
		})
	}
}

// A crosswalk may lead through requirements of the edition to one of PBNDS 2011 (2016), but not back.
func TestTheCrosswalkIsFollowed(t *testing.T) {
	t.Parallel()
	rows := "code,text\nEP-1,one\nEP-2,two\nEP-3,three\n"
	through := strings.Replace(sheetHead, "crosswalk: []", "crosswalk: [{from: EP-1, to: EP-2}, {from: EP-2, to: EP-3}, {from: EP-3, to: 1.1-V.A-01}]", 1)
	e, err := catalog.Read("set.csv", strings.NewReader(through+rows))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range e.Standards()[0].Requirements {
		if r.Lineage != "1.1-V.A-01" {
			t.Errorf("%s leads to %q", r.Key, r.Lineage)
		}
	}
	round := strings.Replace(through, "to: 1.1-V.A-01", "to: EP-1", 1)
	holds(t, "set.csv", []byte(round+rows), []string{"circle: EP-1 to EP-2 to EP-3 to EP-1", "circle: EP-2 to EP-3 to EP-1 to EP-2", "circle: EP-3 to EP-1 to EP-2 to EP-3"})
	self := strings.Replace(sheetHead, "crosswalk: []", "crosswalk: [{from: EP-1, to: EP-1}]", 1)
	holds(t, "set.csv", []byte(self+rows), []string{"circle: EP-1 to EP-1"})
}

func TestReadRefusesOtherEncodings(t *testing.T) {
	t.Parallel()
	text := sheetHead + strings.Replace(sheetTable, "Plans exist", "Plans café", 1)
	var little, big, latin bytes.Buffer
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		little.Write([]byte{byte(unit), byte(unit >> 8)})
		big.Write([]byte{byte(unit >> 8), byte(unit)})
	}
	for _, r := range text {
		latin.WriteByte(byte(r))
	}
	holds(t, "set.csv", little.Bytes(), []string{"set.csv:1: the file is UTF-16; save it as plain UTF-8"})
	holds(t, "set.csv", big.Bytes(), []string{"set.csv:1: the file is UTF-16; save it as plain UTF-8"})
	holds(t, "set.csv", []byte("k\x00e\x00y\x00:\x00"), []string{"set.csv:1: the file holds a NUL character"})
	holds(t, "set.csv", latin.Bytes(), []string{"set.csv:17: the file is not UTF-8"})
	holds(t, "set.csv", []byte("\ufeff"+text), []string{"set.csv:1: the file begins with a byte order mark; save it as plain UTF-8"})
	holds(t, "set.csv", []byte(strings.Replace(text, "café", "caf\x00e", 1)), []string{"set.csv:17: the file holds a NUL character; save it as plain UTF-8"})
	holds(t, "set.yaml", []byte("key: \x00\n"), []string{"set.yaml:1: the file holds a NUL character; save it as plain UTF-8"})
}

func TestReadRefusesFilesOfOtherKinds(t *testing.T) {
	t.Parallel()
	holds(t, "set.xlsx", []byte("PK"), []string{"set.xlsx:1: an edition is a file whose name ends in .yaml or .csv"})
	holds(t, "set.csv", nil, []string{`set.csv:1: the worksheet must begin with the edition's own facts`})
	holds(t, "set.csv", []byte(sheetTable), []string{`set.csv:1: the worksheet must begin with the edition's own facts`})
	holds(t, "set.csv", []byte(sheetHead), []string{"set.csv:16: the worksheet is empty; its first row names the columns"})
	holds(t, "set.yaml", nil, []string{"set.yaml:1: the file is empty"})
	holds(t, "set.yaml", []byte("key: x\nparts:\n  - {part: 1, name: Safety, standards: [1.1-plans.yaml]}\n"), []string{
		`set.yaml:3: part 1: "1.1-plans.yaml" stands for a file, but this edition is one document: write the standard out`})
}

// A worksheet of 50,000 lines is refused at the first line too many, and costs no more memory than one
// of as many lines as an edition may have.
func TestReadRefusesAWorksheetThatIsTooLong(t *testing.T) {
	t.Parallel()
	rows := func(n int) []byte {
		var text bytes.Buffer
		text.WriteString(sheetHead + "code,text\n")
		for i := range n {
			fmt.Fprintf(&text, "EP-%d,Plan number %d exists\n", i+1, i+1)
		}
		return text.Bytes()
	}
	whole, err := catalog.Read("set.csv", bytes.NewReader(rows(10_000)))
	if err != nil || len(whole.Standards()[0].Requirements) != 10_000 {
		t.Fatalf("10,000 lines: %v", err)
	}
	holds(t, "set.csv", rows(50_000), []string{"set.csv:10017: an edition has at most 10000 requirements"})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	endless := io.MultiReader(strings.NewReader(sheetHead+"code,text\n"), zeroes{})
	if _, err := catalog.Read("set.csv", endless); err == nil || !strings.Contains(err.Error(), "set.csv:1: the file is larger than 4194304 bytes") {
		t.Errorf("a file without end: %v", err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 400<<20 {
		t.Errorf("a file without end took %d MB", grown>>20)
	}
}

// zeroes is a file without end.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// A file that is wrong on every line says so a hundred times, and then how often more.
func TestReadListsAHundredMistakes(t *testing.T) {
	t.Parallel()
	text := sheetHead + "code,text\n" + strings.Repeat("XX-1,nothing\n", 300)
	_, err := catalog.Read("set.csv", strings.NewReader(text))
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 101 || !strings.HasSuffix(lines[100], "and 200 more mistakes from here on") {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

// holds checks that Read refuses the text, without an edition, and with these faults among what it says,
// each on a line of its own.
func holds(t *testing.T, name string, text []byte, want []string) {
	t.Helper()
	e, err := catalog.Read(name, bytes.NewReader(text))
	if err == nil || e != nil {
		t.Errorf("Read accepted it: %v", e)
		return
	}
	got := strings.Split(strings.ReplaceAll(err.Error(), "catalog: ", ""), "\n")
	for _, w := range want {
		found := 0
		for _, g := range got {
			if strings.Contains(g, w) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d faults say %q in\n%s", found, w, cmp.Diff(want, got))
		}
	}
}
