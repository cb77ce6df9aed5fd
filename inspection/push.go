package inspection

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"plumbline/inspection/sync"
)

// PushResult is what a push came to, beside what it changed.
type PushResult[D any] struct {
	// Conflicts are the server's documents where the device's are not what stands: each once, as it is
	// after the whole push. A device that got none holds what the server holds, or will be given it.
	Conflicts []D
	// Refusals are the rows that did not become part of the record, in the order of the request.
	Refusals []Refusal
}

// Refusal is a row that did not become part of the record, and why.
type Refusal struct {
	Collection Collection
	// ID and InspectionID are as they were sent.
	ID           string
	InspectionID string
	Code         Code
	Message      string
}

// Codes of kept writes beside those of problems.
const (
	// Superseded: the same person wrote the same field later, on another device.
	Superseded Code = "SUPERSEDED"
	// LateFrozen: it came after the inspection was issued or cancelled.
	LateFrozen Code = "LATE_FROZEN"
	// LateFieldworkDone: it came after the fieldwork was finished.
	LateFieldworkDone Code = "LATE_FIELDWORK_DONE"
	// LateRemoved: it came after its author had left the team.
	LateRemoved Code = "LATE_REMOVED"
	// LateRevoked: it came from a device that had been revoked.
	LateRevoked Code = "LATE_REVOKED"
)

// Late reports whether a write refused with the code waits to be adopted.
func (c Code) Late() bool {
	return c == LateFrozen || c == LateFieldworkDone || c == LateRemoved || c == LateRevoked
}

// Standing is how an inspection stands towards a push.
type Standing struct {
	State State
	// OnTeam: the actor is on the team now; else they were.
	OnTeam bool
}

type pushTx interface {
	// PushStanding locks the inspection's row until the transaction ends and says how it stands towards
	// a push by the actor; nil if there is none, or the actor never was on its team.
	PushStanding(ctx context.Context, id ID) (*Standing, error)
	// OwnVersions loads what the actor brought before of documents of an inspection, which they need not
	// see any more.
	OwnVersions(ctx context.Context, of Collection, inspection ID, documents []ID) ([]OwnVersion, error)
	// KeepWrites adds what was not kept before and returns how many that were.
	KeepWrites(ctx context.Context, ws []KeptWrite) (added int, err error)
	// SupersededWrites returns the sums of what the actor brought to an inspection and had written later
	// elsewhere.
	SupersededWrites(ctx context.Context, inspection ID) (map[SHA256]bool, error)
	// KeptWrites loads what was kept of an inspection, the first received first.
	KeptWrites(ctx context.Context, inspection ID) ([]KeptWrite, error)
}

// OwnVersion is a version that the actor brought: the row of storage as JSON, by column.
type OwnVersion struct {
	ID  ID
	Row []byte
}

// pushRow is what the engine asks of a row of any collection.
type pushRow struct {
	// ID and inspection are as they were sent.
	id, inspection string
	// document and assumed are encoded as JSON if the row is kept.
	document, assumed any
	deviceTime        time.Time
	// echo: a tombstone that the server gave is handed back. It says nothing and is never refused, or
	// tablet and server would hand it to each other for ever.
	echo bool
}

// echoes reports whether a row hands back a tombstone that the server gave: it is deleted, and so was what
// it rests on. assumed is nil of a tablet that begins anew and rests on nothing; then one is known by its
// being silent, that is by saying nothing that such a document may go without.
func echoes(deleted bool, assumed *bool, silent bool) bool {
	if assumed == nil {
		return deleted && silent
	}
	return deleted && *assumed
}

// ofLostHistory reports whether what a device assumed, of the fields that it held, is of a history that the
// database has lost, restored from a backup since: its revision has been reached by no master that says the
// same. It is no base then, so that all that the device holds counts.
func ofLostHistory(rules sync.Rules, revision int, assumed sync.Content, held sync.Fields, reached int, master sync.Content) bool {
	return revision >= reached && rules.Differ(assumed, master, held) != 0
}

// pushed is a collection as push sees it: R its rows, D its documents.
type pushed[R, D any] struct {
	name Collection
	// sealed: what is there is nobody's to read, and how many there are stands in no event.
	sealed bool
	row    func(R) pushRow
	// record judges the group's rows in order, saves what becomes part of the record, and returns a
	// verdict on each. Where the group is closed it saves nothing: what is there already is taken as
	// done, and everything else refused as the group says.
	record func(ctx context.Context, tx Tx, g *pushGroup[R]) ([]rowVerdict[D], error)
	// repeats reports whether the row is the version sent again.
	repeats func(R, OwnVersion) bool
	// gone makes the tombstone of a document.
	gone func(Tombstone) D
}

// pushGroup are the rows of a push that belong to one inspection.
type pushGroup[R any] struct {
	id ID
	// inspection is locked; nil of a sealed collection, which is judged without sight of it.
	inspection *Inspection
	actor      Actor
	now        time.Time
	rows       []R
	// received says of each row when it came; empty if all came now. By it clocks are put right.
	received []time.Time
	// at is when the row at hand came.
	at time.Time
	// closed says why nothing becomes part of the record any more; nil if all may.
	closed *Refusal
	// superseded reports whether the row came before and was superseded; nil if none can have. It reads
	// when it is first asked, and what that failed with ends the push.
	superseded func(R) (bool, error)
	failed     error
	// detail goes into the audit event.
	detail map[string]any
	// written: something was saved that takes no change number.
	written bool
}

// receivedAt is when the n-th row came.
func (g *pushGroup[R]) receivedAt(n int) time.Time {
	if n < len(g.received) {
		return g.received[n]
	}
	return g.now
}

// stillSuperseded refuses a row of which a part would be taken, though it came before and was
// superseded: one that the network delivers again looks younger by the time that it was under way.
func (g *pushGroup[R]) stillSuperseded(r R) *Refusal {
	if g.superseded == nil || g.failed != nil {
		return nil
	}
	var known bool
	if known, g.failed = g.superseded(r); known {
		return refuseRow(Superseded, "you wrote this later on another device; that stands, and this is kept")
	}
	return nil
}

// rowVerdict is what one row came to.
type rowVerdict[D any] struct {
	// refused says why the row, or a part of it, did not become part of the record.
	refused *Refusal
	// master is what the device is told to take for its own; nil if what it holds stands.
	master *D
}

func refuseRow(code Code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Message: fmt.Sprintf(format, args...)}
}

// push judges rows one by one and writes them set-wise, in one transaction per inspection. No refused
// row stands in another's way. A push that is sent again changes nothing.
func push[R, D any](ctx context.Context, s *Service, actor Actor, of pushed[R, D], rows []R) (PushResult[D], error) {
	if err := Allow(actor, SyncPush, Subject{}); err != nil {
		return PushResult[D]{}, err
	}
	if len(rows) > mostAnswers {
		return PushResult[D]{}, Refuse(Invalid, string(of.name)+"PushRow", "send at most %d rows at a time", mostAnswers)
	}
	p := pusher[R, D]{s: s, actor: actor, of: of, rows: rows, verdicts: make([]rowVerdict[D], len(rows))}
	for _, id := range p.group() {
		if err := p.inspection(ctx, id); err != nil {
			return PushResult[D]{}, err
		}
	}
	return p.result(), nil
}

type pusher[R, D any] struct {
	s        *Service
	actor    Actor
	of       pushed[R, D]
	rows     []R
	groups   map[ID][]int
	verdicts []rowVerdict[D]
}

// group sorts the rows by inspection and returns the inspections, the first named first.
func (p *pusher[R, D]) group() []ID {
	p.groups = map[ID][]int{}
	var order []ID
	for n, r := range p.rows {
		id, ok := readID(p.of.row(r).inspection)
		if !ok {
			p.decide(n, rowVerdict[D]{refused: refuseRow(Invalid, "inspectionId is no id")}, false)
			continue
		}
		if p.groups[id] == nil {
			order = append(order, id)
		}
		p.groups[id] = append(p.groups[id], n)
	}
	return order
}

// decide notes what a row came to; open is whether the actor may hold the inspection's documents. Where
// not, what came before is answered by a tombstone: one that a pull brought may have met the row unsent,
// and is not brought again.
func (p *pusher[R, D]) decide(n int, v rowVerdict[D], open bool) {
	row := p.of.row(p.rows[n])
	switch {
	case row.echo && !open:
		v = rowVerdict[D]{}
	case row.echo:
		v.refused = nil
	case v.refused == nil && !open && !p.of.sealed: // a sealed note is the tablet's own, and nothing is taken back
		gone := p.of.gone(Tombstone{row.id, row.inspection})
		v.master = &gone
	}
	p.verdicts[n] = v
}

// inspection judges and writes the rows of one inspection.
func (p *pusher[R, D]) inspection(ctx context.Context, id ID) error {
	return p.s.store.InTx(ctx, p.actor, func(tx Tx) error {
		standing, err := tx.PushStanding(ctx, id)
		if err != nil {
			return err
		}
		places := p.groups[id]
		if standing == nil {
			for _, n := range places {
				p.decide(n, rowVerdict[D]{refused: refuseRow(NotFound, "there is no such inspection, or it is not yours to see")}, false)
			}
			return nil
		}
		g := &pushGroup[R]{id: id, actor: p.actor, now: p.s.now(), rows: make([]R, len(places)), closed: standing.closed(p.actor),
			detail: map[string]any{"collection": p.of.name}}
		if !p.of.sealed {
			g.detail["rows"] = len(places)
		}
		for n, place := range places {
			g.rows[n] = p.rows[place]
		}
		if !p.of.sealed && (!standing.OnTeam || p.actor.Device.Revoked) {
			if err := p.aside(ctx, tx, id, g); err != nil {
				return err
			}
			return p.save(ctx, tx, id, g, 0)
		}
		var head int64
		if !p.of.sealed {
			if g.inspection, err = tx.Inspection(ctx, id); err != nil {
				return err
			}
			head = g.inspection.Head
		}
		g.superseded = p.superseded(ctx, tx, id)
		verdicts, err := p.of.record(ctx, tx, g)
		if err = cmp.Or(err, g.failed); err != nil {
			return err
		}
		for n, place := range places {
			p.decide(place, verdicts[n], !standing.State.Frozen())
		}
		return p.save(ctx, tx, id, g, head)
	})
}

// aside refuses the rows of who may see the inspection no more, all but those that came before.
func (p *pusher[R, D]) aside(ctx context.Context, tx Tx, id ID, g *pushGroup[R]) error {
	var documents []ID
	for _, r := range g.rows {
		if document, ok := readID(p.of.row(r).id); ok {
			documents = append(documents, document)
		}
	}
	own, err := tx.OwnVersions(ctx, p.of.name, id, documents)
	if err != nil {
		return err
	}
	for n, place := range p.groups[id] {
		document, _ := readID(p.of.row(g.rows[n]).id)
		known := slices.ContainsFunc(own, func(v OwnVersion) bool { return v.ID == document && p.of.repeats(g.rows[n], v) })
		v := rowVerdict[D]{refused: g.closed}
		if known {
			v.refused = nil
		}
		p.decide(place, v, false)
	}
	return nil
}

// save keeps what was refused and, if anything was written, records the event.
func (p *pusher[R, D]) save(ctx context.Context, tx Tx, id ID, g *pushGroup[R], head int64) error {
	kept, err := p.keep(id, g.now)
	if err != nil {
		return err
	}
	added, err := tx.KeepWrites(ctx, kept)
	if err != nil {
		return err
	}
	numbered := g.inspection != nil && g.inspection.Head != head
	changed := numbered || g.written
	if !changed && added == 0 {
		return nil
	}
	if !p.of.sealed {
		g.detail["kept"] = added
	}
	if p.actor.Device.ID != (ID{}) {
		g.detail["device"] = p.actor.Device.ID
	}
	event := AuditEvent{ID: NewID(), InspectionID: &id, At: g.now, Actor: p.actor, Action: SyncPush, Outcome: Done,
		TargetType: "Inspection", TargetID: id, Detail: g.detail}
	if !changed {
		event.Outcome = Denied
	}
	if err := tx.Audit(ctx, event); err != nil || !numbered {
		return err
	}
	return tx.SaveInspection(ctx, g.inspection, false)
}

// closed says why nothing that this actor brings becomes part of the record now; nil if it may.
func (st Standing) closed(actor Actor) *Refusal {
	switch {
	case actor.Device.Revoked:
		return refuseRow(LateRevoked, "this device was revoked: what it brings is kept aside until the lead, or after the freeze the reviewer, adopts it")
	case !st.OnTeam:
		return refuseRow(LateRemoved, "you are no longer on the team: what you bring is kept aside until the lead, or after the freeze the reviewer, adopts it")
	case st.State == Planned:
		return refuseRow(Invalid, "the inspection has not started; the lead starts it")
	case st.State.Frozen():
		return refuseRow(LateFrozen, "the inspection is %s: what comes now is kept aside until the reviewer adopts it", st.State)
	case st.State != InProgress:
		return refuseRow(LateFieldworkDone, "the fieldwork is done: what comes now is kept aside until the lead adopts it")
	}
	return nil
}

// result lists conflicts and refusals. Of rows to one document the last has its state.
func (p *pusher[R, D]) result() PushResult[D] {
	result := PushResult[D]{Conflicts: []D{}, Refusals: []Refusal{}}
	at := map[string]int{}
	for n, r := range p.rows {
		row, v := p.of.row(r), p.verdicts[n]
		if v.refused != nil {
			told := *v.refused
			told.Collection, told.ID, told.InspectionID = p.of.name, row.id, row.inspection
			result.Refusals = append(result.Refusals, told)
			if v.master == nil {
				gone := p.of.gone(Tombstone{row.id, row.inspection})
				v.master = &gone
			}
		}
		if v.master == nil {
			continue
		}
		if before, told := at[row.id]; told {
			result.Conflicts[before] = *v.master
			continue
		}
		at[row.id] = len(result.Conflicts)
		result.Conflicts = append(result.Conflicts, *v.master)
	}
	return result
}
