package download

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"plumbline/inspection"
)

// noise does not compress.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = r.Read(b)
	return b
}

func TestWhatIsKeptPackedIsBoundedAndTheLastUsedStays(t *testing.T) {
	t.Parallel()
	p := newPacked(35_000)
	hash := func(b []byte) inspection.SHA256 { return sha256.Sum256(b) }
	a, b, c, d := noise(10_000, 1), noise(10_000, 2), noise(10_000, 3), noise(10_000, 4)
	for _, body := range [][]byte{a, b, c} {
		p.pack(hash(body), "gzip", body)
	}
	if _, kept := p.get(hash(a), "gzip"); !kept {
		t.Fatal("what fits is not kept")
	}
	p.pack(hash(d), "gzip", d)
	for name, want := range map[string]struct {
		body []byte
		kept bool
	}{"used last": {a, true}, "used longest ago": {b, false}, "used between": {c, true}, "new": {d, true}} {
		if _, kept := p.get(hash(want.body), "gzip"); kept != want.kept {
			t.Errorf("%s: kept is %v", name, kept)
		}
	}
	if _, kept := p.get(hash(d), "zstd"); kept {
		t.Error("one form stands for another")
	}
	whole := noise(50_000, 5)
	if packed := p.pack(hash(whole), "zstd", whole); len(packed) < len(whole) || p.size > p.most || p.size < 0 {
		t.Errorf("%d bytes are kept of at most %d", p.size, p.most)
	}
	once, again := compress("zstd", bytes.Repeat([]byte("requirement "), 9000)), compress("zstd", bytes.Repeat([]byte("requirement "), 9000))
	if !bytes.Equal(once, again) || len(once) > 1000 {
		t.Errorf("%d and %d bytes", len(once), len(again))
	}
}
