package device_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/inspection"
)

// A tablet registers under its user's code, in WebCrypto's forms, and is the user's from then on.
func TestATabletRegistersUnderACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.server.register(inspector)
	listed := w.server.data(w.signIn(inspector), `{ devices { edges { node { id userId name registeredAt lastSeenAt clockOffsetMs revokedAt lastSignInAt revision } } } }`, nil)
	edges := dig(listed, "devices", "edges").([]any)
	if len(edges) != 1 {
		t.Fatalf("listed: %v", edges)
	}
	node := dig(edges[0], "node").(map[string]any)
	if node["id"] != made.id || node["userId"] != w.users[inspector].ID.String() || node["name"] != "tablet 7" || node["lastSeenAt"] != nil || node["revision"] != 1.0 {
		t.Errorf("listed: %v", node)
	}
	if got := w.behind("select string_agg(action || ' ' || target_type, ', ' order by at, id) from audit_event where actor_id = $1", w.users[inspector].ID); got != "REGISTER_DEVICE DeviceRegistration, REGISTER_DEVICE Device" {
		t.Errorf("audited: %s", got)
	}
	if made.audience != "plumbline" {
		t.Errorf("the audience is %s", made.audience)
	}
}

// Ed25519 is as good, and people type codes as they like.
func TestAKeyOfEd25519AndACodeTypedCarelessly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	typed := " " + strings.ToLower(strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(w.server.code(lead)))
	a := w.server.post("/device/register", registration(t, private, typed, func(code string) []byte { return ed25519.Sign(private, []byte(code)) }))
	if a.status != http.StatusOK {
		t.Fatalf("%d %s %v", a.status, a.text, public)
	}
}

// The database never holds a code.
func TestACodeIsKeptAsAHashOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.server.code(inspector)
	dump := w.behind("select string_agg(r::text, ' ') from device_registration r") + w.behind("select string_agg(e.detail::text, ' ') from audit_event e")
	for _, form := range []string{code, strings.ReplaceAll(code, "-", ""), base64.StdEncoding.EncodeToString([]byte(code))} {
		if strings.Contains(dump, form) {
			t.Errorf("the database holds the code: %s", dump)
		}
	}
}

// Whoever has no valid code, no key of the right kind or no proof of holding it gets no device; what is
// wrong with a code nobody is told.
func TestWhatIsNoRegistration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	taken := s.register(lead)
	key := newKey(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	code := s.code(inspector)
	valid := func() map[string]any { return registration(t, key, code, webCrypto(t, key)) }
	with := func(field string, value any) map[string]any {
		body := valid()
		body[field] = value
		return body
	}
	other := newKey(t)
	for _, c := range []struct {
		what   string
		body   any
		status int
		code   string
	}{
		{"a wrong code", registration(t, key, "AAAAA-AAAAA", webCrypto(t, key)), 403, "CODE_REFUSED"},
		{"no code", registration(t, key, "", webCrypto(t, key)), 403, "CODE_REFUSED"},
		{"a proof of another code", with("proof", registration(t, key, "AAAAA-AAAAA", webCrypto(t, key))["proof"]), 400, "PROOF_REFUSED"},
		{"a proof by another key", with("proof", registration(t, other, code, webCrypto(t, other))["proof"]), 400, "PROOF_REFUSED"},
		{"no proof", with("proof", ""), 400, "PROOF_REFUSED"},
		{"a proof of 64 zeros", with("proof", base64.StdEncoding.EncodeToString(make([]byte, 64))), 400, "PROOF_REFUSED"},
		{"no key", with("publicKey", ""), 400, "INVALID"},
		{"a key that is no base64", with("publicKey", "%%%"), 400, "INVALID"},
		{"a key of P-384", registration(t, p384, code, webCrypto(t, key)), 400, "INVALID"},
		{"a key that is another device's", registration(t, taken.key, code, webCrypto(t, taken.key)), 409, "KEY_TAKEN"},
		{"a name too long", with("name", strings.Repeat("x", 201)), 400, "INVALID"},
		{"a list", []byte("[]"), 400, "BAD_REQUEST"},
		{"half an object", []byte(`{"code": "A`), 400, "BAD_REQUEST"},
		{"a number for a code", []byte(`{"code": 5}`), 400, "BAD_REQUEST"},
		{"16 MiB", bytes.Repeat([]byte(" "), 16<<20), 413, "LIMIT_EXCEEDED"},
	} {
		a := s.post("/device/register", c.body)
		if a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %s", c.what, a.status, a.text)
		}
	}
	if n := w.behind("select count(*)::text from device"); n != "1" {
		t.Fatalf("there are %s devices", n)
	}
	if a := s.post("/device/register", valid()); a.status != 200 {
		t.Errorf("what was refused has used the code up: %d %s", a.status, a.text)
	}
}

// Wrong, expired, used, and overtaken by a newer one: one refusal for all, word for word.
func TestACodeWorksOnceAndForTenMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	try := func(code string) answer {
		key := newKey(t)
		return s.post("/device/register", registration(t, key, code, webCrypto(t, key)))
	}
	want := try("ZZZZZ-ZZZZZ").text
	used := s.code(inspector)
	if a := try(used); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.text)
	}
	overtaken, newer := s.code(inspector), s.code(inspector)
	expiring := s.code(lead)
	for what, code := range map[string]string{"used": used, "overtaken": overtaken} {
		if a := try(code); a.text != want || a.status != 403 {
			t.Errorf("%s: %d %s", what, a.status, a.text)
		}
	}
	w.pass(10*time.Minute - time.Second)
	if a := try(newer); a.status != 200 {
		t.Errorf("a second before the end: %d %s", a.status, a.text)
	}
	w.pass(time.Second)
	if a := try(expiring); a.text != want {
		t.Errorf("at the end: %s", a.text)
	}
	gone := s.code(lead)
	w.behind("update app_user set active = false where email = $1", lead)
	if a := try(gone); a.text != want {
		t.Errorf("of a user who was deactivated: %s", a.text)
	}
}

// An answer that was lost on the way is had again, and a hundred of the same at once make one device.
func TestTheSameRegistrationAgainIsTheSameDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	servers := []*server{w.server, w.serve(tokenKey)}
	key := newKey(t)
	body := registration(t, key, w.server.code(inspector), webCrypto(t, key))
	var wait sync.WaitGroup
	ids := make([]string, 40)
	for n := range ids {
		wait.Go(func() {
			a := servers[n%2].post("/device/register", body)
			ids[n], _ = a.body["deviceId"].(string)
			if a.status != 200 {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
	wait.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("%s and %s", id, ids[0])
		}
	}
	if n := w.behind("select count(*)::text from device"); n != "1" {
		t.Errorf("there are %s devices", n)
	}
	if n := w.behind("select count(*)::text from audit_event where target_type = 'Device'"); n != "1" {
		t.Errorf("%s events", n)
	}
}

// Many keys at one code: one of them gets it.
func TestOneCodeMakesOneDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.server.code(inspector)
	var wait sync.WaitGroup
	statuses := make([]int, 20)
	for n := range statuses {
		key := newKey(t)
		body := registration(t, key, code, webCrypto(t, key))
		wait.Go(func() { statuses[n] = w.server.post("/device/register", body).status })
	}
	wait.Wait()
	made := 0
	for _, status := range statuses {
		switch status {
		case 200:
			made++
		case 403:
		default:
			t.Errorf("status %d", status)
		}
	}
	if n := w.behind("select count(*)::text from device"); n != "1" || made != 1 {
		t.Errorf("%d were told so, and there are %s devices", made, n)
	}
}

// Whose role has no use for a tablet gets no code; nor does a tablet make another one trusted.
func TestWhoMayAskForACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	asks := func(token string) any {
		payload := dig(s.data(token, startRegistration, nil), "startDeviceRegistration")
		if problems := dig(payload, "problems").([]any); len(problems) > 0 {
			return dig(problems[0], "code")
		}
		return ""
	}
	for email, want := range map[string]string{inspector: "", lead: "", reviewer: "FORBIDDEN", admin: "FORBIDDEN", facility: "FORBIDDEN"} {
		if got := asks(s.signIn(email)); got != want {
			t.Errorf("%s: %q, want %q", email, got, want)
		}
	}
	if got := asks(s.token(s.register(inspector))); got != "FORBIDDEN" {
		t.Errorf("a tablet's own token: %q", got)
	}
}

// Attempts at codes are counted, whatever comes of them.
func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	key := newKey(t)
	body := registration(t, key, "ZZZZZ-ZZZZZ", webCrypto(t, key))
	for range 60 {
		if a := s.post("/device/register", body); a.code() != "CODE_REFUSED" {
			t.Fatalf("%d %s", a.status, a.text)
		}
	}
	if a := s.post("/device/register", body); a.status != 429 || a.code() != "TOO_MANY_REQUESTS" || a.header.Get("Retry-After") == "" {
		t.Errorf("the 61st: %d %s", a.status, a.text)
	}
	w.pass(time.Minute)
	if a := s.post("/device/register", body); a.code() != "CODE_REFUSED" {
		t.Errorf("a minute later: %d %s", a.status, a.text)
	}
}

// A person has at most fifty devices in use.
func TestDevicesAreNotEndless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.behind(`insert into device (id, user_id, name, public_key, registered_at)
		select gen_random_uuid(), $1, 'x', decode(lpad(to_hex(n), 8, '0'), 'hex'), now() from generate_series(1, 50) n`, w.users[inspector].ID)
	key := newKey(t)
	if a := w.server.post("/device/register", registration(t, key, w.server.code(inspector), webCrypto(t, key))); a.status != 409 || a.code() != string(inspection.Conflict) {
		t.Errorf("the 51st: %d %s", a.status, a.text)
	}
}
