package serve_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"plumbline/inspection"
)

func TestAChangeThroughOneServerReachesTheSubscribersOfAnother(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "1h") // nothing is found by polling
	p.other.metric(t, "plumbline_feed_listening 1")
	for name, s := range map[string]*subscriber{"socket": p.subscribe(p.other), "event stream": p.events(p.other), "same server": p.subscribe(p.one)} {
		s.resync()
		p.answer(p.one, 0, name)
		s.hears(name)
	}
	p.other.metric(t, "plumbline_subscriptions_open 2")
	p.other.metric(t, "plumbline_sockets_open 1")
	p.other.metric(t, "plumbline_event_streams_open 1")
	p.other.metric(t, "plumbline_feed_found_total 0")
}

func TestAChangeArrivesThoughItsNotificationIsLost(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "100ms")
	p.other.metric(t, "plumbline_feed_listening 1")
	s, e := p.subscribe(p.other), p.events(p.other)
	s.resync()
	e.resync()
	for n := range 3 {
		p.exec(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'plumbline feed' and datname = current_database()`)
		p.answer(p.one, n, words(n))
		s.hears(words(n))
		e.hears(words(n))
	}
	p.exec(`alter table answer disable trigger user; alter table inspection disable trigger user`)
	for n := range 3 {
		p.answer(p.one, n, words(10+n))
		s.hears(words(10 + n))
		e.hears(words(10 + n))
	}
}

func TestASubscriberIsToldToPullWhenTheirScopeChanges(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "1h")
	p.other.metric(t, "plumbline_feed_listening 1")
	s := p.subscribe(p.other)
	s.resync()
	first := p.inspection
	p.begin() // a second inspection
	for range 2 {
		s.resync() // twice each: rxdb forgets one that waits behind another event
	}
	p.answer(p.one, 0, "in the second")
	s.hears("in the second")
	p.exec(`update inspection set state = 'CANCELLED', cancelled_reason = 'tested' where id = $1`, first)
	s.resync()
	s.resync()
	p.answer(p.one, 1, "in the second again")
	s.hears("in the second again")
}

func TestAConnectionEndsWithTheAccount(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "1h")
	p.other.metric(t, "plumbline_feed_listening 1")
	s := p.subscribe(p.other)
	s.resync()
	p.exec(`update app_user set active = false`)
	if code, reason := s.closed(); code != 4403 || !strings.Contains(reason, "no active account") {
		t.Errorf("closed with %d %s", code, reason)
	}
	p.other.metric(t, "plumbline_subscriptions_open 0")
}

func TestASocketShowsItsTokenAndQueriesStayOutside(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	good := p.lead
	for _, token := range []string{"", "nonsense", good + "x"} {
		conn, _, err := websocket.Dial(t.Context(), p.one.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		s := &subscriber{t: t, conn: conn}
		s.say(map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": token}})
		if code, reason := s.closed(); code != 4403 {
			t.Errorf("closed with %d %s", code, reason)
		}
	}
	s := p.subscribe(p.one)
	s.resync()
	s.say(map[string]any{"type": "subscribe", "id": "2", "payload": map[string]any{"query": "{ viewer { email } }"}})
	if kind, payload := s.message(); kind != "error" || !strings.Contains(string(payload), "by POST") {
		t.Errorf("heard %s %s", kind, payload)
	}
	if strings.Contains(p.one.log.String(), good) {
		t.Error("a token is in the log")
	}
}

// A server that is told to stop does not wait for its subscribers.
func TestAServerStopsThoughSubscribersAreConnected(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s, e := p.subscribe(p.other), p.events(p.other)
	s.resync()
	e.resync()
	began := time.Now()
	p.other.stop()
	if code, _ := s.closed(); code != websocket.StatusGoingAway {
		t.Errorf("closed with %d", code)
	}
	if text := e.rest(); !strings.Contains(text, "the server is stopping") || !strings.HasSuffix(text, "event: complete\ndata:\n") {
		t.Errorf("heard %q", text)
	}
	lineWithout(t, p.other, `"msg":"stopped"`)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	if log := p.other.log.String(); strings.Contains(log, "cut off") {
		t.Errorf("something was cut off: %s", log)
	}
}

func TestAConnectionEndsWhenItsDeviceIsRevoked(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "1h")
	p.other.metric(t, "plumbline_feed_listening 1")
	device := inspection.NewID()
	p.exec(`insert into device (id, user_id, name, public_key, registered_at) select $1, id, 'tablet 7', 'key', now() from app_user where email = 'lead@opr.example'`, device)
	p.device = device.String()
	socket, stream := p.subscribe(p.other), p.events(p.other)
	socket.resync()
	stream.resync()
	p.exec(`update device set revoked_at = now(), revoked_by = user_id, revoked_reason = 'lost'`)
	if code, reason := socket.closed(); code != 4403 || !strings.Contains(reason, "revoked") {
		t.Errorf("closed with %d %s", code, reason)
	}
	if text := stream.rest(); !strings.Contains(text, "this device was revoked") || !strings.HasSuffix(text, "event: complete\ndata:\n") {
		t.Errorf("heard %q", text)
	}
	// Nor is it let in again.
	conn, _, err := websocket.Dial(t.Context(), p.one.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	again := &subscriber{t: t, conn: conn}
	again.say(p.init())
	if code, reason := again.closed(); code != 4403 || !strings.Contains(reason, "revoked") {
		t.Errorf("closed with %d %s", code, reason)
	}
}

func TestEveryCollectionIsStreamed(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "1h")
	p.other.metric(t, "plumbline_feed_listening 1")
	of := p.inspection.String()
	for _, tt := range []struct {
		name string
		row  map[string]any
	}{
		{"Observation", map[string]any{"text": "A door stands open."}},
		{"Finding", map[string]any{"kind": "NOTE", "text": "A log is kept.", "standardId": p.standard.String(), "responsibleParty": "FACILITY", "correctedOnSite": "NONE"}},
		{"Evidence", map[string]any{"sha256": strings.Repeat("ab", 32), "size": 1000.0, "mediaType": "image/jpeg", "class": "NONE",
			"capturedFrom": time.Now().Format(time.RFC3339), "capturedTo": time.Now().Format(time.RFC3339)}},
	} {
		s := p.subscribeTo(p.other, fmt.Sprintf(`subscription { stream%s { documents { id deleted } checkpoint { seq } } }`, tt.name))
		if kind, payload := s.message(); kind != "next" || !strings.Contains(string(payload), `"RESYNC"`) {
			t.Fatalf("%s: heard %s %s", tt.name, kind, payload)
		}
		id := inspection.NewID().String()
		tt.row["id"], tt.row["inspectionId"] = id, of
		push := fmt.Sprintf(`mutation($rows: [%sInputPushRow!]) { push%s(%sPushRow: $rows) { id } }`, tt.name, tt.name, strings.ToLower(tt.name))
		if text := p.ask(p.one, push, map[string]any{"rows": []any{map[string]any{"newDocumentState": tt.row}}}); strings.Contains(text, "errors") || strings.Contains(text, "refusedWrites") {
			t.Fatalf("%s: %s", tt.name, text)
		}
		if kind, payload := s.message(); kind != "next" || !strings.Contains(string(payload), id) {
			t.Errorf("%s: heard %s %s", tt.name, kind, payload)
		}
	}
}

// What tablets only read is numbered by transaction: a change comes when no older one runs any more.
func TestWhatTabletsOnlyReadIsStreamed(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "100ms")
	p.other.metric(t, "plumbline_feed_listening 1")
	var open []*subscriber
	for _, name := range []string{"Inspection", "ChecklistItem", "Assignment", "PriorFinding"} {
		s := p.subscribeTo(p.other, fmt.Sprintf(`subscription { stream%s { documents { id inspectionId deleted } checkpoint { seq } } }`, name))
		if kind, payload := s.message(); kind != "next" || !strings.Contains(string(payload), `"RESYNC"`) {
			t.Fatalf("%s: heard %s %s", name, kind, payload)
		}
		open = append(open, s)
	}
	time.Sleep(time.Second) // the first polls know nothing from before, and may wake everybody
	older, err := p.admin.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := older.Exec(t.Context(), `select pg_current_xact_id()`); err != nil {
		t.Fatal(err)
	}
	p.exec(`update inspection set revision = revision + 1`)
	p.exec(`update inspection_standard set assigned_to = (select lead_id from inspection)`)
	time.Sleep(300 * time.Millisecond) // they are woken, and find nothing that can be read yet
	if err := older.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n, name := range map[int]string{0: "header", 2: "assignment"} {
		if kind, payload := open[n].message(); kind != "next" || !strings.Contains(string(payload), p.inspection.String()) {
			t.Errorf("%s: heard %s %s", name, kind, payload)
		}
	}
}
