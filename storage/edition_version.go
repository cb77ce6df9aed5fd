package storage

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

func (t *tx) LockSet(ctx context.Context, set string) (inspection.ID, error) {
	if _, err := t.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('standards set ' || $1, 0))", set); err != nil {
		return inspection.ID{}, fmt.Errorf("storage: lock set %s: %w", set, err)
	}
	return t.NewestEdition(ctx, set)
}

func (t *tx) NewestEdition(ctx context.Context, set string) (inspection.ID, error) {
	var newest inspection.ID
	err := t.QueryRow(ctx, "select id from edition where standards_set = $1 order by version desc limit 1", set).Scan(&newest)
	if errors.Is(err, pgx.ErrNoRows) {
		return newest, missing("standards set")
	}
	if err != nil {
		return newest, fmt.Errorf("storage: newest edition of %s: %w", set, err)
	}
	return newest, nil
}

func (t *tx) OpenFindings(ctx context.Context, edition inspection.ID) ([]inspection.OpenFinding, error) {
	return collect(ctx, t, "open findings", func(rows pgx.Rows, f *inspection.OpenFinding) error {
		var requirement pgtype.UUID
		err := rows.Scan(&f.FindingID, &f.InspectionID, &f.Facility, &f.Code, &requirement, &f.State, &f.Origin)
		f.RequirementID = id(requirement)
		return err
	}, `select f.id, f.inspection_id, p.name, f.code, f.requirement_id, a.state, i.origin
		from corrective_action a
		`+deficiencyOf+` f
		join inspection i on i.id = f.inspection_id
		join facility p on p.id = i.facility_id
		join standard s on s.id = f.standard_id
		where s.edition_id = $1 and a.state not in ('VERIFIED', 'WAIVED', 'WITHDRAWN')
		order by a.opened_at, f.id`, edition)
}
