package device_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"plumbline/inspection"
)

// A tablet whose clock is ten years off gets a token by the server's challenge, and the server knows by
// how much it is off.
func TestATabletGetsATokenWhateverItsClockShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made := s.register(inspector)
	for _, wrong := range []time.Duration{0, -10 * 365 * 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
		made.wrong = wrong
		a := s.asks(made)
		if a.status != 200 || a.body["expiresIn"] != 900.0 || a.body["tokenType"] != "Bearer" || a.body["clockOffsetMs"] != float64(wrong.Milliseconds()) {
			t.Fatalf("%s off: %d %s", wrong, a.status, a.text)
		}
		seen := s.post("/page", nil, "Authorization", "Bearer "+a.body["token"].(string))
		if seen.body["user"] != w.users[inspector].ID.String() || seen.body["device"] != made.id || seen.body["known"] != true || seen.body["offset"] != wrong.String() || seen.body["byKey"] != true {
			t.Errorf("%s off: the actor is %s", wrong, seen.text)
		}
		device := dig(s.data(w.signIn(inspector), `query($id: ID!) { node(id: $id) { ... on Device { lastSeenAt clockOffsetMs signInDueAt } } }`, map[string]any{"id": made.id}), "node")
		if dig(device, "clockOffsetMs") != float64(wrong.Milliseconds()) || dig(device, "lastSeenAt") != w.now().Format(time.RFC3339) {
			t.Errorf("%s off: the device is %v", wrong, device)
		}
	}
}

// What is no assertion of a registered device, to this server, in answer to a challenge of its own.
func TestWhatIsNoAssertion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, other := s.register(inspector), s.register(lead)
	elsewhere := w.serve(bytes.Repeat([]byte("e"), 32))
	der, err := x509.MarshalPKIXPublicKey(made.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	with := func(changes ...any) string { return s.assertion(made, s.challenge(), changes...) }
	claims := func() jwt.MapClaims {
		return jwt.MapClaims{"aud": "plumbline", "challenge": s.challenge(), "deviceTime": "2026-03-02T09:00:00Z"}
	}
	kid := func(id string) map[string]any { return map[string]any{"kid": id} }
	tampered := func() string {
		parts := strings.Split(with(), ".")
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		parts[1] = base64.RawURLEncoding.EncodeToString(bytes.Replace(payload, []byte("deviceTime"), []byte("devicetime"), 1))
		return strings.Join(parts, ".")
	}
	swapped := func() string {
		challenge := []byte(s.challenge())
		challenge[30] ^= 1
		return s.assertion(made, string(challenge))
	}
	refused := "ASSERTION_REFUSED"
	for what, assertion := range map[string]string{
		"nothing":                          "",
		"no JWT":                           "abc",
		"signed by another device":         signed(t, jwt.SigningMethodES256, other.key, kid(made.id), claims()),
		"signed by nobody":                 signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid(made.id), claims()),
		"signed with the public key":       signed(t, jwt.SigningMethodHS256, der, kid(made.id), claims()),
		"signed by the issuer's key":       signed(t, jwt.SigningMethodES256, w.oidcKey, kid(made.id), claims()),
		"of a device that nobody knows":    signed(t, jwt.SigningMethodES256, made.key, kid(inspection.NewID().String()), claims()),
		"of no device":                     signed(t, jwt.SigningMethodES256, made.key, nil, claims()),
		"with critical extensions":         signed(t, jwt.SigningMethodES256, made.key, map[string]any{"kid": made.id, "crit": []string{"x"}}, claims()),
		"tampered with":                    tampered(),
		"to another server":                with("aud", "elsewhere"),
		"to nobody":                        with("aud", nil),
		"without a challenge":              with("challenge", nil),
		"of a challenge of its own making": with("challenge", base64.RawURLEncoding.EncodeToString(make([]byte, 57))),
		"of a challenge that was changed":  swapped(),
		"of a challenge from elsewhere":    s.assertion(made, elsewhere.challenge()),
		"of half a challenge":              s.assertion(made, s.challenge()[:40]),
		"without a time":                   with("deviceTime", nil),
		"with a time that is none":         with("deviceTime", "yesterday"),
		"with a time of no calendar":       with("deviceTime", "9999-03-02T09:00:00Z"),
		"too large":                        with("padding", strings.Repeat("x", 9000)),
	} {
		if a := s.post("/device/token", map[string]any{"assertion": assertion}); a.status != 401 || a.code() != refused || a.body["token"] != nil {
			t.Errorf("%s: %d %s", what, a.status, a.text)
		}
	}
	if n := w.behind("select count(*)::text from device_challenge"); n != "0" {
		t.Errorf("%s challenges were taken", n)
	}
	if a := s.asks(made); a.status != 200 {
		t.Errorf("a good one: %d %s", a.status, a.text)
	}
}

// An assertion is good once, whichever of two server processes sees it, at once or later.
func TestAnAssertionIsGoodOnceAcrossServers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	servers := []*server{w.server, w.serve(tokenKey)}
	made := w.server.register(inspector)
	body := map[string]any{"assertion": w.server.assertion(made, servers[1].challenge())}
	var wait sync.WaitGroup
	answers := make([]answer, 20)
	for n := range answers {
		wait.Go(func() { answers[n] = servers[n%2].post("/device/token", body) })
	}
	wait.Wait()
	granted := 0
	for _, a := range answers {
		if a.status == 200 {
			granted++
		} else if a.status != 401 || a.code() != "CHALLENGE_REFUSED" {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
	if granted != 1 {
		t.Errorf("%d tokens for one assertion", granted)
	}
	w.pass(5*time.Minute - time.Second)
	for n, s := range servers {
		if a := s.post("/device/token", body); a.code() != "CHALLENGE_REFUSED" {
			t.Errorf("server %d, before the challenge ends: %d %s", n, a.status, a.text)
		}
	}
	w.pass(time.Second)
	if a := w.server.post("/device/token", body); a.code() != "ASSERTION_REFUSED" {
		t.Errorf("after the challenge has ended: %d %s", a.status, a.text)
	}
	w.pass(2 * time.Hour)
	w.server.data(w.signIn(inspector), "{ viewer { id } }", nil)
	w.server.token(made)
	if n := w.behind("select count(*)::text from device_challenge"); n != "1" {
		t.Errorf("%s challenges are kept", n)
	}
}

// Tokens are given for 30 days after a sign-in, to the second, and again after the next.
func TestTokensRestOnASignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made := s.register(inspector)
	w.pass(30*24*time.Hour - time.Second)
	if a := s.asks(made); a.status != 200 || a.body["signInDueIn"] != 1.0 {
		t.Fatalf("a second before: %d %s", a.status, a.text)
	}
	w.pass(time.Second)
	if a := s.asks(made); a.status != 403 || a.code() != "SIGN_IN_REQUIRED" {
		t.Fatalf("on the second: %d %s", a.status, a.text)
	}
	stale := w.signIn(inspector, "auth_time", w.now().Add(-31*24*time.Hour).Unix())
	s.data(stale, "{ viewer { id } }", nil)
	if a := s.asks(made); a.code() != "SIGN_IN_REQUIRED" {
		t.Errorf("a fresh token of an old sign-in: %d %s", a.status, a.text)
	}
	s.data(w.signIn(inspector, "iat", nil), "{ viewer { id } }", nil)
	if a := s.asks(made); a.code() != "SIGN_IN_REQUIRED" {
		t.Errorf("a token that does not say when: %d %s", a.status, a.text)
	}
	s.data(w.signIn(inspector), "{ viewer { id } }", nil)
	if a := s.asks(made); a.status != 200 {
		t.Errorf("after a sign-in: %d %s", a.status, a.text)
	}
}

// A sign-in is noted at most once an hour, never back, and never ahead of the server's clock.
func TestHowASignInIsNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	noted := func() string {
		return w.behind("select to_char(at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from user_sign_in where user_id = $1", w.users[inspector].ID)
	}
	first := w.now()
	for _, c := range []struct {
		what string
		at   time.Time
		want time.Time
	}{
		{"the first", first, first},
		{"half an hour later", first.Add(30 * time.Minute), first},
		{"long before", first.Add(-24 * time.Hour), first},
		{"an hour later", first.Add(time.Hour), first.Add(time.Hour)},
		{"ahead of the clock", first.Add(1000 * time.Hour), first.Add(3 * time.Hour)},
		{"back again", first, first.Add(3 * time.Hour)},
		{"in no year of a calendar", time.Unix(1<<52, 0), first.Add(3 * time.Hour)},
		{"before all tokens", time.Unix(-1<<52, 0), first.Add(3 * time.Hour)},
	} {
		if c.what == "half an hour later" {
			w.pass(3 * time.Hour)
		}
		s.data(w.signIn(inspector, "auth_time", c.at.Unix(), "iat", w.now().Unix()), "{ viewer { id } }", nil)
		if got := noted(); got != c.want.Format(time.RFC3339) {
			t.Errorf("%s: %s, want %s", c.what, got, c.want.Format(time.RFC3339))
		}
	}
}

// A device that is not trusted any more, or whose user is not, is told so and what to do.
func TestWhoGetsNoMoreTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, other := s.register(inspector), s.register(lead)
	s.data(w.signIn(inspector), revoke, map[string]any{"id": made.id})
	if a := s.asks(made); a.status != 403 || a.code() != "DEVICE_REVOKED" || !strings.Contains(a.text, "sign in") {
		t.Errorf("a revoked device: %d %s", a.status, a.text)
	}
	w.behind("update app_user set active = false where email = $1", lead)
	if a := s.asks(other); a.status != 403 || a.code() != "USER_INACTIVE" {
		t.Errorf("a deactivated user: %d %s", a.status, a.text)
	}
}

const revoke = `mutation($id: ID!) { revokeDevice(input: {deviceId: $id, reason: "lost"}) { device { id revokedAt revokedBy revokedReason revision } problems { code message } } }`

// One device that asks all the time is slowed down; others are not.
func TestADeviceAsksInMeasure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, other := s.register(inspector), s.register(lead)
	for n := range 120 {
		if n == 60 {
			w.pass(time.Minute) // or the address would be the limit
		}
		if a := s.asks(made); a.status != 200 {
			t.Fatalf("%d: %d %s", n, a.status, a.text)
		}
	}
	if a := s.asks(made); a.status != 429 || a.code() != "TOO_MANY_REQUESTS" || a.header.Get("Retry-After") == "" {
		t.Errorf("the 121st: %d %s", a.status, a.text)
	}
	if a := s.asks(other); a.status != 200 {
		t.Errorf("another device: %d %s", a.status, a.text)
	}
}

// A token costs two statements, a challenge and what is refused for its form none.
func TestWhatATokenCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made := s.register(inspector)
	good := s.assertion(made, s.challenge())
	for _, c := range []struct {
		what string
		body map[string]any
		want int
	}{{"a forged challenge", map[string]any{"assertion": s.assertion(made, "x")}, 0}, {"a token", map[string]any{"assertion": good}, 2}} {
		s.statements.Reset()
		s.post("/device/token", c.body)
		if n := s.statements.Count(); n != c.want {
			t.Errorf("%s takes %d statements: %q", c.what, n, s.statements.SQL())
		}
	}
}

// Nothing but a POST of JSON at one of the three addresses.
func TestTheDoorIsNarrow(t *testing.T) {
	t.Parallel()
	s := newWorld(t).server
	for _, c := range []struct {
		method, path, mediaType string
		status                  int
	}{
		{"POST", "/device/", "application/json", 404},
		{"GET", "/device/token", "", 405},
		{"POST", "/device/token", "text/plain", 415},
		{"POST", "/device/register", "application/x-www-form-urlencoded", 415},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, s.url+c.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", c.mediaType)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s %s as %q: %d", c.method, c.path, c.mediaType, response.StatusCode)
		}
	}
}
