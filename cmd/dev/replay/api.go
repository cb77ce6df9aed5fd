package replay

import (
	"time"

	"github.com/google/uuid"
)

// The operations of the API that a replay uses, and what they return. Mutations call their one field
// "payload"; see change.

const problemFields = ` problems { code message path subjectId } }`

// header is an inspection without its contents.
type header struct {
	ID                uuid.UUID
	State             string
	Revision          int
	Team              []teamMember
	RecommendedRating *struct{ Rating string }
	ApprovedAt        *time.Time
	FinalRating       *struct{ Rating string }
}

type teamMember struct {
	UserID    uuid.UUID
	RemovedAt *time.Time
}

const headerFields = `id state revision team { userId removedAt } recommendedRating { rating } approvedAt finalRating { rating }`

type inspectionPayload struct{ Inspection header }

// step is the mutation of a lifecycle step that takes an input of the type.
func step(name, input string) string {
	return `mutation($input: ` + input + `!) { payload: ` + name + `(input: $input) { inspection { ` + headerFields + ` }` + problemFields + ` }`
}

const viewerQuery = `{ viewer { id } }`

type viewerData struct{ Viewer struct{ ID uuid.UUID } }

const editionQuery = `query($key: String!) { edition(key: $key, latest: true) { id parts { standards { id code codeVariants requirements { id lines } } } } }`

type editionData struct {
	Edition *struct {
		ID    uuid.UUID
		Parts []struct{ Standards []standard }
	}
}

type standard struct {
	ID           uuid.UUID
	Code         string
	CodeVariants []string
	Requirements []requirement
}

type requirement struct {
	ID    uuid.UUID
	Lines []string
}

const officesQuery = `{ fieldOffices { code name } }`

type officesData struct{ FieldOffices []struct{ Code, Name string } }

const placesQuery = `query($state: String!, $after: String) {
	facilities(state: $state, first: 100, after: $after) {
		edges { node { id name aliases city state listed } }
		pageInfo { hasNextPage endCursor }
	}
}`

type placesData struct {
	Facilities struct {
		Edges    []struct{ Node Place }
		PageInfo struct {
			HasNextPage bool
			EndCursor   *string
		}
	}
}

const ratingsQuery = `query($id: ID!) { facility(id: $id) { externalRatings { type endedOn } } }`

type ratingsData struct {
	Facility *struct {
		ExternalRatings []struct {
			Type    string
			EndedOn string
		}
	}
}

const addFacility = `mutation($input: AddFacilityInput!) { payload: addFacility(input: $input) { facility { id name aliases city state listed }` + problemFields + ` }`

type facilityPayload struct{ Facility Place }

const bySourceQuery = `query($source: String!, $facility: ID!) {
	inspections(source: $source, facilityId: $facility, origins: [RECONSTRUCTED], first: 100) { edges { node { id state plannedEnd } } }
}`

type bySourceData struct {
	Inspections struct {
		Edges []struct {
			Node struct {
				ID         uuid.UUID
				State      string
				PlannedEnd string
			}
		}
	}
}

const headerQuery = `query($id: ID!) { inspection(id: $id) { ` + headerFields + ` } }`

type headerData struct{ Inspection *header }

const fieldworkQuery = `query($id: ID!) { inspection(id: $id) {
	findings { ` + findingFields + ` removedAt }
	checklist { items { standardId requirement { id } answer { revision rating reason remarks } } }
	evidence { items { id state } }
} }`

type fieldworkData struct{ Inspection *fieldwork }

// fieldwork is what the team has recorded so far.
type fieldwork struct {
	Findings  []finding
	Checklist struct{ Items []item }
	Evidence  struct{ Items []evidence }
}

const findingFields = `id revision standardId requirementId lineId code`

type finding struct {
	ID            uuid.UUID
	Revision      int
	StandardID    *uuid.UUID
	RequirementID *uuid.UUID
	LineID        *uuid.UUID
	Code          string
	RemovedAt     *time.Time
}

type item struct {
	StandardID  uuid.UUID
	Requirement struct{ ID uuid.UUID }
	Answer      struct {
		Revision                int
		Rating, Reason, Remarks string
	}
}

type evidence struct {
	ID               uuid.UUID
	State            string
	QuarantineReason string
}

const recordFindings = `mutation($input: RecordFindingsInput!) { payload: recordFindings(input: $input) { findings { ` + findingFields + ` }` + problemFields + ` }`

type findingsPayload struct{ Findings []finding }

// findingEntry is the input of one finding.
type findingEntry struct {
	ID              uuid.UUID  `json:"id"`
	Revision        int        `json:"revision"`
	Kind            string     `json:"kind"`
	StandardID      *uuid.UUID `json:"standardId"`
	StandardText    string     `json:"standardText"`
	Code            string     `json:"code"`
	Text            string     `json:"text"`
	Priority        bool       `json:"priority"`
	Repeat          bool       `json:"repeat"`
	CorrectedOnSite string     `json:"correctedOnSite"`
	CorrectionNote  string     `json:"correctionNote"`
}

const recordAnswers = `mutation($input: RecordAnswersInput!) { payload: recordAnswers(input: $input) {` + problemFields + ` }`

// answerEntry is the input of one answer.
type answerEntry struct {
	RequirementID uuid.UUID `json:"requirementId"`
	Revision      int       `json:"revision"`
	Rating        string    `json:"rating"`
	Reason        string    `json:"reason"`
	Remarks       string    `json:"remarks"`
	Methods       []string  `json:"methods"`
}

const declareEvidence = `mutation($input: DeclareEvidenceInput!) { payload: declareEvidence(input: $input) {` + problemFields + ` }`

// evidenceEntry is the input of one declaration.
type evidenceEntry struct {
	ID            uuid.UUID  `json:"id"`
	RequirementID *uuid.UUID `json:"requirementId"`
	FindingID     *uuid.UUID `json:"findingId"`
	SHA256        string     `json:"sha256"`
	Size          int        `json:"size"`
	MediaType     string     `json:"mediaType"`
	CapturedFrom  time.Time  `json:"capturedFrom"`
	CapturedTo    time.Time  `json:"capturedTo"`
	Device        string     `json:"device"`
	Caption       string     `json:"caption"`
}

const planUpload = `mutation($input: EvidenceRef!) { payload: planUpload(input: $input) { request { method url headers { name value } }` + problemFields + ` }`

type uploadPayload struct{ Request *signedRequest }

type signedRequest struct {
	Method  string
	URL     string
	Headers []struct{ Name, Value string }
}

const finaliseEvidence = `mutation($input: EvidenceRef!) { payload: finaliseEvidence(input: $input) { evidence { id state quarantineReason }` + problemFields + ` }`

type evidencePayload struct{ Evidence evidence }

const tallyQuery = `query($id: ID!) { inspection(id: $id) { state tally {
	deficiencies deficientStandards byStandard { standard deficiencies } priorityDeclared repeatDeclared correctedOnSite
} findings { kind code repeatDeclared repeatDerived } } }`

type tallyData struct {
	Inspection *struct {
		State    string
		Tally    Tally
		Findings []reported
	}
}
