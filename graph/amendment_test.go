package graph_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
)

const amendmentFields = `id collection documentId summary content authorId deviceId deviceTime receivedAt adoptedBy adoptedAt reason
	deficiency { findingId standardId standardText requirementId code citation text responsibleParty priorityDeclared priorityDerived repeatDeclared
	correctedOnSite correctionNote immediateThreat }`

func (w *world) amendments(as, id string) []any {
	w.t.Helper()
	seen := w.ask(as, "query($id: ID!) { inspection(id: $id) { amendments { "+amendmentFields+" } } }", map[string]any{"id": id})
	if seen["inspection"] == nil {
		return nil
	}
	return fields(seen, "inspection", "amendments").([]any)
}

// frozenRows is every row of what a freeze holds, as text.
func (w *world) frozenRows(db *pgxpool.Pool, id string) string {
	w.t.Helper()
	var all strings.Builder
	for _, table := range []string{"answer", "answer_revision", "dispute", "finding", "finding_revision", "evidence", "observation", "observation_revision",
		"snapshot", "report", "score", "score_body", "statement", "team_member", "interview_note"} {
		fmt.Fprintln(&all, table, w.rows(db, "select t::text from "+table+" t where inspection_id = $1 order by 1", id))
	}
	return all.String()
}

// deficiencyOn is a late deficiency of a line, as a tablet pushes it.
func (w *world) lateDeficiency(id, code, text string, more document) string {
	w.t.Helper()
	said := document{"id": inspection.NewID(), "inspectionId": id, "kind": "DEFICIENCY", "standardId": w.standard("4.3").ID, "code": code, "text": text}
	for k, v := range more {
		said[k] = v
	}
	body, err := json.Marshal(said)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(body)
}

// After the freeze adopted work stands beside the record: who may see fieldwork read it whole, the
// inspected are told of deficiencies alone, and nothing that was frozen has moved.
func TestAmendmentsStandBesideTheRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	w.answerAll(inspector, id, "MEETS", "4.3")
	w.issue(id)
	device := w.registered(second, "tablet B")
	r := w.standard("4.3").Requirements[0]
	late := func(collection, document string) string {
		return w.keep(db, id, kept{user: second, device: device.ID, code: "LATE_FROZEN", late: true, collection: collection, document: document})
	}
	sealed := base64.StdEncoding.EncodeToString([]byte("sealed by the tablet"))
	writes := []string{
		late("finding", w.lateDeficiency(id, "MC-137", "Interviewed two detainees. 3 of 9 files lack a date.", document{"immediateThreat": true})),
		late("answer", fmt.Sprintf(`{"id": %q, "inspectionId": %q, "requirementId": %q, "rating": "DOES_NOT_MEET", "methods": ["DETAINEE_INTERVIEW"]}`, w.answerID(id, r.ID), id, r.ID)),
		late("finding", w.lateDeficiency(id, "", "no deficiency", document{"kind": "NOTE"})),
		late("evidence", fmt.Sprintf(`{"id": %q, "sha256": "x"}`, inspection.NewID())),
		late("interviewNote", fmt.Sprintf(`{"id": %q, "keyId": "vault-1", "sealed": %q}`, inspection.NewID(), sealed)),
	}
	before := w.frozenRows(db, id)
	w.decided(reviewer, "adoptLateWork", id, writes...)
	if after := w.frozenRows(db, id); after != before {
		t.Errorf("the record moved: %s", firstDifference(before, after))
	}
	w.untouched(db, "adopting again", func() { w.decided(reviewer, "adoptLateWork", id, writes...) })

	for _, as := range []string{reviewer, lead, inspector, second, auditor, analyst} {
		all := w.amendments(as, id)
		if len(all) != len(writes) {
			t.Fatalf("%s sees %d amendments", as, len(all))
		}
		for n, a := range all {
			if fields(a, "authorId") != w.users[second].ID.String() || fields(a, "deviceId") != device.ID.String() || fields(a, "adoptedBy") != w.users[reviewer].ID.String() || fields(a, "reason") != "looked at" {
				t.Errorf("%s reads %v", as, a)
			}
			isNote := n == 4
			if (fields(a, "content") == nil) != isNote || (fields(a, "summary") == "sealed note adopted") != isNote {
				t.Errorf("%s reads %v", as, a)
			}
			if isDeficiency := n == 0; (fields(a, "deficiency") != nil) != isDeficiency {
				t.Errorf("%s reads %v", as, a)
			}
		}
		body := string(w.raw(as, "query($id: ID!) { inspection(id: $id) { amendments { "+amendmentFields+" } lateWork { "+lateFields+" } } }", map[string]any{"id": id}))
		if as != reviewer && as != lead && as != second && contains(body, sealed) {
			t.Errorf("%s reads the sealed note", as)
		}
	}
	for _, as := range []string{facility, fieldOffice} {
		told := w.amendments(as, id)
		if len(told) != 1 {
			t.Fatalf("%s sees %v", as, told)
		}
		a := told[0]
		for _, hidden := range []string{"content", "authorId", "deviceId", "deviceTime", "receivedAt", "adoptedBy"} {
			if fields(a, hidden) != nil {
				t.Errorf("%s reads %s: %v", as, hidden, fields(a, hidden))
			}
		}
		d := fields(a, "deficiency")
		if fields(a, "reason") != "" || fields(d, "text") != "Interviewed ▒ detainees. 3 of 9 files lack a date." || fields(d, "code") != "MC-137" ||
			fields(d, "requirementId") != w.onLine("MC-137").ID.String() || fields(d, "immediateThreat") != true || fields(d, "responsibleParty") != "FACILITY" {
			t.Errorf("%s reads %v", as, a)
		}
		if _, errs := w.send(as, "query($id: ID!) { inspection(id: $id) { lateWork { id } } }", map[string]any{"id": id}); len(errs) == 0 {
			t.Errorf("%s lists late work", as)
		}
	}
	for _, as := range []string{elsewhere, privacy, admin} {
		if w.amendments(as, id) != nil {
			t.Errorf("%s sees amendments", as)
		}
	}
	if n := w.count(db, "select count(*) from amendment_note where key_id = 'vault-1' and sealed = 'sealed by the tablet'"); n != 1 {
		t.Errorf("%d sealed notes are kept", n)
	}
	if w.verifyChains(db) != w.events(db) {
		t.Error("the log is broken")
	}
}

// A revised finding is amended with what its author states, and keeps what they do not.
func TestALateRevisionAmendsAnIssuedDeficiency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	w.answerAll(inspector, id, "MEETS", "4.3")
	w.recorded(inspector, id, answer(w.onLine("MC-137").ID, 1, "DOES_NOT_MEET", nil))
	finding := w.deficiency(inspector, id, "4.3", map[string]any{"code": "MC-137", "text": "two of nine", "responsibleParty": "HEALTH_PROVIDER"})
	w.issue(id)
	w.decided(reviewer, "adoptLateWork", id, w.keep(db, id, kept{user: inspector, code: "LATE_FROZEN", late: true, collection: "finding",
		document: fmt.Sprintf(`{"id": %q, "inspectionId": %q, "kind": "DEFICIENCY", "text": "three of nine"}`, finding, id)}))
	d := fields(w.amendments(facility, id)[0], "deficiency")
	if fields(d, "findingId") != finding || fields(d, "text") != "three of nine" || fields(d, "responsibleParty") != "HEALTH_PROVIDER" || fields(d, "code") != "MC-137" {
		t.Errorf("told %v", d)
	}
	for what, document := range map[string]string{
		"without a text":          w.lateDeficiency(id, "MC-137", " ", nil),
		"on another's line":       w.lateDeficiency(id, "MC-137", "x", document{"requirementId": w.byLines("4.3", 0)[0].ID}),
		"on no standard of scope": w.lateDeficiency(id, "", "x", map[string]any{"standardId": w.standard("5.8").ID}),
		"of no kind of document":  `{"kind": "DEFICIENCY", "text": ["x"]}`,
	} {
		write := w.keep(db, id, kept{user: inspector, code: "LATE_FROZEN", late: true, collection: "finding", document: document})
		w.untouched(db, what, func() {
			if message := w.refusedAs("ValidationProblem", reviewer, what, w.decide(reviewer, "adoptLateWork", id, "x", write)); !contains(message, "dismiss it") {
				t.Errorf("%s: %q", what, message)
			}
		})
		w.decided(reviewer, "dismissLateWork", id, write)
	}
	note := w.keep(db, id, kept{user: inspector, code: "LATE_FROZEN", late: true, collection: "interviewNote", document: `{"keyId": "k", "sealed": "in plain sight"}`})
	w.untouched(db, "a note that is not sealed", func() {
		w.refusedAs("ValidationProblem", reviewer, "a note", w.decide(reviewer, "adoptLateWork", id, "x", note))
	})
}

// Five days after a deficiency came late, whoever decides is reminded.
func TestLateDeficienciesAreDecidedOnInFiveDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	came := w.now()
	var ids []string
	for n := range 3 {
		ids = append(ids, w.keep(db, id, kept{user: second, code: "LATE_REMOVED", late: true, collection: "finding", document: w.lateDeficiency(id, "", "x", nil), at: came.Add(time.Duration(n) * time.Minute)}))
	}
	w.keep(db, id, kept{user: second, code: "LATE_REMOVED", late: true, collection: "finding", document: w.lateDeficiency(id, "", "x", document{"kind": "NOTE"}), at: came})
	w.keep(db, id, kept{user: second, code: "LATE_REMOVED", late: true, at: came})
	w.keep(db, id, kept{user: second, code: "INVALID", collection: "finding", document: w.lateDeficiency(id, "", "x", nil), at: came})
	for _, k := range w.lateWork(lead, id) {
		by, deficient := fields(k, "decideBy"), contains(fields(k, "document").(string), "DEFICIENCY")
		if (by != nil) != deficient {
			t.Errorf("%v has to be decided on by %v", k, by)
		}
		received, err := time.Parse(time.RFC3339, fields(k, "receivedAt").(string))
		if deficient && (err != nil || by != received.Add(5*24*time.Hour).Format(time.RFC3339Nano)) {
			t.Errorf("came %v, to be decided on by %v", received, by)
		}
	}
	const query = `query($after: String) { overdueLateWork(first: 2, after: $after) { edges { cursor node { inspectionId inspectionState facility { name } daysOverdue write { id decideBy } } } pageInfo { hasNextPage endCursor } } }`
	list := func(as string) (all []any) {
		for after := any(nil); ; {
			page := w.ask(as, query, map[string]any{"after": after})["overdueLateWork"]
			all = append(all, fields(page, "edges").([]any)...)
			if fields(page, "pageInfo", "hasNextPage") == false {
				return all
			}
			after = fields(page, "pageInfo", "endCursor")
		}
	}
	w.pass(5*24*time.Hour - time.Minute)
	if all := list(reviewer); len(all) != 0 {
		t.Errorf("before the five days are over: %v", all)
	}
	w.pass(48 * time.Hour)
	w.decided(lead, "dismissLateWork", id, ids[1])
	for _, as := range []string{reviewer, auditor} {
		all := list(as)
		if len(all) != 2 || fields(all[0], "node", "write", "id") != ids[0] || fields(all[1], "node", "write", "id") != ids[2] || fields(all[0], "node", "daysOverdue") != 1.0 ||
			fields(all[0], "node", "inspectionId") != id || fields(all[0], "node", "facility", "name") != "PINE RIVER PROCESSING CENTER" {
			t.Errorf("%s lists %v", as, all)
		}
	}
	for _, as := range []string{lead, inspector, analyst, facility, fieldOffice, privacy, admin} {
		if data, errs := w.send(as, query, nil); len(errs) == 0 {
			t.Errorf("%s lists %v", as, data)
		}
	}
	if _, errs := w.send(reviewer, query, map[string]any{"after": "x"}); len(errs) == 0 {
		t.Error("a cursor that is none is taken")
	}
}

// An adopted deficiency is not forgotten: a corrective action answers it, due from the adoption; it stands in
// the way of closing the inspection and joins the facility's next checklist. Its author verifies nothing.
func TestAnAdoptedDeficiencyOpensACorrectiveAction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	w.answerAll(inspector, id, "MEETS", "4.3")
	w.issue(id)
	finding := inspection.NewID()
	write := func(text string) string {
		return w.keep(db, id, kept{user: second, code: "LATE_FROZEN", late: true, collection: "finding", document: w.lateDeficiency(id, "MC-137", text, document{"id": finding})})
	}
	w.pass(24 * time.Hour)
	w.decided(reviewer, "adoptLateWork", id, write("two of nine"))
	w.decided(reviewer, "adoptLateWork", id, write("three of nine")) // revised: the same deficiency
	const query = `query($id: ID!) { inspection(id: $id) { gaps { message } } }`
	if gaps := fields(w.ask(reviewer, query, map[string]any{"id": id}), "inspection", "gaps").([]any); len(gaps) != 1 || !contains(fields(gaps[0], "message").(string), "is OPEN") {
		t.Errorf("the gaps are %v", gaps)
	}
	w.refusedAs("GuardProblem", reviewer, "closing", w.try(reviewer, "closeInspection", "StepInput", header, w.stepInput(id, nil)))
	for _, as := range []string{facility, fieldOffice, reviewer} {
		open := w.ask(as, `query($id: ID!) { correctiveActions(first: 10, facilityId: $id) { edges { node { id state deficiency { code text } } } } }`, map[string]any{"id": w.facility})
		edges := fields(open, "correctiveActions", "edges").([]any)
		if len(edges) != 1 || fields(edges[0], "node", "deficiency", "code") != "MC-137" || fields(edges[0], "node", "deficiency", "text") != "two of nine" {
			t.Fatalf("%s sees %v", as, edges)
		}
	}
	action := inspection.CorrectiveActionID(finding)
	if n := w.count(db, "select count(*) from corrective_action where id = $1 and opened_at = (select min(adopted_at) from amendment)", action); n != 1 {
		t.Error("the action is not due from the adoption")
	}
	next := w.visit("2027-03-03", nil, "4.3")
	carried := fields(w.ask(lead, "query($id: ID!) { inspection(id: $id) { carriedActions { actionId code } } }", map[string]any{"id": next}), "inspection", "carriedActions").([]any)
	if len(carried) != 1 || fields(carried[0], "actionId") != action.String() {
		t.Errorf("the next checklist carries %v", carried)
	}
	authors, err := w.authorsOf(id, finding)
	if err != nil || len(authors) != 1 || authors[0] != w.users[second].ID {
		t.Errorf("its authors are %v, %v", authors, err)
	}
}

// authorsOf are those who may not verify the correction of a finding.
func (w *world) authorsOf(id string, finding inspection.ID) (authors []inspection.ID, err error) {
	err = w.store.View(w.t.Context(), w.users[reviewer], func(tx inspection.Tx) error {
		authors, err = tx.FindingAuthors(w.t.Context(), uuidOf(w.t.(*testing.T), id), finding)
		return err
	})
	return authors, err
}

// The database, too, makes an amendment only of adopted late work, by who adopted it, beside what is
// frozen; and keeps it as it is.
func TestTheDatabaseKeepsAmendments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	running, issued := w.started("5.8"), w.started("5.8")
	w.answerAll(inspector, issued, "MEETS", "5.8")
	w.issue(issued)
	const adopt = "update kept_write set decision = 'ADOPTED', decided_by = actor_id(), decided_at = now(), decision_reason = 'x' where id = $1"
	const amend = `insert into amendment select inspection_id, gen_random_uuid(), id, collection, document_id, document, user_id, device_id, device_time, clock_offset_ms,
		received_at, decided_by, coalesce(decided_at, now()), coalesce(nullif(decision_reason, ''), 'x') from kept_write where id = $1`
	write := func(of string) string {
		return w.keep(db, of, kept{user: second, code: "LATE_FROZEN", late: true})
	}
	for _, c := range []struct{ as, of, first, want string }{
		{reviewer, issued, adopt, ""}, {reviewer, issued, "select $1::uuid", "PL066"}, {lead, running, adopt, "PL003"}, {inspector, issued, "select $1::uuid", "PL066"},
		{facility, issued, "select $1::uuid", "nothing"},
	} {
		id := write(c.of)
		w.asRole(c.as, func(ctx context.Context, tx pgx.Tx) {
			if _, err := tx.Exec(ctx, c.first, id); err != nil {
				t.Fatalf("%s: %v", c.as, err)
			}
			if got := refusedBy(t, ctx, tx, amend, id); got != c.want {
				t.Errorf("%s after %q is answered %q, want %q", c.as, c.first, got, c.want)
			}
		})
	}
	id := write(issued)
	w.decided(reviewer, "adoptLateWork", issued, id)
	w.asRole(reviewer, func(ctx context.Context, tx pgx.Tx) {
		if got := refusedBy(t, ctx, tx, amend, id); got != "23505" {
			t.Errorf("a second amendment of one write is answered %q", got)
		}
		for _, other := range []string{"update amendment set reason = 'y'", "delete from amendment", "select * from amendment_note", "update amended_deficiency set text = 'y'", "delete from amended_deficiency"} {
			if got := refusedBy(t, ctx, tx, other); got != denied {
				t.Errorf("%s is answered %q", other, got)
			}
		}
	})
}
