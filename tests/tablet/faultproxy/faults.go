package faultproxy

import (
	"math/rand/v2"
	"time"
)

// Faults says what goes wrong, as shares of the requests between 0 and 1. The zero value is a good
// link. What the shares leave passes unharmed.
type Faults struct {
	// Drop: the server's answer is lost whole, after the server has done what was asked.
	Drop float64
	// Truncate: half of the server's answer arrives, then the connection ends.
	Truncate float64
	// Late: the client's connection ends at once, and the request reaches a server up to MaxDelay
	// later, when the client may have sent others.
	Late float64
	// Duplicate: a second copy of the request reaches a server, possibly another, while the first runs.
	Duplicate float64
	// Delay: the request waits for up to MaxDelay, so that later ones overtake it.
	Delay    float64
	MaxDelay time.Duration
	// Life is how long a web socket or a stream of events may live, and Bytes how much it may carry
	// from the server, on average; 0 is without end.
	Life  time.Duration
	Bytes int
}

// Counts is what a proxy has done so far.
type Counts struct {
	Requests, Dropped, Truncated, Late, Duplicated, Delayed int
	// Unreached are requests for which no server answered: killed, or not there.
	Unreached int
	// Refused are requests and web sockets that came while the link was down.
	Refused int
	// Streams are web sockets and streams of events; Cut are those that the proxy ended.
	Streams, Cut int
}

// Plus adds up two counts.
func (c Counts) Plus(other Counts) Counts {
	return Counts{
		Requests: c.Requests + other.Requests, Dropped: c.Dropped + other.Dropped, Truncated: c.Truncated + other.Truncated,
		Late: c.Late + other.Late, Duplicated: c.Duplicated + other.Duplicated, Delayed: c.Delayed + other.Delayed,
		Unreached: c.Unreached + other.Unreached, Refused: c.Refused + other.Refused,
		Streams: c.Streams + other.Streams, Cut: c.Cut + other.Cut,
	}
}

// fate is what happens to one request.
type fate struct {
	upstream, second            int // whom it reaches, and whom a copy of it reaches
	drop, truncate, late, twice bool
	delay                       time.Duration
}

// draw decides on a request. It always takes the same number of random values, so that the fate of the
// n-th request does not depend on what became of the others.
func (f Faults) draw(random *rand.Rand, upstreams int) fate {
	kind, copied, waits := random.Float64(), random.Float64(), random.Float64()
	wait := time.Duration(random.Float64() * float64(f.MaxDelay))
	d := fate{upstream: random.IntN(upstreams), second: random.IntN(upstreams), twice: copied < f.Duplicate}
	switch {
	case kind < f.Drop:
		d.drop = true
	case kind < f.Drop+f.Truncate:
		d.truncate = true
	case kind < f.Drop+f.Truncate+f.Late:
		d.late, d.twice = true, false
	}
	if d.late || waits < f.Delay {
		d.delay = wait
	}
	return d
}

// end is when a web socket or a stream of events is cut.
type end struct {
	upstream int
	life     time.Duration // 0: never
	bytes    int64         // 0: never
}

func (f Faults) drawEnd(random *rand.Rand, upstreams int) end {
	life, carried, upstream := random.ExpFloat64(), random.ExpFloat64(), random.IntN(upstreams)
	return end{upstream: upstream, life: time.Duration(life * float64(f.Life)), bytes: int64(carried * float64(f.Bytes))}
}
