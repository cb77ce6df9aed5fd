package catalog_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

const smallEdition = `key: small-1
title: A small edition
compiled: 2026-11-22
partial: true
wording: our own words
full_text_seen: false
structure_note: two standards
deficiency_code_note: codes are abbreviations
how_to_read:
  - read slowly
applicability_rules:
  - rule: everywhere
    verified: recalled
parts:
  - part: 1
    name: Safety
    standards:
      - 1.1-emergency-plans.yaml
  - part: 4
    name: Care
    standards:
      - 4.3-medical-care.yaml
sources:
  TOC:
    kind: toc
    what: a table of contents
  QUO17:
    kind: quoted
    what: a report that quotes
    url: https://example.org/quo17.pdf
  CIT18:
    kind: cited
    what: a report that cites
  SIS19:
    kind: sister
    what: a report under another edition
`

const smallEmergency = `number: '1.1'
title: Emergency Plans
title_verified: TOC
code: EP
code_seen: true
code_variants: [E&P, EMP]
revised_2016: unknown
revised_2016_verified: recalled
outline_status: not verified
requirements:
  - id: 1.1-V.A-01
    citation: V.A
    citation_seen: false
    text: Plans exist
    evidence: [document]
    applies: all
    verified: recalled
    strength: recalled
    priority: proposed
    priority_reason: lives depend on it
`

const smallMedical = `number: '4.3'
title: Medical Care
title_verified: TOC
code: MC
code_seen: true
start_page_2013: 277
page_count_2013: 27
ice_pdf_kb: 293
revised_2016: likely
revised_2016_verified: recalled
outline_status: partial
outline:
  - section: V.M
    heading: Health assessment
    seen: true
sections_seen:
  V.M: QUO17, CIT18
note: a note
requirements:
  - id: 4.3-V.M-01
    citation: V.M
    citation_seen: true
    text: Each detainee is examined within 14 days
    thresholds:
      - op: max
        value: 14
        unit: days
        group: all
        note: after arrival
      - op: min_ratio
        value: '1:12'
        unit: per_detainees
    numbers_seen: true
    evidence: [file_sample, interview]
    applies: dedicated
    applies_note: recalled
    verified: QUO17
    strength: quoted
    hint: SIS19
    priority: sourced
    priority_source: QUO17
    times_cited: 3
    lines: [MC-7]
    lines_of_other_standards: [EP-2]
  - id: 4.3-V.B-02
    citation: V.B
    citation_seen: false
    text: Charts are kept
    evidence: [log]
    applies: all
    verified: ODO report, Some Place, 2024-08-01
    verified_url: https://example.org/report.pdf
    strength: cited
    priority: none
    times_cited: 1
`

// small is a correct edition of two standards that uses every field of the format once.
func small() map[string]string {
	return map[string]string{
		"edition.yaml":             smallEdition,
		"1.1-emergency-plans.yaml": smallEmergency,
		"4.3-medical-care.yaml":    smallMedical,
	}
}

func folder(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m["small-1/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func load(t testing.TB, files map[string]string) *inspection.Edition {
	t.Helper()
	edition, err := catalog.Load(folder(files), "small-1")
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return edition
}

func TestLoadReadsEveryField(t *testing.T) {
	t.Parallel()
	id := inspection.EditionID("small-1")
	want := &inspection.Edition{
		ID: id, Key: "small-1", Set: "small-1", Version: 1, Title: "A small edition", Partial: true,
		Compiled: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Wording: "our own words",
		HowToRead:          []string{"read slowly"},
		ApplicabilityRules: []inspection.ApplicabilityRule{{Rule: "everywhere", Verified: "recalled"}},
		StructureNote:      "two standards", CodeNote: "codes are abbreviations",
		Sources: []inspection.Source{
			{Key: "TOC", Kind: "toc", What: "a table of contents"},
			{Key: "QUO17", Kind: "quoted", What: "a report that quotes", URL: "https://example.org/quo17.pdf"},
			{Key: "CIT18", Kind: "cited", What: "a report that cites"},
			{Key: "SIS19", Kind: "sister", What: "a report under another edition"},
		},
		Parts: []inspection.Part{
			{Number: 1, Name: "Safety", Standards: []inspection.Standard{emergency(id)}},
			{Number: 4, Name: "Care", Standards: []inspection.Standard{medical(id)}},
		},
	}
	got := load(t, small())
	want.Hash = catalog.Hash(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("edition (-want +got):\n%s", diff)
	}
}

func emergency(edition inspection.ID) inspection.Standard {
	return inspection.Standard{
		ID: inspection.StandardID(edition, "1.1"), Number: "1.1", Title: "Emergency Plans", TitleVerified: "TOC",
		Code: "EP", CodeSeen: true, CodeVariants: []string{"E&P", "EMP"},
		Revised2016: "unknown", Revised2016Verified: "recalled", OutlineStatus: "not verified",
		Requirements: []inspection.Requirement{{
			ID: inspection.RequirementID(edition, "1.1-V.A-01"), Key: "1.1-V.A-01", Citation: "V.A", Text: "Plans exist",
			Evidence: []inspection.EvidenceKind{inspection.EvidenceDocument}, Applies: inspection.AppliesAll,
			Verified: "recalled", Strength: inspection.Recalled,
			Priority: inspection.PriorityProposed, PriorityReason: "lives depend on it",
		}},
	}
}

func medical(edition inspection.ID) inspection.Standard {
	return inspection.Standard{
		ID: inspection.StandardID(edition, "4.3"), Number: "4.3", Title: "Medical Care", TitleVerified: "TOC",
		Code: "MC", CodeSeen: true, StartPage: 277, PageCount: 27, PDFKB: 293,
		Revised2016: "likely", Revised2016Verified: "recalled", OutlineStatus: "partial",
		Outline:      []inspection.OutlineHeading{{Section: "V.M", Heading: "Health assessment", Seen: true}},
		SectionsSeen: []inspection.SectionSeen{{Section: "V.M", Sources: "QUO17, CIT18"}},
		Note:         "a note",
		Requirements: []inspection.Requirement{{
			ID: inspection.RequirementID(edition, "4.3-V.M-01"), Key: "4.3-V.M-01", Citation: "V.M", CitationSeen: true,
			Text: "Each detainee is examined within 14 days",
			Thresholds: []inspection.Threshold{
				{Op: inspection.ThresholdMax, Value: 14, Unit: "days", Group: "all", Note: "after arrival"},
				{Op: inspection.ThresholdMinRatio, Value: 12, Unit: "per_detainees"},
			},
			NumbersSeen: true,
			Evidence:    []inspection.EvidenceKind{inspection.EvidenceFileSample, inspection.EvidenceInterview},
			Applies:     inspection.AppliesDedicated, AppliesNote: "recalled",
			Verified: "QUO17", Strength: inspection.Quoted, Hint: "SIS19",
			Priority: inspection.PrioritySourced, PrioritySource: "QUO17",
			TimesCited: 3, Lines: []string{"MC-7", "EP-2"},
		}, {
			ID: inspection.RequirementID(edition, "4.3-V.B-02"), Key: "4.3-V.B-02", Citation: "V.B", Text: "Charts are kept",
			Evidence: []inspection.EvidenceKind{inspection.EvidenceLog}, Applies: inspection.AppliesAll,
			Verified: "ODO report, Some Place, 2024-08-01", VerifiedURL: "https://example.org/report.pdf",
			Strength: inspection.Cited, Priority: inspection.PriorityNone, TimesCited: 1,
		}},
	}
}

// The order of files, standards and requirements in the data is the editor's convenience: the
// edition is always in the order of the numbers, 2.9 before 2.10.
func TestLoadOrdersByNumber(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	var listed strings.Builder
	for _, n := range []int{10, 2, 9} {
		name := fmt.Sprintf("1.%d-plans.yaml", n)
		fmt.Fprintf(&listed, "      - %s\n", name)
		files[name] = strings.NewReplacer("1.1", fmt.Sprintf("1.%d", n), "code: EP\n", fmt.Sprintf("code: E%c\n", 'A'+n),
			"code_variants: [E&P, EMP]\n", "").Replace(smallEmergency)
	}
	part := "  - part: 1\n    name: Safety\n    standards:\n      - 1.1-emergency-plans.yaml\n"
	edition := strings.Replace(smallEdition, part, "", 1)
	edition = strings.Replace(edition, "sources:\n", "  - part: 1\n    name: Safety\n    standards:\n"+listed.String()+"sources:\n", 1)
	files["edition.yaml"] = edition
	first, second, _ := strings.Cut(smallMedical, "  - id: 4.3-V.B-02")
	head, examined, _ := strings.Cut(first, "  - id: 4.3-V.M-01")
	files["4.3-medical-care.yaml"] = strings.ReplaceAll(
		head+"  - id: 4.3-V.B-02"+second+"  - id: 4.3-V.M-01"+examined, "[EP-2]", "[EC-2]")

	var numbers []string
	for _, s := range load(t, files).Standards() {
		numbers = append(numbers, s.Number)
		for _, r := range s.Requirements {
			numbers = append(numbers, r.Key)
		}
	}
	want := []string{"1.2", "1.2-V.A-01", "1.9", "1.9-V.A-01", "1.10", "1.10-V.A-01", "4.3", "4.3-V.M-01", "4.3-V.B-02"}
	if diff := cmp.Diff(want, numbers); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// A load says all that is wrong, so that an editor mends the files in one go.
func TestLoadReportsEveryFault(t *testing.T) {
	t.Parallel()
	files := small()
	files["edition.yaml"] = strings.Replace(smallEdition, "partial: true", "partial: perhaps", 1)
	files["4.3-medical-care.yaml"] = strings.NewReplacer("interview]", "smell]", "op: max", "op: most").Replace(smallMedical)
	_, err := catalog.Load(folder(files), "small-1")
	want := []string{
		`catalog: edition.yaml:4: edition: partial must be true or false`,
		`catalog: 4.3-medical-care.yaml:25: requirement 4.3-V.M-01: threshold: op "most" is not one of min, max, min_ratio`,
		`catalog: 4.3-medical-care.yaml:34: requirement 4.3-V.M-01: evidence "smell" is not one of observation, document, interview, measurement, file_sample, log`,
	}
	if err == nil {
		t.Fatal("Load accepted a broken edition")
	}
	got := strings.Split(err.Error(), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	var fault *catalog.Fault
	if !errors.As(err, &fault) || fault.File != "edition.yaml" || fault.Line != 4 {
		t.Errorf("the first fault is %+v, want edition.yaml:4", fault)
	}
}

func with(name, text string) map[string]string {
	files := maps.Clone(small())
	files[name] = text
	return files
}
