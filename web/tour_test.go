package web_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

// tab is one tab of the tour, read as tour.js reads it.
type tab struct{ operation, variables string }

func tour(t *testing.T) []tab {
	t.Helper()
	var tabs []tab
	for _, part := range regexp.MustCompile(`(?m)^#: `).Split(read(t, "graphiql/tour.graphql"), -1)[1:] {
		var current tab
		for line := range strings.Lines("# " + part) {
			if variables, found := strings.CutPrefix(line, "#= "); found {
				current.variables += variables
			} else {
				current.operation += line
			}
		}
		tabs = append(tabs, current)
	}
	return tabs
}

func schema(t *testing.T) *ast.Schema {
	t.Helper()
	paths, err := filepath.Glob("../graph/schema/*.graphqls")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	var sources []*ast.Source
	for _, path := range paths {
		sources = append(sources, &ast.Source{Name: path, Input: read(t, path)})
	}
	s, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The tour's operations and variables must fit the API, or a newcomer's first click fails.
func TestTourFitsTheSchema(t *testing.T) {
	t.Parallel()
	s := schema(t)
	var names []string
	for _, tab := range tour(t) {
		doc, errs := gqlparser.LoadQueryWithRules(s, tab.operation, rules.NewDefaultRules())
		if errs != nil {
			t.Errorf("%v in\n%s", errs, tab.operation)
			continue
		}
		if len(doc.Operations) != 1 {
			t.Fatalf("a tab holds %d operations:\n%s", len(doc.Operations), tab.operation)
		}
		operation := doc.Operations[0]
		names = append(names, operation.Name)
		variables := map[string]any{}
		if tab.variables != "" {
			if err := json.Unmarshal([]byte(tab.variables), &variables); err != nil {
				t.Errorf("%s: variables: %v", operation.Name, err)
			}
		}
		for name := range variables {
			if operation.VariableDefinitions.ForName(name) == nil {
				t.Errorf("%s has no variable %s", operation.Name, name)
			}
		}
		if _, err := validator.VariableValues(s, operation, variables); err != nil {
			t.Errorf("%s: %v", operation.Name, err)
		}
	}
	if diff := cmp.Diff([]string{"WhoAmI", "Facilities", "MyWork", "Standards", "Answer", "Score", "Refused"}, names); diff != "" {
		t.Errorf("the tour's tabs (-want +got):\n%s", diff)
	}
}

// The page itself asks for the exercise before it opens the tour.
func TestQueryOfThePageFitsTheSchema(t *testing.T) {
	t.Parallel()
	found := regexp.MustCompile(`const query = "(.+)";`).FindStringSubmatch(read(t, "graphiql/page.js"))
	if found == nil {
		t.Fatal("page.js holds no query")
	}
	if _, errs := gqlparser.LoadQueryWithRules(schema(t), found[1], rules.NewDefaultRules()); errs != nil {
		t.Errorf("%v", errs)
	}
}

// The item that the tour answers is the one that its comment names.
func TestTourAnswersARequirementOfTheEdition(t *testing.T) {
	t.Parallel()
	const key = "4.3-V.M-20"
	editions, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	edition := editions[0]
	known := slices.ContainsFunc(edition.Standards(), func(s *inspection.Standard) bool {
		return slices.ContainsFunc(s.Requirements, func(r inspection.Requirement) bool { return r.Key == key })
	})
	if !known {
		t.Fatalf("%s has no requirement %s", edition.Key, key)
	}
	text := read(t, "graphiql/tour.graphql")
	for _, want := range []string{key, inspection.RequirementID(edition.ID, key).String(), `key: "` + edition.Key + `"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the tour does not name %s", want)
		}
	}
}
