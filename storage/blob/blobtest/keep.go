package blobtest

import (
	"errors"
	"mime"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

func getPinned(t *testing.T, s Subject) {
	const key = "evidence/pinned.jpg"
	first := store(t, s, key, "first")
	if err := s.Overwrite(t.Context(), key, "second"); err != nil {
		t.Fatal(err)
	}
	second := stat(t, s, key, "")
	for version, want := range map[string]string{first.Version: "first", second.Version: "second"} {
		get := inspection.GetRequest{Key: key, Version: version, FileName: "a.jpg", MediaType: inspection.MediaJPEG}
		if got := mustSend(t, presignGet(t, s, get), nil, http.StatusOK).body; got != want {
			t.Errorf("get: got %q, want %q", got, want)
		}
		if got := read(t, s, key, version); got != want {
			t.Errorf("open: got %q, want %q", got, want)
		}
		if got := stat(t, s, key, version); got.Version != version {
			t.Errorf("stat: got version %s, want %s", got.Version, version)
		}
	}
	if got := read(t, s, key, ""); got != "second" {
		t.Errorf("the newest is %q", got)
	}
}

func getDisposition(t *testing.T, s Subject) {
	info := store(t, s, "evidence/named.jpg", "named")
	tests := map[string]string{ // file name wanted: file name got
		"kitchen 2.jpg":          "kitchen 2.jpg",
		"Küche 日本.jpg":           "Küche 日本.jpg",
		`quote"and\slash/.jpg`:   `quote"and_slash_.jpg`,
		"a\r\nX-Injected: 1.jpg": "a__X-Injected: 1.jpg",
		"photo\u202egpj.exe":     "photo_gpj.exe",
		"\xff\xfe.jpg":           "_.jpg",
		"..":                     "evidence",
		"":                       "evidence",
		"semi;colon=1.jpg":       "semi;colon=1.jpg",
		"100%25.jpg":             "100%25.jpg",
	}
	for name, want := range tests {
		get := inspection.GetRequest{Key: "evidence/named.jpg", Version: info.Version, FileName: name, MediaType: inspection.MediaPNG}
		got := mustSend(t, presignGet(t, s, get), nil, http.StatusOK).header
		disposition, params, err := mime.ParseMediaType(got.Get("Content-Disposition"))
		if err != nil {
			t.Fatalf("%q: %q: %v", name, got.Get("Content-Disposition"), err)
		}
		if disposition != "attachment" || params["filename"] != want {
			t.Errorf("%q: got %s %q, want an attachment %q", name, disposition, params["filename"], want)
		}
		if diff := cmp.Diff([]string{"image/png", "private, no-store", ""},
			[]string{got.Get("Content-Type"), got.Get("Cache-Control"), got.Get("X-Injected")}); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	}
}

func absent(t *testing.T, s Subject) {
	mustAllBeAbsent(t, s, "evidence/never.jpg", "")
	info := store(t, s, "evidence/there.jpg", "there")
	mustAllBeAbsent(t, s, "evidence/never.jpg", info.Version)
}

func deleted(t *testing.T, s Subject) {
	const key = "evidence/deleted.jpg"
	info := store(t, s, key, "deleted")
	if err := s.Remove(t.Context(), key, info.Version); err != nil {
		t.Fatal(err)
	}
	mustAllBeAbsent(t, s, key, info.Version)
	mustAllBeAbsent(t, s, key, "")

	store(t, s, key+".marked", "marked")
	if err := s.Remove(t.Context(), key+".marked", ""); err != nil { // leaves a delete marker
		t.Fatal(err)
	}
	mustAllBeAbsent(t, s, key+".marked", "")
}

func mustAllBeAbsent(t *testing.T, s Subject, key, version string) {
	t.Helper()
	calls := map[string]func() error{
		"stat": func() error { _, err := s.Blobs.Stat(t.Context(), key, version); return err },
		"open": func() error { _, err := s.Blobs.Open(t.Context(), key, version); return err },
	}
	if version != "" {
		calls["retain"] = func() error { return s.Blobs.Retain(t.Context(), key, version, time.Now().Add(time.Hour)) }
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, inspection.ErrNoBlob) || errors.Is(err, inspection.ErrBlobsDown) {
			t.Errorf("%s of %q, version %q: got %v, want ErrNoBlob", name, key, version, err)
		}
	}
}

func retained(t *testing.T, s Subject) {
	const key = "evidence/retained.jpg"
	info := store(t, s, key, "retained")
	if err := s.Blobs.Retain(t.Context(), key, info.Version, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), key, info.Version); err == nil {
		t.Error("a retained version was deleted")
	}
	// Deleting the key only marks it: the version stays what it was.
	if err := s.Remove(t.Context(), key, ""); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s, key, info.Version); got != "retained" {
		t.Errorf("the retained version is now %q", got)
	}

	free := store(t, s, key+".free", "free")
	if err := s.Remove(t.Context(), key+".free", free.Version); err != nil {
		t.Errorf("a version without retention could not be deleted: %v", err)
	}
}

func retainLengthens(t *testing.T, s Subject) {
	const key = "evidence/lengthened.jpg"
	version := store(t, s, key, "lengthened").Version
	now := time.Now().UTC().Truncate(time.Second)
	steps := []struct{ until, want time.Time }{
		{now.Add(time.Hour), now.Add(time.Hour)},
		{now.Add(time.Hour), now.Add(time.Hour)},
		{now.Add(time.Minute), now.Add(time.Hour)},
		{now.Add(2*time.Hour + time.Nanosecond), now.Add(2*time.Hour + time.Second)},
		{now.Add(2 * time.Hour), now.Add(2*time.Hour + time.Second)},
	}
	for _, step := range steps {
		if err := s.Blobs.Retain(t.Context(), key, version, step.until); err != nil {
			t.Fatal(err)
		}
		got, err := s.RetainedUntil(t.Context(), key, version)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(step.want) {
			t.Errorf("asked for %s: got %s, want %s", step.until, got, step.want)
		}
	}
	if err := s.Blobs.Retain(t.Context(), key, "", now.Add(time.Hour)); err == nil {
		t.Error("a retention of no version in particular was accepted")
	}
}
