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

// standpointsSQL picks, of what may be many versions, a few for each author: the newest, the newest in which
// they wrote each field (the first with that hand), and those of the given device times; and the newest that
// says what the answer says. In versions from before it was kept who wrote what everything was written.
const standpointsSQL = `with r as materialized (select * from answer_revision where inspection_id = $1 and answer_id = any ($2)),
	written as (select r.answer_id, r.author_id, f.field, min(r.revision) revision
	         from r cross join lateral (
	           select h.key, json_array_elements_text(h.value) from json_each(r.written_by) h where split_part(h.key, '/', 1) = r.author_id::text
	           union all select r.revision::text, '' where r.written_by::text = '{}') f (hand, field)
	         group by r.answer_id, r.author_id, f.field, f.hand),
	said as (select distinct on (answer_id, author_id, field) answer_id, revision from written order by answer_id, author_id, field, revision desc),
	newest as (select distinct on (answer_id, author_id) answer_id, revision from r order by answer_id, author_id, revision desc),
	stands as (select distinct on (r.answer_id) r.answer_id, r.revision from r join answer a on a.inspection_id = $1 and a.id = r.answer_id
	           where (r.rating, r.reason, r.remarks, r.methods, r.corrected_on_site) = (a.rating, a.reason, a.remarks, a.methods, a.corrected_on_site)
	             and r.sample::text is not distinct from a.sample::text order by r.answer_id, r.revision desc)
	select ` + revisionColumns + ` from r join answer a on a.inspection_id = r.inspection_id and a.id = r.answer_id
	where (r.answer_id, r.revision) in (select * from said union select * from newest union select * from stands) or r.device_time = any ($3)
	order by r.answer_id, r.revision`

// Standpoints implements inspection.Tx.
func (t *tx) Standpoints(ctx context.Context, of inspection.ID, answers []inspection.ID, times []time.Time) (map[inspection.ID][]inspection.Answer, error) {
	byAnswer := map[inspection.ID][]inspection.Answer{}
	if len(answers) == 0 {
		return byAnswer, nil
	}
	kept, err := collect(ctx, t, "standpoints", newAnswerScan(of).scanVersion, standpointsSQL, of, answers, times)
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
