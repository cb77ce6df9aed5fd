package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
	"plumbline/inspection/sync"
)

// OpenInspections implements inspection.Tx.
func (t *tx) OpenInspections(ctx context.Context, device inspection.ID, since time.Time) (epoch string, open []sync.Head, unheard []inspection.ID, err error) {
	rows, err := t.Query(ctx, `select e.epoch, i.id, i.head, $1::uuid is not null and coalesce(c.last_contact_at <= $2, true)
		from (select database_epoch() as epoch) e left join (
		select i.id, i.head from inspection i
		where i.state in ('IN_PROGRESS', 'FIELDWORK_DONE', 'IN_REVIEW')
		  and i.id in (select m.inspection_id from team_member m where m.user_id = actor_id() and m.removed_at is null)) i on true
		left join device_contact c on c.inspection_id = i.id and c.device_id = $1
		order by i.id`, optional(device), since)
	if err != nil {
		return "", nil, nil, fmt.Errorf("storage: open inspections: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var of pgtype.UUID
		var head pgtype.Int8
		var due bool
		if err := rows.Scan(&epoch, &of, &head, &due); err != nil {
			return "", nil, nil, fmt.Errorf("storage: open inspections: %w", err)
		}
		if of.Valid {
			open = append(open, sync.Head{Inspection: of.Bytes, Seq: head.Int64})
		}
		if of.Valid && due {
			unheard = append(unheard, of.Bytes)
		}
	}
	if err := rows.Err(); err != nil {
		return "", nil, nil, fmt.Errorf("storage: open inspections: %w", err)
	}
	return epoch, open, unheard, nil
}

// DepartedDocuments implements inspection.Tx.
func (t *tx) DepartedDocuments(ctx context.Context, of inspection.Collection, heads []sync.Head, limit int) ([]inspection.Departed, error) {
	inspections, gone := make([]inspection.ID, len(heads)), make([]inspection.ID, len(heads))
	for n, h := range heads {
		inspections[n], gone[n] = h.Inspection, h.Gone
	}
	return collect(ctx, t, "departed documents", func(rows pgx.Rows, d *inspection.Departed) error {
		return rows.Scan((*uid)(&d.InspectionID), (*uid)(&d.ID))
	}, "select inspection_id, id from departed_documents($1, $2, $3, $4)", string(of), inspections, gone, limit)
}

// beyond splits heads into the two arrays that a pull's query joins.
func beyond(heads []sync.Head) (inspections []inspection.ID, seqs []int64) {
	inspections, seqs = make([]inspection.ID, len(heads)), make([]int64, len(heads))
	for n, h := range heads {
		inspections[n], seqs[n] = h.Inspection, h.Seq
	}
	return inspections, seqs
}

// AnswersBeyond implements inspection.Tx.
func (t *tx) AnswersBeyond(ctx context.Context, heads []sync.Head, limit int) ([]inspection.Answer, error) {
	inspections, seqs := beyond(heads)
	scan := newAnswerScan(inspection.ID{})
	return collect(ctx, t, "answers", func(rows pgx.Rows, a *inspection.Answer) error {
		return scan.scanWith(rows, a, (*uid)(&scan.inspection))
	}, `select a.* from unnest($1::uuid[], $2::bigint[]) as h (inspection, seq) cross join lateral (
		select `+answerColumns+`, inspection_id from answer where inspection_id = h.inspection and seq > h.seq order by seq limit $3) a
		order by h.inspection, a.seq limit $3`, inspections, seqs, limit)
}
