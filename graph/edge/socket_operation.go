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
		if !s.operate(ctx, op, params) {
			s.release(op)
		}
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

// due reports whether a message is still to be written. The last of an operation frees its id: the caller
// may use it again as soon as they hear of the end, and until then the operation counts as running.
func (s *socket) due(out outgoing) bool {
	if out.about == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[out.about.id] != out.about {
		return false
	}
	if out.last {
		delete(s.operations, out.about.id)
	}
	return true
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

// operate runs one operation to its end, and reports whether that is going to be told, which frees its id.
func (s *socket) operate(ctx context.Context, op *operation, params *graphql.RawParams) (told bool) {
	last := func(text []byte) error {
		err := s.put(ctx, outgoing{text: text, about: op, last: true})
		told = err == nil // else the caller has gone away, or ended it
		return err
	}
	run := subscription{options: s.options, exec: s.exec,
		result: func(body []byte) error {
			return s.put(ctx, outgoing{text: about(op.id, "next", body), about: op})
		},
		refusal: func(errs gqlerror.List) error { return last(errorMessage(op.id, errs)) },
	}
	opCtx, errs := s.prepare(ctx, params)
	if len(errs) > 0 {
		_ = run.refusal(errs)
		s.options.Observe(ctx, Operation{Type: "none", Outcome: "refused"})
		return told
	}
	if run.run(ctx, opCtx) {
		_ = last(about(op.id, "complete", nil))
	}
	return told
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
