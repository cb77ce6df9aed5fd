package inspection

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// MediaType is the kind of an evidence file, in the words of RFC 9110: "image/jpeg".
type MediaType string

const (
	MediaJPEG MediaType = "image/jpeg"
	MediaPNG  MediaType = "image/png"
	MediaWebP MediaType = "image/webp"
	MediaHEIC MediaType = "image/heic"
	MediaPDF  MediaType = "application/pdf"
)

const (
	// MaxOriginal is the size in bytes of the largest original that can be declared.
	MaxOriginal int64 = 256 << 20
	// MaxSinglePut is the size in bytes of the largest original that one presigned PUT carries.
	MaxSinglePut int64 = 16 << 20
	// SniffLength is how many leading bytes SniffMediaType wants to see, if the file has as many.
	SniffLength = 512
)

// MediaTypes lists the kinds of file that evidence may be.
func MediaTypes() []MediaType {
	return []MediaType{MediaJPEG, MediaPNG, MediaWebP, MediaHEIC, MediaPDF}
}

// Accepted reports whether evidence may be of this kind.
func (m MediaType) Accepted() bool { return slices.Contains(MediaTypes(), m) }

// SniffMediaType tells an accepted kind of file by its first bytes, whatever its name says. It
// looks at SniffLength bytes at most and at no content behind them: a truncated photo is a JPEG.
// It returns false for every other kind, GIF, AVIF and text among them.
func SniffMediaType(head []byte) (MediaType, bool) {
	head = head[:min(len(head), SniffLength)]
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return MediaJPEG, true
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return MediaPNG, true
	case isWebP(head):
		return MediaWebP, true
	case isHEIC(head):
		return MediaHEIC, true
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return MediaPDF, true
	}
	return "", false
}

// isWebP looks for a RIFF container whose form is WEBP and whose first chunk is one of WebP's:
// "VP8 ", "VP8L" or "VP8X".
func isWebP(head []byte) bool {
	return len(head) >= 15 && string(head[:4]) == "RIFF" && string(head[8:15]) == "WEBPVP8"
}

// isHEIC reads the ftyp box that opens an ISO media file: a size, a major brand, a version, and
// compatible brands. HEIC and AVIF share the container, and may share the general brand mif1; a
// file that names AVIF among its brands is an AVIF.
func isHEIC(head []byte) bool {
	const firstBrand, afterVersion = 8, 16
	if len(head) < afterVersion || string(head[4:8]) != "ftyp" {
		return false
	}
	size := binary.BigEndian.Uint32(head)
	if size < afterVersion {
		return false
	}
	if !slices.Contains([]string{"heic", "heix", "hevc", "hevx", "mif1", "msf1"}, string(head[firstBrand:firstBrand+4])) {
		return false
	}
	for at := afterVersion; at+4 <= len(head) && at+4 <= int(min(size, SniffLength)); at += 4 {
		if brand := string(head[at : at+4]); brand == "avif" || brand == "avis" {
			return false
		}
	}
	return true
}
