package inspection

import (
	"strconv"
	"time"
)

// Strength says how well a fact about a standard is known.
type Strength string

const (
	// Quoted: a source quotes the provision with its section number.
	Quoted Strength = "QUOTED"
	// Cited: a published finding shows that the requirement exists.
	Cited Strength = "CITED"
	// Recalled: background knowledge; no source was seen.
	Recalled Strength = "RECALLED"
)

// Priority says whether a requirement is a priority component, and who says so.
type Priority string

const (
	// PrioritySourced: a published report or the confirmed standard calls it a priority component.
	PrioritySourced Priority = "SOURCED"
	// PriorityProposed: this project's own suggestion, a hint that never scores.
	PriorityProposed Priority = "PROPOSED"
	PriorityNone     Priority = "NONE"
)

// Applies says at which facilities a requirement holds.
type Applies string

const (
	AppliesAll Applies = "ALL"
	// AppliesDedicated: SPCs, CDFs and dedicated IGSAs only.
	AppliesDedicated Applies = "DEDICATED"
)

// CrosswalkSet is the standards set whose requirements all others crosswalk to: a Lineage is the key
// of one of its requirements.
const CrosswalkSet = "pbnds-2011-r2016"

// Edition is one immutable, content-hashed version of a standards set.
type Edition struct {
	ID    ID
	Key   string // "pbnds-2011-r2016"
	Title string
	// Set is the key of the standards set, the same for all its versions. The first version's Key is
	// the Set, a later one's is the Set followed by "-v" and the Version: "pbnds-2011-r2016-v2".
	Set string
	// Version counts the set's versions from 1.
	Version int
	// Supersedes is the key of the version before; empty for the first.
	Supersedes string `json:",omitzero"`
	// Partial is true if only part of the standards set is known.
	Partial bool
	// PartialReason says what is known and what is not, and from how many worksheet lines; empty
	// where the edition says no more than that it is partial. See PartialNote.
	PartialReason string `json:",omitzero"`
	// Hash is the hex SHA-256 of the edition's canonical form; two editions with the same hash
	// have the same content.
	Hash string
	// Compiled is the day the catalogue was compiled.
	Compiled time.Time
	// Wording says whose words the requirement texts are.
	Wording string
	// FullTextSeen is true if the compiler had the whole text of the standards at hand.
	FullTextSeen bool
	// HowToRead explains, point by point, what the catalogue's own marks mean.
	HowToRead []string
	// ApplicabilityRules say at which facilities the standards hold.
	ApplicabilityRules []ApplicabilityRule
	// StructureNote says how the parts and standards were counted.
	StructureNote string
	// CodeNote says where the standards' codes come from and how reports use them.
	CodeNote string
	Parts    []Part
	Sources  []Source
}

// ApplicabilityRule says at which facilities the standards, or some of their lines, hold.
type ApplicabilityRule struct {
	Rule string
	// Verified says where the rule was seen, in words; "recalled" for what was not.
	Verified string
}

// Part is one of an edition's parts, e.g. 4 "Care".
type Part struct {
	Number    int
	Name      string
	Standards []Standard
}

// Standard is one standard of an edition, e.g. 4.3 "Medical Care".
type Standard struct {
	ID     ID
	Number string // "4.3"
	Title  string
	// Code is the abbreviation ODO uses in deficiency codes, e.g. "MC"; empty if there is none.
	Code string
	// CodeSeen is false where the abbreviation was constructed and not seen in a report.
	CodeSeen     bool
	CodeVariants []string
	// TitleVerified names where the title was seen.
	TitleVerified string
	// Revised2016 is what is known of the 2016 revision: "unknown", "likely" or "new_2016", with
	// the reason in Revised2016Verified.
	Revised2016         string
	Revised2016Verified string
	OutlineStatus       string
	Outline             []OutlineHeading
	SectionsSeen        []SectionSeen
	// PDFKB is the size of ICE's PDF in kB as its index prints it; 0 if not known. StartPage and
	// PageCount are of the February 2013 table of contents; 0 if not known.
	PDFKB        int
	StartPage    int
	PageCount    int
	Note         string
	Requirements []Requirement
}

// OutlineHeading is a section heading of a standard.
type OutlineHeading struct {
	Section string
	Heading string
	Seen    bool
}

// SectionSeen is a section number that was seen in the named sources.
type SectionSeen struct {
	Section string
	Sources string
}

// Requirement is one checkable duty of a standard, in the catalogue's own words.
type Requirement struct {
	ID  ID
	Key string // "4.3-V.M-20"
	// Citation is the section, e.g. "V.M". Unless CitationSeen it is an unseen grouping and must
	// never be shown as confirmed.
	Citation     string
	CitationSeen bool
	Text         string
	Thresholds   []Threshold
	// NumbersSeen is true if the figures of the thresholds stood in a source.
	NumbersSeen bool
	// Evidence lists the kinds of proof expected.
	Evidence    []EvidenceKind
	Applies     Applies
	AppliesNote string
	// Verified says where the requirement was seen, VerifiedURL the address of that source.
	Verified       string
	VerifiedURL    string
	Strength       Strength
	Priority       Priority
	PriorityReason string // for PriorityProposed
	PrioritySource string // for PrioritySourced
	Hint           string
	// TimesCited is how often published reports under the edition cited the requirement.
	TimesCited int
	// Lines are the edition's worksheet line codes that rest on this requirement, e.g. "MC-137".
	Lines []string
	// Lineage is the key of the requirement of the CrosswalkSet that asks for the same; a
	// requirement of that set has its own key. Empty where none is known.
	Lineage string `json:",omitzero"`
	// Population is the group of detainees that alone the requirement concerns, e.g. "women"; empty
	// if it concerns everyone. The mark is this project's, not the standard's.
	Population string `json:",omitzero"`
	// Sighting is how the requirement's worksheet line was seen in published reports. Only
	// requirements that were built from a line have one.
	Sighting Sighting `json:",omitzero"`
	// Confirmation is the official text against which somebody checked the requirement; zero if
	// nobody did.
	Confirmation Confirmation `json:",omitzero"`
}

// Sighting is how a worksheet line was seen in published reports.
type Sighting struct {
	// Facilities is at how many places reports cited the line.
	Facilities int
	// First and Last are the last days of the first and the last inspection whose report cited it.
	First, Last time.Time
	// CodeDoubtful is true if the line's code could not be read with confidence, for example because
	// a footnote number ran into it.
	CodeDoubtful bool
	// EditionInferred is true if the report does not state its edition and it was inferred.
	EditionInferred bool
	// Agreement says how many of the line's citations were matched to the requirement of its
	// Lineage, as in "3/4"; empty where there is none.
	Agreement string
	// Figures are the figures that reports print with the line, in words: "<=24 hours".
	Figures string
}

// Confirmation says against which official text a requirement was checked, by whom and when.
type Confirmation struct {
	Title string // of the document
	URL   string // its public address; empty if it has none
	Page  string // page or section in it, as printed
	By    string // the id of the administrator
	On    time.Time
}

// EvidenceKind is a kind of proof that a requirement expects.
type EvidenceKind string

const (
	EvidenceObservation EvidenceKind = "OBSERVATION"
	EvidenceDocument    EvidenceKind = "DOCUMENT"
	EvidenceInterview   EvidenceKind = "INTERVIEW"
	EvidenceMeasurement EvidenceKind = "MEASUREMENT"
	EvidenceFileSample  EvidenceKind = "FILE_SAMPLE"
	EvidenceLog         EvidenceKind = "LOG"
)

// Threshold is a machine-readable limit of a requirement.
type Threshold struct {
	Op ThresholdOp
	// Value is the limit in Unit. Of a MIN_RATIO, which the data write as 1:12, it is the 12: at
	// least one for every 12.
	Value float64
	Unit  string // in words: "per_year", "hours", "F" (degrees Fahrenheit), ...
	Note  string
	// Group is the group of detainees the limit holds for, e.g. "male"; empty for all.
	Group string
}

// ThresholdOp says how a Threshold's value binds.
type ThresholdOp string

const (
	ThresholdMin      ThresholdOp = "MIN"
	ThresholdMax      ThresholdOp = "MAX"
	ThresholdMinRatio ThresholdOp = "MIN_RATIO"
)

// Source is a document in which facts of an edition were seen.
type Source struct {
	Key  string
	Kind string
	What string
	URL  string
}

// Standards returns the edition's standards in order.
func (e *Edition) Standards() []*Standard {
	var all []*Standard
	for p := range e.Parts {
		for s := range e.Parts[p].Standards {
			all = append(all, &e.Parts[p].Standards[s])
		}
	}
	return all
}

// EditionKey is the key of a standards set's version, counted from 1: "pbnds-2011-r2016" for the first,
// "pbnds-2011-r2016-v2" for the second.
func EditionKey(set string, version int) string {
	if version <= 1 {
		return set
	}
	return set + "-v" + strconv.Itoa(version)
}

// PartialNote is what every answer and report that rests on a partial edition says; empty if the
// edition is whole.
func (e *Edition) PartialNote() string {
	switch {
	case !e.Partial:
		return ""
	case e.PartialReason != "":
		return e.PartialReason
	case e.FullTextSeen:
		return "This edition holds only part of the standards set."
	}
	return "This edition is partial: it was compiled without the full text of the standards set."
}

// Confirmed reports whether somebody checked the requirement against the official text.
func (r Requirement) Confirmed() bool { return r.Confirmation != Confirmation{} }

// ConfirmationGiven is the requirement's Confirmation, nil if nobody checked it.
func (r Requirement) ConfirmationGiven() *Confirmation {
	if !r.Confirmed() {
		return nil
	}
	return &r.Confirmation
}

// SightingSeen is the requirement's Sighting, nil if it was not built from a line.
func (r Requirement) SightingSeen() *Sighting {
	if r.Sighting == (Sighting{}) {
		return nil
	}
	return &r.Sighting
}

// CitationLabel is the citation as it is shown: a section number that no source was seen to print
// is marked unconfirmed.
func (r Requirement) CitationLabel() string { return citationLabel(r.Citation, r.CitationSeen) }

func citationLabel(citation string, confirmed bool) string {
	if confirmed || citation == "" {
		return citation
	}
	return citation + " (unconfirmed)"
}
