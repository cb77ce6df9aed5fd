package edge

import (
	"context"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// outgoing is a message that waits to be written. One about an operation is dropped if the id is no longer
// the operation's: its caller has ended it, and may have begun another by then.
type outgoing struct {
	text  []byte
	about *operation // nil if it is about none that runs
	last  bool       // with it the operation ends
}

// send queues a message about no operation that runs.
func (s *socket) send(ctx context.Context, text []byte) error {
	return s.put(ctx, outgoing{text: text})
}

// put waits while the queue is full, until the connection or the operation ends.
func (s *socket) put(ctx context.Context, out outgoing) error {
	select {
	case s.queue <- out:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write sends what is queued until ctx ends. A caller who does not take a message in time is cut off:
// there is no way left to tell them why.
func (s *socket) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case out := <-s.queue:
			if !s.due(out) {
				continue
			}
			within, cancel := soon(ctx, s.options.Limits.WriteTime)
			err := s.conn.Write(within, websocket.MessageText, out.text)
			late := within.Err() != nil
			cancel()
			if late {
				s.options.Streams.dropped.Add(1)
				s.options.Logger.InfoContext(ctx, "socket dropped", "error", errBehind.Error())
			}
			if err != nil {
				s.stop(err)
				_ = s.conn.CloseNow() // it is broken already
				return
			}
		}
	}
}

// keepAlive pings the caller both ways: by a message, which proxies take for life, and by a frame,
// which every client answers by itself. Who does not answer is gone.
func (s *socket) keepAlive(ctx context.Context) {
	beat := time.NewTicker(s.options.Limits.KeepAlive)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		if s.send(ctx, control("ping", nil)) != nil {
			return
		}
		answer, cancel := soon(ctx, s.options.Limits.WriteTime)
		err := s.conn.Ping(answer)
		cancel()
		if err != nil && ctx.Err() == nil {
			s.options.Logger.InfoContext(ctx, "socket dropped", "error", errUnanswering.Error())
			s.stop(errUnanswering)
			_ = s.conn.CloseNow() // nobody is there to be told
			return
		}
	}
}

// longestReason is the most bytes that the reason of a close may have.
const longestReason = 120

// shorten cuts a text after so many bytes.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-3], "") + "..."
}
