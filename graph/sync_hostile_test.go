package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
)

const (
	pullAnswers = "query($checkpoint: AnswerInputCheckpoint, $limit: Int!) { pullAnswer(checkpoint: $checkpoint, limit: $limit) { documents { " + tabletAnswer + " } checkpoint { seq } } }"
	pushAnswers = "mutation($answerPushRow: [AnswerInputPushRow!]) { pushAnswer(answerPushRow: $answerPushRow) { " + tabletAnswer + " } }"
)

// answersOf pulls the answers of a user.
func (w *world) answersOf(as string) []document {
	w.t.Helper()
	var all []document
	for _, one := range fields(w.ask(as, pullAnswers, map[string]any{"limit": 1000}), "pullAnswer", "documents").([]any) {
		all = append(all, one.(document))
	}
	return all
}

// row is a row of a push: a document changed.
func row(doc document, change document) map[string]any {
	next := maps.Clone(doc)
	maps.Copy(next, change)
	return map[string]any{"assumedMasterState": doc, "newDocumentState": next}
}

func (w *world) pushRows(as string, rows ...any) []any {
	w.t.Helper()
	return w.ask(as, pushAnswers, map[string]any{"answerPushRow": rows})["pushAnswer"].([]any)
}

// record is all of the database but what a refused row may leave: the kept write and who was heard when.
func (w *world) record(db *pgxpool.Pool) string {
	w.t.Helper()
	var all strings.Builder
	for _, table := range w.rows(db, "select tablename from pg_tables where schemaname = 'public' order by 1") {
		if slices.Contains([]string{"kept_write", "device_contact", "device", "audit_event"}, table) {
			continue
		}
		fmt.Fprintf(&all, "%s\n%s\n", table, strings.Join(w.rows(db, `select t::text from "`+table+`" t order by 1`), "\n"))
	}
	return all.String()
}

// Requests that are no request: an error that names what is wrong, before anything is read or written.
func TestHostilePullsAndPushes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	w.started("5.2")
	docs := w.answersOf(inspector)
	given := fields(w.ask(inspector, pullAnswers, map[string]any{"limit": 3}), "pullAnswer", "checkpoint", "seq").(string)
	others := fields(w.ask(second, pullAnswers, map[string]any{"limit": 3}), "pullAnswer", "checkpoint", "seq").(string)
	at := func(seq any) map[string]any {
		return map[string]any{"limit": 10, "checkpoint": map[string]any{"seq": seq}}
	}
	many := make([]any, 1001)
	for n := range many {
		many[n] = row(docs[0], document{"id": inspection.NewID()})
	}
	half := []rune(given)
	for what, c := range map[string]struct {
		query     string
		variables map[string]any
	}{
		"limit 0":                            {pullAnswers, map[string]any{"limit": 0}},
		"limit -1":                           {pullAnswers, map[string]any{"limit": -1}},
		"limit 1,001":                        {pullAnswers, map[string]any{"limit": 1001}},
		"limit beyond all":                   {pullAnswers, map[string]any{"limit": 1 << 40}},
		"limit in words":                     {pullAnswers, map[string]any{"limit": "ten"}},
		"no limit":                           {pullAnswers, nil},
		"a checkpoint of one letter":         {pullAnswers, at("x")},
		"a checkpoint cut in half":           {pullAnswers, at(string(half[:len(half)/2]))},
		"a checkpoint with its first change": {pullAnswers, at(given[:20] + "-" + given[21:])},
		"a checkpoint and more":              {pullAnswers, at(given + "AAAA")},
		"a checkpoint twice":                 {pullAnswers, at(given + given)},
		"another person's checkpoint":        {pullAnswers, at(others)},
		"a checkpoint with NUL":              {pullAnswers, at("\x00")},
		"a checkpoint of SQL":                {pullAnswers, at("'; drop table answer; --")},
		"a checkpoint that is a number":      {pullAnswers, at(7)},
		"a checkpoint of 500 kB":             {pullAnswers, at(strings.Repeat("A", 500_000))},
		"a checkpoint that is a row id":      {pullAnswers, at(docs[0]["id"])},
		"1,001 rows":                         {pushAnswers, map[string]any{"answerPushRow": many}},
		"a row without a new state":          {pushAnswers, map[string]any{"answerPushRow": []any{map[string]any{"assumedMasterState": docs[0]}}}},
		"a row that is null":                 {pushAnswers, map[string]any{"answerPushRow": []any{nil}}},
		"a row without an id":                {pushAnswers, map[string]any{"answerPushRow": []any{row(docs[0], document{"id": nil})}}},
		"remarks that are a list":            {pushAnswers, map[string]any{"answerPushRow": []any{row(docs[0], document{"remarks": []any{"a", "b"}})}}},
		"methods that are an object":         {pushAnswers, map[string]any{"answerPushRow": []any{row(docs[0], document{"methods": map[string]any{"a": 1}})}}},
		"a revision that is text":            {pushAnswers, map[string]any{"answerPushRow": []any{row(docs[0], document{"revision": "first"})}}},
		"a field nobody knows":               {pushAnswers, map[string]any{"answerPushRow": []any{row(docs[0], document{"detaineeName": "x"})}}},
	} {
		w.untouched(db, what, func() {
			t.Helper()
			if body := w.inputError(inspector, c.query, c.variables); !strings.Contains(body, "message") {
				t.Errorf("%s: %s", what, body)
			}
		})
	}
	for n := range len(given) {
		if body := string(w.raw(inspector, pullAnswers, at(given[:n]))); n > 0 && !strings.Contains(body, `"INVALID"`) {
			t.Errorf("a checkpoint cut after %d characters is taken: %.200s", n, body)
		}
	}
}

// Rows that are no honest row, each with an honest one beside it: the honest one is taken, the other
// changes nothing in the record, comes back as the server has it, and is listed with what was wrong.
func TestHostileRowsBlockNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.2")
	elsewhere := fields(w.do(lead, "planInspection", "PlanInspectionInput", header, map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "LIVE",
		"scope": "FULL", "announced": false, "plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID,
		"teamIds": []any{w.users[inspector].ID}, "standardIds": []any{w.standard("5.3").ID}}), "inspection", "id").(string)
	w.step(lead, "startInspection", "StepInput", elsewhere, nil)
	docs := w.answersOf(second)
	foreign := slices.DeleteFunc(w.answersOf(inspector), func(d document) bool { return d["inspectionId"] != elsewhere })[0]
	honest, target := docs[0], docs[1]
	for n, c := range []struct {
		what   string
		code   string
		change document
	}{
		{"a rating that is none", "INVALID", document{"rating": "GOOD"}},
		{"a rating in small letters", "INVALID", document{"rating": "meets"}},
		{"an empty rating", "INVALID", document{"rating": ""}},
		{"a method that is none", "INVALID", document{"methods": []any{"GUESS"}}},
		{"a correction that is none", "INVALID", document{"correctedOnSite": "YES"}},
		{"remarks with NUL", "INVALID", document{"remarks": "a\x00b"}},
		{"remarks too long", "INVALID", document{"remarks": strings.Repeat("ü", 10_001)}},
		{"a reason with NUL", "INVALID", document{"reason": "\x00"}},
		{"a device time in words", "INVALID", document{"deviceTime": "noon", "remarks": "x"}},
		{"a device time of the year 0", "INVALID", document{"deviceTime": "0000-01-01T00:00:00Z", "remarks": "x"}},
		{"a device time of the year 99999", "INVALID", document{"deviceTime": "99999-01-01T00:00:00Z", "remarks": "x"}},
		{"an id of another item", "INVALID", document{"id": docs[2]["id"], "remarks": "x"}},
		{"an id that is none", "INVALID", document{"id": "x", "remarks": "x"}},
		{"an id of a person", "INVALID", document{"id": w.users[inspector].ID, "remarks": "x"}},
		{"a requirement of another standard", "NOT_FOUND", document{"id": inspection.AnswerID(uuidOf(t, id), w.standard("5.8").Requirements[0].ID), "requirementId": w.standard("5.8").Requirements[0].ID, "remarks": "x"}},
		{"a requirement that is none", "", document{"requirementId": "x", "remarks": "x"}},
		{"an item of an inspection of others", "", document{"id": foreign["id"], "inspectionId": elsewhere, "requirementId": foreign["requirementId"], "remarks": "x"}},
		{"an item of others in an inspection of one's own", "", document{"id": foreign["id"], "remarks": "x"}},
		{"an inspection that is none", "", document{"inspectionId": inspection.NewID(), "remarks": "x"}},
		{"an inspection that is a facility", "", document{"inspectionId": w.facility, "remarks": "x"}},
		{"an inspection id with NUL", "", document{"inspectionId": "\x00", "remarks": "x"}},
		{"a deleted answer", "", document{"deleted": true}},
	} {
		w.untouchedRecord(db, c.what, func() {
			bad := row(target, c.change)
			sent := bad["newDocumentState"].(document)
			body := w.raw(second, pushAnswers, map[string]any{"answerPushRow": []any{bad}})
			if inside.Match(body) {
				t.Errorf("%s: the answer says too much: %.300s", c.what, body)
			}
			code, back := refusedRow(t, c.what, body)
			if c.code != "" && code != c.code {
				t.Errorf("%s: refused as %s, want %s: %.400s", c.what, code, c.code, body)
			}
			if back == nil || fmt.Sprint(back["id"]) != fmt.Sprint(sent["id"]) {
				t.Errorf("%s: the row comes back as %v", c.what, back)
			}
		})
		text := fmt.Sprintf("honest %d", n)
		if conflicts := w.pushRows(second, row(target, c.change), row(honest, document{"remarks": text})); slices.ContainsFunc(conflicts, func(d any) bool { return fields(d, "id") == honest["id"] }) {
			t.Errorf("%s: the honest row beside it came back too: %v", c.what, conflicts)
		}
		for _, d := range w.answersOf(second) {
			if d["id"] == honest["id"] {
				if honest = d; d["remarks"] != text {
					t.Errorf("%s: the honest row beside it reads %v", c.what, d["remarks"])
				}
			}
		}
	}
	for _, kept := range w.rows(db, "select inspection_id::text from kept_write") {
		if kept != id {
			t.Errorf("a stranger's write is kept in %s", kept)
		}
	}
}

// untouchedRecord asserts that f leaves the record as it was; a kept write may be added.
func (w *world) untouchedRecord(db *pgxpool.Pool, what string, f func()) {
	w.t.Helper()
	before := w.record(db)
	f()
	if after := w.record(db); after != before {
		w.t.Errorf("%s changed the record:\n%s", what, firstDifference(before, after))
	}
}

// refusedRow reads the one refusal and the one returned document of a push.
func refusedRow(t *testing.T, what string, body []byte) (code string, back document) {
	t.Helper()
	var answer struct {
		Data       map[string][]document
		Extensions struct {
			RefusedWrites []struct{ Collection, ID, InspectionID, Code, Message string }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	refused := answer.Extensions.RefusedWrites
	if len(refused) != 1 || refused[0].Message == "" || refused[0].Collection != "answer" || len(answer.Data["pushAnswer"]) != 1 {
		t.Errorf("%s: is not one refusal: %.400s", what, body)
		return "", nil
	}
	return refused[0].Code, answer.Data["pushAnswer"][0]
}

// The same row twice in a push is one write; two different rows for one document are two writes of one
// person, and neither is lost.
func TestOneDocumentTwiceInAPush(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	w.started("5.2")
	doc := w.answersOf(inspector)[0]
	first := row(doc, document{"rating": "MEETS", "remarks": "first", "deviceTime": "2026-03-03T10:00:00Z"})
	if conflicts := w.pushRows(inspector, first, first); len(conflicts) > 0 {
		t.Errorf("the same row twice: %v", conflicts)
	}
	doc = w.answersOf(inspector)[0]
	w.pushRows(inspector, row(doc, document{"remarks": "second", "deviceTime": "2026-03-03T10:01:00Z"}), row(doc, document{"remarks": "third", "deviceTime": "2026-03-03T10:02:00Z"}))
	kept := w.rows(db, "select remarks from answer_revision union all select document ->> 'remarks' from kept_write order by 1")
	if !slices.Equal(kept, []string{"first", "second", "third"}) {
		t.Errorf("kept are %v", kept)
	}
}

// A hundred tablets' worth of the same push at once: one version of each row, one event, and the same
// answer to all.
func TestAHundredReplaysAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	w.started("5.2")
	docs := w.answersOf(inspector)
	var rows []any
	for n, doc := range docs {
		rows = append(rows, row(doc, document{"rating": "MEETS", "methods": []any{"DOCUMENT"}, "remarks": fmt.Sprint("seen ", n), "deviceTime": "2036-03-03T10:00:00Z"}))
	}
	events := w.events(db)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			data, errors := w.send(inspector, pushAnswers, map[string]any{"answerPushRow": rows})
			if len(errors) > 0 || len(data["pushAnswer"].([]any)) > 0 {
				t.Errorf("a replay is answered %v, %v", data, errors)
			}
		})
	}
	all.Wait()
	if got := w.rows(db, "select count(*)::text || ' in ' || count(distinct answer_id) from answer_revision")[0]; got != fmt.Sprintf("%d in %d", len(docs), len(docs)) {
		t.Errorf("revisions: %s", got)
	}
	if kept := w.rows(db, "select count(*)::text from kept_write")[0]; kept != "0" {
		t.Errorf("%s replays are kept as refused", kept)
	}
	if got := w.events(db) - events; got != 1 {
		t.Errorf("%d events", got)
	}
	if got := w.rows(db, "select head::text from inspection")[0]; got != w.rows(db, "select max(seq)::text from answer")[0] {
		t.Errorf("the inspection gave out %s numbers", got)
	}
	w.verifyChains(db)
}

// Who never inspects has no sync, and is told so.
func TestOnlyInspectorsSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	w.started("5.2")
	doc := w.answersOf(inspector)[0]
	for _, as := range []string{reviewer, fieldOffice, facility, elsewhere, analyst, auditor, privacy, admin} {
		w.untouched(db, as, func() {
			for _, body := range [][]byte{w.raw(as, pullAnswers, map[string]any{"limit": 10}), w.raw(as, pushAnswers, map[string]any{"answerPushRow": []any{row(doc, document{"remarks": "x"})}})} {
				if !strings.Contains(string(body), `"FORBIDDEN"`) || strings.Contains(string(body), doc["id"].(string)) {
					t.Errorf("%s is answered %.300s", as, body)
				}
			}
		})
	}
}
