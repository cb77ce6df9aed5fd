package graph_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Of a running inspection nobody outside of it learns anything from the tables and functions of the
// sync, also when asked directly: not even how much there is.
func TestWhatTheDatabaseTellsOfSyncAndToWhom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	w.leaves(id, second)
	w.mustExec(db, "alter table team_member disable trigger all")
	w.mustExec(db, "delete from team_member where user_id = $1", w.users[second].ID)
	device := w.registered(inspector, "a tablet")
	for _, of := range []string{"answer", "interviewNote"} {
		w.keep(db, id, kept{user: inspector, code: "LATE_REVOKED", late: true, collection: of})
	}
	by := w.users[inspector].ID
	w.mustExec(db, "insert into device_contact (inspection_id, device_id, user_id, first_contact_at, last_contact_at) values ($1, $2, $3, now(), now())", id, device.ID, by)
	w.mustExec(db, `insert into observation (inspection_id, id, text, author_id, recorded_at, revised_by, revised_at, seq) values ($1, gen_random_uuid(), 'x', $2, now(), $2, now(), 1)`, id, by)
	w.mustExec(db, `insert into interview_note (inspection_id, id, key_id, sealed, author_id, device_id, received_at) values ($1, gen_random_uuid(), 'k', 'x', $2, $3, now())`, id, by, device.ID)
	answers := "(select array_agg(id) from (select ($2::uuid) as id) a)"
	for what, c := range map[string]struct {
		sql  string
		sees map[string]int // by user; nobody else any
	}{
		"kept writes":        {"select count(*) from kept_write where inspection_id = $1 and $2::uuid is not null", map[string]int{inspector: 2, lead: 2, reviewer: 2, auditor: 1}},
		"contacts":           {"select count(*) from device_contact where inspection_id = $1 and $2::uuid is not null", map[string]int{inspector: 1, lead: 1, reviewer: 1, auditor: 1}},
		"observations":       {"select count(*) from observation where inspection_id = $1 and $2::uuid is not null", map[string]int{inspector: 1, lead: 1, reviewer: 1, auditor: 1}},
		"devices of notes":   {"select count(*) from notes_brought($1) where $2::uuid is not null", map[string]int{inspector: 1, lead: 1, reviewer: 1, auditor: 1}},
		"standing":           {"select count(*) from push_standing($1) where $2::uuid is not null", map[string]int{inspector: 1, lead: 1}},
		"departed documents": {"select count(*) from departed_documents('observation', array[$1::uuid], array['00000000-0000-0000-0000-000000000000'::uuid], 10) where $2::uuid is not null", map[string]int{inspector: 1, lead: 1}},
		"rows to forget":     {"select count(*) from rows_to_forget('inspection', array[$1::uuid]) where $2::uuid is not null", map[string]int{inspector: 1, lead: 1}},
		"own versions":       {"select count(*) from own_versions('answer', $1, " + answers + ")", nil},
		"ids taken":          {"select count(*) from ids_taken($1, 'finding', " + answers + ")", map[string]int{inspector: 1, lead: 1, second: 1, reviewer: 1}},
		"stamps":             {"select count(*) from inspection_stamp where inspection_id = $1 and $2::uuid is not null", map[string]int{inspector: 1, lead: 1, reviewer: 1, auditor: 1}},
	} {
		for _, as := range []string{inspector, second, lead, reviewer, auditor, analyst, facility, fieldOffice, privacy, admin} {
			var got int
			w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
				if err := tx.QueryRow(ctx, c.sql, id, w.answerID(id, w.standard("5.8").Requirements[0].ID)).Scan(&got); err != nil {
					t.Errorf("%s, of %s: %v", as, what, err)
				}
			})
			if got != c.sees[as] {
				t.Errorf("%s sees %d of %s, want %d", as, got, what, c.sees[as])
			}
		}
	}
	for _, as := range []string{facility, fieldOffice, analyst, auditor, privacy, admin, second} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			for _, sql := range []string{
				"insert into observation (inspection_id, id, text, author_id, recorded_at, revised_by, revised_at, seq) values ($1, gen_random_uuid(), 'x', actor_id(), now(), actor_id(), now(), 2)",
				"insert into device_contact (inspection_id, device_id, user_id, first_contact_at, last_contact_at) values ($1, gen_random_uuid(), actor_id(), now(), now())",
				"insert into interview_note (inspection_id, id, key_id, sealed, author_id, received_at) values ($1, gen_random_uuid(), 'k', 'x', actor_id(), now())",
				`insert into kept_write (inspection_id, id, collection, document_id, document, sha256, code, reason, late, user_id, received_at)
					values ($1, gen_random_uuid(), 'answer', gen_random_uuid(), '{}', sha256('x'), 'INVALID', 'x', false, actor_id(), now())`,
			} {
				if got := refusedBy(t, ctx, tx, sql, id); got != denied {
					t.Errorf("%s is answered %q to %s", as, got, sql)
				}
			}
			for _, sql := range []string{"update kept_write set decision = 'DISMISSED', decided_by = actor_id(), decided_at = now(), decision_reason = 'x' where inspection_id = $1",
				"update observation set text = 'y' where inspection_id = $1", "update device_contact set outbox = 0, outbox_at = now() where inspection_id = $1"} {
				if tag, err := tx.Exec(ctx, sql, id); err != nil || tag.RowsAffected() != 0 {
					t.Errorf("%s: %s changes %d rows, %v", as, sql, tag.RowsAffected(), err)
					return
				}
			}
		})
	}
}
