package catalog_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/catalog"
)

const smallRevision = `revises: pbnds-2011-r2016
key: pbnds-2011-r2016-v2
compiled: 2026-11-25
partial_reason: not all was seen
how_to_read: [slower still]
populations:
  - population: women
    standards: ['4.4']
    requirements: [1.1-V.A-01]
lines:
  - {line: EP-161, from: 1.1-V.A-01}
  - {line: PO-6, to: 2.9-V.B-03}
worksheet: lines.csv
row_defaults: {strength: cited, verified: published ODO report, verified_url: "https://example.org/report.pdf"}
`

const smallLines = "code,text\nEP-161,The plan says how many are trained\n"

func revisionFolder(revision, lines string) fstest.MapFS {
	return fstest.MapFS{"next/revision.yaml": {Data: []byte(revision)}, "next/lines.csv": {Data: []byte(lines)}}
}

func TestARevisionChangesWhatItSays(t *testing.T) {
	t.Parallel()
	e, err := catalog.Load(revisionFolder(smallRevision, smallLines), "next")
	if err != nil {
		t.Fatal(err)
	}
	index := catalog.NewIndex(e)
	trained, _ := index.Requirement("1.1-V.A-01")
	own, _ := index.Requirement("EP-161")
	if e.Version != 2 || e.Supersedes != "pbnds-2011-r2016" || e.HowToRead[len(e.HowToRead)-1] != "slower still" || trained.Population != "women" ||
		own.Lineage != "EP-161" || len(index.RequirementsByLine("EP-161")) != 1 || index.RequirementsByLine("PO-6")[0].Key != "2.9-V.B-03" {
		t.Errorf("made %s, %+v, %+v", e.Key, trained, own)
	}
}

func TestLoadRefusesRevisions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"of nothing", "revises: pbnds-2011-r2016", "revises: pbnds-1999", []string{`revision.yaml:1: revision: there is no edition "pbnds-1999"`}},
		{"with another key", "key: pbnds-2011-r2016-v2", "key: mine", []string{`revision.yaml:2: revision: the version after pbnds-2011-r2016 has the key pbnds-2011-r2016-v2`}},
		{"of a standard that is not there", "'4.4'", "'4.9'", []string{`revision.yaml:8: population: there is no standard "4.9"`}},
		{"of a requirement that is not there", "[1.1-V.A-01]", "[1.1-V.Z-99]", []string{`revision.yaml:9: population: there is no requirement "1.1-V.Z-99"`}},
		{"with a population in capitals", "population: women", "population: Women", []string{`revision.yaml:7: population: population "Women" must be words in lower case`}},
		{"of a line that is elsewhere", "line: EP-161", "line: EP-999", []string{`revision.yaml:11: line: requirement 1.1-V.A-01 has no line "EP-999"`}},
		{"of a line that is there", "line: PO-6", "line: PO-7", []string{`revision.yaml:12: line: requirement 2.9-V.B-03 has line "PO-7" already`}},
		{"of a line of no standard", "line: PO-6", "line: XX-6", []string{`revision.yaml:12: line: line "XX-6" has a code that no standard has`}},
		{"of a line from nowhere to nowhere", "{line: PO-6, to: 2.9-V.B-03}", "{line: PO-6}", []string{`revision.yaml:12: line: a line comes from a requirement, or to one, or both`}},
		{"with a worksheet elsewhere", "worksheet: lines.csv", "worksheet: ../lines.csv", []string{`revision.yaml:13: revision: "../lines.csv" is not the name of a worksheet (.csv) in this folder`,
			`lines.csv:1: the file is not listed in revision.yaml`}},
		{"with a field nobody knows", "compiled:", "colour: red\ncompiled:", []string{`revision.yaml:3: revision: unknown field "colour"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(smallRevision, c.old) {
				t.Fatalf("the revision does not hold %q", c.old)
			}
			_, err := catalog.Load(revisionFolder(strings.Replace(smallRevision, c.old, c.new, 1), smallLines), "next")
			if err == nil {
				t.Fatal("Load accepted it")
			}
			got := strings.Split(strings.ReplaceAll(err.Error(), "catalog: ", ""), "\n")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
	_, err := catalog.Load(revisionFolder(smallRevision, smallLines+"EP-161,again\nEP-1-2,odd\n"), "next")
	if err == nil || !strings.Contains(err.Error(), `lines.csv:3: requirement id "EP-161" is already used at lines.csv:2`) ||
		!strings.Contains(err.Error(), `lines.csv:4: requirement EP-1-2: no standard of the edition has this code`) {
		t.Errorf("a line twice: %v", err)
	}
}

// What is written beside a requirement must fit it.
func TestReadRefusesMarksThatDoNotFit(t *testing.T) {
	t.Parallel()
	const rows = `code,text,section,section_seen,verified,strength,facilities,first_seen,last_seen,agreement,lines,confirmed_title,confirmed_page,confirmed_by,confirmed_on,thresholds,population
EP-1,Plans exist,V.A,true,CIT18,cited,3,2020-01-02,2021-01-02,3/4,,,,,,,
EP-2,Plans are read,V.A,true,official text,quoted,,,,,,a document,p. 1,somebody,2026-11-25,,
`
	if _, err := catalog.Read("set.csv", strings.NewReader(sheetHead+rows)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"dates reversed", "2020-01-02,2021-01-02", "2021-01-02,2020-01-02", "set.csv:17: requirement EP-1: sighting: last_seen is before first_seen"},
		{"a day that is none", "2020-01-02", "2020-02-30", "set.csv:17: requirement EP-1: sighting: first_seen must be a day, as in 2016-12-31"},
		{"a place without a number", "cited,3,", "cited,many,", "set.csv:17: requirement EP-1: sighting: facilities must be a whole number from 1 to 100000"},
		{"an agreement of nothing", "3/4", "3/0", `set.csv:17: requirement EP-1: sighting: agreement "3/0" is not of the form 3/4`},
		{"half a sighting", "cited,3,2020", "cited,,2020", `set.csv:17: requirement EP-1: sighting: field "facilities" is missing`},
		{"another line", "3/4,,", "3/4,EP-9,", "set.csv:17: requirement EP-1: the id is the code of a worksheet line, which is the requirement's only one; leave lines out"},
		{"the official text unnamed", "a document,p. 1,somebody,2026-11-25", ",,,", "set.csv:18: requirement EP-2: the official text verifies what has a confirmation, with strength quoted"},
		{"a confirmation without a page", "a document,p. 1", "a document,", `set.csv:18: requirement EP-2: confirmation: field "page" is missing`},
		{"a section seen that is not there", "Plans exist,V.A", "Plans exist,", "set.csv:17: requirement EP-1: there is no citation to have been seen"},
		{"a section seen by halves", "V.A,true,CIT18", "V.A,perhaps,CIT18", "set.csv:17: requirement EP-1: citation_seen must be true or false"},
		{"recalled", "CIT18,cited", "recalled,recalled", "set.csv:17: requirement EP-1: a recalled requirement has no seen citation"},
		{"a limit that is no list", "2026-11-25,,", "2026-11-25,14 days,", "set.csv:18: thresholds must be a list as in [{op: max, value: 14, unit: days}]"},
		{"a limit with an alias", "2026-11-25,,", "2026-11-25,\"[&a {op: max, value: 14, unit: days}, *a]\",", "set.csv:18: YAML anchors are not allowed; write the value out"},
		{"a population in capitals", "2026-11-25,,", "2026-11-25,,Women", `set.csv:18: requirement EP-2: population "Women" must be words in lower case`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(rows, c.old) {
				t.Fatalf("the rows do not hold %q", c.old)
			}
			holds(t, "set.csv", []byte(sheetHead+strings.Replace(rows, c.old, c.new, 1)), []string{c.want})
		})
	}
}

// Every version names its set and the version before it, by the one scheme of keys.
func TestReadRefusesVersionsOutOfLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ head, want string }{
		{"key: set-1-v2\nset: set-1\nversion: 2\nsupersedes: set-1", ""},
		{"key: set-1\nset: set-2", "set.yaml:1: edition: version 1 of the set set-2 has the key set-2"},
		{"key: set-1-v2", "set.yaml:1: edition: set-1-v2 looks like a later version of a set: give its set, version and supersedes too, or name it otherwise"},
		{"key: set-1-v2\nset: set-1\nversion: 2", "set.yaml:1: edition: version 2 must supersede set-1"},
		{"key: set-1-v3\nset: set-1\nversion: 3\nsupersedes: set-1", "set.yaml:4: edition: version 3 must supersede set-1-v2"},
		{"key: set-1\nsupersedes: set-0", "set.yaml:2: edition: the first version of a set supersedes nothing"},
		{"key: set-1-v0\nset: set-1\nversion: 0", "set.yaml:3: edition: version must be a whole number from 1 to 9999"},
		{"key: " + strings.Repeat("x", 61), "set.yaml:1: edition: the key is longer than 60 characters"},
		{"key: set-1\npartial_reason: x", ""},
	} {
		text := c.head + "\ntitle: A set\ncompiled: 2026-11-25\npartial: true\nwording: ours\nfull_text_seen: false\nsources: {}\nparts:\n  - {part: 1, name: A, standards: [{number: '1.1', title: B}]}\n"
		if c.want != "" {
			holds(t, "set.yaml", []byte(text), []string{c.want})
			continue
		}
		if _, err := catalog.Read("set.yaml", strings.NewReader(text)); err != nil {
			t.Errorf("%s: %v", c.head, err)
		}
		whole := strings.Replace(text, "partial: true", "partial: false", 1)
		if strings.Contains(c.head, "partial_reason") {
			holds(t, "set.yaml", []byte(whole), []string{"partial_reason does not belong to an edition that is whole"})
		}
	}
}

// A large document that is no YAML is refused as fast as a small one.
func TestReadRefusesALargeBrokenDocument(t *testing.T) {
	t.Parallel()
	holds(t, "set.yaml", []byte(strings.Repeat("# more\n", 300_000)+"key: ["), []string{"not valid YAML: yaml: "})
}
