package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/catalog"
)

const (
	editionYAML   = "edition.yaml"
	emergencyYAML = "1.1-emergency-plans.yaml"
	medicalYAML   = "4.3-medical-care.yaml"
)

// refusal is one slip of the pen in a correct edition (the first occurrence of old becomes new) and
// the faults that Load must report, without the leading "catalog: ".
type refusal struct {
	name, file, old, new string
	want                 []string
}

// refuse holds Load to the faults of each refusal.
func refuse(t *testing.T, refusals []refusal) {
	t.Helper()
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := small()[c.file]
			if !strings.Contains(text, c.old) {
				t.Fatalf("%s does not hold %q", c.file, c.old)
			}
			edition, err := catalog.Load(folder(with(c.file, strings.Replace(text, c.old, c.new, 1))), "small-1")
			if err == nil {
				t.Fatal("Load accepted it")
			}
			if edition != nil {
				t.Error("Load returned an edition beside the error")
			}
			got := strings.Split(strings.ReplaceAll(err.Error(), "catalog: ", ""), "\n")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// Fields must be known, present and of their kind; names must be unique and fit together.
func TestLoadRefusesWrongFields(t *testing.T) {
	t.Parallel()
	refuse(t, []refusal{
		{"unknown field", medicalYAML, "note: a note", "notes: a note", []string{
			`4.3-medical-care.yaml:18: standard 4.3: unknown field "notes"`,
		}},
		{"unknown field of a requirement", medicalYAML, "    times_cited: 1\n", "    times_cited: 1\n    colour: red\n", []string{
			`4.3-medical-care.yaml:56: requirement 4.3-V.B-02: unknown field "colour"`,
		}},
		{"repeated field", medicalYAML, "    applies_note: recalled", "    applies: all", []string{
			`4.3-medical-care.yaml:36: requirement of 4.3: field "applies" stands twice, first on line 35`,
		}},
		{"repeated source", editionYAML, "  SIS19:", "  CIT18:", []string{
			`edition.yaml:34: edition: field "CIT18" stands twice, first on line 31`,
			`4.3-medical-care.yaml:39: requirement 4.3-V.M-01: hint "SIS19" is not a source of kind sister`,
		}},
		{"missing field", medicalYAML, "    text: Charts are kept\n", "", []string{
			`4.3-medical-care.yaml:45: requirement 4.3-V.B-02: field "text" is missing`,
		}},
		{"missing title of the standard", medicalYAML, "title: Medical Care\n", "", []string{
			`4.3-medical-care.yaml:1: standard 4.3: field "title" is missing`,
		}},
		{"empty text", medicalYAML, "text: Charts are kept", "text: ''", []string{
			`4.3-medical-care.yaml:48: requirement 4.3-V.B-02: text is empty`,
		}},
		{"null text", medicalYAML, "text: Charts are kept", "text:", []string{
			`4.3-medical-care.yaml:48: requirement 4.3-V.B-02: text is empty`,
		}},
		{"number as text", medicalYAML, "text: Charts are kept", "text: 12", []string{
			`4.3-medical-care.yaml:48: requirement 4.3-V.B-02: text must be text; write it in quotes: '12'`,
		}},
		{"list as text", medicalYAML, "text: Charts are kept", "text: [Charts, are kept]", []string{
			`4.3-medical-care.yaml:48: requirement 4.3-V.B-02: text must be text`,
		}},
		{"text with a line break", medicalYAML, "text: Charts are kept", `text: "Charts\nare kept"`, []string{
			`4.3-medical-care.yaml:48: requirement 4.3-V.B-02: text holds a line break or another control character`,
		}},
		{"text with space around", medicalYAML, "text: Charts are kept", `text: "Charts are kept "`, []string{
			`4.3-medical-care.yaml:48: requirement 4.3-V.B-02: text begins or ends with a space`,
		}},
		{"text not in normal form", medicalYAML, "text: Charts are kept", `text: "Cafe\u0301s are clean"`, []string{
			`4.3-medical-care.yaml:48: requirement 4.3-V.B-02: text is not in Unicode normal form C`,
		}},
		{"flag that is no flag", medicalYAML, "citation_seen: false", "citation_seen: no", []string{
			`4.3-medical-care.yaml:47: requirement 4.3-V.B-02: citation_seen must be true or false`,
		}},
		{"count that is no count", medicalYAML, "times_cited: 3", "times_cited: many", []string{
			`4.3-medical-care.yaml:42: requirement 4.3-V.M-01: times_cited must be a whole number from 1 to 100000`,
		}},
		{"negative count", medicalYAML, "start_page_2013: 277", "start_page_2013: -1", []string{
			`4.3-medical-care.yaml:6: standard 4.3: start_page_2013 must be a whole number from 1 to 10000`,
		}},
		{"list that is no list", medicalYAML, "evidence: [log]", "evidence: log", []string{
			`4.3-medical-care.yaml:49: requirement 4.3-V.B-02: evidence must be a list`,
		}},
		{"requirement that is no mapping", emergencyYAML, "  - id: 1.1-V.A-01\n", "  - nothing\n  - id: 1.1-V.A-01\n", []string{
			`1.1-emergency-plans.yaml:11: requirement of 1.1: must be a mapping of fields`,
		}},
		{"unquoted number", emergencyYAML, "number: '1.1'", "number: 1.1", []string{
			`1.1-emergency-plans.yaml:1: standard: number must be text; write it in quotes: '1.1'`,
		}},
		{"number of no standard", emergencyYAML, "number: '1.1'", "number: '1.0'", []string{
			`1.1-emergency-plans.yaml:1: standard 1.0: number "1.0" is not of the form '4.3'`,
		}},
		{"number of another part", emergencyYAML, "number: '1.1'", "number: '2.1'", []string{
			`1.1-emergency-plans.yaml:1: standard 2.1: the standard is listed under part 1`,
			`1.1-emergency-plans.yaml:11: requirement 1.1-V.A-01: the id must be the standard's number, the citation and a serial number of two or more figures, as in 2.1-V.A-01`,
		}},
		{"file name of another standard", emergencyYAML, "number: '1.1'", "number: '1.2'", []string{
			`1.1-emergency-plans.yaml:1: standard 1.2: the file's name must begin with "1.2-"`,
			`1.1-emergency-plans.yaml:11: requirement 1.1-V.A-01: the id must be the standard's number, the citation and a serial number of two or more figures, as in 1.2-V.A-01`,
		}},
		{"id of another standard", medicalYAML, "id: 4.3-V.B-02", "id: 4.4-V.B-02", []string{
			`4.3-medical-care.yaml:45: requirement 4.4-V.B-02: the id must be the standard's number, the citation and a serial number of two or more figures, as in 4.3-V.B-01`,
		}},
		{"id with another citation", medicalYAML, "id: 4.3-V.B-02", "id: 4.3-V.C-02", []string{
			`4.3-medical-care.yaml:45: requirement 4.3-V.C-02: the id must be the standard's number, the citation and a serial number of two or more figures, as in 4.3-V.B-01`,
		}},
		{"id without serial number", medicalYAML, "id: 4.3-V.B-02", "id: 4.3-V.B-2", []string{
			`4.3-medical-care.yaml:45: requirement 4.3-V.B-2: the id must be the standard's number, the citation and a serial number of two or more figures, as in 4.3-V.B-01`,
		}},
		{"repeated id", medicalYAML, "id: 4.3-V.B-02\n    citation: V.B", "id: 4.3-V.M-01\n    citation: V.M", []string{
			`4.3-medical-care.yaml:45: requirement id "4.3-V.M-01" is already used at 4.3-medical-care.yaml:20`,
		}},
		{"repeated serial number", medicalYAML, "id: 4.3-V.B-02", "id: 4.3-V.B-01", []string{
			`4.3-medical-care.yaml:45: serial number "4.3-01" is already used at 4.3-medical-care.yaml:20`,
		}},
		{"citation that is none", medicalYAML, "citation: V.B", "citation: five", []string{
			`4.3-medical-care.yaml:45: requirement 4.3-V.B-02: the id must be the standard's number, the citation and a serial number of two or more figures, as in 4.3-five-01`,
			`4.3-medical-care.yaml:46: requirement 4.3-V.B-02: citation "five" is not of the form V.A.1`,
		}},
		{"repeated code", emergencyYAML, "code: EP", "code: MC", []string{
			`4.3-medical-care.yaml:4: code "MC" is already used at 1.1-emergency-plans.yaml:4`,
			`4.3-medical-care.yaml:44: requirement 4.3-V.M-01: line "EP-2" has a code that no standard has`,
		}},
		{"repeated code variant", emergencyYAML, "[E&P, EMP]", "[E&P, MC]", []string{
			`4.3-medical-care.yaml:4: code "MC" is already used at 1.1-emergency-plans.yaml:6`,
		}},
		{"variant twice", emergencyYAML, "[E&P, EMP]", "[EMP, EMP]", []string{
			`1.1-emergency-plans.yaml:6: standard 1.1: code_variants holds "EMP" twice`,
		}},
		{"code in lower case", emergencyYAML, "code: EP", "code: Ep", []string{
			`1.1-emergency-plans.yaml:4: standard 1.1: code "Ep" must be capital letters`,
			`4.3-medical-care.yaml:44: requirement 4.3-V.M-01: line "EP-2" has a code that no standard has`,
		}},
		{"variant in lower case", emergencyYAML, "E&P", "e&p", []string{
			`1.1-emergency-plans.yaml:6: standard 1.1: code variant "e&p" must be capital letters, spaces, & and -`,
		}},
		{"requirements without a code", emergencyYAML, "code: EP\ncode_seen: true\ncode_variants: [E&P, EMP]\n", "", []string{
			`1.1-emergency-plans.yaml:8: standard 1.1: a standard with requirements needs a code`,
			`4.3-medical-care.yaml:44: requirement 4.3-V.M-01: line "EP-2" has a code that no standard has`,
		}},
		{"variants without a code", emergencyYAML, "code: EP\ncode_seen: true\n", "", []string{
			`1.1-emergency-plans.yaml:4: standard 1.1: code_variants stands without a code`,
			`1.1-emergency-plans.yaml:9: standard 1.1: a standard with requirements needs a code`,
			`4.3-medical-care.yaml:44: requirement 4.3-V.M-01: line "EP-2" has a code that no standard has`,
		}},
		{"unknown kind of evidence", medicalYAML, "evidence: [log]", "evidence: [smell]", []string{
			`4.3-medical-care.yaml:49: requirement 4.3-V.B-02: evidence "smell" is not one of observation, document, interview, measurement, file_sample, log`,
		}},
		{"evidence twice", medicalYAML, "evidence: [log]", "evidence: [log, log]", []string{
			`4.3-medical-care.yaml:49: requirement 4.3-V.B-02: evidence holds "log" twice`,
		}},
		{"no evidence", medicalYAML, "evidence: [log]", "evidence: []", []string{
			`4.3-medical-care.yaml:49: requirement 4.3-V.B-02: a requirement needs at least one kind of evidence`,
		}},
		{"evidence in capitals", medicalYAML, "evidence: [log]", "evidence: [LOG]", []string{
			`4.3-medical-care.yaml:49: requirement 4.3-V.B-02: evidence "LOG" is not one of observation, document, interview, measurement, file_sample, log`,
		}},
		{"unknown reach", medicalYAML, "applies: dedicated", "applies: most", []string{
			`4.3-medical-care.yaml:35: requirement 4.3-V.M-01: applies "most" is not one of all, dedicated`,
		}},
		{"unknown strength", medicalYAML, "strength: cited", "strength: sworn", []string{
			`4.3-medical-care.yaml:53: requirement 4.3-V.B-02: strength "sworn" is not one of quoted, cited, recalled`,
		}},
		{"unknown priority", medicalYAML, "priority: none", "priority: high", []string{
			`4.3-medical-care.yaml:54: requirement 4.3-V.B-02: priority "high" is not one of sourced, proposed, none`,
		}},
		{"unknown revision", medicalYAML, "revised_2016: likely", "revised_2016: maybe", []string{
			`4.3-medical-care.yaml:9: standard 4.3: revised_2016 "maybe" is not one of unknown, likely, new_2016`,
		}},
		{"unknown kind of source", editionYAML, "kind: sister", "kind: brother", []string{
			`edition.yaml:35: source SIS19: kind "brother" is not one of quoted, cited, index, toc, sister, unused`,
			`4.3-medical-care.yaml:39: requirement 4.3-V.M-01: hint "SIS19" is not a source of kind sister`,
		}},
		{"source key in lower case", editionYAML, "  TOC:", "  toc:", []string{
			`edition.yaml:25: source toc: a source's key must be capital letters, figures and hyphens`,
			`1.1-emergency-plans.yaml:3: standard 1.1: title_verified "TOC" names no source of the edition`,
			`4.3-medical-care.yaml:3: standard 4.3: title_verified "TOC" names no source of the edition`,
		}},
		{"source without a web address", editionYAML, "https://example.org/quo17.pdf", "quo17.pdf", []string{
			`edition.yaml:30: source QUO17: url "quo17.pdf" is not a web address`,
		}},
	})
}
