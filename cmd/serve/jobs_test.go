package serve_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A server works its jobs as the application role, unless it is told not to.
func TestTheServerWorksItsJobs(t *testing.T) {
	t.Parallel()
	for setting, works := range map[string]bool{"true": true, "false": false} {
		t.Run("PLUMBLINE_JOBS="+setting, func(t *testing.T) {
			t.Parallel()
			w := start(t, nil, "PLUMBLINE_JOBS", setting)
			w.ask(t, "GET", "/healthz", "")
			db, err := pgx.Connect(t.Context(), string(w.config.DatabaseURL))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close(t.Context())
			done := func() (n int) {
				err := db.QueryRow(t.Context(), `select count(distinct kind) from river.river_job where state = 'completed' and kind in ('sweep_due_dates', 'dispatch_events')`).Scan(&n)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			want, patience := 0, 2*time.Second
			if works {
				want, patience = 2, 40*time.Second
			}
			n := 0
			for end := time.Now().Add(patience); time.Now().Before(end) && (!works || n < want); time.Sleep(50 * time.Millisecond) {
				n = done()
			}
			if n != want {
				t.Errorf("%d kinds of periodic job were done, want %d\n%s", n, want, w.log)
			}
		})
	}
}
