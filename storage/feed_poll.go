package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

const (
	// settleAfter is how soon to look again whether an older transaction still hides a change.
	settleAfter = 200 * time.Millisecond
	// blindEvery is how many polls pass between two wake-ups of those whose topics no mark tells of.
	blindEvery = 6
)

// settles says whether a topic's rows are numbered by transaction: they are served only when every
// older transaction has ended, which may be some time after their own commit.
func settles(kind inspection.TopicKind) bool {
	return kind == inspection.HeaderChanged || kind == inspection.ScopeChanged || kind == inspection.PriorsChanged
}

// pollOn looks for changes that nobody told of until ctx ends.
func (f *Feed) pollOn(ctx context.Context) {
	for n := 1; ; n++ {
		if !f.pause(ctx) {
			return
		}
		err := f.look(ctx, n%blindEvery == 0)
		if err != nil && ctx.Err() == nil {
			f.log.WarnContext(ctx, "the change feed could not be polled", "error", err)
		}
	}
}

// pause waits until the next poll is due; false if there is none.
func (f *Feed) pause(ctx context.Context) bool {
	due := time.NewTimer(f.poll)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-due.C:
			return true
		case <-f.hurry:
			due.Reset(min(settleAfter, f.poll))
		}
	}
}

// seen is what one poll sees of a topic's object.
type seen struct {
	kind inspection.TopicKind
	id   inspection.ID
	head int64
	mark string
}

// look polls once, if anybody waits. blind also wakes those of whose topics there is no mark.
func (f *Feed) look(ctx context.Context, blind bool) error {
	f.mu.Lock()
	idle := len(f.watchers) == 0
	inspections := f.watched(inspection.AnswersChanged, inspection.EvidenceChanged, inspection.FindingsChanged,
		inspection.ObservationsChanged, inspection.HeaderChanged)
	scopes, users, devices := f.watched(inspection.ScopeChanged), f.watched(inspection.UserChanged), f.watched(inspection.DeviceChanged)
	f.mu.Unlock()
	if idle {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	var all []seen
	var oldest, newest uint64 // the oldest transaction that runs, the newest that ever began
	err := f.store.View(ctx, inspection.System(), func(t inspection.Tx) error {
		db := t.(*tx)
		err := db.QueryRow(ctx, `select pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1`).Scan(&oldest, &newest)
		if err != nil {
			return fmt.Errorf("storage: feed: %w", err)
		}
		all, err = collect(ctx, db, "marks of the feed", scanSeen, marksOfFeed, inspections, scopes, users, devices)
		return err
	})
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range all {
		f.compare(s, newest)
	}
	f.settle(oldest)
	f.tidy(inspections)
	if blind {
		for t := range f.watchers {
			if t.Kind == inspection.LedgerChanged || t.Kind == inspection.PriorsChanged {
				f.wake(t)
			}
		}
	}
	return nil
}

func scanSeen(r pgx.Rows, s *seen) error { return r.Scan(&s.kind, &s.id, &s.head, &s.mark) }

// marksOfFeed reads what changes whenever a topic's object does.
const marksOfFeed = `
	select 'header', i.id, i.head, concat_ws('/', i.state, i.lead_id, i.revision) from inspection i where i.id = any ($1)
	union all
	select 'scope', u.id, 0, (
		select concat_ws('/', count(*), max(t.removed_at),
			string_agg(concat_ws('/', i.id, i.state, i.lead_id), ' ' order by i.id) filter (where i.state not in ('ISSUED', 'CLOSED', 'CANCELLED')))
		from team_member t left join inspection i on i.id = t.inspection_id and t.removed_at is null where t.user_id = u.id)
	from app_user u where u.id = any ($2)
	union all
	select 'user', u.id, 0, concat_ws('/', u.active, u.role, u.email, u.field_office, u.facility_id) from app_user u where u.id = any ($3)
	union all
	select 'device', d.id, 0, concat_ws('/', d.revoked_at) from device d where d.id = any ($4)`

// compare wakes who waits for an object that is not as the last poll saw it, nor as was told since. An
// object seen for the first time counts as changed: it may have, since its watch began.
func (f *Feed) compare(s seen, newest uint64) {
	if s.kind == inspection.HeaderChanged {
		f.compareHead(s)
	}
	t := inspection.Topic{Kind: s.kind, ID: s.id}
	if len(f.watchers[t]) == 0 {
		return
	}
	if last, polled := f.marks[t]; polled && last == s.mark {
		return
	} else if polled {
		f.found.Add(1)
	}
	f.marks[t] = s.mark
	f.wake(t)
	if settles(s.kind) {
		f.unsettled[t] = max(f.unsettled[t], newest)
	}
}

func (f *Feed) compareHead(s seen) {
	known, polled := f.heads[s.id]
	if polled && s.head <= known {
		return
	}
	if polled {
		f.found.Add(1)
	}
	f.heads[s.id] = s.head
	for _, t := range inspection.TopicsOf([]inspection.ID{s.id}, inspection.AnswersChanged, inspection.EvidenceChanged,
		inspection.FindingsChanged, inspection.ObservationsChanged) {
		f.wake(t)
	}
}

// settle wakes who waits for what older transactions hid until now.
func (f *Feed) settle(oldest uint64) {
	for t, by := range f.unsettled {
		if by < oldest {
			delete(f.unsettled, t)
			f.wake(t)
		}
	}
	if len(f.unsettled) > 0 {
		select {
		case f.hurry <- struct{}{}:
		default:
		}
	}
}

// tidy forgets the heads of inspections that nobody watches any more.
func (f *Feed) tidy(inspections []inspection.ID) {
	watched := make(map[inspection.ID]struct{}, len(inspections))
	for _, id := range inspections {
		watched[id] = struct{}{}
	}
	for id := range f.heads {
		if _, still := watched[id]; !still {
			delete(f.heads, id)
		}
	}
}
