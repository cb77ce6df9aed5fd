package edge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"plumbline/inspection"
)

// Streams are the connections of one server that stay open: it counts them and ends them.
type Streams struct {
	stopping context.Context
	stop     context.CancelFunc

	mu     sync.Mutex
	users  map[inspection.ID]int
	open   int
	closed bool
	idle   chan struct{} // closed when the last one ended after Close

	sockets, events, subscriptions, sent, dropped atomic.Int64
}

// NewStreams returns a count of none.
func NewStreams() *Streams {
	s := &Streams{users: map[inspection.ID]int{}, idle: make(chan struct{})}
	s.stopping, s.stop = context.WithCancel(context.Background())
	return s
}

// StreamStats are figures of the open connections.
type StreamStats struct {
	// Sockets, Events and Subscriptions are open now; a socket may hold several subscriptions.
	Sockets, Events, Subscriptions int64
	// Sent counts the results sent since the start, Dropped the connections that were too slow.
	Sent, Dropped int64
}

// Stats returns the figures, for metrics.
func (s *Streams) Stats() StreamStats {
	return StreamStats{Sockets: s.sockets.Load(), Events: s.events.Load(), Subscriptions: s.subscriptions.Load(),
		Sent: s.sent.Load(), Dropped: s.dropped.Load()}
}

// Close tells every stream that the server stops, and lets none begin.
func (s *Streams) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		if s.open == 0 {
			close(s.idle)
		}
	}
	s.mu.Unlock()
	s.stop()
}

// Wait waits after Close until every stream has ended.
func (s *Streams) Wait(ctx context.Context) error {
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("edge: streams are still open: %w", ctx.Err())
	}
}

var (
	errStopping    = errors.New("the server is stopping; connect again")
	errTooMany     = errors.New("the server holds as many connections as it can; try again later")
	errTooManyOwn  = errors.New("you have as many connections open as one user may; close some")
	errBehind      = errors.New("the connection was too slow and was dropped; connect again")
	errUnanswering = errors.New("the connection did not answer")
)

// begin counts a stream in, which must end.
func (s *Streams) begin(most int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errStopping
	}
	if s.open >= most {
		return errTooMany
	}
	s.open++
	return nil
}

func (s *Streams) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.closed && s.open == 0 {
		close(s.idle)
	}
}

// hold counts a stream as one of the user's, until release.
func (s *Streams) hold(user inspection.ID, most int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[user] >= most {
		return errTooManyOwn
	}
	s.users[user]++
	return nil
}

func (s *Streams) release(user inspection.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[user]--; s.users[user] <= 0 {
		delete(s.users, user)
	}
}
