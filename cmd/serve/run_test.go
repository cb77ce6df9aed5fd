package serve_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/cmd/serve"
	"plumbline/inspection"
	"plumbline/storage/storagetest"
)

func TestReadyNamesEachCheck(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	type result struct {
		Name string
		OK   bool
	}
	read := func() (int, bool, []result) {
		resp, text := w.ask(t, "GET", "/readyz", "")
		var body struct {
			Ready  bool
			Checks []result
		}
		if err := json.Unmarshal([]byte(text), &body); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return resp.StatusCode, body.Ready, body.Checks
	}
	status, ready, checks := read()
	want := []result{{"database", true}, {"bucket", true}, {"migrations", true}, {"edition", false}}
	if diff := cmp.Diff(want, checks); status != 503 || ready || diff != "" {
		t.Errorf("without an edition: %d %t\n%s", status, ready, diff)
	}
	w.seed(t)
	want[3].OK = true
	status, ready, checks = read()
	if diff := cmp.Diff(want, checks); status != 200 || !ready || diff != "" {
		t.Errorf("with an edition: %d %t\n%s", status, ready, diff)
	}
}

func TestMissingBucketIsNotReadyAndTellsNoInsides(t *testing.T) {
	t.Parallel()
	w := start(t, nil, "PLUMBLINE_S3_BUCKET", "no-such-bucket")
	w.seed(t)
	resp, text := w.ask(t, "GET", "/readyz", "")
	if resp.StatusCode != 503 || !strings.Contains(text, `{"name":"bucket","ok":false,"advice":"the bucket cannot be used; it must exist, be versioned and have object lock"}`) {
		t.Errorf("got %d %s", resp.StatusCode, text)
	}
	if strings.Contains(text, "no-such-bucket") || !strings.Contains(w.log.String(), "no-such-bucket") {
		t.Errorf("the cause belongs into the log and not into the answer: %s", text)
	}
}

func TestOnlyKnownPeopleReachTheAPI(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	w.seed(t)
	resp, text := w.query(t, "lead@opr.example", `query Me { viewer { email role } }`)
	if want := `{"data":{"viewer":{"email":"lead@opr.example","role":"LEAD_INSPECTOR"}}}` + "\n"; resp.StatusCode != 200 || text != want {
		t.Errorf("lead: %d %s", resp.StatusCode, text)
	}
	if resp, text := w.query(t, "stranger@opr.example", `{ viewer { email } }`); resp.StatusCode != 403 {
		t.Errorf("stranger: %d %s", resp.StatusCode, text)
	}
	resp, text = w.ask(t, "POST", "/graphql", `{"query":"{ viewer { email } }"}`, "Content-Type", "application/json")
	if resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("nobody: %d %s", resp.StatusCode, text)
	}
}

func TestWrongArgumentIsTheCallersAndSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	w.seed(t)
	for _, query := range []string{`{ inspection(id: "seven") { state } }`, `{ facilities(first: 1000) { edges { cursor } } }`} {
		_, text := w.query(t, "lead@opr.example", query)
		if !strings.Contains(text, `"code":"INVALID"`) {
			t.Errorf("%s: %s", query, text)
		}
	}
}

func TestLogFollowsARequestAndKeepsSecrets(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	w.seed(t)
	token := w.token(t, "lead@opr.example")
	resp, _ := w.ask(t, "POST", "/graphql?secret=in-the-url", `{"query":"query Me { viewer { email } }"}`, "Content-Type", "application/json",
		"Authorization", "Bearer "+token, "X-Request-Id", "proxy-4711")
	if id := resp.Header.Get("X-Request-Id"); id != "proxy-4711" {
		t.Errorf("request id is %q", id)
	}
	line := lineWith(t, w, `"request":"proxy-4711"`)
	for _, part := range []string{`"path":"/graphql"`, `"status":200`, `"user":"`, `"type":"query","name":"Me","outcome":"ok"`} {
		if !strings.Contains(line, part) {
			t.Errorf("%s is not in %s", part, line)
		}
	}
	for _, secret := range []string{token, "in-the-url", string(w.config.S3SecretKey), hexKey} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	for _, insane := range []string{"short", "has spaces in it", `"quoted-quoted"`, strings.Repeat("x", 65)} {
		if resp, _ := w.ask(t, "GET", "/healthz", "", "X-Request-Id", insane); resp.Header.Get("X-Request-Id") == insane {
			t.Errorf("%q was taken", insane)
		}
	}
}

// lineWith waits for the access log: it is written after the answer.
func lineWith(t *testing.T, w *world, part string) string {
	t.Helper()
	for range 1000 {
		for _, line := range strings.Split(w.log.String(), "\n") {
			if strings.Contains(line, part) {
				return line
			}
		}
		// Another exchange with the server lets its last one come to an end.
		w.ask(t, "GET", "/healthz", "")
	}
	t.Fatalf("no line with %s in\n%s", part, w.log)
	return ""
}

func TestMetricsCountWhatHappened(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	w.seed(t)
	w.query(t, "lead@opr.example", `{ viewer { email } }`)
	w.query(t, "lead@opr.example", `{ nothing }`)
	lineWith(t, w, `"outcome":"refused"`)
	_, text := w.ask(t, "GET", "/metrics", "")
	for _, part := range []string{
		`plumbline_graphql_operation_seconds_count{outcome="ok",type="query"} 1`,
		`plumbline_graphql_operation_seconds_count{outcome="refused",type="none"} 1`,
		`plumbline_http_request_seconds_count{method="POST",route="/graphql",status="200"} 2`,
		"plumbline_db_connections_max 4", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in\n%s", part, text)
		}
	}
}

func TestPagesAndHeaders(t *testing.T) {
	t.Parallel()
	production, development := start(t, nil), start(t, &serve.Development{IssuerURL: "http://127.0.0.1:4000"})
	tests := []struct {
		world          *world
		path           string
		status         int
		mediaType, has string
	}{
		{production, "/", 200, "text/html", "Plumbline"},
		{production, "/start.css", 200, "text/css", "body"},
		{production, "/healthz", 200, "text/plain", "ok"},
		{production, "/graphiql", 404, "text/plain", "There is nothing at /graphiql"},
		{production, "/graphiql/page.js", 404, "text/plain", "There is nothing at"},
		{production, "/nowhere", 404, "text/plain", "There is nothing at /nowhere. The page / says what runs here"},
		{development, "/graphiql", 200, "text/html", `data-issuer="http://127.0.0.1:4000"`},
		{development, "/graphiql/page.js", 200, "text/javascript", "signIn"},
		{development, "/graphiql/nothing.js", 404, "text/plain", "404"},
	}
	for _, tt := range tests {
		resp, text := tt.world.ask(t, "GET", tt.path, "")
		if resp.StatusCode != tt.status || !strings.HasPrefix(resp.Header.Get("Content-Type"), tt.mediaType) || !strings.Contains(text, tt.has) {
			t.Errorf("%s: %d %s %.200s", tt.path, resp.StatusCode, resp.Header.Get("Content-Type"), text)
		}
		for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} {
			if resp.Header.Get(name) != value {
				t.Errorf("%s: %s is %q", tt.path, name, resp.Header.Get(name))
			}
		}
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy is %q", tt.path, csp)
		}
	}
	if resp, _ := production.ask(t, "POST", "/healthz", ""); resp.StatusCode != 405 && resp.StatusCode != 404 {
		t.Errorf("POST /healthz: %d", resp.StatusCode)
	}
}

func TestUnsafeRolesAreRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	db := storagetest.Database(t)
	for name, url := range map[string]string{"owns": db.OwnerURL, "superuser": db.SuperuserURL} {
		cfg := load(t, settingsOf(t, url, "http://127.0.0.1:1"))
		err := serve.Run(t.Context(), cfg, serve.Options{Log: io.Discard})
		if err == nil || !strings.Contains(err.Error(), "PLUMBLINE_DATABASE_URL") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTakenAddressIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	vars := settingsOf(t, storagetest.Database(t).AppURL, "http://127.0.0.1:1")
	vars["PLUMBLINE_ADDR"] = taken.Addr().String()
	err = serve.Run(t.Context(), load(t, vars), serve.Options{Log: io.Discard})
	if err == nil || !strings.HasPrefix(err.Error(), "PLUMBLINE_ADDR: ") {
		t.Errorf("got %v", err)
	}
}

// A request that has begun when the server is told to stop is answered.
func TestRunningRequestsFinish(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	w.seed(t)
	token := w.token(t, "lead@opr.example")
	body, write := io.Pipe()
	// The server asks for the body only once the handler reads it. Before that the connection may be one that
	// it has not accepted yet, which a server that stops drops.
	reading := make(chan struct{})
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{Got100Continue: func() { close(reading) }})
	req, err := http.NewRequestWithContext(ctx, "POST", w.url+"/graphql", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Hour}}
	defer client.CloseIdleConnections()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	answered := make(chan string, 1)
	go func() {
		resp, err := client.Do(req)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		answered <- string(text)
	}()
	select {
	case <-reading:
	case text := <-answered:
		t.Fatalf("answered unread with %s", text)
	}
	io.WriteString(write, `{"query":"{ viewer`+strings.Repeat(" ", 8192))
	w.stop()
	lineWithout(t, w, `"msg":"stopping"`)
	io.WriteString(write, ` { email } }"}`)
	write.Close()
	if text := <-answered; !strings.Contains(text, "lead@opr.example") {
		t.Errorf("the request was answered with %s\n%s", text, w.log)
	}
}

// lineWithout waits for a log line without asking the server anything.
func lineWithout(t *testing.T, w *world, part string) {
	t.Helper()
	for !strings.Contains(w.log.String(), part) {
		if t.Context().Err() != nil {
			t.Fatalf("no %s in\n%s", part, w.log)
		}
	}
}

// What is downloaded stands behind the same door as the API.
func TestOnlyKnownPeopleReachADownload(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	w.seed(t)
	id, sha := inspection.NewID().String(), strings.Repeat("0", 64)
	for _, path := range []string{"/inspections/" + id + "/report", "/sync/inspections/" + id, "/sync/inspections/" + id + "/" + sha, "/sync/editions/" + sha} {
		if resp, text := w.ask(t, "GET", path, ""); resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: nobody: %d %s", path, resp.StatusCode, text)
		}
		if resp, text := w.ask(t, "GET", path, "", "Authorization", "Bearer "+w.token(t, "stranger@opr.example")); resp.StatusCode != 403 {
			t.Errorf("%s: stranger: %d %s", path, resp.StatusCode, text)
		}
		resp, text := w.ask(t, "GET", path, "", "Authorization", "Bearer "+w.token(t, "lead@opr.example"))
		if resp.StatusCode != 404 || !strings.Contains(text, `"code":"NOT_FOUND"`) || resp.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: lead: %d %s", path, resp.StatusCode, text)
		}
		if resp, _ := w.ask(t, "POST", path, "", "Authorization", "Bearer "+w.token(t, "lead@opr.example")); resp.StatusCode != 405 && resp.StatusCode != 404 {
			t.Errorf("%s: POST: %d", path, resp.StatusCode)
		}
	}
}
