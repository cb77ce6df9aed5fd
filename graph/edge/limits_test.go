package edge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"

	"plumbline/graph/edge"
)

func TestOverLimitsIsRefusedAndNamesTheLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		limits edge.Limits
		query  string
		says   string // empty if the operation is within the limits
	}{
		{"tokens", edge.Limits{Tokens: 10}, `{ echo echo echo echo echo echo echo echo echo echo }`, "exceeded token limit of 10"},
		{"depth", edge.Limits{Depth: 3}, `{ place { parent { parent { name } } } }`, "depth is 4; the limit is 3"},
		{"depth in a fragment", edge.Limits{Depth: 3}, `{ place { ...P } } fragment P on Place { parent { parent { name } } }`, "depth is 4"},
		{"aliases", edge.Limits{Aliases: 2}, `{ a: echo b: echo c: echo }`, "3 aliases; the limit is 2"},
		{"aliases in a fragment", edge.Limits{Aliases: 1}, `{ place { ...P } } fragment P on Place { a: name b: name }`, "2 aliases"},
		{"root fields", edge.Limits{RootFields: 2}, `{ echo ...Q } fragment Q on Query { secret refused }`, "3 root fields; the limit is 2"},
		{"cost of a page", edge.Limits{Cost: 200}, `{ places(first: 100) { nodes { name parent { name } } } }`, "cost is 401; the limit is 200"},
		{"cost of a page by variable", edge.Limits{Cost: 200}, `query($n: Int = 100) { places(first: $n) { nodes { name parent { name } } } }`, "cost is 401"},
		{"cost of an unstated page", edge.Limits{Cost: 200, PageSize: 100}, `{ places { nodes { name } } }`, "cost is 201"},
		{"cost of a default page", edge.Limits{Cost: 10}, `{ place { places { nodes { name } } } }`, "cost is 12"},
		{"cost of nested pages", edge.Limits{Cost: 1000}, `{ places(first: 50) { nodes { places(first: 50) { nodes { name } } } } }`, "cost is 5101"},
		{"cost of a list", edge.Limits{Cost: 10, ListSize: 20}, `{ place { tags { name } } }`, "cost is 22"},
		{"cost of a limited list", edge.Limits{Cost: 10}, `{ rooms(limit: 30) { name } }`, "cost is 31"},
		{"cost stated by the schema", edge.Limits{Cost: 10}, `{ long(bytes: 1) }`, "cost is 77"},
		{"cost beyond an int", edge.Limits{Depth: 100}, `{ ` + nestedPages(30) + ` }`, "cost is 1099511627776"},
		{"within", edge.Limits{Depth: 2, Aliases: 1, RootFields: 2, Cost: 4}, `{ a: echo place { name } }`, ""},
		{"a deferred fragment", edge.Limits{}, `{ ... @defer { echo } }`, "@defer is not supported"},
		{"a subscription", edge.Limits{}, `subscription { news }`, "needs a connection that stays open"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := query(t, serve(t, tt.limits).url, tt.query, "Accept", "application/graphql-response+json")
			if tt.says == "" {
				if a.status != 200 {
					t.Errorf("refused: %s", a.raw)
				}
				return
			}
			if a.status != 400 || !strings.Contains(a.raw, tt.says) {
				t.Errorf("got %d %s, want %q", a.status, a.raw, tt.says)
			}
		})
	}
}

func nestedPages(n int) string {
	if n == 0 {
		return "echo"
	}
	inner := "name"
	for range n {
		inner = `places(first: 1000000) { nodes { ` + inner + ` } }`
	}
	return inner
}

// A document of n fragments, each spreading the next twice, selects 2^n fields. It must be measured
// in linear time; this test would not end otherwise.
func TestFragmentsAreWeighedOnce(t *testing.T) {
	t.Parallel()
	const n = 60
	var doc strings.Builder
	doc.WriteString("{ place { ...F0 } }")
	for i := range n {
		fmt.Fprintf(&doc, " fragment F%d on Place { parent { ...F%d } places { nodes { ...F%d } } }", i, i+1, i+1)
	}
	fmt.Fprintf(&doc, " fragment F%d on Place { name }", n)
	a := query(t, serve(t, edge.Limits{Depth: 1000}).url, doc.String())
	if a.code() != "LIMIT_EXCEEDED" || !strings.Contains(a.raw, "cost is 1099511627776") {
		t.Errorf("got %s", a.raw)
	}
}

func TestIntrospectionIsWithinTheDefaultLimits(t *testing.T) {
	t.Parallel()
	a := query(t, serve(t, edge.Limits{}).url, introspection.Query)
	if a.code() != "INTERNAL" && len(a.Errors) > 0 {
		t.Errorf("refused: %s", a.raw)
	}
}
