package graph_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// The steps of a corrective action hold in the database alone: who may take which, with its record, on
// newer evidence, by nobody who wrote the finding.
func TestTheDatabaseKeepsTheStepsOfAnAction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.answered(nil)
	const step, duties = "PL006", "PL004"
	record := `insert into corrective_action_step (inspection_id, action_id, n, kind, from_state, to_state, text, evidence, actor_id, actor_role, at)
		select inspection_id, id, revision + 1, $2, state, $3, 'x', $4, $5, $6, now() from corrective_action where id = $1`
	move := "update corrective_action set state = $2, revision = revision + 1, changed_at = changed_at, verified_by = case when $2 = 'VERIFIED' then $3::uuid else verified_by end where id = $1"
	// take records a step in the actor's name and moves the action, all in a savepoint.
	take := func(as, kind, to string, evidence ...string) string {
		t.Helper()
		code := ""
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			u := w.users[as]
			named := append([]string{}, evidence...)
			if code = refusedBy(t, ctx, tx, record, a.action, kind, to, named, u.ID, string(u.Role)); code != "" {
				code = "record: " + code
				return
			}
			if _, err := tx.Exec(ctx, record, a.action, kind, to, named, u.ID, string(u.Role)); err != nil {
				t.Fatal(err)
			}
			code = refusedBy(t, ctx, tx, move, a.action, to, u.ID)
		})
		return code
	}
	for _, c := range []struct{ as, kind, to, want string }{
		{facility, "PLAN", "PLANNED", ""}, {facility, "VERIFY", "VERIFIED", step}, {facility, "WAIVE", "WAIVED", step}, {facility, "WITHDRAW", "WITHDRAWN", step},
		{fieldOffice, "PLAN", "PLANNED", step}, {fieldOffice, "VERIFY", "VERIFIED", step}, {elsewhere, "PLAN", "PLANNED", "record: nothing"},
		{lead, "PLAN", "PLANNED", step}, {lead, "VERIFY", "VERIFIED", step}, {lead, "WITHDRAW", "WITHDRAWN", step}, {inspector, "WAIVE", "WAIVED", step},
		{reviewer, "VERIFY", "VERIFIED", step}, {reviewer, "WITHDRAW", "WITHDRAWN", ""}, {analyst, "PLAN", "PLANNED", "record: " + denied}, {auditor, "VERIFY", "VERIFIED", "record: " + denied},
	} {
		if c.kind == "VERIFY" {
			if code := take(c.as, c.kind, c.to, inspection.NewID().String()); code != c.want {
				t.Errorf("%s of an open action as %s: %q, want %q", c.kind, c.as, code, c.want)
			}
			continue
		}
		if code := take(c.as, c.kind, c.to); code != c.want {
			t.Errorf("%s of an open action as %s: %q, want %q", c.kind, c.as, code, c.want)
		}
	}
	shown := a.shot()
	old := a.proveWith(facility, shown, nil)
	w.pass(time.Minute)
	proof := a.report()
	again := a.proveWith(facility, shown, nil) // the old picture under a new id
	w.pass(time.Minute)
	for _, c := range []struct {
		as   string
		ids  []string
		want string
	}{
		{inspector, []string{proof}, duties}, {second, []string{proof}, duties}, {facility, []string{proof}, step}, {fieldOffice, []string{proof}, step},
		{lead, []string{old}, step}, {lead, []string{again}, step}, {lead, []string{proof, old}, step}, {lead, []string{inspection.NewID().String()}, step}, {lead, nil, "record: 23514"}, {lead, []string{proof}, ""},
		{reviewer, []string{proof}, ""},
	} {
		if code := take(c.as, "VERIFY", "VERIFIED", c.ids...); code != c.want {
			t.Errorf("verified by %s on %d originals: %q, want %q", c.as, len(c.ids), code, c.want)
		}
	}
	w.asRole(lead, func(ctx context.Context, tx pgx.Tx) {
		for sql, want := range map[string]string{
			"update corrective_action set state = 'REOPENED', revision = revision + 1 where id = $1":     step, // no record
			"update corrective_action set proof_due = now() + interval '1 year' where id = $1":           step,
			"update corrective_action set report_text = 'x' where id = $1":                               step,
			"update corrective_action_step set text = 'x' where action_id = $1":                          denied,
			"delete from corrective_action_step where action_id = $1":                                    denied,
			"delete from corrective_action where id = $1":                                                denied,
			"insert into corrective_action select * from corrective_action where id = $1":                "PL003",
			"update evidence set action_id = null, declared_as = '' where action_id = $1":                "PL002",
			"update evidence set captured_from = now() where action_id = $1":                             "PL002",
			"update evidence set caption = 'x' where action_id = $1":                                     "PL001",
			"update evidence set state = 'DECLARED' where action_id = $1":                                "PL001",
			"update evidence set action_id = $1, declared_as = 'LEAD_INSPECTOR' where action_id is null": "nothing",
			"insert into corrective_action_step select inspection_id, action_id, n + 9, kind, from_state, to_state, text, responsible, date, evidence, gen_random_uuid(), actor_role, at from corrective_action_step where action_id = $1": denied,
		} {
			if code := refusedBy(t, ctx, tx, sql, a.action); code != want {
				t.Errorf("%s: %q, want %q", sql, code, want)
			}
		}
	})
	w.asRole(facility, func(ctx context.Context, tx pgx.Tx) {
		declare := `insert into evidence (inspection_id, id, action_id, declared_as, sha256, size, media_type, class, captured_from, captured_to, state, object_key, declared_by, declared_at, seq)
			values ($1, gen_random_uuid(), $2, $3, sha256('x'), 1, 'image/jpeg', 'NONE', now(), now(), 'DECLARED', gen_random_uuid()::text, $4, now(), 0)`
		for _, c := range []struct {
			action any
			as     string
			by     inspection.ID
			want   string
		}{
			{a.action, "FACILITY", w.users[facility].ID, ""}, {a.action, "FACILITY", w.users[lead].ID, denied}, {a.action, "INSPECTOR", w.users[facility].ID, denied},
			{nil, "", w.users[facility].ID, "PL001"}, {inspection.NewID(), "FACILITY", w.users[facility].ID, "PL003"},
		} {
			if code := refusedBy(t, ctx, tx, declare, a.id, c.action, c.as, c.by); code != c.want {
				t.Errorf("the facility declares %+v: %q", c, code)
			}
		}
	})
}

// Who sees which rows of the history and the proof.
func TestWhoSeesTheHistoryOfAnAction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.answered(nil)
	a.take(facility, "planAction", "PLANNED", nil)
	a.prove(facility, nil)
	a.prove(lead, nil)
	for _, as := range append(slices.Clone(everybody), "") {
		steps, proof := 1, 2
		switch as {
		case facility, fieldOffice:
			proof = 1
		case elsewhere, privacy, admin, "":
			steps, proof = 0, 0
		}
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			for table, want := range map[string]int{"corrective_action_step": steps, "evidence": proof} {
				if got := w.count(tx, "select count(*) from "+table); got != want {
					t.Errorf("%q sees %d rows of %s, want %d", as, got, table, want)
				}
			}
		})
	}
}

// Lists of actions: by place, state, lateness and origin, page by page, in a fixed number of statements.
func TestListsOfCorrectiveActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	for n := range 7 {
		w.deficiency(inspector, id, "5.8", map[string]any{"priority": n < 2})
	}
	w.issue(id)
	drill := w.do(lead, "planInspection", "PlanInspectionInput", header, map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "EXERCISE", "scope": "FULL",
		"announced": true, "plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID, "teamIds": []any{w.users[inspector].ID}, "standardIds": []any{w.standard("5.8").ID}})
	exercise := fields(drill, "inspection", "id").(string)
	w.step(lead, "startInspection", "StepInput", exercise, nil)
	w.answerAll(inspector, exercise, "MEETS", "5.8")
	w.deficiency(inspector, exercise, "5.8", nil)
	w.issue(exercise)
	list := func(as, arguments string) []any {
		t.Helper()
		data := w.ask(as, "{ correctiveActions("+arguments+") { edges { cursor node { id state origin overdue { due } facility { name } deficiency { citation priority } history { kind } proof { id } } } pageInfo { hasNextPage endCursor } } }", nil)
		return fields(data, "correctiveActions", "edges").([]any)
	}
	all := list(reviewer, "first: 100")
	if len(all) != 7 || fields(all[0], "node", "deficiency", "priority") != true || fields(all[2], "node", "deficiency", "priority") != false {
		t.Fatalf("the list holds %v", all)
	}
	first := fields(all[0], "node", "id").(string)
	a := answered{world: w, id: id, action: first, finding: fields(w.ask(reviewer, "query($id: ID!) { node(id: $id) { ...on CorrectiveAction { findingId } } }", map[string]any{"id": first}), "node", "findingId").(string)}
	a.take(facility, "planAction", "PLANNED", nil)
	for _, c := range []struct {
		as, arguments string
		want          int
	}{
		{facility, "first: 100", 7}, {fieldOffice, "first: 100", 7}, {elsewhere, "first: 100", 0}, {analyst, "first: 100", 7}, {inspector, "first: 100", 7},
		{reviewer, `origins: [EXERCISE]`, 1}, {reviewer, `origins: [EXERCISE, LIVE]`, 8}, {reviewer, `states: [PLANNED]`, 1}, {reviewer, `states: [OPEN, REOPENED]`, 6},
		{reviewer, fmt.Sprintf(`facilityId: "%s"`, w.facility), 7}, {reviewer, fmt.Sprintf(`facilityId: "%s"`, w.other), 0},
		{reviewer, `fieldOffice: "NOL"`, 7}, {reviewer, `fieldOffice: "SEA"`, 0}, {reviewer, "overdue: true", 0}, {reviewer, "overdue: false", 7},
	} {
		if got := list(c.as, c.arguments); len(got) != c.want {
			t.Errorf("%s lists %d of (%s), want %d", c.as, len(got), c.arguments, c.want)
		}
	}
	w.pass(31 * 24 * time.Hour)
	for arguments, want := range map[string]int{"overdue: true": 7, "overdue: false": 0} { // five lack a plan, two proof and one of these a plan
		if got := list(reviewer, arguments); len(got) != want {
			t.Errorf("after 31 days (%s) lists %d, want %d", arguments, len(got), want)
		}
	}
	var paged []any
	after := ""
	for range 4 {
		page := list(reviewer, "first: 2"+after)
		paged = append(paged, page...)
		after = fmt.Sprintf(`, after: "%s"`, fields(page[len(page)-1], "cursor"))
	}
	if len(paged) != 7 {
		t.Fatalf("page by page there are %d", len(paged))
	}
	for n := range paged {
		if fields(paged[n], "node", "id") != fields(all[n], "node", "id") {
			t.Errorf("action %d is another page by page", n)
		}
	}
	for _, as := range []string{privacy, admin} {
		if _, errs := w.send(as, "{ correctiveActions { edges { cursor } } }", nil); len(errs) == 0 {
			t.Errorf("%s lists actions", as)
		}
	}
	for _, arguments := range []string{"first: 0", "first: 101", `after: "x"`} {
		if _, errs := w.send(reviewer, "{ correctiveActions("+arguments+") { edges { cursor } } }", nil); len(errs) == 0 {
			t.Errorf("(%s) is accepted", arguments)
		}
	}
	for _, first := range []int{1, 100} {
		for query, want := range map[string]int{
			fmt.Sprintf("{ correctiveActions(first: %d) { edges { node { id state facility { name } } } } }", first):                                                                 2,
			fmt.Sprintf("{ correctiveActions(first: %d) { edges { node { id history { kind } proof { id } endorsements { text } } } } }", first):                                     6,
			fmt.Sprintf("{ facilities(first: %d) { edges { node { name openActions { id state history { kind } proof { id } } } } } }", first):                                       7,
			fmt.Sprintf(`query { inspection(id: "%s") { findings { waived correctiveAction { id history { kind } proof { id } } } } }`, map[int]string{1: exercise, 100: id}[first]): 10,
		} {
			w.ask(reviewer, query, nil)
			w.statements.Reset()
			w.ask(reviewer, query, nil)
			if n := w.statements.Count(); n != want {
				t.Errorf("%s takes %d statements, want %d: %q", query, n, want, w.statements.SQL())
			}
		}
	}
	open := w.ask(facility, fmt.Sprintf(`{ facility(id: "%s") { openActions { id overdue { due days } } } }`, w.facility), nil)
	if n := len(fields(open, "facility", "openActions").([]any)); n != 7 {
		t.Errorf("the facility has %d open actions, want the 7 of its live inspection", n)
	}
}

// Each step and each change of a waiver has its fixed number of statements and one event in the log,
// however many originals or actions it names; the same again reads and writes nothing.
func TestWhatEachStepCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	w.secondReviewer()
	a := w.answered(map[string]any{"priority": true})
	many := make([]any, 30)
	for n := range many {
		many[n] = declaration(inspection.NewID().String(), picture(n), nil)
	}
	proof := func(entries ...any) map[string]any {
		return map[string]any{"inspectionId": a.id, "actionId": a.action, "evidence": entries}
	}
	done := w.now().UTC()
	w.pass(time.Minute)
	named := []any{a.prove(facility, nil), a.prove(facility, nil), a.prove(facility, nil)}
	step := func(mutation string, more map[string]any) func() map[string]any {
		return func() map[string]any {
			_, input := a.input(mutation, more)
			return input
		}
	}
	waiver := w.waiver(map[string]any{"actionId": a.action})
	hook := map[string]any{"id": inspection.NewID(), "url": "https://hooks.example/", "events": []any{"ACTION_PLANNED"}}
	for _, c := range []struct {
		as, mutation, inputType string
		input                   func() map[string]any
		statements, repeated    int
	}{
		{facility, "declareProof", "DeclareProofInput", fixed(proof(many[0])), 7, 4},
		{facility, "declareProof", "DeclareProofInput", fixed(proof(many[1:]...)), 7, 4},
		{facility, "planAction", "PlanActionInput", step("planAction", nil), 10, 5},
		{fieldOffice, "endorseAction", "EndorseActionInput", step("endorseAction", nil), 11, 6},
		{facility, "reportActionDone", "ReportActionDoneInput", step("reportActionDone", map[string]any{"doneAt": done, "evidenceIds": named[:1]}), 12, 5},
		{lead, "reopenAction", "ReopenActionInput", step("reopenAction", nil), 10, 5},
		{facility, "reportActionDone", "ReportActionDoneInput", func() map[string]any {
			w.pass(time.Minute)
			return step("reportActionDone", map[string]any{"doneAt": w.now().UTC(), "evidenceIds": named})()
		}, 12, 5},
		{reviewer, "grantWaiver", "GrantWaiverInput", fixed(waiver), 8, 2},
		{otherReviewer, "consentToWaiver", "ConsentToWaiverInput", fixed(map[string]any{"waiverId": waiver["id"], "remarks": "Safe."}), 10, 2},
		{lead, "endWaiver", "EndWaiverInput", fixed(map[string]any{"waiverId": waiver["id"], "reason": "Over."}), 9, 2},
		{admin, "addWebhook", "AddWebhookInput", fixed(hook), 6, 2},
		{admin, "removeWebhook", "RemoveWebhookInput", fixed(map[string]any{"webhookId": hook["id"]}), 5, 2},
	} {
		input := c.input()
		events := w.events(db)
		w.statements.Reset()
		w.do(c.as, c.mutation, c.inputType, "__typename", input)
		if n := w.statements.Count(); n != c.statements {
			t.Errorf("%s takes %d statements, want %d: %q", c.mutation, n, c.statements, w.statements.SQL())
		}
		if n := w.events(db) - events; n != 1 {
			t.Errorf("%s writes %d events", c.mutation, n)
		}
		w.statements.Reset()
		w.do(c.as, c.mutation, c.inputType, "__typename", input)
		if n := w.statements.Count(); n != c.repeated {
			t.Errorf("%s again takes %d statements, want %d: %q", c.mutation, n, c.repeated, w.statements.SQL())
		}
	}
}
