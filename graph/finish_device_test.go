package graph_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

func statements(of ...any) map[string]any {
	var entries []any
	for n := 0; n < len(of); n += 2 {
		entries = append(entries, map[string]any{"deviceId": of[n], "reason": of[n+1]})
	}
	return map[string]any{"deviceStatements": entries}
}

func (w *world) finish(as, id string, more map[string]any) map[string]any {
	w.t.Helper()
	return w.try(as, "finishFieldwork", "FinishFieldworkInput", header, w.stepInput(id, more))
}

// The fieldwork is not done while a tablet may hold work: one that never said, one that still held
// some, one that brought more since. A revoked tablet, and one whose user left, are not waited for.
func TestFieldworkWaitsForTablets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	w.answerAll(lead, id, "MEETS", "5.8")
	rs := w.standard("5.8").Requirements
	silent, full, more, empty, lost, left := w.registered(inspector, "silent"), w.registered(inspector, "full"), w.registered(inspector, "more"),
		w.registered(lead, "empty"), w.registered(inspector, "lost"), w.registered(second, "left")
	revision := map[int]int{}
	bring := func(as string, device inspection.ActorDevice, n int) {
		w.on(device).recorded(as, id, answer(rs[n].ID, 1+revision[n], "MEETS", map[string]any{"remarks": fmt.Sprint("seen ", revision[n])}))
		revision[n]++
	}
	bring(inspector, silent, 0)
	bring(inspector, lost, 1)
	bring(second, left, 2)
	w.on(full).reported(inspector, id, 12, nil)
	w.on(more).reported(inspector, id, 0, nil)
	bring(inspector, more, 3)
	bring(lead, empty, 4)
	w.on(empty).reported(lead, id, 0, nil)
	w.revoke(&lost)
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})

	waiting := []string{"device full of INSPECTOR still held 12 unsent on ", "device more of INSPECTOR brought work after it reported an empty outbox", "device silent of INSPECTOR has not said"}
	w.untouched(db, "finishing", func() {
		payload := w.finish(lead, id, nil)
		got := messages(payload)
		if len(got) != len(waiting) {
			t.Fatalf("refused with %q", got)
		}
		for n := range waiting {
			if !contains(got[n], waiting[n]) {
				t.Errorf("refused with %q, want %q", got[n], waiting[n])
			}
		}
		if subject := fields(payload["problems"].([]any)[0], "subjectId"); subject != full.ID.String() {
			t.Errorf("the first is about %v, want %v", subject, full.ID)
		}
	})
	seen := w.ask(inspector, "query($id: ID!) { inspection(id: $id) { gaps { message } } }", map[string]any{"id": id})
	if gaps := fields(seen, "inspection", "gaps").([]any); len(gaps) != 3 || !contains(fields(gaps[0], "message").(string), waiting[0]) {
		t.Errorf("the gaps are %v", gaps)
	}
	if gap := w.entry(id, "full")["gap"].(string); !contains(gap, waiting[0]) {
		t.Errorf("the ledger says %q", gap)
	}

	// What is heard of a tablet counts, and nothing else.
	w.on(more).reported(inspector, id, 0, nil)
	w.on(full).reported(inspector, id, 0, nil)
	stranger := w.registered(inspector, "stranger")
	for _, c := range []struct {
		what, as, kind string
		said           map[string]any
	}{
		{"naming no device of the ledger", lead, "NotFoundProblem", statements(silent.ID, "dropped", stranger.ID, "x")},
		{"without a reason", lead, "ValidationProblem", statements(silent.ID, " ")},
		{"naming a device twice", lead, "ValidationProblem", statements(silent.ID, "x", silent.ID, "y")},
		{"naming another device", lead, "GuardProblem", statements(full.ID, "x")},
		{"by an inspector", inspector, "ForbiddenProblem", statements(silent.ID, "x")},
		{"by the reviewer", reviewer, "ForbiddenProblem", statements(silent.ID, "x")},
		{"by the facility", facility, "NotFoundProblem", statements(silent.ID, "x")},
	} {
		w.untouched(db, c.what, func() { w.refusedAs(c.kind, c.as, c.what, w.finish(c.as, id, c.said)) })
	}
	if problems := messages(w.finish(lead, id, statements(silent.ID, "fell into the river, its card was read"))); len(problems) > 0 {
		t.Fatal(problems)
	}
	said := w.entry(id, "silent")
	if fields(said, "statement", "reason") != "fell into the river, its card was read" || fields(said, "statement", "statedBy") != w.users[lead].ID.String() || said["gap"] != "" {
		t.Errorf("the ledger shows %v", said)
	}
	if n := w.count(db, "select count(*) from audit_event where action = 'FINISH_FIELDWORK' and detail::text like '%' || $1 || '%'", silent.ID.String()); n != 1 {
		t.Errorf("%d events name the tablet", n)
	}
	if w.verifyChains(db) != w.events(db) {
		t.Error("the log is broken")
	}
}

// A statement holds until the tablet is heard of again; then it can say for itself.
func TestAStatementHoldsUntilTheTabletIsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.answerAll(lead, id, "MEETS", "5.8")
	a := w.registered(inspector, "tablet A")
	w.on(a).reported(inspector, id, 1, nil)
	if problems := messages(w.finish(lead, id, statements(a.ID, "out of reach"))); len(problems) > 0 {
		t.Fatal(problems)
	}
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	w.step(lead, "submitForReview", "StepInput", id, nil)
	w.step(reviewer, "returnInspection", "ReasonInput", id, map[string]any{"reason": "look again"})
	if gap := w.entry(id, "tablet A")["gap"]; gap != "" {
		t.Errorf("nothing was heard of it, and yet %q", gap)
	}
	w.pass(time.Minute)
	w.on(a).reported(inspector, id, 1, nil)
	if texts := messages(w.finish(lead, id, nil)); len(texts) != 1 || !contains(texts[0], "still held 1 unsent") {
		t.Errorf("finishing: %q", texts)
	}
	w.on(a).reported(inspector, id, 0, nil)
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
}

// The lead's adoption of what a tablet had brought before ends no statement on it: nothing was heard of it.
func TestAStatementHoldsThroughAnAdoption(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	a := w.registered(inspector, "tablet A")
	w.on(a).reported(inspector, id, 1, nil)
	writes := w.keptOfEach(db, id, a)
	w.mustExec(db, "insert into device_statement values ($1, $2, 'out of reach', $3, $4)", id, a.ID, w.users[lead].ID, w.now())
	for _, collection := range collectionsInOrder {
		w.pass(time.Hour)
		w.decided(lead, "adoptLateWork", id, writes[collection])
		if gap := w.entry(id, "tablet A")["gap"]; gap != "" {
			t.Errorf("after the adoption of its %s: %q", collection, gap)
		}
	}
}

// A tablet that reported itself empty is not waited for when the adoption of what it brought too late opens
// the fieldwork again.
func TestAdoptedWorkKeepsNoTabletWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	w.answerAll(inspector, id, "MEETS", "5.8")
	device := w.registered(second, "tablet B")
	b := w.on(device).tablet(second)
	b.pull(1000)
	w.on(device).reported(second, id, 0, nil)
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	late := w.late(b, b.edit(w.answerID(id, r), document{"rating": "DOES_NOT_MEET", "methods": []any{"OBSERVATION"}}))
	w.on(device).reported(second, id, 0, nil)
	w.pass(time.Minute)
	w.decided(lead, "adoptLateWork", id, late...)
	_, _, disputes := w.answerOf(id, r)
	if texts := messages(w.finish(lead, id, nil)); len(texts) != 1 || !contains(texts[0], "rule on the dispute") {
		t.Errorf("with its dispute open, finishing: %q", texts)
	}
	w.pass(time.Minute)
	w.rule(lead, id, fields(disputes[0], "id").(string), 1, "seen twice")
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
}

// Late work waits for a decision before the fieldwork is done.
func TestFieldworkWaitsForADecisionOnLateWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	w.answerAll(lead, id, "MEETS", "5.8")
	lost := w.registered(inspector, "lost")
	w.keep(db, id, kept{user: inspector, device: lost.ID, code: "INVALID"})
	late := w.keep(db, id, kept{user: inspector, device: lost.ID, code: "LATE_REVOKED", late: true})
	removed := w.keep(db, id, kept{user: second, code: "LATE_REMOVED", late: true})
	w.revoke(&lost)
	w.untouched(db, "finishing", func() {
		texts := messages(w.finish(lead, id, nil))
		if len(texts) != 2 || !contains(texts[0], "late work from device lost of INSPECTOR awaits a decision (1)") || !contains(texts[1], "late work without a named device awaits") {
			t.Errorf("finishing: %q", texts)
		}
	})
	w.decided(lead, "dismissLateWork", id, removed)
	if texts := messages(w.finish(lead, id, nil)); len(texts) != 1 || !contains(texts[0], "from device lost") {
		t.Errorf("finishing: %q", texts)
	}
	w.decided(lead, "dismissLateWork", id, late)
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
}

// The database, too, takes a statement from the lead alone, while nothing is frozen, and keeps it.
func TestTheDatabaseTakesStatementsFromTheLead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	a := w.registered(inspector, "tablet A")
	w.on(a).reported(inspector, id, 0, nil)
	const sql = "insert into device_statement values ($1, $2, 'x', $3, now())"
	for as, want := range map[string]string{lead: "", inspector: denied, reviewer: denied, auditor: denied, facility: denied, admin: denied} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			if got := refusedBy(t, ctx, tx, sql, id, a.ID, w.users[as].ID); got != want {
				t.Errorf("%s is answered %q, want %q", as, got, want)
			}
			if got := refusedBy(t, ctx, tx, sql, id, a.ID, w.users[second].ID); got != denied {
				t.Errorf("%s in another's name is answered %q", as, got)
			}
		})
	}
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.issue(id)
	w.asRole(lead, func(ctx context.Context, tx pgx.Tx) {
		if got := refusedBy(t, ctx, tx, sql, id, a.ID, w.users[lead].ID); got != "PL001" {
			t.Errorf("after the issue the lead is answered %q", got)
		}
		for _, other := range []string{"update device_statement set reason = 'y'", "delete from device_statement"} {
			if got := refusedBy(t, ctx, tx, other); got != denied {
				t.Errorf("%s is answered %q", other, got)
			}
		}
	})
}

// Finishing with statements costs one statement more, however many they are.
func TestWhatFinishingWithStatementsCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tablets := range []int{1, 9} {
		id := w.started("5.8")
		w.answerAll(lead, id, "MEETS", "5.8")
		var said []any
		for n := range tablets {
			a := w.registered(inspector, fmt.Sprint("tablet ", n))
			w.on(a).reported(inspector, id, 1, nil)
			said = append(said, a.ID, "x")
		}
		input := w.stepInput(id, statements(said...))
		w.statements.Reset()
		w.do(lead, "finishFieldwork", "FinishFieldworkInput", "__typename", input)
		if n := w.statements.Count(); n != 16 {
			t.Errorf("with %d statements it takes %d, want 16", tablets, n)
		}
	}
}
