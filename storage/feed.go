package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// FeedConfig is what it takes to follow the changes of a database.
type FeedConfig struct {
	// URL is where to listen, if not where the store connects: past a pooler, which loses
	// notifications. Always the primary.
	URL string
	// Poll is how often to look whether a notification was lost: every 5 seconds.
	Poll time.Duration
	// Logger is told when the connection is lost and made again. Nil logs nothing.
	Logger *slog.Logger
}

// channel is where the triggers of the database say what changed.
const channel = "plumbline_change"

const (
	// pingAfter is how long a silent connection is believed to be alive.
	pingAfter = 30 * time.Second
	// connectWithin bounds one attempt to connect.
	connectWithin             = 10 * time.Second
	leastBackoff, mostBackoff = 50 * time.Millisecond, 5 * time.Second
)

// Feed wakes those who wait for a change in this process. It holds one connection that listens, and
// polls besides, so that a notification that never came is late and not lost. No data passes through
// it: who is woken reads the change log for themself.
type Feed struct {
	store  *Store
	listen *pgx.ConnConfig
	poll   time.Duration
	log    *slog.Logger
	stop   context.CancelFunc
	ended  sync.WaitGroup

	mu        sync.Mutex
	watchers  map[inspection.Topic]map[*watcher]struct{}
	heads     map[inspection.ID]int64     // the highest head that was told or seen, of those watched
	marks     map[inspection.Topic]string // what the last poll saw of a topic
	unsettled map[inspection.Topic]uint64 // told by a transaction that older ones may still hide
	hurry     chan struct{}               // asks the poll not to wait

	reconnects, notified, found atomic.Int64
	listening                   atomic.Bool
}

var _ inspection.Feed = (*Feed)(nil)

// watcher is one wait for a change of some topics.
type watcher struct{ wake chan struct{} }

// Follow begins to follow the changes. It needs no connection yet: until there is one, the poll serves.
func (s *Store) Follow(config FeedConfig) (*Feed, error) {
	listen := s.pool.Config().ConnConfig
	if config.URL != "" {
		var err error
		if listen, err = pgx.ParseConfig(config.URL); err != nil {
			return nil, errors.New("storage: the URL to listen at cannot be read")
		}
	}
	listen.Tracer = nil
	listen.RuntimeParams["application_name"] = "plumbline feed"
	delete(listen.RuntimeParams, "idle_in_transaction_session_timeout")
	if config.Poll == 0 {
		config.Poll = 5 * time.Second
	}
	ctx, stop := context.WithCancel(context.Background())
	f := &Feed{store: s, listen: listen, poll: config.Poll, log: warnings(config.Logger), stop: stop,
		watchers: map[inspection.Topic]map[*watcher]struct{}{}, heads: map[inspection.ID]int64{}, marks: map[inspection.Topic]string{},
		unsettled: map[inspection.Topic]uint64{}, hurry: make(chan struct{}, 1)}
	f.ended.Add(2)
	go func() { defer f.ended.Done(); f.listenOn(ctx) }()
	go func() { defer f.ended.Done(); f.pollOn(ctx) }()
	return f, nil
}

// Close stops following and ends the connection. Channels stay as they are.
func (f *Feed) Close() {
	f.stop()
	f.ended.Wait()
}

// Watch registers a wait; see inspection.Feed.
func (f *Feed) Watch(ctx context.Context, topics ...inspection.Topic) (<-chan struct{}, error) {
	w := &watcher{wake: make(chan struct{}, 1)}
	f.mu.Lock()
	for _, t := range topics {
		if f.watchers[t] == nil {
			f.watchers[t] = map[*watcher]struct{}{}
		}
		f.watchers[t][w] = struct{}{}
	}
	f.mu.Unlock()
	context.AfterFunc(ctx, func() { f.forget(w, topics) })
	return w.wake, nil
}

func (f *Feed) forget(w *watcher, topics []inspection.Topic) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range topics {
		delete(f.watchers[t], w)
		if len(f.watchers[t]) == 0 {
			delete(f.watchers, t)
			delete(f.marks, t)
			delete(f.unsettled, t)
		}
	}
}

// wake wakes who waits for the topic. The lock is held.
func (f *Feed) wake(t inspection.Topic) {
	for w := range f.watchers[t] {
		select {
		case w.wake <- struct{}{}:
		default: // it is to wake up already
		}
	}
}

func (f *Feed) wakeAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for t := range f.watchers {
		f.wake(t)
	}
}

// listenOn listens until ctx ends, on one connection after another.
func (f *Feed) listenOn(ctx context.Context) {
	wait := leastBackoff
	for first := true; ctx.Err() == nil; first = false {
		if !first {
			f.reconnects.Add(1)
		}
		began := time.Now()
		err := f.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		f.log.WarnContext(ctx, "the change feed's connection was lost; changes are found by polling until it is back", "error", err)
		if time.Since(began) > mostBackoff {
			wait = leastBackoff
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, mostBackoff)
	}
}

// listenOnce connects and hands out what it hears until the connection is lost.
func (f *Feed) listenOnce(ctx context.Context) error {
	attempt, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	conn, err := pgx.ConnectConfig(attempt, f.listen)
	if err != nil {
		return fmt.Errorf("storage: feed: %w", err)
	}
	defer func() {
		farewell, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(farewell) // it is given up, whatever it says to that
	}()
	if _, err := conn.Exec(attempt, "listen "+channel); err != nil {
		return fmt.Errorf("storage: feed: %w", err)
	}
	f.listening.Store(true)
	defer f.listening.Store(false)
	f.wakeAll() // for what was told while nobody listened
	for {
		if err := f.hear(ctx, conn); err != nil {
			return fmt.Errorf("storage: feed: %w", err)
		}
	}
}

// hear waits for one notification, and asks a connection that is silent for long whether it is there.
func (f *Feed) hear(ctx context.Context, conn *pgx.Conn) error {
	wait, cancel := context.WithTimeout(ctx, pingAfter)
	defer cancel()
	told, err := conn.WaitForNotification(wait)
	switch {
	case err == nil:
		f.notified.Add(1)
		f.take(told.Payload)
		return nil
	case ctx.Err() != nil || wait.Err() == nil:
		return err
	}
	ping, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	return conn.Ping(ping)
}

// take wakes who waits for what a notification names. One that cannot be read is of a newer schema.
func (f *Feed) take(payload string) {
	words := strings.Fields(payload)
	if len(words) != 3 {
		return
	}
	id, err := uuid.Parse(words[1])
	if err != nil {
		return
	}
	n, err := strconv.ParseUint(words[2], 10, 64)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if words[0] == "head" {
		if known, watched := f.heads[id]; watched {
			f.heads[id] = max(known, int64(n))
		}
		return
	}
	t := inspection.Topic{Kind: inspection.TopicKind(words[0]), ID: id}
	if len(f.watchers[t]) == 0 {
		return
	}
	f.wake(t)
	if settles(t.Kind) {
		f.unsettled[t] = max(f.unsettled[t], n)
		select {
		case f.hurry <- struct{}{}:
		default:
		}
	}
}

// FeedStats are a feed's figures.
type FeedStats struct {
	Listening  bool
	Topics     int   // watched now
	Reconnects int64 // since the start, as are the next
	Notified   int64
	// Found is how many changes the poll found that nobody had told of.
	Found int64
}

// Stats returns the figures, for metrics.
func (f *Feed) Stats() FeedStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return FeedStats{Listening: f.listening.Load(), Topics: len(f.watchers), Reconnects: f.reconnects.Load(), Notified: f.notified.Load(), Found: f.found.Load()}
}

// watched lists the ids of the watched topics of the given kinds. The lock is held.
func (f *Feed) watched(kinds ...inspection.TopicKind) []inspection.ID {
	ids := map[inspection.ID]struct{}{}
	for t := range f.watchers {
		for _, kind := range kinds {
			if t.Kind == kind {
				ids[t.ID] = struct{}{}
			}
		}
	}
	return slices.Collect(maps.Keys(ids))
}
