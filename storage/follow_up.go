package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

func (t *tx) PastDeficiencies(ctx context.Context, facility inspection.ID, origin inspection.Origin, now time.Time) ([]inspection.PastDeficiency, error) {
	return collect(ctx, t, "past deficiencies", func(rows pgx.Rows, d *inspection.PastDeficiency) error {
		var ended pgtype.Date
		var opened pgtype.Timestamptz
		err := rows.Scan(&d.InspectionID, &ended, (*uid)(&d.FindingID), &d.Number, &d.Code, &d.Title, &d.State, &opened)
		d.EndedOn, d.OpenedAt = ended.Time, opened.Time.UTC()
		return err
	}, `select i.id, i.planned_end, f.id, coalesce(s.number, ''), coalesce(s.code, f.standard_text, ''), coalesce(s.title, ''),
		coalesce(action_state(a.state, a.waived_until, $3), ''), a.opened_at
		from inspection i
		left join lateral (select * from deficiency where inspection_id = i.id offset 0) f on true
		left join standard s on s.id = f.standard_id
		left join corrective_action a on a.inspection_id = i.id and a.finding_id = f.id
		where i.facility_id = $1 and i.origin = $2 and i.state in ('ISSUED', 'CLOSED')
		order by i.planned_end desc, i.issued_at desc, i.id, f.recorded_at, f.id`, facility, origin, now)
}
