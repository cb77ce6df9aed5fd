package edge

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// operation is what runs under an id of a socket.
type operation struct {
	id     string
	cancel context.CancelFunc
}

// subscribe begins an operation.
func (s *socket) subscribe(ctx context.Context, m message) bool {
	if !s.admitted {
		s.end(closeUnauthorized, "Unauthorized: send connection_init and wait for its acknowledgement")
		return false
	}
	params, ok := m.params()
	if !ok {
		s.end(closeInvalid, "Invalid message")
		return false
	}
	ctx, cancel := context.WithCancel(s.guest.Enter(ctx))
	op := &operation{id: m.ID, cancel: cancel}
	taken, full := s.claim(op)
	if taken {
		cancel()
		s.end(closeDuplicate, "Subscriber for "+shorten(m.ID, 60)+" already exists")
		return false
	}
	if full {
		defer cancel()
		return s.send(ctx, errorMessage(m.ID, gqlerror.List{overOperations(s.options.Limits.Operations)})) == nil
	}
	s.work.Go(func() {
		defer cancel()
		defer s.release(op)
		s.operate(ctx, op, params)
	})
	return true
}

// claim takes the operation's id for it, unless the id is taken or there are too many.
func (s *socket) claim(op *operation) (taken, full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, taken = s.operations[op.id]
	full = len(s.operations) >= s.options.Limits.Operations
	if !taken && !full {
		s.operations[op.id] = op
	}
	return taken, full
}

// release frees the operation's id. By then the id may belong to another operation, which keeps it.
func (s *socket) release(op *operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[op.id] == op {
		delete(s.operations, op.id)
	}
}

// cancel ends an operation as the caller asks.
func (s *socket) cancel(id string) {
	s.mu.Lock()
	op := s.operations[id]
	delete(s.operations, id)
	s.mu.Unlock()
	if op != nil {
		op.cancel()
	}
}

func overOperations(most int) *gqlerror.Error {
	err := gqlerror.Errorf("a connection holds %d operations at most; complete one first", most)
	err.Extensions = map[string]any{"code": codeLimit}
	return err
}

// operate runs one operation to its end. The caller may use the id again as soon as they hear of the
// end, so it is free before that.
func (s *socket) operate(ctx context.Context, op *operation, params *graphql.RawParams) {
	last := func(text []byte) error {
		s.release(op)
		return s.send(ctx, text)
	}
	run := subscription{options: s.options, exec: s.exec,
		result:  func(body []byte) error { return s.send(ctx, about(op.id, "next", body)) },
		refusal: func(errs gqlerror.List) error { return last(errorMessage(op.id, errs)) },
	}
	opCtx, errs := s.prepare(ctx, params)
	if len(errs) > 0 {
		_ = run.refusal(errs) // a caller that has gone away is no fault of ours
		s.options.Observe(ctx, Operation{Type: "none", Outcome: "refused"})
		return
	}
	if run.run(ctx, opCtx) {
		_ = last(about(op.id, "complete", nil))
	}
}

// prepare checks an operation before it runs. Queries and mutations are refused: by POST they carry
// what belongs to one request, the device's clock among it.
func (s *socket) prepare(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	if len(params.Query) > s.options.Limits.Query {
		return nil, gqlerror.List{overLimit("query text", len(params.Query), s.options.Limits.Query)}
	}
	params.Headers = s.request.Header
	opCtx, errs := s.exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		return nil, capErrors(s.exec.DispatchError(graphql.WithOperationContext(ctx, opCtx), errs).Errors, s.options.Limits.Errors)
	}
	if err := onlySubscription(opCtx); err != nil {
		return nil, gqlerror.List{err}
	}
	return opCtx, nil
}
