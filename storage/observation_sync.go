package storage

import (
	"context"

	"plumbline/inspection"
	"plumbline/inspection/sync"
)

// ObservationsBeyond implements inspection.Tx.
func (t *tx) ObservationsBeyond(ctx context.Context, heads []sync.Head, limit int) ([]inspection.Observation, error) {
	inspections, seqs := beyond(heads)
	return collect(ctx, t, "observations", scanObservation, `select o.* from unnest($1::uuid[], $2::bigint[]) as h (inspection, seq) cross join lateral (
		select `+observationColumns+` from observation where inspection_id = h.inspection and seq > h.seq order by seq limit $3) o
		order by h.inspection, o.seq limit $3`, inspections, seqs, limit)
}

// ObservationsByID implements inspection.Tx.
func (t *tx) ObservationsByID(ctx context.Context, of inspection.ID, ids []inspection.ID) (map[inspection.ID]inspection.Observation, error) {
	found, err := collect(ctx, t, "observations", scanObservation,
		"select "+observationColumns+" from observation where inspection_id = $1 and id = any ($2)", of, list(ids))
	byID := map[inspection.ID]inspection.Observation{}
	for _, o := range found {
		byID[o.ID] = o
	}
	return byID, err
}

// ObservationVersions implements inspection.Tx.
func (t *tx) ObservationVersions(ctx context.Context, of inspection.ID, observations []inspection.ID) ([]inspection.Observation, error) {
	kept, err := collect(ctx, t, "observation versions", scanKeptVersion[inspection.Observation], `select content, device_time from observation_revision
		where inspection_id = $1 and observation_id = any ($2) order by observation_id, revision`, of, list(observations))
	versions := make([]inspection.Observation, len(kept))
	for n, v := range kept {
		versions[n] = v.document
		if v.device.Valid {
			versions[n].Written.DeviceTime = v.device.Time.UTC()
		}
	}
	return versions, err
}
