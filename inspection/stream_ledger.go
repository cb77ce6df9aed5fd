package inspection

import (
	"context"
	"reflect"
	"time"
)

// ledgerPause is the least time between two ledgers of one stream: a push of many pages, or eight tablets
// in a car park, are told of together.
const ledgerPause = time.Second

// StreamLedger gives out the ledger as it is, and anew after each change of what it says, at most about
// one a second. Who may not see it is refused, at the beginning and before each ledger, by the rules of
// Ledger: the stream is then over. The channel is closed when ctx ends, or after trouble was told that
// it is over.
func (s *Service) StreamLedger(ctx context.Context, actor Actor, id ID, trouble Trouble) (<-chan *Ledger, error) {
	if s.settings.Feed == nil {
		return nil, Refuse(Unavailable, "", "this server follows no changes")
	}
	// What is committed between the watch and the first reading is read twice, which no one notices.
	changed, err := s.settings.Feed.Watch(ctx, TopicsOf([]ID{id}, LedgerChanged, EvidenceChanged, AnswersChanged,
		FindingsChanged, ObservationsChanged, HeaderChanged)...)
	if err != nil {
		return nil, err
	}
	first, err := s.Ledger(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	r := &ledgerRun{ledgers: make(chan *Ledger), changed: changed, trouble: trouble,
		read: func() (*Ledger, error) { return s.Ledger(ctx, actor, id) }}
	go func() {
		defer close(r.ledgers)
		r.run(ctx, first)
	}()
	return r.ledgers, nil
}

// ledgerRun is one running stream of a ledger.
type ledgerRun struct {
	ledgers chan *Ledger
	changed <-chan struct{}
	read    func() (*Ledger, error)
	trouble Trouble
}

// run gives out ledgers until there is an end.
func (r *ledgerRun) run(ctx context.Context, now *Ledger) {
	for {
		select {
		case r.ledgers <- now:
		case <-ctx.Done():
			return
		}
		next, on := r.next(ctx, now)
		if !on {
			return
		}
		now = next
	}
}

// next waits for a ledger that says something else than the last; false if the stream is over.
func (r *ledgerRun) next(ctx context.Context, last *Ledger) (*Ledger, bool) {
	for {
		if !pause(ctx, ledgerPause) {
			return nil, false
		}
		select {
		case <-r.changed:
		case <-ctx.Done():
			return nil, false
		}
		now, on := r.again(ctx)
		if !on || !now.saysTheSame(last) {
			return now, on
		}
	}
}

// again reads the ledger as soon as it can; false if it is no longer the reader's to see.
func (r *ledgerRun) again(ctx context.Context) (*Ledger, bool) {
	for patience := leastPatience; ; patience = min(2*patience, mostPatience) {
		now, err := r.read()
		switch {
		case err == nil:
			return now, true
		case ctx.Err() != nil:
			return nil, false
		case isFinal(err):
			r.trouble(err, true)
			return nil, false
		}
		r.trouble(err, false)
		if !pause(ctx, patience) {
			return nil, false
		}
	}
}

// saysTheSame reports whether two readings differ in nothing but when they were read.
func (l *Ledger) saysTheSame(other *Ledger) bool {
	return reflect.DeepEqual(l.Entries, other.Entries)
}
