package edge

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
)

// Upgrades reports whether the request asks to become a socket. Such a request shows its token later,
// in the socket's first message: until then nothing is executed.
func Upgrades(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// socket is one connection of the subprotocol graphql-transport-ws.
type socket struct {
	options Options
	exec    graphql.GraphExecutor
	request *http.Request
	conn    *websocket.Conn
	queue   chan outgoing
	work    sync.WaitGroup

	// stop ends the operations and the writer; its cause is why.
	stop context.CancelCauseFunc
	shut sync.Once

	mu         sync.Mutex
	operations map[string]*operation

	// Of the reading goroutine alone.
	guest    Guest
	admitted bool
}

// socket answers a request that Upgrades.
func (t transport) socket(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if t.options.Gate == nil {
		t.refuse(w, r, refuse(http.StatusNotImplemented, codeBadRequest, "this server opens no sockets; send operations by POST"))
		return
	}
	if err := t.options.Streams.begin(t.options.Limits.Streams); err != nil {
		w.Header().Set("Retry-After", "10")
		t.refuse(w, r, refuse(http.StatusServiceUnavailable, codeLimit, "%s", err))
		return
	}
	defer t.options.Streams.end()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{subprotocol}, OriginPatterns: t.options.Origins})
	if err != nil {
		t.options.Logger.InfoContext(r.Context(), "socket refused", "error", err.Error())
		return // Accept has answered
	}
	conn.SetReadLimit(t.options.Limits.Body)
	s := &socket{options: t.options, exec: exec, request: r, conn: conn, queue: make(chan outgoing, queued), operations: map[string]*operation{}}
	s.serve(r.Context())
}

// queued is how many messages wait to be written. Each operation waits for its own to be taken, so
// that it reads no more than the caller can follow.
const queued = 8

// serve speaks with the caller until the connection ends, and leaves nothing of it behind.
func (s *socket) serve(parent context.Context) {
	s.options.Streams.sockets.Add(1)
	defer s.options.Streams.sockets.Add(-1)
	ctx, stop := context.WithCancelCause(streaming(parent))
	s.stop = stop
	defer func() {
		stop(nil)
		s.shut.Do(func() {})  // a farewell that is being said is said to its end
		_ = s.conn.CloseNow() // most often it is closed already
		s.work.Wait()
		if s.admitted {
			s.options.Streams.release(s.guest.User)
		}
	}()
	if s.conn.Subprotocol() != subprotocol {
		s.end(closeSubprotocol, "Subprotocol not acceptable: speak "+subprotocol)
		return
	}
	s.work.Go(func() { s.write(ctx) })
	s.work.Go(func() { s.watchServer(ctx) })
	late := time.AfterFunc(s.options.Limits.InitTime, func() { s.end(closeInitTimeout, "Connection initialisation timeout") })
	defer late.Stop()
	// Not bound to ctx: to cut off a read cuts the connection, before it is told why.
	reading := context.WithoutCancel(ctx)
	for {
		kind, text, err := s.conn.Read(reading)
		if err != nil {
			return
		}
		m, ok := readMessage(text)
		if kind != websocket.MessageText || !ok {
			s.end(closeInvalid, "Invalid message")
			return
		}
		if !s.take(ctx, m, late) {
			return
		}
	}
}

// take does what a message asks for; false if the connection has ended with it.
func (s *socket) take(ctx context.Context, m message, late *time.Timer) bool {
	switch m.Type {
	case "connection_init":
		return s.init(ctx, m, late)
	case "ping":
		return s.send(ctx, control("pong", m.Payload)) == nil
	case "complete":
		s.cancel(m.ID)
	case "subscribe":
		return s.subscribe(ctx, m)
	}
	return true
}

// init lets the caller in, or ends the connection.
func (s *socket) init(ctx context.Context, m message, late *time.Timer) bool {
	if s.admitted {
		s.end(closeTooManyInits, "Too many initialisation requests")
		return false
	}
	guest, err := s.options.Gate.Admit(ctx, shown(m.Payload, s.request))
	if err != nil {
		return s.leave(deniedBy(err))
	}
	if !late.Stop() {
		return false // it is being ended
	}
	if err := s.options.Streams.hold(guest.User, s.options.Limits.UserStreams); err != nil {
		s.end(websocket.StatusTryAgainLater, err.Error())
		return false
	}
	s.guest, s.admitted = guest, true
	s.work.Go(func() {
		if denied := guest.leaves(ctx, s.options.Now); denied != nil {
			s.leave(denied)
		}
	})
	s.work.Go(func() { s.keepAlive(ctx) })
	return s.send(ctx, control("connection_ack", nil)) == nil
}

// leave ends the connection of a caller who was denied.
func (s *socket) leave(denied *Denied) bool {
	if denied.Status == http.StatusServiceUnavailable {
		s.end(websocket.StatusTryAgainLater, denied.Message)
	} else {
		s.end(closeForbidden, denied.Message)
	}
	return false
}

// watchServer ends the connection when the server stops.
func (s *socket) watchServer(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.options.Streams.stopping.Done():
		s.end(websocket.StatusGoingAway, errStopping.Error())
	}
}

// end ends the connection and tells the caller why. Only the first word counts.
func (s *socket) end(code websocket.StatusCode, reason string) {
	s.shut.Do(func() {
		s.stop(errors.New(reason))
		// A caller that does not answer to the farewell is cut off after some seconds.
		_ = s.conn.Close(code, shorten(reason, longestReason))
	})
}
