package device

import "time"

// Rate is rate.
type Rate struct{ *rate }

// NewRate is newRate.
func NewRate(most int, window time.Duration, now func() time.Time) Rate {
	return Rate{newRate(most, window, now)}
}

// Allow is allow.
func (r Rate) Allow(caller string) (time.Duration, bool) { return r.allow(caller) }

// Callers is how many are told apart now.
func (r Rate) Callers() int { return len(r.count) }

// AddressOf is addressOf.
var AddressOf = addressOf
