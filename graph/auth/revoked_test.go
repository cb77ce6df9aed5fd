package auth_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"plumbline/graph/auth"
	"plumbline/inspection"
)

// A revoked device brings what it holds and does nothing else, however the operation is written.
func TestARevokedDeviceOnlyPushes(t *testing.T) {
	t.Parallel()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `
		type Query { pushes: Int pushAnswer: Int }
		type Mutation { pushAnswer: Int pushEvidence: Int pushup: Int push: Int recordAnswers: Int }
		type Subscription { pushAnswer: Int }`})
	for query, passes := range map[string]bool{
		"mutation { pushAnswer }":                                                  true,
		"mutation { a: pushAnswer b: pushEvidence }":                               true,
		"mutation { ...f ...f } fragment f on Mutation { pushAnswer }":             true,
		"mutation { ... on Mutation { pushAnswer } }":                              true,
		"mutation { pushAnswer recordAnswers }":                                    false,
		"mutation { pushAnswer: recordAnswers }":                                   false,
		"mutation { pushAnswer ... { recordAnswers } }":                            false,
		"mutation { pushAnswer ...f } fragment f on Mutation { recordAnswers }":    false,
		"mutation { pushAnswer __typename }":                                       false,
		"mutation { push }":                                                        false,
		"mutation { pushup }":                                                      false,
		"mutation { pushAnswer @skip(if: true) recordAnswers @include(if: false)}": false,
		"{ pushAnswer }":               false,
		"{ pushes }":                   false,
		"{ __schema { description } }": false,
		"subscription { pushAnswer }":  false,
	} {
		doc, errs := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
		if errs != nil {
			t.Fatalf("%s: %v", query, errs)
		}
		op := &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0]}
		for revoked, want := range map[bool]bool{true: passes, false: true} {
			actor := inspection.Actor{Device: inspection.ActorDevice{ID: inspection.NewID(), Revoked: revoked}}
			err := auth.PushOnlyOnceRevoked{}.MutateOperationContext(auth.WithActor(t.Context(), actor), op)
			if (err == nil) != want || (err != nil && err.Extensions["code"] != "FORBIDDEN") {
				t.Errorf("revoked %t, %s: %v", revoked, query, err)
			}
		}
	}
}
