package auth_test

import (
	"bytes"
	"context"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"plumbline/graph/auth"
	"plumbline/inspection"
)

// directory is a set of users by address.
type directory map[string]inspection.Actor

func (d directory) Admit(_ context.Context, a inspection.Admission) (inspection.Actor, error) {
	email := a.Email
	if email == "broken@opr.example" {
		return inspection.Actor{}, errors.New("connection to 10.0.0.7 refused")
	}
	actor, ok := d[email]
	if !ok {
		return inspection.Actor{}, fmt.Errorf("storage: %w", inspection.Refuse(inspection.NotFound, "user", "no user %s", email))
	}
	return actor, nil
}

func TestOnlyKnownPeopleWithAValidTokenPass(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	key := ecKey(t, elliptic.P256())
	i.publish(t, "k1", "ES256", jwkset.UseSig, public(key))
	down := newIssuer(t)
	down.set(func() { down.down = true })
	users := directory{"lead@opr.example": {Email: "lead@opr.example", Role: inspection.RoleLead}}
	token := func(email string) string {
		return sign(t, jwt.SigningMethodES256, key, kid("k1"), i.with("email", email))
	}
	valid := "Bearer " + token("lead@opr.example")

	tests := []struct {
		name          string
		verifier      *auth.Verifier
		authorization []string
		status        int
		code, header  string
	}{
		{"valid", i.verifier(t), []string{valid}, 200, "", ""},
		{"scheme in another case", i.verifier(t), []string{"bearer " + token("LEAD@opr.example")}, 200, "", ""},
		{"none", i.verifier(t), nil, 401, "UNAUTHENTICATED", `Bearer realm="plumbline"`},
		{"basic", i.verifier(t), []string{"Basic bGVhZDpsZWFk"}, 401, "UNAUTHENTICATED", `Bearer realm="plumbline"`},
		{"no token", i.verifier(t), []string{"Bearer "}, 401, "UNAUTHENTICATED", `Bearer realm="plumbline"`},
		{"two headers", i.verifier(t), []string{valid, valid}, 401, "UNAUTHENTICATED", `Bearer realm="plumbline"`},
		{"forged", i.verifier(t), []string{valid + "AA"}, 401, "UNAUTHENTICATED",
			`Bearer realm="plumbline", error="invalid_token", error_description="the token's signature is not valid"`},
		{"nobody of ours", i.verifier(t), []string{"Bearer " + token("stranger@opr.example")}, 403, "FORBIDDEN", ""},
		{"no database", i.verifier(t), []string{"Bearer " + token("broken@opr.example")}, 503, "UNAVAILABLE", ""},
		{"no issuer", down.verifier(t), []string{valid}, 503, "UNAVAILABLE", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			reached := false
			h := auth.NewGate(tt.verifier, ownTokens(t, i.now), users, slog.New(slog.NewTextHandler(&log, nil)), i.now).Middleware(
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					reached = true
					actor, ok := auth.ActorFrom(r.Context())
					if !ok || actor.Role != inspection.RoleLead {
						t.Errorf("actor is %+v, %t", actor, ok)
					}
				}))
			req := httptest.NewRequest("POST", "/graphql", nil)
			for _, a := range tt.authorization {
				req.Header.Add("Authorization", a)
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			body, err := io.ReadAll(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			if rec.Code != tt.status || reached != (tt.status == 200) {
				t.Errorf("status %d, reached %t: %s", rec.Code, reached, body)
			}
			if got := rec.Header().Get("WWW-Authenticate"); got != tt.header {
				t.Errorf("WWW-Authenticate is %s", got)
			}
			if tt.code != "" && !strings.Contains(string(body), `"extensions":{"code":"`+tt.code+`"}`) {
				t.Errorf("body is %s", body)
			}
			for _, secret := range []string{"10.0.0.7", "eyJ"} {
				if strings.Contains(string(body), secret) {
					t.Errorf("the answer gives away %q: %s", secret, body)
				}
			}
			if strings.Contains(log.String(), "eyJ") {
				t.Errorf("a token was logged: %s", log.String())
			}
		})
	}
}

func TestNobodyIsInAFreshContext(t *testing.T) {
	t.Parallel()
	if actor, ok := auth.ActorFrom(t.Context()); ok {
		t.Errorf("got %+v", actor)
	}
}
