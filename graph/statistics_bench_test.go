package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// crowd writes issued inspections of the whole edition, spread over the facilities and over ten years:
// 700 answers each, twelve deficiencies with their corrective actions, one in four a repeat. It does so
// set-wise, with every trigger in force.
func (n *nation) crowd(db *pgxpool.Pool, inspections int) {
	n.t.Helper()
	err := pgx.BeginFunc(n.t.Context(), db, func(tx pgx.Tx) error {
		for _, step := range []struct {
			sql  string
			args []any
		}{
			{"select set_config('plumbline.role', 'REVIEWER', true), set_config('plumbline.user', $1, true)", []any{n.users[reviewer].ID.String()}},
			{`insert into inspection (id, facility_id, origin, scope, announced, planned_start, planned_end, state, lead_id, planned_by, planned_at, fieldwork_done_at)
				select gen_random_uuid(), f.id, 'LIVE', 'FULL', i % 2 = 0, date '2016-01-01' + i * 3650 / $1::int, date '2016-01-03' + i * 3650 / $1::int, 'PLANNED', $2, $2, now(), now()
				from generate_series(0, $1::int - 1) i join (select id, row_number() over (order by name, id) - 1 n, count(*) over () of from facility) f on f.n = i % f.of`, []any{inspections, n.users[lead].ID}},
			{`insert into inspection_standard (inspection_id, standard_id, edition_id, position) select i.id, s.id, s.edition_id, s.position from inspection i, standard s where s.edition_id = $1`, []any{n.edition.ID}},
			{`insert into answer (inspection_id, id, standard_id, requirement_id, position, rating, methods, seq)
				select i.id, gen_random_uuid(), r.standard_id, r.id, r.position, (array['MEETS', 'MEETS', 'MEETS', 'MEETS', 'DOES_NOT_MEET', 'NOT_APPLICABLE', 'UNDETERMINED', 'NOT_REVIEWED'])[1 + abs(hashtext(r.key || i.id)::bigint) % 8],
				       case when abs(hashtext(i.id || r.key)::bigint) % 2 = 0 then '{OBSERVATION,DOCUMENT}'::text[] else '{DOCUMENT}' end, 1 from inspection i, requirement r where r.edition_id = $1`, []any{n.edition.ID}},
			{`insert into finding (inspection_id, id, kind, standard_id, requirement_id, text, responsible_party, corrected_on_site, author_id, recorded_at, revised_by, revised_at, seq, repeat_derived, repeat_times, repeat_first_on, repeat_days_open)
				select i.id, gen_random_uuid(), 'DEFICIENCY', r.standard_id, r.id, 'x', 'FACILITY', 'NONE', $2, now(), $2, now(), 1, case when k % 4 = 0 then 'CERTAIN' else 'NONE' end, (k % 4 = 0)::int,
				       case when k % 4 = 0 then i.planned_start - 100 end, case when k % 4 = 0 then k * 37 end
				from inspection i, generate_series(0, 11) k cross join lateral (select * from requirement where edition_id = $1 order by key offset 50 * k limit 1) r`, []any{n.edition.ID, n.users[inspector].ID}},
			{"update inspection set state = 'IN_PROGRESS'", nil}, {"update inspection set state = 'FIELDWORK_DONE'", nil}, {"update inspection set state = 'IN_REVIEW'", nil},
			{"update inspection set state = 'ISSUED', approved_by = $1, final_by = $1, issued_by = $1, issued_at = now() + interval '9 days', final_at = now(), final_rating = 'Pass'", []any{n.users[reviewer].ID}},
			{"set local session_replication_role = replica", nil},
			{`insert into corrective_action (inspection_id, id, finding_id, state, plan_due, proof_due, opened_at, changed_at)
				select inspection_id, gen_random_uuid(), id, (array['OPEN', 'PLANNED', 'VERIFIED', 'REPORTED_DONE'])[1 + abs(hashtext(id::text)::bigint) % 4], now() - interval '40 days', now() - interval '10 days', now(), now() from finding`, nil},
			{"set local session_replication_role = origin", nil},
			{`insert into finding_response (inspection_id, finding_id, stance, responded_by, responded_at) select inspection_id, id, 'ACCEPTED', $1, now() from finding`, []any{n.users[facility].ID}},
		} {
			if _, err := tx.Exec(n.t.Context(), step.sql, step.args...); err != nil {
				return fmt.Errorf("%w: %s", err, step.sql)
			}
		}
		return nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
	if _, err := db.Exec(n.t.Context(), "vacuum analyze"); err != nil {
		n.t.Fatal(err)
	}
}

// BenchmarkStatistics asks every question of the dashboard over 10,500 answers and over ten times as
// many: what it costs to grow.
func BenchmarkStatistics(b *testing.B) {
	for _, inspections := range []int{15, 150} {
		n := newNation(b)
		n.manyFacilities(300)
		n.crowd(n.behind(), inspections)
		for _, q := range questions {
			body := operation(b, q.query, nil)
			b.Run(fmt.Sprintf("%s/answers=%d", nameOf(q.query), inspections*700), func(b *testing.B) {
				for b.Loop() {
					if response := n.read(body, analyst); contains(response.Body.String(), `"errors"`) {
						b.Fatal(response.Body.String())
					}
				}
			})
		}
	}
}

// nameOf is the question's own words up to its selection.
func nameOf(query string) string {
	name, _, _ := strings.Cut(query[2:], " {")
	return strings.ReplaceAll(name, " ", "")
}
