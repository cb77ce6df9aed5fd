package inspection

import (
	"context"
	"strings"
	"time"

	"plumbline/inspection/sync"
)

// PushedObservation is an observation as a tablet states it. What is nil is not stated, and stays as it
// is; an empty text clears.
type PushedObservation struct {
	ID            string  `json:"id"`
	InspectionID  string  `json:"inspectionId"`
	StandardID    *string `json:"standardId,omitempty"`
	RequirementID *string `json:"requirementId,omitempty"`
	Text          *string `json:"text,omitempty"`
	Place         *string `json:"place,omitempty"`
	ObservedAt    *string `json:"observedAt,omitempty"`
	DeviceTime    *string `json:"deviceTime,omitempty"`
	Deleted       bool    `json:"deleted,omitempty"`
	// Revision is that of the server's state which the tablet made this of.
	Revision int `json:"-"`
}

// ObservationRow is an observation pushed: what the tablet has, and what it took for the server's state
// when that was written; nil if it knew of none.
type ObservationRow struct {
	New     PushedObservation
	Assumed *PushedObservation
}

// fields are the fields that are stated. Whether it is deleted always is.
func (p PushedObservation) fields() sync.Fields {
	var stated sync.Fields
	for n, is := range []bool{p.StandardID != nil, p.RequirementID != nil, p.Text != nil, p.Place != nil, p.ObservedAt != nil, true} {
		if is {
			stated = stated.With(n)
		}
	}
	return stated
}

// over returns the observation with what is stated of it.
func (p PushedObservation) over(o Observation, now time.Time) (Observation, Problems) {
	var ps, problems Problems
	o.StandardID, problems = statedID("standardId", p.StandardID, o.StandardID)
	ps = append(ps, problems...)
	o.RequirementID, problems = statedID("requirementId", p.RequirementID, o.RequirementID)
	ps = append(ps, problems...)
	o.Text, o.Place = strings.TrimSpace(textOr(p.Text, o.Text)), strings.TrimSpace(textOr(p.Place, o.Place))
	if p.ObservedAt != nil {
		at, err := readDeviceTime(p.ObservedAt)
		if err != nil {
			ps = append(ps, newProblem(Invalid, "observedAt", "observedAt is no time; write RFC 3339, UTC"))
		}
		o.ObservedAt = &at
		if at.IsZero() {
			o.ObservedAt = nil
		}
	}
	switch {
	case !p.Deleted:
		o.RemovedAt = nil
	case o.RemovedAt == nil:
		o.RemovedAt = &now
	}
	return o, ps
}

// agrees reports whether all that is stated is, its texts to the letter, what the observation says.
func (p PushedObservation) agrees(o Observation) bool {
	stated, _ := p.over(o, o.RevisedAt)
	return observationRules.Differ(stated.content(), o.content(), observationRules.All()) == 0 &&
		letters([]string{o.Text, o.Place}, p.Text, p.Place)
}

// PushObservations judges and records observations from a tablet, by the rules of PushFindings. Taking
// one back needs no reason.
func (s *Service) PushObservations(ctx context.Context, actor Actor, rows []ObservationRow) (PushResult[ObservationDocument], error) {
	return push(ctx, s, actor, pushed[ObservationRow, ObservationDocument]{
		name:    CollectionObservation,
		row:     ObservationRow.pushRow,
		record:  s.recordPushedObservations,
		repeats: ObservationRow.repeats,
		gone:    func(t Tombstone) ObservationDocument { return ObservationDocument{Gone: &t} },
	}, rows)
}

func (r ObservationRow) pushRow() pushRow {
	row := pushRow{id: r.New.ID, inspection: r.New.InspectionID, document: r.New}
	var was *bool
	if r.Assumed != nil {
		row.assumed, was = r.Assumed, &r.Assumed.Deleted
	}
	row.echo = echoes(r.New.Deleted, was, textOr(r.New.Text, "") == "")
	row.deviceTime, _ = readDeviceTime(r.New.DeviceTime)
	return row
}

// repeats reports whether the row is the stored version sent again.
func (r ObservationRow) repeats(v OwnVersion) bool {
	kept, same := keptVersion[Observation](v, r.New.DeviceTime)
	var base Observation
	if r.Assumed != nil {
		base, _ = r.Assumed.over(base, kept.RevisedAt)
	}
	stated, _ := r.New.over(kept, kept.RevisedAt)
	said := observationRules.Differ(stated.content(), base.content(), r.New.fields())
	return same && observationRules.Differ(stated.content(), kept.content(), said) == 0
}

// observationBook is what is known of observations while rows to them are judged, one after the other.
type observationBook struct {
	group   *pushGroup[ObservationRow]
	places  places
	masters map[ID]Observation
	own     map[ID][]sync.Version
	taken   map[ID]bool   // ids that name something else
	saved   []Observation // versions, in order
}

func (s *Service) recordPushedObservations(ctx context.Context, tx Tx, g *pushGroup[ObservationRow]) ([]rowVerdict[ObservationDocument], error) {
	b, err := openObservations(ctx, tx, g)
	if err != nil {
		return nil, err
	}
	verdicts := make([]rowVerdict[ObservationDocument], len(g.rows))
	for n, r := range g.rows {
		g.at = g.receivedAt(n)
		verdicts[n] = b.push(r)
	}
	for n := range verdicts {
		if d := verdicts[n].master; d != nil {
			d.Observation = b.masters[d.ID] // as it is after the last row
		}
	}
	if len(b.saved) == 0 {
		return verdicts, nil
	}
	g.detail["observations"] = len(b.saved)
	return verdicts, tx.SaveObservations(ctx, b.saved)
}

func openObservations(ctx context.Context, tx Tx, g *pushGroup[ObservationRow]) (*observationBook, error) {
	b := &observationBook{group: g, own: map[ID][]sync.Version{}}
	var ids []ID
	for _, r := range g.rows {
		if id, ok := readID(r.New.ID); ok {
			ids = append(ids, id)
		}
	}
	var err error
	if b.masters, err = tx.ObservationsByID(ctx, g.inspection.ID, ids); err != nil {
		return nil, err
	}
	versions, err := tx.ObservationVersions(ctx, g.inspection.ID, ids, g.actor.ID)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		b.own[v.ID] = append(b.own[v.ID], v.version())
	}
	if b.taken, err = tx.IDsTaken(ctx, g.inspection.ID, CollectionObservation, ids); err != nil {
		return nil, err
	}
	b.places, err = placesOf(ctx, tx, g.inspection)
	return b, err
}

// push judges one row and enters what it comes to.
func (b *observationBook) push(r ObservationRow) rowVerdict[ObservationDocument] {
	id, ok := readID(r.New.ID)
	switch {
	case !ok:
		return rowVerdict[ObservationDocument]{refused: refuseRow(Invalid, "the id is no id; mint a UUIDv7")}
	case b.taken[id]:
		return rowVerdict[ObservationDocument]{refused: refuseRow(Conflict, "the id names another object already; mint a new one")}
	case r.pushRow().echo:
		return b.tell(id, r, nil)
	}
	master, exists := b.masters[id]
	if !exists {
		master = Observation{ID: id, InspectionID: b.group.inspection.ID}
	}
	edited, edit, refused := b.read(master, r)
	if refused != nil {
		return b.refuse(id, refused)
	}
	taken, refused := judgeDraft(observationRules, b.group.actor, b.group.at, edit)
	if (taken != 0 || refused != nil) && b.group.closed != nil {
		return b.refuse(id, b.group.closed)
	}
	if taken != 0 && !edit.deviceTime.IsZero() && overOwn(edit.hands, taken, b.group.actor) {
		if refused := b.group.stillSuperseded(r); refused != nil {
			return b.refuse(id, refused)
		}
	}
	if taken != 0 {
		merged, err := b.places.noted(b.group.inspection, master.withFields(edited, taken))
		if err != nil {
			return b.refuse(id, refuseMerge(err))
		}
		b.enter(master, merged, edit.deviceTime)
	}
	return b.tell(id, r, refused)
}

// tell tells the device what stands where the row does not say the same, as it does of findings.
func (b *observationBook) tell(id ID, r ObservationRow, refused *Refusal) rowVerdict[ObservationDocument] {
	if refused == nil && r.New.agrees(b.masters[id]) {
		return rowVerdict[ObservationDocument]{}
	}
	return b.refuse(id, refused)
}

// read makes an edit of a row, or says why there can be none.
func (b *observationBook) read(master Observation, r ObservationRow) (Observation, draftEdit, *Refusal) {
	now := b.group.now
	edited, ps := r.New.over(master, now)
	e := draftEdit{stated: r.New.fields(), master: master.content(), hands: master.hands(), own: b.own[master.ID],
		removed: master.RemovedAt != nil, removes: r.New.Deleted && master.RemovedAt == nil}
	base := Observation{ID: master.ID, InspectionID: master.InspectionID}
	var assumedTime *string
	if r.Assumed != nil && master.Revision > 0 {
		held, _ := r.Assumed.over(base, now)
		if !ofLostHistory(observationRules, r.Assumed.Revision, held.content(), r.Assumed.fields(), master.Revision, e.master) {
			base = held
		}
		assumedTime = r.Assumed.DeviceTime
	}
	e.base = base.withFields(master, observationRules.All()&^e.stated).content()
	at, problems := statedTime(r.New.DeviceTime, assumedTime)
	e.deviceTime = at
	if ps = append(ps, problems...); len(ps) > 0 {
		return edited, e, refuseRow(Invalid, "%s", messages(ps))
	}
	whole, err := b.places.noted(b.group.inspection, edited)
	if err != nil {
		return edited, e, refuseRow(Invalid, "%s", messages(ProblemsOf(err)))
	}
	e.new = whole.content()
	return whole, e, nil
}

// enter makes the merged observation the master, as a new version.
func (b *observationBook) enter(master, merged Observation, deviceTime time.Time) {
	g := b.group
	merged.Written = merged.writtenOver(master, g.actor, deviceTime, g.at)
	merged.RevisedBy, merged.RevisedAt = g.actor.ID, g.now
	if master.Revision == 0 {
		merged.AuthorID, merged.RecordedAt = g.actor.ID, g.now
	}
	merged.Revision, merged.Seq = master.Revision+1, g.inspection.Reserve(1)
	b.masters[merged.ID] = merged
	b.own[merged.ID] = append(b.own[merged.ID], merged.version())
	b.saved = append(b.saved, merged)
}

// refuse refuses a row and tells the device what stands, if there is anything under its id.
func (b *observationBook) refuse(id ID, why *Refusal) rowVerdict[ObservationDocument] {
	told := rowVerdict[ObservationDocument]{refused: why}
	if master, ok := b.masters[id]; ok {
		told.master = &ObservationDocument{Observation: master}
	}
	return told
}
