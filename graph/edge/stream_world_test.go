package edge_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"plumbline/graph/edge"
	"plumbline/inspection"
)

// streamOf executes a subscription of the tiny schema. Like gqlgen's code it uses one buffer for all
// results.
func streamOf(ctx context.Context, op *graphql.OperationContext) graphql.ResponseHandler {
	f := graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"})[0]
	args := f.ArgumentMap(op.Variables)
	buffer, sent := make([]byte, 0, 1<<20), 0
	result := func(value string) *graphql.Response {
		sent++
		buffer = fmt.Appendf(buffer[:0], `{%q:%q}`, f.Alias, value)
		return &graphql.Response{Data: buffer}
	}
	if f.Name == "news" {
		graphql.AddError(ctx, inspection.Refuse(inspection.Forbidden, "", "no news for you"))
		return nil
	}
	return func(ctx context.Context) *graphql.Response {
		switch f.Name {
		case "ticks":
			if fmt.Sprint(sent) == fmt.Sprint(args["n"]) {
				return nil
			}
			return result(fmt.Sprint(sent))
		case "failing":
			if sent == 1 {
				edge.Trouble(ctx)(errors.New("a passing fault"), false)
				edge.Trouble(ctx)(inspection.Refuse(inspection.Forbidden, "", "you may read this no longer"), true)
				return nil
			}
			return result("first")
		case "flood":
			return result(strings.Repeat("x", 64<<10))
		case "crash":
			panic("secret state")
		case "unwritable":
			return &graphql.Response{Data: []byte("{}"), Errors: gqlerror.List{{Extensions: map[string]any{"x": func() {}}}}}
		case "silent":
			if sent == 0 {
				return result("begun")
			}
			<-ctx.Done()
			return nil
		}
		return &graphql.Response{Errors: gqlerror.List{gqlerror.Errorf("no resolver for %s", f.Name)}}
	}
}

// gate lets in who shows the token "good", until that changes.
type gate struct {
	mu      sync.Mutex
	until   time.Time
	denied  error
	shown   []edge.Credentials
	changed chan struct{}
	slow    time.Duration
}

type guestKey struct{}

func (g *gate) Admit(_ context.Context, c edge.Credentials) (edge.Guest, error) {
	time.Sleep(g.slow)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shown = append(g.shown, c)
	switch c.Token {
	case "good":
		return edge.Guest{User: uuid.UUID{1}, Until: g.until, Changed: g.changed, Still: g.still,
			Enter: func(ctx context.Context) context.Context { return context.WithValue(ctx, guestKey{}, true) }}, nil
	case "later":
		return edge.Guest{}, &edge.Denied{Status: http.StatusServiceUnavailable, Code: "UNAVAILABLE", Message: "try again"}
	}
	return edge.Guest{}, &edge.Denied{Status: http.StatusUnauthorized, Code: "UNAUTHENTICATED", Message: "the token is not valid"}
}

func (g *gate) still(context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.denied
}

// revoke has the guest asked again, and denied.
func (g *gate) revoke(err error) {
	g.mu.Lock()
	g.denied = err
	g.mu.Unlock()
	g.changed <- struct{}{}
}

// streamBench is a running edge that keeps streams open.
type streamBench struct {
	*bench
	gate    *gate
	streams *edge.Streams
}

func serveStreams(t *testing.T, limits edge.Limits, origins ...string) *streamBench {
	t.Helper()
	b := &streamBench{bench: &bench{}, streams: edge.NewStreams(),
		gate: &gate{until: time.Now().Add(time.Hour), changed: make(chan struct{}, 1)}}
	handler := edge.NewHandler(newSchema(), edge.Options{Limits: limits, Gate: b.gate, Streams: b.streams, Origins: origins,
		Logger: slog.New(slog.NewJSONHandler(b.bench, nil)),
		Observe: func(_ context.Context, op edge.Operation) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.operations = append(b.operations, op)
		}})
	server := httptest.NewUnstartedServer(edge.Compress(handler))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 500*time.Millisecond, 500*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// client is the other end of a socket.
type client struct {
	t    *testing.T
	conn *websocket.Conn
}

func (b *streamBench) dial(t *testing.T) *client {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), b.url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { conn.CloseNow() })
	return &client{t, conn}
}

// open dials and is let in.
func (b *streamBench) open(t *testing.T) *client {
	t.Helper()
	c := b.dial(t)
	c.say(`{"type":"connection_init","payload":{"headers":{"Authorization":"Bearer good"}}}`)
	c.hears(`{"type":"connection_ack"}`)
	return c
}

func (c *client) say(text string) {
	c.t.Helper()
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) hear() (string, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	_, text, err := c.conn.Read(ctx)
	return string(text), err
}

func (c *client) hears(want string) {
	c.t.Helper()
	if got, err := c.hear(); err != nil || got != want {
		c.t.Fatalf("heard %s %v\nwant  %s", got, err, want)
	}
}

// closed waits for the close and returns its code and reason.
func (c *client) closed() (websocket.StatusCode, string) {
	c.t.Helper()
	for {
		_, err := c.hear()
		var farewell websocket.CloseError
		if errors.As(err, &farewell) {
			return farewell.Code, farewell.Reason
		}
		if err != nil {
			c.t.Fatalf("cut off without a farewell: %v", err)
		}
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			buffer := make([]byte, 1<<20)
			t.Fatalf("not within 20 seconds: %s\n%s", what, buffer[:runtime.Stack(buffer, true)])
		}
	}
}

// nothingOpen waits until no stream is counted any more.
func (b *streamBench) nothingOpen(t *testing.T) {
	t.Helper()
	eventually(t, "no stream is open", func() bool {
		s := b.streams.Stats()
		return s.Sockets == 0 && s.Events == 0 && s.Subscriptions == 0
	})
}
