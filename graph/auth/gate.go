package auth

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/inspection"
)

// Session is an actor for as long as their token holds.
type Session struct {
	Actor inspection.Actor
	// Expires is when the token does.
	Expires time.Time
}

// Gate lets people in by their tokens: those of the OIDC issuer, and Plumbline's own, which devices
// hold. It is safe for concurrent use, and it never logs a token.
type Gate struct {
	verifier *Verifier
	tokens   *Tokens
	users    inspection.Doorkeeper
	log      *slog.Logger
	now      func() time.Time
}

// NewGate returns a gate. Nil for now means time.Now.
func NewGate(verifier *Verifier, tokens *Tokens, users inspection.Doorkeeper, log *slog.Logger, now func() time.Time) *Gate {
	if now == nil {
		now = time.Now
	}
	return &Gate{verifier: verifier, tokens: tokens, users: users, log: log, now: now}
}

// Authenticate returns who is behind a bearer token (the token alone, without the scheme), and until
// when. device and deviceTime are the headers Plumbline-Device and Plumbline-Device-Time, empty if
// there are none; a device's own token names its device itself. The actor's device may be a revoked
// one, which may push and nothing else. Every error is a *Refusal.
func (g *Gate) Authenticate(ctx context.Context, bearer, device, deviceTime string) (Session, error) {
	now := g.now()
	admission, expires, err := g.verify(ctx, bearer, device)
	if err != nil {
		return Session{}, err
	}
	admission.At = now.UTC()
	admission.SignedInAt = plausible(admission.SignedInAt, now)
	if deviceTime != "" {
		shown, err := readDeviceTime(deviceTime)
		if err != nil {
			return Session{}, err
		}
		offset := shown.Sub(now).Truncate(time.Millisecond) // as it is kept
		admission.Offset = &offset
	}
	actor, err := g.users.Admit(ctx, admission)
	if err != nil {
		return Session{}, g.unknown(ctx, err)
	}
	actor.Device.ByKey = admission.UserID != inspection.ID{}
	return Session{Actor: actor, Expires: expires}, nil
}

// Still reports, by a *Refusal, that a session no longer holds: its token has expired, its user or
// device is active no more, or its user's role or place has changed. A 503 says that it cannot be told.
func (g *Gate) Still(ctx context.Context, s Session) error {
	now := g.now()
	if !now.Before(s.Expires) {
		return unauthenticated("the token has expired")
	}
	actor, err := g.users.Admit(ctx, inspection.Admission{UserID: s.Actor.ID, DeviceID: s.Actor.Device.ID, At: now.UTC()})
	if err != nil {
		return g.unknown(ctx, err)
	}
	if actor.Device.Revoked {
		return revokedDevice()
	}
	if actor.Role != s.Actor.Role || actor.FieldOffice != s.Actor.FieldOffice || actor.FacilityID != s.Actor.FacilityID {
		return forbidden("your account has changed; connect again")
	}
	return nil
}

// verify turns a token of either issuer into whom to look up. Which issuer it claims decides which
// verifier judges it, and each accepts its own issuer only.
func (g *Gate) verify(ctx context.Context, token, device string) (inspection.Admission, time.Time, error) {
	var named inspection.ID
	if device != "" {
		var err error
		if named, err = uuid.Parse(device); err != nil {
			return inspection.Admission{}, time.Time{}, forbidden("the header Plumbline-Device names no device: send the id that the registration gave, or leave the header out")
		}
	}
	if claimsOwnIssuer(token) {
		own, err := g.tokens.Verify(token)
		if err != nil {
			return inspection.Admission{}, time.Time{}, g.refusal(ctx, err)
		}
		if device != "" && named != own.DeviceID {
			return inspection.Admission{}, time.Time{}, forbidden("the token is of another device than the header Plumbline-Device names; leave the header out")
		}
		return inspection.Admission{UserID: own.UserID, DeviceID: own.DeviceID, Offset: own.Offset}, own.Expires, nil
	}
	claims, err := g.verifier.Verify(ctx, token)
	if err != nil {
		return inspection.Admission{}, time.Time{}, g.refusal(ctx, err)
	}
	return inspection.Admission{Email: claims.Email, DeviceID: named, SignedInAt: claims.SignedInAt}, claims.Expires, nil
}

// plausible is when somebody signed in, by an issuer whose clock may be wrong: not after now, and not
// before there were tokens, which is no sign-in.
func plausible(signedIn, now time.Time) time.Time {
	switch {
	case signedIn.Unix() < 0:
		return time.Time{}
	case signedIn.After(now):
		return now.UTC()
	}
	return signedIn
}

// readDeviceTime reads what the device's clock shows, however wrong it is.
func readDeviceTime(text string) (time.Time, error) {
	shown, err := time.Parse(time.RFC3339, text)
	if year := shown.UTC().Year(); err != nil || year < 1900 || year > 2199 {
		return time.Time{}, &Refusal{Status: http.StatusBadRequest, Code: CodeBadRequest,
			Message: "the header Plumbline-Device-Time is no time of the years 1900 to 2199 in the form of RFC 3339, like 2026-03-02T09:00:00Z"}
	}
	return shown, nil
}

// refusal turns a verifier's error into an answer.
func (g *Gate) refusal(ctx context.Context, err error) *Refusal {
	reason, later := reasonOf(err)
	if later {
		return unavailable(reason)
	}
	g.log.InfoContext(ctx, "token refused", "reason", reason)
	return unauthenticated(reason)
}

// unknown turns the error of a look-up into an answer.
func (g *Gate) unknown(ctx context.Context, err error) *Refusal {
	problems := inspection.ProblemsOf(err)
	switch {
	case problems == nil:
		if ctx.Err() == nil { // else the caller has gone away, which is no fault of ours
			g.log.ErrorContext(ctx, "user of a valid token could not be looked up", "error", err)
		}
		return unavailable("the account cannot be looked up now; try again")
	case strings.Join(problems[0].Path, ".") == "device":
		return forbidden("this device is not registered to you: register it, or leave out the header Plumbline-Device")
	}
	return forbidden("the token is valid, but its person has no active account in Plumbline; ask an administrator")
}

func revokedDevice() *Refusal {
	return forbidden("this device was revoked: it may still push what it holds, which is kept aside for the lead, and nothing else")
}
