package graph_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
)

// behind is a look past row-level security and past the server.
func (w *world) behind() *pgxpool.Pool {
	w.t.Helper()
	pool, err := pgxpool.New(w.t.Context(), w.database.SuperuserURL)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(pool.Close)
	return pool
}

// must runs a statement behind the server's back.
func (w *world) mustExec(db *pgxpool.Pool, sql string, args ...any) {
	w.t.Helper()
	if _, err := db.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatalf("%v: %s", err, sql)
	}
}

// rows reads one column of text.
func (w *world) rows(db *pgxpool.Pool, sql string, args ...any) []string {
	w.t.Helper()
	found, err := db.Query(w.t.Context(), sql, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		w.t.Fatalf("%v: %s", err, sql)
	}
	return all
}

// dump is every row of every table, as text.
func (w *world) dump(db *pgxpool.Pool) string {
	w.t.Helper()
	var all strings.Builder
	for _, table := range w.rows(db, "select tablename from pg_tables where schemaname = 'public' order by 1") {
		rows := w.rows(db, fmt.Sprintf("select t::text from %s t order by 1", pgx.Identifier{table}.Sanitize()))
		fmt.Fprintf(&all, "%s\n%s\n", table, strings.Join(rows, "\n"))
	}
	return all.String()
}

// verifyChains recomputes every audit chain from its first event and returns how many events there
// are. Another implementation of the same rule: each mac covers the one before.
func (w *world) verifyChains(db *pgxpool.Pool) int {
	w.t.Helper()
	found, err := db.Query(w.t.Context(), `select chain, n, id, at, actor_id, actor_role, action, outcome, target_type, target_id, detail::text, mac
		from audit_event order by chain, n`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer found.Close()
	count, previous, expected := 0, []byte(nil), int64(1)
	last := ""
	for found.Next() {
		var chain, role, action, outcome, target, detail string
		var n int64
		var id, actor, targetID inspection.ID
		var at time.Time
		var mac []byte
		if err := found.Scan(&chain, &n, &id, &at, &actor, &role, &action, &outcome, &target, &targetID, &detail, &mac); err != nil {
			w.t.Fatal(err)
		}
		if chain != last {
			last, previous, expected = chain, nil, 1
		}
		if n != expected {
			w.t.Fatalf("chain %s has event %d where %d belongs", chain, n, expected)
		}
		h := hmac.New(sha256.New, auditKey)
		for _, field := range [][]byte{previous, binary.BigEndian.AppendUint64(nil, uint64(n)), []byte(chain), id[:],
			[]byte(at.UTC().Format(time.RFC3339Nano)), actor[:], []byte(role), []byte(action), []byte(outcome), []byte(target), targetID[:], []byte(detail)} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(field))))
			h.Write(field)
		}
		if !hmac.Equal(mac, h.Sum(nil)) {
			w.t.Fatalf("event %d of chain %s is not signed by its content", n, chain)
		}
		previous, expected, count = mac, expected+1, count+1
	}
	if err := found.Err(); err != nil {
		w.t.Fatal(err)
	}
	return count
}

// events counts the audit events.
func (w *world) events(db *pgxpool.Pool) int {
	w.t.Helper()
	var n int
	if err := db.QueryRow(w.t.Context(), "select count(*) from audit_event").Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// untouched asserts that f, refused, leaves every row as it was, and writes no event.
func (w *world) untouched(db *pgxpool.Pool, what string, f func()) {
	w.t.Helper()
	before := w.dump(db)
	f()
	if after := w.dump(db); after != before {
		w.t.Errorf("%s: a refusal left something behind:\n%s", what, firstDifference(before, after))
	}
}

func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for n := range bs {
		if n >= len(as) || as[n] != bs[n] {
			return bs[n]
		}
	}
	return "rows are gone"
}

// fields reads a value of a response by its path.
func fields(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// answer is one entry of recordAnswers.
func answer(requirement inspection.ID, revision int, rating string, more map[string]any) map[string]any {
	entry := map[string]any{"requirementId": requirement, "revision": revision, "rating": rating, "methods": []any{"OBSERVATION"}}
	for k, v := range more {
		entry[k] = v
	}
	return entry
}

const answerFields = "answers { id rating remarks revision authorId }"

func (w *world) recordAs(as, inspectionID string, entries ...map[string]any) map[string]any {
	w.t.Helper()
	return w.try(as, "recordAnswers", "RecordAnswersInput", answerFields, map[string]any{"inspectionId": inspectionID, "answers": entries})
}

func (w *world) recorded(as, inspectionID string, entries ...map[string]any) []any {
	w.t.Helper()
	payload := w.recordAs(as, inspectionID, entries...)
	if problems := payload["problems"].([]any); len(problems) > 0 {
		w.t.Fatalf("recordAnswers as %s: %v", as, problems)
	}
	return payload["answers"].([]any)
}

// deficiency records one deficiency and returns its id.
func (w *world) deficiency(as, inspectionID, number string, more map[string]any) string {
	w.t.Helper()
	id := inspection.NewID().String()
	entry := map[string]any{"id": id, "revision": 0, "kind": "DEFICIENCY", "standardId": w.standard(number).ID, "text": "Something is not as it must be."}
	for k, v := range more {
		entry[k] = v
	}
	w.do(as, "recordFindings", "RecordFindingsInput", "findings { id }", map[string]any{"inspectionId": inspectionID, "findings": []any{entry}})
	return id
}
