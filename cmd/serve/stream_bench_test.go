package serve_test

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkDelayToASubscriberOfAnotherServer measures how long after a change is sent to one server a
// subscriber of another holds it, the writing itself included; and after the writer was answered that it
// is committed, 0 if the subscriber had it first.
func BenchmarkDelayToASubscriberOfAnotherServer(b *testing.B) {
	p := newPair(b, "PLUMBLINE_FEED_POLL", "1h")
	p.other.metric(b, "plumbline_feed_listening 1")
	s := p.subscribe(p.other)
	s.resync()
	arrived := make(chan time.Time)
	go func() {
		defer close(arrived)
		for range b.N {
			if s.next().resync {
				return
			}
			arrived <- time.Now()
		}
	}()
	var whole, after []time.Duration
	b.ResetTimer()
	for n := range b.N {
		sent := time.Now()
		p.answer(p.one, n%len(p.requirements), words(n))
		answered := time.Now()
		at, ok := <-arrived
		if !ok {
			b.Fatal("the subscriber was told to pull")
		}
		whole, after = append(whole, at.Sub(sent)), append(after, max(0, at.Sub(answered)))
	}
	report := func(delays []time.Duration, name string) {
		slices.Sort(delays)
		b.ReportMetric(float64(delays[len(delays)/2].Microseconds())/1000, "ms-p50-"+name)
		b.ReportMetric(float64(delays[len(delays)*99/100].Microseconds())/1000, "ms-p99-"+name)
	}
	report(whole, "from-sending")
	report(after, "from-answer")
}
