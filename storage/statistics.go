package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

// countedInspections are the issued inspections that a filter selects, c, and the facilities that it
// selects, place. Its parameters are $1 to $11.
const countedInspections = `with place as materialized (
	select f.id, f.name, f.city, f.state, coalesce(f.field_office, '') field_office, coalesce(o.name, '') office_name, f.type, f.operator,
	       operator_type(f.operator, f.type) operator_type
	from facility f left join field_office o on o.code = f.field_office
	where ($4::uuid is null or f.id = $4)
	  and ($5::text is null or coalesce(f.field_office, '') = $5)
	  and ($6::text is null or f.state = $6)
	  and ($7::text is null or f.type = $7)
	  and ($8::text is null or upper(f.operator) = upper($8))
	  and ($9::text is null or operator_type(f.operator, f.type) = $9)
), counted as materialized (
	select i.id, i.facility_id, i.origin, i.announced, i.planned_start, i.planned_end, i.fieldwork_done_at, i.issued_at, i.final_rating,
	       p.name, p.city, p.state, p.field_office, p.office_name, p.type, p.operator, p.operator_type
	from inspection i join place p on p.id = i.facility_id
	where i.state in ('ISSUED', 'CLOSED') and i.origin = any ($1::text[])
	  and ($2::date is null or i.planned_start >= $2)
	  and ($3::date is null or i.planned_start <= $3)
	  and (cardinality($10::text[]) = 0 or i.scope = any ($10))
	  and ($11::boolean is null or i.announced = $11)
)`

// cells are the standards of the counted inspections, x, each with its tally and deficiencies; what a
// source prints where no standard is known is a cell of its own. Its parameters are $12 and $13.
const cells = countedInspections + `, deficiency as (
	select d.inspection_id, d.standard_id, case when d.standard_id is null then d.standard_text else '' end standard_text,
	       count(*)::int deficiencies, (count(*) filter (where r.ruling = 'WITHDRAWN'))::int withdrawn, (count(*) filter (where d.repeat_declared))::int repeats,
	       (count(*) filter (where d.repeat_derived = 'CERTAIN'))::int certain, (count(*) filter (where d.repeat_derived = 'PROBABLE'))::int probable,
	       (count(*) filter (where d.corrected_on_site in ('FULL', 'PARTIAL')))::int corrected
	from finding d
	left join (select * from finding_response where inspection_id in (select id from counted)) r on r.inspection_id = d.inspection_id and r.finding_id = d.id
	where d.kind = 'DEFICIENCY' and d.removed_at is null and d.inspection_id in (select id from counted)
	group by 1, 2, 3
), cell as (
	select c.id inspection_id, st.number, st.title, e.standards_set edition_set, e.partial,
	       coalesce(t.meets, 0) meets, coalesce(t.does_not_meet, 0) does_not_meet, coalesce(t.not_applicable, 0) not_applicable,
	       coalesce(t.undetermined, 0) undetermined, coalesce(t.not_reviewed, 0) not_reviewed, coalesce(k.corroborated, 0) corroborated,
	       coalesce(d.deficiencies, 0) deficiencies, coalesce(d.withdrawn, 0) withdrawn, coalesce(d.repeats, 0) repeats, coalesce(d.certain, 0) certain, coalesce(d.probable, 0) probable, coalesce(d.corrected, 0) corrected
	from counted c
	join inspection_standard s on s.inspection_id = c.id
	join standard st on st.id = s.standard_id
	join edition e on e.id = s.edition_id
	left join (select * from standard_tally where inspection_id in (select id from counted)) t on t.inspection_id = s.inspection_id and t.standard_id = s.standard_id
	left join (select * from standard_corroboration where inspection_id in (select id from counted)) k on k.inspection_id = s.inspection_id and k.standard_id = s.standard_id
	left join deficiency d on d.inspection_id = s.inspection_id and d.standard_id = s.standard_id
	where ($12::text is null or e.standards_set = $12) and ($13::text is null or st.number = $13)
	union all
	select d.inspection_id, d.standard_text, d.standard_text, '', false, 0, 0, 0, 0, 0, 0, d.deficiencies, d.withdrawn, d.repeats, d.certain, d.probable, d.corrected
	from deficiency d where d.standard_id is null and $12::text is null and $13::text is null
)`

// filterArgs are the parameters $1 to $13; countedInspections alone takes the first 11.
func filterArgs(f inspection.StatisticsFilter) []any {
	return []any{list(f.Origins), f.From, f.To, f.FacilityID, f.FieldOffice, f.State, f.FacilityType, f.Operator, f.OperatorType,
		list(f.Scopes), f.Announced, f.EditionSet, f.StandardNumber}
}

// basis counts the inspections alone: of those selected, the ones that have a standard that is asked for.
const basis = countedInspections + `, used as materialized (
	select c.id, c.origin, c.facility_id, c.planned_start from counted c
	where $12::text is null and $13::text is null or exists (
	  select from inspection_standard s join standard st on st.id = s.standard_id join edition e on e.id = s.edition_id
	  where s.inspection_id = c.id and ($12::text is null or e.standards_set = $12) and ($13::text is null or st.number = $13))
)
select count(*), count(distinct facility_id), min(planned_start), max(planned_start),
       (select json_agg(json_build_object('Origin', origin, 'Inspections', n)) from (select origin, count(*) n from used group by 1) o),
       array(select e.key from edition e where e.partial and ($12::text is null or e.standards_set = $12)
             and exists (select from inspection_standard s join standard st on st.id = s.standard_id
                         where s.edition_id = e.id and s.inspection_id in (select id from used) and ($13::text is null or st.number = $13))
             order by 1)
from used`

func (t *tx) StatisticsBasis(ctx context.Context, f inspection.StatisticsFilter) (inspection.StatisticsBasis, error) {
	var b inspection.StatisticsBasis
	var first, last pgtype.Date
	var origins []byte
	err := t.QueryRow(ctx, basis, filterArgs(f)...).Scan(&b.Inspections, &b.Facilities, &first, &last, &origins, &b.PartialEditions)
	if err != nil {
		return b, fmt.Errorf("storage: statistics: %w", err)
	}
	b.FirstDay, b.LastDay = first.Time, last.Time
	b.Origins, err = decode[inspection.OriginCount](origins)
	return b, err
}

// grouping says by what the counted inspections c and what hangs on them, x, are grouped: the key, its
// place in the list, and its name.
type grouping struct{ key, place, label string }

func groupingOf(by inspection.StatisticsGroup) (grouping, error) {
	plain := func(expression, label string) grouping { return grouping{expression, expression, label} }
	switch by {
	case inspection.ByStandard:
		return grouping{"x.number", "standard_place(x.number)", "min(x.title)"}, nil
	case inspection.ByFacility:
		return grouping{"c.facility_id::text", "c.name", "min(c.name)"}, nil
	case inspection.ByFieldOffice:
		return plain("c.field_office", "min(c.office_name)"), nil
	case inspection.ByState:
		return plain("c.state", "min(c.state)"), nil
	case inspection.ByOperator:
		return plain("upper(c.operator)", "min(c.operator)"), nil
	case inspection.ByOperatorType:
		return plain("c.operator_type", "min(c.operator_type)"), nil
	case inspection.ByFacilityType:
		return plain("c.type", "min(c.type)"), nil
	case inspection.ByEditionSet:
		return plain("x.edition_set", "min(x.edition_set)"), nil
	case inspection.ByMonth:
		return plain("to_char(c.planned_start, 'YYYY-MM')", "to_char(min(c.planned_start), 'YYYY-MM')"), nil
	case inspection.ByQuarter:
		return plain(`to_char(c.planned_start, 'YYYY-"Q"Q')`, `to_char(min(c.planned_start), 'YYYY-"Q"Q')`), nil
	case inspection.ByFiscalYear:
		return plain("to_char(c.planned_start + interval '3 months', '\"FY\"YYYY')", "to_char(min(c.planned_start) + interval '3 months', '\"FY\"YYYY')"), nil
	case inspection.ByAnnouncement:
		key := "case c.announced when true then 'ANNOUNCED' when false then 'UNANNOUNCED' else 'UNKNOWN' end"
		return grouping{key, key, "''"}, nil
	}
	return grouping{}, fmt.Errorf("storage: statistics by %q", by)
}

// groupPage is the end of every grouped statement: groups in the order of their places, from $14 on.
const groupPage = ` select * from grouped where ($14::boolean or (place, key) > ($15::text, $16::text)) order by place, key limit $17`

func pageArgs(q inspection.StatisticsQuery) []any {
	after := inspection.GroupCursor{}
	if q.After != nil {
		after = *q.After
	}
	return append(filterArgs(q.Filter), q.After == nil, after.Sort, after.Key, q.Limit+1)
}

func (t *tx) GroupStatistics(ctx context.Context, q inspection.StatisticsQuery, corroboration bool) ([]inspection.GroupStatistics, bool, error) {
	by, err := groupingOf(q.GroupBy)
	if err != nil {
		return nil, false, err
	}
	groups, err := collect(ctx, t, "statistics", func(rows pgx.Rows, g *inspection.GroupStatistics) error {
		return scanGroup(rows, g, q.GroupBy, corroboration)
	}, cells+fmt.Sprintf(`, grouped as (
		select %s as key, %s as place, %s as label, sum(meets), sum(does_not_meet), sum(not_applicable), sum(undetermined), sum(not_reviewed),
		       sum(corroborated), sum(deficiencies), sum(withdrawn), sum(repeats), sum(certain), sum(probable), count(*) filter (where deficiencies > 0),
		       count(distinct c.id), count(distinct c.facility_id), bool_or(x.partial)
		from cell x join counted c on c.id = x.inspection_id group by 1, 2)`, by.key, by.place, by.label)+groupPage, pageArgs(q)...)
	if err != nil {
		return nil, false, err
	}
	return groups[:min(len(groups), q.Limit)], len(groups) > q.Limit, nil
}

func scanGroup(rows pgx.Rows, g *inspection.GroupStatistics, by inspection.StatisticsGroup, corroboration bool) error {
	var corroborated int
	i := &g.Items
	err := rows.Scan(&g.Key, &g.Sort, &g.Label, &i.Meets, &i.DoesNotMeet, &i.NotApplicable, &i.Undetermined, &i.NotReviewed, &corroborated,
		&g.Deficiencies, &g.Withdrawn, &g.RepeatsDeclared, &g.RepeatsCertain, &g.RepeatsProbable, &g.DeficientStandards, &g.Inspections, &g.Facilities, &g.Partial)
	if err != nil {
		return err
	}
	g.Items = scoring.Count(g.Items)
	g.Coverage = scoring.Part(g.Items.Reviewed(), g.Items.Applicable())
	if corroboration {
		share := scoring.Part(corroborated, g.Items.Reviewed())
		g.Corroboration = &share
	}
	g.FacilityID, err = facilityKey(by, g.Key)
	return err
}

// facilityKey is the facility that a group is, nil for any other group.
func facilityKey(by inspection.StatisticsGroup, key string) (*inspection.ID, error) {
	if by != inspection.ByFacility {
		return nil, nil
	}
	var id inspection.ID
	return &id, id.UnmarshalText([]byte(key))
}
