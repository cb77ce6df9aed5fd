package auth

import (
	"errors"
	"net/http"
	"strings"
)

// The headers by which a request names the device that sends it, and what its clock shows.
const (
	HeaderDevice     = "Plumbline-Device"
	HeaderDeviceTime = "Plumbline-Device-Time"
)

// Middleware lets a request through only with a valid token of an active user, and from no revoked
// device; ActorFrom then returns the user. Otherwise it answers 401 (no valid token), 403 (nobody of
// ours, or not with this device), 400 (a header that cannot be read) or 503 (it cannot be told now) in
// GraphQL's shape.
func (g *Gate) Middleware(next http.Handler) http.Handler { return g.admitting(next, false) }

// Pushing is Middleware that lets revoked devices through too. What stands behind it must refuse them
// all but pushes, as an API with the extension PushOnlyOnceRevoked does.
func (g *Gate) Pushing(next http.Handler) http.Handler { return g.admitting(next, true) }

func (g *Gate) admitting(next http.Handler, alsoRevoked bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := g.ofRequest(r)
		if err == nil && session.Actor.Device.Revoked && !alsoRevoked {
			err = revokedDevice()
		}
		if err != nil {
			answer(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(WithActor(r.Context(), session.Actor)))
	})
}

// answer writes a refusal.
func answer(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		refusal = unavailable("the account cannot be looked up now; try again")
	}
	refusal.Answer(w, r)
}

func (g *Gate) ofRequest(r *http.Request) (Session, error) {
	token, ok := bearer(r)
	if !ok {
		return Session{}, &Refusal{Status: http.StatusUnauthorized, Code: CodeUnauthenticated,
			Message: "sign in first: send the header Authorization: Bearer TOKEN"}
	}
	if len(r.Header.Values(HeaderDevice)) > 1 || len(r.Header.Values(HeaderDeviceTime)) > 1 {
		return Session{}, &Refusal{Status: http.StatusBadRequest, Code: CodeBadRequest,
			Message: "the headers Plumbline-Device and Plumbline-Device-Time are sent once each"}
	}
	return g.Authenticate(r.Context(), token, r.Header.Get(HeaderDevice), r.Header.Get(HeaderDeviceTime))
}

// bearer returns the token of the request's one Authorization header.
func bearer(r *http.Request) (string, bool) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, found := strings.Cut(headers[0], " ")
	token = strings.TrimSpace(token)
	return token, found && token != "" && strings.EqualFold(scheme, "Bearer")
}
