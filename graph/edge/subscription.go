package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

type streamingKey struct{}

// streaming marks a context whose transport carries more than one result.
func streaming(ctx context.Context) context.Context {
	return context.WithValue(ctx, streamingKey{}, true)
}

func isStreaming(ctx context.Context) bool { return ctx.Value(streamingKey{}) != nil }

type failureKey struct{}

// failure is why a subscription ended, if it failed.
type failure struct {
	log *slog.Logger
	mu  sync.Mutex
	err error
}

// Trouble returns what a resolver of a subscription tells of what goes wrong. If the subscription is
// about to be over by it, the caller is told in place of a plain end; what it outlives is logged.
func Trouble(ctx context.Context) func(err error, over bool) {
	f, ok := ctx.Value(failureKey{}).(*failure)
	if !ok {
		f = &failure{log: slog.Default()}
	}
	return func(err error, over bool) {
		if !over {
			if ctx.Err() != nil {
				return // the caller has gone away, which is no fault of ours
			}
			f.log.ErrorContext(ctx, "a subscription could not go on and tries again", "error", err)
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.err = err
	}
}

func (f *failure) cause() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// subscription runs one operation of a stream.
type subscription struct {
	options Options
	exec    graphql.GraphExecutor
	// result sends one result; it waits while the caller is slow, and fails if the caller is gone.
	result func(body []byte) error
	// refusal tells why the operation did not run or cannot go on.
	refusal func(gqlerror.List) error
}

// run executes the operation until it ends, ctx ends, or the caller is gone. It reports whether the
// operation came to its own end and the caller is to be told so.
func (s subscription) run(ctx context.Context, opCtx *graphql.OperationContext) (completed bool) {
	op := Operation{Name: opCtx.Operation.Name, Type: string(opCtx.Operation.Operation), Outcome: "ok"}
	start := s.options.Now()
	s.options.Streams.subscriptions.Add(1)
	defer func() {
		s.options.Streams.subscriptions.Add(-1)
		if cause := recover(); cause != nil {
			s.options.Logger.ErrorContext(ctx, "graphql panic", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			op.Outcome, completed = "errors", false
			_ = s.refusal(gqlerror.List{presentInternal(ctx)}) // a caller that has gone away is no fault of ours
		}
		op.Took = s.options.Now().Sub(start)
		s.options.Observe(ctx, op)
	}()
	ended := &failure{log: s.options.Logger}
	next, ctx := s.exec.DispatchOperation(context.WithValue(ctx, failureKey{}, ended), opCtx)
	ctx = inField(ctx, opCtx)
	for {
		resp := next(ctx)
		switch {
		case ctx.Err() != nil:
			return false
		case resp == nil && ended.cause() != nil:
			op.Outcome = "errors"
			_ = s.refusal(gqlerror.List{presenter(s.options.Logger)(ctx, ended.cause())})
			return false
		case resp == nil:
			return true
		case len(resp.Errors) > 0:
			op.Outcome = "errors"
		}
		if resp.Data == nil && len(resp.Errors) > 0 {
			_ = s.refusal(capErrors(resp.Errors, s.options.Limits.Errors))
			return false
		}
		body, err := resultBody(resp, s.options.Limits)
		if err != nil {
			op.Outcome = "errors"
			s.options.Logger.ErrorContext(ctx, "graphql response", "error", err)
			_ = s.refusal(gqlerror.List{presentInternal(ctx)})
			return false
		}
		if s.result(body) != nil {
			return false
		}
		s.options.Streams.sent.Add(1)
	}
}

// inField puts the operation's one field into the context: what marshals itself looks there for
// what was selected, and the executor leaves it out of the context of a subscription's events.
func inField(ctx context.Context, opCtx *graphql.OperationContext) context.Context {
	fields := graphql.CollectFields(opCtx, opCtx.Operation.SelectionSet, []string{"Subscription"})
	if len(fields) != 1 {
		return ctx
	}
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "Subscription", Field: fields[0], IsMethod: true, IsResolver: true})
}

// resultBody is a whole result as JSON. The result's own bytes are the executor's and used again.
func resultBody(resp *graphql.Response, limits Limits) ([]byte, error) {
	body, err := resultHead(resp, limits)
	if err != nil {
		return nil, err
	}
	if resp.Data == nil {
		body = append(body, "null"...)
	}
	return append(append(body, resp.Data...), '}'), nil
}

// errorBody is a result of errors alone.
func errorBody(errs gqlerror.List) []byte {
	body, err := json.Marshal(map[string]gqlerror.List{"errors": errs})
	if err != nil {
		// Only an extension of a type that JSON has not can do this.
		return []byte(`{"errors":[{"message":"internal error"}]}`)
	}
	return body
}

// denial is a denied caller's error as GraphQL has it.
func denial(d *Denied) gqlerror.List {
	return gqlerror.List{{Message: d.Message, Extensions: map[string]any{"code": d.Code}}}
}

// soon bounds what a stream does when its own context has ended.
func soon(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), d)
}
