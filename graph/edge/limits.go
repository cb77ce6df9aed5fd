package edge

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// limiter refuses operations over the limits, after validation and before any resolver.
type limiter struct {
	limits Limits
	schema graphql.ExecutableSchema
}

var _ graphql.OperationContextMutator = (*limiter)(nil)

// ExtensionName names the extension to gqlgen.
func (*limiter) ExtensionName() string { return "Limits" }

// Validate is told the schema when the extension is installed.
func (l *limiter) Validate(schema graphql.ExecutableSchema) error {
	l.schema = schema
	return nil
}

// MutateOperationContext refuses the operation if it is over a limit.
func (l *limiter) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if op.Operation.Operation == ast.Subscription && !isStreaming(ctx) {
		return notServed("a subscription needs a connection that stays open: a socket of graphql-transport-ws, or Accept: text/event-stream")
	}
	if usesDefer(op.Doc) {
		return notServed("@defer is not supported")
	}
	if n := aliases(op.Doc); n > l.limits.Aliases {
		return overLimit("aliases", n, l.limits.Aliases)
	}
	if n := rootFields(op.Operation.SelectionSet); n > l.limits.RootFields {
		return overLimit("root fields", n, l.limits.RootFields)
	}
	weight := newScale(ctx, l.schema, l.limits, op.Variables).weigh(op.Operation.SelectionSet)
	if weight.depth > l.limits.Depth {
		return overLimit("depth", weight.depth, l.limits.Depth)
	}
	if weight.cost > l.limits.Cost {
		return overLimit("cost", weight.cost, l.limits.Cost)
	}
	return nil
}

func overLimit(what string, is, limit int) *gqlerror.Error {
	err := gqlerror.Errorf("the operation's %s is %d; the limit is %d", what, is, limit)
	if what == "aliases" || what == "root fields" {
		err = gqlerror.Errorf("the operation has %d %s; the limit is %d", is, what, limit)
	}
	errcode.Set(err, codeLimit)
	return err
}

func notServed(message string) *gqlerror.Error {
	err := gqlerror.Errorf("%s", message)
	errcode.Set(err, errcode.ValidationFailed)
	return err
}

// aliases counts renamed fields in the document; each fragment counts once, its repetition is a
// matter of cost.
func aliases(doc *ast.QueryDocument) int {
	n := 0
	everySelection(doc, func(s ast.Selection) {
		if f, ok := s.(*ast.Field); ok && f.Alias != "" && f.Alias != f.Name {
			n++
		}
	})
	return n
}

// usesDefer reports whether a fragment is deferred. Each request has one response here, so that a
// deferred part would be lost.
func usesDefer(doc *ast.QueryDocument) bool {
	found := false
	everySelection(doc, func(s ast.Selection) {
		switch s := s.(type) {
		case *ast.FragmentSpread:
			found = found || s.Directives.ForName("defer") != nil
		case *ast.InlineFragment:
			found = found || s.Directives.ForName("defer") != nil
		}
	})
	return found
}

// everySelection visits each selection of the document's text once, without following spreads.
func everySelection(doc *ast.QueryDocument, visit func(ast.Selection)) {
	for _, op := range doc.Operations {
		visitSet(op.SelectionSet, visit)
	}
	for _, f := range doc.Fragments {
		visitSet(f.SelectionSet, visit)
	}
}

func visitSet(set ast.SelectionSet, visit func(ast.Selection)) {
	for _, s := range set {
		visit(s)
		switch s := s.(type) {
		case *ast.Field:
			visitSet(s.SelectionSet, visit)
		case *ast.InlineFragment:
			visitSet(s.SelectionSet, visit)
		}
	}
}

// rootFields counts the fields at the operation's root. A fragment spread twice selects the same
// fields, so it counts once.
func rootFields(set ast.SelectionSet) int {
	seen := map[string]bool{}
	var count func(ast.SelectionSet) int
	count = func(set ast.SelectionSet) int {
		n := 0
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				n++
			case *ast.InlineFragment:
				n += count(s.SelectionSet)
			case *ast.FragmentSpread:
				if !seen[s.Name] {
					seen[s.Name] = true
					n += count(s.Definition.SelectionSet)
				}
			}
		}
		return n
	}
	return count(set)
}
