package blobtest

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/inspection"
)

func roundTrip(t *testing.T, s Subject) {
	content, put := photo("evidence/one.jpg", "a photograph")
	mustSend(t, presignPut(t, s, put), content, http.StatusOK)

	info := stat(t, s, put.Key, "")
	if info.Size != put.Size || info.MediaType != put.MediaType || info.Version == "" {
		t.Errorf("stat: got %+v", info)
	}
	if info.SHA256 == nil || *info.SHA256 != put.SHA256 {
		t.Errorf("stat: SHA-256 %x, want %x", info.SHA256, put.SHA256)
	}
	if info.ModifiedAt.IsZero() || info.ModifiedAt.Location() != time.UTC {
		t.Errorf("stat: modified at %s, want a time in UTC", info.ModifiedAt)
	}
	if got := read(t, s, put.Key, info.Version); got != string(content) {
		t.Errorf("open: got %q", got)
	}
	get := inspection.GetRequest{Key: put.Key, Version: info.Version, FileName: "one.jpg", MediaType: inspection.MediaJPEG}
	if got := mustSend(t, presignGet(t, s, get), nil, http.StatusOK); got.body != string(content) {
		t.Errorf("get: got %q", got.body)
	}
}

func emptyFile(t *testing.T, s Subject) {
	info := store(t, s, "evidence/empty.jpg", "")
	if info.Size != 0 || info.SHA256 == nil || *info.SHA256 != sha256.Sum256(nil) {
		t.Errorf("stat: got %+v", info)
	}
	if got := read(t, s, "evidence/empty.jpg", info.Version); got != "" {
		t.Errorf("open: got %q", got)
	}
}

func anyKey(t *testing.T, s Subject) {
	for _, key := range []string{
		"evidence/Küche, Höhe 2 m.jpg", "evidence/日本語/写真.jpg", "evidence/a+b & c=d?e#f%20.jpg",
		"evidence/~user's (copy) [1].jpg", "evidence/\U0001F4F7.jpg",
	} {
		info := store(t, s, key, "content of "+key)
		get := inspection.GetRequest{Key: key, Version: info.Version, FileName: key, MediaType: inspection.MediaJPEG}
		if got := mustSend(t, presignGet(t, s, get), nil, http.StatusOK); got.body != "content of "+key {
			t.Errorf("%q: got %q", key, got.body)
		}
	}
}

func putOnce(t *testing.T, s Subject) {
	content, put := photo("evidence/once.jpg", "the first")
	signed := presignPut(t, s, put)
	mustSend(t, signed, content, http.StatusOK)
	first := stat(t, s, put.Key, "")

	mustSend(t, signed, content, http.StatusPreconditionFailed)
	others, other := photo(put.Key, "another photograph")
	mustSend(t, presignPut(t, s, other), others, http.StatusPreconditionFailed)

	if now := stat(t, s, put.Key, ""); now.Version != first.Version {
		t.Errorf("the newest version changed from %s to %s", first.Version, now.Version)
	}
	if got := read(t, s, put.Key, ""); got != "the first" {
		t.Errorf("the content is now %q", got)
	}
}

func putTogether(t *testing.T, s Subject) {
	content, put := photo("evidence/together.jpg", strings.Repeat("together ", 10_000))
	signed := presignPut(t, s, put)
	var senders sync.WaitGroup
	statuses, errs := make([]int, 6), make([]error, 6)
	for n := range statuses {
		senders.Go(func() {
			got, err := do(t.Context(), signed, content)
			statuses[n], errs[n] = got.status, err
		})
	}
	senders.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}

	stored := 0
	for _, status := range statuses {
		switch status {
		case http.StatusOK:
			stored++
		case http.StatusPreconditionFailed, http.StatusConflict:
		default:
			t.Errorf("got %d", status)
		}
	}
	if stored != 1 {
		t.Errorf("%d senders stored it, want 1: %v", stored, statuses)
	}
	if info := stat(t, s, put.Key, ""); info.SHA256 == nil || *info.SHA256 != put.SHA256 {
		t.Errorf("stored %+v", info)
	}
}

func putRefused(t *testing.T, s Subject) {
	const declared = "what was declared"
	otherSum := sha256.Sum256([]byte("what was uploaded"))
	tests := []struct {
		name    string
		declare func(put *inspection.PutRequest)
		change  func(header http.Header)
		content string // if not as declared
		want    int
	}{
		{name: "other bytes of the same length", content: "WHAT WAS DECLARED", want: http.StatusBadRequest},
		{name: "a wrong hash declared", declare: func(put *inspection.PutRequest) { put.SHA256 = otherSum }, want: http.StatusBadRequest},
		{name: "another hash sent", content: "what was uploaded", change: func(header http.Header) {
			header.Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(otherSum[:]))
		}, want: http.StatusForbidden},
		{name: "no hash sent", change: func(header http.Header) { header.Del("X-Amz-Checksum-Sha256") }, want: http.StatusForbidden},
		{name: "a smaller length declared", declare: func(put *inspection.PutRequest) { put.Size-- },
			change: func(header http.Header) { header.Set("Content-Length", "17") }, want: http.StatusForbidden},
		{name: "a greater length declared", declare: func(put *inspection.PutRequest) { put.Size++ },
			change: func(header http.Header) { header.Set("Content-Length", "17") }, want: http.StatusForbidden},
		{name: "another type sent", change: func(header http.Header) { header.Set("Content-Type", "text/html") }, want: http.StatusForbidden},
		{name: "no type sent", change: func(header http.Header) { header.Del("Content-Type") }, want: http.StatusForbidden},
		{name: "permission to overwrite", change: func(header http.Header) { header.Del("If-None-Match") }, want: http.StatusForbidden},
		{name: "another condition", change: func(header http.Header) { header.Set("If-None-Match", `"etag"`) }, want: http.StatusForbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			content, put := photo("evidence/refused/"+test.name+".jpg", declared)
			if test.declare != nil {
				test.declare(&put)
			}
			if test.content != "" {
				content = []byte(test.content)
			}
			signed := presignPut(t, s, put)
			if test.change != nil {
				test.change(signed.Header)
			}
			mustSend(t, signed, content, test.want)
			mustBeAbsent(t, s, put.Key)
		})
	}
}

func signatureRefused(t *testing.T, s Subject) {
	content, put := photo("evidence/signed.jpg", "signed")
	info := store(t, s, "evidence/stored.jpg", "stored")
	get := inspection.GetRequest{Key: "evidence/stored.jpg", Version: info.Version, FileName: "a.jpg", MediaType: inspection.MediaJPEG}
	set := func(name, value string) func(*url.URL) {
		return func(u *url.URL) {
			query := u.Query()
			query.Set(name, value)
			u.RawQuery = query.Encode()
		}
	}
	changes := []struct {
		name   string
		change func(u *url.URL)
	}{
		{"nobody's request", func(u *url.URL) { u.RawQuery = "" }},
		{"a forged signature", set("X-Amz-Signature", strings.Repeat("0", 64))},
		{"a longer life", set("X-Amz-Expires", "86400")},
		{"another object", func(u *url.URL) { u.Path += ".other" }},
		{"fewer signed headers", set("X-Amz-SignedHeaders", "host")},
		{"another version", set("versionId", "01ARZ3NDEKTSV4RRFFQ69G5FAV")},
		{"shown instead of saved", set("response-content-disposition", "inline")},
		{"another type in the answer", set("response-content-type", "text/html")},
	}
	for _, test := range changes {
		t.Run(test.name, func(t *testing.T) {
			upload := changed(t, presignPut(t, s, put), test.change)
			if got := send(t, upload, content); got.status != http.StatusForbidden {
				t.Errorf("put: got %d", got.status)
			}
			mustBeAbsent(t, s, put.Key)
			if test.name == "fewer signed headers" {
				return // a get signs none but the host
			}
			download := changed(t, presignGet(t, s, get), test.change)
			if got := send(t, download, nil); got.status != http.StatusForbidden {
				t.Errorf("get: got %d", got.status)
			}
		})
	}
	t.Run("another method", func(t *testing.T) {
		download := presignGet(t, s, get)
		download.Method = http.MethodDelete
		mustSend(t, download, nil, http.StatusForbidden)
		if got := read(t, s, get.Key, get.Version); got != "stored" {
			t.Errorf("the content is now %q", got)
		}
	})
}

func changed(t *testing.T, signed inspection.SignedRequest, change func(*url.URL)) inspection.SignedRequest {
	t.Helper()
	u, err := url.Parse(signed.URL)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	signed.URL = u.String()
	return signed
}

func expired(t *testing.T, s Subject) {
	content, put := photo("evidence/late.jpg", "late")
	signed, err := s.Blobs.PresignPut(t.Context(), put, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	awaitExpiry(t, signed)
	mustSend(t, signed, content, http.StatusForbidden)
	mustBeAbsent(t, s, put.Key)
}

// awaitExpiry waits past the end that the request itself states.
func awaitExpiry(t *testing.T, signed inspection.SignedRequest) {
	t.Helper()
	select {
	case <-time.After(time.Until(signed.ExpiresAt) + time.Second):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}

func notSigned(t *testing.T, s Subject) {
	_, good := photo("evidence/good.jpg", "good")
	puts := map[string]func(put *inspection.PutRequest){
		"no key":          func(put *inspection.PutRequest) { put.Key = "" },
		"a leading slash": func(put *inspection.PutRequest) { put.Key = "/evidence" },
		"a negative size": func(put *inspection.PutRequest) { put.Size = -1 },
		"no media type":   func(put *inspection.PutRequest) { put.MediaType = "" },
	}
	for name, spoil := range puts {
		put := good
		spoil(&put)
		if _, err := s.Blobs.PresignPut(t.Context(), put, soon); err == nil {
			t.Errorf("put with %s was signed", name)
		}
	}
	for _, expires := range []time.Duration{-time.Second, 0, 8 * 24 * time.Hour} {
		if _, err := s.Blobs.PresignPut(t.Context(), good, expires); err == nil {
			t.Errorf("put for %s was signed", expires)
		}
	}
	for _, get := range []inspection.GetRequest{
		{Key: "evidence/good.jpg", MediaType: inspection.MediaJPEG},
		{Key: "evidence/good.jpg", Version: "1"},
		{Version: "1", MediaType: inspection.MediaJPEG},
	} {
		if _, err := s.Blobs.PresignGet(t.Context(), get, soon); err == nil {
			t.Errorf("get %+v was signed", get)
		}
	}
}
