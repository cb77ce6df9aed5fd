package serve

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"plumbline/graph/edge"
)

// metrics are the figures of one server. No label takes a caller's words: their number would have
// no bound.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	operations *prometheus.HistogramVec
}

func newMetrics(pool func() *pgxpool.Stat, streams streamCollector) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "plumbline_http_request_seconds", Help: "Time to answer an HTTP request.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 12),
		}, []string{"route", "method", "status"}),
		operations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "plumbline_graphql_operation_seconds", Help: "Time to answer a GraphQL operation.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 12),
		}, []string{"type", "outcome"}),
	}
	m.registry.MustRegister(m.requests, m.operations, poolCollector{pool}, streams,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
}

// request counts an answered request under the pattern of its route.
func (m *metrics) request(r *http.Request, status int, took time.Duration) {
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, knownMethod(r.Method), strconv.Itoa(status)).Observe(took.Seconds())
}

// operation counts a GraphQL operation, and notes it for the log.
func (m *metrics) operation(ctx context.Context, op edge.Operation) {
	exchangeOf(ctx).note(op)
	m.operations.WithLabelValues(op.Type, op.Outcome).Observe(op.Took.Seconds())
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// poolCollector reads the database pool's figures when asked.
type poolCollector struct{ stat func() *pgxpool.Stat }

// Describe declares nothing beforehand: the figures are few and fixed.
func (c poolCollector) Describe(chan<- *prometheus.Desc) {}

// Collect reads the figures.
func (c poolCollector) Collect(out chan<- prometheus.Metric) {
	s := c.stat()
	gauge := func(name, help string, value int32) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, float64(value))
	}
	counter := func(name, help string, value float64) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, value)
	}
	gauge("plumbline_db_connections_max", "Largest number of database connections.", s.MaxConns())
	gauge("plumbline_db_connections_open", "Database connections open.", s.TotalConns())
	gauge("plumbline_db_connections_used", "Database connections in use.", s.AcquiredConns())
	counter("plumbline_db_waits_total", "Times that a request had to wait for a database connection.", float64(s.EmptyAcquireCount()))
	counter("plumbline_db_wait_seconds_total", "Time spent waiting for database connections.", s.EmptyAcquireWaitTime().Seconds())
}
