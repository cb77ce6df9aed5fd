package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
)

// cursor is a way of reading what is new: from a place, the rows beyond it and the next place.
type cursor func(place string) (ids []string, next string)

// since reads a naive cursor over the answers' own table: rows whose stamp is beyond the place.
func (w *world) since(db *pgxpool.Pool, stamp, start string) cursor {
	return func(place string) ([]string, string) {
		if place == "" {
			place = start
		}
		var ids []string
		rows := w.rows(db, fmt.Sprintf("select id::text || ' ' || %[1]s::text from answer where %[1]s > $1 order by %[1]s", stamp), place)
		for _, r := range rows {
			id, at, _ := strings.Cut(r, " ")
			ids, place = append(ids, id), at
		}
		return ids, place
	}
}

// pulling reads by pullAnswer.
func (d *tablet) pulling() cursor {
	return func(string) ([]string, string) {
		var ids []string
		for _, one := range d.page(1000) {
			ids = append(ids, one["id"].(string))
		}
		return ids, ""
	}
}

// A slow transaction stamps first and commits last. A cursor over the time of change, and one over a
// sequence, read past its row and never give it; the checkpoint does. Both naive stamps stand in the
// real table, beside the real number, and are written by the real push.
func TestASlowTransactionIsNotReadPast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	first, second := w.started("5.8"), w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	w.mustExec(db, `create sequence naive_stamps; grant usage on naive_stamps to plumbline_app;
		alter table answer add column updated_at timestamptz not null default clock_timestamp(), add column stamp bigint not null default nextval('naive_stamps');
		create function stamp_naively() returns trigger language plpgsql as $$
		begin new.updated_at := clock_timestamp(); new.stamp := nextval('naive_stamps'); return new; end $$;
		create trigger stamp_naively before update on answer for each row execute function stamp_naively();`)
	a, reader := w.tablet(inspector), w.tablet(lead)
	a.pull(1000)
	cursors := map[string]cursor{"updated_at": w.since(db, "updated_at", "-infinity"), "sequence": w.since(db, "stamp", "-1"), "checkpoint": reader.pulling()}
	places, seen := map[string]string{}, map[string]map[string]bool{}
	read := func() {
		for name, c := range cursors {
			ids, next := c(places[name])
			places[name] = next
			for _, id := range ids {
				seen[name][id] = true
			}
		}
	}
	for name := range cursors {
		seen[name] = map[string]bool{}
	}
	read()
	for name := range seen {
		clear(seen[name])
	}
	slow, quick := w.answerID(first, r), w.answerID(second, r)
	// The slow one has written its row, and waits before it commits: at the head of its audit chain,
	// which somebody holds.
	w.whileHeld(db, "inspection:"+first, func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.raw(a.as, pushAnswerMutation, map[string]any{"rows": []document{a.edit(slow, document{"rating": "MEETS"})}})
		}()
		w.waiting(db)
		a.taken(a.edit(quick, document{"rating": "MEETS"}))
		read()
		t.Cleanup(func() { <-done })
	})
	w.untilTrue(db, "select revision = 1 from answer where id = $1", slow)
	read()
	for name, want := range map[string]bool{"updated_at": false, "sequence": false, "checkpoint": true} {
		if !seen[name][quick] || seen[name][slow] != want {
			t.Errorf("by %s the quick row was read: %v; the slow one: %v, want %v", name, seen[name][quick], seen[name][slow], want)
		}
	}
}

// whileHeld runs f while somebody holds the head of an audit chain.
func (w *world) whileHeld(db *pgxpool.Pool, chain string, f func()) {
	w.t.Helper()
	held, err := db.Begin(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	defer held.Rollback(context.WithoutCancel(w.t.Context()))
	if _, err := held.Exec(w.t.Context(), "select pg_advisory_xact_lock(hashtextextended($1, 0))", chain); err != nil {
		w.t.Fatal(err)
	}
	f()
}

// waiting returns when a transaction waits for an audit chain.
func (w *world) waiting(db *pgxpool.Pool) {
	w.t.Helper()
	w.untilTrue(db, "select exists (select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database()))")
}

// until asks until the answer is true.
func (w *world) untilTrue(db *pgxpool.Pool, sql string, args ...any) {
	w.t.Helper()
	for {
		var yes bool
		if err := db.QueryRow(w.t.Context(), sql, args...).Scan(&yes); err != nil && err != pgx.ErrNoRows {
			w.t.Fatal(err)
		}
		if yes {
			return
		}
	}
}

// A page that ends in the middle of a push goes on there. Naive cursors give the whole push one stamp,
// its transaction's: the rest of it is never beyond that.
func TestAPageThatEndsInTheMiddleOfAPushGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	w.mustExec(db, `alter table answer add column updated_at timestamptz not null default now(), add column stamp bigint not null default txid_current();
		create function stamp_naively() returns trigger language plpgsql as $$ begin new.updated_at := now(); new.stamp := txid_current(); return new; end $$;
		create trigger stamp_naively before update on answer for each row execute function stamp_naively();`)
	a, reader := w.tablet(inspector), w.tablet(second)
	a.pull(1000)
	reader.pull(1000)
	var rows []document
	for _, r := range w.standard("5.8").Requirements {
		rows = append(rows, a.edit(w.answerID(id, r.ID), document{"rating": "MEETS"}))
	}
	a.taken(rows...)
	seen := map[string]bool{}
	for {
		page := reader.page(2)
		for _, d := range page {
			if seen[d["id"].(string)] {
				t.Errorf("%v came twice", d["id"])
			}
			seen[d["id"].(string)] = true
		}
		if len(page) < 2 {
			break
		}
	}
	if len(seen) != len(rows) {
		t.Errorf("%d of %d answers came", len(seen), len(rows))
	}
	for _, stamp := range []string{"updated_at", "stamp"} {
		lost := w.count(db, fmt.Sprintf(`with page as (select id, %[1]s from answer where revision = 1 order by %[1]s, id limit 2)
			select count(*) from answer where revision = 1 and id not in (select id from page) and not %[1]s > (select max(%[1]s) from page)`, stamp))
		if lost != len(rows)-2 {
			t.Errorf("by %s a page of two loses %d rows, want %d: the test holds nothing", stamp, lost, len(rows)-2)
		}
	}
}

// Every page but the last is full, whatever its size, over several inspections.
func TestEveryPageButTheLastIsFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.started("5.8")
	w.started("7.1")
	all := len(w.standard("5.8").Requirements) + len(w.standard("7.1").Requirements)
	for _, limit := range []int{1, 2, 7, all - 1, all, all + 1, 1000} {
		d := w.tablet(inspector)
		if n := d.pull(limit); n != all || len(d.replica) != all {
			t.Errorf("by %d: %d documents, %d of them different, want %d", limit, n, len(d.replica), all)
		}
	}
	for _, limit := range []int{0, -1, 1001, 1 << 30} {
		_, errs := w.send(inspector, pullAnswerQuery, map[string]any{"limit": limit})
		if len(errs) != 1 || (fields(errs[0], "extensions", "code") != "INVALID" && fields(errs[0], "extensions", "code") != "LIMIT_EXCEEDED") {
			t.Errorf("limit %d: %v", limit, errs)
		}
	}
}

// What is no longer open to a tablet is taken back, and comes again if it is open again.
func TestWhoLeavesHandsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.started("5.8"), w.started("7.1")
	b := w.tablet(second)
	mine := len(w.standard("5.8").Requirements)
	b.pull(1000)
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	if n := b.pull(2); n != mine {
		t.Errorf("%d answers were taken back, want %d", n, mine)
	}
	for _, d := range b.replica {
		if gone := d["inspectionId"] == id; gone != d["deleted"].(bool) || (!gone && d["inspectionId"] != other) || (gone && (d["remarks"] != "" || d["requirementId"] != "")) {
			t.Errorf("the tablet holds %v", d)
		}
	}
	if n := b.pull(2); n != 0 {
		t.Errorf("%d answers were taken back twice", n)
	}
	w.do(lead, "addTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	if n := b.pull(2); n != mine {
		t.Errorf("%d answers came again, want %d", n, mine)
	}
	for _, d := range b.replica {
		if d["deleted"] != false {
			t.Errorf("the tablet holds %v", d)
		}
	}
}

// A checkpoint of another user, collection or history, or of nobody, is refused by what it is.
func TestAWrongCheckpointIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	w.started("5.8")
	a, b := w.tablet(inspector), w.tablet(second)
	a.pull(1000)
	b.pull(1000)
	own := fields(a.checkpoint, "seq").(string)
	pull := func(seq string) (string, string) {
		_, errs := w.send(inspector, pullAnswerQuery, map[string]any{"limit": 10, "checkpoint": document{"seq": seq}})
		if len(errs) == 0 {
			return "", ""
		}
		path, _ := json.Marshal(fields(errs[0], "extensions", "path"))
		return fields(errs[0], "extensions", "code").(string), string(path) + fields(errs[0], "message").(string)
	}
	for what, seq := range map[string]string{"another user's": fields(b.checkpoint, "seq").(string), "a number": "12", "cut": own[:len(own)-1], "grown": own + "A",
		"changed": own[:8] + "_" + own[9:], "a page's cursor": "eyJJRCI6IjEifQ", "long": strings.Repeat("A", 50_000)} {
		if code, says := pull(seq); code != "INVALID" || !strings.HasPrefix(says, `["checkpoint"]`) {
			t.Errorf("%s: %s %s", what, code, says)
		}
	}
	if code, says := pull(own); code != "" {
		t.Errorf("its own: %s %s", code, says)
	}
	// The inspection's numbers go back behind the tablet's, as no restore of this database would: forged.
	w.mustExec(db, "update inspection set head = head - 1")
	if code, says := pull(own); code != "INVALID" || !strings.Contains(says, "ahead") {
		t.Errorf("ahead: %s %s", code, says)
	}
	// The database becomes another.
	w.mustExec(db, "update installation set id = gen_random_uuid()")
	if code, says := pull(own); code != "EPOCH_CHANGED" || !strings.Contains(says, "under a new identifier") {
		t.Errorf("another epoch: %s %s", code, says)
	}
	if n := w.tablet(inspector).pull(1000); n == 0 {
		t.Error("a new tablet gets nothing")
	}
}

// What was rated before the tablet pulls first is there in full.
func TestAnAnswerRecordedOtherwiseIsPulled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	a := w.tablet(second)
	a.pull(1000)
	w.recorded(inspector, id, answer(r, 0, "DOES_NOT_MEET", map[string]any{"remarks": "by the desk"}))
	if n := a.pull(1000); n != 1 || a.replica[inspection.AnswerID(uuidOf(t, id), r).String()]["remarks"] != "by the desk" {
		t.Errorf("%d came", n)
	}
	a.taken(a.edit(w.answerID(id, r), document{"correctedOnSite": "FULL"}))
}
