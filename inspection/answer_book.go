package inspection

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"plumbline/inspection/sync"
)

// answerRules are an answer's fields as they are compared and merged. Remarks stand side by side: a
// difference over them holds nothing up.
var answerRules = sync.Rules{
	{Name: "rating", Judgement: true, Nothing: string(NotReviewed)},
	{Name: "reason"},
	{Name: "remarks", Aside: true},
	{Name: "methods"},
	{Name: "correctedOnSite"},
	{Name: "sample"},
}

// content is what the answer says, in the order of answerRules.
func (a Answer) content() sync.Content {
	methods := make([]string, len(a.Methods))
	for n, m := range a.Methods {
		methods[n] = string(m)
	}
	return sync.Content{string(a.Rating), a.Reason, a.Remarks, strings.Join(methods, ","), string(a.CorrectedOnSite), sampleText(a.Sample)}
}

// sampleText is equal for two samples if and only if they say the same.
func sampleText(s *Sample) string {
	if s == nil {
		return ""
	}
	text, err := json.Marshal(s)
	if err != nil { // a sample holds numbers that JSON has, and text
		panic("inspection: a sample cannot be written: " + err.Error())
	}
	return string(text)
}

// withFields returns the answer with the given fields of another.
func (a Answer) withFields(b Answer, of sync.Fields) Answer {
	for n, set := range []func(){
		func() { a.Rating = b.Rating }, func() { a.Reason = b.Reason }, func() { a.Remarks = b.Remarks },
		func() { a.Methods = b.Methods }, func() { a.CorrectedOnSite = b.CorrectedOnSite }, func() { a.Sample = b.Sample },
	} {
		if of.Has(n) {
			set()
		}
	}
	return a
}

// hands are whose each field of the answer is. Of answers that were given before that was kept, all is
// the newest author's.
func (a Answer) hands() []sync.Hand {
	hands := make([]sync.Hand, len(answerRules))
	for n, f := range answerRules {
		hands[n] = a.WrittenBy[f.Name]
		if len(a.WrittenBy) == 0 && a.Revision > 0 {
			hands[n] = sync.Hand{By: a.AuthorID, At: a.RecordedAt}
		}
	}
	return hands
}

// writtenBy returns whose each field is after the author wrote the given ones.
func (a Answer) writtenBy(author sync.Hand, of sync.Fields) sync.Hands {
	after := make(sync.Hands, len(answerRules))
	for n, h := range a.hands() {
		if of.Has(n) {
			h = author
		}
		if h.By != (ID{}) {
			after[answerRules[n].Name] = h
		}
	}
	return after
}

// version is the answer as the rules see it.
func (a Answer) version() sync.Version {
	var offset time.Duration
	if a.ClockOffset != nil {
		offset = *a.ClockOffset
	}
	v := sync.Version{Author: a.AuthorID, Revision: a.Revision, Content: a.content(), Hands: a.hands(), Device: a.DeviceID, DeviceTime: a.DeviceTime}
	v.At = v.Written(sync.Corrected(a.DeviceTime, offset, a.RecordedAt))
	return v
}

// versionsOf are versions of one answer as the rules see them, in order of revision.
func versionsOf(answers []Answer) []sync.Version {
	versions := make([]sync.Version, len(answers))
	for n, a := range answers {
		versions[n] = a.version()
	}
	return versions
}

// judgements are the fields of an answer that are a person's judgement.
func judgements() sync.Fields {
	var all sync.Fields
	for n, f := range answerRules {
		if f.Judgement {
			all = all.With(n)
		}
	}
	return all
}

// answerBook is what is known of answers while rows to them are judged, one after the other: each row
// meets what those before it made.
type answerBook struct {
	inspection *Inspection
	actor      Actor
	now        time.Time
	// received is when the row at hand came, by which its clock is put right.
	received time.Time
	// superseded refuses a row that came before and was superseded; nil where none can have.
	superseded func(AnswerRow) *Refusal
	masters    map[ID]Answer
	// standpoints are the versions by which rows are judged, in order of revision; see sync.Row.
	standpoints map[ID][]Answer
	disputes    []Dispute
	// What is to be saved.
	versions []Answer
	changed  []ID // answers, each once
	argued   []ID // disputes, each once
}

// openBook loads what judging rows to the answers takes. times are the device times that rows state.
func (s *Service) openBook(ctx context.Context, tx Tx, i *Inspection, actor Actor, ids []ID, times []time.Time) (*answerBook, error) {
	b := &answerBook{inspection: i, actor: actor, now: s.now()}
	b.received = b.now
	var err error
	if b.masters, err = tx.AnswersByID(ctx, i.ID, ids); err != nil {
		return nil, err
	}
	if b.disputes, err = tx.Disputes(ctx, i.ID); err != nil {
		return nil, err
	}
	b.standpoints, err = tx.Standpoints(ctx, i.ID, answered(b.masters), times)
	return b, err
}

// answered lists the answers that somebody gave before.
func answered(masters map[ID]Answer) []ID {
	var ids []ID
	for _, a := range masters {
		if a.Revision > 0 {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// save writes what the rows came to.
func (b *answerBook) save(ctx context.Context, tx Tx, detail map[string]any) error {
	masters, disputes := b.changes()
	detail["answers"], detail["disputes"] = len(b.versions), len(disputes)
	if err := tx.SaveAnswers(ctx, masters, b.versions); err != nil {
		return err
	}
	return tx.SaveDisputes(ctx, disputes)
}

// answerEdit is a row: what somebody makes of an answer.
type answerEdit struct {
	// New is the answer as the author has it; fields that are not stated are the master's.
	New    Answer
	Stated sync.Fields
	Base   sync.Content
	// Based: the author knew the state that it rests on.
	Based bool
	// DeviceTime is zero if it was not stated for this writing.
	DeviceTime time.Time
	// Fresh: the author has read the newest version and judges the item as a whole, so that the row repeats
	// none but one in dispute.
	Fresh bool
}

// judge decides what a row comes to.
func (b *answerBook) judge(e answerEdit) sync.Judgement {
	master := b.masters[e.New.ID]
	open, settled := disputeOver(b.disputes, master.ID)
	row := sync.Row{Author: b.hand(e), Device: b.actor.Device.ID, DeviceTime: e.DeviceTime, Stated: e.Stated, New: e.New.content(), Base: e.Base, Based: e.Based, Read: e.Fresh,
		Master: master.content(), Hands: master.hands(), Versions: versionsOf(b.standpoints[master.ID]), Settled: settled}
	if open != nil {
		row.Disputed, row.Since = open.over(), open.SecondRevision
	}
	return answerRules.Judge(row)
}

func (b *answerBook) hand(e answerEdit) sync.Hand {
	return sync.Hand{By: b.actor.ID, At: sync.Corrected(e.DeviceTime, b.actor.Device.Offset, b.received)}
}

// apply enters what a row was judged to be, and returns the answer as it stands then.
func (b *answerBook) apply(e answerEdit, j sync.Judgement) Answer {
	master := b.masters[e.New.ID]
	if j.Outcome == sync.Unchanged || j.Outcome == sync.Superseded && j.Taken == 0 {
		return master
	}
	version := master.withFields(e.New, j.Changed)
	said := j.Said
	if e.Fresh {
		said |= judgements() // that of another among it, if they agree
	}
	version.WrittenBy = master.writtenBy(b.hand(e), said)
	version.AuthorID, version.DeviceTime, version.RecordedAt = b.actor.ID, e.DeviceTime, b.now
	version.DeviceID, version.ClockOffset = b.actor.Device.ID, b.actor.Device.offset()
	version.Revision, version.Seq = master.Revision+1, b.inspection.Reserve(1)
	b.versions = append(b.versions, version)
	b.standpoints[master.ID] = append(slices.Clip(b.standpoints[master.ID]), version)
	switch j.Outcome {
	case sync.Contested:
		b.contest(version, j)
		master.Revision, master.Seq = version.Revision, version.Seq
		version = master
	default:
		if j.Outcome == sync.Agreed {
			b.settle(version)
		}
		version.WrittenBy = master.writtenBy(b.hand(e), j.Taken) // what agrees with another's stays theirs
		if j.Taken != 0 {
			b.stands(version)
		}
	}
	b.masters[master.ID] = version
	if !slices.Contains(b.changed, master.ID) {
		b.changed = append(b.changed, master.ID)
	}
	return version
}

// contest opens a dispute over the answer, or adds to the open one: the fields that the version disputes, and
// what else it changes, which waits for the ruling with them.
func (b *answerBook) contest(version Answer, j sync.Judgement) {
	open, _ := disputeOver(b.disputes, version.ID)
	over := j.Disputed | j.Changed
	if open == nil {
		b.disputes = append(b.disputes, Dispute{ID: NewID(), InspectionID: b.inspection.ID, AnswerID: version.ID,
			Fields: answerRules.Names(over), FirstRevision: b.standing(version.ID), SecondRevision: version.Revision, OpenedAt: b.now})
		b.argue(b.disputes[len(b.disputes)-1].ID)
		return
	}
	if all := open.over() | over; all != open.over() {
		open.Fields = answerRules.Names(all)
		b.argue(open.ID)
	}
}

// standing is the revision of the newest version that says what the answer says as it stands.
func (b *answerBook) standing(answer ID) int {
	master := b.masters[answer].content()
	for _, v := range slices.Backward(b.standpoints[answer]) {
		if slices.Equal(v.content(), master) {
			return v.Revision
		}
	}
	return 1
}

// stands has an open dispute, which did not hold this version up, name it as the one that stands now. The
// dispute ends if nobody says otherwise any more.
func (b *answerBook) stands(version Answer) {
	open, _ := disputeOver(b.disputes, version.ID)
	if open == nil {
		return
	}
	stood := open.FirstRevision
	open.FirstRevision = version.Revision
	b.argue(open.ID)
	if argumentOver(*open, b.disputes, b.standpoints[version.ID]).over() {
		open.FirstRevision = stood // while it was open
		b.settle(version)
	}
}

// settle ends a dispute in which nobody says otherwise any more.
func (b *answerBook) settle(version Answer) {
	open, _ := disputeOver(b.disputes, version.ID)
	open.RuledBy, open.RuledAt, open.Ruling, open.RulingReason = &b.actor.ID, &b.now, version.Rating, agreedReason
	open.SettledRevision, open.Agreed = version.Revision-1, true
	b.argue(open.ID)
}

// agreedReason stands for a ruling where none was needed.
const agreedReason = "Nobody says otherwise any more."

func (b *answerBook) argue(dispute ID) {
	if !slices.Contains(b.argued, dispute) {
		b.argued = append(b.argued, dispute)
	}
}

// changes are the masters and disputes to save.
func (b *answerBook) changes() (masters []Answer, disputes []Dispute) {
	for _, id := range b.changed {
		masters = append(masters, b.masters[id])
	}
	for _, d := range b.disputes {
		if slices.Contains(b.argued, d.ID) {
			disputes = append(disputes, d)
		}
	}
	return masters, disputes
}
