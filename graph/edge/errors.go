package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"plumbline/inspection"
)

// Codes of the errors that the edge itself makes; the domain's own are inspection.Code.
const (
	codeBadRequest = "BAD_REQUEST"
	codeLimit      = "LIMIT_EXCEEDED"
	codeTimeout    = "TIMEOUT"
	codeInternal   = "INTERNAL"
)

// errPanic marks a recovered panic, which was logged with its stack where it was caught.
var errPanic = errors.New("edge: a resolver panicked")

// presenter decides what a caller is told about an error. It is the one place where an error of
// the server becomes an error of the API.
func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		var known *gqlerror.Error
		switch {
		case len(inspection.ProblemsOf(err)) > 0:
			return presentProblems(ctx, inspection.ProblemsOf(err))
		case errors.Is(err, errPanic):
			return presentInternal(ctx)
		case errors.Is(err, context.DeadlineExceeded):
			return present(ctx, codeTimeout, "the operation took too long and was stopped")
		case errors.As(err, &known) && isProtocol(known):
			return known
		case known != nil && isInput(ctx):
			return present(ctx, string(inspection.Invalid), known.Message)
		}
		if !errors.Is(err, context.Canceled) {
			log.ErrorContext(ctx, "graphql fault", "error", err, "path", graphql.GetPath(ctx).String())
		}
		return presentInternal(ctx)
	}
}

func presentProblems(ctx context.Context, ps inspection.Problems) *gqlerror.Error {
	messages := make([]string, len(ps))
	for i, p := range ps {
		messages[i] = p.Message
	}
	presented := present(ctx, string(ps[0].Code), strings.Join(messages, "; "))
	if len(ps[0].Path) > 0 {
		presented.Extensions["path"] = ps[0].Path
	}
	return presented
}

func presentInternal(ctx context.Context) *gqlerror.Error {
	id := RequestID(ctx)
	if id == "" {
		return present(ctx, codeInternal, "internal error")
	}
	presented := present(ctx, codeInternal, fmt.Sprintf("internal error; quote request %s when you report it", id))
	presented.Extensions["requestId"] = id
	return presented
}

func present(ctx context.Context, code, message string) *gqlerror.Error {
	return &gqlerror.Error{
		Message:    message,
		Path:       graphql.GetPath(ctx),
		Extensions: map[string]any{"code": code},
	}
}

// isProtocol reports whether the error is GraphQL's own or a limit's, safe to show as it is.
func isProtocol(err *gqlerror.Error) bool {
	code, _ := err.Extensions["code"].(string)
	switch code {
	case errcode.ParseFailed, errcode.ValidationFailed, codeLimit, codeBadRequest:
		return true
	}
	return false
}

// isInput reports whether the error arose while the arguments of a field were read: only then has
// a field with declared arguments none yet.
func isInput(ctx context.Context) bool {
	field := graphql.GetFieldContext(ctx)
	return field != nil && field.Field.Field != nil && field.Args == nil &&
		field.Field.Definition != nil && len(field.Field.Definition.Arguments) > 0
}

// recoverer logs a panic where it happened. The caller sees an internal error.
func recoverer(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, cause any) error {
		log.ErrorContext(ctx, "graphql panic", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		return errPanic
	}
}
