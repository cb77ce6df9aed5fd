package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

func (t *tx) SystemTotals(ctx context.Context, now time.Time) (inspection.Totals, error) {
	var totals inspection.Totals
	var document []byte
	if err := t.QueryRow(ctx, "select system_totals($1)", now).Scan(&document); err != nil {
		return totals, fmt.Errorf("storage: system totals: %w", err)
	}
	if document == nil {
		return totals, missing("total")
	}
	if err := json.Unmarshal(document, &totals); err != nil {
		return totals, fmt.Errorf("storage: system totals: %w", err)
	}
	return totals, nil
}

const measures = cells + `, timely as (
	select floor(extract(epoch from issued_at - fieldwork_done_at) / 86400)::int days from counted where fieldwork_done_at is not null
), acting as (
	select a.state from corrective_action a where a.inspection_id in (select id from counted) and a.state <> 'WITHDRAWN'
), total as (
	select coalesce(sum(meets), 0), coalesce(sum(does_not_meet), 0), coalesce(sum(not_applicable), 0), coalesce(sum(undetermined), 0),
	       coalesce(sum(not_reviewed), 0), coalesce(sum(corroborated), 0), coalesce(sum(deficiencies), 0), coalesce(sum(repeats), 0), coalesce(sum(certain + probable), 0),
	       coalesce(sum(corrected), 0)
	from cell
)
select total.*, (select count(*) from timely), (select percentile_disc(array[0, 0.5, 0.9, 1]) within group (order by days) from timely),
       (select count(*) from acting), (select count(*) from acting where state = 'VERIFIED')
from total`

func (t *tx) Measures(ctx context.Context, f inspection.StatisticsFilter) (inspection.Measures, error) {
	var m inspection.Measures
	var items scoring.Tally
	var corroborated, deficiencies, repeats, derived, corrected, actions, verified int
	var days []int
	err := t.QueryRow(ctx, measures, filterArgs(f)...).
		Scan(&items.Meets, &items.DoesNotMeet, &items.NotApplicable, &items.Undetermined, &items.NotReviewed, &corroborated, &deficiencies,
			&repeats, &derived, &corrected, &m.DaysToIssue.Count, &days, &actions, &verified)
	if err != nil {
		return m, fmt.Errorf("storage: measures: %w", err)
	}
	items = scoring.Count(items)
	m.Coverage, m.Corroboration = scoring.Part(items.Reviewed(), items.Applicable()), scoring.Part(corroborated, items.Reviewed())
	m.NotApplicable = scoring.Part(items.NotApplicable, items.Total)
	m.RepeatDerived = scoring.Part(derived, deficiencies)
	m.RepeatDeclared, m.CorrectedOnSite = scoring.Part(repeats, deficiencies), scoring.Part(corrected, deficiencies)
	m.ActionsVerified = scoring.Part(verified, actions)
	if len(days) == 4 {
		m.DaysToIssue.Least, m.DaysToIssue.Median, m.DaysToIssue.Ninetieth, m.DaysToIssue.Most = &days[0], &days[1], &days[2], &days[3]
	}
	return m, nil
}
