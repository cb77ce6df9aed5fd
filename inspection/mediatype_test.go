package inspection_test

import (
	"bytes"
	"strings"
	"testing"

	"plumbline/inspection"
)

// box returns an ftyp box with a major brand and compatible brands, as an ISO media file opens.
func box(major string, compatible ...string) string {
	body := "ftyp" + major + "\x00\x00\x00\x00" + strings.Join(compatible, "")
	return "\x00\x00\x00" + string(rune(len(body)+4)) + body
}

func TestSniffMediaType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		head string
		want inspection.MediaType // empty: refused
	}{
		{"JPEG with a JFIF header", "\xff\xd8\xff\xe0\x00\x10JFIF\x00", inspection.MediaJPEG},
		{"JPEG with an Exif header", "\xff\xd8\xff\xe1\x00\x18Exif\x00\x00", inspection.MediaJPEG},
		{"JPEG cut off after its third byte", "\xff\xd8\xff", inspection.MediaJPEG},
		{"two bytes of a JPEG", "\xff\xd8", ""},
		{"PNG", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", inspection.MediaPNG},
		{"PNG spoilt by a text-mode transfer", "\x89PNG\n\x1a\n\x00\x00\x00\rIHDR", ""},
		{"WebP, lossy", "RIFF\x24\x00\x00\x00WEBPVP8 ", inspection.MediaWebP},
		{"WebP, lossless", "RIFF\x24\x00\x00\x00WEBPVP8L", inspection.MediaWebP},
		{"WebP, extended", "RIFF\x24\x00\x00\x00WEBPVP8X", inspection.MediaWebP},
		{"WAV in the same container", "RIFF\x24\x00\x00\x00WAVEfmt ", ""},
		{"RIFF cut off", "RIFF\x24\x00\x00\x00WEBP", ""},
		{"HEIC of a phone", box("heic", "mif1", "heic"), inspection.MediaHEIC},
		{"HEIC of ten bits", box("heix", "mif1", "heix"), inspection.MediaHEIC},
		{"HEIC sequence", box("hevc", "msf1", "hevc"), inspection.MediaHEIC},
		{"HEIC by its general brand", box("mif1", "mif1", "heic"), inspection.MediaHEIC},
		{"HEIC sequence by its general brand", box("msf1", "msf1", "hevc"), inspection.MediaHEIC},
		{"HEIC without compatible brands", box("heic"), inspection.MediaHEIC},
		{"HEIC whose next box happens to hold a brand", box("heic", "mif1") + "\x00\x00\x00\x20avif", inspection.MediaHEIC},
		{"HEIC whose box claims to be huge", "\xff\xff\xff\xffftypheic\x00\x00\x00\x00mif1", inspection.MediaHEIC},
		{"AVIF", box("avif", "avif", "mif1", "miaf"), ""},
		{"AVIF by the general brand", box("mif1", "mif1", "avif", "miaf"), ""},
		{"AVIF sequence", box("avis", "msf1", "avis"), ""},
		{"AVIF sequence by the general brand", box("msf1", "avis"), ""},
		{"MP4 video", box("isom", "isom", "mp41"), ""},
		{"HEIC brand in a box too small to hold it", "\x00\x00\x00\x08ftypheic\x00\x00\x00\x00", ""},
		{"HEIC cut off before its version", "\x00\x00\x00\x18ftypheic\x00\x00", ""},
		{"PDF", "%PDF-1.7\n", inspection.MediaPDF},
		{"PDF behind other bytes", "\n%PDF-1.7\n", ""},
		{"GIF", "GIF89a\x01\x00\x01\x00", ""},
		{"TIFF", "II*\x00\x08\x00\x00\x00", ""},
		{"SVG", "<svg xmlns='http://www.w3.org/2000/svg'>", ""},
		{"HTML", "<!doctype html><script>", ""},
		{"ZIP", "PK\x03\x04", ""},
		{"nothing", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := inspection.SniffMediaType([]byte(test.head))
			if got != test.want || ok != (test.want != "") {
				t.Errorf("got %q, %t; want %q", got, ok, test.want)
			}
		})
	}
}

func TestEveryListedMediaTypeIsAccepted(t *testing.T) {
	t.Parallel()
	for _, m := range inspection.MediaTypes() {
		if !m.Accepted() {
			t.Errorf("%s is listed and not accepted", m)
		}
	}
	for _, m := range []inspection.MediaType{"", "image/gif", "image/avif", "image/svg+xml", "text/html", "IMAGE/JPEG", "image/jpeg; q=1"} {
		if m.Accepted() {
			t.Errorf("%q is accepted", m)
		}
	}
}

// Any bytes are judged without a panic, by their first SniffLength bytes alone, and only ever as a
// type that evidence may have.
func FuzzSniffMediaType(f *testing.F) {
	for _, seed := range []string{"", "\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "RIFF0000WEBPVP8 ", "%PDF-", box("mif1", "avif"), box("heic")} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := inspection.SniffMediaType(data)
		if ok != got.Accepted() {
			t.Errorf("%q: %q, %t", data, got, ok)
		}
		head := bytes.Clone(data[:min(len(data), inspection.SniffLength)])
		if again, _ := inspection.SniffMediaType(head); again != got {
			t.Errorf("%q: %q by all bytes, %q by the head", data, got, again)
		}
		if longer, _ := inspection.SniffMediaType(append(head, bytes.Repeat([]byte{0}, inspection.SniffLength)...)); ok && longer != got {
			t.Errorf("%q: %q, with more bytes behind %q", data, got, longer)
		}
	})
}
