package edge_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"plumbline/graph/edge"
)

func TestASocketServesSubscriptions(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{})
	c := b.open(t)
	c.say(`{"id":"1","type":"subscribe","payload":{"query":"subscription S { n: ticks(n: 2) }"}}`)
	c.hears(`{"id":"1","type":"next","payload":{"data":{"n":"0"}}}`)
	c.hears(`{"id":"1","type":"next","payload":{"data":{"n":"1"}}}`)
	c.hears(`{"id":"1","type":"complete"}`)
	// The id is free again, and a variable is read.
	c.say(`{"id":"1","type":"subscribe","payload":{"query":"subscription ($n: Int!) { ticks(n: $n) }","variables":{"n":1}}}`)
	c.hears(`{"id":"1","type":"next","payload":{"data":{"ticks":"0"}}}`)
	c.hears(`{"id":"1","type":"complete"}`)
	c.say(`{"type":"ping","payload":{"at":1}}`)
	c.hears(`{"type":"pong","payload":{"at":1}}`)
	c.say(`{"type":"pong"}`)
	c.say(`{"type":"ping"}`)
	c.hears(`{"type":"pong"}`)
	c.conn.Close(websocket.StatusNormalClosure, "")
	b.nothingOpen(t)
	op := b.observed()[0]
	if op.Name != "S" || op.Type != "subscription" || op.Outcome != "ok" || b.streams.Stats().Sent != 3 {
		t.Errorf("observed %+v, %+v", op, b.streams.Stats())
	}
}

func TestOperationsOfOneSocketRunSideBySideAndEndOneByOne(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{})
	c := b.open(t)
	for n := range 5 {
		c.say(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":"subscription { silent }"}}`, n))
		c.hears(fmt.Sprintf(`{"id":"%d","type":"next","payload":{"data":{"silent":"begun"}}}`, n))
	}
	if open := b.streams.Stats().Subscriptions; open != 5 {
		t.Errorf("%d subscriptions are open", open)
	}
	c.say(`{"id":"3","type":"complete"}`)
	c.say(`{"id":"unknown","type":"complete"}`)
	eventually(t, "one ended", func() bool { return b.streams.Stats().Subscriptions == 4 })
	c.say(`{"type":"ping"}`)
	c.hears(`{"type":"pong"}`) // and no completion of what the caller ended
	c.conn.Close(websocket.StatusNormalClosure, "")
	b.nothingOpen(t)
}

func TestWhatGoesWrongInAnOperationEndsOnlyThatOperation(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{Operations: 2})
	c := b.open(t)
	subscribe := func(query string) string {
		c.say(`{"id":"x","type":"subscribe","payload":{"query":"` + query + `"}}`)
		text, err := c.hear()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, tt := range []struct{ query, want string }{
		{"subscription { news }", `"message":"no news for you"`},
		{"subscription { crash }", `"code":"INTERNAL"`},
		{"subscription { unwritable }", `"code":"INTERNAL"`},
		{"subscription { nothing }", `"code":"GRAPHQL_VALIDATION_FAILED"`},
		{"subscription {", `"code":"GRAPHQL_PARSE_FAILED"`},
		{"{ echo }", "send each query and mutation by POST"},
		{`mutation { rename(to: \"x\") }`, "send each query and mutation by POST"},
		{"subscription { " + strings.Repeat("a: news ", 70) + "}", `"code":"LIMIT_EXCEEDED"`},
		{"subscription { silent } #" + strings.Repeat("x", 70<<10), `"code":"LIMIT_EXCEEDED"`},
	} {
		text := subscribe(tt.query)
		if !strings.HasPrefix(text, `{"id":"x","type":"error","payload":[{`) || !strings.Contains(text, tt.want) || strings.Contains(text, "secret state") {
			t.Errorf("%.60s: heard %.300s", tt.query, text)
		}
	}
	if text := subscribe("subscription { failing }"); !strings.Contains(text, "first") {
		t.Errorf("heard %s", text)
	}
	if text, _ := c.hear(); !strings.Contains(text, `"type":"error"`) || !strings.Contains(text, "you may read this no longer") || !strings.Contains(text, `"code":"FORBIDDEN"`) {
		t.Errorf("heard %s", text)
	}
	if log := b.logged(); !strings.Contains(log, "a passing fault") || strings.Contains(log, "you may read this no longer") {
		t.Errorf("logged %s", log)
	}
	for n := range 3 {
		c.say(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":"subscription { silent }"}}`, n))
		text, _ := c.hear()
		if refused := strings.Contains(text, `"code":"LIMIT_EXCEEDED"`); refused != (n == 2) {
			t.Errorf("operation %d: heard %s", n, text)
		}
	}
}

// Whoever ends an operation, its id is free as soon as the caller knows, and belongs to the next one
// alone: the end of the former does not let go of it.
func TestAnIDIsFreeWhenTheCallerHearsOfTheEnd(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{})
	c := b.open(t)
	begin := func(query string) {
		c.say(`{"id":"x","type":"subscribe","payload":{"query":"` + query + `"}}`)
	}
	for range 100 {
		for _, tt := range []struct{ query, end string }{
			{"subscription { ticks(n: 0) }", `"type":"complete"`},
			{"subscription { news }", `"type":"error"`},
			{"subscription { crash }", `"type":"error"`},
			{"subscription {", `"type":"error"`},
		} {
			begin(tt.query)
			if text, err := c.hear(); err != nil || !strings.Contains(text, tt.end) {
				t.Fatalf("%s: heard %s %v", tt.query, text, err)
			}
		}
		for range 2 {
			begin("subscription { silent }")
			c.hears(`{"id":"x","type":"next","payload":{"data":{"silent":"begun"}}}`)
			c.say(`{"id":"x","type":"complete"}`)
		}
	}
	eventually(t, "every one ended", func() bool { return b.streams.Stats().Subscriptions == 0 })
}

// What waits to be told of an operation is told no more once its caller has ended it: it would be taken for
// the news of the next operation of that id.
func TestWhatAnEndedOperationHadToSayIsNotTold(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{})
	c := b.open(t)
	c.say(`{"id":"flood","type":"subscribe","payload":{"query":"subscription { flood }"}}`)
	var sent, still int64
	eventually(t, "nothing more is taken", func() bool {
		now := b.streams.Stats().Sent
		if now != sent {
			sent, still = now, 0
		}
		still++
		return sent > 0 && still > 50
	})
	for _, query := range []string{"subscription {", "subscription { news }", "subscription { silent }"} {
		c.say(`{"id":"x","type":"subscribe","payload":{"query":"` + query + `"}}`)
		time.Sleep(50 * time.Millisecond) // until it waits to be told
		c.say(`{"id":"x","type":"complete"}`)
	}
	c.say(`{"id":"x","type":"subscribe","payload":{"query":"subscription { ticks(n: 0) }"}}`)
	time.Sleep(50 * time.Millisecond)
	c.say(`{"id":"flood","type":"complete"}`)
	for {
		text, err := c.hear()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(text, `{"id":"flood"`) {
			continue
		}
		if want := `{"id":"x","type":"complete"}`; text != want {
			t.Errorf("heard %s, want %s", text, want)
		}
		return
	}
}

func TestEveryCloseCodeSaysWhatWasWrong(t *testing.T) {
	t.Parallel()
	const init = `{"type":"connection_init","payload":{"Authorization":"good"}}`
	const subscribe = `{"id":"1","type":"subscribe","payload":{"query":"subscription { silent }"}}`
	b := serveStreams(t, edge.Limits{Body: 4096})
	for _, tt := range []struct {
		name   string
		says   []string
		code   websocket.StatusCode
		reason string
	}{
		{"no JSON", []string{"hello"}, 4400, "Invalid message"},
		{"another type", []string{init, `{"type":"start"}`}, 4400, "Invalid message"},
		{"no id", []string{init, `{"type":"subscribe","payload":{"query":"x"}}`}, 4400, "Invalid message"},
		{"no payload", []string{init, `{"id":"1","type":"subscribe"}`}, 4400, "Invalid message"},
		{"a query that is no text", []string{init, `{"id":"1","type":"subscribe","payload":{"query":7}}`}, 4400, "Invalid message"},
		{"a long id", []string{init, `{"id":"` + strings.Repeat("x", 300) + `","type":"complete"}`}, 4400, "Invalid message"},
		{"a ping with a text", []string{init, `{"type":"ping","payload":"text"}`}, 4400, "Invalid message"},
		{"an operation first", []string{subscribe}, 4401, "Unauthorized"},
		{"no token", []string{`{"type":"connection_init"}`}, 4403, "the token is not valid"},
		{"a bad token", []string{`{"type":"connection_init","payload":{"authorization":"bad"}}`}, 4403, "the token is not valid"},
		{"a token that cannot be judged now", []string{`{"type":"connection_init","payload":{"authorization":"later"}}`}, 1013, "try again"},
		{"the same id twice", []string{init, subscribe, subscribe}, 4409, "Subscriber for 1 already exists"},
		{"two inits", []string{init, init}, 4429, "Too many initialisation requests"},
		{"a message over the limit", []string{init, `{"type":"ping","payload":{"x":"` + strings.Repeat("x", 5000) + `"}}`}, 1009, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := b.dial(t)
			for _, text := range tt.says {
				c.say(text)
			}
			if code, reason := c.closed(); code != tt.code || !strings.Contains(reason, tt.reason) {
				t.Errorf("closed with %d %s, want %d", code, reason, tt.code)
			}
		})
	}
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		c := b.dial(t)
		if err := c.conn.Write(t.Context(), websocket.MessageBinary, []byte(init)); err != nil {
			t.Fatal(err)
		}
		if code, _ := c.closed(); code != 4400 {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("another protocol", func(t *testing.T) {
		t.Parallel()
		conn, _, err := websocket.Dial(t.Context(), b.url, &websocket.DialOptions{Subprotocols: []string{"graphql-ws"}})
		if err != nil {
			t.Fatal(err)
		}
		if code, _ := (&client{t, conn}).closed(); code != 4406 {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("no init in time", func(t *testing.T) {
		t.Parallel()
		slow := serveStreams(t, edge.Limits{InitTime: 50 * time.Millisecond})
		if code, reason := slow.dial(t).closed(); code != 4408 || reason != "Connection initialisation timeout" {
			t.Errorf("closed with %d %s", code, reason)
		}
		slow.nothingOpen(t)
	})
	t.Run("an init that is judged too late", func(t *testing.T) {
		t.Parallel()
		slow := serveStreams(t, edge.Limits{InitTime: 50 * time.Millisecond})
		slow.gate.slow = 200 * time.Millisecond
		c := slow.dial(t)
		c.say(init)
		if code, _ := c.closed(); code != 4408 {
			t.Errorf("closed with %d", code)
		}
		slow.nothingOpen(t)
	})
}

func TestTheTokenIsFoundWhereClientsPutIt(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]edge.Credentials{
		`{"authorization":"good"}`:                                           {Token: "good"},
		`{"Authorization":"Bearer good"}`:                                    {Token: "good"},
		`{"headers":{"authorization":"bearer good"}}`:                        {Token: "good"},
		`{"headers":{"Authorization":"good","device":"d1"}}`:                 {Token: "good", Device: "d1"},
		`{"headers":{"AUTHORIZATION":"good","plumbline-device":"d2"}}`:       {Token: "good", Device: "d2"},
		`{"Authorization":"good","headers":{"Plumbline-Device-Time":"now"}}`: {Token: "good", DeviceTime: "now"},
	} {
		b := serveStreams(t, edge.Limits{})
		c := b.dial(t)
		c.say(`{"type":"connection_init","payload":` + payload + `}`)
		c.hears(`{"type":"connection_ack"}`)
		if diff := cmp.Diff([]edge.Credentials{want}, b.gate.shown); diff != "" {
			t.Errorf("%s: %s", payload, diff)
		}
	}
	b := serveStreams(t, edge.Limits{})
	conn, _, err := websocket.Dial(t.Context(), b.url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"},
		HTTPHeader: http.Header{"Authorization": {"Bearer good"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	c := &client{t, conn}
	c.say(`{"type":"connection_init"}`)
	c.hears(`{"type":"connection_ack"}`)
}

func TestASocketEndsWithItsToken(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{})
	b.gate.until = time.Now().Add(300 * time.Millisecond)
	c := b.open(t)
	c.say(`{"id":"1","type":"subscribe","payload":{"query":"subscription { silent }"}}`)
	if code, reason := c.closed(); code != 4403 || !strings.Contains(reason, "expired") {
		t.Errorf("closed with %d %s", code, reason)
	}
	b.nothingOpen(t)
}

func TestASocketEndsWhenItsGuestMayStayNoLonger(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{})
	c := b.open(t)
	b.gate.revoke(nil) // asked again, and found in order
	b.gate.revoke(&edge.Denied{Status: http.StatusServiceUnavailable})
	c.say(`{"type":"ping"}`)
	c.hears(`{"type":"pong"}`)
	b.gate.revoke(&edge.Denied{Status: http.StatusForbidden, Message: "this device was revoked"})
	if code, reason := c.closed(); code != 4403 || reason != "this device was revoked" {
		t.Errorf("closed with %d %s", code, reason)
	}
	b.nothingOpen(t)
}

func TestSocketsEndWhenTheServerStops(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{})
	waiting, working := b.dial(t), b.open(t)
	working.say(`{"id":"1","type":"subscribe","payload":{"query":"subscription { silent }"}}`)
	working.hears(`{"id":"1","type":"next","payload":{"data":{"silent":"begun"}}}`)
	b.streams.Close()
	for _, c := range []*client{waiting, working} {
		if code, reason := c.closed(); code != websocket.StatusGoingAway || !strings.Contains(reason, "stopping") {
			t.Errorf("closed with %d %s", code, reason)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := b.streams.Wait(ctx); err != nil {
		t.Error(err)
	}
	if _, resp, err := websocket.Dial(t.Context(), b.url, nil); err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a socket was opened while the server stops: %v", err)
	}
}

func TestNobodyHoldsMoreConnectionsThanTheyMay(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{UserStreams: 2, Streams: 3})
	first := b.open(t)
	b.open(t)
	third := b.dial(t)
	third.say(`{"type":"connection_init","payload":{"Authorization":"good"}}`)
	if code, reason := third.closed(); code != websocket.StatusTryAgainLater || !strings.Contains(reason, "as many connections") {
		t.Errorf("closed with %d %s", code, reason)
	}
	first.conn.Close(websocket.StatusNormalClosure, "")
	eventually(t, "one ended", func() bool { return b.streams.Stats().Sockets == 1 })
	b.open(t)
	b.dial(t)
	if _, resp, err := websocket.Dial(t.Context(), b.url, nil); err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more than the process may hold: %v", err)
	}
}

// A caller who takes nothing is dropped, and no more than the queue is held for them.
func TestASlowCallerIsDropped(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{WriteTime: 200 * time.Millisecond})
	c := b.open(t)
	c.say(`{"id":"1","type":"subscribe","payload":{"query":"subscription { flood }"}}`)
	eventually(t, "the caller is dropped", func() bool { return b.streams.Stats().Dropped == 1 })
	b.nothingOpen(t)
	if held := b.streams.Stats().Sent; held > 1000 {
		t.Errorf("%d results were made for a caller who takes none", held)
	}
}

func TestACallerWhoDoesNotAnswerIsGone(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{KeepAlive: 50 * time.Millisecond, WriteTime: 200 * time.Millisecond})
	alive := b.open(t)
	alive.hears(`{"type":"ping"}`)
	alive.hears(`{"type":"ping"}`)
	b.open(t) // never reads again, so that it answers no ping
	eventually(t, "the dead one ended", func() bool {
		alive.hear()
		return b.streams.Stats().Sockets == 1
	})
}

func TestOnlyTheServersOwnPagesOpenSockets(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{}, "tablet.example")
	for origin, admitted := range map[string]bool{b.url: true, "https://tablet.example": true, "https://evil.example": false, "null": false} {
		conn, resp, err := websocket.Dial(t.Context(), b.url, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
		if (err == nil) != admitted {
			t.Errorf("%s: %v", origin, err)
		}
		if err == nil {
			conn.CloseNow()
		} else if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: status %d", origin, resp.StatusCode)
		}
	}
}

func TestSocketsLeaveNothingBehind(t *testing.T) {
	b := serveStreams(t, edge.Limits{})
	before := runtime.NumGoroutine()
	for n := range 30 {
		c := b.open(t)
		for id := range 4 {
			c.say(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":"subscription { %s }"}}`, id, []string{"silent", "flood"}[id%2]))
		}
		if n%2 == 0 {
			c.conn.CloseNow()
		} else {
			go c.conn.Close(websocket.StatusNormalClosure, "")
		}
	}
	b.nothingOpen(t)
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}
