package device_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"plumbline/graph/auth"
	"plumbline/inspection"
	"plumbline/storage"
)

const viewer = "{ viewer { id } }"

// ownKey is the key that signs devices' tokens: who holds the secret can forge, and nobody else.
func ownKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	seed, err := hkdf.Key(sha256.New, tokenKey, nil, "plumbline device token", ed25519.SeedSize)
	if err != nil {
		t.Fatal(err)
	}
	return ed25519.NewKeyFromSeed(seed)
}

// A token of one issuer never passes for the other's, and none that is not whole passes at all.
func TestWhichTokensLetNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, others := s.register(inspector), s.register(lead)
	own, user := ownKey(t), w.users[inspector].ID.String()
	claims := func(changes ...any) jwt.MapClaims {
		now := w.now().Unix()
		c := jwt.MapClaims{"iss": auth.OwnIssuer, "aud": "plumbline", "sub": user, "device": made.id, "iat": now, "nbf": now, "exp": now + 900}
		for n := 0; n < len(changes); n += 2 {
			if c[changes[n].(string)] = changes[n+1]; changes[n+1] == nil {
				delete(c, changes[n].(string))
			}
		}
		return c
	}
	typ := map[string]any{"typ": "device+jwt"}
	ours := func(changes ...any) string {
		return signed(t, jwt.SigningMethodEdDSA, own, typ, claims(changes...))
	}
	if a := s.ask(ours(), viewer, nil); a.status != 200 || dig(a.body, "data", "viewer", "id") != user {
		t.Fatalf("the control: %d %s", a.status, a.text)
	}
	person := jwt.MapClaims{"email": inspector, "email_verified": true, "iss": w.issuer}
	asPerson := func(issuer string) jwt.MapClaims {
		c := claims("iss", issuer, "email", inspector, "email_verified", true)
		return c
	}
	real := s.token(made)
	parts := strings.Split(real, ".")
	foreign := strings.Split(s.token(others), ".")
	public := []byte(own.Public().(ed25519.PublicKey))
	hour := int64(3600)
	now := w.now().Unix()
	for what, c := range map[string]struct {
		token  string
		status int
	}{
		"ours by the OIDC issuer's key":          {signed(t, jwt.SigningMethodES256, w.oidcKey, map[string]any{"typ": "device+jwt", "kid": "k1"}, claims()), 401},
		"the OIDC issuer's by our key":           {signed(t, jwt.SigningMethodEdDSA, own, map[string]any{"kid": "k1"}, asPerson(w.issuer)), 401},
		"the OIDC issuer's, called ours":         {signed(t, jwt.SigningMethodES256, w.oidcKey, map[string]any{"kid": "k1"}, asPerson(auth.OwnIssuer)), 401},
		"the OIDC issuer's, of our type":         {signed(t, jwt.SigningMethodES256, w.oidcKey, map[string]any{"kid": "k1", "typ": "device+jwt"}, asPerson(w.issuer)), 401},
		"ours, of the OIDC issuer's type":        {signed(t, jwt.SigningMethodEdDSA, own, map[string]any{"typ": "JWT"}, claims()), 401},
		"an issuer that only looks like ours":    {ours("iss", auth.OwnIssuer+"/"), 401},
		"ours, naming both issuers":              {ours("iss", []string{auth.OwnIssuer, w.issuer}), 401},
		"signed by nobody":                       {signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, typ, claims()), 401},
		"signed with the public key":             {signed(t, jwt.SigningMethodHS256, public, typ, claims()), 401},
		"signed with the secret itself":          {signed(t, jwt.SigningMethodHS256, tokenKey, typ, claims()), 401},
		"signed by the device":                   {signed(t, jwt.SigningMethodES256, made.key, map[string]any{"typ": "device+jwt", "kid": made.id}, claims()), 401},
		"an assertion for a token":               {s.assertion(made, s.challenge()), 401},
		"for another audience":                   {ours("aud", "elsewhere"), 401},
		"for no audience":                        {ours("aud", nil), 401},
		"expired":                                {ours("exp", now-31), 401},
		"without an end":                         {ours("exp", nil), 401},
		"of the future":                          {ours("nbf", now+hour), 401},
		"without a beginning":                    {ours("nbf", nil), 401},
		"without a user":                         {ours("sub", nil), 401},
		"without a device":                       {ours("device", nil), 401},
		"with another's signature":               {parts[0] + "." + parts[1] + "." + foreign[2], 401},
		"with another's claims":                  {parts[0] + "." + foreign[1] + "." + parts[2], 401},
		"without a signature":                    {parts[0] + "." + parts[1] + ".", 401},
		"of nobody's device":                     {ours("device", inspection.NewID().String()), 403},
		"of another user's device":               {ours("device", others.id), 403},
		"of a user whom nobody knows":            {ours("sub", inspection.NewID().String()), 403},
		"of an email in place of a user":         {ours("sub", inspector), 401},
		"of a person in place of a device's own": {signed(t, jwt.SigningMethodEdDSA, own, typ, person), 401},
	} {
		for _, path := range []string{"/graphql", "/page"} {
			a := s.post(path, map[string]any{"query": viewer}, "Authorization", "Bearer "+c.token)
			want := map[int]string{401: "UNAUTHENTICATED", 403: "FORBIDDEN"}[c.status]
			if a.status != c.status || a.code() != want {
				t.Errorf("%s at %s: %d %s", what, path, a.status, a.text)
			}
			if strings.Contains(a.text, "eyJ") {
				t.Errorf("%s: the answer repeats the token", what)
			}
		}
	}
}

// Servers that share the key take each other's tokens, for 15 minutes; one with another key takes none.
func TestATokenHoldsForFifteenMinutesOnEveryServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second, stranger := w.serve(tokenKey), w.serve(bytes.Repeat([]byte("o"), 32))
	token := w.server.token(w.server.register(inspector))
	if a := second.ask(token, viewer, nil); a.status != 200 {
		t.Errorf("the second server: %d %s", a.status, a.text)
	}
	if a := stranger.ask(token, viewer, nil); a.status != 401 {
		t.Errorf("a server with another key: %d %s", a.status, a.text)
	}
	w.pass(15*time.Minute - time.Second)
	if a := second.ask(token, viewer, nil); a.status != 200 {
		t.Errorf("before its end: %d %s", a.status, a.text)
	}
	w.pass(time.Second + 30*time.Second) // clocks of servers may differ by half a minute
	if a := second.ask(token, viewer, nil); a.status != 401 || !strings.Contains(a.text, "expired") {
		t.Errorf("after its end: %d %s", a.status, a.text)
	}
}

// With a sign-in the headers say which tablet it is and what its clock shows.
func TestTheHeadersOfADevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, others := s.register(inspector), s.register(lead)
	token, own := w.signIn(inspector), s.token(made)
	shows := func(d time.Duration) string { return w.now().Add(d).Format(time.RFC3339) }
	year := 365 * 24 * time.Hour
	for _, c := range []struct {
		what           string
		token          string
		headers        []string
		status         int
		code           string
		device, offset string
	}{
		{"none", token, nil, 200, "", inspection.ID{}.String(), "0s"},
		{"the device", token, []string{"Plumbline-Device", made.id}, 200, "", made.id, "0s"},
		{"device and time", token, []string{"Plumbline-Device", made.id, "Plumbline-Device-Time", shows(-10 * year)}, 200, "", made.id, (-10 * year).String()},
		{"a time in another zone", token, []string{"Plumbline-Device", made.id, "Plumbline-Device-Time", w.now().Add(time.Hour).In(time.FixedZone("", -5*3600)).Format(time.RFC3339)}, 200, "", made.id, "1h0m0s"},
		{"a time to the microsecond", token, []string{"Plumbline-Device", made.id, "Plumbline-Device-Time", w.now().Add(time.Hour + 1999*time.Microsecond).Format(time.RFC3339Nano)}, 200, "", made.id, "1h0m0.001s"},
		{"a time without a device", token, []string{"Plumbline-Device-Time", shows(year)}, 200, "", inspection.ID{}.String(), year.String()},
		{"another's device", token, []string{"Plumbline-Device", others.id}, 403, "FORBIDDEN", "", ""},
		{"nobody's device", token, []string{"Plumbline-Device", inspection.NewID().String()}, 403, "FORBIDDEN", "", ""},
		{"no id", token, []string{"Plumbline-Device", "tablet 7"}, 403, "FORBIDDEN", "", ""},
		{"a time that is none", token, []string{"Plumbline-Device", made.id, "Plumbline-Device-Time", "noon"}, 400, "BAD_REQUEST", "", ""},
		{"a year of no clock", token, []string{"Plumbline-Device", made.id, "Plumbline-Device-Time", "0001-01-01T00:00:00Z"}, 400, "BAD_REQUEST", "", ""},
		{"two devices", token, []string{"Plumbline-Device", made.id, "Plumbline-Device", made.id}, 400, "BAD_REQUEST", "", ""},
		{"a token of its own", own, nil, 200, "", made.id, "0s"},
		{"its own token and a time", own, []string{"Plumbline-Device-Time", shows(year)}, 200, "", made.id, year.String()},
		{"its own token and itself", own, []string{"Plumbline-Device", made.id}, 200, "", made.id, "0s"},
		{"its own token and another device", own, []string{"Plumbline-Device", others.id}, 403, "FORBIDDEN", "", ""},
	} {
		a := s.post("/page", nil, append([]string{"Authorization", "Bearer " + c.token}, c.headers...)...)
		if a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %s", c.what, a.status, a.text)
		}
		if c.status == 200 && (a.body["device"] != c.device || a.body["offset"] != c.offset) {
			t.Errorf("%s: %s", c.what, a.text)
		}
	}
}

// Revoked in the middle of a token: from the next request on the tablet reads nothing.
func TestARevokedTabletReadsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made := s.register(inspector)
	token := s.token(made)
	s.data(token, viewer, nil)
	w.serve(tokenKey).data(w.signIn(admin), revoke, map[string]any{"id": made.id})
	for what, c := range map[string]struct{ token, query string }{
		"a query":              {token, viewer},
		"introspection":        {token, "{ __schema { queryType { name } } }"},
		"a typename":           {token, "mutation { __typename }"},
		"another mutation":     {token, `mutation { recordAnswers(input: {inspectionId: "` + made.id + `", answers: []}) { problems { code } } }`},
		"a query by a sign-in": {w.signIn(inspector), viewer},
	} {
		a := s.ask(c.token, c.query, nil, "Plumbline-Device", made.id)
		if a.status != 403 || a.code() != "FORBIDDEN" || !strings.Contains(a.text, "this device was revoked") || a.body["data"] != nil {
			t.Errorf("%s: %d %s", what, a.status, a.text)
		}
	}
	if a := s.post("/page", nil, "Authorization", "Bearer "+token); a.status != 403 || a.code() != "FORBIDDEN" {
		t.Errorf("another page: %d %s", a.status, a.text)
	}
	s.data(w.signIn(inspector), viewer, nil) // without the tablet
}

// A user who is deactivated is out at once, and their tablets with them.
func TestADeactivatedUserIsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	token := s.token(s.register(inspector))
	w.behind("update app_user set active = false where email = $1", inspector)
	if a := s.ask(token, viewer, nil); a.status != 403 || a.code() != "FORBIDDEN" {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// The device is heard of at most once a minute, and letting somebody in takes one statement.
func TestWhatLettingInCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made := s.register(inspector)
	token := s.token(made)
	seen := func() string {
		return w.behind("select to_char(last_seen_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') || ' ' || clock_offset_ms || ' ' || revision from device")
	}
	first := w.now()
	want := first.Format(time.RFC3339) + " 0 1"
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{0, want}, {59 * time.Second, want}, {time.Second, first.Add(time.Minute).Format(time.RFC3339) + " 5000 1"}} {
		w.pass(c.after)
		for _, bearer := range []string{token, w.signIn(inspector)} {
			s.statements.Reset()
			a := s.post("/page", nil, "Authorization", "Bearer "+bearer, "Plumbline-Device", made.id, "Plumbline-Device-Time", w.now().Add(5*time.Second).Format(time.RFC3339))
			if n := s.statements.Count(); a.status != 200 || n != 1 {
				t.Errorf("%d %s takes %d statements: %q", a.status, a.text, n, s.statements.SQL())
			}
		}
		if got := seen(); got != c.want {
			t.Errorf("after %s: %s, want %s", c.after, got, c.want)
		}
	}
}

// Many requests of one tablet at the moment when sign-in and device are to be noted again: all pass.
func TestManyAtTheDoorAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	servers := []*server{w.server, w.serve(tokenKey)}
	made := w.server.register(inspector)
	for range 3 {
		w.pass(2 * time.Hour)
		bearers := []string{w.signIn(inspector), w.server.token(made)}
		w.pass(time.Minute)
		var wait sync.WaitGroup
		for n := range 40 {
			wait.Go(func() {
				if a := servers[n%2].post("/page", nil, "Authorization", "Bearer "+bearers[n/2%2], "Plumbline-Device", made.id); a.status != 200 {
					t.Errorf("%d %s", a.status, a.text)
				}
			})
		}
		wait.Wait()
	}
}

// Whether a session still holds can be asked at any time.
func TestWhenASessionHoldsNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	store, err := storage.Open(t.Context(), storage.Config{URL: w.database.AppURL, AuditKey: auditKey, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	verifier, err := auth.NewVerifier(auth.Config{Issuer: w.issuer, Audience: "plumbline", Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := auth.NewTokens(tokenKey, "plumbline", w.now)
	if err != nil {
		t.Fatal(err)
	}
	gate := auth.NewGate(verifier, tokens, store, slog.New(slog.DiscardHandler), w.now)
	enter := func(token, device string) auth.Session {
		session, err := gate.Authenticate(t.Context(), token, device, "")
		if err != nil {
			t.Fatal(err)
		}
		return session
	}
	still := func(what string, session auth.Session, status int) {
		t.Helper()
		err := gate.Still(t.Context(), session)
		var refusal *auth.Refusal
		if got := errors.As(err, &refusal); got != (status != 0) || (got && refusal.Status != status) {
			t.Errorf("%s: %v, want %d", what, err, status)
		}
	}
	made := s.register(inspector)
	byKey, bySignIn, without := enter(s.token(made), ""), enter(w.signIn(inspector), made.id), enter(w.signIn(inspector), "")
	if want := w.now().Add(15 * time.Minute); !byKey.Expires.Equal(want) {
		t.Errorf("it expires %s, want %s", byKey.Expires, want)
	}
	colleague, moved := enter(w.signIn(lead), ""), enter(w.signIn(facility), "")
	for _, session := range []auth.Session{byKey, bySignIn, without, colleague, moved} {
		still("at first", session, 0)
	}
	s.data(w.signIn(inspector), revoke, map[string]any{"id": made.id})
	still("revoked, by its key", byKey, http.StatusForbidden)
	still("revoked, by a sign-in", bySignIn, http.StatusForbidden)
	still("without the device", without, 0)
	w.behind("update app_user set role = 'REVIEWER' where email = $1", lead)
	still("in another role", colleague, http.StatusForbidden)
	w.behind("update app_user set active = false where email = $1", facility)
	still("deactivated", moved, http.StatusForbidden)
	w.pass(time.Hour)
	still("expired", without, http.StatusUnauthorized)
}
