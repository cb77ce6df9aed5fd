package faultproxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/tests/tablet/faultproxy"
)

// recorder is a server that keeps what reached it, in order.
type recorder struct {
	mu   sync.Mutex
	seen []string
}

func (s *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.seen = append(s.seen, string(body))
	s.mu.Unlock()
	fmt.Fprintf(w, "the answer to %s", body)
}

func (s *recorder) reached() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// behind starts servers and a proxy before them.
func behind(t *testing.T, seed uint64, servers ...http.Handler) *faultproxy.Proxy {
	t.Helper()
	var upstreams []string
	for _, handler := range servers {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		upstreams = append(upstreams, server.Listener.Addr().String())
	}
	return over(t, seed, upstreams...)
}

func over(t *testing.T, seed uint64, upstreams ...string) *faultproxy.Proxy {
	t.Helper()
	p, err := faultproxy.Start(seed, upstreams...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// post sends a body on a connection of its own and returns what came back.
func post(t *testing.T, p *faultproxy.Proxy, body string) (string, error) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Post("http://"+p.Address()+"/graphql", "text/plain", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", response.Status)
	}
	return string(content), err
}

func TestAGoodLinkPassesEverythingOnce(t *testing.T) {
	t.Parallel()
	server := &recorder{}
	p := behind(t, 1, server)
	for n := range 20 {
		body := fmt.Sprint(n)
		if got, err := post(t, p, body); err != nil || got != "the answer to "+body {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	p.Settle()
	if got := p.Counts(); got != (faultproxy.Counts{Requests: 20}) || len(server.reached()) != 20 {
		t.Errorf("%+v, and %d requests reached the server", got, len(server.reached()))
	}
}

func TestWhatGoesWrongIsWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		faults  faultproxy.Faults
		answer  string // "" if the client gets none
		reaches int
		counts  faultproxy.Counts
	}{
		{"an answer is lost after the server has given it", faultproxy.Faults{Drop: 1}, "", 1, faultproxy.Counts{Requests: 1, Dropped: 1}},
		{"half of an answer arrives", faultproxy.Faults{Truncate: 1}, "", 1, faultproxy.Counts{Requests: 1, Truncated: 1}},
		{"a request arrives when its client is gone", faultproxy.Faults{Late: 1, MaxDelay: time.Millisecond}, "", 1, faultproxy.Counts{Requests: 1, Late: 1}},
		{"a request arrives twice", faultproxy.Faults{Duplicate: 1}, "the answer to it", 2, faultproxy.Counts{Requests: 1, Duplicated: 1}},
		{"a request waits", faultproxy.Faults{Delay: 1, MaxDelay: time.Millisecond}, "the answer to it", 1, faultproxy.Counts{Requests: 1, Delayed: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := &recorder{}
			p := behind(t, 2, server)
			p.Set(tt.faults)
			got, err := post(t, p, "it")
			if tt.answer == "" && err == nil || tt.answer != "" && got != tt.answer {
				t.Errorf("the client gets %q, %v", got, err)
			}
			p.Settle()
			if reached := server.reached(); len(reached) != tt.reaches || reached[0] != "it" {
				t.Errorf("the server gets %q", reached)
			}
			if counts := p.Counts(); counts != tt.counts {
				t.Errorf("%+v", counts)
			}
		})
	}
}

// outcomes sends the same requests over a link of the seed and says which were answered.
func outcomes(t *testing.T, seed uint64) string {
	t.Helper()
	p := behind(t, seed, &recorder{}, &recorder{})
	p.Set(faultproxy.Faults{Drop: 0.3, Duplicate: 0.2})
	var b strings.Builder
	for n := range 60 {
		if _, err := post(t, p, fmt.Sprint(n)); err != nil {
			b.WriteByte('x')
		} else {
			b.WriteByte('.')
		}
	}
	return b.String()
}

func TestTheSameSeedFailsInTheSamePlaces(t *testing.T) {
	t.Parallel()
	first := outcomes(t, 7)
	if again := outcomes(t, 7); again != first {
		t.Errorf("one seed:\n%s\n%s", first, again)
	}
	if other := outcomes(t, 8); other == first {
		t.Errorf("two seeds: both %s", first)
	}
	if lost := strings.Count(first, "x"); lost < 9 || lost > 27 {
		t.Errorf("%d of 60 are lost, and three in ten were asked for", lost)
	}
}

func TestDelaysReorder(t *testing.T) {
	t.Parallel()
	server := &recorder{}
	p := behind(t, 3, server)
	p.Set(faultproxy.Faults{Delay: 0.5, MaxDelay: 300 * time.Millisecond})
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() { _, _ = post(t, p, fmt.Sprintf("%02d", n)) })
		time.Sleep(2 * time.Millisecond)
	}
	all.Wait()
	reached := server.reached()
	if len(reached) != 20 || slices.IsSorted(reached) {
		t.Errorf("they arrive as %v", reached)
	}
}

func TestEveryServerIsReachedAndADeadOneIsNoAnswer(t *testing.T) {
	t.Parallel()
	first, second := &recorder{}, &recorder{}
	p := behind(t, 4, first, second)
	for n := range 20 {
		if _, err := post(t, p, fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
	}
	if len(first.reached()) == 0 || len(second.reached()) == 0 {
		t.Errorf("%d and %d requests arrive", len(first.reached()), len(second.reached()))
	}
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := nobody.Addr().String()
	nobody.Close()
	dead := over(t, 4, address)
	if got, err := post(t, dead, "it"); err == nil {
		t.Errorf("nobody answers %q", got)
	}
	if counts := dead.Counts(); counts != (faultproxy.Counts{Requests: 1, Unreached: 1}) {
		t.Errorf("%+v", counts)
	}
}

func TestALinkThatIsDownCarriesNothingAndComesBack(t *testing.T) {
	t.Parallel()
	server := &recorder{}
	p := behind(t, 5, server)
	p.Down(true)
	if got, err := post(t, p, "it"); err == nil {
		t.Errorf("the client gets %q", got)
	}
	if reached := server.reached(); len(reached) != 0 {
		t.Errorf("the server gets %q", reached)
	}
	p.Down(false)
	if _, err := post(t, p, "it"); err != nil {
		t.Error(err)
	}
	if counts := p.Counts(); counts != (faultproxy.Counts{Requests: 1, Refused: 1}) {
		t.Errorf("%+v", counts)
	}
}

// chatter switches protocols as a web socket does, then says a line whenever it hears one.
func chatter(w http.ResponseWriter, _ *http.Request) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	for lines := bufio.NewScanner(buffered); lines.Scan(); {
		fmt.Fprintf(conn, "heard %s\n", lines.Text())
	}
}

// talk says lines over an upgraded connection until it ends or all are said, and returns what it heard.
func talk(t *testing.T, p *faultproxy.Proxy, lines int) (heard string, end error) {
	t.Helper()
	conn, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /graphql HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	reader := bufio.NewReader(conn)
	for { // the header
		line, err := reader.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == "\r\n" {
			break
		}
	}
	var b strings.Builder
	for n := range lines {
		if _, err := fmt.Fprintf(conn, "%d\n", n); err != nil {
			return b.String(), err
		}
		line, err := reader.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			return b.String(), err
		}
	}
	return b.String(), nil
}

func TestAWebSocketPassesAndIsCutInTheMiddleOfALine(t *testing.T) {
	t.Parallel()
	p := behind(t, 6, http.HandlerFunc(chatter))
	if heard, err := talk(t, p, 100); err != nil || strings.Count(heard, "\n") != 100 {
		t.Fatalf("heard %q, %v", heard, err)
	}
	p.Set(faultproxy.Faults{Bytes: 500})
	inside := 0
	for range 20 {
		heard, err := talk(t, p, 10_000)
		if err == nil {
			t.Fatal("the web socket is never cut")
		}
		if heard != "" && !strings.HasSuffix(heard, "\n") {
			inside++
		}
	}
	if counts := p.Counts(); inside == 0 || counts.Streams != 21 || counts.Cut != 20 {
		t.Errorf("%d of 20 are cut inside a line; %+v", inside, counts)
	}
}

func TestAWebSocketLivesNoLongerThanItMayAndEndsWithTheLink(t *testing.T) {
	t.Parallel()
	p := behind(t, 7, http.HandlerFunc(chatter))
	p.Set(faultproxy.Faults{Life: 20 * time.Millisecond})
	for range 3 {
		if _, err := talk(t, p, 10_000_000); err == nil {
			t.Error("the web socket is never cut")
		}
	}
	p.Set(faultproxy.Faults{})
	ended := make(chan error, 1)
	go func() {
		_, err := talk(t, p, 10_000_000)
		ended <- err
	}()
	for p.Counts().Streams < 4 {
		time.Sleep(time.Millisecond)
	}
	p.Down(true)
	if err := <-ended; err == nil {
		t.Error("the web socket outlives its link")
	}
}

func TestEventsPassAsTheyComeAndAreCut(t *testing.T) {
	t.Parallel()
	p := behind(t, 8, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for n := 0; r.Context().Err() == nil; n++ {
			fmt.Fprintf(w, "data: %d\n\n", n)
			_ = http.NewResponseController(w).Flush()
		}
	}))
	p.Set(faultproxy.Faults{Bytes: 2000})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.Address(), strings.NewReader("it"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil || !strings.HasPrefix(string(content), "data: 0\n\n") {
		t.Errorf("got %q, %v", content, err)
	}
	if counts := p.Counts(); counts != (faultproxy.Counts{Streams: 1, Cut: 1}) {
		t.Errorf("%+v", counts)
	}
}
