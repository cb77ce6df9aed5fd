package inspection

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/inspection/sync"
)

// AnswerState is an answer as a tablet states it. What is nil is not stated, and stays as it is.
type AnswerState struct {
	ID              string       `json:"id"`
	InspectionID    string       `json:"inspectionId"`
	RequirementID   string       `json:"requirementId"`
	Rating          *string      `json:"rating,omitempty"`
	Reason          *string      `json:"reason,omitempty"`
	Remarks         *string      `json:"remarks,omitempty"`
	Methods         []string     `json:"methods,omitzero"`
	CorrectedOnSite *string      `json:"correctedOnSite,omitempty"`
	Sample          *SampleState `json:"sample,omitempty"`
	SampleCleared   bool         `json:"sampleCleared,omitempty"`
	DeviceTime      *string      `json:"deviceTime,omitempty"`
	Deleted         bool         `json:"deleted,omitempty"`
	// Revision is that of the server's state which the tablet made this of; it judges nothing.
	Revision int `json:"-"`
}

// SampleState is a sample as a tablet states it: its draw by whatever text the tablet sent.
type SampleState struct {
	Sample
	DrawID string `json:"drawId,omitempty"`
}

// sample is the sample that is stated; nil if none is. A draw whose id is no id is refused.
func (s *SampleState) sample() (*Sample, Problems) {
	if s == nil {
		return nil, nil
	}
	stated := s.Sample
	if s.DrawID == "" {
		return &stated, nil
	}
	id, ok := readID(s.DrawID)
	if !ok {
		return &stated, Problems{newProblem(Invalid, "sample.drawId", "drawId is no id")}
	}
	stated.DrawID = &id
	return &stated, nil
}

func (a AnswerState) deviceTime() (time.Time, error) { return readDeviceTime(a.DeviceTime) }

// stated returns the answer with what a tablet states of it.
func (a Answer) stated(by AnswerState) (AnswerInput, Problems) {
	in := AnswerInput{Rating: Rating(textOr(by.Rating, string(a.Rating))), Reason: textOr(by.Reason, a.Reason), Remarks: textOr(by.Remarks, a.Remarks),
		Methods: a.Methods, CorrectedOnSite: a.CorrectedOnSite, Sample: a.Sample}
	if by.Methods != nil {
		in.Methods = []Method{}
		for _, m := range by.Methods {
			in.Methods = append(in.Methods, Method(m))
		}
	}
	if by.CorrectedOnSite != nil {
		in.CorrectedOnSite = Correction(*by.CorrectedOnSite)
	}
	ps := checkWords(by, in)
	if by.Sample != nil || by.SampleCleared {
		sample, problems := by.Sample.sample()
		in.Sample, ps = sample, append(ps, problems...)
	}
	return in, ps
}

// asKept reports whether the texts and lists stated are to the letter those of the answer, which has
// them trimmed and in order.
func (a AnswerState) asKept(b Answer) bool {
	same := func(m string, n Method) bool { return m == string(n) }
	return textOr(a.Reason, b.Reason) == b.Reason && textOr(a.Remarks, b.Remarks) == b.Remarks &&
		(a.Methods == nil || slices.EqualFunc(a.Methods, b.Methods, same))
}

// silent reports whether it says nothing that an item does not say before it is answered.
func (a AnswerState) silent() bool {
	return slices.Equal(assumedContent(&a), assumedContent(nil))
}

// fields are the fields that are stated.
func (a AnswerState) fields() sync.Fields {
	var stated sync.Fields
	for n, is := range []bool{a.Rating != nil, a.Reason != nil, a.Remarks != nil, a.Methods != nil, a.CorrectedOnSite != nil, a.Sample != nil || a.SampleCleared} {
		if is {
			stated = stated.With(n)
		}
	}
	return stated
}

// assumedContent is what the tablet took for the server's state. Of a field that it did not hold, that is the
// state in which every item starts: it overwrites nothing that it did not know.
func assumedContent(by *AnswerState) sync.Content {
	start := Answer{Rating: NotReviewed, CorrectedOnSite: NotCorrected}
	if by == nil {
		return start.content()
	}
	sample, _ := by.Sample.sample()
	held := start.with(AnswerInput{Rating: Rating(textOr(by.Rating, string(start.Rating))), Reason: textOr(by.Reason, ""), Remarks: textOr(by.Remarks, ""), CorrectedOnSite: NotCorrected, Sample: sample})
	for _, m := range by.Methods {
		held.Methods = append(held.Methods, Method(m))
	}
	held.Methods = inOrder(held.Methods)
	if by.CorrectedOnSite != nil {
		held.CorrectedOnSite = Correction(*by.CorrectedOnSite)
	}
	return held.content()
}

// checkWords refuses words that are none of the API's, and a device's time that cannot be read.
func checkWords(by AnswerState, in AnswerInput) Problems {
	var ps Problems
	if !slices.Contains(Ratings(), in.Rating) {
		ps = append(ps, newProblem(Invalid, "rating", "%.60q is no rating", string(in.Rating)))
	}
	for _, m := range in.Methods {
		if !slices.Contains(Methods(), m) {
			ps = append(ps, newProblem(Invalid, "methods", "%.60q is no method", string(m)))
		}
	}
	if !slices.Contains(Corrections(), in.CorrectedOnSite) {
		ps = append(ps, newProblem(Invalid, "correctedOnSite", "%.60q is no correction", string(in.CorrectedOnSite)))
	}
	at, err := by.deviceTime()
	if err != nil {
		return append(ps, newProblem(Invalid, "deviceTime", "deviceTime is no time; write RFC 3339, UTC"))
	}
	if !at.IsZero() {
		ps = append(ps, checkTime("deviceTime", at)...)
	}
	return ps
}

// readID reads an id in its one written form.
func readID(text string) (ID, bool) {
	id, err := uuid.Parse(text)
	return id, err == nil && id != ID{} && strings.EqualFold(id.String(), text)
}

// readDeviceTime reads RFC 3339; the zero time for none.
func readDeviceTime(text *string) (time.Time, error) {
	if text == nil || *text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, *text)
	return at.UTC().Truncate(time.Microsecond), err
}

func textOr(given *string, otherwise string) string {
	if given == nil {
		return otherwise
	}
	return *given
}

func messages(ps Problems) string {
	texts := make([]string, len(ps))
	for n, p := range ps {
		texts[n] = p.Message
	}
	return strings.Join(texts, "; ")
}
