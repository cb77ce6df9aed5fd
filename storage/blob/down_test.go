package blob_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"plumbline/inspection"
	"plumbline/storage/blob"
)

func configOf(endpoint string) blob.Config {
	return blob.Config{
		Endpoint: endpoint, Bucket: "evidence", AccessKey: "key", SecretKey: "a-secret", Retention: blob.Governance,
		Timeout: 200 * time.Millisecond,
	}
}

// calls are the methods that need the store.
func calls(store *blob.Store, ctx context.Context) map[string]error {
	_, stat := store.Stat(ctx, "a.jpg", "")
	_, open := store.Open(ctx, "a.jpg", "")
	return map[string]error{
		"stat": stat, "open": open,
		"retain": store.Retain(ctx, "a.jpg", "1", time.Now().Add(time.Hour)),
		"check":  store.Check(ctx),
	}
}

func TestAStoreThatIsDownSaysSo(t *testing.T) {
	t.Parallel()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(busy.Close)
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { close(release); silent.Close() })

	for name, endpoint := range map[string]string{
		"nobody listens": "http://" + nobody.Addr().String(),
		"it is busy":     busy.URL,
		"it is silent":   silent.URL,
	} {
		t.Run(name, func(t *testing.T) {
			store := newStore(t, configOf(endpoint))
			for call, err := range calls(store, t.Context()) {
				if !errors.Is(err, inspection.ErrBlobsDown) || errors.Is(err, inspection.ErrNoBlob) {
					t.Errorf("%s: got %v, want ErrBlobsDown", call, err)
				}
				if err != nil && !strings.HasPrefix(err.Error(), "blob: ") {
					t.Errorf("%s: %v does not say whose error it is", call, err)
				}
			}
			// The checklist never waits for the store: a plan for later uploads is still given.
			if _, err := store.PresignPut(t.Context(), inspection.PutRequest{Key: "a.jpg", MediaType: inspection.MediaJPEG}, time.Minute); err != nil {
				t.Errorf("presign: %v", err)
			}
		})
	}
}

func TestAnAnswerThatIsNoStoreIsAFault(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		for call, err := range calls(newStore(t, configOf(server.URL)), t.Context()) {
			if err == nil || errors.Is(err, inspection.ErrBlobsDown) || errors.Is(err, inspection.ErrNoBlob) {
				t.Errorf("%d to %s: got %v", status, call, err)
			}
		}
	}
}

func TestACallerWhoGivesUpIsNotAStoreThatIsDown(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	config := configOf(server.URL)
	config.Timeout = time.Minute
	if _, err := newStore(t, config).Stat(ctx, "a.jpg", ""); !errors.Is(err, context.Canceled) || errors.Is(err, inspection.ErrBlobsDown) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestAStoreThatDiesWhileReadingSaysSo(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Last-Modified", time.Unix(0, 0).UTC().Format(http.TimeFormat))
		_, _ = io.WriteString(w, "the first bytes")
	}))
	t.Cleanup(server.Close)
	body, err := newStore(t, configOf(server.URL)).Open(t.Context(), "a.jpg", "")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if _, err := io.ReadAll(body); !errors.Is(err, inspection.ErrBlobsDown) {
		t.Errorf("got %v, want ErrBlobsDown", err)
	}
}

// Clients may reach the store by another name than the server does: through a proxy that keeps the
// name, presigned requests work, and they are only good for that name.
func TestRequestsAreSignedForThePublicEndpoint(t *testing.T) {
	t.Parallel()
	config := gatewayConfig(t)
	inner, err := url.Parse(config.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	public := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(inner)
		r.Out.Host = r.In.Host
	}})
	t.Cleanup(public.Close)
	config.PublicEndpoint = public.URL
	store := newStore(t, config)

	content := []byte("through the proxy")
	put := inspection.PutRequest{Key: "a.jpg", SHA256: sha256.Sum256(content), Size: int64(len(content)), MediaType: inspection.MediaJPEG}
	signed, err := store.PresignPut(t.Context(), put, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(signed.URL, public.URL+"/") {
		t.Fatalf("signed for %s, want %s", signed.URL, public.URL)
	}
	if got := status(t, signed, strings.Replace(signed.URL, public.URL, config.Endpoint, 1), content); got != http.StatusForbidden {
		t.Errorf("by the inner name: got %d, want 403", got)
	}
	if got := status(t, signed, signed.URL, content); got != http.StatusOK {
		t.Errorf("by the public name: got %d, want 200", got)
	}
	if info, err := store.Stat(t.Context(), "a.jpg", ""); err != nil || info.Size != put.Size {
		t.Errorf("stat: %+v, %v", info, err)
	}
}

func status(t *testing.T, signed inspection.SignedRequest, address string, content []byte) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), signed.Method, address, strings.NewReader(string(content)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = signed.Header.Clone()
	request.Close = true // the refusal leaves the body on the connection
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestAWrongConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]func(c *blob.Config){
		`blob: endpoint "" is not of the form http(s)://host[:port]`:                            func(c *blob.Config) { c.Endpoint = "" },
		`blob: endpoint "localhost" is not of the form http(s)://host[:port]`:                   func(c *blob.Config) { c.Endpoint = "localhost" },
		`blob: endpoint "ftp://host" is not of the form http(s)://host[:port]`:                  func(c *blob.Config) { c.Endpoint = "ftp://host" },
		`blob: endpoint "http://host/s3" is not of the form http(s)://host[:port]`:              func(c *blob.Config) { c.Endpoint = "http://host/s3" },
		`blob: public: endpoint "http://u:xxxxx@host" is not of the form http(s)://host[:port]`: func(c *blob.Config) { c.PublicEndpoint = "http://u:pass@host" },
		`blob: the bucket has no name`:                                                          func(c *blob.Config) { c.Bucket = "" },
		`blob: the access key or the secret key is empty`:                                       func(c *blob.Config) { c.SecretKey = "" },
		`blob: retention mode "" is neither GOVERNANCE nor COMPLIANCE`:                          func(c *blob.Config) { c.Retention = "" },
		`blob: timeout -1s is negative`:                                                         func(c *blob.Config) { c.Timeout = -time.Second },
	}
	for want, spoil := range tests {
		config := configOf("http://127.0.0.1:1")
		spoil(&config)
		if _, err := blob.New(config); err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}
