package inspection

import (
	"encoding/json"
	"fmt"
	"time"

	"plumbline/inspection/scoring"
)

// The formats of a snapshot. A later one only adds fields, so that whoever reads it reads all.
const (
	snapshotFormat1 = "plumbline-snapshot/1"
	// SnapshotFormat is what is written now. It adds to the first what a report needs to be made of
	// the snapshot alone: the standards, requirements, sources and people that it names.
	SnapshotFormat = "plumbline-snapshot/2"
)

// Frozen is the document of a snapshot: an inspection as it was issued, with the words of the
// editions that it rests on. Fields are added, never renamed. A list is null where it is empty.
type Frozen struct {
	Format string `json:"format"`
	// Form and SnapshotSHA256 are set in what is taken from a snapshot for readers who may not see
	// all of it, and empty in the snapshot itself; see For.
	Form           Form   `json:"form,omitempty"`
	SnapshotSHA256 string `json:"snapshotSha256,omitempty"`

	Inspection   FrozenHeader        `json:"inspection"`
	Facility     FrozenFacility      `json:"facility"`
	Editions     []FrozenEdition     `json:"editions"`
	Scope        FrozenScope         `json:"scope"`        // since /2
	Standards    []FrozenStandard    `json:"standards"`    // since /2
	Requirements []FrozenRequirement `json:"requirements"` // since /2
	People       []FrozenPerson      `json:"people"`       // since /2
	Answers      []FrozenAnswer      `json:"answers"`
	Disputes     []Dispute           `json:"disputes"`
	Findings     []Finding           `json:"findings"`
	Actions      []CorrectiveAction  `json:"correctiveActions"`
	Evidence     []FrozenEvidence    `json:"evidence"`
	Originals    int                 `json:"originals"` // how many originals were declared; since /2
	Statements   []Statement         `json:"statements"`
	Samples      []FrozenSample      `json:"samples"` // since /2
	Tally        Tally               `json:"tally"`
	Carried      []CarriedAction     `json:"carriedActions"` // since /2
	Trend        *Trend              `json:"trend"`          // since /2
	Score        scoring.Score       `json:"score"`
	// Scores are the scores by every policy, Score among them; ScoreInput is what they are computed
	// from, and Policies are the documents of the policies: whoever has the snapshot can compute each
	// again, to the byte. Since /2.
	Scores     []scoring.Score `json:"scores"`
	ScoreInput scoring.Input   `json:"scoreInput"`
	Policies   []FrozenPolicy  `json:"policies"`
	TakenAt    time.Time       `json:"takenAt"`
}

// FrozenHeader is the inspection itself.
type FrozenHeader struct {
	ID            ID              `json:"id"`
	Origin        Origin          `json:"origin"`
	Scope         Scope           `json:"scope"`
	Announced     *bool           `json:"announced"`
	PlannedStart  string          `json:"plannedStart"`
	PlannedEnd    string          `json:"plannedEnd"`
	StartedAt     *time.Time      `json:"startedAt"`
	DoneAt        *time.Time      `json:"fieldworkDoneAt"`
	EditionID     ID              `json:"editionId"`     // that it was planned under; since /2
	FieldworkNote string          `json:"fieldworkNote"` // since /2
	LeadID        ID              `json:"leadId"`
	Team          []TeamMember    `json:"team"`
	Milestones    []Milestone     `json:"milestones"`
	Recommended   *RatingDecision `json:"recommendedRating"`
	Final         *RatingDecision `json:"finalRating"`
	ApprovedBy    *ID             `json:"approvedBy"`
	ApprovedAt    *time.Time      `json:"approvedAt"`
	IssuedBy      ID              `json:"issuedBy"`
	Source        string          `json:"source"`
}

// FrozenFacility is the inspected place as it was known at issue.
type FrozenFacility struct {
	ID          ID     `json:"id"`
	Detloc      string `json:"detloc"`
	Name        string `json:"name"`
	City        string `json:"city"`
	State       string `json:"state"`
	FieldOffice string `json:"fieldOffice"`
	// FieldOfficeName is ERO's name of the area of responsibility, e.g. "New Orleans". Since /2.
	FieldOfficeName string `json:"fieldOfficeName"`
	Type            string `json:"type"`
	Operator        string `json:"operator"` // since /2
	Capacity        *int   `json:"capacity"` // since /2
	FactsAsOf       string `json:"factsAsOf"`
}

// FrozenEdition is an edition that standards of the scope are bound to. All but ID, Key and Hash
// are there since /2.
type FrozenEdition struct {
	ID    ID     `json:"id"`
	Key   string `json:"key"`
	Hash  string `json:"hash"`
	Title string `json:"title"`
	// Set, Version and Supersedes say which version of a standards set it is.
	Set        string `json:"set"`
	Version    int    `json:"version"`
	Supersedes string `json:"supersedes"`
	Partial    bool   `json:"partial"`
	// PartialNote says what of a partial edition is known.
	PartialNote string `json:"partialNote"`
	// Wording says whose words the requirement texts are.
	Wording      string         `json:"wording"`
	FullTextSeen bool           `json:"fullTextSeen"`
	Compiled     string         `json:"compiled"`
	Sources      []FrozenSource `json:"sources"`
}

// FrozenSource is a document in which facts of an edition were seen.
type FrozenSource struct {
	Key  string `json:"key"`
	Kind string `json:"kind"`
	What string `json:"what"`
	URL  string `json:"url"`
}

// FrozenStandard is a standard of the scope. Since /2.
type FrozenStandard struct {
	ID       ID     `json:"id"`
	Edition  string `json:"edition"` // its edition's key
	Part     int    `json:"part"`
	PartName string `json:"partName"`
	Number   string `json:"number"`
	Title    string `json:"title"`
	Code     string `json:"code"`
	CodeSeen bool   `json:"codeSeen"`
	// Section and Name are what score and tally call it: number and code, and the edition too where
	// a mixed visit checks one number under two editions.
	Section string `json:"section"`
	Name    string `json:"name"`
	// Quoted, Cited and Recalled count the edition's requirements of the standard by how well they
	// are known.
	Quoted   int `json:"quoted"`
	Cited    int `json:"cited"`
	Recalled int `json:"recalled"`
}

// FrozenRequirement is a requirement that an answer or a finding rests on. Since /2.
type FrozenRequirement struct {
	ID             ID                `json:"id"`
	Key            string            `json:"key"`
	StandardID     ID                `json:"standardId"`
	Text           string            `json:"text"`
	Citation       string            `json:"citation"`
	CitationSeen   bool              `json:"citationSeen"`
	Strength       Strength          `json:"strength"`
	Verified       string            `json:"verified"`
	VerifiedURL    string            `json:"verifiedUrl"`
	Priority       Priority          `json:"priority"`
	PrioritySource string            `json:"prioritySource"`
	Mandatory      scoring.Mandatory `json:"mandatory"` // "" where no source shows it
	Applies        Applies           `json:"applies"`
	Lines          []string          `json:"lines"`
	// Lineage is the requirement of PBNDS 2011 (rev. 2016) that asks for the same, "" if unknown.
	Lineage    string `json:"lineage"`
	Population string `json:"population"` // the group that alone it concerns
	// CodeDoubtful and EditionInferred are doubts about the line that it was built from.
	CodeDoubtful    bool `json:"codeDoubtful"`
	EditionInferred bool `json:"editionInferred"`
	// Confirmation is the official text against which it was checked, nil if it was not.
	Confirmation *FrozenConfirmation `json:"confirmation"`
	// Thresholds are the limits whose figures stood in a source, and no others.
	Thresholds []FrozenThreshold `json:"thresholds"`
}

// FrozenConfirmation is an official text against which a requirement was checked.
type FrozenConfirmation struct {
	Title string `json:"title"`
	URL   string `json:"url"`
	Page  string `json:"page"`
	On    string `json:"on"`
}

// FrozenThreshold is a limit of a requirement; see Threshold.
type FrozenThreshold struct {
	Op    ThresholdOp `json:"op"`
	Value float64     `json:"value"`
	Unit  string      `json:"unit"`
	Note  string      `json:"note"`
	Group string      `json:"group"`
}

// FrozenPolicy is a scoring policy as the data that it is. Since /2.
type FrozenPolicy struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Hash    string `json:"hash"`    // hex SHA-256 of the content without insignificant white space
	Content string `json:"content"` // JSON
}

// FrozenPerson is somebody whom the document names by id: team and signers. Since /2.
type FrozenPerson struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
}

// FrozenAnswer is the record on a checklist item.
type FrozenAnswer struct {
	ID              ID         `json:"id"`            // since /2
	RequirementID   ID         `json:"requirementId"` // since /2
	StandardID      ID         `json:"standardId"`    // since /2
	Requirement     string     `json:"requirement"`
	Standard        string     `json:"standard"`
	Rating          Rating     `json:"rating"`
	Reason          string     `json:"reason"`
	Remarks         string     `json:"remarks"`
	Methods         []Method   `json:"methods"`
	CorrectedOnSite Correction `json:"correctedOnSite"`
	Sample          *Sample    `json:"sample"`
	Revision        int        `json:"revision"`
	AuthorID        ID         `json:"authorId"`
	RecordedAt      time.Time  `json:"recordedAt"`
	// SourcedPriority and Mandatory are what the score takes of the requirement.
	SourcedPriority bool              `json:"sourcedPriority"`
	Mandatory       scoring.Mandatory `json:"mandatory"` // since /2
}

// FrozenEvidence is an original that was declared, with its hash.
type FrozenEvidence struct {
	ID             ID            `json:"id"`
	AnswerID       *ID           `json:"answerId"`
	FindingID      *ID           `json:"findingId"`
	SHA256         string        `json:"sha256"`
	Size           int64         `json:"size"`
	MediaType      MediaType     `json:"mediaType"`
	Class          EvidenceClass `json:"class"`
	CapturedFrom   time.Time     `json:"capturedFrom"`
	CapturedTo     time.Time     `json:"capturedTo"`
	State          EvidenceState `json:"state"`
	VersionID      string        `json:"versionId"`
	AcceptedReason string        `json:"acceptedReason"`
}

// ReadSnapshot reads the document of a snapshot of any format. The error is an Invalid problem: the
// document is none.
func ReadSnapshot(body []byte) (Frozen, error) {
	var doc Frozen
	if err := json.Unmarshal(body, &doc); err != nil {
		return Frozen{}, Refuse(Invalid, "", "this is no snapshot: it is not the JSON of one (%v)", err)
	}
	switch doc.Format {
	case snapshotFormat1, SnapshotFormat:
		return doc, nil
	case "":
		return Frozen{}, Refuse(Invalid, "", "this is no snapshot: it names no format")
	}
	return Frozen{}, Refuse(Invalid, "", "the snapshot has format %q, which this version does not know", doc.Format)
}

// bytes writes the document: the same document always as the same bytes.
func (doc Frozen) bytes() ([]byte, error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("inspection: snapshot of %s: %w", doc.Inspection.ID, err)
	}
	return body, nil
}
