package storage_test

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
	"plumbline/storage"
	"plumbline/storage/storagetest"
)

func TestMain(m *testing.M) { storagetest.Main(m) }

// feedWorld is a database with one inspection and one who works on it, and a hand that changes them
// past the server.
type feedWorld struct {
	t          testing.TB
	database   *storagetest.DB
	admin      *pgxpool.Pool
	inspection inspection.ID
	user       inspection.ID
	device     inspection.ID
}

func newFeedWorld(t testing.TB) *feedWorld {
	t.Helper()
	w := &feedWorld{t: t, database: storagetest.Database(t), inspection: inspection.NewID(), user: inspection.NewID(), device: inspection.NewID()}
	admin, err := pgxpool.New(t.Context(), w.database.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	w.admin = admin
	facility := inspection.NewID()
	w.exec(`insert into app_user (id, email, name, role) values ($1, 'lead@opr.example', 'LEAD', 'LEAD_INSPECTOR')`, w.user)
	w.exec(`insert into facility (id, name, type) values ($1, 'PINE RIVER', 'CDF')`, facility)
	w.exec(`insert into inspection (id, facility_id, origin, scope, announced, planned_start, planned_end, state, lead_id, planned_by, planned_at)
		values ($1, $2, 'LIVE', 'FULL', false, '2026-03-03', '2026-03-05', 'PLANNED', $3, $3, now())`, w.inspection, facility, w.user)
	w.exec(`insert into team_member (inspection_id, user_id, joined_at) values ($1, $2, now())`, w.inspection, w.user)
	w.exec(`insert into device (id, user_id, name, public_key, registered_at) values ($1, $2, 'tablet', 'key', now())`, w.device, w.user)
	return w
}

func (w *feedWorld) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.admin.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// follow is a server's feed.
func (w *feedWorld) follow(poll time.Duration) *storage.Feed {
	w.t.Helper()
	store, err := storage.Open(w.t.Context(), storage.Config{URL: w.database.AppURL, AuditKey: bytes.Repeat([]byte("k"), 32), MaxConns: 2})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(store.Close)
	feed, err := store.Follow(storage.FeedConfig{Poll: poll})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(feed.Close)
	return feed
}

func (w *feedWorld) listening(feed *storage.Feed) {
	w.t.Helper()
	eventually(w.t, "the feed listens", func() bool { return feed.Stats().Listening })
}

func (w *feedWorld) watch(feed *storage.Feed, topics ...inspection.Topic) <-chan struct{} {
	w.t.Helper()
	wake, err := feed.Watch(w.t.Context(), topics...)
	if err != nil {
		w.t.Fatal(err)
	}
	return wake
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 seconds: %s", what)
		}
	}
}

func woken(t testing.TB, what string, wake <-chan struct{}) {
	t.Helper()
	select {
	case <-wake:
	case <-time.After(20 * time.Second):
		t.Fatalf("nobody was woken by %s", what)
	}
}

func asleep(t testing.TB, what string, wake <-chan struct{}) {
	t.Helper()
	select {
	case <-wake:
		t.Fatalf("somebody was woken by %s", what)
	case <-time.After(100 * time.Millisecond):
	}
}

// never is a poll that no test waits for.
const never = time.Hour

func TestEachChangeWakesThoseWhoWaitForItAndNobodyElse(t *testing.T) {
	t.Parallel()
	w := newFeedWorld(t)
	feed := w.follow(never)
	w.listening(feed)
	of := func(kind inspection.TopicKind, id inspection.ID) <-chan struct{} {
		return w.watch(feed, inspection.Topic{Kind: kind, ID: id})
	}
	var facility inspection.ID
	if err := w.admin.QueryRow(t.Context(), `select facility_id from inspection`).Scan(&facility); err != nil {
		t.Fatal(err)
	}
	waiting := map[inspection.TopicKind]<-chan struct{}{
		inspection.AnswersChanged: of(inspection.AnswersChanged, w.inspection), inspection.EvidenceChanged: of(inspection.EvidenceChanged, w.inspection),
		inspection.FindingsChanged: of(inspection.FindingsChanged, w.inspection), inspection.ObservationsChanged: of(inspection.ObservationsChanged, w.inspection),
		inspection.HeaderChanged: of(inspection.HeaderChanged, w.inspection), inspection.LedgerChanged: of(inspection.LedgerChanged, w.inspection),
		inspection.PriorsChanged: of(inspection.PriorsChanged, facility), inspection.ScopeChanged: of(inspection.ScopeChanged, w.user),
		inspection.UserChanged: of(inspection.UserChanged, w.user), inspection.DeviceChanged: of(inspection.DeviceChanged, w.device),
	}
	stranger := of(inspection.ObservationsChanged, inspection.NewID())
	for _, tt := range []struct {
		what, sql string
		args      []any
		wakes     []inspection.TopicKind
	}{
		{"an observation", `insert into observation (inspection_id, id, text, author_id, recorded_at, revised_by, revised_at, seq) values ($1, gen_random_uuid(), 'seen', $2, now(), $2, now(), 1)`,
			[]any{w.inspection, w.user}, []inspection.TopicKind{inspection.ObservationsChanged}},
		{"a changed observation", `update observation set text = 'seen again'`, nil, []inspection.TopicKind{inspection.ObservationsChanged}},
		{"a finding", `insert into finding (inspection_id, id, kind, text, responsible_party, corrected_on_site, author_id, recorded_at, revised_by, revised_at, seq)
			values ($1, gen_random_uuid(), 'NOTE', 'noted', 'FACILITY', 'NONE', $2, now(), $2, now(), 2)`, []any{w.inspection, w.user}, []inspection.TopicKind{inspection.FindingsChanged}},
		{"a declared photo", `insert into evidence (inspection_id, id, sha256, size, media_type, class, captured_from, captured_to, state, object_key, declared_by, declared_at, seq)
			values ($1, gen_random_uuid(), sha256('x'), 1, 'image/jpeg', 'NONE', now(), now(), 'DECLARED', 'key', $2, now(), 3)`,
			[]any{w.inspection, w.user}, []inspection.TopicKind{inspection.EvidenceChanged}},
		{"a device's word", `insert into device_contact (inspection_id, device_id, user_id, first_contact_at, last_contact_at) values ($1, $2, $3, now(), now())`,
			[]any{w.inspection, w.device, w.user}, []inspection.TopicKind{inspection.LedgerChanged}},
		{"a new revision of the header", `update inspection set revision = revision + 1`, nil, []inspection.TopicKind{inspection.HeaderChanged}},
		{"a step of the lifecycle", `update inspection set state = 'IN_PROGRESS'`, nil,
			[]inspection.TopicKind{inspection.HeaderChanged, inspection.ScopeChanged, inspection.PriorsChanged}},
		{"a removal from the team", `update team_member set removed_at = now()`, nil, []inspection.TopicKind{inspection.HeaderChanged, inspection.ScopeChanged}},
		{"a revocation", `update device set revoked_at = now(), revoked_by = user_id, revoked_reason = 'lost'`, nil,
			[]inspection.TopicKind{inspection.DeviceChanged, inspection.LedgerChanged}},
		{"a deactivation", `update app_user set active = false`, nil, []inspection.TopicKind{inspection.UserChanged}},
		{"nothing that is waited for", `update inspection set fieldwork_note = 'x'`, nil, nil},
	} {
		drain(waiting)
		w.exec(tt.sql, tt.args...)
		for _, kind := range tt.wakes {
			woken(t, tt.what, waiting[kind])
			delete(waiting, kind)
		}
		for kind, wake := range waiting {
			select {
			case <-wake:
				t.Errorf("%s woke who waits for %s", tt.what, kind)
			default:
			}
		}
		for _, kind := range tt.wakes {
			waiting[kind] = of(kind, map[inspection.TopicKind]inspection.ID{inspection.PriorsChanged: facility, inspection.ScopeChanged: w.user,
				inspection.UserChanged: w.user, inspection.DeviceChanged: w.device}[kind])
			if kind != inspection.PriorsChanged && kind != inspection.ScopeChanged && kind != inspection.UserChanged && kind != inspection.DeviceChanged {
				waiting[kind] = of(kind, w.inspection)
			}
		}
	}
	asleep(t, "another inspection's change", stranger)
}

func drain(waiting map[inspection.TopicKind]<-chan struct{}) {
	time.Sleep(50 * time.Millisecond) // the words of one transaction come together
	for _, wake := range waiting {
		select {
		case <-wake:
		default:
		}
	}
}

func TestARolledBackChangeWakesNobody(t *testing.T) {
	t.Parallel()
	w := newFeedWorld(t)
	feed := w.follow(never)
	w.listening(feed)
	wake := w.watch(feed, inspection.Topic{Kind: inspection.HeaderChanged, ID: w.inspection})
	tx, err := w.admin.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `update inspection set revision = revision + 1`); err != nil {
		t.Fatal(err)
	}
	asleep(t, "a change that is not committed", wake)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	asleep(t, "a change that was taken back", wake)
}

const suppress = `do $$ declare t text; begin
	foreach t in array array['inspection', 'observation', 'team_member', 'device', 'app_user'] loop
		execute format('alter table %I disable trigger user', t);
	end loop; end $$`

func TestALostNotificationIsFoundByThePoll(t *testing.T) {
	t.Parallel()
	w := newFeedWorld(t)
	feed := w.follow(50 * time.Millisecond)
	w.listening(feed)
	w.exec(suppress)
	for _, tt := range []struct {
		topic inspection.Topic
		sql   string
	}{
		{inspection.Topic{Kind: inspection.ObservationsChanged, ID: w.inspection}, `update inspection set head = head + 1`},
		{inspection.Topic{Kind: inspection.HeaderChanged, ID: w.inspection}, `update inspection set revision = revision + 1`},
		{inspection.Topic{Kind: inspection.ScopeChanged, ID: w.user}, `update team_member set removed_at = now()`},
		{inspection.Topic{Kind: inspection.UserChanged, ID: w.user}, `update app_user set active = false`},
		{inspection.Topic{Kind: inspection.DeviceChanged, ID: w.device}, `update device set revoked_at = now(), revoked_by = user_id, revoked_reason = 'lost'`},
	} {
		wake := w.watch(feed, tt.topic)
		woken(t, "the first poll", wake) // which cannot know what was before it
		for more := true; more; {
			select {
			case <-wake:
			case <-time.After(500 * time.Millisecond): // settled
				more = false
			}
		}
		before := feed.Stats()
		w.exec(tt.sql)
		woken(t, tt.sql, wake)
		if after := feed.Stats(); after.Found <= before.Found || after.Notified != before.Notified {
			t.Errorf("%s: %+v, then %+v", tt.sql, before, after)
		}
	}
}

func TestTheFeedConnectsAgainAndWakesEverybody(t *testing.T) {
	t.Parallel()
	w := newFeedWorld(t)
	feed := w.follow(never)
	w.listening(feed)
	wake := w.watch(feed, inspection.Topic{Kind: inspection.AnswersChanged, ID: w.inspection})
	for n := range int64(3) {
		w.exec(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'plumbline feed' and datname = current_database()`)
		woken(t, "the new connection", wake)
		if got := feed.Stats().Reconnects; got < n+1 {
			t.Errorf("%d reconnects after %d cuts", got, n+1)
		}
	}
	w.listening(feed)
	asleep(t, "nothing", wake)
	header := w.watch(feed, inspection.Topic{Kind: inspection.HeaderChanged, ID: w.inspection})
	w.exec(`update inspection set revision = revision + 1`)
	woken(t, "a change after the cuts", header)
}

// Rows that are numbered by transaction are served when every older one has ended: the waiting are
// woken once more then.
func TestAChangeThatAnOlderTransactionHidesWakesAgainWhenThatEnds(t *testing.T) {
	t.Parallel()
	w := newFeedWorld(t)
	feed := w.follow(never)
	w.listening(feed)
	wake := w.watch(feed, inspection.Topic{Kind: inspection.HeaderChanged, ID: w.inspection})
	older, err := w.admin.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer older.Rollback(context.Background())
	if _, err := older.Exec(t.Context(), `select pg_current_xact_id()`); err != nil {
		t.Fatal(err)
	}
	w.exec(`update inspection set revision = revision + 1`)
	woken(t, "the change", wake)
	time.Sleep(2 * 200 * time.Millisecond)
	select { // the first look marks what it sees
	case <-wake:
	default:
	}
	asleep(t, "a change that is hidden still", wake)
	if err := older.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	woken(t, "the end of the older transaction", wake)
	time.Sleep(2 * 200 * time.Millisecond)
	select {
	case <-wake:
	default:
	}
	asleep(t, "nothing", wake)
}

func TestAWatchEndsWithItsContextAndAFeedLeavesNothingBehind(t *testing.T) {
	w := newFeedWorld(t)
	before := runtime.NumGoroutine()
	store, err := storage.Open(t.Context(), storage.Config{URL: w.database.AppURL, AuditKey: bytes.Repeat([]byte("k"), 32), MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	feed, err := store.Follow(storage.FeedConfig{Poll: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	for range 1000 {
		if _, err := feed.Watch(ctx, inspection.TopicsOf([]inspection.ID{w.inspection, inspection.NewID()}, inspection.AnswersChanged, inspection.HeaderChanged)...); err != nil {
			t.Fatal(err)
		}
	}
	w.listening(feed)
	if topics := feed.Stats().Topics; topics != 2002 {
		t.Errorf("%d topics are watched", topics)
	}
	cancel()
	eventually(t, "nobody watches", func() bool { return feed.Stats().Topics == 0 })
	feed.Close()
	store.Close()
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

func TestAURLToListenAtIsCheckedAtTheStart(t *testing.T) {
	t.Parallel()
	w := newFeedWorld(t)
	store, err := storage.Open(t.Context(), storage.Config{URL: w.database.AppURL, AuditKey: bytes.Repeat([]byte("k"), 32), MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Follow(storage.FeedConfig{URL: "postgres://user:hunter2@ho st"}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
