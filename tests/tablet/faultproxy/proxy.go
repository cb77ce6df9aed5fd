package faultproxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Proxy is one tablet's link. It is safe for concurrent use.
type Proxy struct {
	upstreams []string // host:port
	server    *http.Server
	listener  net.Listener
	transport *http.Transport
	ctx       context.Context // ends with Close
	stop      context.CancelFunc

	mu     sync.Mutex
	idle   *sync.Cond // when behind falls to 0
	behind int        // requests on their way to a server for which no client waits
	random *rand.Rand
	faults Faults
	down   bool
	counts Counts
	open   map[io.Closer]bool // streams, to be cut when the link goes down
}

// Start begins to listen on a free port of this machine. The upstreams are addresses, host:port; every
// request goes to one of them.
func Start(seed uint64, upstreams ...string) (*Proxy, error) {
	if len(upstreams) == 0 {
		return nil, errors.New("faultproxy: there is no server to reach")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("faultproxy: %w", err)
	}
	p := &Proxy{upstreams: upstreams, listener: listener, random: rand.New(rand.NewPCG(seed, uint64(len(upstreams)))),
		transport: &http.Transport{DisableCompression: true}, open: map[io.Closer]bool{}}
	p.idle = sync.NewCond(&p.mu)
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.server = &http.Server{Handler: p}
	go p.server.Serve(listener) // ends with Close, and says nothing else that a test could use
	return p, nil
}

// Address is where clients reach the proxy, host:port.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Set changes what goes wrong from now on.
func (p *Proxy) Set(faults Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = faults
}

// Down takes the link away, and with it what runs over it, or gives it back.
func (p *Proxy) Down(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	if down {
		for stream := range p.open {
			_ = stream.Close() // its copier sees it and forgets the stream
		}
	}
}

// Settle waits until every late request and every copy has reached a server or failed.
func (p *Proxy) Settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.behind > 0 {
		p.idle.Wait()
	}
}

// Counts is what happened so far.
func (p *Proxy) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts
}

// Close ends the proxy and everything that runs over it.
func (p *Proxy) Close() {
	p.Down(true)
	p.stop()
	_ = p.server.Close() // the listener; nothing is written that could be lost
	p.Settle()
	p.transport.CloseIdleConnections()
}

// count changes the counts.
func (p *Proxy) count(change func(*Counts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.counts)
}

// ServeHTTP passes one request on, or not.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		p.tunnel(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		abort()
	}
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		p.events(w, r, body)
		return
	}
	d, up := p.decide()
	if !up {
		abort()
	}
	if d.late {
		p.later(r, body, d.upstream, d.delay)
		abort()
	}
	if d.twice {
		p.later(r, body, d.second, 0)
	}
	if !p.sleep(r.Context(), d.delay) {
		abort()
	}
	answer, content, err := p.forward(r.Context(), r, body, d.upstream)
	if err != nil {
		p.count(func(c *Counts) { c.Unreached++ })
		http.Error(w, "no server answers", http.StatusBadGateway)
		return
	}
	if d.drop || p.isDown() {
		p.count(func(c *Counts) { c.Dropped++ })
		abort()
	}
	copyHeader(w.Header(), answer.Header)
	w.WriteHeader(answer.StatusCode)
	if d.truncate {
		p.count(func(c *Counts) { c.Truncated++ })
		_, _ = w.Write(content[:len(content)/2])
		_ = http.NewResponseController(w).Flush()
		abort()
	}
	_, _ = w.Write(content) // a client that went away cannot be told
}

// abort ends the client's connection without another word.
func abort() { panic(http.ErrAbortHandler) }

// decide draws a request's fate; up is false while the link is down.
func (p *Proxy) decide() (_ fate, up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		p.counts.Refused++
		return fate{}, false
	}
	d := p.faults.draw(p.random, len(p.upstreams))
	p.counts.Requests++
	if d.late {
		p.counts.Late++
	} else if d.delay > 0 {
		p.counts.Delayed++
	}
	if d.twice {
		p.counts.Duplicated++
	}
	return d, true
}

func (p *Proxy) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down
}

// later sends a request for which no client waits.
func (p *Proxy) later(r *http.Request, body []byte, upstream int, delay time.Duration) {
	r = r.Clone(p.ctx)
	p.wait(1)
	go func() {
		defer p.wait(-1)
		if p.sleep(p.ctx, delay) {
			_, _, _ = p.forward(p.ctx, r, body, upstream) // nobody is there to be told
		}
	}()
}

// wait changes how many requests Settle waits for.
func (p *Proxy) wait(more int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.behind += more
	if p.behind == 0 {
		p.idle.Broadcast()
	}
}

// sleep waits, and says whether the context is still alive then.
func (p *Proxy) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// forward sends a request to a server and reads the answer whole.
func (p *Proxy) forward(ctx context.Context, r *http.Request, body []byte, upstream int) (*http.Response, []byte, error) {
	answer, err := p.roundTrip(ctx, r, body, upstream)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	return answer, content, err
}

func (p *Proxy) roundTrip(ctx context.Context, r *http.Request, body []byte, upstream int) (*http.Response, error) {
	sent, err := http.NewRequestWithContext(ctx, r.Method, "http://"+p.upstreams[upstream]+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	copyHeader(sent.Header, r.Header)
	return p.transport.RoundTrip(sent)
}

// copyHeader copies what is not about the connection itself.
func copyHeader(to, from http.Header) {
	for name, values := range from {
		switch name {
		case "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade":
		default:
			to[name] = values
		}
	}
}
