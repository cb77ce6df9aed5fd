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
	sample, writtenBy                []byte
	offset                           pgtype.Int8
	deviceTime, recorded             pgtype.Timestamptz
}

func newAnswerScan(of inspection.ID) *answerScan {
	return &answerScan{inspection: of, rating: newInterned(), reason: newInterned(), methods: newInterned(), correct: newInterned(),
		sets: map[string][]inspection.Method{}}
}

func (s *answerScan) scan(rows pgx.Rows, a *inspection.Answer) error { return s.scanWith(rows, a) }

// scanWith scans an answer from a row that has more columns after the answer's own.
func (s *answerScan) scanWith(rows pgx.Rows, a *inspection.Answer, more ...any) error {
	s.sample = nil
	err := rows.Scan(append([]any{(*uid)(&a.ID), (*uid)(&a.StandardID), (*uid)(&a.RequirementID), &a.Position, s.rating, s.reason, &a.Remarks, s.methods, s.correct,
		&s.sample, &a.Revision, &a.Seq, (*uid)(&a.AuthorID), (*uid)(&a.DeviceID), &s.deviceTime, &s.recorded}, more...)...)
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

// scanVersion scans an answer with its clock offset and whose its fields are.
func (s *answerScan) scanVersion(rows pgx.Rows, a *inspection.Answer) error {
	s.offset, s.writtenBy = pgtype.Int8{}, s.writtenBy[:0]
	if err := s.scanWith(rows, a, &s.offset, &s.writtenBy); err != nil {
		return err
	}
	a.ClockOffset = duration(s.offset)
	return json.Unmarshal(s.writtenBy, &a.WrittenBy)
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
	answers, err := collect(ctx, t, "answers", newAnswerScan(of).scanVersion,
		"select "+answerColumns+", null::bigint, written_by from answer where inspection_id = $1 and id = any ($2)", of, ids)
	for _, a := range answers {
		byID[a.ID] = a
	}
	return byID, err
}

func (t *tx) AnswerRevisions(ctx context.Context, of, answer inspection.ID) ([]inspection.Answer, error) {
	versions, err := t.VersionsOf(ctx, of, []inspection.ID{answer})
	return versions[answer], err
}

// VersionsOf implements inspection.Tx.
func (t *tx) VersionsOf(ctx context.Context, of inspection.ID, answers []inspection.ID) (map[inspection.ID][]inspection.Answer, error) {
	versions, err := collect(ctx, t, "answer revisions", newAnswerScan(of).scanVersion, "select "+revisionColumns+`
		from answer_revision r join answer a on a.inspection_id = r.inspection_id and a.id = r.answer_id
		where r.inspection_id = $1 and r.answer_id = any ($2) order by r.answer_id, r.revision`, of, answers)
	byAnswer := map[inspection.ID][]inspection.Answer{}
	for _, v := range versions {
		byAnswer[v.ID] = append(byAnswer[v.ID], v)
	}
	return byAnswer, err
}

var answerTable = table{name: "answer", key: []string{"inspection_id", "id"}, columns: []string{"inspection_id", "id", "standard_id", "requirement_id",
	"position", "rating", "reason", "remarks", "methods", "corrected_on_site", "sample", "revision", "seq", "author_id", "device_id", "device_time", "recorded_at", "written_by"}}

var answerRevisionTable = table{name: "answer_revision", insertOnly: true, columns: []string{"inspection_id", "answer_id", "revision", "seq", "rating", "reason",
	"remarks", "methods", "corrected_on_site", "sample", "author_id", "device_id", "device_time", "recorded_at", "clock_offset_ms", "written_by"}}

func answerRow(a inspection.Answer) row {
	return row{"inspection_id": a.InspectionID, "id": a.ID, "standard_id": a.StandardID, "requirement_id": a.RequirementID, "position": a.Position,
		"rating": a.Rating, "reason": a.Reason, "remarks": a.Remarks, "methods": list(a.Methods), "corrected_on_site": a.CorrectedOnSite,
		"sample": a.Sample, "revision": a.Revision, "seq": a.Seq, "author_id": optional(a.AuthorID), "device_id": optional(a.DeviceID),
		"device_time": moment(a.DeviceTime), "recorded_at": moment(a.RecordedAt), "answer_id": a.ID,
		"clock_offset_ms": milliseconds(a.ClockOffset), "written_by": a.WrittenBy}
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
