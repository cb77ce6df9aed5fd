package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// repeats are the deficiencies of the counted inspections, x; derived says whether history makes one a
// repeat, days -1 that it does not.
const repeats = countedInspections + `, x as (
	select d.inspection_id, d.id, d.code, coalesce(st.number, d.standard_text) number, d.repeat_declared declared, d.repeat_derived,
	       d.repeat_derived in ('CERTAIN', 'PROBABLE') derived, d.repeat_times, d.repeat_first_on, d.repeat_days_open, d.repeat_of,
	       coalesce(d.repeat_days_open, -1) days
	from finding d left join standard st on st.id = d.standard_id left join edition e on e.id = st.edition_id
	where d.kind = 'DEFICIENCY' and d.removed_at is null and d.inspection_id in (select id from counted)
	  and ($12::text is null or e.standards_set = $12) and ($13::text is null or st.number = $13)
)`

func (t *tx) RepeatDeficiencies(ctx context.Context, q inspection.RepeatQuery) (inspection.RepeatPage, error) {
	var page inspection.RepeatPage
	after := inspection.RepeatCursor{}
	if q.After != nil {
		after = *q.After
	}
	found, err := collect(ctx, t, "repeats", scanRepeat, repeats+`
		select x.id, x.inspection_id, x.code, x.number, x.declared, x.repeat_derived, x.repeat_times, x.repeat_first_on, x.repeat_days_open, x.repeat_of,
		       c.facility_id, c.name, c.city, c.state, c.field_office, c.origin, c.planned_start
		from x join counted c on c.id = x.inspection_id
		where (x.declared or x.derived) and ($14::boolean or (-x.days, x.id) > (-$15::int, $16::uuid))
		order by -x.days, x.id limit $17`,
		append(filterArgs(q.Filter), q.After == nil, after.DaysOpen, after.Finding, q.Limit+1)...)
	if err != nil {
		return page, err
	}
	page.Repeats, page.More = found[:min(len(found), q.Limit)], len(found) > q.Limit
	c, days := &page.Counts, []int{}
	err = t.QueryRow(ctx, repeats+`
		select count(*), count(*) filter (where declared), count(*) filter (where repeat_derived = 'CERTAIN'), count(*) filter (where repeat_derived = 'PROBABLE'),
		       count(*) filter (where declared and repeat_derived = 'NONE'), count(*) filter (where derived and not declared),
		       count(*) filter (where derived and declared), count(*) filter (where repeat_derived = ''), `+bucketsOf("repeat_days_open")+` from x`,
		filterArgs(q.Filter)...).Scan(&c.Deficiencies, &c.Declared, &c.Certain, &c.Probable, &c.DeclaredAlone, &c.DerivedAlone, &c.Both, &c.Underived, &days)
	if err != nil {
		return page, fmt.Errorf("storage: repeats: %w", err)
	}
	c.DaysOpen = inspection.Buckets(days)
	return page, nil
}

func scanRepeat(rows pgx.Rows, r *inspection.RepeatDeficiency) error {
	var first, start pgtype.Date
	f := &r.Facility
	err := rows.Scan(&r.FindingID, &r.InspectionID, &r.Code, &r.Standard, &r.Declared, &r.RepeatDerived, &r.RepeatTimes, &first, &r.RepeatDaysOpen, &r.RepeatOf,
		&f.ID, &f.Name, &f.City, &f.State, &r.FieldOffice, &r.Origin, &start)
	r.PlannedStart = start.Time
	if first.Valid {
		r.RepeatFirstOn = &first.Time
	}
	return err
}
