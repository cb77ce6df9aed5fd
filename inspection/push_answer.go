package inspection

import (
	"context"
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
	Rating          string       `json:"rating"`
	Reason          *string      `json:"reason,omitempty"`
	Remarks         *string      `json:"remarks,omitempty"`
	Methods         []string     `json:"methods,omitzero"`
	CorrectedOnSite *string      `json:"correctedOnSite,omitempty"`
	Sample          *SampleState `json:"sample,omitempty"`
	SampleCleared   bool         `json:"sampleCleared,omitempty"`
	DeviceTime      *string      `json:"deviceTime,omitempty"`
	Deleted         bool         `json:"deleted,omitempty"`
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

// AnswerRow is an answer pushed: what the tablet has, and what it took for the server's state when that
// was written; nil if it knew of none.
type AnswerRow struct {
	New     AnswerState
	Assumed *AnswerState
}

// PushAnswers judges and records answers from a tablet, each on its own: at most 1,000, of any
// inspections. Per field, what nobody else changed is taken; what two people changed to differ, and a
// rating that differs from another person's, is kept as a version of its own and listed as a dispute.
// What cannot become part of the record is kept with its reason if the actor is or was on the team.
func (s *Service) PushAnswers(ctx context.Context, actor Actor, rows []AnswerRow) (PushResult[AnswerDocument], error) {
	return push(ctx, s, actor, pushed[AnswerRow, AnswerDocument]{
		name:   CollectionAnswer,
		row:    answerPushRow,
		record: s.recordPushedAnswers,
		gone:   func(t Tombstone) AnswerDocument { return AnswerDocument{Gone: &t} },
	}, rows)
}

func answerPushRow(r AnswerRow) pushRow {
	row := pushRow{id: r.New.ID, inspection: r.New.InspectionID, document: r.New}
	if r.Assumed != nil {
		row.assumed = r.Assumed
	}
	if at, err := r.New.deviceTime(); err == nil {
		row.deviceTime = at
	}
	return row
}

func (a AnswerState) deviceTime() (time.Time, error) { return readDeviceTime(a.DeviceTime) }

// recordPushedAnswers judges the rows in order; each meets what those before it made.
func (s *Service) recordPushedAnswers(ctx context.Context, tx Tx, g *pushGroup[AnswerRow]) ([]rowVerdict[AnswerDocument], error) {
	verdicts := make([]rowVerdict[AnswerDocument], len(g.rows))
	if g.inspection == nil {
		for n := range verdicts {
			verdicts[n].refused = g.closed
		}
		return verdicts, nil
	}
	book, err := s.openPushBook(ctx, tx, g)
	if err != nil {
		return nil, err
	}
	drawn, err := drawsOf(ctx, tx, g)
	if err != nil {
		return nil, err
	}
	for n, r := range g.rows {
		verdicts[n] = book.push(r, g.closed, drawn)
	}
	for n := range verdicts {
		if d := verdicts[n].master; d != nil {
			d.Answer = book.masters[d.ID] // as it is after the last row
		}
	}
	if len(book.versions) == 0 {
		return verdicts, nil
	}
	return verdicts, book.save(ctx, tx, g.detail)
}

func (s *Service) openPushBook(ctx context.Context, tx Tx, g *pushGroup[AnswerRow]) (*answerBook, error) {
	var ids []ID
	var times []time.Time
	for _, r := range g.rows {
		if id, ok := readID(r.New.ID); ok {
			ids = append(ids, id)
		}
		if at, err := r.New.deviceTime(); err == nil && !at.IsZero() {
			times = append(times, at)
		}
	}
	return s.openBook(ctx, tx, g.inspection, g.actor, ids, times)
}

// drawsOf loads the inspection's draws if a row names one.
func drawsOf(ctx context.Context, tx Tx, g *pushGroup[AnswerRow]) ([]SampleDraw, error) {
	named := func(r AnswerRow) bool { return r.New.Sample != nil && r.New.Sample.DrawID != "" }
	if !slices.ContainsFunc(g.rows, named) {
		return nil, nil
	}
	return tx.SampleDraws(ctx, g.inspection.ID)
}

// push judges one row and enters what it comes to, unless the inspection is closed to it.
func (b *answerBook) push(r AnswerRow, closed *Refusal, draws []SampleDraw) rowVerdict[AnswerDocument] {
	edit, refused := b.read(r, draws)
	if refused != nil {
		return b.refuse(r, refused)
	}
	judged := b.judge(edit)
	if judged.Outcome != sync.Unchanged && closed != nil {
		return b.refuse(r, closed)
	}
	after := b.apply(edit, judged)
	told := rowVerdict[AnswerDocument]{}
	switch judged.Outcome {
	case sync.Superseded:
		told.refused = refuseRow(Superseded, "you answered this later on another device; that stands, and this is kept")
		told.master = &AnswerDocument{Answer: after}
	case sync.Contested:
		told.master = &AnswerDocument{Answer: after}
	case sync.Unchanged, sync.Taken, sync.Agreed:
		// What others wrote beside it is told now: a tablet that pulled while this was on its way has
		// passed over the version, since it still had something to push.
		if answerRules.Differ(after.content(), edit.New.content(), edit.Stated) != 0 {
			told.master = &AnswerDocument{Answer: after}
		}
	}
	return told
}

// refuse refuses a row and tells the device what stands, if there is anything under its id.
func (b *answerBook) refuse(r AnswerRow, why *Refusal) rowVerdict[AnswerDocument] {
	told := rowVerdict[AnswerDocument]{refused: why}
	id, _ := readID(r.New.ID)
	if master, ok := b.masters[id]; ok {
		told.master = &AnswerDocument{Answer: master}
	}
	return told
}

// read makes an edit of a row, or says why there can be none.
func (b *answerBook) read(r AnswerRow, draws []SampleDraw) (answerEdit, *Refusal) {
	id, isID := readID(r.New.ID)
	requirement, isRequirement := readID(r.New.RequirementID)
	switch {
	case !isID, !isRequirement, id != AnswerID(b.inspection.ID, requirement):
		return answerEdit{}, refuseRow(Invalid, "the id is not that of this requirement's answer in this inspection")
	case r.New.Deleted:
		return answerEdit{}, refuseRow(Invalid, "an answer is never deleted; rate it NOT_REVIEWED, with a reason")
	}
	master, ok := b.masters[id]
	if !ok {
		return answerEdit{}, refuseRow(NotFound, "the checklist has no item for this requirement")
	}
	edit := answerEdit{}
	var ps Problems
	edit.New, edit.Stated, ps = master.stated(r.New, requirement, draws, b.now)
	if len(ps) > 0 {
		return edit, refuseRow(Invalid, "%s", messages(ps))
	}
	edit.Base = assumedContent(r.Assumed)
	edit.DeviceTime, _ = r.New.deviceTime()
	if r.Assumed != nil {
		// A tablet that hands the server's time back has not stated its own.
		if before, err := r.Assumed.deviceTime(); err == nil && before.Equal(edit.DeviceTime) {
			edit.DeviceTime = time.Time{}
		}
	}
	return edit, nil
}

// stated returns the answer as a tablet states it, and which fields it states.
func (a Answer) stated(by AnswerState, requirement ID, draws []SampleDraw, now time.Time) (Answer, sync.Fields, Problems) {
	in := AnswerInput{RequirementID: requirement, Rating: Rating(by.Rating), Reason: textOr(by.Reason, a.Reason), Remarks: textOr(by.Remarks, a.Remarks),
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
	if by.Sample != nil && len(ps) == 0 {
		derived, problems := in.derived("sample", draws, now)
		in.Sample, ps = derived.Sample, append(ps, problems...)
	}
	return a.with(in), by.fields(), append(ps, in.check("")...)
}

// fields are the fields that are stated.
func (a AnswerState) fields() sync.Fields {
	var stated sync.Fields
	for n, is := range []bool{a.Rating != "", a.Reason != nil, a.Remarks != nil, a.Methods != nil, a.CorrectedOnSite != nil, a.Sample != nil || a.SampleCleared} {
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
	held := start.with(AnswerInput{Rating: Rating(by.Rating), Reason: textOr(by.Reason, ""), Remarks: textOr(by.Remarks, ""), CorrectedOnSite: NotCorrected, Sample: sample})
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
		ps = append(ps, newProblem(Invalid, "rating", "%q is no rating", by.Rating))
	}
	for _, m := range in.Methods {
		if !slices.Contains(Methods(), m) {
			ps = append(ps, newProblem(Invalid, "methods", "%q is no method", string(m)))
		}
	}
	if !slices.Contains(Corrections(), in.CorrectedOnSite) {
		ps = append(ps, newProblem(Invalid, "correctedOnSite", "%q is no correction", string(in.CorrectedOnSite)))
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
