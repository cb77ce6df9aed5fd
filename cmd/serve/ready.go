package serve

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/migrations"
	"plumbline/storage"
	"plumbline/storage/blob"
)

// check is one thing that must hold for the server to do its work.
type check struct {
	name string
	// advice is shown when the check fails; the cause goes to the log only.
	advice string
	run    func(context.Context) error
}

const (
	checkTimeout = 3 * time.Second
	// readyFor is how long a good result is repeated, so that probes cost little.
	readyFor = time.Second
)

// readiness answers /readyz: 200 if every check holds, else 503, each check by name.
type readiness struct {
	checks []check
	log    *slog.Logger
	now    func() time.Time

	mu    sync.Mutex
	good  []byte
	until time.Time
}

type checkResult struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Advice string `json:"advice,omitempty"`
}

// ServeHTTP runs the checks, all at once.
func (rd *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if rd.now().Before(rd.until) {
		_, _ = w.Write(rd.good) // a prober that has gone away is no fault of ours
		return
	}
	body, ready := rd.report(r.Context())
	if ready {
		rd.good, rd.until = body, rd.now().Add(readyFor)
	} else {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(body)
}

func (rd *readiness) report(ctx context.Context) (body []byte, ready bool) {
	// The result is kept for others, so it must not be this caller's impatience.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	results := make([]checkResult, len(rd.checks))
	var wg sync.WaitGroup
	for n, c := range rd.checks {
		wg.Go(func() { results[n] = rd.result(ctx, c) })
	}
	wg.Wait()
	ready = true
	for _, result := range results {
		ready = ready && result.OK
	}
	body, err := json.Marshal(struct {
		Ready  bool          `json:"ready"`
		Checks []checkResult `json:"checks"`
	}{ready, results})
	if err != nil {
		rd.log.ErrorContext(ctx, "readiness", "error", err)
		return nil, false
	}
	return append(body, '\n'), ready
}

func (rd *readiness) result(ctx context.Context, c check) checkResult {
	if err := c.run(ctx); err != nil {
		rd.log.WarnContext(ctx, "not ready", "check", c.name, "error", err)
		return checkResult{Name: c.name, Advice: c.advice}
	}
	return checkResult{Name: c.name, OK: true}
}

// checks are what the server needs: its database, its bucket, a current schema and an edition.
func checks(store *storage.Store, blobs *blob.Store, schema *pgxpool.Pool) []check {
	return []check{
		{"database", "the database does not answer", store.Ping},
		{"bucket", "the bucket cannot be used; it must exist, be versioned and have object lock", blobs.Check},
		{"migrations", "the database is behind this program; run plumbline migrate", func(ctx context.Context) error {
			pending, err := migrations.Pending(ctx, schema)
			if err == nil && pending {
				err = errors.New("serve: the database lacks migrations of this program")
			}
			return err
		}},
		{"edition", "no edition is loaded; run plumbline migrate", func(ctx context.Context) error {
			n, err := store.WarmEditions(ctx)
			if err == nil && n == 0 {
				err = errors.New("serve: the database holds no edition")
			}
			return err
		}},
	}
}
