package inspection

import (
	"time"

	"plumbline/inspection/sync"
)

// Rating is an inspector's judgement of one item.
type Rating string

const (
	NotReviewed   Rating = "NOT_REVIEWED"
	Meets         Rating = "MEETS"
	DoesNotMeet   Rating = "DOES_NOT_MEET"
	NotApplicable Rating = "NOT_APPLICABLE"
	Undetermined  Rating = "UNDETERMINED"
)

// Ratings lists every rating of an answer.
func Ratings() []Rating {
	return []Rating{NotReviewed, Meets, DoesNotMeet, NotApplicable, Undetermined}
}

// Method says how something is known.
type Method string

const (
	Observed          Method = "OBSERVATION"
	DocumentReview    Method = "DOCUMENT"
	StaffInterview    Method = "STAFF_INTERVIEW"
	DetaineeInterview Method = "DETAINEE_INTERVIEW"
	Measurement       Method = "MEASUREMENT"
	FileSample        Method = "FILE_SAMPLE"
)

// Methods lists every method.
func Methods() []Method {
	return []Method{Observed, DocumentReview, StaffInterview, DetaineeInterview, Measurement, FileSample}
}

// Correction says whether something was put right before the team left.
type Correction string

const (
	NotCorrected       Correction = "NONE"
	CorrectedFully     Correction = "FULL"
	CorrectedPartially Correction = "PARTIAL"
	// CorrectionRefused: offered by the facility and judged premature.
	CorrectionRefused Correction = "REFUSED"
)

// Corrections lists every correction.
func Corrections() []Correction {
	return []Correction{NotCorrected, CorrectedFully, CorrectedPartially, CorrectionRefused}
}

// Answer is the record on a checklist item. Its id follows from inspection and requirement.
type Answer struct {
	ID              ID
	InspectionID    ID
	StandardID      ID
	RequirementID   ID
	Position        int
	Rating          Rating
	Reason          string
	Remarks         string
	Methods         []Method
	CorrectedOnSite Correction
	Sample          *Sample
	// Revision counts the versions kept, from 0 for an item nobody answered. Every version is in
	// the answer's revisions.
	Revision int
	// Seq is the change number of the newest version within the inspection.
	Seq        int64
	AuthorID   ID
	DeviceID   ID
	DeviceTime time.Time
	RecordedAt time.Time
	// ClockOffset is how far the device's clock was ahead of the server's; nil if it is not known, or
	// was not asked for.
	ClockOffset *time.Duration
	// WrittenBy are whose each field is; nil if it was not asked for.
	WrittenBy sync.Hands
}

// Author is who wrote the newest version, nil for an item nobody answered.
func (a Answer) Author() *ID {
	if a.AuthorID == (ID{}) {
		return nil
	}
	return &a.AuthorID
}

// DeviceGiven is the device on which the newest version was written, nil if it is not known.
func (a Answer) DeviceGiven() *ID { return idOrNil(a.DeviceID) }

// ClockOffsetMs is how far that device's clock was ahead, in milliseconds; nil if it is not known.
func (a Answer) ClockOffsetMs() *int64 { return millisecondsOf(a.ClockOffset) }

func sameValue[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// Gap says why the answer does not yet count as finished, or "" if it does. sourcedPriority is
// whether a source calls the requirement a priority component.
func (a Answer) Gap(sourcedPriority bool) string {
	switch {
	case a.Rating == NotReviewed && a.Reason == "":
		return "not rated; rate it, or say why it was not reviewed"
	case (a.Rating == NotApplicable || a.Rating == Undetermined) && a.Reason == "":
		return string(a.Rating) + " needs a reason"
	case (a.Rating == Meets || a.Rating == DoesNotMeet) && len(a.Methods) == 0:
		return "say how it is known: name at least one method"
	case a.Rating == Meets && sourcedPriority && len(a.Methods) == 1 && a.Methods[0] == StaffInterview:
		return "a priority component cannot rest on a staff interview alone"
	}
	return ""
}
