package serve

import (
	"fmt"
	"io"
	"net/http"

	"plumbline/graph/edge"
	"plumbline/web"
)

// handlers are what the routes lead to.
type handlers struct {
	graphql, ready, metrics http.Handler
	report                  http.Handler
	editions, assignments   http.Handler
	device                  http.Handler
	start, startFiles       http.Handler
	// explorer and explorerFiles are nil in production.
	explorer, explorerFiles http.Handler
}

// routes is everything that this server answers.
func routes(h handlers) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", h.graphql)
	mux.Handle("GET /inspections/{id}/report", h.report)
	mux.Handle("GET /sync/editions/{sha256}", h.editions)
	mux.Handle("GET /sync/inspections/{id}", h.assignments)
	mux.Handle("GET /sync/inspections/{id}/{sha256}", h.assignments)
	mux.Handle("/device/", h.device)
	mux.HandleFunc("GET /healthz", alive)
	mux.Handle("GET /readyz", h.ready)
	mux.Handle("GET /metrics", h.metrics)
	mux.Handle("GET /{$}", h.start)
	mux.Handle("GET /start.css", h.startFiles)
	mux.Handle("GET /icon.svg", h.startFiles)
	if h.explorer != nil {
		mux.Handle("GET /graphiql", h.explorer)
		mux.Handle("GET /graphiql/", h.explorerFiles)
	}
	mux.HandleFunc("/", nothingHere)
	return secure(edge.Compress(mux))
}

// pages fills in the handlers of package web.
func (h *handlers) pages(version string, development *Development) (err error) {
	start := web.Start{Version: version, Development: development != nil}
	if h.start, err = start.Handler(); err != nil {
		return err
	}
	if h.startFiles, err = web.Files("start", "/"); err != nil {
		return err
	}
	if development == nil {
		return nil
	}
	if h.explorer, err = (web.Explorer{Issuer: development.IssuerURL}).Handler(); err != nil {
		return err
	}
	h.explorerFiles, err = web.Files("graphiql", "/graphiql/")
	return err
}

// alive answers as long as the process does; it asks nothing of the database.
func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "ok\n") // a prober that has gone away is no fault of ours
}

func nothingHere(w http.ResponseWriter, r *http.Request) {
	http.Error(w, fmt.Sprintf("There is nothing at %s. The page / says what runs here; the API is at /graphql.", shorten(r.URL.Path)),
		http.StatusNotFound)
}

// secure sets the headers that keep a browser from doing more with an answer than showing it. A
// page that needs more states its own policy.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
