package graph_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/graph"
	"plumbline/graph/auth"
	"plumbline/graph/edge"
	"plumbline/graph/generated"
	"plumbline/inspection"
	"plumbline/storage"
)

// heard keeps the statements that a question sends, with their values.
type heard struct {
	sql  []string
	args [][]any
}

func (h *heard) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	h.sql, h.args = append(h.sql, data.SQL), append(h.args, data.Args)
	return ctx
}

func (h *heard) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// plans are PostgreSQL's plans of every statement that a question sends as the analyst.
func (n *nation) plans(query string) []string {
	n.t.Helper()
	h := &heard{}
	store, err := storage.Open(n.t.Context(), storage.Config{URL: n.database.AppURL, AuditKey: auditKey, Tracer: h, MaxConns: 1})
	if err != nil {
		n.t.Fatal(err)
	}
	defer store.Close()
	service := inspection.NewService(store, n.blobs, time.Now, inspection.Settings{})
	handler := edge.NewHandler(generated.NewExecutableSchema(generated.Config{Resolvers: &graph.Resolver{Service: service}}), edge.Options{})
	request := httptest.NewRequestWithContext(auth.WithActor(n.t.Context(), n.users[analyst]), http.MethodPost, "/graphql", bytes.NewReader(operation(n.t, query, nil)))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if body := recorder.Body.String(); contains(body, `"errors"`) {
		n.t.Fatal(body)
	}
	var plans []string
	n.asRole(analyst, func(ctx context.Context, tx pgx.Tx) {
		for k, sql := range h.sql {
			if !strings.HasPrefix(strings.TrimSpace(sql), "with") {
				continue
			}
			rows, err := tx.Query(ctx, "explain "+sql, h.args[k]...)
			if err != nil {
				n.t.Fatal(err)
			}
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				n.t.Fatal(err)
			}
			plans = append(plans, strings.Join(lines, "\n"))
		}
	})
	return plans
}

// No question reads the answers, which are the many; and one about a single facility goes by indexes to
// what hangs on its inspections.
func TestHowPostgreSQLReadsForTheQuestions(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	n.manyFacilities(300)
	n.crowd(n.behind(), 60)
	answers, scans := regexp.MustCompile(`on answer`), regexp.MustCompile(`Seq Scan on (standard_tally|standard_corroboration|inspection_standard|finding|finding_response|corrective_action|external_rating)\b`)
	for _, q := range questions {
		for what, query := range map[string]string{"whole": q.query, "facility": narrowed(q.query, n.oak.String())} {
			plans := n.plans(query)
			if len(plans) == 0 {
				t.Errorf("%s sends nothing", query)
			}
			for _, plan := range plans {
				if answers.MatchString(plan) {
					t.Errorf("%s reads the answers:\n%s", query, plan)
				}
				if found := scans.FindString(plan); what == "facility" && found != "" {
					t.Errorf("%s has a %s:\n%s", query, found, plan)
				}
			}
		}
	}
}

// narrowed is the question of one facility.
func narrowed(query, facility string) string {
	filter := `filter: {facilityId: "` + facility + `"}`
	if at := strings.IndexByte(query, '('); at >= 0 && at < strings.IndexByte(query[2:], '{')+2 {
		return query[:at+1] + filter + ", " + query[at+1:]
	}
	at := strings.IndexByte(query[2:], ' ') + 2
	return query[:at] + "(" + filter + ")" + query[at:]
}
