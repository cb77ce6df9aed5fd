package graph_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"plumbline/graph/generated"
)

// Everything in the API says what it means: types, fields, arguments, inputs and enum values.
func TestEverythingInTheSchemaIsDescribed(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for name, definition := range schema.Types {
		if definition.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		if definition.Description == "" {
			t.Errorf("%s", name)
		}
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			if field.Description == "" {
				t.Errorf("%s.%s", name, field.Name)
			}
			checkArguments(t, name, field)
		}
		for _, value := range definition.EnumValues {
			if value.Description == "" {
				t.Errorf("%s %s", name, value.Name)
			}
		}
	}
}

func checkArguments(t *testing.T, of string, field *ast.FieldDefinition) {
	t.Helper()
	for _, argument := range field.Arguments {
		if argument.Description == "" {
			t.Errorf("%s.%s(%s)", of, field.Name, argument.Name)
		}
	}
}
