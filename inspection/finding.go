package inspection

import "time"

// FindingKind is one of the four kinds of finding.
type FindingKind string

const (
	Deficiency    FindingKind = "DEFICIENCY"
	AreaOfConcern FindingKind = "AREA_OF_CONCERN"
	Note          FindingKind = "NOTE"
	BestPractice  FindingKind = "BEST_PRACTICE"
)

// Party is who has to put a deficiency right.
type Party string

const (
	PartyFacility       Party = "FACILITY"
	PartyERO            Party = "ERO"
	PartyHealthProvider Party = "HEALTH_PROVIDER"
)

// Finding is what an inspection found. What its author declares and what Plumbline derives are
// separate fields.
type Finding struct {
	ID           ID          `json:"id"`
	InspectionID ID          `json:"inspectionId"`
	Kind         FindingKind `json:"kind"`
	// StandardID is nil only where StandardText keeps a source's key that is no known standard, or
	// for a finding about the facility as a whole that is no deficiency.
	StandardID   *ID    `json:"standardId"`
	StandardText string `json:"standardText"`
	// RequirementID and LineID are nil where the line is unknown: the finding rests on its standard.
	RequirementID *ID `json:"requirementId"`
	LineID        *ID `json:"lineId"`
	// Code is the deficiency code as the worksheet or a source prints it, e.g. "MC-137"; empty if unknown.
	Code string `json:"code"`
	// Citation is the section; it is printed "unconfirmed" unless CitationConfirmed.
	Citation          string `json:"citation"`
	CitationConfirmed bool   `json:"citationConfirmed"`
	Text              string `json:"text"`
	ResponsibleParty  Party  `json:"responsibleParty"`
	PriorityDeclared  bool   `json:"priorityDeclared"`
	// PriorityDerived is true if a source calls the requirement a priority component.
	PriorityDerived bool       `json:"priorityDerived"`
	RepeatDeclared  bool       `json:"repeatDeclared"`
	CorrectedOnSite Correction `json:"correctedOnSite"`
	// CorrectionNote says what was put right and what was not (PARTIAL), or why the offered fix was
	// refused (REFUSED); it may be empty otherwise.
	CorrectionNote string `json:"correctionNote"`
	// Condition is under which circumstances an area of concern would be one, e.g. "if the facility
	// held its maximum of 690"; empty if it is one as things are.
	Condition string `json:"condition"`
	// Likelihood and Spread are the author's judgement, both or neither; Severity follows from them.
	Likelihood Likelihood `json:"likelihood"`
	Spread     Spread     `json:"spread"`
	Severity   Severity   `json:"severity"`
	// Repeat is what Plumbline derives from the facility's history.
	Repeat
	// ImmediateThreat: a threat to life or limb that must end within 24 hours of capture.
	ImmediateThreat bool       `json:"immediateThreat"`
	RemovedAt       *time.Time `json:"removedAt"`
	RemovedReason   string     `json:"removedReason"`
	// AuthorID and RecordedAt say who found it and when, RevisedBy and RevisedAt the same of the
	// newest version.
	AuthorID   ID        `json:"authorId"`
	RecordedAt time.Time `json:"recordedAt"`
	RevisedBy  ID        `json:"revisedBy"`
	RevisedAt  time.Time `json:"revisedAt"`
	Revision   int       `json:"revision"`
	Seq        int64     `json:"seq"`
	// Written is kept beside what a finding says, and is in no snapshot.
	Written Written `json:"-"`
}

// Stance is a facility's answer to a deficiency.
type Stance string

const (
	Accepted  Stance = "ACCEPTED"
	Contested Stance = "CONTESTED"
)

// ContestRuling is OPR's answer to a contested deficiency.
type ContestRuling string

const (
	Upheld    ContestRuling = "UPHELD"
	Withdrawn ContestRuling = "WITHDRAWN"
)

// FindingResponse is the facility's answer to a deficiency after issue, and OPR's ruling on it.
type FindingResponse struct {
	InspectionID ID
	FindingID    ID
	Stance       Stance
	Reason       string
	RespondedBy  ID
	RespondedAt  time.Time
	Ruling       ContestRuling
	RulingReason string
	RuledBy      *ID
	RuledAt      *time.Time
}

// StandardCount is how many deficiencies rest on one standard.
type StandardCount struct {
	// StandardID is nil for a source's key that is no known standard; Standard is then that key.
	StandardID *ID `json:"standardId"`
	// Standard is the standard's code as the edition abbreviates it, else its number.
	Standard     string `json:"standard"`
	Deficiencies int    `json:"deficiencies"`
}

// Tally is what an inspection's findings add up to. It is always derived, never typed.
type Tally struct {
	Deficiencies       int             `json:"deficiencies"`
	DeficientStandards int             `json:"deficientStandards"`
	ByStandard         []StandardCount `json:"byStandard"`
	PriorityDeclared   int             `json:"priorityDeclared"`
	PriorityDerived    int             `json:"priorityDerived"`
	RepeatDeclared     int             `json:"repeatDeclared"`
	// RepeatDerived counts the certain repeats, RepeatProbable the probable ones; neither holds the
	// other.
	RepeatDerived   int `json:"repeatDerived"`
	RepeatProbable  int `json:"repeatProbable"`
	CorrectedOnSite int `json:"correctedOnSite"`
	AreasOfConcern  int `json:"areasOfConcern"`
	Notes           int `json:"notes"`
	BestPractices   int `json:"bestPractices"`
}

// TallyOf counts findings; removed ones do not count, withdrawn ones of an issued inspection do,
// because the report that was issued said so. name gives the name a standard is counted under.
func TallyOf(findings []Finding, name func(ID) string) Tally {
	var t Tally
	at := map[string]int{}
	for _, f := range findings {
		if f.RemovedAt != nil {
			continue
		}
		switch f.Kind {
		case AreaOfConcern:
			t.AreasOfConcern++
		case Note:
			t.Notes++
		case BestPractice:
			t.BestPractices++
		case Deficiency:
			t.Deficiencies++
			key := f.StandardText
			if f.StandardID != nil {
				key = name(*f.StandardID)
			}
			n, seen := at[key]
			if !seen {
				n = len(t.ByStandard)
				at[key] = n
				t.ByStandard = append(t.ByStandard, StandardCount{StandardID: f.StandardID, Standard: key})
			}
			t.ByStandard[n].Deficiencies++
			t.PriorityDeclared += count(f.PriorityDeclared)
			t.PriorityDerived += count(f.PriorityDerived)
			t.RepeatDeclared += count(f.RepeatDeclared)
			t.RepeatDerived += count(f.RepeatDerived == RepeatCertain)
			t.RepeatProbable += count(f.RepeatDerived == RepeatProbable)
			t.CorrectedOnSite += count(f.CorrectedOnSite == CorrectedFully || f.CorrectedOnSite == CorrectedPartially)
		}
	}
	t.DeficientStandards = len(t.ByStandard)
	return t
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// CitationLabel is the citation as it is shown: marked unconfirmed unless it was confirmed.
func (f Finding) CitationLabel() string { return citationLabel(f.Citation, f.CitationConfirmed) }

// RulingGiven is OPR's ruling, nil while there is none.
func (r FindingResponse) RulingGiven() *ContestRuling { return unlessEmpty(r.Ruling) }

// Standing reports whether the finding is a deficiency that was not taken back.
func (f Finding) Standing() bool { return f.Kind == Deficiency && f.RemovedAt == nil }
