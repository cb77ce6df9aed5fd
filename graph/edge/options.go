package edge

import (
	"context"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Limits bounds what one request may ask for. A zero field takes the value of DefaultLimits.
type Limits struct {
	// Body is the largest request body, in bytes.
	Body int64
	// Query is the longest query text, in bytes. The parsed text is cached, so it is kept short.
	Query int
	// Tokens is the number of lexical tokens in a query.
	Tokens int
	// Depth is how deep selections nest; the introspection fields are not counted.
	Depth int
	// Aliases is the number of renamed fields in the whole document.
	Aliases int
	// RootFields is the number of fields that an operation selects at its root.
	RootFields int
	// Cost is the number of fields a response may hold, as estimated from page sizes.
	Cost int
	// ListSize is the number of elements assumed for a list without a page size.
	ListSize int
	// PageSize is the number of elements assumed for a connection that states no "first".
	PageSize int
	// Errors is the number of errors listed in one response; the rest are counted only.
	Errors int
	// Time is how long a query or mutation may run.
	Time time.Duration
	// Streams is the number of sockets and event streams of one server process, UserStreams that of one
	// user in it, and Operations the number of subscriptions in one socket.
	Streams, UserStreams, Operations int
	// InitTime is how long a socket may take to show its token, WriteTime how long a stream's caller
	// may take to accept one message.
	InitTime, WriteTime time.Duration
	// KeepAlive is how often a sign of life goes over a stream.
	KeepAlive time.Duration
}

// DefaultLimits fits a tablet's largest exchange and little more.
func DefaultLimits() Limits {
	return Limits{
		Body:       4 << 20, // a push of 700 full answers with what each rests on is a good 1 MiB
		Query:      64 << 10,
		Tokens:     4000,
		Depth:      15,
		Aliases:    60,
		RootFields: 20,
		Cost:       100_000,
		ListSize:   10,
		PageSize:   100,
		Errors:     50,
		Time:       30 * time.Second,

		Streams:     2000,
		UserStreams: 40,
		Operations:  40,
		InitTime:    10 * time.Second,
		WriteTime:   30 * time.Second,
		KeepAlive:   25 * time.Second,
	}
}

func (l Limits) orDefaults() Limits {
	d := DefaultLimits()
	pick(&l.Body, d.Body)
	pick(&l.Query, d.Query)
	pick(&l.Tokens, d.Tokens)
	pick(&l.Depth, d.Depth)
	pick(&l.Aliases, d.Aliases)
	pick(&l.RootFields, d.RootFields)
	pick(&l.Cost, d.Cost)
	pick(&l.ListSize, d.ListSize)
	pick(&l.PageSize, d.PageSize)
	pick(&l.Errors, d.Errors)
	pick(&l.Time, d.Time)
	pick(&l.Streams, d.Streams)
	pick(&l.UserStreams, d.UserStreams)
	pick(&l.Operations, d.Operations)
	pick(&l.InitTime, d.InitTime)
	pick(&l.WriteTime, d.WriteTime)
	pick(&l.KeepAlive, d.KeepAlive)
	return l
}

func pick[N int | int64 | time.Duration](field *N, fallback N) {
	if *field == 0 {
		*field = fallback
	}
}

// Options configures NewHandler. The zero value serves with DefaultLimits.
type Options struct {
	Limits Limits
	// Logger receives every fault that the caller is not told about. Nil means slog.Default.
	Logger *slog.Logger
	// Observe, if set, is told about every operation after it was answered.
	Observe func(context.Context, Operation)
	// Extensions judge operations after the limits did. One refused with the code FORBIDDEN is answered
	// with the status 403.
	Extensions []graphql.HandlerExtension
	// Now is the clock by which operations are timed. Nil means time.Now.
	Now func() time.Time
	// Gate lets those in who subscribe. Nil opens no sockets and no event streams.
	Gate Gate
	// Streams counts and ends the open connections. Nil takes a count of this handler's own.
	Streams *Streams
	// Origins are the hosts of other pages that may open sockets, like tablet.example or
	// https://*.example; the server's own may, and whatever is no browser.
	Origins []string
}

// Operation describes one answered GraphQL operation, for metrics and the access log.
type Operation struct {
	// Name is the operation's own name, empty if it has none. It is the caller's word.
	Name string
	// Type is "query", "mutation" or "subscription"; "none" if the request had no valid operation.
	Type string
	// Outcome is "ok", "errors" (some field failed) or "refused" (nothing was executed).
	Outcome string
	Took    time.Duration
}

func (o Options) orDefaults() Options {
	o.Limits = o.Limits.orDefaults()
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Observe == nil {
		o.Observe = func(context.Context, Operation) {}
	}
	if o.Streams == nil {
		o.Streams = NewStreams()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
