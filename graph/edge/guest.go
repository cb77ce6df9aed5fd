package edge

import (
	"context"
	"errors"
	"net/http"
	"time"

	"plumbline/inspection"
)

// Credentials are what a caller shows who wants to keep a connection open.
type Credentials struct {
	// Token is the bearer token alone, without its scheme; empty if none was shown.
	Token string
	// Device and DeviceTime are what the headers Plumbline-Device and Plumbline-Device-Time say.
	Device, DeviceTime string
}

// Guest is who was let in, for as long as it holds.
type Guest struct {
	User inspection.ID
	// Until is when the token expires.
	Until time.Time
	// Enter returns a context in which the guest is who asks.
	Enter func(context.Context) context.Context
	// Changed holds a value when the guest's account or device has changed. It may be nil.
	Changed <-chan struct{}
	// Still returns a *Denied if the guest may stay no longer.
	Still func(context.Context) error
}

// Gate lets callers in who keep a connection open.
type Gate interface {
	// Admit returns who shows the credentials. ctx lives as long as the guest stays. Every error is a
	// *Denied.
	Admit(ctx context.Context, c Credentials) (Guest, error)
}

// Denied says why a caller is not let in, or must leave.
type Denied struct {
	// Status is what HTTP would answer: 503 means that it cannot be told now.
	Status  int
	Code    string
	Message string
}

func (d *Denied) Error() string { return d.Message }

// deniedBy is the error of a gate as what it is to be; anything else is a fault, and passes.
func deniedBy(err error) *Denied {
	var denied *Denied
	if errors.As(err, &denied) {
		return denied
	}
	return &Denied{http.StatusServiceUnavailable, string(inspection.Unavailable), "it cannot be told now who you are; try again"}
}

const codeUnauthenticated = "UNAUTHENTICATED"

const (
	// recheck is the longest that a guest goes unasked.
	recheck = time.Minute
	// recheckSoon is when to ask again if it could not be told.
	recheckSoon = 5 * time.Second
)

// leaves waits until the guest must leave and says why; nil if ctx ended first.
func (g Guest) leaves(ctx context.Context, now func() time.Time) *Denied {
	expiry := time.NewTimer(g.Until.Sub(now()))
	defer expiry.Stop()
	again := time.NewTimer(recheck)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-expiry.C:
			return &Denied{http.StatusUnauthorized, codeUnauthenticated, "the token has expired; connect again with a new one"}
		case <-g.Changed:
		case <-again.C:
		}
		wait := recheck
		if err := g.Still(ctx); err != nil {
			denied := deniedBy(err)
			if ctx.Err() != nil {
				return nil
			}
			if denied.Status != http.StatusServiceUnavailable {
				return denied
			}
			wait = recheckSoon
		}
		again.Reset(wait)
	}
}
