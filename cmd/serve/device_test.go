package serve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"plumbline/cmd/serve"
)

// A running server registers a tablet, gives it tokens and takes them, in the manual's own words; the
// log keeps code, proof and token to itself.
func TestATabletRegistersAndAsksWithItsOwnToken(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	w.seed(t)
	_, text := w.query(t, "lead@opr.example", `mutation { startDeviceRegistration(input: {}) { registration { code } problems { message } } }`)
	var answer struct {
		Data struct {
			StartDeviceRegistration struct{ Registration struct{ Code string } }
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	code := answer.Data.StartDeviceRegistration.Registration.Code
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
