package device

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// mostCallers bounds how many callers a rate tells apart. Those beyond share one count.
const mostCallers = 10_000

// rate allows each caller a number of requests in a window of time. It counts in this process only.
type rate struct {
	most   int
	window time.Duration
	now    func() time.Time

	mu    sync.Mutex
	since time.Time
	count map[string]int
}

func newRate(most int, window time.Duration, now func() time.Time) *rate {
	return &rate{most: most, window: window, now: now, count: map[string]int{}}
}

// allow counts a request; wait is how long until the caller is allowed another.
func (r *rate) allow(caller string) (wait time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if passed := now.Sub(r.since); passed >= r.window || passed < 0 {
		r.since = now
		clear(r.count)
	}
	if _, known := r.count[caller]; !known && len(r.count) >= mostCallers {
		caller = ""
	}
	if r.count[caller] >= r.most {
		return r.since.Add(r.window).Sub(now), false
	}
	r.count[caller]++
	return 0, true
}

// addressOf is who is counted: the connection's address, and of IPv6 the network, since one host may
// have all of it.
func addressOf(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr := from.Addr().Unmap()
	if addr.Is4() {
		return addr.String()
	}
	network, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return addr.String()
	}
	return network.String()
}
