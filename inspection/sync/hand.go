package sync

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Hand is who wrote something, and when: by the device's clock, put right by its offset, where the
// device said so, else by the server's.
type Hand struct {
	By uuid.UUID
	At time.Time
}

// Hands are whose each field of a document is, by the field's name. A field that nobody wrote has none.
type Hands map[string]Hand

// MarshalJSON writes an object of lists of fields by hand, "<id>/<time>": most documents have one hand.
func (hs Hands) MarshalJSON() ([]byte, error) {
	byHand := map[string][]string{}
	for field, h := range hs {
		key := h.By.String() + "/" + h.At.UTC().Format(time.RFC3339Nano)
		byHand[key] = append(byHand[key], field)
	}
	return json.Marshal(byHand)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (hs *Hands) UnmarshalJSON(document []byte) error {
	var byHand map[string][]string
	if err := json.Unmarshal(document, &byHand); err != nil {
		return err
	}
	*hs = make(Hands, 8)
	for key, fields := range byHand {
		by, at, _ := strings.Cut(key, "/")
		var h Hand
		var err error
		if h.By, err = uuid.Parse(by); err != nil {
			return fmt.Errorf("sync: hand %q: %w", key, err)
		}
		if h.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return fmt.Errorf("sync: hand %q: %w", key, err)
		}
		for _, f := range fields {
			(*hs)[f] = h
		}
	}
	return nil
}

// Corrected is when something was done by the server's clock, as well as can be known: the device's
// time less the offset of its clock, in whole milliseconds, and never after it was received. Without a
// device's time it is the time of receipt. An offset is kept to the millisecond, and by what is kept a
// moment must be known again.
func Corrected(deviceTime time.Time, offset time.Duration, received time.Time) time.Time {
	if deviceTime.IsZero() {
		return received
	}
	if at := deviceTime.Add(-offset.Truncate(time.Millisecond)); at.Before(received) {
		return at
	}
	return received
}
