package report

import (
	"slices"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

// Report is everything that the page shows, in the order in which it shows it.
type Report struct {
	Form   inspection.Form
	Header inspection.FrozenHeader
	// Place is the inspected facility; facts that nobody knows are empty.
	Place inspection.FrozenFacility
	// Origin is what a reader must know of an inspection that is none, nil for a LIVE one.
	Origin *Origin
	// Kind heads the report: what kind of inspection it is of. Lead sums it up in two lines.
	Kind     string
	Lead     []string
	Facts    []Fact
	Overview []Count
	Parts    []Part
	// Fixed lists the corrections on site by their numbers, the refused ones after them.
	Fixed []Fixed
	// Clear are the standards of the scope without a deficiency.
	Clear []*Standard
	// Open says what was not reviewed or could not be determined.
	Open []OpenItems
	// Left are the standards of the edition that were out of scope.
	Left   []Left
	Scores []Score
	Plan   []PlanLine
	// Trend compares with the last inspection of the same kind, nil if there was none.
	Trend *Trend
	// Carried are earlier deficiencies that were not settled when this inspection began. They, Disputes,
	// Evidence, Samples and Held are empty in every form but the internal one.
	Carried  []Carried
	Disputes []Dispute
	Evidence *Evidence
	// Samples is how many samples were drawn, Held how many people of which group were held.
	Samples    int
	Held       []Count
	Statements []Stated
	// Originals is how many originals the snapshot holds the hash of.
	Originals  int
	Conclusion []string
	Editions   []Edition
	// SnapshotSHA256 is the hash of the snapshot, in hex.
	SnapshotSHA256 string
	IssuedOn       string
}

// Counted reports whether the figures are a reconstruction's.
func (r Report) Counted() bool { return r.Origin != nil && r.Origin.Counting != "" }

// Fact is a line of the report's head. Link is the value where that is an address on the web.
type Fact struct {
	Name  string
	Value string
	Link  string
}

// Count is a line of the overview. Note says how it was counted where that is not plain.
type Count struct {
	Name  string
	Value string
	Note  string
}

// Part is a part of the edition with the standards that have findings.
type Part struct {
	Number    int // 0 where no part is known
	Name      string
	Standards []*Standard
}

// Standard is a standard of the scope, or one that a source names and no edition knows.
type Standard struct {
	ID      inspection.ID
	Anchor  string
	Number  string
	Title   string
	Code    string
	Edition string // as a footnote names it
	// Under is the edition that the standard is checked under where the inspection binds several.
	Under  string
	Status Status
	// Section is its score by the first policy, nil if it has no checklist.
	Section      *scoring.Section
	Deficiencies []*Deficiency
	Concerns     []Remark
	Notes        []Remark
	Practices    []Remark
	part         int
	partName     string
}

// Short reports whether the findings of the standard are so short that a printed page holds them all.
func (s Standard) Short() bool {
	letters := 0
	for _, d := range s.Deficiencies {
		letters += 200 + len(d.Text) + len(d.Note) + len(d.Footnote.Requirement) + len(d.Footnote.See) + len(d.Footnote.Known)
	}
	for _, r := range slices.Concat(s.Concerns, s.Notes, s.Practices) {
		letters += 200 + len(r.Text)
	}
	return letters < 3000
}

// Findings counts what was found of the standard.
func (s Standard) Findings() int {
	return len(s.Deficiencies) + len(s.Concerns) + len(s.Notes) + len(s.Practices)
}

// Status is what can be said of a standard as a whole.
type Status string

const (
	// Deficient: at least one deficiency.
	Deficient Status = "Deficient"
	// Compliant: every applicable requirement was reviewed and is met.
	Compliant Status = "Compliant"
	// Unsettled: no deficiency, and not everything is known to be met. It never counts as compliant.
	Unsettled Status = "Reviewed in part"
	// Inapplicable: no requirement applies.
	Inapplicable Status = "Not applicable"
	// Unreviewed: nobody looked.
	Unreviewed Status = "Not reviewed"
)

// Deficiency is a deficiency with its marks and its footnote.
type Deficiency struct {
	Number int // from 1, through the report
	ID     inspection.ID
	Anchor string
	Code   string
	Text   string
	Marks  []string
	// Correction is what became of it on site, e.g. "C-1: corrected before the team left"; or empty.
	Correction string
	// Note says what was corrected and what was not, or why it was refused.
	Note      string
	Party     string // empty where the facility has to put it right
	Immediate bool
	Footnote  Footnote
	standard  *Standard
	finding   inspection.Finding
}

// Standard is the standard that the deficiency is one of.
func (d Deficiency) Standard() *Standard { return d.standard }

// Footnote is the provision that a deficiency breaches.
type Footnote struct {
	Number int
	// See is the citation in full: "See ICE PBNDS 2011 (Revised 2016), Standard, Medical Care, Section (V)(M)."
	See string
	// Unconfirmed is true if no source was seen to print the section.
	Unconfirmed bool
	Remarks     []string
	// Requirement is the duty in the catalogue's own words, never a quotation; empty if unknown. The page
	// shows it with the deficiency.
	Requirement string
	// Known says how well the requirement is known, and from where.
	Known string
}

// Remark is a finding that is no deficiency.
type Remark struct {
	Anchor string
	Text   string
	// Condition is when an area of concern would be one; empty if it is one as things are.
	Condition string
	Severity  string
}

// Fixed is a correction on site. Mark is "C-1", empty where it was refused.
type Fixed struct {
	Mark       string
	Deficiency *Deficiency
	Outcome    string
}

// OpenItems are the requirements that nobody reviewed, or could determine, for one reason; the reason
// is empty where the reader may not see it.
type OpenItems struct {
	Outcome   string
	Reason    string
	Count     int
	Standards []OpenStandard
}

// OpenStandard is how many of them are a standard's.
type OpenStandard struct {
	*Standard
	Count int
}

// Left are standards that were out of scope for one reason.
type Left struct {
	Why       string
	Standards []*Standard
}

// Score is what a policy makes of the inspection.
type Score struct {
	scoring.Score
	Anchor string
	Lines  []ScoreLine
	// Corroborated is true if the reader may see how many methods the answers rest on.
	Corroborated bool
}

// ScoreLine is the score of one standard. Under is as of a Standard.
type ScoreLine struct {
	Name  string
	Under string
	scoring.Section
}

// PlanLine is a corrective action with its due dates.
type PlanLine struct {
	Deficiency *Deficiency
	Party      string
	Abatement  string // empty unless there is an immediate threat
	Plan       string
	Proof      string
}

// Trend is how the counts moved since the last inspection of the same kind.
type Trend struct {
	Since string // its last day
	Lines []TrendLine
	// Common is how many standards both inspections reviewed.
	Common   int
	Repeated int
}

// TrendLine is a count then and now.
type TrendLine struct {
	Name      string
	Then, Now int
	Direction string
}

// Carried is an earlier deficiency that came along with its corrective action.
type Carried struct {
	Code    string
	Text    string
	Found   string // the last day of the inspection that found it
	AgeDays int
	Outcome string
}

// Dispute is two inspectors' ratings of one item that differed, with the ruling.
type Dispute struct {
	Item   string
	Ruling string
	Reason string
}

// Evidence is how many originals there are, and which are missing.
type Evidence struct {
	Total    int
	ByState  []Count
	Accepted []inspection.FrozenEvidence
}

// Edition is an edition with how well its requirements in scope are known.
type Edition struct {
	inspection.FrozenEdition
	Name                    string
	Quoted, Cited, Recalled int
}

// Total counts the requirements of the scope.
func (e Edition) Total() int { return e.Quoted + e.Cited + e.Recalled }
