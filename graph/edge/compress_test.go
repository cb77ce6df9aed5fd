package edge_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"plumbline/graph/edge"
)

func TestCompress(t *testing.T) {
	t.Parallel()
	large, small := strings.Repeat("inspection ", 500), "inspection"
	tests := []struct {
		name, accept, contentType, body, encoding string
	}{
		{"zstd is preferred", "gzip, deflate, br, zstd", "application/json", large, "zstd"},
		{"gzip", "gzip", "application/graphql-response+json; charset=utf-8", large, "gzip"},
		{"zstd refused", "zstd;q=0, gzip", "text/html", large, "gzip"},
		{"nothing accepted", "", "application/json", large, ""},
		{"unknown", "br", "application/json", large, ""},
		{"small body", "gzip", "application/json", small, ""},
		{"image", "gzip", "image/png", large, ""},
		{"event stream", "gzip", "text/event-stream", large, ""},
		{"sniffed text", "gzip", "", large, "gzip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := edge.Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tt.contentType != "" {
					w.Header().Set("Content-Type", tt.contentType)
				}
				w.WriteHeader(http.StatusTeapot)
				for _, word := range strings.SplitAfter(tt.body, " ") {
					io.WriteString(w, word)
				}
			}))
			req := httptest.NewRequest("GET", "/", nil)
			req.Header.Set("Accept-Encoding", tt.accept)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			if rec.Code != http.StatusTeapot || rec.Header().Get("Content-Encoding") != tt.encoding {
				t.Fatalf("got %d, encoding %q", rec.Code, rec.Header().Get("Content-Encoding"))
			}
			if got := decode(t, tt.encoding, rec.Body); got != tt.body {
				t.Errorf("body has %d bytes, want %d", len(got), len(tt.body))
			}
			if rec.Header().Get("Vary") != "Accept-Encoding" {
				t.Error("caches are not told that the encoding varies")
			}
		})
	}
}

func TestCompressLeavesHeadersOfEmptyBodies(t *testing.T) {
	t.Parallel()
	h := edge.Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	req := httptest.NewRequest("GET", "/", nil)
	req.Header.Set("Accept-Encoding", "gzip")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	if rec.Code != http.StatusNoContent || rec.Body.Len() != 0 || rec.Header().Get("Content-Encoding") != "" {
		t.Errorf("got %d %v %q", rec.Code, rec.Header(), rec.Body)
	}
}

func TestFlushSendsWhatWasWritten(t *testing.T) {
	t.Parallel()
	proceed := make(chan struct{})
	server := httptest.NewServer(edge.Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-proceed
		io.WriteString(w, " second")
	})))
	t.Cleanup(server.Close)
	req, err := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, 5)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "first" {
		t.Fatalf("got %q, %v", first, err)
	}
	close(proceed)
	if rest, err := io.ReadAll(resp.Body); err != nil || string(rest) != " second" {
		t.Errorf("got %q, %v", rest, err)
	}
}

func decode(t *testing.T, encoding string, body io.Reader) string {
	t.Helper()
	var err error
	switch encoding {
	case "gzip":
		body, err = gzip.NewReader(body)
	case "zstd":
		body, err = zstd.NewReader(body)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
