package edge_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/graph/edge"
)

// events opens an event stream, as a plain HTTP client does.
func (b *streamBench) events(t *testing.T, ctx context.Context, query string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, strings.NewReader(`{"query":"`+query+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer good")
	req.Header.Set("Accept-Encoding", "gzip, zstd")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// read reads events until so many lines came that are no comment, or the stream ended.
func read(t *testing.T, resp *http.Response, lines int) []string {
	t.Helper()
	var got []string
	scanner := bufio.NewScanner(resp.Body)
	scanner.Buffer(nil, 1<<20)
	for len(got) < lines && scanner.Scan() {
		if text := scanner.Text(); text != "" && !strings.HasPrefix(text, ":") {
			got = append(got, text)
		}
	}
	return got
}

func TestAnEventStreamServesOneSubscription(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{})
	resp := b.events(t, t.Context(), "subscription { ticks(n: 2) }")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	want := []string{"event: next", `data: {"data":{"ticks":"0"}}`, "event: next", `data: {"data":{"ticks":"1"}}`, "event: complete", "data:"}
	if diff := cmp.Diff(want, read(t, resp, 100)); diff != "" {
		t.Error(diff)
	}
	// By GET too, for callers that can do no other.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"?query="+url.QueryEscape("subscription { ticks(n: 1) }"), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer good")
	got, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if diff := cmp.Diff(want[:2], read(t, got, 2)); diff != "" {
		t.Error(diff)
	}
	b.nothingOpen(t)
}

func TestAnEventStreamIsRefusedInWordsBeforeItBegins(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{UserStreams: 1})
	ask := func(text, accept, token string) (int, string) {
		a := query(t, b.url, text, "Accept", accept, "Authorization", "Bearer "+token)
		return a.status, a.raw
	}
	for _, tt := range []struct {
		query, accept, token string
		status               int
		want                 string
	}{
		{"subscription { silent }", "text/event-stream", "bad", 401, `"code":"UNAUTHENTICATED"`},
		{"subscription { silent }", "text/event-stream", "later", 503, `"code":"UNAVAILABLE"`},
		{"subscription { nothing }", "text/event-stream", "good", 400, `"code":"GRAPHQL_VALIDATION_FAILED"`},
		{"{ echo }", "text/event-stream", "good", 406, "send each query and mutation by POST"},
		{`mutation { rename(to: "x") }`, "text/event-stream", "good", 406, "send each query and mutation by POST"},
		{"{ echo }", "text/event-stream, application/json", "good", 200, `{"data":{"echo":"hello"}}`},
		{"subscription { silent }", "application/json", "good", 200, "needs a connection that stays open"},
	} {
		if status, body := ask(tt.query, tt.accept, tt.token); status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s as %s: %d %s", tt.query, tt.accept, status, body)
		}
	}
	b.events(t, t.Context(), "subscription { silent }")
	if status, body := ask("subscription { silent }", "text/event-stream", "good"); status != 429 || !strings.Contains(body, "as many connections") {
		t.Errorf("one more than a user may hold: %d %s", status, body)
	}
}

func TestAnEventStreamSaysWhyItEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		query string
		end   func(*streamBench)
		want  string
	}{
		{"an error of its own", "subscription { failing }", func(*streamBench) {}, `"code":"FORBIDDEN"`},
		{"a refusal", "subscription { news }", func(*streamBench) {}, "no news for you"},
		{"a panic", "subscription { crash }", func(*streamBench) {}, `"code":"INTERNAL"`},
		{"a result that cannot be written", "subscription { unwritable }", func(*streamBench) {}, `"code":"INTERNAL"`},
		{"revocation", "subscription { silent }", func(b *streamBench) {
			b.gate.revoke(&edge.Denied{Status: 403, Code: "FORBIDDEN", Message: "this device was revoked"})
		}, "this device was revoked"},
		{"shutdown", "subscription { silent }", func(b *streamBench) { b.streams.Close() }, "the server is stopping"},
		{"expiry", "subscription { silent }", nil, "the token has expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := serveStreams(t, edge.Limits{})
			if tt.end == nil {
				b.gate.until = time.Now().Add(300 * time.Millisecond)
			}
			resp := b.events(t, t.Context(), tt.query)
			if tt.end != nil {
				tt.end(b)
			}
			lines := read(t, resp, 100)
			if n := len(lines); n < 4 || !strings.Contains(lines[n-3], tt.want) || lines[n-2] != "event: complete" || strings.Contains(strings.Join(lines, ""), "secret state") {
				t.Errorf("got %q", lines)
			}
			b.nothingOpen(t)
		})
	}
}

// The server's own limits on reading and writing are of half a second here: they are for one answer.
func TestAnEventStreamOutlivesTheServersLimitsAndBeats(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{KeepAlive: 20 * time.Millisecond})
	resp := b.events(t, t.Context(), "subscription { silent }")
	scanner, beats := bufio.NewScanner(resp.Body), 0
	for start := time.Now(); time.Since(start) < 1200*time.Millisecond && scanner.Scan(); {
		if scanner.Text() == ":" {
			beats++
		}
	}
	if scanner.Err() != nil || beats < 20 {
		t.Errorf("%d beats, %v", beats, scanner.Err())
	}
}

func TestASlowReaderOfEventsIsDropped(t *testing.T) {
	t.Parallel()
	b := serveStreams(t, edge.Limits{WriteTime: 200 * time.Millisecond})
	b.events(t, t.Context(), "subscription { flood }")
	eventually(t, "the caller is dropped", func() bool { return b.streams.Stats().Dropped >= 1 })
	b.nothingOpen(t)
}

func TestEventStreamsLeaveNothingBehind(t *testing.T) {
	b := serveStreams(t, edge.Limits{})
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	for n := range 30 {
		b.events(t, ctx, []string{"subscription { silent }", "subscription { flood }", "subscription { ticks(n: 3) }"}[n%3])
	}
	cancel()
	b.nothingOpen(t)
	eventually(t, "no goroutine is left", func() bool {
		http.DefaultClient.CloseIdleConnections()
		return runtime.NumGoroutine() <= before
	})
}
