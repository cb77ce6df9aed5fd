package auth

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"plumbline/inspection"
)

// PushOnlyOnceRevoked refuses an operation that comes from a revoked device, over any transport, unless
// it is a mutation of which every root field is a push. What such a push brings is kept aside by the
// use case; nothing is read.
type PushOnlyOnceRevoked struct{}

var _ graphql.OperationContextMutator = PushOnlyOnceRevoked{}

// ExtensionName names the extension to gqlgen.
func (PushOnlyOnceRevoked) ExtensionName() string { return "PushOnlyOnceRevoked" }

// Validate has nothing to ask of the schema.
func (PushOnlyOnceRevoked) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext judges the operation.
func (PushOnlyOnceRevoked) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	actor, _ := ActorFrom(ctx)
	if !actor.Device.Revoked || (op.Operation.Operation == ast.Mutation && onlyPushes(op.Operation.SelectionSet, map[string]bool{})) {
		return nil
	}
	err := gqlerror.Wrap(inspection.Refuse(inspection.Forbidden, "", "%s", revokedDevice().Message))
	errcode.Set(err, string(inspection.Forbidden))
	return err
}

// onlyPushes looks through fragments, each once: one spread again selects the same.
func onlyPushes(set ast.SelectionSet, seen map[string]bool) bool {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if !isPush(s.Name) {
				return false
			}
		case *ast.InlineFragment:
			if !onlyPushes(s.SelectionSet, seen) {
				return false
			}
		case *ast.FragmentSpread:
			if seen[s.Name] {
				continue
			}
			seen[s.Name] = true
			if !onlyPushes(s.Definition.SelectionSet, seen) {
				return false
			}
		}
	}
	return true
}

// isPush knows the mutations of the sync protocol by their names: pushAnswer, pushEvidence and so on.
func isPush(field string) bool {
	rest, found := strings.CutPrefix(field, "push")
	return found && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z'
}
