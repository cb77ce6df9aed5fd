package edge_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/graph/edge"
)

const (
	asJSON    = "application/json; charset=utf-8"
	asGraphQL = "application/graphql-response+json; charset=utf-8"
)

func TestResponseTypeAndStatusFollowAccept(t *testing.T) {
	t.Parallel()
	b := serve(t, edge.Limits{})
	const good, unparsable, invalid = `{ echo }`, `{ echo `, `{ nothing }`
	tests := []struct {
		name, accept, query string
		status              int
		contentType         string
	}{
		{"no header", "", good, 200, asJSON},
		{"anything", "*/*", good, 200, asJSON},
		{"any application type", "application/*", good, 200, asJSON},
		{"json", "application/json", good, 200, asJSON},
		{"json, invalid", "application/json", invalid, 200, asJSON},
		{"json, unparsable", "application/json", unparsable, 200, asJSON},
		{"graphql", "application/graphql-response+json", good, 200, asGraphQL},
		{"graphql, invalid", "application/graphql-response+json", invalid, 400, asGraphQL},
		{"graphql, unparsable", "application/graphql-response+json", unparsable, 400, asGraphQL},
		{"both", "application/json, application/graphql-response+json", good, 200, asGraphQL},
		{"both, json preferred", "application/json, application/graphql-response+json;q=0.9", good, 200, asJSON},
		{"graphql before anything", "application/graphql-response+json, */*;q=0.1", invalid, 400, asGraphQL},
		{"json refused", "application/json;q=0, */*", good, 200, asGraphQL},
		{"utf-8", "application/json; charset=utf-8", good, 200, asJSON},
		{"other charset", "application/json; charset=latin1", good, 406, asJSON},
		{"html", "text/html", good, 406, asJSON},
		{"nonsense weight", "application/json;q=2", good, 406, asJSON},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := query(t, b.url, tt.query, "Accept", tt.accept)
			if a.status != tt.status || a.contentType != tt.contentType {
				t.Errorf("got %d %s, want %d %s\n%s", a.status, a.contentType, tt.status, tt.contentType, a.raw)
			}
			if tt.query != good && strings.Contains(a.raw, `"data"`) {
				t.Errorf("an operation that was not executed has data: %s", a.raw)
			}
		})
	}
}

func TestDataPassesThroughUnchanged(t *testing.T) {
	t.Parallel()
	a := query(t, serve(t, edge.Limits{}).url, `{ a: echo(text: "<&>") echo }`)
	if want := `{"data":{"a":"\u003c\u0026\u003e","echo":"hello"}}` + "\n"; a.raw != want {
		t.Error(cmp.Diff(want, a.raw))
	}
}

func TestMalformedRequestsAreRefusedInWords(t *testing.T) {
	t.Parallel()
	b := serve(t, edge.Limits{Body: 2000, Query: 1000})
	long := `{"query":"{ echo }","variables":{"a":"` + strings.Repeat("x", 2000) + `"}}`
	tests := []struct {
		name, contentType, body string
		status                  int
		code, says              string
	}{
		{"no content type", "", `{"query":"{ echo }"}`, 415, "BAD_REQUEST", "Content-Type"},
		{"form", "application/x-www-form-urlencoded", `query={echo}`, 415, "BAD_REQUEST", "Content-Type"},
		{"plain text, as a cross-site form may send", "text/plain", `{"query":"{ echo }"}`, 415, "BAD_REQUEST", "Content-Type"},
		{"other charset", "application/json; charset=latin1", `{"query":"{ echo }"}`, 415, "BAD_REQUEST", "Content-Type"},
		{"not JSON", "application/json", `{"query":`, 400, "BAD_REQUEST", "not a JSON object"},
		{"not UTF-8", "application/json", "{\"query\":\"{ echo }\",\"variables\":{\"a\":\"\xff\"}}", 400, "BAD_REQUEST", "not UTF-8"},
		{"two values", "application/json", `{"query":"{ echo }"} {}`, 400, "BAD_REQUEST", "not a JSON object"},
		{"text", "application/json", `"{ echo }"`, 400, "BAD_REQUEST", "not a JSON object"},
		{"batch", "application/json", ` [{"query":"{ echo }"}]`, 400, "BAD_REQUEST", "batch"},
		{"no query", "application/json", `{"variables":{}}`, 400, "BAD_REQUEST", `no "query"`},
		{"empty body", "application/json", ``, 400, "BAD_REQUEST", `no "query"`},
		{"query is a number", "application/json", `{"query":7}`, 400, "BAD_REQUEST", "not a JSON object"},
		{"variables is a list", "application/json", `{"query":"{ echo }","variables":[]}`, 400, "BAD_REQUEST", "not a JSON object"},
		{"body too large", "application/json", long, 413, "LIMIT_EXCEEDED", "2000 bytes"},
		{"query too long", "application/json", `{"query":"{ echo #` + strings.Repeat("x", 1000) + `"}`, 413, "LIMIT_EXCEEDED", "limit is 1000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := post(t, b.url, tt.body, "Content-Type", tt.contentType)
			if a.status != tt.status || a.code() != tt.code || !strings.Contains(a.Errors[0].Message, tt.says) {
				t.Errorf("got %d %s, want %d %s with %q", a.status, a.raw, tt.status, tt.code, tt.says)
			}
		})
	}
	t.Run("compressed body", func(t *testing.T) {
		t.Parallel()
		if a := post(t, b.url, `{}`, "Content-Encoding", "gzip"); a.status != 415 {
			t.Errorf("got %d %s", a.status, a.raw)
		}
	})
}

func TestGetServesQueriesOnly(t *testing.T) {
	t.Parallel()
	b := serve(t, edge.Limits{})
	tests := []struct {
		name, method, query, variables string
		status                         int
		allow, data                    string
	}{
		{"query", "GET", `{ echo }`, "", 200, "", `{"echo":"hello"}`},
		{"query with variables", "GET", `query($t: String) { echo(text: $t) }`, `{"t":"hi"}`, 200, "", `{"echo":"hi"}`},
		{"mutation", "GET", `mutation { rename(to: "x") }`, "", 405, "POST", ""},
		{"no query", "GET", ``, "", 400, "", ""},
		{"broken variables", "GET", `{ echo }`, "[", 400, "", ""},
		{"put", "PUT", `{ echo }`, "", 405, "GET, POST", ""},
		{"delete", "DELETE", `{ echo }`, "", 405, "GET, POST", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := url.Values{"query": {tt.query}, "variables": {tt.variables}}
			req, err := http.NewRequestWithContext(t.Context(), tt.method, b.url+"?"+q.Encode(), nil)
			if err != nil {
				t.Fatal(err)
			}
			a := do(t, req)
			if a.status != tt.status || a.header.Get("Allow") != tt.allow || string(a.Data) != tt.data {
				t.Errorf("got %d, Allow %q: %s", a.status, a.header.Get("Allow"), a.raw)
			}
		})
	}
}

func TestOperationIsChosenByName(t *testing.T) {
	t.Parallel()
	b := serve(t, edge.Limits{})
	const two = `query A { echo(text: \"a\") } query B { echo(text: \"b\") }`
	if a := post(t, b.url, `{"query":"`+two+`","operationName":"B"}`); string(a.Data) != `{"echo":"b"}` {
		t.Errorf("B: %s", a.raw)
	}
	a := post(t, b.url, `{"query":"`+two+`","operationName":"C"}`, "Accept", "application/graphql-response+json")
	if a.status != 400 || a.code() != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("C: %d %s", a.status, a.raw)
	}
}

func TestOnlyRefusalsReachTheCallerInWords(t *testing.T) {
	t.Parallel()
	tests := []struct{ field, code, says, logs string }{
		{"refused", "FORBIDDEN", "not yours", ""},
		{"secret", "INTERNAL", "internal error; quote request req-1 when you report it", "relation"},
		{"crash", "INTERNAL", "internal error; quote request req-1 when you report it", "secret state"},
	}
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			t.Parallel()
			b := serve(t, edge.Limits{})
			a := query(t, b.url, "{ echo "+tt.field+" }", "Accept", "application/graphql-response+json")
			if a.status != 200 || a.code() != tt.code || a.Errors[0].Message != tt.says {
				t.Errorf("got %d %s", a.status, a.raw)
			}
			if want := `{"echo":"hello","` + tt.field + `":null}`; string(a.Data) != want {
				t.Errorf("the other fields are lost: %s", a.Data)
			}
			if !strings.Contains(b.logged(), tt.logs) {
				t.Errorf("the cause is not in the log: %s", b.logged())
			}
			if tt.logs == "" && b.logged() != "" {
				t.Errorf("a refusal was logged as a fault: %s", b.logged())
			}
		})
	}
}

func TestProblemKeepsItsInputPath(t *testing.T) {
	t.Parallel()
	a := query(t, serve(t, edge.Limits{}).url, `{ refused }`)
	want := map[string]any{"code": "FORBIDDEN", "path": []any{"input", "id"}}
	if diff := cmp.Diff(want, a.Errors[0].Extensions); diff != "" {
		t.Error(diff)
	}
}

func TestSlowOperationIsStopped(t *testing.T) {
	t.Parallel()
	a := query(t, serve(t, edge.Limits{Time: time.Millisecond}).url, `{ slow }`)
	if a.code() != "TIMEOUT" {
		t.Errorf("got %d %s", a.status, a.raw)
	}
}

func TestErrorsAreCapped(t *testing.T) {
	t.Parallel()
	a := query(t, serve(t, edge.Limits{Errors: 2}).url, `{ a: refused b: refused c: refused d: refused e: refused }`)
	if len(a.Errors) != 3 || a.Errors[2].Message != "3 more errors are not listed" {
		t.Errorf("got %s", a.raw)
	}
}

func TestOperationsAreObserved(t *testing.T) {
	t.Parallel()
	b := serve(t, edge.Limits{})
	query(t, b.url, `query Hello { echo }`)
	query(t, b.url, `mutation Rename { rename(to: "x") }`)
	query(t, b.url, `{ secret }`)
	query(t, b.url, `{ nothing }`)
	want := []edge.Operation{
		{Name: "Hello", Type: "query", Outcome: "ok"},
		{Name: "Rename", Type: "mutation", Outcome: "ok"},
		{Type: "query", Outcome: "errors"},
		{Type: "none", Outcome: "refused"},
	}
	if diff := cmp.Diff(want, b.observed()); diff != "" {
		t.Error(diff)
	}
}
