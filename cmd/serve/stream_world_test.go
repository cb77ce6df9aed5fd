package serve_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/storage"
	"plumbline/storage/storagetest"
)

// pair is two servers on one database, with an inspection under way, and a hand that reaches past them.
type pair struct {
	t            testing.TB
	one, other   *world
	admin        *pgxpool.Pool
	inspection   inspection.ID
	requirements []inspection.Requirement
	revisions    map[inspection.ID]int
	standard     inspection.ID
	lead         string // a token
	device       string // what connections name, if anything
}

func newPair(t testing.TB, changes ...string) *pair {
	t.Helper()
	db := storagetest.Database(t)
	p := &pair{t: t, revisions: map[inspection.ID]int{}}
	p.one = start(t, nil, append([]string{"PLUMBLINE_DATABASE_URL", db.AppURL}, changes...)...)
	p.other = start(t, nil, append([]string{"PLUMBLINE_DATABASE_URL", db.AppURL, "PLUMBLINE_OIDC_ISSUER", p.one.issuer}, changes...)...)
	p.one.seed(t)
	admin, err := pgxpool.New(t.Context(), db.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	p.admin = admin
	p.lead = p.one.token(t, "lead@opr.example")
	p.begin()
	return p
}

// begin plans and starts an inspection of one standard.
func (p *pair) begin() {
	p.t.Helper()
	store, err := storage.Open(p.t.Context(), storage.Config{URL: string(p.one.config.DatabaseURL), AuditKey: p.one.config.AuditKey.Bytes(), MaxConns: 2})
	if err != nil {
		p.t.Fatal(err)
	}
	defer store.Close()
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	facility := inspection.NewID()
	err = service.ChangeRoster(p.t.Context(), inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		return inspection.RosterChange{NewFacilities: []inspection.Facility{{ID: facility, Name: "PINE RIVER PROCESSING CENTER", Type: inspection.TypeCDF, Source: "test"}}}, nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	editions, err := catalog.Embedded()
	if err != nil {
		p.t.Fatal(err)
	}
	standard := editions[0].Standards()[0]
	p.requirements, p.standard = standard.Requirements, standard.ID
	lead, err := store.ActorByEmail(p.t.Context(), "lead@opr.example")
	if err != nil {
		p.t.Fatal(err)
	}
	announced := false
	planned, err := service.PlanInspection(p.t.Context(), lead, inspection.PlanInput{FacilityID: facility, EditionID: editions[0].ID, Origin: inspection.Live, Scope: inspection.ScopeFull,
		Announced: &announced, PlannedStart: time.Now(), PlannedEnd: time.Now(), LeadID: lead.ID, StandardIDs: []inspection.ID{standard.ID}})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := service.StartInspection(p.t.Context(), lead, planned.ID, planned.Revision); err != nil {
		p.t.Fatal(err)
	}
	p.inspection = planned.ID
}

func (p *pair) exec(sql string, args ...any) {
	p.t.Helper()
	if _, err := p.admin.Exec(p.t.Context(), sql, args...); err != nil {
		p.t.Fatal(err)
	}
}

// answer answers an item through a server, in the given words.
func (p *pair) answer(through *world, item int, remarks string) {
	p.t.Helper()
	r := p.requirements[item].ID
	text := p.ask(through, `mutation($input: RecordAnswersInput!) { recordAnswers(input: $input) { problems { message } } }`,
		map[string]any{"input": map[string]any{"inspectionId": p.inspection, "answers": []any{map[string]any{
			"requirementId": r, "revision": p.revisions[r], "rating": "MEETS", "methods": []string{"DOCUMENT"}, "remarks": remarks}}}})
	if !strings.Contains(text, `"problems":[]`) {
		p.t.Fatalf("the answer was not taken: %s", text)
	}
	p.revisions[r]++
}

// ask sends an operation as the lead.
func (p *pair) ask(through *world, query string, variables map[string]any) string {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		p.t.Fatal(err)
	}
	_, text := through.ask(p.t, "POST", "/graphql", string(body), "Content-Type", "application/json", "Authorization", "Bearer "+p.lead)
	return text
}

const streamAnswer = `subscription onStream($headers: AnswerInputHeaders) { streamAnswer(headers: $headers) { documents { id remarks seq deleted } checkpoint { seq } } }`

// event is what a subscriber hears: RESYNC or a page.
type event struct {
	resync  bool
	remarks []string
}

func eventOf(t testing.TB, payload []byte) event {
	t.Helper()
	var result struct {
		Data   struct{ StreamAnswer json.RawMessage }
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(payload, &result); err != nil || len(result.Errors) > 0 {
		t.Fatalf("%v: %s", err, payload)
	}
	if string(result.Data.StreamAnswer) == `"RESYNC"` {
		return event{resync: true}
	}
	var page struct {
		Documents  []struct{ ID, Remarks, Seq string }
		Checkpoint struct{ Seq string }
	}
	if err := json.Unmarshal(result.Data.StreamAnswer, &page); err != nil || page.Checkpoint.Seq == "" || len(page.Documents) == 0 {
		t.Fatalf("%v: %s", err, payload)
	}
	var e event
	for _, d := range page.Documents {
		e.remarks = append(e.remarks, d.Remarks)
	}
	return e
}

// subscriber is one end of a socket or an event stream.
type subscriber struct {
	t    testing.TB
	conn *websocket.Conn
	sse  *bufio.Scanner
}

// init is what a client shows at first, as RxDB does.
func (p *pair) init() map[string]any {
	return map[string]any{"type": "connection_init", "payload": map[string]any{"headers": map[string]any{"Authorization": "Bearer " + p.lead, "device": p.device}}}
}

// subscribe opens a socket, is let in, and subscribes to the answers.
func (p *pair) subscribe(through *world) *subscriber {
	p.t.Helper()
	return p.subscribeTo(through, streamAnswer)
}

func (p *pair) subscribeTo(through *world, query string) *subscriber {
	p.t.Helper()
	conn, _, err := websocket.Dial(p.t.Context(), through.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.CloseNow() })
	s := &subscriber{t: p.t, conn: conn}
	s.say(p.init())
	if kind, _ := s.message(); kind != "connection_ack" {
		p.t.Fatalf("heard %s", kind)
	}
	s.say(map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{"query": query, "variables": map[string]any{"headers": map[string]any{"Authorization": "x"}}}})
	return s
}

// events subscribes by an event stream.
func (p *pair) events(through *world) *subscriber {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"query": streamAnswer})
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, through.url+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+p.lead)
	if p.device != "" {
		req.Header.Set("Plumbline-Device", p.device)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		p.t.Fatalf("%v %v", resp, err)
	}
	p.t.Cleanup(func() { resp.Body.Close() })
	s := &subscriber{t: p.t, sse: bufio.NewScanner(resp.Body)}
	s.sse.Buffer(nil, 1<<20)
	return s
}

func (s *subscriber) say(message any) {
	s.t.Helper()
	text, err := json.Marshal(message)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.conn.Write(s.t.Context(), websocket.MessageText, text); err != nil {
		s.t.Fatal(err)
	}
}

// within is more than any wake-up, poll or reconnection takes on a busy machine.
const within = 30 * time.Second

func (s *subscriber) read() ([]byte, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), within)
	defer cancel()
	_, text, err := s.conn.Read(ctx)
	return text, err
}

func (s *subscriber) message() (string, []byte) {
	s.t.Helper()
	text, err := s.read()
	if err != nil {
		s.t.Fatal(err)
	}
	var m struct {
		Type    string
		Payload json.RawMessage
	}
	if err := json.Unmarshal(text, &m); err != nil {
		s.t.Fatal(err)
	}
	return m.Type, m.Payload
}

// next is the next event.
func (s *subscriber) next() event {
	s.t.Helper()
	for s.sse != nil && s.sse.Scan() {
		if data, found := strings.CutPrefix(s.sse.Text(), "data: "); found {
			return eventOf(s.t, []byte(data))
		}
	}
	for s.conn != nil {
		switch kind, payload := s.message(); kind {
		case "next":
			return eventOf(s.t, payload)
		case "ping":
		default:
			s.t.Fatalf("heard %s %s", kind, payload)
		}
	}
	s.t.Fatal("the event stream ended")
	return event{}
}

// hears waits for a page with the words; a RESYNC on the way is fine, for a pull would bring them too.
func (s *subscriber) hears(remarks string) {
	s.t.Helper()
	for {
		for _, r := range s.next().remarks {
			if r == remarks {
				return
			}
		}
	}
}

// rest is what an event stream says until it ends.
func (s *subscriber) rest() string {
	var lines []string
	for s.sse.Scan() {
		lines = append(lines, s.sse.Text())
	}
	return strings.Join(lines, "\n")
}

func (s *subscriber) resync() {
	s.t.Helper()
	if e := s.next(); !e.resync {
		s.t.Fatalf("heard %v, want RESYNC", e)
	}
}

// closed waits for the end and returns its code.
func (s *subscriber) closed() (websocket.StatusCode, string) {
	s.t.Helper()
	for {
		_, err := s.read()
		var farewell websocket.CloseError
		if errors.As(err, &farewell) {
			return farewell.Code, farewell.Reason
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// metric waits until the server's figure is what it should be.
func (w *world) metric(t testing.TB, line string) {
	t.Helper()
	var text string
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, text = w.ask(t, "GET", "/metrics", ""); strings.Contains(text, "\n"+line+"\n") {
			return
		}
	}
	t.Fatalf("%s is not in\n%s", line, text)
}

func words(n int) string { return fmt.Sprintf("seen in log %d", n) }
