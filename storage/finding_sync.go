package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
	"plumbline/inspection/sync"
)

// FindingsBeyond implements inspection.Tx.
func (t *tx) FindingsBeyond(ctx context.Context, heads []sync.Head, limit int) ([]inspection.Finding, error) {
	inspections, seqs := beyond(heads)
	return collect(ctx, t, "findings", scanFinding, `select f.* from unnest($1::uuid[], $2::bigint[]) as h (inspection, seq) cross join lateral (
		select `+findingColumns+` from finding where inspection_id = h.inspection and seq > h.seq order by seq limit $3) f
		order by h.inspection, f.seq limit $3`, inspections, seqs, limit)
}

// version is a kept version of a document that is kept whole, as JSON.
type version[T any] struct {
	document T
	device   pgtype.Timestamptz
}

func scanKeptVersion[T any](rows pgx.Rows, v *version[T]) error {
	var content []byte
	if err := rows.Scan(&content, &v.device); err != nil {
		return err
	}
	if err := json.Unmarshal(content, &v.document); err != nil {
		return fmt.Errorf("kept version: %w", err)
	}
	return nil
}

// FindingVersions implements inspection.Tx.
func (t *tx) FindingVersions(ctx context.Context, of inspection.ID, findings []inspection.ID) ([]inspection.Finding, error) {
	kept, err := collect(ctx, t, "finding versions", scanKeptVersion[inspection.Finding], `select content, device_time from finding_revision
		where inspection_id = $1 and finding_id = any ($2) order by finding_id, revision`, of, list(findings))
	versions := make([]inspection.Finding, len(kept))
	for n, v := range kept {
		versions[n] = v.document
		if v.device.Valid {
			versions[n].Written.DeviceTime = v.device.Time.UTC()
		}
	}
	return versions, err
}
