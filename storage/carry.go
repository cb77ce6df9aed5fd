package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

func (t *tx) CarriedActions(ctx context.Context, of inspection.ID, moment time.Time) ([]inspection.CarriedAction, error) {
	return collect(ctx, t, "carried actions", func(rows pgx.Rows, c *inspection.CarriedAction) error {
		var requirement, standard pgtype.UUID
		var ended pgtype.Date
		err := rows.Scan(&c.ActionID, &c.FindingID, &c.FromInspectionID, &requirement, &standard, &c.AgeDays, &c.Outcome,
			&ended, &c.Code, &c.Citation, &c.CitationConfirmed, &c.Text, &c.State)
		c.InspectionID, c.RequirementID, c.StandardID, c.EndedOn = of, id(requirement), id(standard), ended.Time
		return err
	}, `select c.action_id, c.finding_id, c.from_inspection_id, c.requirement_id, c.standard_id, c.age_days, c.outcome,
		i.planned_end, f.code, f.citation, f.citation_confirmed, f.text, action_state(a.state, a.waived_until, $2)
		from carried_action c join inspection i on i.id = c.from_inspection_id
		join corrective_action a on a.inspection_id = c.from_inspection_id and a.id = c.action_id
		`+deficiencyOf+` f
		where c.inspection_id = $1 order by i.planned_end, i.id, f.recorded_at, f.id`, of, moment)
}

var carriedTable = table{name: "carried_action", key: []string{"inspection_id", "action_id"}, columns: []string{"inspection_id", "action_id", "finding_id",
	"from_inspection_id", "requirement_id", "standard_id", "age_days", "outcome"}}

func (t *tx) SaveCarriedActions(ctx context.Context, cs []inspection.CarriedAction) error {
	rows := make([]row, len(cs))
	for n, c := range cs {
		rows[n] = row{"inspection_id": c.InspectionID, "action_id": c.ActionID, "finding_id": c.FindingID, "from_inspection_id": c.FromInspectionID,
			"requirement_id": c.RequirementID, "standard_id": c.StandardID, "age_days": c.AgeDays, "outcome": c.Outcome}
	}
	return t.save(ctx, carriedTable, rows)
}
