package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// history selects the issued inspections that count for another; see inspection.HistoryQuery.
const history = `i.facility_id = $1 and i.origin = $2 and i.id <> $3 and i.state in ('ISSUED', 'CLOSED')
	and i.planned_end < $4::date and ($5::timestamptz is null or i.issued_at <= $5)`

func historyArgs(q inspection.HistoryQuery) []any {
	return []any{q.FacilityID, q.Origin, q.Except, q.EndedBefore, q.IssuedUntil}
}

// priorColumns reads a deficiency of an inspection i, and priorTables joins what they need of the finding
// f; now is the parameter with the moment at which the corrective action is looked at.
func priorColumns(now string) string {
	return `f.id, i.id, i.planned_end, i.scope, coalesce(e.standards_set, ''), coalesce(l.code, ''), coalesce(r.lineage, ''),
		coalesce(s.number, f.standard_text), f.requirement_id, f.code, f.citation, f.citation_confirmed, f.text, f.priority_declared,
		f.priority_derived, f.corrected_on_site, a.id, action_state(a.state, a.waived_until, ` + now + `),
		case a.state when 'VERIFIED' then a.verified_at end`
}

// priorFindings joins the deficiencies f of an inspection i, those among them that were adopted late. Unfenced, PostgreSQL
// would read all of every inspection.
const priorFindings = `cross join lateral (select * from deficiency where inspection_id = i.id offset 0) f`

const priorTables = `left join standard s on s.id = f.standard_id
		left join edition e on e.id = s.edition_id
		left join worksheet_line l on l.id = f.line_id
		left join requirement r on r.id = f.requirement_id
		left join corrective_action a on a.inspection_id = f.inspection_id and a.finding_id = f.id`

// scanPrior scans priorColumns, and what follows them.
func scanPrior(rows pgx.Rows, p *inspection.PriorDeficiency, more ...any) error {
	var ended pgtype.Date
	var requirement, action pgtype.UUID
	var state pgtype.Text
	var verified pgtype.Timestamptz
	err := rows.Scan(append([]any{&p.FindingID, &p.InspectionID, &ended, &p.Scope, &p.Set, &p.Line, &p.Lineage, &p.Standard, &requirement, &p.Code,
		&p.Citation, &p.CitationConfirmed, &p.Text, &p.PriorityDeclared, &p.PriorityDerived, &p.CorrectedOnSite, &action, &state, &verified}, more...)...)
	p.EndedOn, p.RequirementID, p.ActionID = ended.Time, id(requirement), id(action)
	p.ActionState, p.VerifiedAt = inspection.ActionState(state.String), at(verified)
	return err
}

func (t *tx) PriorDeficiencies(ctx context.Context, q inspection.HistoryQuery) ([]inspection.PriorDeficiency, error) {
	return collect(ctx, t, "prior deficiencies", func(rows pgx.Rows, p *inspection.PriorDeficiency) error { return scanPrior(rows, p) },
		"select "+priorColumns("$6")+`
		from inspection i `+priorFindings+`
		`+priorTables+`
		where `+history+`
		  and not exists (select from finding_response p where p.inspection_id = f.inspection_id and p.finding_id = f.id and p.ruling = 'WITHDRAWN')
		order by i.planned_end, i.id, f.recorded_at, f.id`, append(historyArgs(q), q.Now)...)
}

func (t *tx) SaveRepeats(ctx context.Context, fs []inspection.Finding) error {
	if len(fs) == 0 {
		return nil
	}
	rows := make([]row, len(fs))
	for n, f := range fs {
		rows[n] = row{"inspection_id": f.InspectionID, "id": f.ID, "repeat_derived": f.RepeatDerived, "repeat_times": f.RepeatTimes,
			"repeat_first_on": f.RepeatFirstOn, "repeat_days_open": f.RepeatDaysOpen, "repeat_of": list(f.RepeatOf), "seq": f.Seq}
	}
	document, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("storage: repeats: %w", err)
	}
	_, err = t.Exec(ctx, `update finding f set repeat_derived = r.repeat_derived, repeat_times = r.repeat_times, repeat_first_on = r.repeat_first_on,
		repeat_days_open = r.repeat_days_open, repeat_of = r.repeat_of, seq = r.seq
		from json_populate_recordset(null::finding, $1::json) r where f.inspection_id = r.inspection_id and f.id = r.id`, document)
	if err != nil {
		return fmt.Errorf("storage: repeats: %w", err)
	}
	return nil
}

func (t *tx) LastInspection(ctx context.Context, q inspection.HistoryQuery, scopes []inspection.Scope) (*inspection.LastInspection, error) {
	found, err := collect(ctx, t, "last inspection", func(rows pgx.Rows, l *inspection.LastInspection) error {
		var ended pgtype.Date
		err := rows.Scan(&l.ID, &ended, &l.Reviewed)
		l.EndedOn = ended.Time
		return err
	}, `select i.id, i.planned_end, array(
		  select distinct s.number from inspection_standard x join standard s on s.id = x.standard_id
		  left join lateral (select bool_or(w.rating <> 'NOT_REVIEWED') as rated from answer w
		    where w.inspection_id = x.inspection_id and w.standard_id = x.standard_id) items on true
		  where x.inspection_id = i.id and coalesce(items.rated, true) order by 1)
		from inspection i where `+history+` and i.scope = any ($6)
		order by i.planned_end desc, i.id desc limit 1`, append(historyArgs(q), scopes)...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// keptTrend is the part of a trend that is kept apart.
type keptTrend struct {
	FoundMet    []inspection.ID `json:"foundMet"`
	NotLookedAt []inspection.ID `json:"notLookedAt"`
}

func (t *tx) SaveTrend(ctx context.Context, of inspection.ID, trend inspection.Trend) error {
	apart, err := json.Marshal(keptTrend{trend.FoundMet, trend.NotLookedAt})
	if err != nil {
		return fmt.Errorf("storage: trend of %s: %w", of, err)
	}
	trend.FoundMet, trend.NotLookedAt = nil, nil
	body, err := json.Marshal(trend)
	if err != nil {
		return fmt.Errorf("storage: trend of %s: %w", of, err)
	}
	_, err = t.Exec(ctx, `with report as (insert into trend (inspection_id, body) values ($1, $2))
		insert into trend_fieldwork (inspection_id, body) values ($1, $3)`, of, body, apart)
	if err != nil {
		return fmt.Errorf("storage: trend of %s: %w", of, err)
	}
	return nil
}

func (t *tx) Trend(ctx context.Context, of inspection.ID) (*inspection.Trend, error) {
	var body, apart []byte
	err := t.QueryRow(ctx, `select t.body, w.body from trend t left join trend_fieldwork w using (inspection_id) where t.inspection_id = $1`, of).Scan(&body, &apart)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("storage: trend of %s: %w", of, err)
	}
	var trend inspection.Trend
	if err := json.Unmarshal(body, &trend); err != nil {
		return nil, fmt.Errorf("storage: trend of %s: %w", of, err)
	}
	if apart != nil {
		if err := json.Unmarshal(apart, &trend); err != nil {
			return nil, fmt.Errorf("storage: trend of %s: %w", of, err)
		}
	}
	return &trend, nil
}
