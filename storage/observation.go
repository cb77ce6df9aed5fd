package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

const observationColumns = `inspection_id, id, standard_id, requirement_id, text, place, observed_at, removed_at, author_id, recorded_at,
	revised_by, revised_at, device_id, device_time, written_by, revision, seq`

func scanObservation(rows pgx.Rows, o *inspection.Observation) error {
	var standard, requirement pgtype.UUID
	var observed, removed, recorded, revised pgtype.Timestamptz
	var w writtenScan
	err := rows.Scan((*uid)(&o.InspectionID), (*uid)(&o.ID), &standard, &requirement, &o.Text, &o.Place, &observed, &removed, (*uid)(&o.AuthorID), &recorded,
		(*uid)(&o.RevisedBy), &revised, &w.device, &w.time, &w.by, &o.Revision, &o.Seq)
	if err != nil {
		return err
	}
	o.StandardID, o.RequirementID, o.ObservedAt, o.RemovedAt = id(standard), id(requirement), at(observed), at(removed)
	o.RecordedAt, o.RevisedAt = recorded.Time.UTC(), revised.Time.UTC()
	o.Written, err = w.written()
	return err
}

func (t *tx) Observations(ctx context.Context, of inspection.ID) ([]inspection.Observation, error) {
	return collect(ctx, t, "observations", scanObservation,
		"select "+observationColumns+" from observation where inspection_id = $1 order by recorded_at, id", of)
}

var observationTable = table{name: "observation", key: []string{"inspection_id", "id"}, columns: []string{"inspection_id", "id", "standard_id", "requirement_id",
	"text", "place", "observed_at", "removed_at", "author_id", "recorded_at", "revised_by", "revised_at", "device_id", "device_time", "written_by", "revision", "seq"}}

var observationRevisionTable = table{name: "observation_revision", insertOnly: true, columns: []string{"inspection_id", "observation_id", "revision", "seq", "content",
	"author_id", "device_id", "device_time", "clock_offset_ms", "recorded_at"}}

func (t *tx) SaveObservations(ctx context.Context, os []inspection.Observation) error {
	rows, versions := make([]row, len(os)), make([]row, len(os))
	for n, o := range os {
		content, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("storage: observation %s: %w", o.ID, err)
		}
		rows[n] = row{"inspection_id": o.InspectionID, "id": o.ID, "standard_id": o.StandardID, "requirement_id": o.RequirementID, "text": o.Text,
			"place": o.Place, "observed_at": o.ObservedAt, "removed_at": o.RemovedAt, "author_id": o.AuthorID, "recorded_at": moment(o.RecordedAt),
			"revised_by": o.RevisedBy, "revised_at": moment(o.RevisedAt), "device_id": optional(o.Written.DeviceID),
			"device_time": moment(o.Written.DeviceTime), "written_by": o.Written.By, "revision": o.Revision, "seq": o.Seq}
		versions[n] = row{"inspection_id": o.InspectionID, "observation_id": o.ID, "revision": o.Revision, "seq": o.Seq,
			"content": json.RawMessage(content), "author_id": o.RevisedBy, "device_id": optional(o.Written.DeviceID),
			"device_time": moment(o.Written.DeviceTime), "clock_offset_ms": milliseconds(o.Written.ClockOffset), "recorded_at": moment(o.RevisedAt)}
	}
	if err := t.save(ctx, observationRevisionTable, versions); err != nil {
		return err
	}
	return t.save(ctx, observationTable, newest(rows))
}
