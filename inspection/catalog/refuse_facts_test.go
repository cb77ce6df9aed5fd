package catalog_test

import "testing"

// A fact must not claim more than its source carries, figures must make sense, lines must lead to a
// standard, and a file must be nothing but what is written in it.
func TestLoadRefusesWrongFacts(t *testing.T) {
	t.Parallel()
	refuse(t, []refusal{
		{"source unknown", medicalYAML, "verified: QUO17", "verified: QUO18", []string{
			`4.3-medical-care.yaml:37: requirement 4.3-V.M-01: verified "QUO18" is neither a source of the edition nor recalled nor "ODO report, FACILITY, YYYY-MM-DD"`,
		}},
		{"source that only shows titles", medicalYAML, "verified: QUO17", "verified: TOC", []string{
			`4.3-medical-care.yaml:37: requirement 4.3-V.M-01: source TOC is of kind toc, which verifies no requirement`,
			`4.3-medical-care.yaml:38: requirement 4.3-V.M-01: strength quoted needs a source that quotes; source TOC is of kind toc`,
		}},
		{"quoted from a source that does not quote", medicalYAML, "verified: QUO17", "verified: CIT18", []string{
			`4.3-medical-care.yaml:38: requirement 4.3-V.M-01: strength quoted needs a source that quotes; source CIT18 is of kind cited`,
		}},
		{"source under another edition", medicalYAML, "verified: QUO17", "verified: SIS19", []string{
			`4.3-medical-care.yaml:37: requirement 4.3-V.M-01: source SIS19 is of kind sister, which verifies no requirement`,
			`4.3-medical-care.yaml:38: requirement 4.3-V.M-01: strength quoted needs a source that quotes; source SIS19 is of kind sister`,
		}},
		{"report without date", medicalYAML, "Some Place, 2024-08-01", "Some Place", []string{
			`4.3-medical-care.yaml:51: requirement 4.3-V.B-02: verified "ODO report, Some Place" is neither a source of the edition nor recalled nor "ODO report, FACILITY, YYYY-MM-DD"`,
		}},
		{"report with an impossible date", medicalYAML, "2024-08-01", "2024-08-32", []string{
			`4.3-medical-care.yaml:51: requirement 4.3-V.B-02: verified "ODO report, Some Place, 2024-08-32" is neither a source of the edition nor recalled nor "ODO report, FACILITY, YYYY-MM-DD"`,
		}},
		{"report without address", medicalYAML, "    verified_url: https://example.org/report.pdf\n", "", []string{
			`4.3-medical-care.yaml:51: requirement 4.3-V.B-02: verified names a report but verified_url is missing`,
		}},
		{"address that is none", medicalYAML, "https://example.org/report.pdf", "example.org", []string{
			`4.3-medical-care.yaml:52: requirement 4.3-V.B-02: verified_url "example.org" is not a web address`,
		}},
		{"address beside a source", medicalYAML, "    verified: QUO17\n", "    verified: QUO17\n    verified_url: https://example.org\n", []string{
			`4.3-medical-care.yaml:38: requirement 4.3-V.M-01: verified_url does not belong here: the source has its own address`,
		}},
		{"address of nothing seen", emergencyYAML, "    verified: recalled\n", "    verified: recalled\n    verified_url: https://example.org\n", []string{
			`1.1-emergency-plans.yaml:18: requirement 1.1-V.A-01: verified_url does not belong here: nothing was seen`,
		}},
		{"recalled passing as cited", emergencyYAML, "    strength: recalled", "    strength: cited", []string{
			`1.1-emergency-plans.yaml:18: requirement 1.1-V.A-01: strength cited does not agree with verified "recalled"`,
		}},
		{"seen passing as recalled", medicalYAML, "strength: cited", "strength: recalled", []string{
			`4.3-medical-care.yaml:53: requirement 4.3-V.B-02: strength recalled does not agree with verified "ODO report, Some Place, 2024-08-01"`,
			`4.3-medical-care.yaml:55: requirement 4.3-V.B-02: a recalled requirement has no times_cited`,
		}},
		{"recalled with a seen citation", emergencyYAML, "citation_seen: false", "citation_seen: true", []string{
			`1.1-emergency-plans.yaml:13: requirement 1.1-V.A-01: the standard's sections_seen does not have section V.A`,
			`1.1-emergency-plans.yaml:13: requirement 1.1-V.A-01: a recalled requirement has no seen citation`,
		}},
		{"recalled with times cited", emergencyYAML, "    applies: all\n", "    applies: all\n    times_cited: 1\n", []string{
			`1.1-emergency-plans.yaml:17: requirement 1.1-V.A-01: a recalled requirement has no times_cited`,
		}},
		{"recalled with lines", emergencyYAML, "    applies: all\n", "    applies: all\n    lines: [EP-1]\n", []string{
			`1.1-emergency-plans.yaml:17: requirement 1.1-V.A-01: a recalled requirement has no lines`,
			`1.1-emergency-plans.yaml:17: requirement 1.1-V.A-01: lines were seen in reports that cite the requirement, but times_cited is missing`,
		}},
		{"recalled with seen figures", emergencyYAML, "    applies: all\n", "    applies: all\n    thresholds:\n      - {op: max, value: 1, unit: days}\n    numbers_seen: true\n", []string{
			`1.1-emergency-plans.yaml:19: requirement 1.1-V.A-01: a recalled requirement has no seen figures`,
		}},
		{"recalled with sourced priority", emergencyYAML, "priority: proposed\n    priority_reason: lives depend on it", "priority: sourced\n    priority_source: QUO17", []string{
			`1.1-emergency-plans.yaml:19: requirement 1.1-V.A-01: a recalled requirement has no sourced priority`,
		}},
		{"quoted without its section", medicalYAML, "citation_seen: true", "citation_seen: false", []string{
			`4.3-medical-care.yaml:22: requirement 4.3-V.M-01: strength quoted means that the section number was seen`,
		}},
		{"seen citation that no source shows", medicalYAML, "  V.M: QUO17, CIT18", "  V.M.1: QUO17, CIT18", []string{
			`4.3-medical-care.yaml:22: requirement 4.3-V.M-01: the standard's sections_seen does not have section V.M`,
		}},
		{"seen section of an unknown source", medicalYAML, "QUO17, CIT18", "QUO17, CIT19", []string{
			`4.3-medical-care.yaml:17: standard 4.3: "CIT19" is not a source of the edition`,
		}},
		{"seen section that is none", medicalYAML, "  V.M: QUO17, CIT18", "  V.M: QUO17\n  Vm: CIT18", []string{
			`4.3-medical-care.yaml:18: standard 4.3: section "Vm" is not of the form V.A.1`,
		}},
		{"seen sections as a list", medicalYAML, "  V.M: QUO17, CIT18", "  - V.M", []string{
			`4.3-medical-care.yaml:15: standard 4.3: outline: section V.M is marked as seen, but sections_seen has no such section`,
			`4.3-medical-care.yaml:17: standard 4.3: sections_seen must be a mapping from section to sources`,
			`4.3-medical-care.yaml:22: requirement 4.3-V.M-01: the standard's sections_seen does not have section V.M`,
		}},
		{"seen heading that no source shows", medicalYAML, "  - section: V.M", "  - section: V.X", []string{
			`4.3-medical-care.yaml:15: standard 4.3: outline: section V.X is marked as seen, but sections_seen has no such section`,
		}},
		{"title that nobody saw", emergencyYAML, "title_verified: TOC", "title_verified: someone", []string{
			`1.1-emergency-plans.yaml:3: standard 1.1: title_verified "someone" names no source of the edition`,
		}},
		{"hint of no sister", medicalYAML, "hint: SIS19", "hint: CIT18", []string{
			`4.3-medical-care.yaml:39: requirement 4.3-V.M-01: hint "CIT18" is not a source of kind sister`,
		}},
		{"sourced priority without a source", medicalYAML, "    priority_source: QUO17\n", "", []string{
			`4.3-medical-care.yaml:40: requirement 4.3-V.M-01: priority sourced needs a priority_source`,
		}},
		{"sourced priority of an unknown source", medicalYAML, "priority_source: QUO17", "priority_source: rumour", []string{
			`4.3-medical-care.yaml:41: requirement 4.3-V.M-01: priority_source "rumour" is neither a source of the edition nor "published ODO reports"`,
		}},
		{"sourced priority of a table of contents", medicalYAML, "priority_source: QUO17", "priority_source: TOC", []string{
			`4.3-medical-care.yaml:41: requirement 4.3-V.M-01: source TOC is of kind toc, which verifies no requirement`,
		}},
		{"proposed priority without a reason", emergencyYAML, "    priority_reason: lives depend on it\n", "", []string{
			`1.1-emergency-plans.yaml:19: requirement 1.1-V.A-01: priority proposed needs a priority_reason`,
		}},
		{"reason beside no priority", medicalYAML, "priority: none", "priority: none\n    priority_reason: why not", []string{
			`4.3-medical-care.yaml:55: requirement 4.3-V.B-02: priority_reason does not belong to priority none`,
		}},
		{"source beside a proposed priority", emergencyYAML, "    priority_reason", "    priority_source: QUO17\n    priority_reason", []string{
			`1.1-emergency-plans.yaml:20: requirement 1.1-V.A-01: priority_source does not belong to priority proposed`,
		}},
		{"unknown operation", medicalYAML, "op: max", "op: about", []string{
			`4.3-medical-care.yaml:25: requirement 4.3-V.M-01: threshold: op "about" is not one of min, max, min_ratio`,
		}},
		{"figure of zero", medicalYAML, "value: 14", "value: 0", []string{
			`4.3-medical-care.yaml:26: requirement 4.3-V.M-01: threshold: value "0" must be a number above 0 and at most 100000`,
		}},
		{"figure without end", medicalYAML, "value: 14", "value: .inf", []string{
			`4.3-medical-care.yaml:26: requirement 4.3-V.M-01: threshold: value ".inf" must be a number above 0 and at most 100000`,
		}},
		{"figure as text", medicalYAML, "value: 14", "value: fourteen", []string{
			`4.3-medical-care.yaml:26: requirement 4.3-V.M-01: threshold: value must be a number`,
		}},
		{"figure beyond sense", medicalYAML, "value: 14", "value: 1e9", []string{
			`4.3-medical-care.yaml:26: requirement 4.3-V.M-01: threshold: value "1e9" must be a number above 0 and at most 100000`,
		}},
		{"ratio as a figure", medicalYAML, "value: '1:12'", "value: 12", []string{
			`4.3-medical-care.yaml:31: requirement 4.3-V.M-01: threshold: the value of a min_ratio must be written '1:12'`,
		}},
		{"ratio of nothing", medicalYAML, "value: '1:12'", "value: '1:0'", []string{
			`4.3-medical-care.yaml:31: requirement 4.3-V.M-01: threshold: value "1:0" must be a number above 0 and at most 100000`,
		}},
		{"ratio the wrong way round", medicalYAML, "value: '1:12'", "value: '12:1'", []string{
			`4.3-medical-care.yaml:31: requirement 4.3-V.M-01: threshold: the value of a min_ratio must be written '1:12'`,
		}},
		{"unit with spaces", medicalYAML, "unit: days", "unit: days or so", []string{
			`4.3-medical-care.yaml:27: requirement 4.3-V.M-01: threshold: unit "days or so" must be words joined by underscores`,
		}},
		{"threshold twice", medicalYAML, "      - op: min_ratio\n        value: '1:12'\n        unit: per_detainees", "      - {op: max, value: 14, unit: days, group: all, note: after arrival}", []string{
			`4.3-medical-care.yaml:30: requirement 4.3-V.M-01: the same threshold stands twice`,
		}},
		{"no thresholds in the list", medicalYAML, "    text: Charts are kept\n", "    text: Charts are kept\n    thresholds: []\n    numbers_seen: false\n", []string{
			`4.3-medical-care.yaml:49: requirement 4.3-V.B-02: thresholds is empty; leave it out`,
		}},
		{"thresholds without a word on their source", medicalYAML, "    numbers_seen: true\n", "", []string{
			`4.3-medical-care.yaml:20: requirement 4.3-V.M-01: field "numbers_seen" is missing`,
		}},
		{"figures seen where there are none", medicalYAML, "    text: Charts are kept\n", "    text: Charts are kept\n    numbers_seen: true\n", []string{
			`4.3-medical-care.yaml:49: requirement 4.3-V.B-02: numbers_seen stands without thresholds`,
		}},
		{"line that is none", medicalYAML, "[MC-7]", "[MC7]", []string{
			`4.3-medical-care.yaml:43: requirement 4.3-V.M-01: line "MC7" is not of the form MC-137`,
		}},
		{"line numbered from zero", medicalYAML, "[MC-7]", "[MC-07]", []string{
			`4.3-medical-care.yaml:43: requirement 4.3-V.M-01: line "MC-07" is not of the form MC-137`,
		}},
		{"line of no standard", medicalYAML, "[MC-7]", "[XX-7]", []string{
			`4.3-medical-care.yaml:43: requirement 4.3-V.M-01: line "XX-7" has a code that no standard has`,
		}},
		{"line of another standard", medicalYAML, "[MC-7]", "[EP-7]", []string{
			`4.3-medical-care.yaml:43: requirement 4.3-V.M-01: line "EP-7" is a line of standard 1.1; put it under lines_of_other_standards`,
		}},
		{"own line among the others", medicalYAML, "[EP-2]", "[MC-8]", []string{
			`4.3-medical-care.yaml:44: requirement 4.3-V.M-01: line "MC-8" is the standard's own; put it under lines`,
		}},
		{"line in both lists", medicalYAML, "[EP-2]", "[MC-7]", []string{
			`4.3-medical-care.yaml:44: requirement 4.3-V.M-01: line "MC-7" stands under lines too`,
			`4.3-medical-care.yaml:44: requirement 4.3-V.M-01: line "MC-7" is the standard's own; put it under lines`,
		}},
		{"line twice", medicalYAML, "[MC-7]", "[MC-7, MC-7]", []string{
			`4.3-medical-care.yaml:43: requirement 4.3-V.M-01: lines holds "MC-7" twice`,
		}},
		{"lines that nobody cited", medicalYAML, "    times_cited: 3\n", "", []string{
			`4.3-medical-care.yaml:42: requirement 4.3-V.M-01: lines were seen in reports that cite the requirement, but times_cited is missing`,
		}},
		{"no lines in the list", medicalYAML, "[MC-7]", "[]", []string{
			`4.3-medical-care.yaml:43: requirement 4.3-V.M-01: lines is empty; leave it out`,
		}},
		{"edition key", editionYAML, "key: small-1", "key: Small 1", []string{
			`edition.yaml:1: edition: key "Small 1" must be lower-case words and figures joined by hyphens`,
		}},
		{"day that is none", editionYAML, "2026-11-22", "2026-22-11", []string{
			`edition.yaml:3: edition: compiled must be a day, as in 2016-12-31`,
		}},
		{"part number", editionYAML, "part: 4", "part: four", []string{
			`edition.yaml:19: part: part must be a whole number from 1 to 99`,
		}},
		{"part twice", editionYAML, "part: 4", "part: 1", []string{
			`edition.yaml:19: part "1" is already used at edition.yaml:15`,
			`4.3-medical-care.yaml:1: standard 4.3: the standard is listed under part 1`,
		}},
		{"part without standards", editionYAML, "    standards:\n      - 4.3-medical-care.yaml\n", "    standards: []\n", []string{
			`edition.yaml:21: part 4: a part needs at least one standard`,
			`4.3-medical-care.yaml:1: the file is not listed in edition.yaml`,
		}},
		{"rule without its source", editionYAML, "    verified: recalled\n", "", []string{
			`edition.yaml:12: applicability rule: field "verified" is missing`,
		}},
		{"listed file that does not exist", editionYAML, "      - 4.3-medical-care.yaml\n", "      - 4.3-medical-care.yaml\n      - 4.4-women.yaml\n", []string{
			`edition.yaml:23: file 4.4-women.yaml does not exist`,
		}},
		{"file listed twice", editionYAML, "      - 4.3-medical-care.yaml\n", "      - 4.3-medical-care.yaml\n      - 4.3-medical-care.yaml\n", []string{
			`edition.yaml:23: part 4: file 4.3-medical-care.yaml is listed twice`,
		}},
		{"file outside the folder", editionYAML, "      - 1.1-emergency-plans.yaml\n", "      - 1.1-emergency-plans.yaml\n      - ../secret.yaml\n", []string{
			`edition.yaml:19: part 1: "../secret.yaml" is not the name of a standard's file in this folder`,
		}},
		{"control character", medicalYAML, "note: a note", "note: a\x07note", []string{
			`4.3-medical-care.yaml:18: not valid YAML: control characters are not allowed`,
		}},
		{"alias", medicalYAML, "applies_note: recalled", "applies_note: *x", []string{
			`4.3-medical-care.yaml:36: not valid YAML: unknown anchor 'x' referenced`,
		}},
		{"anchor", medicalYAML, "applies_note: recalled", "applies_note: &x recalled", []string{
			`4.3-medical-care.yaml:36: YAML anchors are not allowed; write the value out`,
		}},
		{"alias of an anchor", medicalYAML, "note: a note", "note: &x a note\nnotes: [*x, *x]", []string{
			`4.3-medical-care.yaml:18: YAML anchors are not allowed; write the value out`,
			`4.3-medical-care.yaml:19: YAML aliases are not allowed; write the value out`,
			`4.3-medical-care.yaml:19: YAML aliases are not allowed; write the value out`,
		}},
		{"tag", medicalYAML, "note: a note", "note: !!binary aGk=", []string{
			`4.3-medical-care.yaml:18: YAML tags are not allowed`,
		}},
		{"broken YAML", medicalYAML, "note: a note", `note: "a note`, []string{
			`4.3-medical-care.yaml:18: not valid YAML: found unexpected end of stream`,
		}},
		{"wrong indentation", medicalYAML, "    citation: V.B", "   citation: V.B", []string{
			`4.3-medical-care.yaml:46: not valid YAML: did not find expected '-' indicator`,
		}},
		{"tab", medicalYAML, "    citation: V.B", "\tcitation: V.B", []string{
			`4.3-medical-care.yaml:46: not valid YAML: found a tab character that violates indentation`,
		}},
		{"two documents", medicalYAML, "note: a note", "---\nnote: a note", []string{
			`4.3-medical-care.yaml:18: the file holds more than one YAML document`,
		}},
		{"merge key", medicalYAML, "note: a note", "<<: {note: a note}", []string{
			`4.3-medical-care.yaml:18: standard 4.3: unknown field "<<"`,
		}},
		{"not UTF-8", medicalYAML, "note: a note", "note: caf\xe9", []string{
			`4.3-medical-care.yaml:18: the file is not UTF-8`,
		}},
		{"byte order mark", medicalYAML, "number: '4.3'", "\ufeffnumber: '4.3'", []string{
			`4.3-medical-care.yaml:1: the file begins with a byte order mark; save it as plain UTF-8`,
		}},
	})
}
