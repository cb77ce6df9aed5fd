package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/cmd/dev/issuer"
	"plumbline/cmd/serve"
	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/storage"
	"plumbline/storage/storagetest"
)

func TestMain(m *testing.M) { storagetest.Main(m) }

// world is a running server with a database, a bucket and an issuer of its own.
type world struct {
	url    string
	config serve.Config
	issuer string
	log    *syncBuffer
	stop   func()
	ended  chan error
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// settingsOf is a complete environment over a database, a bucket and an issuer.
func settingsOf(t testing.TB, databaseURL, issuerURL string) map[string]string {
	t.Helper()
	bucket := storagetest.Bucket(t)
	return map[string]string{
		"PLUMBLINE_DATABASE_URL":         databaseURL,
		"PLUMBLINE_DATABASE_CONNECTIONS": "4",
		"PLUMBLINE_S3_ENDPOINT":          bucket.Endpoint,
		"PLUMBLINE_S3_BUCKET":            bucket.Name,
		"PLUMBLINE_S3_REGION":            bucket.Region,
		"PLUMBLINE_S3_ACCESS_KEY":        bucket.AccessKey,
		"PLUMBLINE_S3_SECRET_KEY":        bucket.SecretKey,
		"PLUMBLINE_S3_RETENTION":         "GOVERNANCE",
		"PLUMBLINE_OIDC_ISSUER":          issuerURL,
		"PLUMBLINE_OIDC_AUDIENCE":        "plumbline",
		"PLUMBLINE_AUDIT_KEY":            hexKey,
		"PLUMBLINE_TOKEN_KEY":            hexKey,
	}
}

func load(t testing.TB, vars map[string]string) serve.Config {
	t.Helper()
	cfg, err := serve.Load(environ(vars))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// startIssuer runs the development issuer for a user of ours, two whom a test may make so, and one who is not.
func startIssuer(t testing.TB) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	users := []issuer.User{{Email: "lead@opr.example"}, {Email: "stranger@opr.example"}, {Email: "second@opr.example"}, {Email: "facility@opr.example"}}
	handler, err := issuer.New(t.TempDir(), address, "plumbline", users, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	return address
}

// start runs a server. The changes are to its environment.
func start(t testing.TB, development *serve.Development, changes ...string) *world {
	t.Helper()
	w := &world{issuer: startIssuer(t), log: &syncBuffer{}, ended: make(chan error, 1)}
	vars := settingsOf(t, storagetest.Database(t).AppURL, w.issuer)
	for i := 0; i < len(changes); i += 2 {
		vars[changes[i]] = changes[i+1]
	}
	w.config = load(t, vars)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		w.ended <- serve.Run(ctx, w.config, serve.Options{Listener: listener, Log: w.log, Version: "test", Development: development})
	}()
	w.stop, w.url = stop, "http://"+listener.Addr().String()
	t.Cleanup(func() {
		stop()
		if err := <-w.ended; err != nil {
			t.Errorf("the server ended with %v\n%s", err, w.log)
		}
	})
	return w
}

// seed loads an edition and one user.
func (w *world) seed(t testing.TB) {
	t.Helper()
	store, err := storage.Open(t.Context(), storage.Config{URL: string(w.config.DatabaseURL), AuditKey: w.config.AuditKey.Bytes(), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	editions, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.LoadEdition(t.Context(), inspection.System(), editions[0]); err != nil {
		t.Fatal(err)
	}
	user := inspection.Actor{ID: inspection.NewID(), Email: "lead@opr.example", Name: "Lee Ad", Role: inspection.RoleLead}
	if err := service.LoadUsers(t.Context(), inspection.System(), nil, []inspection.Actor{user}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) token(t testing.TB, user string) string {
	t.Helper()
	resp, err := http.PostForm(w.issuer+"/token", url.Values{"user": {user}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body.AccessToken
}

// ask sends a request and returns the answer with its body. The server may not have begun yet: the
// listener holds the request until then.
func (w *world) ask(t testing.TB, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%v\n%s", err, w.log)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func (w *world) query(t testing.TB, user, text string) (*http.Response, string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		t.Fatal(err)
	}
	return w.ask(t, "POST", "/graphql", string(body), "Content-Type", "application/json",
		"Authorization", fmt.Sprint("Bearer ", w.token(t, user)))
}
