package storage

import (
	"context"

	"plumbline/inspection"
)

// Standpoints implements inspection.Tx.
func (t *tx) Standpoints(ctx context.Context, of inspection.ID, answers []inspection.ID) (map[inspection.ID][]inspection.Answer, error) {
	byAnswer := map[inspection.ID][]inspection.Answer{}
	if len(answers) == 0 {
		return byAnswer, nil
	}
	newest, err := collect(ctx, t, "standpoints", newAnswerScan(of).scan, `select distinct on (r.answer_id, r.author_id) a.id, a.standard_id,
		a.requirement_id, a.position, r.rating, r.reason, r.remarks, array_to_string(r.methods, ','), r.corrected_on_site, r.sample, r.revision,
		r.seq, r.author_id, r.device_id, r.device_time, r.recorded_at
		from answer_revision r join answer a on a.inspection_id = r.inspection_id and a.id = r.answer_id
		where r.inspection_id = $1 and r.answer_id = any ($2) order by r.answer_id, r.author_id, r.revision desc`, of, answers)
	for _, a := range newest {
		byAnswer[a.ID] = append(byAnswer[a.ID], a)
	}
	return byAnswer, err
}
