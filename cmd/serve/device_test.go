package serve_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/cmd/serve"
	"plumbline/storage/storagetest"
)

// A running server registers a tablet, gives it tokens and takes them, in the manual's own words; the
// log keeps code, proof and token to itself.
func TestATabletRegistersAndAsksWithItsOwnToken(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	w.seed(t)
	code := w.deviceCode(t)
	out, err := exec.CommandContext(t.Context(), "node", "../../docs/device.mjs", w.url, code).CombinedOutput()
	if err != nil || strings.Count(string(out), " for 900 seconds\n") != 2 {
		t.Fatalf("%v %s\n%s", err, out, w.log)
	}
	if _, text := w.query(t, "lead@opr.example", `{ devices { edges { node { name lastSeenAt } } } }`); !strings.Contains(text, `"name":"an example","lastSeenAt":"20`) {
		t.Errorf("listed: %s", text)
	}
	for _, secret := range []string{code, "eyJ", "assertion\":"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log holds %s:\n%s", secret, w.log)
		}
	}
	for _, path := range []string{"register", "challenge", "token"} {
		if !strings.Contains(w.log.String(), fmt.Sprintf(`"path":"/device/%s","status":200`, path)) {
			t.Errorf("the log has no line of %s:\n%s", path, w.log)
		}
	}
}

// deviceCode is a code under which a tablet may register; asking for it is a sign-in.
func (w *world) deviceCode(t testing.TB) string {
	t.Helper()
	_, text := w.query(t, "lead@opr.example", `mutation { startDeviceRegistration(input: {}) { registration { code } problems { message } } }`)
	var answer struct {
		Data struct {
			StartDeviceRegistration struct{ Registration struct{ Code string } }
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return answer.Data.StartDeviceRegistration.Registration.Code
}

// For how long after a sign-in a tablet gets tokens is what the setting says, and 30 days without it.
func TestTheDaysAfterASignInAreASetting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting, age string
		given        bool
	}{
		{"7", "6 days 23 hours", true}, {"7", "7 days 1 hour", false},
		{"", "29 days 23 hours", true}, {"", "30 days 1 hour", false},
	} {
		t.Run(fmt.Sprintf("setting %q, %s", c.setting, c.age), func(t *testing.T) {
			t.Parallel()
			db := storagetest.Database(t)
			changes := []string{"PLUMBLINE_DATABASE_URL", db.AppURL}
			if c.setting != "" {
				changes = append(changes, "PLUMBLINE_DEVICE_SIGN_IN_DAYS", c.setting)
			}
			w := start(t, nil, changes...)
			w.seed(t)
			code := w.deviceCode(t)
			signInWas(t, db, c.age)
			out, err := exec.CommandContext(t.Context(), "node", "../../docs/device.mjs", w.url, code).CombinedOutput()
			if given := err == nil; given != c.given || !given && !strings.Contains(string(out), "SIGN_IN_REQUIRED") {
				t.Errorf("a token is given: %t, want %t: %v\n%s", given, c.given, err, out)
			}
		})
	}
}

// signInWas makes every sign-in that long ago.
func signInWas(t testing.TB, db *storagetest.DB, age string) {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), db.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.WithoutCancel(t.Context()))
	if tag, err := admin.Exec(t.Context(), "update user_sign_in set at = now() - $1::interval", age); err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%v sign-ins: %v", tag, err)
	}
}

// A body of 200 MB is refused at its first kilobytes.
func TestTheDevicesDoorTakesNoLargeBodies(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	endless := &zeros{left: 200 << 20}
	for _, path := range []string{"/device/register", "/device/token"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+path, endless)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Logf("%s: the server closed the connection while the body was under way: %v", path, err)
			continue
		}
		response.Body.Close()
		if response.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
	if read := 200<<20 - endless.left; read > 20<<20 {
		t.Errorf("%d bytes were taken", read)
	}
}

// zeros is a body of so many zero bytes.
type zeros struct{ left int }

// Read gives the next.
func (z *zeros) Read(p []byte) (int, error) {
	if z.left <= 0 {
		return 0, fmt.Errorf("the server read all of it")
	}
	n := min(len(p), z.left)
	clear(p[:n])
	z.left -= n
	return n, nil
}

// Without the key of the tokens, or with a short one, nothing starts.
func TestATokenKeyIsNeeded(t *testing.T) {
	t.Parallel()
	for value, says := range map[string]string{"": "PLUMBLINE_TOKEN_KEY is not set", "aabb": "PLUMBLINE_TOKEN_KEY has 2 bytes; it needs at least 32", "swordfish": "PLUMBLINE_TOKEN_KEY is not written in hex"} {
		vars := complete()
		vars["PLUMBLINE_TOKEN_KEY"] = value
		_, err := serve.Load(environ(vars))
		if err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%q: %v", value, err)
		}
	}
}
