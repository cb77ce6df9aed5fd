package sync_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline/inspection/sync"
)

// A moment is the same again when it is made of what is kept of it: an offset of whole milliseconds.
func TestAMomentIsKnownAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		received := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
		device := received.Add(time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "device"))).Truncate(time.Microsecond)
		offset := time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "offset"))
		kept := time.Duration(offset.Milliseconds()) * time.Millisecond
		if a, b := sync.Corrected(device, offset, received), sync.Corrected(device, kept, received); !a.Equal(b) {
			t.Errorf("it is %s, and of what is kept %s", a, b)
		}
	})
}
