package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
)

const countFields = `evidenceDeclared evidenceStored evidenceVerified evidenceQuarantined evidenceMissing evidenceAccepted
	answers findings observations late undecided refused`

const ledgerFields = `inspectionId asOf totals { ` + countFields + ` } entries { deviceId name userId userName onTeam revokedAt counts { ` + countFields + ` }
	outbox outboxAt firstContactAt lastContactAt lastWorkAt lastSeenAt clockOffsetMs statement { reason statedBy statedAt } gap }`

// ledger reads the ledger as a user, nil if it is not theirs to see.
func (w *world) ledger(as, id string) map[string]any {
	w.t.Helper()
	seen := w.ask(as, "query($id: ID!) { ledger(inspectionId: $id) { "+ledgerFields+" } }", map[string]any{"id": id})["ledger"]
	ledger, _ := seen.(map[string]any)
	return ledger
}

// entry is the ledger's entry of the device of that name.
func (w *world) entry(id, name string) map[string]any {
	w.t.Helper()
	for _, e := range w.ledger(lead, id)["entries"].([]any) {
		if fields(e, "name") == name {
			return e.(map[string]any)
		}
	}
	w.t.Fatalf("the ledger lists no device %q", name)
	return nil
}

// counted writes the counts that are not zero.
func nonzero(counts any) string {
	var text []string
	for _, name := range strings.Fields(countFields) {
		if n := fields(counts, name).(float64); n != 0 {
			text = append(text, fmt.Sprintf("%s %v", name, n))
		}
	}
	return strings.Join(text, ", ")
}

func (w *world) report(as, id string, waiting int, more map[string]any) map[string]any {
	w.t.Helper()
	input := map[string]any{"inspectionId": id, "waiting": waiting}
	for k, v := range more {
		input[k] = v
	}
	return w.try(as, "reportOutbox", "ReportOutboxInput", "contact { inspectionId deviceId outbox outboxAt firstContactAt lastContactAt }", input)
}

// reported is report, which must not be refused.
func (w *world) reported(as, id string, waiting int, more map[string]any) {
	w.t.Helper()
	if problems := messages(w.report(as, id, waiting, more)); len(problems) > 0 {
		w.t.Fatal(problems)
	}
}

// Who brought what, what of it is there and what is missing, device by device; and the same as a sum.
func TestTheLedgerSaysWhoBroughtWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	rs := w.standard("5.8").Requirements
	a, b := w.registered(inspector, "tablet A"), w.registered(second, "tablet B")
	onA, onB := w.on(a), w.on(b)

	onA.recorded(inspector, id, answer(rs[0].ID, 0, "MEETS", nil), answer(rs[1].ID, 0, "MEETS", nil))
	onA.recorded(inspector, id, answer(rs[0].ID, 1, "MEETS", map[string]any{"remarks": "seen again"}))
	onB.recorded(second, id, answer(rs[1].ID, 1, "DOES_NOT_MEET", nil))
	dispute := fields(w.ask(lead, "query($id: ID!) { inspection(id: $id) { disputes { id } } }", map[string]any{"id": id}), "inspection", "disputes").([]any)[0]
	w.rule(lead, id, fields(dispute, "id").(string), 2, "seen") // no work of the tablet whose version stands
	onB.do(second, "recordFindings", "RecordFindingsInput", "findings { id }", map[string]any{"inspectionId": id, "findings": []any{
		map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "NOTE", "text": "x"}}})
	w.recorded(lead, id, answer(rs[2].ID, 0, "MEETS", nil))

	verified := onA.declare(inspector, id, picture(1), nil)
	onA.put(inspector, id, verified, picture(1))
	onA.finalise(inspector, id, verified)
	onA.declare(inspector, id, picture(2), nil)
	accepted := onA.declare(inspector, id, picture(3), nil)
	w.accept(id, []string{accepted})
	asPNG, _ := otherKinds(t)
	false_ := onB.declare(second, id, asPNG, nil)
	onB.put(second, id, false_, asPNG)
	onB.finalise(second, id, false_)
	stored := onB.declare(second, id, picture(4), nil)
	w.mustExec(db, "update evidence set state = 'STORED' where id = $1", stored)
	w.mustExec(db, `insert into interview_note (inspection_id, id, key_id, sealed, author_id, device_id, received_at)
		values ($1, gen_random_uuid(), 'k', 'x', $2, $3, now())`, id, w.users[second].ID, b.ID)
	w.mustExec(db, `insert into observation_revision (inspection_id, observation_id, revision, seq, content, author_id, device_id, recorded_at)
		values ($1, gen_random_uuid(), 1, 1, '{}', $2, $3, now())`, id, w.users[second].ID, b.ID)
	w.keep(db, id, kept{user: second, device: b.ID, code: "LATE_REVOKED", late: true})
	w.keep(db, id, kept{user: second, device: b.ID, code: "INVALID"})
	onA.reported(inspector, id, 3, map[string]any{"deviceTime": w.now().Add(time.Hour)})
	w.revoke(&b)

	got := map[string]string{}
	ledger := w.ledger(reviewer, id)
	for _, e := range ledger["entries"].([]any) {
		got[fields(e, "name").(string)] = nonzero(fields(e, "counts"))
	}
	want := map[string]string{
		"tablet A": "evidenceDeclared 3, evidenceVerified 1, evidenceMissing 1, evidenceAccepted 1, answers 3",
		"tablet B": "evidenceDeclared 2, evidenceStored 1, evidenceQuarantined 1, answers 1, findings 1, observations 1, late 1, undecided 1, refused 1",
		"":         "answers 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the ledger (-want +got):\n%s", diff)
	}
	if got, want := nonzero(ledger["totals"]), "evidenceDeclared 5, evidenceStored 1, evidenceVerified 1, evidenceQuarantined 1, evidenceMissing 1, evidenceAccepted 1, "+
		"answers 5, findings 1, observations 1, late 1, undecided 1, refused 1"; got != want {
		t.Errorf("in all %s, want %s", got, want)
	}
	entryA, entryB := w.entry(id, "tablet A"), w.entry(id, "tablet B")
	if entryA["userId"] != w.users[inspector].ID.String() || entryA["onTeam"] != true || entryA["revokedAt"] != nil || entryA["outbox"] != 3.0 || entryA["lastContactAt"] != entryA["outboxAt"] {
		t.Errorf("tablet A: %v", entryA)
	}
	if ahead := entryA["clockOffsetMs"].(float64); ahead < 3_590_000 || ahead > 3_600_000 {
		t.Errorf("its clock is %v ms ahead", ahead)
	}
	if entryB["revokedAt"] == nil || entryB["outbox"] != nil || entryB["clockOffsetMs"] != nil || entryB["gap"] != "" {
		t.Errorf("tablet B: %v", entryB)
	}
}

// kept is a write that was kept aside, as the push keeps it.
type kept struct {
	user       string
	device     inspection.ID
	collection string // "answer" unless given
	document   string // JSON; "{}" unless given
	code       string
	late       bool
	at         time.Time
}

// keep keeps a write behind the server's back and returns its id.
func (w *world) keep(db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, inspectionID string, k kept) string {
	w.t.Helper()
	if k.collection == "" {
		k.collection = "answer"
	}
	if k.document == "" {
		k.document = "{}"
	}
	if k.at.IsZero() {
		k.at = w.now()
	}
	var device any
	if k.device != (inspection.ID{}) {
		device = k.device
	}
	var id inspection.ID
	err := db.QueryRow(w.t.Context(), `insert into kept_write (inspection_id, id, collection, document_id, document, sha256, code, reason, late, user_id, device_id, received_at)
		values ($1, gen_random_uuid(), $2, coalesce(($3::json ->> 'id')::uuid, gen_random_uuid()), $3, sha256(gen_random_uuid()::text::bytea), $4, 'kept', $5, $6, $7, $8) returning id`,
		inspectionID, k.collection, k.document, k.code, k.late, w.users[k.user].ID, device, k.at).Scan(&id)
	if err != nil {
		w.t.Fatal(err)
	}
	return id.String()
}

// The ledger is fieldwork: the inspected, and whoever has no part in the inspection, get none.
func TestWhoSeesTheLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	running, issued := w.started("5.8"), w.started("5.8")
	w.on(w.registered(inspector, "tablet A")).reported(inspector, running, 1, nil)
	w.answerAll(inspector, issued, "MEETS", "5.8")
	w.issue(issued)
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": running, "userId": w.users[second].ID})
	for as, want := range map[string]string{lead: "both", inspector: "both", second: "issued", reviewer: "both", auditor: "both", analyst: "issued",
		facility: "", fieldOffice: "", elsewhere: "", privacy: "", admin: ""} {
		got := ""
		switch seen := [2]bool{w.ledger(as, running) != nil, w.ledger(as, issued) != nil}; seen {
		case [2]bool{true, true}:
			got = "both"
		case [2]bool{false, true}:
			got = "issued"
		case [2]bool{true, false}:
			got = "running"
		}
		if got != want {
			t.Errorf("%s sees the ledger of %q, want %q", as, got, want)
		}
	}
	if w.ledger(reviewer, inspection.NewID().String()) != nil {
		t.Error("an inspection that is none has a ledger")
	}
	// The second lock, without the server.
	for as, want := range map[string]int{inspector: 1, reviewer: 1, auditor: 1, facility: 0, fieldOffice: 0, admin: 0, privacy: 0} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			if n := w.count(tx, "select count(*) from device_contact"); n != want {
				t.Errorf("%s sees %d contacts, want %d", as, n, want)
			}
		})
	}
}

// A device says for itself what it holds, as often as it likes; the log keeps what changed.
func TestReportingAnOutbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	a := w.registered(inspector, "tablet A")
	onA := w.on(a)
	events := w.events(db)
	onA.reported(inspector, id, 700, nil)
	first := w.entry(id, "tablet A")
	w.pass(time.Hour)
	onA.reported(inspector, id, 700, nil)
	second_ := w.entry(id, "tablet A")
	if second_["firstContactAt"] != first["firstContactAt"] || second_["outboxAt"] == first["outboxAt"] || second_["outbox"] != 700.0 {
		t.Errorf("first %v, then %v", first, second_)
	}
	onA.reported(inspector, id, 0, nil)
	if n := w.events(db) - events; n != 2 {
		t.Errorf("%d events, want one for each number", n)
	}
	revoked := w.registered(inspector, "tablet R")
	w.revoke(&revoked)
	theirs := w.registered(second, "tablet B")
	for _, c := range []struct {
		what, as, kind string
		on             *world
		waiting        int
		more           map[string]any
	}{
		{"without a device", inspector, "ValidationProblem", w, 1, nil},
		{"from a revoked device", inspector, "ForbiddenProblem", w.on(revoked), 1, nil},
		{"from another's device", inspector, "ForbiddenProblem", w.on(theirs), 1, nil},
		{"fewer than none", inspector, "ValidationProblem", onA, -1, nil},
		{"more than a device holds", inspector, "ValidationProblem", onA, 1_000_001, nil},
		{"from no year", inspector, "ValidationProblem", onA, 1, map[string]any{"deviceTime": "0001-01-01T00:00:00Z"}},
		{"by the reviewer", reviewer, "ForbiddenProblem", onA, 1, nil},
		{"by the auditor", auditor, "ForbiddenProblem", onA, 1, nil},
		{"by the facility", facility, "NotFoundProblem", onA, 1, nil},
		{"by an administrator", admin, "NotFoundProblem", onA, 1, nil},
	} {
		w.untouched(db, c.what, func() {
			c.on.refusedAs(c.kind, c.as, c.what, c.on.report(c.as, id, c.waiting, c.more))
		})
	}
}

// The ledger and a report cost the same however much was brought.
func TestWhatTheLedgerCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8", "4.3")
	a := w.on(w.registered(inspector, "tablet A"))
	for n, number := range []string{"", "5.8", "4.3"} {
		if n > 0 {
			a.answerAll(inspector, id, "MEETS", number)
		}
		w.statements.Reset()
		w.ledger(reviewer, id)
		if got := w.statements.Count(); got != 3 {
			t.Errorf("the ledger takes %d statements, want 3: %q", got, w.statements.SQL())
		}
		for _, c := range []struct{ waiting, statements int }{{n + 1, 8}, {n + 1, 5}} {
			w.statements.Reset()
			a.reported(inspector, id, c.waiting, nil)
			if got := w.statements.Count(); got != c.statements {
				t.Errorf("a report takes %d statements, want %d: %q", got, c.statements, w.statements.SQL())
			}
		}
	}
}

// heardOf is when the device of that name was heard of and last brought something, and what it is waited for.
func (w *world) heardOf(id, name string) map[string]any {
	w.t.Helper()
	e := w.entry(id, name)
	return map[string]any{"first": e["firstContactAt"], "last": e["lastContactAt"], "work": e["lastWorkAt"], "gap": e["gap"]}
}

// keptOfEach keeps a late write of each collection of a tablet, in an order in which they can be adopted one by one.
func (w *world) keptOfEach(db *pgxpool.Pool, id string, device inspection.ActorDevice) map[string]string {
	w.t.Helper()
	finding, r := inspection.NewID(), w.standard("4.3").Requirements[0]
	note, err := json.Marshal(w.sealedNote(inspector, id, "what was said")["newDocumentState"])
	if err != nil {
		w.t.Fatal(err)
	}
	writes := map[string]string{}
	for collection, document := range map[string]string{
		"answer":        fmt.Sprintf(`{"id": %q, "inspectionId": %q, "requirementId": %q, "rating": "MEETS", "methods": ["DOCUMENT"]}`, w.answerID(id, r.ID), id, r.ID),
		"finding":       w.lateDeficiency(id, "MC-137", "two of nine", document{"id": finding}),
		"observation":   fmt.Sprintf(`{"id": %q, "inspectionId": %q, "text": "the ramp is wet"}`, inspection.NewID(), id),
		"evidence":      fmt.Sprintf(`{"id": %q, "inspectionId": %q, "findingId": %q, "sha256": %q, "size": 4, "mediaType": "image/jpeg", "class": "NONE", "capturedFrom": "2026-03-03T09:00:00Z", "capturedTo": "2026-03-03T09:00:00Z"}`, inspection.NewID(), id, finding, strings.Repeat("ab", 32)),
		"interviewNote": string(note),
	} {
		writes[collection] = w.keep(db, id, kept{user: inspector, device: device.ID, code: "LATE_FIELDWORK_DONE", late: true, collection: collection, document: document})
	}
	return writes
}

var collectionsInOrder = []string{"answer", "finding", "observation", "evidence", "interviewNote"}

// What is adopted was brought when it came: the adoption is no word of the tablet's own, whatever it brought.
func TestAnAdoptionIsNoContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	a := w.registered(inspector, "tablet A")
	writes := w.keptOfEach(db, id, a)
	w.on(a).reported(inspector, id, 0, nil)
	before := w.heardOf(id, "tablet A")
	if before["gap"] != "" || before["work"] == nil {
		t.Fatalf("before: %v", before)
	}
	for _, collection := range collectionsInOrder {
		w.pass(time.Hour)
		w.decided(lead, "adoptLateWork", id, writes[collection])
		if diff := cmp.Diff(before, w.heardOf(id, "tablet A")); diff != "" {
			t.Errorf("after the adoption of its %s (-before +after):\n%s", collection, diff)
		}
	}
	if got := nonzero(w.entry(id, "tablet A")["counts"]); got != "evidenceDeclared 1, evidenceMissing 1, answers 1, findings 1, observations 1, late 5" {
		t.Errorf("the ledger counts %s", got)
	}
	// What it brings itself afterwards is heard.
	w.pass(time.Hour)
	w.on(a).recorded(inspector, id, answer(w.standard("4.3").Requirements[0].ID, 1, "MEETS", map[string]any{"remarks": "seen again"}))
	if after := w.heardOf(id, "tablet A"); after["work"] == before["work"] || !contains(after["gap"].(string), "brought work after it reported") {
		t.Errorf("it brought more, and is heard of as %v", after)
	}
}

// A ruling is brought by no tablet; who comes to agree with the other party brings that, and is waited for.
func TestARulingIsNoContactAndAnAgreementIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	rs := w.standard("5.8").Requirements
	a, b := w.on(w.registered(inspector, "tablet A")), w.on(w.registered(second, "tablet B"))
	for _, r := range rs[:2] {
		a.recorded(inspector, id, answer(r.ID, 0, "MEETS", nil))
		b.recorded(second, id, answer(r.ID, 1, "DOES_NOT_MEET", nil))
	}
	onA := a.tablet(inspector)
	onA.pull(1000)
	a.reported(inspector, id, 0, nil)
	b.reported(second, id, 0, nil)
	before := map[string]any{"tablet A": w.heardOf(id, "tablet A"), "tablet B": w.heardOf(id, "tablet B")}
	w.pass(time.Hour)
	_, _, disputes := w.answerOf(id, rs[0].ID)
	if problems := messages(w.rule(lead, id, fields(disputes[0], "id").(string), 2, "seen")); len(problems) > 0 {
		t.Fatal(problems)
	}
	for name, then := range before {
		if diff := cmp.Diff(then, w.heardOf(id, name)); diff != "" {
			t.Errorf("%s after a ruling (-before +after):\n%s", name, diff)
		}
	}
	w.pass(time.Hour)
	onA.taken(onA.edit(w.answerID(id, rs[1].ID), document{"rating": "DOES_NOT_MEET"}))
	if _, _, disputes := w.answerOf(id, rs[1].ID); fields(disputes[1], "ruledAt") == nil {
		t.Fatalf("no agreement: %v", disputes)
	}
	if after := w.heardOf(id, "tablet A"); after["work"] == fields(before["tablet A"], "work") || !contains(after["gap"].(string), "brought work after it reported") {
		t.Errorf("it came to agree, and is heard of as %v", after)
	}
	if got := nonzero(w.entry(id, "tablet A")["counts"]); got != "answers 3" {
		t.Errorf("the ledger counts %s", got)
	}
}
