package edge

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxCost stops the arithmetic long before an int overflows.
const maxCost = 1 << 40

// weight is how deep a selection nests and how many fields its answer is estimated to hold.
type weight struct{ depth, cost int }

// scale weighs selections. A fragment is weighed once however often it is spread: fragments that
// spread each other twice would otherwise take exponential time to measure.
type scale struct {
	ctx       context.Context
	schema    graphql.ExecutableSchema
	limits    Limits
	variables map[string]any
	fragments map[string]weight
}

func newScale(ctx context.Context, schema graphql.ExecutableSchema, limits Limits, variables map[string]any) *scale {
	return &scale{ctx: ctx, schema: schema, limits: limits, variables: variables, fragments: map[string]weight{}}
}

func (s *scale) weigh(set ast.SelectionSet) weight {
	var total weight
	for _, selection := range set {
		w := s.selection(selection)
		total.depth = max(total.depth, w.depth)
		total.cost = add(total.cost, w.cost)
	}
	return total
}

func (s *scale) selection(selection ast.Selection) weight {
	switch sel := selection.(type) {
	case *ast.Field:
		return s.field(sel)
	case *ast.InlineFragment:
		return s.weigh(sel.SelectionSet)
	case *ast.FragmentSpread:
		w, known := s.fragments[sel.Name]
		if !known {
			w = s.weigh(sel.Definition.SelectionSet)
			s.fragments[sel.Name] = w
		}
		return w
	}
	return weight{}
}

func (s *scale) field(f *ast.Field) weight {
	if strings.HasPrefix(f.Name, "__") {
		// The schema describes itself in a bounded size; validation bounds its depth.
		return weight{depth: 1, cost: 1}
	}
	child := s.weigh(f.SelectionSet)
	return weight{depth: 1 + child.depth, cost: s.cost(f, child.cost)}
}

// cost of a field is one, plus its children's times the number of elements it may return. A
// schema's own complexity function for the field has the first word.
func (s *scale) cost(f *ast.Field, children int) int {
	args := f.ArgumentMap(s.variables)
	if own, ok := s.schema.Complexity(s.ctx, f.ObjectDefinition.Name, f.Name, children, args); ok {
		return min(max(own, 1), maxCost)
	}
	return add(1, times(s.elements(f, args), children))
}

// elements is how many elements the field may return: the page size it is asked for, else an
// assumption. The lists inside a connection or a pulled page were counted with the page.
func (s *scale) elements(f *ast.Field, args map[string]any) int {
	if n, stated := pageSize(args); stated {
		return n
	}
	switch {
	case isConnection(f.Definition.Type.Name()):
		return s.limits.PageSize
	case f.Definition.Type.Elem != nil && !isPage(f.ObjectDefinition.Name):
		return s.limits.ListSize
	}
	return 1
}

func isConnection(typeName string) bool { return strings.HasSuffix(typeName, "Connection") }

// isPage reports whether the type is one page, whose lists were counted with its size.
func isPage(typeName string) bool {
	return isConnection(typeName) || strings.HasSuffix(typeName, "PullBulk")
}

func pageSize(args map[string]any) (int, bool) {
	for _, name := range []string{"first", "last", "limit"} {
		if n, ok := integer(args[name]); ok {
			return int(min(max(n, 0), maxCost)), true
		}
	}
	return 0, false
}

func integer(value any) (int64, bool) {
	switch v := value.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case float64:
		return int64(v), true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}

func add(a, b int) int { return min(a+b, maxCost) }

func times(n, cost int) int {
	if n > 0 && cost > maxCost/n {
		return maxCost
	}
	return n * cost
}
