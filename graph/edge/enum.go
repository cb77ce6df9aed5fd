package edge

import (
	"context"
	"fmt"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// enums refuses a variable with an enum value in other letters than the schema's. The parser's own
// check lets "meets" pass for MEETS, and the word would go on as it was written.
type enums struct{ schema *ast.Schema }

var _ graphql.OperationContextMutator = (*enums)(nil)

// ExtensionName names the extension to gqlgen.
func (*enums) ExtensionName() string { return "Enums" }

// Validate is told the schema when the extension is installed.
func (e *enums) Validate(schema graphql.ExecutableSchema) error {
	e.schema = schema.Schema()
	return nil
}

// MutateOperationContext refuses the operation if a variable holds a wrong word.
func (e *enums) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	for _, v := range op.Operation.VariableDefinitions {
		if err := e.check("variable."+v.Variable, v.Type, op.Variables[v.Variable]); err != nil {
			return err
		}
	}
	return nil
}

func (e *enums) check(path string, t *ast.Type, value any) *gqlerror.Error {
	// A lone value in the place of a list has been made a list of its own type, []string say.
	if list := reflect.ValueOf(value); t.Elem != nil && list.Kind() == reflect.Slice {
		for n := range list.Len() {
			if err := e.check(fmt.Sprintf("%s.%d", path, n), t.Elem, list.Index(n).Interface()); err != nil {
				return err
			}
		}
		return nil
	}
	definition := e.schema.Types[t.Name()]
	switch given := value.(type) {
	case string:
		if definition.Kind == ast.Enum && definition.EnumValues.ForName(given) == nil {
			err := gqlerror.Errorf("%s: %q is no %s", path, given, definition.Name)
			errcode.Set(err, errcode.ValidationFailed)
			return err
		}
	case map[string]any:
		for _, field := range definition.Fields {
			if err := e.check(path+"."+field.Name, field.Type, given[field.Name]); err != nil {
				return err
			}
		}
	}
	return nil
}
