package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

const revisionColumns = `a.id, a.standard_id, a.requirement_id, a.position, r.rating, r.reason, r.remarks, array_to_string(r.methods, ','),
	r.corrected_on_site, r.sample, r.revision, r.seq, r.author_id, r.device_id, r.device_time, r.recorded_at, r.clock_offset_ms, r.written_by`

// Standpoints implements inspection.Tx.
func (t *tx) Standpoints(ctx context.Context, of inspection.ID, answers []inspection.ID, times []time.Time) (map[inspection.ID][]inspection.Answer, error) {
	byAnswer := map[inspection.ID][]inspection.Answer{}
	if len(answers) == 0 {
		return byAnswer, nil
	}
	kept, err := collect(ctx, t, "standpoints", newAnswerScan(of).scanVersion, `select `+revisionColumns+`
		from (select r.*, r.revision = max(r.revision) over (partition by r.answer_id, r.author_id) as newest
		      from answer_revision r where r.inspection_id = $1 and r.answer_id = any ($2)) r
		join answer a on a.inspection_id = r.inspection_id and a.id = r.answer_id
		where r.newest or r.device_time = any ($3)
		order by r.answer_id, r.revision`, of, answers, times)
	for _, a := range kept {
		byAnswer[a.ID] = append(byAnswer[a.ID], a)
	}
	return byAnswer, err
}

func (t *tx) Disputes(ctx context.Context, of inspection.ID) ([]inspection.Dispute, error) {
	return collect(ctx, t, "disputes", func(rows pgx.Rows, d *inspection.Dispute) error {
		var by pgtype.UUID
		var opened, ruled pgtype.Timestamptz
		err := rows.Scan(&d.ID, &d.AnswerID, &d.FirstRevision, &d.SecondRevision, &opened, &by, &ruled, &d.Ruling, &d.RulingReason, &d.Fields, &d.SettledRevision, &d.Agreed)
		d.InspectionID, d.OpenedAt, d.RuledBy, d.RuledAt = of, opened.Time.UTC(), id(by), at(ruled)
		return err
	}, `select id, answer_id, first_revision, second_revision, opened_at, ruled_by, ruled_at, ruling, ruling_reason, fields, settled_revision, agreed
		from dispute where inspection_id = $1 order by opened_at, id`, of)
}

var disputeTable = table{name: "dispute", key: []string{"inspection_id", "id"}, columns: []string{"inspection_id", "id", "answer_id", "first_revision",
	"second_revision", "fields", "settled_revision", "agreed", "opened_at", "ruled_by", "ruled_at", "ruling", "ruling_reason"}}

func (t *tx) SaveDisputes(ctx context.Context, ds []inspection.Dispute) error {
	rows := make([]row, len(ds))
	for n, d := range ds {
		rows[n] = row{"inspection_id": d.InspectionID, "id": d.ID, "answer_id": d.AnswerID, "first_revision": d.FirstRevision,
			"second_revision": d.SecondRevision, "fields": d.Fields, "settled_revision": d.SettledRevision, "agreed": d.Agreed, "opened_at": moment(d.OpenedAt),
			"ruled_by": d.RuledBy, "ruled_at": d.RuledAt, "ruling": d.Ruling, "ruling_reason": d.RulingReason}
	}
	return t.save(ctx, disputeTable, rows)
}
