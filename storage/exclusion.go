package storage

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

func (t *tx) ExclusionReviews(ctx context.Context, of inspection.ID) ([]inspection.ExclusionReview, error) {
	return collect(ctx, t, "reviews of exclusions", func(rows pgx.Rows, r *inspection.ExclusionReview) error {
		var reviewed pgtype.Timestamptz
		err := rows.Scan((*uid)(&r.ID), (*uid)(&r.AnswerID), &r.AnswerRevision, &r.Verdict, &r.Reason, (*uid)(&r.ReviewedBy), &reviewed)
		r.InspectionID, r.ReviewedAt = of, reviewed.Time.UTC()
		return err
	}, `select id, answer_id, answer_revision, verdict, reason, reviewed_by, reviewed_at from (
		  select distinct on (r.answer_id) r.*, a.position
		  from exclusion_review r
		  join answer a on a.inspection_id = r.inspection_id and a.id = r.answer_id and a.revision = r.answer_revision
		  where r.inspection_id = $1
		  order by r.answer_id, r.reviewed_at desc, r.id desc) newest
		order by position`, of)
}

var exclusionReviewTable = table{name: "exclusion_review", insertOnly: true, columns: []string{"inspection_id", "id", "answer_id", "answer_revision",
	"verdict", "reason", "reviewed_by", "reviewed_at"}}

func (t *tx) SaveExclusionReviews(ctx context.Context, reviews []inspection.ExclusionReview) error {
	rows := make([]row, len(reviews))
	for n, r := range reviews {
		rows[n] = row{"inspection_id": r.InspectionID, "id": r.ID, "answer_id": r.AnswerID, "answer_revision": r.AnswerRevision,
			"verdict": r.Verdict, "reason": r.Reason, "reviewed_by": r.ReviewedBy, "reviewed_at": moment(r.ReviewedAt)}
	}
	return t.save(ctx, exclusionReviewTable, rows)
}
