package faultproxy

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// begin decides on a stream; up is false while the link is down.
func (p *Proxy) begin() (_ end, up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		p.counts.Refused++
		return end{}, false
	}
	p.counts.Streams++
	return p.faults.drawEnd(p.random, len(p.upstreams)), true
}

// hold keeps a stream among those that are cut when the link goes down, until release.
func (p *Proxy) hold(stream io.Closer) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[stream] = true
	if p.down { // it went down since begin
		_ = stream.Close()
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.open, stream)
	}
}

// tunnel joins a web socket to a server until either side ends it or its time has come.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	e, up := p.begin()
	if !up {
		abort()
	}
	server, err := net.DialTimeout("tcp", p.upstreams[e.upstream], time.Second)
	if err != nil {
		p.count(func(c *Counts) { c.Unreached++ })
		http.Error(w, "no server answers", http.StatusBadGateway)
		return
	}
	defer server.Close()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		abort()
	}
	defer client.Close()
	defer p.hold(client)()
	if r.Write(server) != nil {
		return
	}
	finished := make(chan error, 2)
	go func() {
		_, err := io.Copy(server, buffered)
		finished <- err
	}()
	go func() { finished <- p.carry(client, server, e.bytes) }()
	select {
	case err = <-finished:
	case <-after(e.life):
		err = errCut
	}
	if errors.Is(err, errCut) {
		p.count(func(c *Counts) { c.Cut++ })
	}
}

// errCut says that the proxy ended a stream.
var errCut = errors.New("the stream has carried what it may")

// carry copies from the server to the client. With a limit it stops after that many bytes, which is in
// the middle of a frame or an event more often than not.
func (p *Proxy) carry(client io.Writer, server io.Reader, limit int64) error {
	if limit <= 0 {
		_, err := io.Copy(client, server)
		return err
	}
	if n, err := io.CopyN(client, server, limit); n < limit {
		return err
	}
	return errCut
}

// after is a channel that yields after the time; never if that is 0.
func after(d time.Duration) <-chan time.Time {
	if d <= 0 {
		return nil
	}
	return time.After(d)
}

// events passes a stream of events on as it comes.
func (p *Proxy) events(w http.ResponseWriter, r *http.Request, body []byte) {
	e, up := p.begin()
	if !up {
		abort()
	}
	answer, err := p.roundTrip(r.Context(), r, body, e.upstream)
	if err != nil {
		p.count(func(c *Counts) { c.Unreached++ })
		http.Error(w, "no server answers", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	defer p.hold(answer.Body)()
	copyHeader(w.Header(), answer.Header)
	w.WriteHeader(answer.StatusCode)
	flusher := http.NewResponseController(w)
	_ = flusher.Flush()
	finished := make(chan error, 1)
	go func() { finished <- p.carry(flushing{w, flusher}, answer.Body, e.bytes) }()
	select {
	case err = <-finished:
	case <-after(e.life):
		_ = answer.Body.Close()
		<-finished
		err = errCut
	}
	if err != nil {
		if errors.Is(err, errCut) {
			p.count(func(c *Counts) { c.Cut++ })
		}
		abort()
	}
}

// flushing sends every piece at once.
type flushing struct {
	to      io.Writer
	flusher *http.ResponseController
}

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.to.Write(b)
	if err != nil {
		return n, err
	}
	return n, f.flusher.Flush()
}
