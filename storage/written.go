package storage

import (
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// writtenScan scans device_id, device_time and written_by.
type writtenScan struct {
	device pgtype.UUID
	time   pgtype.Timestamptz
	by     []byte
}

func (s writtenScan) written() (inspection.Written, error) {
	w := inspection.Written{DeviceID: s.device.Bytes}
	if s.time.Valid {
		w.DeviceTime = s.time.Time.UTC()
	}
	if err := json.Unmarshal(s.by, &w.By); err != nil {
		return w, fmt.Errorf("written_by: %w", err)
	}
	return w, nil
}

// newest keeps, of rows to the same document, the last: a statement writes a row once.
func newest(rows []row) []row {
	at := make(map[any]int, len(rows))
	var kept []row
	for _, r := range rows {
		if n, written := at[r["id"]]; written {
			kept[n] = r
			continue
		}
		at[r["id"]] = len(kept)
		kept = append(kept, r)
	}
	return kept
}
