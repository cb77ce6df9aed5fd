package inspection

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"plumbline/inspection/sync"
)

// PushedFinding is a finding as a tablet states it. What is nil is not stated, and stays as it is; an
// empty text clears.
type PushedFinding struct {
	ID               string  `json:"id"`
	InspectionID     string  `json:"inspectionId"`
	Kind             *string `json:"kind,omitempty"`
	StandardID       *string `json:"standardId,omitempty"`
	StandardText     *string `json:"standardText,omitempty"`
	RequirementID    *string `json:"requirementId,omitempty"`
	Code             *string `json:"code,omitempty"`
	Text             *string `json:"text,omitempty"`
	ResponsibleParty *string `json:"responsibleParty,omitempty"`
	Priority         *bool   `json:"priority,omitempty"`
	Repeat           *bool   `json:"repeat,omitempty"`
	CorrectedOnSite  *string `json:"correctedOnSite,omitempty"`
	CorrectionNote   *string `json:"correctionNote,omitempty"`
	Condition        *string `json:"condition,omitempty"`
	Likelihood       *string `json:"likelihood,omitempty"`
	Spread           *string `json:"spread,omitempty"`
	ImmediateThreat  *bool   `json:"immediateThreat,omitempty"`
	RemovedReason    *string `json:"removedReason,omitempty"`
	DeviceTime       *string `json:"deviceTime,omitempty"`
	Deleted          bool    `json:"deleted,omitempty"`
	// Revision is that of the server's state which the tablet made this of.
	Revision int `json:"-"`
}

// FindingRow is a finding pushed: what the tablet has, and what it took for the server's state when that
// was written; nil if it knew of none.
type FindingRow struct {
	New     PushedFinding
	Assumed *PushedFinding
}

// fields are the fields that are stated. Whether it is deleted always is.
func (p PushedFinding) fields() sync.Fields {
	var stated sync.Fields
	for n, is := range []bool{p.Kind != nil, p.StandardID != nil, p.StandardText != nil, p.RequirementID != nil, p.Code != nil, p.Text != nil,
		p.ResponsibleParty != nil, p.Priority != nil, p.Repeat != nil, p.CorrectedOnSite != nil, p.CorrectionNote != nil, p.Condition != nil,
		p.Likelihood != nil || p.Spread != nil, p.ImmediateThreat != nil, true} {
		if is {
			stated = stated.With(n)
		}
	}
	return stated
}

// over returns the finding with what is stated of it.
func (p PushedFinding) over(f Finding, now time.Time) (Finding, Problems) {
	var ps, problems Problems
	f.StandardID, problems = statedID("standardId", p.StandardID, f.StandardID)
	ps = append(ps, problems...)
	f.RequirementID, problems = statedID("requirementId", p.RequirementID, f.RequirementID)
	ps = append(ps, problems...)
	ps = append(ps, stateWord("kind", &f.Kind, p.Kind, []FindingKind{Deficiency, AreaOfConcern, Note, BestPractice})...)
	ps = append(ps, stateWord("responsibleParty", &f.ResponsibleParty, p.ResponsibleParty, []Party{PartyFacility, PartyERO, PartyHealthProvider})...)
	ps = append(ps, stateWord("correctedOnSite", &f.CorrectedOnSite, p.CorrectedOnSite, Corrections())...)
	ps = append(ps, stateWord("likelihood", &f.Likelihood, p.Likelihood, append(Likelihoods(), ""))...)
	ps = append(ps, stateWord("spread", &f.Spread, p.Spread, append(Spreads(), ""))...)
	for _, text := range []struct{ to, from *string }{{&f.StandardText, p.StandardText}, {&f.Code, p.Code}, {&f.Text, p.Text},
		{&f.CorrectionNote, p.CorrectionNote}, {&f.Condition, p.Condition}} {
		if text.from != nil {
			*text.to = strings.TrimSpace(*text.from)
		}
	}
	for _, is := range []struct{ to, from *bool }{{&f.PriorityDeclared, p.Priority}, {&f.RepeatDeclared, p.Repeat}, {&f.ImmediateThreat, p.ImmediateThreat}} {
		if is.from != nil {
			*is.to = *is.from
		}
	}
	switch {
	case !p.Deleted:
		f.RemovedAt, f.RemovedReason = nil, ""
	case f.RemovedAt == nil:
		f.RemovedAt, f.RemovedReason = &now, textOr(p.RemovedReason, "")
	}
	return f, ps
}

// agrees reports whether all that is stated is, its texts to the letter, what the finding says.
func (p PushedFinding) agrees(f Finding) bool {
	f.CorrectedOnSite = cmp.Or(f.CorrectedOnSite, NotCorrected) // as it is given out
	stated, _ := p.over(f, f.RevisedAt)
	return findingRules.Differ(stated.content(), f.content(), findingRules.All()) == 0 &&
		letters([]string{f.StandardText, f.Code, f.Text, f.CorrectionNote, f.Condition, f.RemovedReason},
			p.StandardText, p.Code, p.Text, p.CorrectionNote, p.Condition, p.RemovedReason)
}

// stateWord takes a word that is stated, if it is one of those known.
func stateWord[W ~string](field string, to *W, given *string, known []W) Problems {
	if given == nil {
		return nil
	}
	if !slices.Contains(known, W(*given)) {
		return Problems{newProblem(Invalid, field, "%s is none of %v", field, known)}
	}
	*to = W(*given)
	return nil
}

// PushFindings judges and records findings from a tablet, each on its own: at most 1,000, of any
// inspections. Per field, what nobody else changed is taken; where two people changed the same, the
// first stands and the other row is kept as refused, with Conflict. A row that is deleted takes the
// finding back, with its reason; one that was taken back comes back by no row.
func (s *Service) PushFindings(ctx context.Context, actor Actor, rows []FindingRow) (PushResult[FindingDocument], error) {
	return push(ctx, s, actor, pushed[FindingRow, FindingDocument]{
		name:    CollectionFinding,
		row:     FindingRow.pushRow,
		record:  s.recordPushedFindings,
		repeats: FindingRow.repeats,
		gone:    func(t Tombstone) FindingDocument { return FindingDocument{Gone: &t} },
	}, rows)
}

func (r FindingRow) pushRow() pushRow {
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
func (r FindingRow) repeats(v OwnVersion) bool {
	kept, same := keptVersion[Finding](v, r.New.DeviceTime)
	base := blankFinding(kept.ID, kept.InspectionID)
	if r.Assumed != nil {
		base, _ = r.Assumed.over(base, kept.RevisedAt)
	}
	stated, _ := r.New.over(kept, kept.RevisedAt)
	said := findingRules.Differ(stated.content(), base.content(), r.New.fields())
	return same && findingRules.Differ(stated.content(), kept.content(), said) == 0
}

// findingBook is what is known of findings while rows to them are judged, one after the other.
type findingBook struct {
	group   *pushGroup[FindingRow]
	places  places
	masters map[ID]Finding
	own     map[ID][]sync.Version
	taken   map[ID]bool // ids that name something else
	saved   []Finding   // versions, in order
}

func (s *Service) recordPushedFindings(ctx context.Context, tx Tx, g *pushGroup[FindingRow]) ([]rowVerdict[FindingDocument], error) {
	b, err := openFindings(ctx, tx, g)
	if err != nil {
		return nil, err
	}
	verdicts := make([]rowVerdict[FindingDocument], len(g.rows))
	for n, r := range g.rows {
		g.at = g.receivedAt(n)
		verdicts[n] = b.push(r)
	}
	for n := range verdicts {
		if d := verdicts[n].master; d != nil {
			d.Finding = b.masters[d.ID] // as it is after the last row
		}
	}
	if len(b.saved) == 0 {
		return verdicts, nil
	}
	g.detail["findings"] = len(b.saved)
	return verdicts, tx.SaveFindings(ctx, b.saved)
}

func openFindings(ctx context.Context, tx Tx, g *pushGroup[FindingRow]) (*findingBook, error) {
	b := &findingBook{group: g, masters: map[ID]Finding{}, own: map[ID][]sync.Version{}}
	var ids []ID
	for _, r := range g.rows {
		if id, ok := readID(r.New.ID); ok {
			ids = append(ids, id)
		}
	}
	known, err := tx.Findings(ctx, g.inspection.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range known {
		b.masters[f.ID] = f
	}
	versions, err := tx.FindingVersions(ctx, g.inspection.ID, ids, g.actor.ID)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		b.own[v.ID] = append(b.own[v.ID], v.version())
	}
	if b.taken, err = tx.IDsTaken(ctx, g.inspection.ID, CollectionFinding, ids); err != nil {
		return nil, err
	}
	b.places, err = placesOf(ctx, tx, g.inspection)
	return b, err
}

// push judges one row and enters what it comes to.
func (b *findingBook) push(r FindingRow) rowVerdict[FindingDocument] {
	id, ok := readID(r.New.ID)
	switch {
	case !ok:
		return rowVerdict[FindingDocument]{refused: refuseRow(Invalid, "the id is no id; mint a UUIDv7")}
	case b.taken[id]:
		return rowVerdict[FindingDocument]{refused: refuseRow(Conflict, "the id names another object already; mint a new one")}
	case r.pushRow().echo:
		return b.tell(id, r, nil)
	}
	master, exists := b.masters[id]
	if !exists {
		master = blankFinding(id, b.group.inspection.ID)
	}
	edited, edit, refused := b.read(master, r)
	if refused != nil {
		return b.refuse(id, refused)
	}
	taken, refused := judgeDraft(findingRules, b.group.actor, b.group.at, edit)
	if (taken != 0 || refused != nil) && b.group.closed != nil {
		return b.refuse(id, b.group.closed)
	}
	if taken != 0 && !edit.deviceTime.IsZero() && overOwn(edit.hands, taken, b.group.actor) {
		if refused := b.group.stillSuperseded(r); refused != nil {
			return b.refuse(id, refused)
		}
	}
	if taken != 0 {
		merged, err := b.places.settled(b.group.inspection, master.withFields(edited, taken))
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
func (b *findingBook) tell(id ID, r FindingRow, refused *Refusal) rowVerdict[FindingDocument] {
	if refused == nil && r.New.agrees(b.masters[id]) {
		return rowVerdict[FindingDocument]{}
	}
	return b.refuse(id, refused)
}

// read makes an edit of a row, or says why there can be none. A requirement that only followed from the
// line's code follows it where the row changes the code alone.
func (b *findingBook) read(master Finding, r FindingRow) (Finding, draftEdit, *Refusal) {
	now := b.group.now
	edited, ps := r.New.over(master, now)
	e := draftEdit{stated: r.New.fields(), master: master.content(), hands: master.hands(), own: b.own[master.ID],
		removed: master.RemovedAt != nil, removes: r.New.Deleted && master.RemovedAt == nil}
	base := blankFinding(master.ID, master.InspectionID)
	var assumedTime *string
	if r.Assumed != nil && master.Revision > 0 {
		held, _ := r.Assumed.over(base, now)
		if !ofLostHistory(findingRules, r.Assumed.Revision, held.content(), r.Assumed.fields(), master.Revision, e.master) {
			base = held
		}
		assumedTime = r.Assumed.DeviceTime
	}
	base = base.withFields(master, findingRules.All()&^e.stated)
	e.base = base.content()
	if edited.Code != base.Code && sameValue(edited.RequirementID, base.RequirementID) && b.places.follows(base) {
		edited.RequirementID, e.stated = nil, e.stated.With(findingRequirement)
	}
	at, problems := statedTime(r.New.DeviceTime, assumedTime)
	e.deviceTime = at
	if e.removes {
		reason, err := reasonToRemove("removedReason", edited.RemovedReason)
		problems = append(problems, ProblemsOf(err)...)
		edited.RemovedReason = reason
	}
	if ps = append(ps, problems...); len(ps) > 0 {
		return edited, e, refuseRow(Invalid, "%s", messages(ps))
	}
	whole, err := b.places.settled(b.group.inspection, edited)
	if err != nil {
		return edited, e, refuseRow(Invalid, "%s", messages(ProblemsOf(err)))
	}
	e.new = whole.content()
	return whole, e, nil
}

// enter makes the merged finding the master, as a new version.
func (b *findingBook) enter(master, merged Finding, deviceTime time.Time) {
	g := b.group
	merged.Written = merged.writtenOver(master, g.actor, deviceTime, g.at)
	merged.RevisedBy, merged.RevisedAt = g.actor.ID, g.now
	if master.Revision == 0 {
		// The first capture starts the clock of an immediate threat, and stays.
		merged.AuthorID, merged.RecordedAt = g.actor.ID, g.now
	}
	merged.Revision, merged.Seq = master.Revision+1, g.inspection.Reserve(1)
	b.masters[merged.ID] = merged
	b.own[merged.ID] = append(b.own[merged.ID], merged.version())
	b.saved = append(b.saved, merged)
}

// refuse refuses a row and tells the device what stands, if there is anything under its id.
func (b *findingBook) refuse(id ID, why *Refusal) rowVerdict[FindingDocument] {
	told := rowVerdict[FindingDocument]{refused: why}
	if master, ok := b.masters[id]; ok {
		told.master = &FindingDocument{Finding: master}
	}
	return told
}
