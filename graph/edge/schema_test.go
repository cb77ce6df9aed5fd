package edge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"plumbline/graph/edge"
	"plumbline/inspection"
)

const sdl = `
type Query {
  echo(text: String = "hello"): String
  long(bytes: Int!): String
  secret: String
  refused: String
  crash: String
  slow: String
  places(first: Int): PlaceConnection!
  rooms(limit: Int): [Place!]!
  place: Place
}
type Mutation { rename(to: String!): String }
type Subscription { news: String ticks(n: Int!): String silent: String failing: String crash: String flood: String unwritable: String }
type PlaceConnection { nodes: [Place!]! }
type Place { name: String! parent: Place places(first: Int = 5): PlaceConnection! tags: [Tag!]! }
type Tag { name: String! }
`

// tinySchema executes root fields that return text. It follows gqlgen's generated code in how it
// reports errors and panics.
type tinySchema struct{ schema *ast.Schema }

func newSchema() tinySchema {
	return tinySchema{gqlparser.MustLoadSchema(&ast.Source{Name: "test", Input: sdl})}
}

func (s tinySchema) Schema() *ast.Schema { return s.schema }

func (s tinySchema) Complexity(_ context.Context, typeName, field string, _ int, _ map[string]any) (int, bool) {
	if typeName == "Query" && field == "long" {
		return 77, true
	}
	return 0, false
}

func (s tinySchema) Exec(ctx context.Context) graphql.ResponseHandler {
	if op := graphql.GetOperationContext(ctx); op.Operation.Operation == ast.Subscription {
		return streamOf(ctx, op)
	}
	return func(ctx context.Context) *graphql.Response {
		op := graphql.GetOperationContext(ctx)
		var out bytes.Buffer
		out.WriteString("{")
		for i, f := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Query", "Mutation"}) {
			if i > 0 {
				out.WriteString(",")
			}
			value, err := json.Marshal(s.field(ctx, f))
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(&out, "%q:%s", f.Alias, value)
		}
		out.WriteString("}")
		return &graphql.Response{Data: out.Bytes()}
	}
}

func (s tinySchema) field(ctx context.Context, f graphql.CollectedField) (value any) {
	op := graphql.GetOperationContext(ctx)
	args := f.ArgumentMap(op.Variables)
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "Query", Field: f, Args: args})
	defer func() {
		if cause := recover(); cause != nil {
			graphql.AddError(ctx, op.Recover(ctx, cause))
			value = nil
		}
	}()
	text, err := resolve(ctx, f.Name, args)
	if err != nil {
		graphql.AddError(ctx, err)
		return nil
	}
	return text
}

func resolve(ctx context.Context, field string, args map[string]any) (any, error) {
	switch field {
	case "echo":
		return args["text"], nil
	case "rename":
		return args["to"], nil
	case "long":
		n, err := args["bytes"].(json.Number).Int64()
		return strings.Repeat("x", int(n)), err
	case "secret":
		return nil, errors.New(`pq: relation "users" of /srv/data does not exist`)
	case "refused":
		return nil, fmt.Errorf("wrapped: %w", inspection.Refuse(inspection.Forbidden, "input.id", "not yours"))
	case "crash":
		panic("secret state")
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, gqlerror.Errorf("no resolver for %s", field)
}

// bench is a running edge with its log and what it observed.
type bench struct {
	url        string
	mu         sync.Mutex
	log        bytes.Buffer
	operations []edge.Operation
}

func (b *bench) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(p)
}

func (b *bench) logged() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

func (b *bench) observed() []edge.Operation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.operations
}

func serve(t *testing.T, limits edge.Limits) *bench {
	t.Helper()
	b := &bench{}
	h := edge.NewHandler(newSchema(), edge.Options{
		Limits: limits,
		Logger: slog.New(slog.NewTextHandler(b, nil)),
		Observe: func(_ context.Context, op edge.Operation) {
			b.mu.Lock()
			defer b.mu.Unlock()
			op.Took = 0
			b.operations = append(b.operations, op)
		},
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(edge.WithRequestID(r.Context(), "req-1")))
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// answer is a response as a client sees it.
type answer struct {
	status      int
	contentType string
	header      http.Header
	raw         string
	Data        json.RawMessage
	Errors      []struct {
		Message    string
		Extensions map[string]any
	}
}

func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

func do(t *testing.T, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, contentType: resp.Header.Get("Content-Type"), header: resp.Header, raw: raw.String()}
	if err := json.Unmarshal(raw.Bytes(), &a); err != nil {
		t.Fatalf("status %d, body is not JSON: %v\n%s", resp.StatusCode, err, raw.String())
	}
	return a
}

func post(t *testing.T, url, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return do(t, req)
}

func query(t *testing.T, url, text string, headers ...string) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": text})
	if err != nil {
		t.Fatal(err)
	}
	return post(t, url, string(body), headers...)
}
