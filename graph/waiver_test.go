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

const waiverFields = "waiver { id state needsConsent grantedBy grantedAs consentBy consentAt endedAt endReason endsOn }"

const otherReviewer = "reviewer2@opr.example"

// secondReviewer adds another section chief.
func (w *world) secondReviewer() {
	w.t.Helper()
	u := inspection.Actor{ID: inspection.NewID(), Email: otherReviewer, Name: "REVIEWER 2", Role: inspection.RoleReviewer}
	if err := w.service.LoadUsers(w.t.Context(), inspection.System(), nil, []inspection.Actor{u}); err != nil {
		w.t.Fatal(err)
	}
	w.users[otherReviewer] = u
}

// waiver is an input of grantWaiver: 90 days from today.
func (w *world) waiver(more map[string]any) map[string]any {
	today := w.now().UTC()
	input := map[string]any{"id": inspection.NewID().String(), "facilityId": w.facility, "authority": "Office of the Assistant Director", "reference": "memorandum 26-113",
		"reason": "The wing is being rebuilt.", "startsOn": today.Format(time.DateOnly), "endsOn": today.AddDate(0, 0, 90).Format(time.DateOnly)}
	for k, v := range more {
		input[k] = v
	}
	return input
}

func (w *world) tryWaiver(as string, input map[string]any) map[string]any {
	w.t.Helper()
	return w.try(as, "grantWaiver", "GrantWaiverInput", waiverFields, input)
}

func (w *world) grant(as string, more map[string]any) (id, state string) {
	w.t.Helper()
	payload := w.do(as, "grantWaiver", "GrantWaiverInput", waiverFields, w.waiver(more))
	return fields(payload, "waiver", "id").(string), fields(payload, "waiver", "state").(string)
}

// A waiver is recorded by OPR and by nobody else, with an authority, a reason and an end.
func TestWhatAWaiverAsksFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a := w.answered(nil)
	requirement := w.standard("5.8").Requirements[0].ID
	for _, as := range everybody {
		if as == lead || as == reviewer {
			continue
		}
		w.untouched(db, "a waiver by "+as, func() {
			w.refusedAs("ForbiddenProblem", as, "grantWaiver", w.tryWaiver(as, w.waiver(map[string]any{"actionId": a.action})))
		})
	}
	day := func(n int) string { return w.now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }
	for _, c := range []struct {
		what string
		more map[string]any
		kind string
	}{
		{"no authority", map[string]any{"actionId": a.action, "authority": " "}, "ValidationProblem"},
		{"no document", map[string]any{"actionId": a.action, "reference": ""}, "ValidationProblem"},
		{"no reason", map[string]any{"actionId": a.action, "reason": ""}, "ValidationProblem"},
		{"no scope", nil, "ValidationProblem"},
		{"two scopes", map[string]any{"actionId": a.action, "requirementId": requirement}, "ValidationProblem"},
		{"dates reversed", map[string]any{"actionId": a.action, "startsOn": day(-1), "endsOn": day(-2)}, "ValidationProblem"},
		{"more than 12 months", map[string]any{"actionId": a.action, "endsOn": w.now().UTC().AddDate(1, 0, 1).Format(time.DateOnly)}, "ValidationProblem"},
		{"over already", map[string]any{"actionId": a.action, "startsOn": day(-20), "endsOn": day(-1)}, "ValidationProblem"},
		{"not begun", map[string]any{"actionId": a.action, "startsOn": day(2)}, "ValidationProblem"},
		{"the year 1", map[string]any{"actionId": a.action, "startsOn": "0001-01-01", "endsOn": "0001-02-01"}, "ValidationProblem"},
		{"an action nobody opened", map[string]any{"actionId": inspection.NewID()}, "NotFoundProblem"},
		{"an action of another facility", map[string]any{"actionId": a.action, "facilityId": w.other}, "NotFoundProblem"},
		{"a requirement nobody wrote", map[string]any{"requirementId": inspection.NewID()}, "NotFoundProblem"},
		{"a facility nobody knows", map[string]any{"requirementId": requirement, "facilityId": inspection.NewID()}, "NotFoundProblem"},
	} {
		w.untouched(db, c.what, func() { w.refusedAs(c.kind, lead, c.what, w.tryWaiver(lead, w.waiver(c.more))) })
	}
	if _, errs := w.send(lead, `mutation { grantWaiver(input: {id: "`+inspection.NewID().String()+`", facilityId: "`+w.facility.String()+`", authority: "x", reference: "x", reason: "x", startsOn: "2026-01-01"}) { waiver { id } } }`, nil); len(errs) == 0 {
		t.Error("a waiver without end is accepted")
	}
	input := w.waiver(map[string]any{"actionId": a.action, "endsOn": w.now().UTC().AddDate(1, 0, 0).Format(time.DateOnly)})
	if problems := messages(w.tryWaiver(lead, input)); len(problems) > 0 {
		t.Fatalf("a year to the day: %v", problems)
	}
	w.untouched(db, "the same waiver again", func() {
		if again := w.tryWaiver(lead, input); fields(again, "waiver", "state") != "IN_EFFECT" {
			t.Errorf("again: %v", again)
		}
	})
	w.untouched(db, "another waiver under its id", func() {
		input["reason"] = "Another reason."
		w.refused("ConflictProblem", w.tryWaiver(lead, input))
	})
	w.untouched(db, "a second waiver of a waived action", func() {
		w.refused("LockedInspectionProblem", w.tryWaiver(lead, w.waiver(map[string]any{"actionId": a.action})))
	})
}

// A waived deficiency counts on, flagged; its inspection can be closed; when the waiver runs out the
// action is reopened, to the moment and whether or not the job ran.
func TestAWaivedActionIsReopenedWhenTheWaiverEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a, b := w.answered(nil), w.answered(nil)
	for _, one := range []answered{a, b} {
		if _, state := w.grant(lead, map[string]any{"actionId": one.action}); state != "IN_EFFECT" {
			t.Fatalf("the waiver is %s", state)
		}
		if got := one.read(facility); got["state"] != "WAIVED" || got["waived"] != true || got["waivedUntil"] == nil {
			t.Fatalf("the waived action is %v", got)
		}
	}
	tally := w.ask(facility, "query($id: ID!) { inspection(id: $id) { tally { deficiencies } } }", map[string]any{"id": a.id})
	if fields(tally, "inspection", "tally", "deficiencies") != 1.0 {
		t.Error("a waived deficiency no longer counts")
	}
	for _, as := range []string{facility, lead} {
		for _, mutation := range []string{"planAction", "verifyAction"} {
			kind, input := a.input(mutation, nil)
			if (as == facility) == (mutation == "planAction") {
				w.untouched(db, mutation, func() {
					w.refusedAs("LockedInspectionProblem", as, mutation, w.try(as, mutation, kind, actionFields, input))
				})
			}
		}
	}
	if state := w.step(reviewer, "closeInspection", "StepInput", a.id, nil); state != "CLOSED" {
		t.Fatalf("closed: %s", state)
	}
	if n, err := w.service.ExpireWaivers(t.Context(), 100); err != nil || n != 0 {
		t.Errorf("%d waivers expire before their time, %v", n, err)
	}
	w.pass(91 * 24 * time.Hour)
	// No job has run: everybody reads the truth.
	for _, one := range []answered{a, b} {
		if got := one.read(reviewer); got["state"] != "REOPENED" || got["waived"] != false || fields(got, "overdue", "due") != "PLAN" {
			t.Errorf("after its waiver the action is %v", got)
		}
	}
	w.untouched(db, "closing with a reopened action", func() {
		w.refused("GuardProblem", w.try(reviewer, "closeInspection", "StepInput", header, w.stepInput(b.id, nil)))
	})
	b.take(facility, "planAction", "PLANNED", nil)
	states := w.ask(auditor, "{ waivers { edges { node { state } } counts { inEffect expired } } correctiveActions(states: [REOPENED], overdue: true) { edges { node { id } } } }", nil)
	if fields(states, "waivers", "counts", "expired") != 2.0 || len(fields(states, "correctiveActions", "edges").([]any)) != 1 {
		t.Errorf("the lists say %v", states)
	}
	before := fmt.Sprint(a.read(reviewer)["state"], b.read(reviewer)["state"])
	if n, err := w.service.ExpireWaivers(t.Context(), 100); err != nil || n != 2 {
		t.Errorf("%d waivers expire, %v", n, err)
	}
	if after := fmt.Sprint(a.read(reviewer)["state"], b.read(reviewer)["state"]); after != before {
		t.Errorf("the late job changes what is read: %s, was %s", after, before)
	}
	last := a.read(reviewer)["history"].([]any)
	if step := last[len(last)-1]; fields(step, "kind") != "END_WAIVER" || fields(step, "actorRole") != "SYSTEM" {
		t.Errorf("the last step is %v", step)
	}
	w.untouched(db, "the job again", func() {
		if n, err := w.service.ExpireWaivers(t.Context(), 100); err != nil || n != 0 {
			t.Errorf("%d waivers expire twice, %v", n, err)
		}
	})
	// What was reopened in a closed inspection walks the same way to its end.
	w.pass(time.Minute)
	proof := a.report()
	a.take(lead, "verifyAction", "VERIFIED", map[string]any{"evidenceIds": []any{proof}})
	if n := w.verifyChains(db); n != w.events(db) {
		t.Errorf("%d events verified", n)
	}
}

// A priority is waived once an independent reviewer, other than who recorded it, consents.
func TestAPriorityIsWaivedByTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	w.secondReviewer()
	a := w.answered(map[string]any{"priority": true})
	id, state := w.grant(reviewer, map[string]any{"actionId": a.action})
	if state != "AWAITING_CONSENT" || a.read(facility)["state"] != "OPEN" {
		t.Fatalf("without consent the waiver is %s and the action %v", state, a.read(facility)["state"])
	}
	consent := func(as, remarks string) map[string]any {
		return w.try(as, "consentToWaiver", "ConsentToWaiverInput", waiverFields, map[string]any{"waiverId": id, "remarks": remarks})
	}
	for _, as := range everybody { // the reviewer is who recorded it
		w.untouched(db, "consent by "+as, func() { w.refusedAs("ForbiddenProblem", as, "consentToWaiver", consent(as, "Safe.")) })
	}
	w.untouched(db, "consent without a word", func() { w.refused("ValidationProblem", consent(otherReviewer, " ")) })
	// A reviewer who once was on the team is not independent.
	w.mustExec(db, "update app_user set role = 'REVIEWER' where email = $1", second)
	w.untouched(db, "consent by a former member", func() { w.refused("ForbiddenProblem", consent(second, "Safe.")) })
	if got := consent(otherReviewer, "Safe."); fields(got, "waiver", "state") != "IN_EFFECT" {
		t.Fatalf("consented: %v", got)
	}
	if got := a.read(facility)["state"]; got != "WAIVED" {
		t.Errorf("the action is %v", got)
	}
	w.untouched(db, "the same consent again", func() {
		if problems := messages(consent(otherReviewer, "Safe.")); len(problems) > 0 {
			t.Errorf("again: %v", problems)
		}
	})
	w.untouched(db, "a second consent", func() { w.refused("LockedInspectionProblem", consent(otherReviewer, "Still safe.")) })
	end := func(as, reason string) map[string]any {
		return w.try(as, "endWaiver", "EndWaiverInput", waiverFields, map[string]any{"waiverId": id, "reason": reason})
	}
	for _, as := range everybody {
		if as != lead && as != reviewer && as != second {
			w.untouched(db, "ended by "+as, func() { w.refusedAs("ForbiddenProblem", as, "endWaiver", end(as, "x")) })
		}
	}
	w.untouched(db, "ended without a reason", func() { w.refused("ValidationProblem", end(lead, "")) })
	if got := end(lead, "The wing is open again."); fields(got, "waiver", "state") != "ENDED" || a.read(facility)["state"] != "REOPENED" {
		t.Errorf("ended: %v, the action %v", got, a.read(facility)["state"])
	}
	w.untouched(db, "ended again", func() {
		if problems := messages(end(lead, "The wing is open again.")); len(problems) > 0 {
			t.Errorf("again: %v", problems)
		}
		w.refused("LockedInspectionProblem", end(lead, "Another reason."))
	})
}

// A waiver of a requirement holds for the LIVE inspections of the facility, those issued while it
// holds among them, and never for a priority that nobody consented to.
func TestAWaiverOfARequirement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := slices.IndexFunc(w.standard("5.8").Requirements, func(r inspection.Requirement) bool { return r.Priority != inspection.PrioritySourced })
	requirement := w.standard("5.8").Requirements[plain].ID
	on := map[string]any{"requirementId": requirement}
	a, unrelated := w.answered(on), w.answered(nil)
	id, state := w.grant(lead, map[string]any{"requirementId": requirement})
	if state != "IN_EFFECT" {
		t.Fatalf("the waiver is %s", state)
	}
	later, priority := w.answered(on), w.answered(map[string]any{"requirementId": requirement, "priority": true})
	for what, c := range map[string]struct {
		action answered
		want   string
	}{"under the requirement": {a, "WAIVED"}, "under another": {unrelated, "OPEN"}, "issued later": {later, "WAIVED"}, "a priority": {priority, "OPEN"}} {
		if got := c.action.read(facility)["state"]; got != c.want {
			t.Errorf("%s: the action is %v, want %s", what, got, c.want)
		}
	}
	snapshot := w.ask(auditor, "query($id: ID!) { inspection(id: $id) { snapshot { body } } }", map[string]any{"id": later.id})
	if body := fields(snapshot, "inspection", "snapshot", "body").(string); !contains(body, `"state":"OPEN"`) {
		t.Error("the frozen report shows the action otherwise than it opened")
	}
	shown := w.ask(facility, "query($id: ID!) { node(id: $id) { ...on CorrectiveAction { waiver { id authority grantedBy grantedAs } } } }", map[string]any{"id": later.action})
	if fields(shown, "node", "waiver", "id") != id || fields(shown, "node", "waiver", "grantedBy") != nil || fields(shown, "node", "waiver", "grantedAs") != "LEAD_INSPECTOR" {
		t.Errorf("the facility reads of its waiver %v", shown)
	}
	for _, as := range everybody {
		sees := !slices.Contains([]string{elsewhere, privacy, admin}, as)
		node := w.ask(as, "query($id: ID!) { node(id: $id) { id } }", map[string]any{"id": id})["node"]
		data, errs := w.send(as, "{ waivers { edges { node { id } } counts { inEffect } } }", nil)
		listed := len(errs) == 0 && len(fields(data, "waivers", "edges").([]any)) == 1
		if (node != nil) != sees || listed != sees {
			t.Errorf("%s sees the waiver as a node %v, in the list %v; want %v", as, node != nil, listed, sees)
		}
	}
	for range 3 {
		w.grant(lead, map[string]any{"standardId": w.standard("5.4").ID, "facilityId": w.other})
	}
	for _, first := range []int{1, 100} {
		query := fmt.Sprintf("{ waivers(first: %d) { edges { node { id state } } counts { inEffect } } }", first)
		w.statements.Reset()
		page := w.ask(reviewer, query, nil)
		if n := w.statements.Count(); n != 3 || len(fields(page, "waivers", "edges").([]any)) != min(first, 4) {
			t.Errorf("%s takes %d statements: %q", query, n, w.statements.SQL())
		}
	}
}

// The database holds the rules of waivers alone.
func TestTheDatabaseKeepsWaivers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.secondReviewer()
	a := w.answered(map[string]any{"priority": true})
	id, _ := w.grant(reviewer, map[string]any{"actionId": a.action})
	insert := `insert into waiver (id, facility_id, action_id, authority, reference, reason, starts_on, ends_on, needs_consent, granted_by, granted_as, granted_at)
		values (gen_random_uuid(), $1, $2, 'x', 'x', 'x', current_date, current_date + $3::int, true, $4, $5, now())`
	for _, c := range []struct {
		as, by string
		days   int
		want   string
	}{
		{lead, lead, 300, ""}, {lead, lead, 367, "23514"}, {lead, lead, -1, "23514"}, {lead, reviewer, 30, denied}, {inspector, inspector, 30, denied},
		{facility, facility, 30, denied}, {fieldOffice, fieldOffice, 30, denied}, {admin, admin, 30, denied}, {reviewer, reviewer, 30, ""},
	} {
		w.asRole(c.as, func(ctx context.Context, tx pgx.Tx) {
			if code := refusedBy(t, ctx, tx, insert, w.facility, a.action, c.days, w.users[c.by].ID, string(w.users[c.as].Role)); code != c.want {
				t.Errorf("%s grants as %s for %d days: %q, want %q", c.as, c.by, c.days, code, c.want)
			}
		})
	}
	for _, c := range []struct{ as, sql, want string }{
		{lead, "update waiver set ends_on = ends_on + 1 where id = $1", "PL006"},
		{lead, "update waiver set needs_consent = false where id = $1", "PL006"},
		{lead, "update waiver set expired_at = now() where id = $1", "PL006"},
		{lead, "update waiver set consent_by = granted_by, consent_at = now() where id = $1", "PL004"},
		{reviewer, "update waiver set consent_by = actor_id(), consent_at = now() where id = $1", "PL004"},
		{otherReviewer, "update waiver set consent_by = granted_by, consent_at = now() where id = $1", "PL004"},
		{otherReviewer, "update waiver set consent_by = actor_id(), consent_at = now() where id = $1", ""},
		{lead, "update waiver set ended_by = granted_by, ended_at = now(), end_reason = 'x' where id = $1", "PL004"},
		{lead, "update waiver set ended_by = actor_id(), ended_at = now(), end_reason = 'x' where id = $1", ""},
		{inspector, "update waiver set ended_by = actor_id(), ended_at = now(), end_reason = 'x' where id = $1", "nothing"},
		{facility, "update waiver set ended_by = actor_id(), ended_at = now(), end_reason = 'x' where id = $1", "nothing"},
		{lead, "delete from waiver where id = $1", denied},
	} {
		w.asRole(c.as, func(ctx context.Context, tx pgx.Tx) {
			if code := refusedBy(t, ctx, tx, c.sql, id); code != c.want {
				t.Errorf("%s: %s: %q, want %q", c.as, c.sql, code, c.want)
			}
		})
	}
	// No action is waived by a waiver that does not hold.
	w.asRole(lead, func(ctx context.Context, tx pgx.Tx) {
		record := `insert into corrective_action_step (inspection_id, action_id, n, kind, from_state, to_state, text, actor_id, actor_role, at)
			select inspection_id, id, revision + 1, 'WAIVE', state, 'WAIVED', 'x', actor_id(), actor_role(), now() from corrective_action where id = $1`
		if _, err := tx.Exec(ctx, record, a.action); err != nil {
			t.Fatal(err)
		}
		move := `update corrective_action set state = 'WAIVED', revision = revision + 1, changed_at = now(), waiver_id = $2, waived_until = (select waiver_until(w) from waiver w where w.id = $2) where id = $1`
		if code := refusedBy(t, ctx, tx, move, a.action, id); code != "PL006" {
			t.Errorf("waived without consent: %q", code)
		}
	})
}
