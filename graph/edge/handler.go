package edge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"plumbline/inspection"
)

// cachedQueries is how many parsed and validated query texts are kept. With Limits.Query of 64 KiB
// the texts hold 32 MiB at worst.
const cachedQueries = 500

// NewHandler serves the schema over HTTP within the limits of the options.
func NewHandler(schema graphql.ExecutableSchema, options Options) http.Handler {
	options = options.orDefaults()
	server := handler.New(schema)
	server.AddTransport(transport{options})
	server.SetErrorPresenter(presenter(options.Logger))
	server.SetRecoverFunc(recoverer(options.Logger))
	server.SetParserTokenLimit(options.Limits.Tokens)
	server.SetQueryCache(lru.New[*ast.QueryDocument](cachedQueries))
	server.Use(extension.Introspection{})
	server.Use(&limiter{limits: options.Limits})
	server.Use(&enums{})
	for _, e := range options.Extensions {
		server.Use(e)
	}
	return server
}

// transport answers one operation per GET or POST, and sockets.
type transport struct{ options Options }

var _ graphql.Transport = transport{}

// Supports every request, so that what is not served is refused here and in words.
func (transport) Supports(*http.Request) bool { return true }

// Do answers the request.
func (t transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if Upgrades(r) {
		t.socket(w, r, exec)
		return
	}
	start := t.options.Now()
	op := Operation{Type: "none", Outcome: "refused"}
	defer func() {
		if cause := recover(); cause != nil {
			t.options.Logger.ErrorContext(r.Context(), "graphql panic", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			internal := presentInternal(r.Context())
			Refuse(w, r, http.StatusInternalServerError, codeInternal, internal.Message)
		}
		if op.Outcome != "streamed" { // which was observed where it ran
			op.Took = t.options.Now().Sub(start)
			t.options.Observe(r.Context(), op)
		}
	}()

	mediaType, params, err := t.accept(w, r)
	if err != nil {
		t.refuse(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), t.options.Limits.Time)
	defer cancel()
	if wantsEvents(r) {
		ctx = streaming(ctx)
	}

	opCtx, errs := exec.CreateOperationContext(ctx, params)
	if opCtx != nil && opCtx.Operation != nil {
		op.Name, op.Type = opCtx.Operation.Name, string(opCtx.Operation.Operation)
	}
	if len(errs) > 0 {
		resp := exec.DispatchError(graphql.WithOperationContext(ctx, opCtx), errs)
		writeErrors(w, mediaType, requestErrorStatus(mediaType, errs), capErrors(resp.Errors, t.options.Limits.Errors))
		return
	}
	if opCtx.Operation.Operation == ast.Subscription {
		op.Outcome = "streamed"
		t.events(w, r, exec, opCtx)
		return
	}
	if onlyEvents(r) {
		t.refuse(w, r, refuse(http.StatusNotAcceptable, codeBadRequest, "%s", onlySubscription(opCtx).Message))
		return
	}
	if r.Method == http.MethodGet && opCtx.Operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		t.refuse(w, r, refuse(http.StatusMethodNotAllowed, codeBadRequest, "a GET may only query or subscribe; send a mutation by POST"))
		return
	}
	op.Outcome = t.execute(ctx, w, mediaType, exec, opCtx)
}

// accept checks the request's method and headers and reads its parameters.
func (t transport) accept(w http.ResponseWriter, r *http.Request) (string, *graphql.RawParams, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		return "", nil, refuse(http.StatusMethodNotAllowed, codeBadRequest, "use POST, or GET for a query")
	}
	mediaType, ok := responseType(r)
	if onlyEvents(r) {
		mediaType, ok = typeGraphQL, true // of what refuses the stream
	}
	if !ok {
		return "", nil, refuse(http.StatusNotAcceptable, codeBadRequest,
			"this address answers in %s or %s, and subscriptions in %s", typeGraphQL, typeJSON, typeEvents)
	}
	params, err := readParams(w, r, t.options.Limits)
	return mediaType, params, err
}

func (t transport) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var ref *refusal
	if !errors.As(err, &ref) {
		t.options.Logger.ErrorContext(r.Context(), "graphql request", "error", err)
		ref = refuse(http.StatusInternalServerError, codeInternal, "internal error")
	}
	Refuse(w, r, ref.status, ref.code, ref.message)
}

// execute runs the operation and writes its response. It returns the outcome.
func (t transport) execute(ctx context.Context, w http.ResponseWriter, mediaType string,
	exec graphql.GraphExecutor, opCtx *graphql.OperationContext) string {
	next, ctx := exec.DispatchOperation(ctx, opCtx)
	resp := next(ctx)
	if resp == nil || (ctx.Err() != nil && resp.Data == nil) {
		late := gqlerror.List{present(ctx, codeTimeout, "the operation took too long and was stopped")}
		writeErrors(w, mediaType, http.StatusServiceUnavailable, late)
		return "errors"
	}
	if err := writeResult(w, mediaType, resp, t.options.Limits); err != nil {
		t.options.Logger.WarnContext(ctx, "graphql response", "error", err)
	}
	if len(resp.Errors) > 0 {
		return "errors"
	}
	return "ok"
}

// requestErrorStatus is the status of an operation that was not executed. Callers that accept
// only application/json get 200, as the specification has it for them; whoever may not ask gets 403.
func requestErrorStatus(mediaType string, errs gqlerror.List) int {
	for _, err := range errs {
		if err.Extensions["code"] == string(inspection.Forbidden) {
			return http.StatusForbidden
		}
	}
	if mediaType == typeGraphQL {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
