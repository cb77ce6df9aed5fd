package storage

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
	"plumbline/inspection/sync"
)

// shownColumns are an original's and the requirement of the item that it shows.
const shownColumns = evidenceColumns + `,
	(select a.requirement_id from answer a where a.inspection_id = evidence.inspection_id and a.id = evidence.answer_id)`

func shownScan() func(pgx.Rows, *inspection.ShownEvidence) error {
	s := newEvidenceScan()
	var requirement pgtype.UUID
	return func(rows pgx.Rows, e *inspection.ShownEvidence) error {
		err := s.scanWith(rows, &e.Evidence, &requirement)
		e.RequirementID = id(requirement)
		return err
	}
}

// EvidenceBeyond implements inspection.Tx.
func (t *tx) EvidenceBeyond(ctx context.Context, heads []sync.Head, limit int) ([]inspection.ShownEvidence, error) {
	inspections, seqs := beyond(heads)
	return collect(ctx, t, "evidence", shownScan(), `select e.* from unnest($1::uuid[], $2::bigint[]) as h (inspection, seq) cross join lateral (
		select `+shownColumns+` from evidence where inspection_id = h.inspection and seq > h.seq and action_id is null order by seq limit $3) e
		order by h.inspection, e.seq limit $3`, inspections, seqs, limit)
}

// EvidenceShown implements inspection.Tx.
func (t *tx) EvidenceShown(ctx context.Context, of inspection.ID, ids []inspection.ID) (map[inspection.ID]inspection.ShownEvidence, error) {
	shown, err := collect(ctx, t, "evidence", shownScan(),
		"select "+shownColumns+" from evidence where inspection_id = $1 and id = any ($2) and action_id is null", of, list(ids))
	byID := map[inspection.ID]inspection.ShownEvidence{}
	for _, e := range shown {
		byID[e.ID] = e
	}
	return byID, err
}

// IDsTaken implements inspection.Tx.
func (t *tx) IDsTaken(ctx context.Context, of inspection.ID, into inspection.Collection, ids []inspection.ID) (map[inspection.ID]bool, error) {
	taken, err := collect(ctx, t, "ids", func(rows pgx.Rows, id *inspection.ID) error { return rows.Scan((*uid)(id)) },
		"select ids_taken($1, $2, $3)", of, string(into), list(ids))
	byID := map[inspection.ID]bool{}
	for _, id := range taken {
		byID[id] = true
	}
	return byID, err
}
