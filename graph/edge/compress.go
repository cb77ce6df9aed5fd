package edge

import (
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// compressFrom is the size in bytes from which a body is worth compressing.
const compressFrom = 1024

// Compress compresses response bodies of text over 1 kB by zstd or gzip, as the caller accepts.
// Event streams, images and bodies that already have an encoding pass untouched.
func Compress(next http.Handler) http.Handler {
	encoders := newEncoders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		encoding := AcceptedEncoding(r.Header.Get("Accept-Encoding"))
		if encoding == "" || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		cw := &compressWriter{ResponseWriter: w, encoding: encoding, pool: encoders[encoding]}
		// Not deferred: a handler that panics must not leave a body that looks complete.
		next.ServeHTTP(cw, r)
		cw.close()
	})
}

// AcceptedEncoding is the encoding in which an answer is sent, empty for none; it picks zstd before gzip where both are accepted.
func AcceptedEncoding(header string) string {
	accepted := map[string]bool{}
	for _, part := range strings.Split(header, ",") {
		name, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err == nil && weightOf(params["q"]) > 0 {
			accepted[name] = true
		}
	}
	for _, encoding := range []string{"zstd", "gzip"} {
		if accepted[encoding] {
			return encoding
		}
	}
	return ""
}

// encoder is what gzip and zstd writers share.
type encoder interface {
	io.WriteCloser
	Reset(io.Writer)
	Flush() error
}

func newEncoders() map[string]*sync.Pool {
	return map[string]*sync.Pool{
		"gzip": {New: func() any {
			// A constant level cannot be refused.
			w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
			return w
		}},
		"zstd": {New: func() any {
			w, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
				zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
			return w
		}},
	}
}

// compressWriter holds back the first bytes of a body until it is known whether the body is worth
// compressing.
type compressWriter struct {
	http.ResponseWriter
	encoding string
	pool     *sync.Pool
	status   int
	held     []byte
	decided  bool
	enc      encoder
}

// WriteHeader keeps the status until the headers are final.
func (w *compressWriter) WriteHeader(status int) {
	if w.decided || w.status != 0 {
		return
	}
	if status < http.StatusOK {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.status = status
}

// Write takes a piece of the body.
func (w *compressWriter) Write(p []byte) (int, error) {
	if !w.decided {
		w.held = append(w.held, p...)
		if len(w.held) < compressFrom {
			return len(p), nil
		}
		return len(p), w.decide(true)
	}
	return w.pass(p)
}

// Flush sends what was written so far; a body flushed before it is large goes uncompressed.
func (w *compressWriter) Flush() {
	_ = w.FlushError()
}

// FlushError is Flush for http.ResponseController.
func (w *compressWriter) FlushError() error {
	if err := w.decide(false); err != nil {
		return err
	}
	if w.enc != nil {
		if err := w.enc.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *compressWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// decide settles the encoding, sends the headers and what was held back.
func (w *compressWriter) decide(large bool) error {
	if w.decided {
		return nil
	}
	w.decided = true
	h := w.Header()
	if h.Get("Content-Type") == "" && len(w.held) > 0 {
		h.Set("Content-Type", http.DetectContentType(w.held))
	}
	if large && w.compressible() {
		h.Set("Content-Encoding", w.encoding)
		h.Del("Content-Length")
		w.enc = w.pool.Get().(encoder)
		w.enc.Reset(w.ResponseWriter)
	}
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
	held := w.held
	w.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := w.pass(held)
	return err
}

func (w *compressWriter) pass(p []byte) (int, error) {
	if w.enc != nil {
		return w.enc.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

func (w *compressWriter) compressible() bool {
	h := w.Header()
	if h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" || w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return false
	}
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || mediaType == "text/event-stream" {
		return false
	}
	return strings.HasPrefix(mediaType, "text/") || mediaType == "image/svg+xml" ||
		mediaType == "application/javascript" || strings.HasSuffix(mediaType, "json")
}

// close ends the body. A caller that has gone away is no fault of ours, so errors end here.
func (w *compressWriter) close() {
	_ = w.decide(false)
	if w.enc != nil {
		_ = w.enc.Close()
		w.enc.Reset(nil)
		w.pool.Put(w.enc)
	}
}
