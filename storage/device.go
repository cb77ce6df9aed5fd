package storage

import "time"

// milliseconds is nil for an offset that is not known.
func milliseconds(offset *time.Duration) any {
	if offset == nil {
		return nil
	}
	return offset.Milliseconds()
}
