package storage

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

const answerColumns = `id, standard_id, requirement_id, position, rating, reason, remarks, array_to_string(methods, ','), corrected_on_site,
	sample, revision, seq, author_id, device_id, device_time, recorded_at`

// answerScan scans many answers of one inspection. Text that repeats (ratings, reasons, sets of
// methods) is kept once; the answers share it and nobody changes it.
type answerScan struct {
	inspection                       inspection.ID
	rating, reason, methods, correct *interned
	sets                             map[string][]inspection.Method
	sample                           []byte
	deviceTime, recorded             pgtype.Timestamptz
}

func newAnswerScan(of inspection.ID) *answerScan {
	return &answerScan{inspection: of, rating: newInterned(), reason: newInterned(), methods: newInterned(), correct: newInterned(),
		sets: map[string][]inspection.Method{}}
}

func (s *answerScan) scan(rows pgx.Rows, a *inspection.Answer) error {
	s.sample = nil
	err := rows.Scan((*uid)(&a.ID), (*uid)(&a.StandardID), (*uid)(&a.RequirementID), &a.Position, s.rating, s.reason, &a.Remarks, s.methods, s.correct,
		&s.sample, &a.Revision, &a.Seq, (*uid)(&a.AuthorID), (*uid)(&a.DeviceID), &s.deviceTime, &s.recorded)
	if err != nil {
		return err
	}
	a.InspectionID = s.inspection
	a.Rating, a.Reason = inspection.Rating(s.rating.value), s.reason.value
	a.CorrectedOnSite = inspection.Correction(s.correct.value)
	a.Methods = s.set(s.methods.value)
	if s.deviceTime.Valid {
		a.DeviceTime = s.deviceTime.Time.UTC()
	}
	if s.recorded.Valid {
		a.RecordedAt = s.recorded.Time.UTC()
	}
	if s.sample == nil {
		return nil
	}
	a.Sample = new(inspection.Sample)
	return json.Unmarshal(s.sample, a.Sample)
}

func (s *answerScan) set(joined string) []inspection.Method {
	if joined == "" {
		return nil
	}
	if known, ok := s.sets[joined]; ok {
		return known
	}
	var methods []inspection.Method
	for _, m := range strings.Split(joined, ",") {
		methods = append(methods, inspection.Method(m))
	}
	s.sets[joined] = methods
	return methods
}

func (t *tx) Answers(ctx context.Context, of inspection.ID) ([]inspection.Answer, error) {
	return collect(ctx, t, "answers", newAnswerScan(of).scan, "select "+answerColumns+" from answer where inspection_id = $1 order by position", of)
}

func (t *tx) AnswersByID(ctx context.Context, of inspection.ID, ids []inspection.ID) (map[inspection.ID]inspection.Answer, error) {
	byID := map[inspection.ID]inspection.Answer{}
	if len(ids) == 0 {
		return byID, nil
	}
	answers, err := collect(ctx, t, "answers", newAnswerScan(of).scan,
		"select "+answerColumns+" from answer where inspection_id = $1 and id = any ($2)", of, ids)
	for _, a := range answers {
		byID[a.ID] = a
	}
	return byID, err
}

func (t *tx) AnswerRevisions(ctx context.Context, of, answer inspection.ID) ([]inspection.Answer, error) {
	return collect(ctx, t, "answer revisions", newAnswerScan(of).scan, `select a.id, a.standard_id, a.requirement_id, a.position,
		r.rating, r.reason, r.remarks, array_to_string(r.methods, ','), r.corrected_on_site, r.sample, r.revision, r.seq, r.author_id, r.device_id,
		r.device_time, r.recorded_at
		from answer_revision r join answer a on a.inspection_id = r.inspection_id and a.id = r.answer_id
		where r.inspection_id = $1 and r.answer_id = $2 order by r.revision`, of, answer)
}

var answerTable = table{name: "answer", key: []string{"inspection_id", "id"}, columns: []string{"inspection_id", "id", "standard_id", "requirement_id",
	"position", "rating", "reason", "remarks", "methods", "corrected_on_site", "sample", "revision", "seq", "author_id", "device_id", "device_time", "recorded_at"}}

var answerRevisionTable = table{name: "answer_revision", insertOnly: true, columns: []string{"inspection_id", "answer_id", "revision", "seq", "rating", "reason",
	"remarks", "methods", "corrected_on_site", "sample", "author_id", "device_id", "device_time", "recorded_at"}}

func answerRow(a inspection.Answer) row {
	return row{"inspection_id": a.InspectionID, "id": a.ID, "standard_id": a.StandardID, "requirement_id": a.RequirementID, "position": a.Position,
		"rating": a.Rating, "reason": a.Reason, "remarks": a.Remarks, "methods": list(a.Methods), "corrected_on_site": a.CorrectedOnSite,
		"sample": a.Sample, "revision": a.Revision, "seq": a.Seq, "author_id": optional(a.AuthorID), "device_id": optional(a.DeviceID),
		"device_time": moment(a.DeviceTime), "recorded_at": moment(a.RecordedAt), "answer_id": a.ID}
}

func answerRows(answers []inspection.Answer) []row {
	rows := make([]row, len(answers))
	for n, a := range answers {
		rows[n] = answerRow(a)
	}
	return rows
}

func (t *tx) CreateAnswers(ctx context.Context, answers []inspection.Answer) error {
	return t.save(ctx, answerTable, answerRows(answers))
}

func (t *tx) SaveAnswers(ctx context.Context, masters, versions []inspection.Answer) error {
	if err := t.save(ctx, answerRevisionTable, answerRows(versions)); err != nil {
		return err
	}
	return t.save(ctx, answerTable, answerRows(masters))
}

func (t *tx) Disputes(ctx context.Context, of inspection.ID) ([]inspection.Dispute, error) {
	return collect(ctx, t, "disputes", func(rows pgx.Rows, d *inspection.Dispute) error {
		var by pgtype.UUID
		var opened, ruled pgtype.Timestamptz
		err := rows.Scan(&d.ID, &d.AnswerID, &d.FirstRevision, &d.SecondRevision, &opened, &by, &ruled, &d.Ruling, &d.RulingReason)
		d.InspectionID, d.OpenedAt, d.RuledBy, d.RuledAt = of, opened.Time.UTC(), id(by), at(ruled)
		return err
	}, `select id, answer_id, first_revision, second_revision, opened_at, ruled_by, ruled_at, ruling, ruling_reason
		from dispute where inspection_id = $1 order by opened_at, id`, of)
}

var disputeTable = table{name: "dispute", key: []string{"inspection_id", "id"}, columns: []string{"inspection_id", "id", "answer_id", "first_revision",
	"second_revision", "opened_at", "ruled_by", "ruled_at", "ruling", "ruling_reason"}}

func (t *tx) SaveDisputes(ctx context.Context, ds []inspection.Dispute) error {
	rows := make([]row, len(ds))
	for n, d := range ds {
		rows[n] = row{"inspection_id": d.InspectionID, "id": d.ID, "answer_id": d.AnswerID, "first_revision": d.FirstRevision,
			"second_revision": d.SecondRevision, "opened_at": moment(d.OpenedAt), "ruled_by": d.RuledBy, "ruled_at": d.RuledAt,
			"ruling": d.Ruling, "ruling_reason": d.RulingReason}
	}
	return t.save(ctx, disputeTable, rows)
}
