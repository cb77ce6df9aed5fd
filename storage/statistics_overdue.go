package storage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// actions are the corrective actions of the counted inspections, x, each as it stands at $14, with the due
// dates that it missed by then and the earliest of them; see CorrectiveAction.At and Pending.
const actions = countedInspections + `, x as (
	select a.inspection_id, a.id, a.finding_id, m.state, a.abatement_due, a.plan_due, a.proof_due, d.code,
	       coalesce(st.number, d.standard_text) number, coalesce(st.title, d.standard_text) title, coalesce(e.standards_set, '') edition_set,
	       m.abatement, m.plan, m.proof,
	       least(case when m.abatement then a.abatement_due end, case when m.plan then a.plan_due end, case when m.proof then a.proof_due end) missed
	from corrective_action a
	` + deficiencyOf + ` d
	left join standard st on st.id = d.standard_id
	left join edition e on e.id = st.edition_id
	cross join lateral (select action_state(a.state, a.waived_until, $14) state) s
	cross join lateral (select s.state, s.state in ('OPEN', 'PLANNED', 'REOPENED') and coalesce(a.abatement_due < $14, false) abatement,
	                           s.state in ('OPEN', 'PLANNED', 'REOPENED') and a.planned_at is null and a.plan_due < $14 plan,
	                           s.state in ('OPEN', 'PLANNED', 'REOPENED') and a.proof_due < $14 proof) m
	where a.inspection_id in (select id from counted)
	  and ($12::text is null or e.standards_set = $12) and ($13::text is null or st.number = $13)
)`

// daysOverdue is the whole days since the earliest missed date.
const daysOverdue = `(floor(extract(epoch from $14::timestamptz - x.missed) / 86400)::int)`

func (t *tx) OverdueActions(ctx context.Context, q inspection.OverdueQuery) (inspection.OverduePage, error) {
	after := inspection.OverdueCursor{}
	if q.After != nil {
		after = *q.After
	}
	found, err := collect(ctx, t, "overdue actions", scanOverdue, actions+`
		select x.id, x.inspection_id, x.finding_id, x.state, x.abatement_due, x.plan_due, x.proof_due, x.code, x.number,
		       x.missed, `+daysOverdue+`, x.abatement, x.plan, x.proof, c.facility_id, c.name, c.city, c.state, c.field_office, c.origin, c.planned_start
		from x join counted c on c.id = x.inspection_id
		where x.missed is not null and ($15::boolean or (x.missed, x.id) > ($16::timestamptz, $17::uuid))
		order by x.missed, x.id limit $18`,
		append(filterArgs(q.Filter), q.Now, q.After == nil, after.Missed, after.Action, q.Limit+1)...)
	if err != nil {
		return inspection.OverduePage{}, err
	}
	return inspection.OverduePage{Actions: found[:min(len(found), q.Limit)], More: len(found) > q.Limit}, nil
}

func scanOverdue(rows pgx.Rows, o *inspection.OverdueAction) error {
	var abatement pgtype.Timestamptz
	var start pgtype.Date
	f := &o.Facility
	err := rows.Scan(&o.ActionID, &o.InspectionID, &o.FindingID, &o.State, &abatement, &o.PlanDue, &o.ProofDue, &o.Code, &o.Standard,
		&o.Missed, &o.DaysOverdue, &o.Abatement, &o.Plan, &o.Proof, &f.ID, &f.Name, &f.City, &f.State, &o.FieldOffice, &o.Origin, &start)
	o.AbatementDue, o.PlanDue, o.ProofDue = at(abatement), o.PlanDue.UTC(), o.ProofDue.UTC()
	o.Missed, o.PlannedStart = o.Missed.UTC(), start.Time
	return err
}

func (t *tx) OverdueGroups(ctx context.Context, q inspection.StatisticsQuery, now time.Time) ([]inspection.OverdueGroup, bool, error) {
	by, err := groupingOf(q.GroupBy)
	if err != nil {
		return nil, false, err
	}
	// The page's parameters move up by one: $14 is the moment.
	page := strings.NewReplacer("$14", "$15", "$15", "$16", "$16", "$17", "$17", "$18").Replace(groupPage)
	args := pageArgs(q)
	args = append(append(append([]any{}, args[:13]...), now), args[13:]...)
	groups, err := collect(ctx, t, "overdue actions", func(rows pgx.Rows, g *inspection.OverdueGroup) error {
		var days []int
		err := rows.Scan(&g.Key, &g.Sort, &g.Label, &g.Actions, &g.Unsettled, &g.Overdue, &g.Abatement, &g.Plan, &g.Proof, &g.MostDays, &days)
		if err != nil {
			return err
		}
		g.DaysOverdue = inspection.Buckets(days)
		g.FacilityID, err = facilityKey(q.GroupBy, g.Key)
		return err
	}, actions+fmt.Sprintf(`, grouped as (
		select %s as key, %s as place, %s as label, count(*), count(*) filter (where x.state not in ('VERIFIED', 'WAIVED', 'WITHDRAWN')),
		       count(x.missed), count(*) filter (where abatement), count(*) filter (where plan), count(*) filter (where proof),
		       coalesce(max(%s), 0), %s
		from x join counted c on c.id = x.inspection_id group by 1, 2)`, by.key, by.place, by.label, daysOverdue, bucketsOf(daysOverdue))+page, args...)
	if err != nil {
		return nil, false, err
	}
	return groups[:min(len(groups), q.Limit)], len(groups) > q.Limit, nil
}

// bucketsOf counts an expression of days by the buckets of the domain, as an array.
func bucketsOf(days string) string {
	from := inspection.BucketsFrom()
	counts := make([]string, len(from))
	for n := range from {
		until := ""
		if n+1 < len(from) {
			until = fmt.Sprintf(" and %s < %d", days, from[n+1])
		}
		counts[n] = fmt.Sprintf("count(*) filter (where %s >= %d%s)", days, from[n], until)
	}
	return "array[" + strings.Join(counts, ", ") + "]"
}
