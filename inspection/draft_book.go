package inspection

import (
	"context"
	"time"

	"plumbline/inspection/sync"
)

// draft is a document that several people write and that is no answer: a finding, an observation.
type draft[D any] interface {
	// content is what it says, in the order of its kind's rules.
	content() sync.Content
	// hands are whose each field is.
	hands() []sync.Hand
	withFields(other D, some sync.Fields) D
	kept() draftKept
	withKept(draftKept) D
}

// draftKept is what Plumbline keeps of a draft beside what it says.
type draftKept struct {
	id                    ID
	revision              int
	seq                   int64
	author, revisedBy     ID
	recordedAt, revisedAt time.Time
	written               Written
	removed               bool
}

// draftState is a draft as a tablet states it. What is not stated stays as it is.
type draftState[D any] interface {
	// head is what every kind of draft states.
	head() draftHead
	// fields are the fields that are stated.
	fields() sync.Fields
	// over returns the document with what is stated of it.
	over(d D, now time.Time) (D, Problems)
	// agrees reports whether all that is stated is, its texts to the letter, what the document says.
	agrees(d D) bool
}

// draftHead is what every kind of draft states.
type draftHead struct {
	id, inspection   string
	text, deviceTime *string
	deleted          bool
	revision         int
}

// DraftRow is a document pushed: what the tablet has, and what it took for the server's state when that
// was written; nil if it knew of none.
type DraftRow[S any] struct {
	New     S
	Assumed *S
}

// draftKind is what a collection of drafts has of its own: its documents D, as tablets state them S, and as
// they are told M.
type draftKind[D draft[D], S draftState[D], M any] struct {
	name Collection
	// counted names the number of versions in an event.
	counted string
	rules   sync.Rules
	// blank is a document before anybody wrote it.
	blank func(id, inspection ID) D
	// masters and versions load what rows to the documents are judged by; there may be more of them.
	masters  func(ctx context.Context, tx Tx, of ID, ids []ID) ([]D, error)
	versions func(ctx context.Context, tx Tx, of ID, ids []ID) ([]D, error)
	save     func(ctx context.Context, tx Tx, versions []D) error
	// whole is the document with all that follows from what it says, or why that does not hold.
	whole func(p places, i *Inspection, d D) (D, error)
	// follows adds to what a row edits what else comes of it.
	follows func(p places, base D, edited *D, e *draftEdit) Problems
	told    func(D) M
	gone    func(Tombstone) M
}

// push judges and records rows from a tablet, each on its own.
func (k draftKind[D, S, M]) push(ctx context.Context, s *Service, actor Actor, rows []DraftRow[S]) (PushResult[M], error) {
	return push(ctx, s, actor, pushed[DraftRow[S], M]{name: k.name, row: k.row, record: k.record, repeats: k.repeats, gone: k.gone}, rows)
}

func (k draftKind[D, S, M]) row(r DraftRow[S]) pushRow {
	head := r.New.head()
	row := pushRow{id: head.id, inspection: head.inspection, document: r.New}
	var was *bool
	if r.Assumed != nil {
		deleted := (*r.Assumed).head().deleted
		row.assumed, was = r.Assumed, &deleted
	}
	row.echo = echoes(head.deleted, was, textOr(head.text, "") == "")
	row.deviceTime, _ = readDeviceTime(head.deviceTime)
	return row
}

// repeats reports whether the row is the stored version sent again.
func (k draftKind[D, S, M]) repeats(r DraftRow[S], v OwnVersion) bool {
	stored, same := keptVersion[D](v, r.New.head().deviceTime)
	base, now := k.blank(ID{}, ID{}), stored.kept().revisedAt
	if r.Assumed != nil {
		base, _ = (*r.Assumed).over(base, now)
	}
	stated, _ := r.New.over(stored, now)
	said := k.rules.Differ(stated.content(), base.content(), r.New.fields())
	return same && k.rules.Differ(stated.content(), stored.content(), said) == 0
}

// record judges the rows in order; each meets what those before it made.
func (k draftKind[D, S, M]) record(ctx context.Context, tx Tx, g *pushGroup[DraftRow[S]]) ([]rowVerdict[M], error) {
	b, err := k.open(ctx, tx, g)
	if err != nil {
		return nil, err
	}
	verdicts := make([]rowVerdict[M], len(g.rows))
	for n, r := range g.rows {
		g.at = g.receivedAt(n)
		verdicts[n] = b.push(r)
	}
	for n, r := range g.rows {
		id, _ := readID(r.New.head().id)
		if master, ok := b.masters[id]; ok && verdicts[n].master != nil {
			*verdicts[n].master = k.told(master) // as it is after the last row
		}
	}
	if len(b.saved) == 0 {
		return verdicts, nil
	}
	g.detail[k.counted] = len(b.saved)
	return verdicts, k.save(ctx, tx, b.saved)
}

// draftBook is what is known of drafts while rows to them are judged, one after the other.
type draftBook[D draft[D], S draftState[D], M any] struct {
	kind     draftKind[D, S, M]
	group    *pushGroup[DraftRow[S]]
	places   places
	masters  map[ID]D
	versions map[ID][]sync.Version
	taken    map[ID]bool // ids that name something else
	saved    []D         // versions, in order
}

// open loads what judging the group's rows takes.
func (k draftKind[D, S, M]) open(ctx context.Context, tx Tx, g *pushGroup[DraftRow[S]]) (*draftBook[D, S, M], error) {
	b := &draftBook[D, S, M]{kind: k, group: g, masters: map[ID]D{}, versions: map[ID][]sync.Version{}}
	var ids []ID
	for _, r := range g.rows {
		if id, ok := readID(r.New.head().id); ok {
			ids = append(ids, id)
		}
	}
	masters, err := k.masters(ctx, tx, g.inspection.ID, ids)
	if err != nil {
		return nil, err
	}
	for _, d := range masters {
		b.masters[d.kept().id] = d
	}
	versions, err := k.versions(ctx, tx, g.inspection.ID, ids)
	if err != nil {
		return nil, err
	}
	for _, d := range versions {
		b.keep(d)
	}
	if b.taken, err = tx.IDsTaken(ctx, g.inspection.ID, k.name, ids); err != nil {
		return nil, err
	}
	b.places, err = placesOf(ctx, tx, g.inspection)
	return b, err
}

// keep adds a version to those that a row may repeat.
func (b *draftBook[D, S, M]) keep(d D) {
	of := d.kept()
	b.versions[of.id] = append(b.versions[of.id], sync.Version{Author: of.revisedBy, Revision: of.revision, Content: d.content(), DeviceTime: of.written.DeviceTime})
}

// push judges one row and enters what it comes to.
func (b *draftBook[D, S, M]) push(r DraftRow[S]) rowVerdict[M] {
	id, ok := readID(r.New.head().id)
	switch {
	case !ok:
		return rowVerdict[M]{refused: refuseRow(Invalid, "the id is no id; mint a UUIDv7")}
	case b.taken[id]:
		return rowVerdict[M]{refused: refuseRow(Conflict, "the id names another object already; mint a new one")}
	case b.kind.row(r).echo:
		return b.tell(id, r, nil)
	}
	master, exists := b.masters[id]
	if !exists {
		master = b.kind.blank(id, b.group.inspection.ID)
	}
	edited, edit, refused := b.read(master, r)
	if refused != nil {
		return b.refuse(id, refused)
	}
	taken, refused := judgeDraft(b.kind.rules, b.group.actor, b.group.at, edit)
	if (taken != 0 || refused != nil) && b.group.closed != nil {
		return b.refuse(id, b.group.closed)
	}
	if taken != 0 && !edit.deviceTime.IsZero() && overOwn(edit.hands, taken, b.group.actor) {
		if refused := b.group.stillSuperseded(r); refused != nil {
			return b.refuse(id, refused)
		}
	}
	if taken != 0 {
		merged, err := b.kind.whole(b.places, b.group.inspection, master.withFields(edited, taken))
		if err != nil {
			return b.refuse(id, refuseMerge(err))
		}
		b.enter(master, merged, edit.deviceTime)
	}
	return b.tell(id, r, refused)
}

// tell tells the device what stands where the row does not say the same. What others wrote beside it, and
// what followed from it, is told now: a tablet that pulled while the row was on its way has passed over the
// version, since it still had something to push.
func (b *draftBook[D, S, M]) tell(id ID, r DraftRow[S], refused *Refusal) rowVerdict[M] {
	if refused == nil && r.New.agrees(b.masters[id]) {
		return rowVerdict[M]{}
	}
	return b.refuse(id, refused)
}

// read makes an edit of a row, or says why there can be none.
func (b *draftBook[D, S, M]) read(master D, r DraftRow[S]) (D, draftEdit, *Refusal) {
	now, rules, stands := b.group.now, b.kind.rules, master.kept()
	edited, ps := r.New.over(master, now)
	e := draftEdit{stated: r.New.fields(), master: master.content(), hands: master.hands(), versions: b.versions[stands.id],
		removed: stands.removed, removes: r.New.head().deleted && !stands.removed}
	base := b.kind.blank(stands.id, b.group.inspection.ID)
	var assumedTime *string
	if r.Assumed != nil && stands.revision > 0 {
		assumed := *r.Assumed
		held, _ := assumed.over(base, now)
		if !ofLostHistory(rules, assumed.head().revision, held.content(), assumed.fields(), stands.revision, e.master) {
			base = held
		}
		assumedTime = assumed.head().deviceTime
	}
	base = base.withFields(master, rules.All()&^e.stated)
	e.base = base.content()
	at, problems := statedTime(r.New.head().deviceTime, assumedTime)
	e.deviceTime = at
	ps = append(append(ps, problems...), b.kind.follows(b.places, base, &edited, &e)...)
	if len(ps) > 0 {
		return edited, e, refuseRow(Invalid, "%s", messages(ps))
	}
	whole, err := b.kind.whole(b.places, b.group.inspection, edited)
	if err != nil {
		return edited, e, refuseRow(Invalid, "%s", messages(ProblemsOf(err)))
	}
	e.new = whole.content()
	return whole, e, nil
}

// enter makes the merged document the master, as a new version.
func (b *draftBook[D, S, M]) enter(master, merged D, deviceTime time.Time) {
	g, kept := b.group, merged.kept()
	kept.written = writtenOver(b.kind.rules, master, merged, g.actor, deviceTime, g.at)
	kept.revisedBy, kept.revisedAt = g.actor.ID, g.now
	if kept.revision == 0 {
		// The first capture starts the clock of an immediate threat, and stays.
		kept.author, kept.recordedAt = g.actor.ID, g.now
	}
	kept.revision, kept.seq = kept.revision+1, g.inspection.Reserve(1)
	merged = merged.withKept(kept)
	b.masters[kept.id] = merged
	b.keep(merged)
	b.saved = append(b.saved, merged)
}

// writtenOver is what an actor makes of an older version by writing a newer.
func writtenOver[D draft[D]](rules sync.Rules, old, newer D, actor Actor, deviceTime, now time.Time) Written {
	return writtenNow(rules, old.hands(), actor, deviceTime, now, rules.Differ(old.content(), newer.content(), rules.All()))
}

// refuse refuses a row and tells the device what stands, if there is anything under its id.
func (b *draftBook[D, S, M]) refuse(id ID, why *Refusal) rowVerdict[M] {
	told := rowVerdict[M]{refused: why}
	if master, ok := b.masters[id]; ok {
		document := b.kind.told(master)
		told.master = &document
	}
	return told
}
