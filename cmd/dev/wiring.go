package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"plumbline/cmd/stack"
	"plumbline/migrations"
)

// serveStack answers on the listener until ctx ends, then within half a second. It tells whether the
// database is ready and nothing else: package serve takes this place.
func serveStack(ctx context.Context, s stack.Stack, listener net.Listener) error {
	pool, err := pgxpool.New(ctx, s.DatabaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	routes := http.NewServeMux()
	routes.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if pending, err := migrations.Pending(r.Context(), pool); err != nil || pending {
			http.Error(w, "the database is not ready", http.StatusServiceUnavailable)
		}
	})
	server := &http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { shutdown(server) })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// shutdown lets running requests finish, but not for long: the stack promises to stop in a second.
func shutdown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
}
