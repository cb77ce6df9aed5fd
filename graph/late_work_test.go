package graph_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

const lateFields = `id collection documentId document code reason late userId deviceId deviceTime clockOffsetMs receivedAt decision decidedBy decidedAt decisionReason decideBy`

// lateWork lists an inspection's late work as a user sees it.
func (w *world) lateWork(as, id string) []any {
	w.t.Helper()
	seen := w.ask(as, "query($id: ID!) { inspection(id: $id) { lateWork { "+lateFields+" } } }", map[string]any{"id": id})
	return fields(seen, "inspection", "lateWork").([]any)
}

// decide adopts or dismisses late work.
func (w *world) decide(as, mutation, id, reason string, writes ...string) map[string]any {
	w.t.Helper()
	return w.try(as, mutation, "LateWorkInput", "writes { "+lateFields+" }", map[string]any{"inspectionId": id, "writeIds": writes, "reason": reason})
}

// decided is decide, which must not be refused.
func (w *world) decided(as, mutation, id string, writes ...string) []any {
	w.t.Helper()
	payload := w.decide(as, mutation, id, "looked at", writes...)
	if problems := messages(payload); len(problems) > 0 {
		w.t.Fatalf("%s as %s: %q", mutation, as, problems)
	}
	return payload["writes"].([]any)
}

// late has a tablet of somebody who left the team push answers, and returns the ids of what was kept.
func (w *world) late(d *tablet, rows ...document) []string {
	w.t.Helper()
	before := map[string]bool{}
	for _, k := range w.lateWork(reviewer, fields(rows[0], "newDocumentState", "inspectionId").(string)) {
		before[fields(k, "id").(string)] = true
	}
	if _, refusals := d.push(rows...); len(refusals) != len(rows) {
		w.t.Fatalf("of %d rows %v are refused", len(rows), refusals)
	}
	var ids []string
	for _, k := range w.lateWork(reviewer, fields(rows[0], "newDocumentState", "inspectionId").(string)) {
		if id := fields(k, "id").(string); !before[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

func (w *world) leaves(id, user string) {
	w.t.Helper()
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[user].ID})
}

// answerOf is an answer as it stands, its versions and whether it is disputed.
func (w *world) answerOf(id string, r inspection.ID) (stands any, versions int, disputes []any) {
	w.t.Helper()
	data := w.ask(reviewer, `query($id: ID!, $answer: ID!) { inspection(id: $id) { disputes { id ruledAt } checklist { items { answer { id rating remarks authorId } } } }
		answerRevisions(inspectionId: $id, answerId: $answer) { rating } }`, map[string]any{"id": id, "answer": w.answerID(id, r)})
	for _, item := range fields(data, "inspection", "checklist", "items").([]any) {
		if fields(item, "answer", "id") == w.answerID(id, r) {
			stands = fields(item, "answer")
		}
	}
	return stands, len(data["answerRevisions"].([]any)), fields(data, "inspection", "disputes").([]any)
}

// What somebody who left the team brings home becomes part of the record when the lead adopts it: in its
// author's name, with their device and their clock, by the judgement of a push; and it may be disputed.
func TestAdoptingLateWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	rs := w.standard("5.8").Requirements
	device := w.registered(second, "tablet B")
	device.Offset, device.OffsetKnown = -time.Hour, true
	b := w.on(device).tablet(second)
	b.pull(1000)
	w.recorded(inspector, id, answer(rs[1].ID, 0, "DOES_NOT_MEET", nil))
	w.leaves(id, second)
	written := document{"rating": "MEETS", "remarks": "seen at noon", "methods": []any{"OBSERVATION"}, "deviceTime": "2026-03-03T12:00:00Z"}
	ids := w.late(b, b.edit(w.answerID(id, rs[0].ID), written), b.edit(w.answerID(id, rs[1].ID), written))
	if len(ids) != 2 {
		t.Fatalf("kept %v", ids)
	}
	for _, k := range w.lateWork(inspector, id) {
		if fields(k, "code") != "LATE_REMOVED" || fields(k, "userId") != w.users[second].ID.String() || fields(k, "deviceId") != device.ID.String() ||
			fields(k, "clockOffsetMs") != -3_600_000.0 || fields(k, "deviceTime") != "2026-03-03T12:00:00Z" || fields(k, "decision") != nil || fields(k, "decideBy") != nil {
			t.Errorf("kept %v", k)
		}
	}
	events := w.events(db)
	for _, k := range w.decided(lead, "adoptLateWork", id, ids...) {
		if fields(k, "decision") != "ADOPTED" || fields(k, "decidedBy") != w.users[lead].ID.String() || fields(k, "decisionReason") != "looked at" {
			t.Errorf("decided %v", k)
		}
	}
	if n := w.events(db) - events; n != 1 {
		t.Errorf("%d events, want one", n)
	}
	if n := w.count(db, "select count(*) from audit_event where action = 'DECIDE_LATE_WORK' and actor_id = $1 and detail -> 'authors' ->> 0 = $2", w.users[lead].ID, w.users[second].ID.String()); n != 1 {
		t.Error("the event does not name both persons")
	}
	if stands, _, _ := w.answerOf(id, rs[0].ID); fields(stands, "rating") != "MEETS" || fields(stands, "authorId") != w.users[second].ID.String() {
		t.Errorf("the answer is %v", stands)
	}
	if n := w.count(db, "select count(*) from answer_revision where device_id = $1 and clock_offset_ms = -3600000 and device_time = '2026-03-03 12:00Z' and author_id = $2", device.ID, w.users[second].ID); n != 2 {
		t.Errorf("%d versions keep device and clock", n)
	}
	stands, versions, disputes := w.answerOf(id, rs[1].ID)
	if fields(stands, "rating") != "DOES_NOT_MEET" || versions != 2 || len(disputes) != 1 {
		t.Errorf("the contested answer is %v in %d versions with disputes %v", stands, versions, disputes)
	}
	w.untouched(db, "adopting again", func() { w.decided(lead, "adoptLateWork", id, ids...) })
	w.untouched(db, "dismissing what was adopted", func() {
		w.refusedAs("ConflictProblem", lead, "dismissing", w.decide(lead, "dismissLateWork", id, "x", ids...))
	})
	w.untouched(db, "pushing again", func() { b.push(b.edit(w.answerID(id, rs[0].ID), written)) })
	if w.verifyChains(db) != w.events(db) {
		t.Error("the log is broken")
	}
}

// One write that cannot become part of the record leaves all as they were; dismissed, it stays readable.
func TestLateWorkIsAdoptedAllOrNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0]
	good := w.keep(db, id, kept{user: second, code: "LATE_REMOVED", late: true, document: fmt.Sprintf(
		`{"id": %q, "inspectionId": %q, "requirementId": %q, "rating": "MEETS", "methods": ["DOCUMENT"]}`, w.answerID(id, r.ID), id, r.ID)})
	bad := w.keep(db, id, kept{user: second, code: "LATE_REMOVED", late: true, document: fmt.Sprintf(
		`{"id": %q, "inspectionId": %q, "requirementId": %q, "rating": "PERFECT"}`, w.answerID(id, r.ID), id, r.ID)})
	w.untouched(db, "adopting both", func() {
		payload := w.decide(lead, "adoptLateWork", id, "x", good, bad)
		message := w.refusedAs("ValidationProblem", lead, "adopting", payload)
		if path := fmt.Sprint(fields(payload["problems"].([]any)[0], "path")); !contains(message, "cannot be adopted as it is") || path != "[input writeIds 1]" {
			t.Errorf("refused with %q at %s", message, path)
		}
	})
	w.decided(lead, "dismissLateWork", id, bad)
	w.untouched(db, "dismissing again", func() { w.decided(lead, "dismissLateWork", id, bad) })
	w.decided(lead, "adoptLateWork", id, good)
	if late := w.lateWork(auditor, id); len(late) != 2 || fields(late[1], "decision") == nil {
		t.Errorf("the auditor sees %v", late)
	}
}

// Who decides on late work, in which state, and on what.
func TestWhoDecidesOnLateWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, other, planned, reviewed, issued := w.started("5.8"), w.started("5.8"), w.plan("5.8"), w.started("5.8"), w.started("5.8")
	for _, done := range []string{reviewed, issued} {
		w.answerAll(inspector, done, "MEETS", "5.8")
	}
	w.submit(reviewed)
	w.issue(issued)
	late := func(of, user string) string {
		return w.keep(db, of, kept{user: user, code: "LATE_REVOKED", late: true, collection: "observation", document: `{"text": "x"}`})
	}
	theirs, leads, elsewhere_ := late(id, second), late(id, lead), late(other, second)
	refused := w.keep(db, id, kept{user: second, code: "INVALID"})
	adopt, dismiss := "adoptLateWork", "dismissLateWork"
	many := make([]string, 1001)
	for n := range many {
		many[n] = inspection.NewID().String()
	}
	for _, c := range []struct {
		what, as, mutation, of, reason string
		writes                         []string
		kind                           string
	}{
		{"by its author", second, dismiss, id, "x", []string{theirs}, "ForbiddenProblem"},
		{"by another inspector", inspector, dismiss, id, "x", []string{theirs}, "ForbiddenProblem"},
		{"by the reviewer before the freeze", reviewer, dismiss, id, "x", []string{theirs}, "ForbiddenProblem"},
		{"the lead's own", lead, adopt, id, "x", []string{leads}, "ForbiddenProblem"},
		{"the lead's own dismissed", lead, dismiss, id, "x", []string{leads}, "ForbiddenProblem"},
		{"another's with the lead's own", lead, dismiss, id, "x", []string{theirs, leads}, "ForbiddenProblem"},
		{"by the auditor", auditor, dismiss, id, "x", []string{theirs}, "ForbiddenProblem"},
		{"by the analyst", analyst, dismiss, id, "x", []string{theirs}, "NotFoundProblem"},
		{"by the facility", facility, dismiss, id, "x", []string{theirs}, "NotFoundProblem"},
		{"by the field office", fieldOffice, dismiss, id, "x", []string{theirs}, "NotFoundProblem"},
		{"by an administrator", admin, dismiss, id, "x", []string{theirs}, "NotFoundProblem"},
		{"by the privacy officer", privacy, dismiss, id, "x", []string{theirs}, "NotFoundProblem"},
		{"of another inspection", lead, dismiss, id, "x", []string{elsewhere_}, "NotFoundProblem"},
		{"what was not late", lead, dismiss, id, "x", []string{refused}, "NotFoundProblem"},
		{"nothing at all", lead, dismiss, id, "x", []string{}, "ValidationProblem"},
		{"more than a thousand", lead, dismiss, id, "x", many, "ValidationProblem"},
		{"twice in a request", lead, dismiss, id, "x", []string{theirs, theirs}, "ValidationProblem"},
		{"without a reason", lead, adopt, id, " ", []string{theirs}, "ValidationProblem"},
		{"of a planned inspection", lead, adopt, planned, "x", []string{theirs}, "NotFoundProblem"},
		{"while it is reviewed", lead, adopt, reviewed, "x", []string{late(reviewed, second)}, "LockedInspectionProblem"},
		{"the lead's own while it is reviewed", reviewer, adopt, reviewed, "x", []string{late(reviewed, lead)}, "LockedInspectionProblem"},
		{"after the issue by the lead", lead, adopt, issued, "x", []string{late(issued, second)}, "ForbiddenProblem"},
		{"dismissed after the issue by the lead", lead, dismiss, issued, "x", []string{late(issued, second)}, "ForbiddenProblem"},
		{"after the issue by the facility", facility, adopt, issued, "x", []string{late(issued, second)}, "ForbiddenProblem"},
		{"after the issue by the analyst", analyst, adopt, issued, "x", []string{late(issued, second)}, "ForbiddenProblem"},
	} {
		w.untouched(db, c.what, func() {
			message := w.refusedAs(c.kind, c.as, c.what, w.decide(c.as, c.mutation, c.of, c.reason, c.writes...))
			if c.kind == "LockedInspectionProblem" && !contains(message, "return the inspection first") {
				t.Errorf("%s: %q", c.what, message)
			}
		})
	}
	w.decided(reviewer, dismiss, id, leads)
	w.decided(lead, dismiss, id, theirs)
	w.decided(lead, dismiss, reviewed, late(reviewed, second))
	w.decided(reviewer, dismiss, issued, late(issued, lead))

	// Past the server, the database decides likewise.
	const sql = "update kept_write set decision = $2, decided_by = actor_id(), decided_at = now(), decision_reason = 'x' where id = $1"
	for _, c := range []struct{ as, of, user, decision, want string }{
		{lead, id, second, "ADOPTED", ""}, {lead, id, lead, "ADOPTED", "PL004"}, {inspector, id, second, "DISMISSED", "PL066"},
		{reviewer, id, second, "DISMISSED", "PL066"}, {reviewer, id, lead, "ADOPTED", ""}, {lead, reviewed, second, "DISMISSED", ""},
		{lead, reviewed, second, "ADOPTED", "PL001"}, {lead, issued, second, "ADOPTED", "PL066"}, {reviewer, issued, second, "ADOPTED", ""},
		{auditor, id, second, "DISMISSED", "nothing"}, {facility, issued, second, "DISMISSED", "nothing"},
	} {
		write := late(c.of, c.user)
		w.asRole(c.as, func(ctx context.Context, tx pgx.Tx) {
			if got := refusedBy(t, ctx, tx, sql, write, c.decision); !slices.Contains(strings.Split(c.want, "|"), got) {
				t.Errorf("%s %s the work of %s: %q, want %q", c.as, c.decision, c.user, got, c.want)
			}
		})
	}
	if w.verifyChains(db) != w.events(db) {
		t.Error("the log is broken")
	}
}

// After the fieldwork was done the review waits for a decision, and what is adopted then is seen to: if it
// leaves a gap, the fieldwork is open again.
func TestLateWorkAfterTheFieldworkWasDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	rs := w.standard("5.8").Requirements
	w.answerAll(inspector, id, "MEETS", "5.8")
	b := w.tablet(second)
	b.pull(1000)
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	agrees := w.late(b, b.edit(w.answerID(id, rs[0].ID), document{"remarks": "seen too"}))
	differs := w.late(b, b.edit(w.answerID(id, rs[1].ID), document{"rating": "DOES_NOT_MEET", "methods": []any{"OBSERVATION"}}))
	submit := func() map[string]any {
		return w.try(lead, "submitForReview", "StepInput", header, w.stepInput(id, nil))
	}
	w.untouched(db, "submitting", func() {
		if message := w.refusedAs("GuardProblem", lead, "submitting", submit()); !contains(message, "awaits a decision (2)") {
			t.Errorf("refused with %q", message)
		}
	})
	w.decided(lead, "adoptLateWork", id, agrees...)
	if state := fields(w.ask(lead, "query($id: ID!) { inspection(id: $id) { state } }", map[string]any{"id": id}), "inspection", "state"); state != "FIELDWORK_DONE" {
		t.Errorf("what leaves no gap makes it %v", state)
	}
	w.decided(lead, "adoptLateWork", id, differs...)
	seen := fields(w.ask(lead, "query($id: ID!) { inspection(id: $id) { state fieldworkDoneAt recommendedRating { rating } gaps { message } } }", map[string]any{"id": id}), "inspection")
	if fields(seen, "state") != "IN_PROGRESS" || fields(seen, "fieldworkDoneAt") != nil || fields(seen, "recommendedRating") != nil || len(fields(seen, "gaps").([]any)) == 0 {
		t.Errorf("what is disputed makes it %v", seen)
	}
	_, _, disputes := w.answerOf(id, rs[1].ID)
	w.rule(lead, id, fields(disputes[0], "id").(string), 1, "seen twice")
	w.submit(id)
	if w.verifyChains(db) != w.events(db) {
		t.Error("the log is broken")
	}
}

// Deciding on a thousand costs what deciding on one does.
func TestWhatDecidingOnLateWorkCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	keep := func(id string, n int) (writes []string) {
		for _, r := range w.standard("4.3").Requirements[:n] {
			writes = append(writes, w.keep(db, id, kept{user: second, code: "LATE_REMOVED", late: true, document: fmt.Sprintf(
				`{"id": %q, "inspectionId": %q, "requirementId": %q, "rating": "MEETS", "methods": ["DOCUMENT"]}`, w.answerID(id, r.ID), id, r.ID)}))
		}
		return writes
	}
	for _, n := range []int{1, 40} {
		running, issued := w.started("4.3"), w.started("4.3")
		w.answerAll(inspector, issued, "MEETS", "4.3")
		w.issue(issued)
		for _, c := range []struct {
			as, mutation, of string
			want             int
		}{{lead, "dismissLateWork", running, 8}, {lead, "adoptLateWork", running, 12}, {reviewer, "adoptLateWork", issued, 9}} {
			writes := keep(c.of, n)
			w.statements.Reset()
			w.do(c.as, c.mutation, "LateWorkInput", "__typename", map[string]any{"inspectionId": c.of, "writeIds": writes, "reason": "x"})
			if got := w.statements.Count(); got != c.want {
				t.Errorf("%s of %d takes %d statements, want %d", c.mutation, n, got, c.want)
			}
		}
		for query, want := range map[string]int{"lateWork { id }": 3, "amendments { id }": 3} {
			w.statements.Reset()
			w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { "+query+" } }", map[string]any{"id": issued})
			if got := w.statements.Count(); got != want {
				t.Errorf("%s takes %d statements, want %d", query, got, want)
			}
		}
		w.statements.Reset()
		w.ask(reviewer, "{ overdueLateWork { edges { cursor } } }", nil)
		if got := w.statements.Count(); got != 2 {
			t.Errorf("the overdue list takes %d statements", got)
		}
	}
}

// Every collection is adopted by its own judge: findings, observations, declarations and sealed notes
// become what they would have been, of their author and device.
func TestEveryCollectionIsAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	device := w.registered(second, "tablet B")
	finding, original := inspection.NewID(), inspection.NewID()
	r := w.standard("4.3").Requirements[0]
	var writes []string
	for _, c := range []struct{ collection, document string }{
		{"evidence", fmt.Sprintf(`{"id": %q, "inspectionId": %q, "findingId": %q, "sha256": %q, "size": 4, "mediaType": "image/jpeg", "class": "NONE", "capturedFrom": "2026-03-03T09:00:00Z", "capturedTo": "2026-03-03T09:00:00Z"}`, original, id, finding, strings.Repeat("ab", 32))},
		{"finding", w.lateDeficiency(id, "MC-137", "two of nine", document{"id": finding})},
		{"observation", fmt.Sprintf(`{"id": %q, "inspectionId": %q, "text": "the ramp is wet"}`, inspection.NewID(), id)},
		{"answer", fmt.Sprintf(`{"id": %q, "inspectionId": %q, "requirementId": %q, "rating": "MEETS", "methods": ["DOCUMENT"]}`, w.answerID(id, r.ID), id, r.ID)},
	} {
		writes = append(writes, w.keep(db, id, kept{user: second, device: device.ID, code: "LATE_REMOVED", late: true, collection: c.collection, document: c.document}))
	}
	w.leaves(id, second)
	w.decided(lead, "adoptLateWork", id, writes...)
	w.untouched(db, "adopting again", func() { w.decided(lead, "adoptLateWork", id, writes...) })
	for what, sql := range map[string]string{
		"finding":     "select count(*) from finding where author_id = $1 and device_id = $2 and code = 'MC-137'",
		"revision":    "select count(*) from finding_revision where author_id = $1 and device_id = $2",
		"observation": "select count(*) from observation where author_id = $1 and device_id = $2",
		"evidence":    "select count(*) from evidence where declared_by = $1 and device_id = $2 and state = 'DECLARED' and finding_id is not null",
		"answer":      "select count(*) from answer where author_id = $1 and device_id = $2 and rating = 'MEETS'",
	} {
		if n := w.count(db, sql, w.users[second].ID, device.ID); n != 1 {
			t.Errorf("%d rows of %s keep their author and device", n, what)
		}
	}
	if got := nonzero(fields(w.entry(id, "tablet B"), "counts")); got != "evidenceDeclared 1, evidenceMissing 1, answers 1, findings 1, observations 1, late 4" {
		t.Errorf("the ledger counts %s", got)
	}
	if w.verifyChains(db) != w.events(db) {
		t.Error("the log is broken")
	}
}
