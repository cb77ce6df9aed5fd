package graph_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// An issued inspection is frozen for the server's role too, whatever role it plays.
func TestWhatIsIssuedIsFrozen(t *testing.T) {
	t.Parallel()
	p := play(t)
	const frozen = "PL001"
	for _, as := range []string{lead, reviewer} {
		p.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			for sql, want := range map[string]string{
				"update answer set rating = 'MEETS' where inspection_id = $1":                                                                                  frozen,
				"update answer set inspection_id = '" + p.running + "' where inspection_id = $1":                                                               frozen,
				"update finding set text = 'x' where inspection_id = $1":                                                                                       frozen,
				"update finding set inspection_id = '" + p.running + "' where inspection_id = $1":                                                              frozen,
				"update dispute set ruling_reason = 'x' where inspection_id = $1":                                                                              frozen,
				"update score set result = 'DOES_NOT_MEET' where inspection_id = $1":                                                                           frozen,
				"update team_member set removed_at = now() where inspection_id = $1":                                                                           frozen,
				"update milestone set note = 'x' where inspection_id = $1":                                                                                     frozen,
				"update inspection_standard set assigned_to = null where inspection_id = $1":                                                                   frozen,
				"update evidence set caption = 'x' where inspection_id = $1":                                                                                   frozen,
				"update evidence set accepted_reason = 'x' where inspection_id = $1":                                                                           frozen,
				"update evidence set sha256 = sha256('x') where inspection_id = $1":                                                                            "PL002",
				"update evidence set version_id = 'x' where inspection_id = $1":                                                                                "PL002",
				"update evidence set retain_until = now() where inspection_id = $1":                                                                            "",
				"update inspection set state = 'IN_PROGRESS' where id = $1":                                                                                    "PL003",
				"update inspection set state = 'CANCELLED', cancelled_reason = 'x' where id = $1":                                                              "PL003",
				"update inspection set final_rating = 'x' where id = $1":                                                                                       frozen,
				"update inspection set facility_id = (select facility_id from inspection i where i.id = inspection.id), source = 'x' where id = $1":            frozen,
				"insert into statement (inspection_id, name, value, source) values ($1, 'x', 'x', 'x')":                                                        frozen,
				"insert into score (inspection_id, policy, version, result, computed_at) values ($1, 'x', 1, 'x', now())":                                      frozen,
				"insert into score_body select inspection_id, policy, 2, body from score_body where inspection_id = $1":                                        frozen,
				"insert into snapshot (inspection_id, body, sha256, taken_at) values ($1, 'x', sha256('x'), now())":                                            frozen,
				"insert into report (inspection_id, form, body, sha256, snapshot_sha256, made_at) values ($1, 'PUBLIC', 'x', sha256('x'), sha256('x'), now())": frozen,
				"insert into answer_revision select inspection_id, answer_id, 99, seq, rating, reason, remarks, methods, corrected_on_site, sample, author_id, device_id, device_time, recorded_at from answer_revision where inspection_id = $1": frozen,
				"insert into evidence select * from evidence where inspection_id = $1": frozen,
			} {
				if code := refusedBy(t, ctx, tx, sql, p.issued); code != want {
					t.Errorf("%s: %s: %q, want %q", as, sql, code, want)
				}
			}
			// A table of the attacker's own does not stand in for the real one.
			for _, sql := range []string{"create temp table inspection (id uuid, state text)", "grant all on pg_temp.inspection to public",
				"insert into pg_temp.inspection values ('" + p.issued + "', 'IN_PROGRESS')"} {
				if _, err := tx.Exec(ctx, sql); err != nil {
					t.Fatal(err)
				}
			}
			if code := refusedBy(t, ctx, tx, "update answer set rating = 'DOES_NOT_MEET' where inspection_id = $1", p.issued); code != frozen {
				t.Errorf("%s with a table of their own changes an issued answer: %q", as, code)
			}
		})
	}
}
