package inspection

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"plumbline/inspection/sync"
)

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
		name:    CollectionAnswer,
		row:     answerPushRow,
		record:  s.recordPushedAnswers,
		repeats: AnswerRow.repeats,
		gone:    func(t Tombstone) AnswerDocument { return AnswerDocument{Gone: &t} },
	}, rows)
}

func answerPushRow(r AnswerRow) pushRow {
	row := pushRow{id: r.New.ID, inspection: r.New.InspectionID, document: r.New}
	var was *bool
	if r.Assumed != nil {
		row.assumed, was = r.Assumed, &r.Assumed.Deleted
	}
	row.echo = echoes(r.New.Deleted, was, r.New.silent())
	if at, err := r.New.deviceTime(); err == nil {
		row.deviceTime = at
	}
	return row
}

// recordPushedAnswers judges the rows in order; each meets what those before it made.
func (s *Service) recordPushedAnswers(ctx context.Context, tx Tx, g *pushGroup[AnswerRow]) ([]rowVerdict[AnswerDocument], error) {
	verdicts := make([]rowVerdict[AnswerDocument], len(g.rows))
	book, err := s.openPushBook(ctx, tx, g)
	if err != nil {
		return nil, err
	}
	drawn, err := drawsOf(ctx, tx, g)
	if err != nil {
		return nil, err
	}
	book.superseded = g.stillSuperseded
	for n, r := range g.rows {
		book.received = g.receivedAt(n)
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
	b, err := s.openBook(ctx, tx, g.inspection, g.actor, ids, times)
	if err == nil && len(g.received) > 0 {
		b.now = g.now // what is adopted is recorded when it was decided on
	}
	return b, err
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
	older := judged.Late != 0 || overOwn(b.masters[edit.New.ID].hands(), judged.Taken, b.actor)
	if older && edit.DeviceTime != (time.Time{}) && b.superseded != nil {
		if refused := b.superseded(r); refused != nil {
			return b.refuse(r, refused)
		}
	}
	after := b.apply(edit, judged)
	told := rowVerdict[AnswerDocument]{}
	// What others wrote beside it is told now: a tablet that pulled while this was on its way has passed
	// over the version, since it still had something to push.
	if judged.Outcome == sync.Contested || judged.Late != 0 ||
		answerRules.Differ(after.content(), edit.New.content(), edit.Stated) != 0 || !r.New.asKept(edit.New) {
		told.master = &AnswerDocument{Answer: after}
	}
	if judged.Late != 0 {
		told.refused = refuseRow(Superseded, "you answered this later on another device; that stands, and this is kept")
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
	in, ps := master.stated(r.New)
	in.RequirementID = requirement
	if len(ps) == 0 && r.New.Sample != nil {
		in, ps = in.derived("sample", draws, b.now)
	}
	if ps = append(ps, in.check("")...); len(ps) > 0 {
		return answerEdit{}, refuseRow(Invalid, "%s", messages(ps))
	}
	edit := answerEdit{New: master.with(in), Stated: r.New.fields()}
	edit.Base, edit.Based = assumedContent(r.Assumed), r.Assumed != nil
	if r.Assumed != nil && ofLostHistory(answerRules, r.Assumed.Revision, edit.Base, r.Assumed.fields(), master.Revision, master.content()) {
		edit.Base, edit.Based = assumedContent(nil), false
	}
	edit.DeviceTime, _ = r.New.deviceTime()
	if r.Assumed != nil {
		// A tablet that hands the server's time back has not stated its own.
		if before, err := r.Assumed.deviceTime(); err == nil && before.Equal(edit.DeviceTime) {
			edit.DeviceTime = time.Time{}
		}
	}
	return edit, nil
}

// repeats reports whether the row is the stored version sent again: what it says is what that has, and
// it was written at the same time by the device's clock, if it says when.
func (r AnswerRow) repeats(v OwnVersion) bool {
	var stored struct {
		Rating          Rating
		Reason, Remarks string
		Methods         []Method
		CorrectedOnSite Correction `json:"corrected_on_site"`
		Sample          *Sample
		DeviceTime      *time.Time `json:"device_time"`
	}
	if err := json.Unmarshal(v.Row, &stored); err != nil {
		return false // then it is kept as late work, and nothing is lost
	}
	at, err := r.New.deviceTime()
	if err != nil || !at.IsZero() && (stored.DeviceTime == nil || !stored.DeviceTime.Equal(at)) {
		return false
	}
	kept := Answer{Rating: stored.Rating, Reason: stored.Reason, Remarks: stored.Remarks, Methods: stored.Methods,
		CorrectedOnSite: stored.CorrectedOnSite, Sample: stored.Sample}
	in, _ := kept.stated(r.New)
	stated := kept.with(in)
	said := answerRules.Differ(stated.content(), assumedContent(r.Assumed), r.New.fields())
	return answerRules.Differ(stated.content(), kept.content(), said) == 0
}
