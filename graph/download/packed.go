package download

import (
	"bytes"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"plumbline/inspection"
)

// mostPacked bounds what a process keeps compressed, in bytes. An edition takes some 100 kB in each form.
const mostPacked = 8 << 20

// packed keeps compressed files, the last used first. It forgets the others; nothing else depends on it.
type packed struct {
	mu    sync.Mutex
	most  int
	size  int
	files []packedFile
	// packing lets one file be compressed at a time: it is work for a whole processor.
	packing sync.Mutex
}

type packedFile struct {
	sha      inspection.SHA256
	encoding string
	body     []byte
}

func newPacked(most int) *packed { return &packed{most: most} }

func (p *packed) get(sha inspection.SHA256, encoding string) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := slices.IndexFunc(p.files, func(f packedFile) bool { return f.sha == sha && f.encoding == encoding })
	if n < 0 {
		return nil, false
	}
	found := p.files[n]
	p.files = slices.Insert(slices.Delete(p.files, n, n+1), 0, found)
	return found.body, true
}

// pack compresses the file as far as it goes, and keeps it.
func (p *packed) pack(sha inspection.SHA256, encoding string, body []byte) []byte {
	p.packing.Lock()
	defer p.packing.Unlock()
	if known, ok := p.get(sha, encoding); ok {
		return known
	}
	f := packedFile{sha, encoding, compress(encoding, body)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files, p.size = slices.Insert(p.files, 0, f), p.size+len(f.body)
	for p.size > p.most {
		last := len(p.files) - 1
		p.size -= len(p.files[last].body)
		p.files = p.files[:last]
	}
	return f.body
}

// compress writes the body in the encoding, gzip or zstd.
func compress(encoding string, body []byte) []byte {
	if encoding == "zstd" {
		// The options are constant and fit each other; an encoder over memory does not fail.
		w, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
		return w.EncodeAll(body, nil)
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = w.Write(body)
	_ = w.Close()
	return out.Bytes()
}
