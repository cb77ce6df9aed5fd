package storage

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

var reportTable = table{name: "report", insertOnly: true,
	columns: []string{"inspection_id", "form", "body", "sha256", "snapshot_sha256", "made_at"}}

func (t *tx) SaveReportForms(ctx context.Context, forms []inspection.ReportForm) error {
	rows := make([]row, len(forms))
	for n, f := range forms {
		rows[n] = row{"inspection_id": f.InspectionID, "form": f.Form, "body": bytea(f.Body), "sha256": bytea(f.SHA256[:]),
			"snapshot_sha256": bytea(f.SnapshotSHA256[:]), "made_at": f.MadeAt}
	}
	return t.save(ctx, reportTable, rows)
}

func (t *tx) ReportForm(ctx context.Context, of inspection.ID, form inspection.Form) (*inspection.ReportForm, error) {
	f := inspection.ReportForm{InspectionID: of, Form: form}
	var made pgtype.Timestamptz
	err := t.QueryRow(ctx, "select body, sha256, snapshot_sha256, made_at from report where inspection_id = $1 and form = $2", of, form).
		Scan(&f.Body, (*hash)(&f.SHA256), (*hash)(&f.SnapshotSHA256), &made)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, missing("report")
	}
	if err != nil {
		return nil, fmt.Errorf("storage: report of %s: %w", of, err)
	}
	f.MadeAt = made.Time.UTC()
	return &f, nil
}

func (t *tx) People(ctx context.Context, ids []inspection.ID) ([]inspection.FrozenPerson, error) {
	return collect(ctx, t, "people", func(r pgx.Rows, p *inspection.FrozenPerson) error { return r.Scan(&p.ID, &p.Name, &p.Role) },
		"select id, name, role from app_user where id = any ($1) order by id", ids)
}

func (t *tx) IssuedWithoutForms(ctx context.Context) ([]inspection.ID, error) {
	return collect(ctx, t, "inspections without a report", func(r pgx.Rows, id *inspection.ID) error { return r.Scan(id) },
		`select i.id from inspection i join snapshot s on s.inspection_id = i.id
		where i.state in ('ISSUED', 'CLOSED') and not exists (select from report r where r.inspection_id = i.id) order by i.id`)
}
