package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"plumbline/graph/auth"
	"plumbline/graph/edge"
	"plumbline/inspection"
)

// exchange is one request with its answer, as it becomes known.
type exchange struct {
	status    int
	bytes     int64
	user      inspection.ID
	operation edge.Operation
}

// stream says whether the answer was one that stays open: its length says nothing of how fast requests
// are answered.
func (e *exchange) stream() bool {
	return e.status == http.StatusSwitchingProtocols || e.operation.Type == "subscription"
}

// note notes what was executed. A socket executes many operations side by side, and is logged as a
// connection.
func (e *exchange) note(op edge.Operation) {
	if e.status != http.StatusSwitchingProtocols {
		e.operation = op
	}
}

type exchangeKey struct{}

// exchangeOf returns the exchange of a request that passed watch; else one that nobody reads.
func exchangeOf(ctx context.Context) *exchange {
	if e, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return e
	}
	return &exchange{}
}

// watch gives each request an id, answers for panics, counts it, and logs it when it is over. The
// log has the path and never the query string, a header or a body.
func watch(next http.Handler, log *slog.Logger, m *metrics, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := now()
		id := requestID(r.Header.Get("X-Request-Id"))
		w.Header().Set("X-Request-Id", id)
		ex := &exchange{}
		r = r.WithContext(context.WithValue(edge.WithRequestID(r.Context(), id), exchangeKey{}, ex))
		rec := &recorder{ResponseWriter: w, exchange: ex}
		defer func() {
			took := now().Sub(start)
			if !ex.stream() {
				m.request(r, ex.status, took)
			}
			log.LogAttrs(r.Context(), levelOf(r), "request", describeRequest(r, ex, took)...)
		}()
		serveSafely(rec, r, next, log)
	})
}

// serveSafely turns a panic into an internal error, or ends the connection if the answer had begun:
// half an answer must not look whole.
func serveSafely(w *recorder, r *http.Request, next http.Handler, log *slog.Logger) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if cause != http.ErrAbortHandler {
			log.ErrorContext(r.Context(), "panic", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
		if w.exchange.status != 0 || cause == http.ErrAbortHandler {
			panic(http.ErrAbortHandler)
		}
		http.Error(w, "internal error; quote request "+edge.RequestID(r.Context())+" when you report it", http.StatusInternalServerError)
	}()
	next.ServeHTTP(w, r)
}

func describeRequest(r *http.Request, ex *exchange, took time.Duration) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("path", shorten(r.URL.Path)),
		slog.Int("status", ex.status),
		slog.Int64("bytes", ex.bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("from", r.RemoteAddr),
	}
	if ex.user != (inspection.ID{}) {
		attrs = append(attrs, slog.String("user", ex.user.String()))
	}
	if op := ex.operation; op.Type != "" {
		attrs = append(attrs, slog.Group("graphql",
			slog.String("type", op.Type), slog.String("name", shorten(op.Name)), slog.String("outcome", op.Outcome)))
	}
	return attrs
}

// levelOf keeps the probes, which come every few seconds, out of an ordinary log.
func levelOf(r *http.Request) slog.Level {
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// shorten keeps a caller's text from filling the log.
func shorten(text string) string {
	const most = 200
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// requestID takes the caller's id if it is a sane one, so that a request can be followed through
// the proxies in front; else it makes one.
func requestID(given string) string {
	if len(given) >= 8 && len(given) <= 64 && strings.IndexFunc(given, notInID) < 0 {
		return given
	}
	return inspection.NewID().String()
}

func notInID(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
}

// noteUser puts the user whom auth let in into the exchange.
func noteUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if actor, ok := auth.ActorFrom(r.Context()); ok {
			exchangeOf(r.Context()).user = actor.ID
		}
		next.ServeHTTP(w, r)
	})
}

// recorder sees the status and size of an answer.
type recorder struct {
	http.ResponseWriter
	exchange *exchange
}

// WriteHeader notes the status.
func (w *recorder) WriteHeader(status int) {
	if w.exchange.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.exchange.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes the size.
func (w *recorder) Write(p []byte) (int, error) {
	if w.exchange.status == 0 {
		w.exchange.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.exchange.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
