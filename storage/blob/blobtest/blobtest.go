// Package blobtest is the conformance suite of inspection.Blobs: what evidence needs of an object
// store, tried with a plain HTTP client against a real one.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"plumbline/inspection"
)

// Subject is an object store under test: a fresh bucket, versioned and with object lock.
type Subject struct {
	Blobs inspection.Blobs
	// Remove deletes one version as the bucket's owner would, without lifting a retention.
	Remove func(ctx context.Context, key, version string) error
	// Overwrite stores another content under the key as the bucket's owner would, unconditionally.
	Overwrite func(ctx context.Context, key, content string) error
	// RetainedUntil is when the version's retention ends; the zero time if it has none.
	RetainedUntil func(ctx context.Context, key, version string) (time.Time, error)
}

// Run tries everything that inspection.Blobs promises. Each test opens a subject of its own.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	tests := []struct {
		name string
		run  func(t *testing.T, s Subject)
	}{
		{"put, stat, open and get give back the same bytes", roundTrip},
		{"an empty file is a file", emptyFile},
		{"any text is a key", anyKey},
		{"a put happens once", putOnce},
		{"simultaneous puts store one content", putTogether},
		{"a put stores what was declared or nothing", putRefused},
		{"a signature permits one request only", signatureRefused},
		{"an expired request is refused", expired},
		{"a get returns the pinned version", getPinned},
		{"a download is an attachment under a safe name", getDisposition},
		{"what is not there is ErrNoBlob", absent},
		{"a deleted original is ErrNoBlob", deleted},
		{"retention blocks deletion", retained},
		{"retention only lengthens", retainLengthens},
		{"a request that makes no sense is not signed", notSigned},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t))
		})
	}
}

const soon = 15 * time.Minute

// photo returns bytes to store and the request that declares them.
func photo(key, text string) ([]byte, inspection.PutRequest) {
	content := []byte(text)
	return content, inspection.PutRequest{
		Key: key, SHA256: sha256.Sum256(content), Size: int64(len(content)), MediaType: inspection.MediaJPEG,
	}
}

// store puts a photo and returns what the store says of it.
func store(t *testing.T, s Subject, key, text string) inspection.BlobInfo {
	t.Helper()
	content, put := photo(key, text)
	mustSend(t, presignPut(t, s, put), content, http.StatusOK)
	return stat(t, s, key, "")
}

func presignPut(t *testing.T, s Subject, put inspection.PutRequest) inspection.SignedRequest {
	t.Helper()
	signed, err := s.Blobs.PresignPut(t.Context(), put, soon)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func presignGet(t *testing.T, s Subject, get inspection.GetRequest) inspection.SignedRequest {
	t.Helper()
	signed, err := s.Blobs.PresignGet(t.Context(), get, soon)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func stat(t *testing.T, s Subject, key, version string) inspection.BlobInfo {
	t.Helper()
	info, err := s.Blobs.Stat(t.Context(), key, version)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func read(t *testing.T, s Subject, key, version string) string {
	t.Helper()
	body, err := s.Blobs.Open(t.Context(), key, version)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func mustBeAbsent(t *testing.T, s Subject, key string) {
	t.Helper()
	if info, err := s.Blobs.Stat(t.Context(), key, ""); !errors.Is(err, inspection.ErrNoBlob) {
		t.Errorf("stat %q: got %+v, %v; want ErrNoBlob", key, info, err)
	}
}

// answer is what the store sent back.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a signed request as a client would: exactly its headers, and a body.
func do(ctx context.Context, signed inspection.SignedRequest, content []byte) (answer, error) {
	// A client that states no length sends its body in chunks.
	var body io.Reader = struct{ io.Reader }{bytes.NewReader(content)}
	if len(content) == 0 {
		body = http.NoBody
	}
	request, err := http.NewRequestWithContext(ctx, signed.Method, signed.URL, body)
	if err != nil {
		return answer{}, err
	}
	if signed.Header != nil {
		request.Header = signed.Header.Clone()
	}
	if length := signed.Header.Get("Content-Length"); length != "" {
		if request.ContentLength, err = strconv.ParseInt(length, 10, 64); err != nil {
			return answer{}, err
		}
	}
	// A refused request may leave half its body on the connection: it is not used again.
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, err
}

func send(t *testing.T, signed inspection.SignedRequest, content []byte) answer {
	t.Helper()
	got, err := do(t.Context(), signed, content)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func mustSend(t *testing.T, signed inspection.SignedRequest, content []byte, want int) answer {
	t.Helper()
	got := send(t, signed, content)
	if got.status != want {
		t.Fatalf("%s: got %d, want %d\n%s", signed.Method, got.status, want, strings.TrimSpace(got.body))
	}
	return got
}
