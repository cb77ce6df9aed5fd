//go:build reference

package inspection_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/inspection"
)

// Real camera files, broken and hostile ones among them, are told by what they are: a broken JPEG
// that still opens as one is a JPEG, and AVIF and GIF are refused whatever their pixels.
func TestSniffMediaTypeOfRealFiles(t *testing.T) {
	t.Parallel()
	for _, path := range referencePhotos(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			want := map[string]inspection.MediaType{
				".jpg": inspection.MediaJPEG, ".png": inspection.MediaPNG, ".webp": inspection.MediaWebP,
				".heic": inspection.MediaHEIC, ".avif": "", ".gif": "",
			}
			expected, listed := want[filepath.Ext(path)]
			if !listed {
				t.Fatalf("no expectation for %s", path)
			}
			got, ok := inspection.SniffMediaType(headOf(t, path))
			if got != expected || ok != (expected != "") {
				t.Errorf("got %q, %t; want %q", got, ok, expected)
			}
		})
	}
}

func referencePhotos(t *testing.T) []string {
	t.Helper()
	folder := os.Getenv("PLUMBLINE_REFERENCE")
	if folder == "" {
		t.Fatal("PLUMBLINE_REFERENCE is not set: it names the folder of the reference files")
	}
	paths, err := filepath.Glob(filepath.Join(folder, "photos", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 30 {
		t.Fatalf("%d files in %s/photos, want 30 or more: %s", len(paths), folder, strings.Join(paths, " "))
	}
	return paths
}

func headOf(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, inspection.SniffLength))
	if err != nil {
		t.Fatal(err)
	}
	return head
}
