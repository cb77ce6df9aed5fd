package serve

import (
	"context"
	"io"
	"log/slog"

	"plumbline/graph/edge"
)

// newLogger writes JSON lines. A line that belongs to a request bears its id.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(requestHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
}

// requestHandler adds the request's id, which travels in the context.
type requestHandler struct{ slog.Handler }

// Handle writes one line.
func (h requestHandler) Handle(ctx context.Context, record slog.Record) error {
	if id := edge.RequestID(ctx); id != "" {
		record.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs keeps adding the id.
func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps adding the id.
func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}
