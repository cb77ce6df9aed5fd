package inspection_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"plumbline/inspection"
)

// record is a document of the model: in one of a few boxes, at some version.
type record struct {
	Box, Name int
	Seq       int
	Gone      bool
}

// shelf is a server in small: boxes with documents, of which the reader's scope holds some. Numbers of
// a box are given out in the order of commits.
type shelf struct {
	mu       sync.Mutex
	heads    map[int]int
	scope    map[int]bool
	rows     map[[2]int]record
	watchers map[inspection.Topic]map[chan struct{}]bool
	moves    int  // of the scope so far: a set that is as it was may have been another meanwhile
	lose     bool // the next commit's word is lost
	faults   int  // reads that fail from now on
}

var theReader = inspection.NewID()

func boxID(n int) inspection.ID { return inspection.ID{byte(n + 1)} }

func (s *shelf) Watch(ctx context.Context, topics ...inspection.Topic) (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wake := make(chan struct{}, 1)
	for _, t := range topics {
		if s.watchers[t] == nil {
			s.watchers[t] = map[chan struct{}]bool{}
		}
		s.watchers[t][wake] = true
	}
	return wake, nil
}

func (s *shelf) wake(t inspection.Topic) {
	for w := range s.watchers[t] {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

func (s *shelf) told(t inspection.Topic) {
	if s.lose {
		s.lose = false
		return
	}
	s.wake(t)
}

func (s *shelf) poll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.watchers {
		s.wake(t)
	}
}

func (s *shelf) commit(box, name int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heads[box]++
	s.rows[[2]int{box, name}] = record{Box: box, Name: name, Seq: s.heads[box]}
	s.told(inspection.Topic{Kind: inspection.AnswersChanged, ID: boxID(box)})
}

func (s *shelf) move(box int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scope[box] = !s.scope[box]
	s.moves++
	s.told(inspection.Topic{Kind: inspection.ScopeChanged, ID: theReader})
}

var errDown = errors.New("the database is away")

func (s *shelf) fault() error {
	if s.faults > 0 {
		s.faults--
		return errDown
	}
	return nil
}

func (s *shelf) boxes() []int {
	var in []int
	for box, is := range s.scope {
		if is {
			in = append(in, box)
		}
	}
	slices.Sort(in)
	return in
}

func (s *shelf) stand(context.Context) (string, []inspection.Topic, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fault(); err != nil {
		return "", nil, "", err
	}
	at := map[int]int{}
	var ids []inspection.ID
	for _, box := range s.boxes() {
		at[box] = s.heads[box]
		ids = append(ids, boxID(box))
	}
	text, err := json.Marshal(at)
	return fmt.Sprint(s.moves), inspection.TopicsOf(ids, inspection.AnswersChanged), string(text), err
}

// pull reads as PullAnswers does: tombstones of boxes that left first, then what is beyond each head.
func (s *shelf) pull(_ context.Context, checkpoint string, limit int) (inspection.Bulk[record], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var page inspection.Bulk[record]
	if err := s.fault(); err != nil {
		return page, err
	}
	at := map[int]int{}
	if checkpoint != "" {
		if err := json.Unmarshal([]byte(checkpoint), &at); err != nil {
			return page, err
		}
	}
	for _, box := range slices.Sorted(maps.Keys(at)) {
		if !s.scope[box] {
			for _, r := range s.rows {
				if r.Box == box {
					page.Documents = append(page.Documents, record{Box: box, Name: r.Name, Gone: true})
				}
			}
			delete(at, box)
		}
	}
	for _, box := range s.boxes() {
		var rows []record
		for _, r := range s.rows {
			if r.Box == box && r.Seq > at[box] {
				rows = append(rows, r)
			}
		}
		slices.SortFunc(rows, func(a, b record) int { return a.Seq - b.Seq })
		for _, r := range rows {
			if len(page.Documents) >= limit {
				break
			}
			page.Documents = append(page.Documents, r)
			at[box] = r.Seq
		}
		at[box] += 0 // an empty box has its place too
	}
	text, err := json.Marshal(at)
	page.Checkpoint = string(text)
	return page, err
}

// task is what waits in a replica's queue; nil is a RESYNC.
type task struct {
	at   int
	bulk *inspection.Bulk[record]
}

// replica keeps its copy as rxdb 17.6.0 does (replication-protocol/downstream.js): events wait in a
// queue; a RESYNC behind other events is forgotten; what came before a pull began is dropped.
type replica struct {
	of         *shelf
	rows       map[[2]int]record
	checkpoint string
	queue      []task
	clock      int
	lastPull   int
	stream     <-chan inspection.Bulk[record]
	stop       context.CancelFunc
}

func (r *replica) add(bulk *inspection.Bulk[record]) {
	r.queue = append(r.queue, task{r.clock, bulk})
	r.clock++
}

func (r *replica) keep(rows []record) {
	for _, row := range rows {
		if row.Gone {
			delete(r.rows, [2]int{row.Box, row.Name})
			continue
		}
		r.rows[[2]int{row.Box, row.Name}] = row
	}
}

// connect subscribes anew; the client library says RESYNC by itself before it does.
func (r *replica) connect(ctx context.Context) error {
	if r.stop != nil {
		r.stop()
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.add(nil)
	var err error
	r.stream, err = inspection.StreamOf(ctx, r.of, theReader, r.of.stand, r.of.pull, func(error, bool) {})
	return err
}

// deliver takes what the stream has ready, at most n events.
func (r *replica) deliver(n int) {
	for ; n > 0; n-- {
		synctest.Wait()
		select {
		case bulk := <-r.stream:
			if bulk.Resync {
				r.add(nil)
			} else {
				r.add(&bulk)
			}
		default:
			return
		}
	}
}

// work takes from the queue as one run of rxdb does. Between two pages of a pull, events may come.
func (r *replica) work(between, limit int) {
	var bulks []*inspection.Bulk[record]
	resync := false
	for len(r.queue) > 0 {
		next := r.queue[0]
		r.queue = r.queue[1:]
		if next.at < r.lastPull {
			continue
		}
		if next.bulk == nil {
			resync = len(bulks) == 0
			break
		}
		bulks = append(bulks, next.bulk)
	}
	for _, bulk := range bulks {
		r.keep(bulk.Documents)
		r.checkpoint = bulk.Checkpoint
	}
	for resync {
		r.lastPull = r.clock
		r.clock++
		page, err := r.of.pull(context.Background(), r.checkpoint, limit)
		if err != nil {
			continue // it tries again until it can
		}
		if len(page.Documents) > 0 {
			r.checkpoint = page.Checkpoint
			r.keep(page.Documents)
		}
		resync = len(page.Documents) >= limit
		r.deliver(between)
	}
}

type deed struct{ What, Box, Name, N int }

// Whatever is lost, late, slow or cut: in the end a replica that follows the stream holds what the
// server does.
func TestAReplicaThatFollowsTheStreamEndsAtTheServersState(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(2, 6).Draw(rt, "limit")
		deeds := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) deed {
			return deed{rapid.IntRange(0, 11).Draw(t, "what"), rapid.IntRange(0, 2).Draw(t, "box"),
				rapid.IntRange(0, 4).Draw(t, "name"), rapid.IntRange(0, 4).Draw(t, "n")}
		}), 1, 80).Draw(rt, "deeds")
		var wrong error
		synctest.Test(t, func(t *testing.T) { wrong = follow(t.Context(), deeds, limit) })
		if wrong != nil {
			rt.Fatal(wrong)
		}
	})
}

func follow(parent context.Context, deeds []deed, limit int) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	s := &shelf{heads: map[int]int{}, scope: map[int]bool{0: true}, rows: map[[2]int]record{}, watchers: map[inspection.Topic]map[chan struct{}]bool{}}
	r := &replica{of: s, rows: map[[2]int]record{}, lastPull: -1}
	r.add(nil)
	if err := r.connect(ctx); err != nil {
		return err
	}
	for _, d := range deeds {
		synctest.Wait()
		switch d.What {
		case 0, 1, 2, 3:
			s.commit(d.Box, d.Name)
		case 4:
			if s.scope[d.Box] {
				r.settle(limit)
			}
			s.move(d.Box)
		case 5:
			s.poll()
		case 6, 7:
			r.deliver(d.N)
		case 8, 9:
			r.work(d.N, limit)
		case 10:
			s.lose = true
			s.faults = d.N
		case 11:
			if err := r.connect(ctx); err != nil {
				return err
			}
		}
	}
	s.faults, s.lose = 0, false
	for range 5 {
		s.poll()
		time.Sleep(2 * time.Minute) // for whoever waits before another attempt
		r.settle(limit)
	}
	return s.compare(r)
}

// settle takes everything that is under way. A box is left only after that: nobody joins and leaves
// within the flight of one event, and rxdb puts that event's older checkpoint in the place of its own.
func (r *replica) settle(limit int) {
	for range 50 {
		r.deliver(10)
		r.work(0, limit)
	}
}

func (s *shelf) compare(r *replica) error {
	want := map[[2]int]record{}
	for key, row := range s.rows {
		if s.scope[row.Box] {
			want[key] = row
		}
	}
	if !maps.Equal(want, r.rows) {
		return fmt.Errorf("the server holds %v\nthe replica %v", want, r.rows)
	}
	return nil
}

// Whoever is too far behind pulls, in place of taking page after page.
func TestAReaderWhoIsFarBehindIsToldToPull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{heads: map[int]int{}, scope: map[int]bool{0: true}, rows: map[[2]int]record{}, watchers: map[inspection.Topic]map[chan struct{}]bool{}}
		ctx, cancel := context.WithCancel(t.Context())
		events, err := inspection.StreamOf(ctx, s, theReader, s.stand, s.pull, func(err error, _ bool) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		if first := <-events; !first.Resync {
			t.Errorf("the first event is %v", first)
		}
		for n := range 20 * inspection.StreamPage {
			s.commit(0, n)
		}
		pages := 0
		for event := range events {
			if event.Resync {
				break
			}
			if len(event.Documents) == inspection.StreamPage { // the first may have been read while rows were still coming
				pages++
			}
		}
		if second := <-events; pages != 5 || !second.Resync {
			t.Errorf("after %d pages: %v", pages, second)
		}
		s.commit(0, 1)
		if next := <-events; len(next.Documents) != 1 {
			t.Errorf("got %d documents after the pull", len(next.Documents))
		}
		cancel()
		if _, open := <-events; open {
			t.Error("the stream goes on after its end")
		}
	})
}

func TestAStreamOutlivesFaultsAndEndsWithARefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{heads: map[int]int{}, scope: map[int]bool{0: true}, rows: map[[2]int]record{}, watchers: map[inspection.Topic]map[chan struct{}]bool{}}
		var faults int
		var last error
		refuse := false
		stand := func(ctx context.Context) (string, []inspection.Topic, string, error) {
			if refuse {
				return "", nil, "", inspection.Refuse(inspection.Forbidden, "", "not yours any more")
			}
			return s.stand(ctx)
		}
		s.faults = 3
		events, err := inspection.StreamOf(t.Context(), s, theReader, stand, s.pull, func(err error, over bool) {
			if last = err; !over {
				faults++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if first := <-events; !first.Resync || faults != 3 {
			t.Errorf("the first event is %v after %d faults", first, faults)
		}
		refuse = true
		s.move(1)
		if _, open := <-events; open || !inspection.Refused(last, inspection.Forbidden) {
			t.Errorf("the stream ended with %v", last)
		}
		if _, err := inspection.StreamOf(t.Context(), s, theReader, stand, s.pull, nil); !inspection.Refused(err, inspection.Forbidden) {
			t.Errorf("a stream that is not the reader's began: %v", err)
		}
	})
}
