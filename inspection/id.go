package inspection

import (
	"time"

	"github.com/google/uuid"
)

// ID names any object of Plumbline. Its text form is the object's global id in the API.
type ID = uuid.UUID

// idSpace is the namespace of every derived id. Changing it would rename every edition,
// requirement and seeded facility, so it never changes.
var idSpace = uuid.MustParse("5d0f6e0a-6a63-5b0e-9a55-3f2b8f1c7f10")

// NewID returns a fresh UUIDv7: unique, and sorted by the time it was made.
func NewID() ID {
	id, err := uuid.NewV7()
	if err != nil {
		panic("inspection: the system's random source failed: " + err.Error())
	}
	return id
}

// EditionID is the id of an edition, derived from its key so that every installation agrees.
func EditionID(key string) ID {
	return uuid.NewSHA1(idSpace, []byte("edition/"+key))
}

// StandardID is the id of a standard inside an edition, e.g. ("pbnds-2011-r2016", "4.3").
func StandardID(edition ID, number string) ID {
	return uuid.NewSHA1(edition, []byte("standard/"+number))
}

// RequirementID is the id of a requirement inside an edition, e.g. "4.3-V.M-20".
func RequirementID(edition ID, key string) ID {
	return uuid.NewSHA1(edition, []byte("requirement/"+key))
}

// LineID is the id of a worksheet line inside an edition, e.g. "MC-137".
func LineID(edition ID, code string) ID {
	return uuid.NewSHA1(edition, []byte("line/"+code))
}

// AnswerID is the id of the answer to a requirement within an inspection. It is derived, so that a
// tablet without a network and the server name the same answer.
func AnswerID(inspection, requirement ID) ID { return derivedWithin(inspection, requirement) }

// derivedWithin is the id of what another object is within an inspection.
func derivedWithin(inspection, object ID) ID { return uuid.NewSHA1(inspection, object[:]) }

// CorrectiveActionID is the id of the corrective action that answers a deficiency.
func CorrectiveActionID(finding ID) ID {
	return uuid.NewSHA1(finding, []byte("corrective-action"))
}

// FacilityID is the id of a seeded facility, derived from the key of its seed row.
func FacilityID(key string) ID {
	return uuid.NewSHA1(idSpace, []byte("facility/"+key))
}

// ExternalRatingID is the id of the rating of the inspection that ended on the given day at the
// facility. No list of ICE's names two inspections of one facility that ended on the same day.
func ExternalRatingID(facility ID, endedOn time.Time) ID {
	return uuid.NewSHA1(facility, []byte("external-rating/"+endedOn.UTC().Format(time.DateOnly)))
}
