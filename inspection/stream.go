package inspection

import (
	"context"
	"time"
)

// Trouble is told what goes wrong on a stream. Over says that the stream ends by it, with the refusal
// that its reader is to see; else it is a fault that the stream outlives.
type Trouble func(err error, over bool)

// footing is where a stream begins: what it watches, the scope that these topics belong to, and the
// checkpoint of everything that was committed by then.
type footing struct {
	scope      string
	topics     []Topic
	checkpoint string
}

// streamed is a collection as a stream sees it.
type streamed[T any] struct {
	stand func(ctx context.Context) (footing, error)
	pull  func(ctx context.Context, checkpoint string, limit int) (Bulk[T], error)
}

const (
	// streamPage is the most documents of one event.
	streamPage = 200
	// mostBehind is how many full events go out in a row; whoever is further behind pulls.
	mostBehind = 5
	// Between two attempts after a fault.
	leastPatience, mostPatience = 250 * time.Millisecond, 30 * time.Second
)

// stream gives out what is committed from now on. Its first event has Resync set: whoever takes it pulls,
// and so has everything up to where the events begin. Each event's checkpoint stands for all before it.
// Where that cannot hold (the scope changed, the reader is far behind, the database failed for a while)
// the reader is told to pull again, and the events go on from there.
//
// RxDB forgets one RESYNC that waits behind another event, and only one: in the middle of a stream it
// is therefore said twice, without an event between.
func stream[T any](ctx context.Context, feed Feed, reader ID, of streamed[T], trouble Trouble) (<-chan Bulk[T], error) {
	if feed == nil {
		return nil, Refuse(Unavailable, "", "this server follows no changes")
	}
	r := &streamRun[T]{feed: feed, of: of, trouble: trouble, events: make(chan Bulk[T])}
	var err error
	if r.moved, err = feed.Watch(ctx, Topic{ScopeChanged, reader}); err != nil {
		return nil, err
	}
	err = r.begin(ctx)
	if err != nil && isFinal(err) {
		return nil, err
	}
	go func() {
		defer close(r.events)
		if err != nil {
			r.trouble(err, false)
			if !r.begun(ctx) {
				return
			}
		}
		defer func() { r.unwatch() }()
		resync := Bulk[T]{Resync: true}
		for on := r.send(ctx, resync); on && r.follow(ctx); {
			on = r.begun(ctx) && r.send(ctx, resync) && r.send(ctx, resync)
		}
	}()
	return r.events, nil
}

// streamRun is one running stream.
type streamRun[T any] struct {
	feed    Feed
	of      streamed[T]
	trouble Trouble
	events  chan Bulk[T]
	moved   <-chan struct{} // the reader's scope may have changed
	now     footing
	changed <-chan struct{} // something of the scope may have
	unwatch context.CancelFunc
}

// begin takes its stand. What is committed after it wakes the stream; what is committed before the
// watch begins, the reader has by the pull that follows.
func (r *streamRun[T]) begin(ctx context.Context) error {
	now, err := r.of.stand(ctx)
	if err != nil {
		return err
	}
	if r.unwatch != nil {
		r.unwatch()
	}
	watch, cancel := context.WithCancel(ctx)
	r.unwatch, r.now = cancel, now
	r.changed, err = r.feed.Watch(watch, now.topics...)
	return err
}

// begun begins as soon as it can; false if there is nothing to go on with.
func (r *streamRun[T]) begun(ctx context.Context) bool {
	for patience := leastPatience; ; patience = min(2*patience, mostPatience) {
		err := r.begin(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if isFinal(err) {
			r.trouble(err, true)
			return false
		}
		r.trouble(err, false)
		if !pause(ctx, patience) {
			return false
		}
	}
}

// isFinal reports whether it makes no sense to try again.
func isFinal(err error) bool {
	return ProblemsOf(err) != nil && !Refused(err, Unavailable)
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (r *streamRun[T]) send(ctx context.Context, event Bulk[T]) bool {
	select {
	case r.events <- event:
		return true
	case <-ctx.Done():
		return false
	}
}

// follow gives out event after event until the reader must pull anew; false if the stream is over.
func (r *streamRun[T]) follow(ctx context.Context) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-r.moved:
			now, err := r.of.stand(ctx)
			if err != nil || now.scope != r.now.scope {
				return ctx.Err() == nil // begun tells of the error, if it is still there
			}
		case <-r.changed:
			switch goesOn, err := r.catchUp(ctx); {
			case ctx.Err() != nil:
				return false
			case err != nil:
				r.trouble(err, false)
				return true
			case !goesOn:
				return true
			}
		}
	}
}

// catchUp gives out what is new; false if that is too much.
func (r *streamRun[T]) catchUp(ctx context.Context) (bool, error) {
	for range mostBehind {
		page, err := r.of.pull(ctx, r.now.checkpoint, streamPage)
		if err != nil || page.Resync {
			return false, err
		}
		r.now.checkpoint = page.Checkpoint
		if len(page.Documents) == 0 {
			return true, nil
		}
		if !r.send(ctx, page) {
			return false, nil
		}
		if len(page.Documents) < streamPage {
			return true, nil
		}
	}
	return false, nil
}
