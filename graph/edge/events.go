package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const typeEvents = "text/event-stream"

// wantsEvents reports whether the caller takes results one after another, as npm graphql-sse does in
// its mode of distinct connections.
func wantsEvents(r *http.Request) bool {
	return names(strings.Join(r.Header.Values("Accept"), ","), typeEvents)
}

// onlyEvents reports whether the caller takes nothing else.
func onlyEvents(r *http.Request) bool {
	_, ok := responseType(r)
	return !ok && wantsEvents(r)
}

// onlySubscription refuses what a stream does not carry.
func onlySubscription(opCtx *graphql.OperationContext) *gqlerror.Error {
	if opCtx.Operation.Operation == ast.Subscription {
		return nil
	}
	return notServed("this connection serves subscriptions; send each query and mutation by POST, with Accept: application/json")
}

// events answers one subscription by an event stream.
func (t transport) events(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, opCtx *graphql.OperationContext) {
	if t.options.Gate == nil {
		t.refuse(w, r, refuse(http.StatusNotImplemented, codeBadRequest, "this server keeps no event streams open"))
		return
	}
	limits := t.options.Limits
	if err := t.options.Streams.begin(limits.Streams); err != nil {
		w.Header().Set("Retry-After", "10")
		t.refuse(w, r, refuse(http.StatusServiceUnavailable, codeLimit, "%s", err))
		return
	}
	defer t.options.Streams.end()
	ctx, cancel := context.WithCancelCause(streaming(r.Context()))
	defer cancel(nil)
	guest, err := t.options.Gate.Admit(ctx, credentialsOf(r))
	if err != nil {
		denied := deniedBy(err)
		t.refuse(w, r, refuse(denied.Status, denied.Code, "%s", denied.Message))
		return
	}
	if err := t.options.Streams.hold(guest.User, limits.UserStreams); err != nil {
		t.refuse(w, r, refuse(http.StatusTooManyRequests, codeLimit, "%s", err))
		return
	}
	defer t.options.Streams.release(guest.User)
	stream := &eventStream{w: w, control: http.NewResponseController(w), transport: t, guest: guest, texts: make(chan string)}
	stream.serve(guest.Enter(ctx), cancel, exec, opCtx)
}

// eventStream writes the events of one subscription.
type eventStream struct {
	w         http.ResponseWriter
	control   *http.ResponseController
	transport transport
	guest     Guest
	texts     chan string
}

// serve writes until the subscription ends or its caller must leave, and leaves nothing of it behind.
func (s *eventStream) serve(ctx context.Context, cancel context.CancelCauseFunc, exec graphql.GraphExecutor, opCtx *graphql.OperationContext) {
	s.transport.options.Streams.events.Add(1)
	defer s.transport.options.Streams.events.Add(-1)
	// Most writers can; one that cannot bounds nothing either.
	_ = s.control.SetReadDeadline(time.Time{})
	h := s.w.Header()
	h.Set("Content-Type", typeEvents+"; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers would hold the events back
	if s.put(":\n\n") != nil {
		return
	}
	ended := make(chan struct{})
	go func() { defer close(ended); s.operate(ctx, exec, opCtx) }()
	denied := make(chan *Denied, 1)
	left := make(chan struct{})
	go func() { defer close(left); denied <- s.guest.leaves(ctx, s.transport.options.Now) }()
	defer func() { cancel(nil); <-ended; <-left }()
	s.relay(ctx, ended, denied)
}

// relay writes what comes until there is an end.
func (s *eventStream) relay(ctx context.Context, ended <-chan struct{}, denied <-chan *Denied) {
	beat := time.NewTicker(s.transport.options.Limits.KeepAlive)
	defer beat.Stop()
	for {
		var err error
		select {
		case text := <-s.texts:
			err = s.put(text)
		case <-beat.C:
			err = s.put(":\n\n")
		case <-ended:
			return
		case <-ctx.Done(): // the caller is gone
			return
		case d := <-denied:
			if d != nil {
				_ = s.put(nextEvent(errorBody(denial(d))) + completeEvent)
			}
			return
		case <-s.transport.options.Streams.stopping.Done():
			_ = s.put(nextEvent(errorBody(denial(&Denied{Code: "UNAVAILABLE", Message: errStopping.Error()}))) + completeEvent)
			return
		}
		if err != nil {
			return
		}
	}
}

// operate runs the subscription and hands on its events.
func (s *eventStream) operate(ctx context.Context, exec graphql.GraphExecutor, opCtx *graphql.OperationContext) {
	hand := func(text string) error {
		select {
		case s.texts <- text:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	run := subscription{options: s.transport.options, exec: exec,
		result:  func(body []byte) error { return hand(nextEvent(body)) },
		refusal: func(errs gqlerror.List) error { return hand(nextEvent(errorBody(errs)) + completeEvent) },
	}
	if run.run(ctx, opCtx) {
		_ = hand(completeEvent) // a caller that has gone away is no fault of ours
	}
}

const completeEvent = "event: complete\ndata:\n\n"

// nextEvent is a result as an event: its JSON has no line breaks.
func nextEvent(body []byte) string { return "event: next\ndata: " + string(body) + "\n\n" }

// put writes at once, within the time that a caller may take for it.
func (s *eventStream) put(text string) error {
	// The server's own limit is for one answer, and a stream has many.
	_ = s.control.SetWriteDeadline(time.Now().Add(s.transport.options.Limits.WriteTime))
	_, err := io.WriteString(s.w, text)
	if err == nil {
		err = s.control.Flush()
	}
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, http.ErrNotSupported) {
		s.transport.options.Streams.dropped.Add(1)
	}
	return err
}
