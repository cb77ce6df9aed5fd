package graph_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
	"plumbline/storage"
	"plumbline/storage/webhook"
)

// process is another server process on the same database: its own pool, as the application role, and
// its own workers.
func (w *world) process() *storage.Jobs {
	w.t.Helper()
	store, err := storage.Open(w.t.Context(), storage.Config{URL: w.database.AppURL, AuditKey: auditKey, MaxConns: 8})
	if err != nil {
		w.t.Fatal(err)
	}
	service := inspection.NewService(store, w.blobs, w.now, inspection.Settings{PrivateWebhooks: true})
	jobs, err := store.Jobs(service, storage.JobOptions{Dispatch: 100 * time.Millisecond, Sweep: 200 * time.Millisecond,
		Retry: func(int) time.Duration { return 50 * time.Millisecond }, Sender: webhook.NewSender(true)})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := jobs.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := jobs.Stop(ctx); err != nil {
			w.t.Error(err)
		}
		store.Close()
	})
	return jobs
}

// until waits until a query of one number gives it.
func (w *world) until(db *pgxpool.Pool, want int, sql string, args ...any) {
	w.t.Helper()
	var n int
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if n = w.count(db, sql, args...); n == want {
			return
		}
	}
	w.t.Fatalf("%d after 40 seconds, want %d: %s", n, want, sql)
}

// arrived is a message as a receiver takes it.
type arrived struct {
	id, kind string
	body     string
	data     map[string]any
}

// receiver is somebody else's program: it checks each message by the Standard Webhooks form, in an
// implementation of its own, and takes it at the second attempt.
type receiver struct {
	mu       sync.Mutex
	secret   string
	attempts map[string]int
	taken    []arrived
	wrong    []string
}

func (r *receiver) ServeHTTP(rw http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	id, timestamp := request.Header.Get("webhook-id"), request.Header.Get("webhook-timestamp")
	key, broken := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	mac.Write([]byte{'.'})
	mac.Write([]byte(timestamp))
	mac.Write([]byte{'.'})
	mac.Write(body)
	signed := false
	for signature := range strings.FieldsSeq(request.Header.Get("webhook-signature")) {
		version, text, _ := strings.Cut(signature, ",")
		got, undecodable := base64.StdEncoding.DecodeString(text)
		signed = signed || (version == "v1" && undecodable == nil && hmac.Equal(got, mac.Sum(nil)))
	}
	var message struct {
		Type      string
		Timestamp time.Time
		Data      map[string]any
	}
	malformed := json.Unmarshal(body, &message)
	if err != nil || broken != nil || malformed != nil || !signed || len(key) != 32 || message.Timestamp.IsZero() {
		r.wrong = append(r.wrong, fmt.Sprintf("signed is %v: %v %s", signed, malformed, body))
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	if r.attempts[id]++; r.attempts[id] == 1 {
		rw.WriteHeader(http.StatusInternalServerError)
		return
	}
	r.taken = append(r.taken, arrived{id, message.Type, string(body), message.Data})
}

func (w *world) receiver(events ...string) (*receiver, string) {
	w.t.Helper()
	r := &receiver{attempts: map[string]int{}}
	server := httptest.NewServer(r)
	w.t.Cleanup(server.Close)
	id := inspection.NewID().String()
	payload := w.do(admin, "addWebhook", "AddWebhookInput", "webhook { id events } secret", map[string]any{"id": id, "url": server.URL, "events": events})
	r.secret = payload["secret"].(string)
	return r, id
}

// Every change tells its event, signed, to each webhook that asked for it, at least once, and again
// until it is taken; two processes share the work, and one goes on when the other stops.
func TestEventsReachTheirWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	var all []string
	for _, kind := range inspection.EventKinds() {
		all = append(all, string(kind))
	}
	everything, _ := w.receiver(all...)
	some, _ := w.receiver("ACTION_VERIFIED")
	first := w.process()
	w.process()
	a := w.answered(map[string]any{"text": secretWord})
	a.take(facility, "planAction", "PLANNED", map[string]any{"plan": secretWord, "responsible": secretWord})
	a.take(fieldOffice, "endorseAction", "PLANNED", map[string]any{"remarks": secretWord})
	a.report()
	a.take(lead, "reopenAction", "REOPENED", map[string]any{"reason": secretWord})
	proof := a.report()
	a.take(lead, "verifyAction", "VERIFIED", map[string]any{"evidenceIds": []any{proof}, "remarks": secretWord})
	want := []string{"inspection.issued", "action.planned", "action.endorsed", "action.reported_done", "action.reopened", "action.reported_done", "action.verified"}
	w.until(db, len(want)+1, "select count(*) from webhook_delivery where state = 'DELIVERED'")
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	plain := slices.IndexFunc(w.standard("5.8").Requirements, func(r inspection.Requirement) bool { return r.Priority != inspection.PrioritySourced })
	w.grant(lead, map[string]any{"requirementId": w.standard("5.8").Requirements[plain].ID, "reason": secretWord})
	want = append(want, "waiver.granted")
	w.until(db, len(want)+1, "select count(*) from webhook_delivery where state = 'DELIVERED'")
	everything.mu.Lock()
	defer everything.mu.Unlock()
	some.mu.Lock()
	defer some.mu.Unlock()
	if len(everything.wrong)+len(some.wrong) > 0 {
		t.Fatalf("not in the Standard Webhooks form: %q %q", everything.wrong, some.wrong)
	}
	var got []string
	for _, m := range everything.taken {
		got = append(got, m.kind)
		if contains(m.body, secretWord) || contains(m.body, w.users[facility].ID.String()) {
			t.Errorf("a message holds free text or people: %s", m.body)
		}
		if m.data["facilityId"] != w.facility.String() || everything.attempts[m.id] < 2 {
			t.Errorf("message %v after %d attempts", m, everything.attempts[m.id])
		}
		if strings.HasPrefix(m.kind, "action.") && (m.data["actionId"] != a.action || m.data["proofDue"] == nil || m.data["state"] == nil) {
			t.Errorf("an action's message says %v", m.data)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	if len(some.taken) != 1 || some.taken[0].kind != "action.verified" {
		t.Errorf("who asked for one kind is told %v", some.taken)
	}
	listed := w.ask(admin, "{ webhookDeliveries(first: 100) { edges { node { messageId event state attempts status failure } } } }", nil)
	for _, edge := range fields(listed, "webhookDeliveries", "edges").([]any) {
		if fields(edge, "node", "state") != "DELIVERED" || fields(edge, "node", "attempts").(float64) < 2 || fields(edge, "node", "status") != 200.0 {
			t.Errorf("listed: %v", edge)
		}
	}
}

// A date is pointed out once for each level, however many processes sweep, and a waiver runs out once.
func TestDueDatesArePointedOutOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	told, _ := w.receiver("ACTION_OVERDUE", "ACTION_ESCALATED", "WAIVER_EXPIRED", "ACTION_REOPENED")
	a, waived := w.answered(nil), w.answered(nil)
	w.grant(lead, map[string]any{"actionId": waived.action})
	exercise := fields(w.do(lead, "planInspection", "PlanInspectionInput", header, map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "EXERCISE", "scope": "FULL",
		"announced": true, "plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID, "teamIds": []any{w.users[inspector].ID}, "standardIds": []any{w.standard("5.8").ID}}), "inspection", "id").(string)
	w.step(lead, "startInspection", "StepInput", exercise, nil)
	w.answerAll(inspector, exercise, "MEETS", "5.8")
	w.deficiency(inspector, exercise, "5.8", nil)
	w.issue(exercise)
	w.process()
	w.process()
	day := 24 * time.Hour
	count := "select count(*) from action_escalation where inspection_id = $1"
	w.pass(25 * day)
	w.until(db, 1, count, a.id) // the plan is due soon
	w.pass(10 * day)
	w.until(db, 2, count, a.id) // and was missed
	w.pass(60 * day)            // plan and proof are long missed, and the waiver has run out
	w.until(db, 5, count, a.id) // PLAN OVERDUE_30, PROOF OVERDUE, PROOF OVERDUE_30
	w.until(db, 4, count, waived.id)
	w.until(db, 1, "select count(*) from waiver where expired_at is not null")
	time.Sleep(time.Second) // several sweeps more
	if n := w.count(db, "select count(*) from action_escalation"); n != 9 {
		t.Errorf("%d are pointed out; those of an exercise are not", n)
	}
	if n := w.count(db, "select count(*) from audit_event where action in ('ESCALATE_ACTION', 'EXPIRE_WAIVER')"); n != 10 {
		t.Errorf("%d events in the log, want one for each", n)
	}
	w.until(db, 11, "select count(*) from webhook_delivery where state = 'DELIVERED'") // nine dates, the waiver, its action
	told.mu.Lock()
	defer told.mu.Unlock()
	seen := map[string]int{}
	for _, m := range told.taken {
		seen[fmt.Sprint(m.kind, " ", m.data["due"], " ", m.data["level"])]++
	}
	for what, n := range map[string]int{"action.overdue PLAN OVERDUE": 2, "action.overdue PROOF OVERDUE": 2, "action.escalated PLAN DUE_SOON": 1, "action.escalated PLAN OVERDUE_30": 2,
		"action.escalated PROOF OVERDUE_30": 2, "waiver.expired <nil> <nil>": 1, "action.reopened <nil> <nil>": 1} {
		if seen[what] != n {
			t.Errorf("%s is told %d times, want %d: %v", what, seen[what], n, seen)
		}
	}
	shown := w.ask(facility, "query($id: ID!) { node(id: $id) { ...on CorrectiveAction { overdue { due days } escalations { due level at dueAt } } } }", map[string]any{"id": a.action})
	if n := len(fields(shown, "node", "escalations").([]any)); n != 5 {
		t.Errorf("the facility reads %d: %v", n, shown)
	}
	if n := w.verifyChains(db); n != w.events(db) {
		t.Errorf("%d events verified", n)
	}
}

// A change that is refused tells nothing; one that is kept has its event in the same transaction,
// whether or not anything is there to deliver it.
func TestAnEventIsKeptWithItsChangeOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a := w.answered(nil)
	before := w.count(db, "select count(*) from outbox_event")
	w.untouched(db, "a refused plan", func() { w.refused("ValidationProblem", a.attempt(facility, "planAction", map[string]any{"plan": ""})) })
	kind, input := a.input("planAction", nil)
	w.do(facility, "planAction", kind, actionFields, input)
	w.do(facility, "planAction", kind, actionFields, input) // again
	if n := w.count(db, "select count(*) from outbox_event"); n != before+1 {
		t.Errorf("%d events more, want 1", n-before)
	}
	if n, err := w.service.Dispatch(t.Context(), 100); err != nil || n != before+1 {
		t.Errorf("%d dispatched, %v", n, err)
	}
	if n, err := w.service.Dispatch(t.Context(), 100); err != nil || n != 0 {
		t.Errorf("%d dispatched twice, %v", n, err)
	}
}

// What is given up: after the last attempt, at a webhook that wants no more, at one that was removed.
func TestWhatIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	status := http.StatusInternalServerError
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) }))
	defer server.Close()
	sender := webhook.NewSender(true)
	deliver := func(last bool, before func(id inspection.ID)) (state, failure string, err error) {
		t.Helper()
		id := inspection.NewID()
		w.do(admin, "addWebhook", "AddWebhookInput", "secret", map[string]any{"id": id, "url": server.URL, "events": []any{"INSPECTION_ISSUED"}})
		inspected := w.started("5.8")
		w.answerAll(inspector, inspected, "MEETS", "5.8")
		w.issue(inspected)
		if _, err := w.service.Dispatch(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		if before != nil {
			before(id)
		}
		event := uuidOf(t, w.rows(db, "select event_id::text from webhook_delivery where webhook_id = $1", id)[0])
		err = w.service.Deliver(t.Context(), sender, event, id, last)
		row := w.rows(db, "select state || '|' || failure from webhook_delivery where webhook_id = $1", id)[0]
		state, failure, _ = strings.Cut(row, "|")
		w.do(admin, "removeWebhook", "RemoveWebhookInput", "webhook { id }", map[string]any{"webhookId": id})
		return state, failure, err
	}
	remove := func(id inspection.ID) {
		w.do(admin, "removeWebhook", "RemoveWebhookInput", "webhook { id }", map[string]any{"webhookId": id})
	}
	for _, c := range []struct {
		what           string
		status         int
		last           bool
		before         func(inspection.ID)
		state, failure string
		again          bool
	}{
		{"a fault", 500, false, nil, "PENDING", "the webhook answered 500", true},
		{"the last fault", 503, true, nil, "FAILED", "the webhook answered 503", true},
		{"a redirect", 302, false, nil, "PENDING", "the webhook answered 302", true},
		{"no more", 410, false, nil, "FAILED", "the webhook answered 410", false},
		{"removed", 200, false, remove, "CANCELLED", "", false},
		{"taken", 202, false, nil, "DELIVERED", "", false},
	} {
		status = c.status
		state, failure, err := deliver(c.last, c.before)
		again := err != nil && err != inspection.ErrGivenUp && !strings.Contains(err.Error(), inspection.ErrGivenUp.Error())
		if state != c.state || failure != c.failure || again != c.again {
			t.Errorf("%s: %s, %q, again is %v (%v)", c.what, state, failure, again, err)
		}
	}
}
