package graph_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"plumbline/inspection"
)

// asRole runs f on a connection of the server's own role, introduced as the user, and undoes it all.
// Nobody is introduced for the empty user.
func (w *world) asRole(as string, f func(context.Context, pgx.Tx)) {
	w.t.Helper()
	ctx := w.t.Context()
	db, err := pgx.Connect(ctx, w.database.AppURL)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	tx, err := db.Begin(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if as != "" {
		w.introduce(ctx, tx, as)
	}
	f(ctx, tx)
}

func (w *world) introduce(ctx context.Context, tx pgx.Tx, as string) {
	w.t.Helper()
	u := w.users[as]
	place := ""
	if u.FacilityID != (inspection.ID{}) {
		place = u.FacilityID.String()
	}
	_, err := tx.Exec(ctx, `select set_config('plumbline.role', $1, true), set_config('plumbline.user', $2, true),
		set_config('plumbline.field_office', $3, true), set_config('plumbline.facility', $4, true)`, string(u.Role), u.ID.String(), u.FieldOffice, place)
	if err != nil {
		w.t.Fatal(err)
	}
}

// refusedBy tries a statement in a savepoint and returns the code it is refused with, "" if it worked
// and changed something, "nothing" if it found no row to change.
func refusedBy(t *testing.T, ctx context.Context, tx pgx.Tx, sql string, args ...any) string {
	t.Helper()
	point, err := tx.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer point.Rollback(ctx)
	tag, err := point.Exec(ctx, sql, args...)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case err != nil:
		t.Fatal(err)
	case tag.RowsAffected() == 0:
		return "nothing"
	}
	return ""
}

const denied = "42501" // insufficient_privilege

// How many rows of each table each role sees, of a planned, a running and an issued inspection at one
// facility: the second lock, without the server's help.
func TestWhoSeesWhichRows(t *testing.T) {
	t.Parallel()
	p := play(t)
	db := p.behind()
	items := len(p.standard("5.8").Requirements)
	issuedVersions := p.count(db, "select count(*) from answer_revision where inspection_id = $1", p.issued)
	type sight map[string]int
	opr := sight{"inspection": 3, "inspection_stamp": 3, "inspection_standard": 3, "team_member": 9, "milestone": 1, "answer": 2 * items, "answer_revision": issuedVersions,
		"dispute": 1, "evidence": 1, "finding": 2, "finding_revision": 3, "finding_response": 1, "corrective_action": 1, "score": 3, "score_body": 3, "snapshot": 1, "report": 2, "audit_event": 0}
	with := func(base sight, changes sight) sight {
		all := sight{}
		for table, n := range base {
			all[table] = n
		}
		for table, n := range changes {
			all[table] = n
		}
		return all
	}
	nothing := sight{}
	for table := range opr {
		nothing[table] = 0
	}
	p.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "response { stance }", map[string]any{"inspectionId": p.issued, "findingId": p.standing, "stance": "ACCEPTED"})
	report := with(nothing, sight{"inspection": 1, "inspection_standard": 1, "finding": 1, "finding_response": 1, "corrective_action": 1, "score": 3, "report": 2})
	everything := p.count(db, "select count(*) from audit_event")
	outsider := "outsider@opr.example"
	u := inspection.Actor{ID: inspection.NewID(), Email: outsider, Name: "Outsider", Role: inspection.RoleInspector}
	if err := p.service.LoadUsers(t.Context(), inspection.System(), nil, []inspection.Actor{u}); err != nil {
		t.Fatal(err)
	}
	p.users[outsider] = u
	issuedOnly := with(opr, sight{"inspection": 1, "inspection_stamp": 1, "inspection_standard": 1, "answer": items})
	for as, want := range map[string]sight{
		lead: opr, inspector: opr, second: opr, reviewer: opr, auditor: with(opr, sight{"audit_event": everything + 1}),
		outsider: issuedOnly, analyst: issuedOnly, facility: report, fieldOffice: report,
		elsewhere: nothing, privacy: nothing, admin: nothing, "": nothing,
	} {
		p.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			got := sight{}
			for table := range opr {
				var n int
				if err := tx.QueryRow(ctx, "select count(*) from "+table).Scan(&n); err != nil {
					t.Fatal(err)
				}
				got[table] = n
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q sees (-want +got):\n%s", as, diff)
			}
		})
	}
	for as, want := range map[string]int{facility: 1, fieldOffice: 1, elsewhere: 1, privacy: 1, "": 0, admin: len(p.users), reviewer: len(p.users), analyst: len(p.users)} {
		p.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			var n int
			if err := tx.QueryRow(ctx, "select count(*) from app_user").Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n != want {
				t.Errorf("%q sees %d users, want %d", as, n, want)
			}
		})
	}
}

func (w *world) count(db interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, sql string, args ...any) int {
	w.t.Helper()
	var n int
	if err := db.QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Without a name nothing is seen, not even public facts; and a name ends with its transaction.
func TestNobodySeesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.plan("5.8")
	ctx := t.Context()
	db, err := pgx.Connect(ctx, w.database.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	// Of the others the server's role reads nothing, whoever asks.
	tables := w.rows(w.behind(), "select tablename from pg_tables where schemaname = 'public' and tablename <> 'goose_db_version' and has_table_privilege('plumbline_app', to_regclass('public.' || tablename), 'select')")
	blind := func(when string) {
		for _, table := range tables {
			if n := w.count(db, "select count(*) from "+table); n != 0 {
				t.Errorf("%s nobody sees %d rows of %s", when, n, table)
			}
		}
	}
	blind("at first")
	for _, as := range []string{admin, lead} {
		err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			w.introduce(ctx, tx, as)
			if n := w.count(tx, "select count(*) from facility"); n != 2 {
				t.Errorf("%s sees %d facilities", as, n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		blind("after " + as)
	}
}

// Row-level security is on for every table, and the server's role may delete and empty none.
func TestEveryTableIsLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	tables := w.rows(db, "select tablename from pg_tables where schemaname = 'public' and tablename <> 'goose_db_version' order by 1")
	if open := w.rows(db, "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity and relname <> 'goose_db_version'"); len(open) > 0 {
		t.Errorf("without row-level security: %v", open)
	}
	for _, as := range []string{"", lead, reviewer, admin, auditor} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			for _, table := range append(tables, "goose_db_version") {
				for _, sql := range []string{"delete from " + table, "truncate " + table, "truncate " + table + " cascade", "drop table " + table, "alter table " + table + " disable row level security",
					"alter table " + table + " disable trigger all"} {
					if code := refusedBy(t, ctx, tx, sql); code != denied {
						t.Errorf("%q may %s: %s", as, sql, code)
					}
				}
			}
			for _, table := range []string{"audit_event", "snapshot", "report", "score_body", "answer_revision", "finding_revision", "edition", "standard", "requirement", "worksheet_line", "worksheet_line_requirement", "field_office", "policy", "fieldwork_rating"} {
				column := w.rows(db, "select attname::text from pg_attribute where attrelid = $1::regclass and attnum = 1", table)[0]
				if code := refusedBy(t, ctx, tx, fmt.Sprintf("update %s set %s = %s", table, column, column)); code != denied {
					t.Errorf("%q may update %s: %s", as, table, code)
				}
			}
			for _, sql := range []string{"create table public.mine (x int)", "create function public.actor_role() returns text language sql as 'select 1'", "create or replace function inspection_state(id uuid) returns text language sql as $$ select 'PLANNED' $$",
				"alter role current_user bypassrls", "create schema mine", "update goose_db_version set is_applied = false", "set local session_replication_role = replica"} {
				if code := refusedBy(t, ctx, tx, sql); code != denied {
					t.Errorf("%q may %s: %q", as, sql, code)
				}
			}
		})
	}
}

// Who may not change an inspection in the API cannot change it with SQL.
func TestWhoWritesWhichRows(t *testing.T) {
	t.Parallel()
	p := play(t)
	outsider := p.planOf(reviewer)
	for _, as := range []string{analyst, auditor, privacy, admin, facility, fieldOffice, elsewhere, ""} {
		p.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			for _, sql := range []string{
				"update inspection set fieldwork_note = 'x'", "update answer set rating = 'MEETS'", "update finding set text = 'x'", "update evidence set caption = 'x'",
				"update dispute set ruling_reason = 'x'", "update score set result = 'MEETS'", "update corrective_action set state = 'VERIFIED'",
				"update finding_response set ruling = 'WITHDRAWN'", "update team_member set removed_at = now()", "update milestone set note = 'x'", "update statement set value = 'x'"} {
				want := "nothing"
				if (as == facility || as == fieldOffice) && contains(sql, "corrective_action") {
					want = "PL006" // they take the steps that are theirs, and no other
				}
				if code := refusedBy(t, ctx, tx, sql); code != want {
					t.Errorf("%q: %s: %q", as, sql, code)
				}
			}
			insert := "insert into team_member (inspection_id, user_id, joined_at) values ($1, $2, now())"
			if code := refusedBy(t, ctx, tx, insert, p.running, p.users[analyst].ID); code != denied {
				t.Errorf("%q joins a team: %q", as, code)
			}
			insert = "insert into fieldwork_rating (inspection_id, answer_id, rating, done_at) values ($1, $1, 'MEETS', now())"
			if code := refusedBy(t, ctx, tx, insert, p.running); code != denied {
				t.Errorf("%q writes what was rated: %q", as, code)
			}
			insert = "insert into statement (inspection_id, name, value, source) values ($1, 'x', 'x', 'x')"
			if code := refusedBy(t, ctx, tx, insert, p.running); code != denied {
				t.Errorf("%q states: %q", as, code)
			}
			for _, sql := range []string{"insert into field_office (code, name) values ('XXX', 'x')", "update facility set name = 'x'",
				"insert into policy (id, version, hash, content, loaded_at) values ('x', 1, repeat('0', 64), '{}', now())"} {
				if code := refusedBy(t, ctx, tx, sql); (code == "") != (as == admin) {
					t.Errorf("%q: %s: %q", as, sql, code)
				}
			}
		})
	}
	p.asRole(inspector, func(ctx context.Context, tx pgx.Tx) {
		if code := refusedBy(t, ctx, tx, "update inspection set fieldwork_note = 'x' where id = $1", outsider); code != "nothing" {
			t.Errorf("an inspector changes an inspection of another team: %q", code)
		}
		if code := refusedBy(t, ctx, tx, "insert into statement (inspection_id, name, value, source) values ($1, 'x', 'x', 'x')", outsider); code != denied {
			t.Errorf("an inspector writes into another team's inspection: %q", code)
		}
	})
	respond := "insert into finding_response (inspection_id, finding_id, stance, responded_by, responded_at) values ($1, $2, 'ACCEPTED', $3, now())"
	p.asRole(facility, func(ctx context.Context, tx pgx.Tx) {
		if code := refusedBy(t, ctx, tx, respond, p.issued, p.standing, p.users[reviewer].ID); code != denied {
			t.Errorf("a facility responds in another's name: %q", code)
		}
		if code := refusedBy(t, ctx, tx, respond, p.issued, p.standing, p.users[facility].ID); code != "" {
			t.Errorf("a facility cannot respond: %q", code)
		}
	})
	for _, as := range []string{elsewhere, fieldOffice, reviewer, lead} {
		p.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			if code := refusedBy(t, ctx, tx, respond, p.issued, p.standing, p.users[as].ID); code != denied {
				t.Errorf("%s responds for the facility: %q", as, code)
			}
		})
	}
}

// planOf is an inspection that the world's inspectors have no part in.
func (w *world) planOf(as string) string {
	w.t.Helper()
	payload := w.do(as, "planInspection", "PlanInspectionInput", header, map[string]any{"facilityId": w.other, "editionId": w.edition.ID, "origin": "LIVE",
		"scope": "FULL", "announced": true, "plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID, "standardIds": []any{w.standard("5.8").ID}})
	return fields(payload, "inspection", "id").(string)
}

// The states and the separation of duties hold in the database alone.
func TestTheDatabaseKeepsDutiesApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.deficiency(second, id, "5.8", nil)
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	w.step(lead, "submitForReview", "StepInput", id, nil)
	const state, duties = "PL003", "PL004"
	sign := "update inspection set approved_by = $2, approved_at = now() where id = $1"
	for signer, want := range map[string]string{lead: duties, inspector: duties, second: duties, analyst: duties, admin: duties, reviewer: ""} {
		w.asRole(reviewer, func(ctx context.Context, tx pgx.Tx) {
			if code := refusedBy(t, ctx, tx, sign, id, w.users[signer].ID); code != want {
				t.Errorf("a reviewer signs as %s: %q, want %q", signer, code, want)
			}
		})
	}
	for _, as := range []string{lead, inspector} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			if code := refusedBy(t, ctx, tx, sign, id, w.users[reviewer].ID); code != duties {
				t.Errorf("%s signs in the reviewer's name: %q", as, code)
			}
			if code := refusedBy(t, ctx, tx, "update inspection set state = 'ISSUED' where id = $1", id); code != state {
				t.Errorf("%s issues unsigned: %q", as, code)
			}
			if code := refusedBy(t, ctx, tx, "update inspection set state = 'CLOSED' where id = $1", id); code != state {
				t.Errorf("%s closes what was not issued: %q", as, code)
			}
			insert := `insert into inspection (id, facility_id, origin, scope, announced, planned_start, planned_end, state, lead_id, planned_by, planned_at)
				select gen_random_uuid(), facility_id, 'LIVE', 'FULL', true, planned_start, planned_end, $2, lead_id, planned_by, planned_at from inspection where id = $1`
			for begin, want := range map[string]string{"PLANNED": "", "ISSUED": state, "IN_REVIEW": state} {
				if code := refusedBy(t, ctx, tx, insert, id, begin); code != want {
					t.Errorf("%s begins an inspection as %s: %q", as, begin, code)
				}
			}
		})
	}
}

// Nobody writes an audit event in another's name.
func TestAnAuditEventNamesItsOwnActor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	insert := `insert into audit_event (chain, n, id, at, actor_id, actor_role, action, outcome, target_type, target_id, detail, mac)
		values ('x', 1, gen_random_uuid(), now(), $1, $2, 'x', 'DONE', 'x', gen_random_uuid(), '{}', sha256('x'))`
	for _, c := range []struct {
		as, actor, role, want string
	}{
		{lead, lead, "LEAD_INSPECTOR", ""}, {facility, facility, "FACILITY", ""},
		{lead, reviewer, "REVIEWER", denied}, {lead, lead, "REVIEWER", denied}, {facility, lead, "FACILITY", denied}, {"", lead, "LEAD_INSPECTOR", denied},
	} {
		w.asRole(c.as, func(ctx context.Context, tx pgx.Tx) {
			if code := refusedBy(t, ctx, tx, insert, w.users[c.actor].ID, c.role); code != c.want {
				t.Errorf("%q writes as %s, %s: %q, want %q", c.as, c.actor, c.role, code, c.want)
			}
		})
	}
}
