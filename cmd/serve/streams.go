package serve

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plumbline/graph/edge"
	"plumbline/storage"
)

// follow begins to follow the changes that any server process commits.
func follow(store *storage.Store, cfg Config, log *slog.Logger) (*storage.Feed, error) {
	return store.Follow(storage.FeedConfig{URL: string(cfg.ListenURL), Poll: time.Duration(cfg.FeedPoll), Logger: log})
}

// limits are what one caller may ask for.
func (c *Config) limits() edge.Limits {
	return edge.Limits{Body: int64(c.MaxBody), Cost: int(c.MaxCost), Time: time.Duration(c.OperationTimeout),
		Streams: int(c.MaxStreams), UserStreams: int(c.MaxUserStreams), KeepAlive: time.Duration(c.StreamKeepAlive)}
}

// door lets a request that asks for a socket through to the API, which asks for its token inside the
// socket, and every other only signed in.
func door(api, signedIn http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if edge.Upgrades(r) {
			api.ServeHTTP(w, r)
			return
		}
		signedIn.ServeHTTP(w, r)
	})
}

// endStreams ends what stays open when the server stops: it would keep the drain waiting.
func endStreams(streams *edge.Streams, within time.Duration, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	streams.Close()
	if err := streams.Wait(ctx); err != nil {
		log.Warn("streams were cut off that did not end in time", "error", err.Error())
	}
}

// streamCollector reads the figures of open connections and of the change feed when asked.
type streamCollector struct {
	streams func() edge.StreamStats
	feed    func() storage.FeedStats
}

// Describe declares nothing beforehand: the figures are few and fixed.
func (c streamCollector) Describe(chan<- *prometheus.Desc) {}

// Collect reads the figures.
func (c streamCollector) Collect(out chan<- prometheus.Metric) {
	streams, feed := c.streams(), c.feed()
	gauge := func(name, help string, value int64) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, float64(value))
	}
	counter := func(name, help string, value int64) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, float64(value))
	}
	listening := int64(0)
	if feed.Listening {
		listening = 1
	}
	gauge("plumbline_sockets_open", "Sockets open.", streams.Sockets)
	gauge("plumbline_event_streams_open", "Event streams open.", streams.Events)
	gauge("plumbline_subscriptions_open", "Subscriptions open, in sockets and event streams.", streams.Subscriptions)
	counter("plumbline_subscription_events_total", "Results sent to subscribers.", streams.Sent)
	counter("plumbline_streams_dropped_total", "Connections dropped because their caller was too slow.", streams.Dropped)
	gauge("plumbline_feed_listening", "1 while the change feed's connection listens.", listening)
	gauge("plumbline_feed_topics", "Objects whose changes somebody waits for.", int64(feed.Topics))
	counter("plumbline_feed_reconnects_total", "Times that the change feed had to connect again.", feed.Reconnects)
	counter("plumbline_feed_notifications_total", "Changes that the change feed was told of.", feed.Notified)
	counter("plumbline_feed_found_total", "Changes that the change feed found by polling before it was told.", feed.Found)
}
