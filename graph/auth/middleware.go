package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"plumbline/graph/edge"
	"plumbline/inspection"
)

// Users finds the person behind a token.
type Users interface {
	// ActorByEmail returns the active user with the address, which is given in lower case. A user
	// who does not exist or is not active is a NotFound problem.
	ActorByEmail(ctx context.Context, email string) (inspection.Actor, error)
}

// Middleware lets a request through only with a valid token of an active user, whom ActorFrom then
// returns. Otherwise it answers 401 (no valid token), 403 (nobody of ours) or 503 (it cannot be
// told now) in GraphQL's shape. It never logs a token.
func Middleware(verifier *Verifier, users Users, log *slog.Logger) func(http.Handler) http.Handler {
	g := gate{verifier: verifier, users: users, log: log}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if actor, ok := g.admit(w, r); ok {
				next.ServeHTTP(w, r.WithContext(WithActor(r.Context(), actor)))
			}
		})
	}
}

type gate struct {
	verifier *Verifier
	users    Users
	log      *slog.Logger
}

// admit finds the request's actor, or answers the request itself.
func (g gate) admit(w http.ResponseWriter, r *http.Request) (inspection.Actor, bool) {
	token, ok := bearer(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="plumbline"`)
		edge.Refuse(w, r, http.StatusUnauthorized, "UNAUTHENTICATED",
			"sign in first: send the header Authorization: Bearer TOKEN")
		return inspection.Actor{}, false
	}
	claims, err := g.verifier.Verify(r.Context(), token)
	if err != nil {
		g.refuseToken(w, r, err)
		return inspection.Actor{}, false
	}
	actor, err := g.users.ActorByEmail(r.Context(), claims.Email)
	if err != nil {
		g.refuseUser(w, r, err)
		return inspection.Actor{}, false
	}
	return actor, true
}

func (g gate) refuseToken(w http.ResponseWriter, r *http.Request, err error) {
	reason, unavailable := reasonOf(err)
	if unavailable {
		refuseForNow(w, r, reason)
		return
	}
	g.log.InfoContext(r.Context(), "token refused", "reason", reason)
	w.Header().Set("WWW-Authenticate",
		fmt.Sprintf(`Bearer realm="plumbline", error="invalid_token", error_description=%q`, reason))
	edge.Refuse(w, r, http.StatusUnauthorized, "UNAUTHENTICATED", reason)
}

func (g gate) refuseUser(w http.ResponseWriter, r *http.Request, err error) {
	if inspection.Refused(err, inspection.NotFound) {
		edge.Refuse(w, r, http.StatusForbidden, string(inspection.Forbidden),
			"the token is valid, but its person has no active account in Plumbline; ask an administrator")
		return
	}
	g.log.ErrorContext(r.Context(), "user of a valid token could not be looked up", "error", err)
	refuseForNow(w, r, "the account cannot be looked up now; try again")
}

func refuseForNow(w http.ResponseWriter, r *http.Request, reason string) {
	w.Header().Set("Retry-After", "10")
	edge.Refuse(w, r, http.StatusServiceUnavailable, "UNAVAILABLE", reason)
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
