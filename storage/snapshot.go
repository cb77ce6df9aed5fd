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

var statementTable = table{name: "statement", key: []string{"inspection_id", "name"}, columns: []string{"inspection_id", "name", "value", "source"}}

func (t *tx) Statements(ctx context.Context, of inspection.ID) ([]inspection.Statement, error) {
	return collect(ctx, t, "statements", func(rows pgx.Rows, s *inspection.Statement) error {
		return rows.Scan(&s.Name, &s.Value, &s.Source)
	}, "select name, value, source from statement where inspection_id = $1 order by name", of)
}

func (t *tx) SaveStatements(ctx context.Context, of inspection.ID, ss []inspection.Statement) error {
	rows := make([]row, len(ss))
	for n, s := range ss {
		rows[n] = row{"inspection_id": of, "name": s.Name, "value": s.Value, "source": s.Source}
	}
	return t.save(ctx, statementTable, rows)
}

func (t *tx) Scores(ctx context.Context, of inspection.ID) ([]inspection.StoredScore, error) {
	return collect(ctx, t, "scores", func(rows pgx.Rows, s *inspection.StoredScore) error {
		var computed pgtype.Timestamptz
		err := rows.Scan(&s.Policy, &s.Version, &s.Result, &s.PerMille, &s.Body, &computed)
		s.ComputedAt = computed.Time.UTC()
		return err
	}, `select policy, version, result, per_mille, body, computed_at from score join score_body using (inspection_id, policy, version)
		where inspection_id = $1 order by policy, version`, of)
}

var scoreTable = table{name: "score", insertOnly: true, columns: []string{"inspection_id", "policy", "version", "result", "per_mille", "computed_at"}}

var scoreBodyTable = table{name: "score_body", insertOnly: true, columns: []string{"inspection_id", "policy", "version", "body"}}

func (t *tx) SaveScores(ctx context.Context, of inspection.ID, scores []inspection.StoredScore) error {
	rows := make([]row, len(scores))
	for n, s := range scores {
		rows[n] = row{"inspection_id": of, "policy": s.Policy, "version": s.Version, "result": s.Result, "per_mille": s.PerMille,
			"body": json.RawMessage(s.Body), "computed_at": moment(s.ComputedAt)}
	}
	if err := t.save(ctx, scoreTable, rows); err != nil {
		return err
	}
	return t.save(ctx, scoreBodyTable, rows)
}

func (t *tx) SaveSnapshot(ctx context.Context, s inspection.Snapshot) error {
	_, err := t.Exec(ctx, "insert into snapshot (inspection_id, body, sha256, taken_at) values ($1, $2, $3, $4)", s.InspectionID, s.Body, s.SHA256[:], s.TakenAt)
	if err != nil {
		return fmt.Errorf("storage: snapshot of %s: %w", s.InspectionID, err)
	}
	return nil
}

func (t *tx) Snapshot(ctx context.Context, of inspection.ID) (*inspection.Snapshot, error) {
	s := inspection.Snapshot{InspectionID: of}
	var taken pgtype.Timestamptz
	err := t.QueryRow(ctx, "select body, sha256, taken_at from snapshot where inspection_id = $1", of).Scan(&s.Body, (*hash)(&s.SHA256), &taken)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, missing("snapshot")
	}
	if err != nil {
		return nil, fmt.Errorf("storage: snapshot of %s: %w", of, err)
	}
	s.TakenAt = taken.Time.UTC()
	return &s, nil
}
