package plumbline_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/cmd/serve"
	"plumbline/graph/edge"
	"plumbline/inspection"
)

var update = flag.Bool("update", false, "write the generated tables of the documents again")

// The tables of the documents are what the program says of itself: go test . -update writes them.
func TestTheDocumentsAreInStepWithTheProgram(t *testing.T) {
	t.Parallel()
	for _, table := range []struct{ file, name, content string }{
		{"README.md", "settings", serve.Table()},
		{"docs/api.md", "permissions", permissions()},
		{"docs/api.md", "limits", limits()},
	} {
		t.Run(table.name, func(t *testing.T) {
			document := string(read(t, table.file))
			before, after := cut(t, document, table.name)
			if *update {
				document = before + table.content + after
				if err := os.WriteFile(table.file, []byte(document), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			found := strings.TrimSuffix(strings.TrimPrefix(document, before), after)
			if diff := cmp.Diff(table.content, found); diff != "" {
				t.Errorf("%s is not in step; run go test . -update\n%s", table.file, diff)
			}
		})
	}
}

// cut returns what stands before and after a table, its marks included.
func cut(t *testing.T, document, name string) (before, after string) {
	t.Helper()
	start, end := fmt.Sprintf("<!-- %s -->\n", name), fmt.Sprintf("<!-- end of %s -->", name)
	head, rest, found := strings.Cut(document, start)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("there is no place for the table %q", name)
	}
	return head + start, end + tail
}

// permissions prints the one table of who may do what.
func permissions() string {
	var b strings.Builder
	b.WriteString("| action |")
	for _, role := range inspection.Roles() {
		fmt.Fprintf(&b, " %s |", role)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(inspection.Roles())) + "\n")
	for _, action := range inspection.Actions() {
		fmt.Fprintf(&b, "| %s |", action)
		for _, role := range inspection.Roles() {
			grant := inspection.GrantOf(role, action)
			if grant == inspection.Never {
				b.WriteString(" |")
				continue
			}
			fmt.Fprintf(&b, " %s |", grant)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// limits prints what one request may ask for.
func limits() string {
	l := edge.DefaultLimits()
	return fmt.Sprintf(`| limit | value |
|---|---|
| request body | %d bytes |
| query text | %d bytes |
| tokens in a query | %d |
| depth of a selection | %d |
| aliases in a document | %d |
| fields at the root of an operation | %d |
| estimated fields in the response | %d |
| elements assumed of a list without a page size | %d |
| errors listed in a response | %d |
| time of a query or mutation | %s |
| sockets and event streams of one server process | %d |
| sockets and event streams of one user in one process | %d |
| subscriptions in one socket | %d |
| time to show a token in a new socket | %s |
| time to accept one message of a stream | %s |
| signs of life over a stream, every | %s |
`, l.Body, l.Query, l.Tokens, l.Depth, l.Aliases, l.RootFields, l.Cost, l.ListSize, l.Errors, l.Time,
		l.Streams, l.UserStreams, l.Operations, l.InitTime, l.WriteTime, l.KeepAlive)
}

// documents lists the Markdown files of docs.
func documents(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("docs/*.md")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d documents, %v", len(names), err)
	}
	return names
}

// Every setting of a document is one that some program reads.
func TestTheDocumentsNameNoUnknownVariable(t *testing.T) {
	t.Parallel()
	known := serve.Table() + " PLUMBLINE_MIGRATE_DATABASE_URL PLUMBLINE_DATA PLUMBLINE_PGBIN PLUMBLINE_CACHE PLUMBLINE_REFERENCE "
	for _, name := range append(documents(t), "README.md") {
		words := strings.FieldsFunc(string(read(t, name)), func(r rune) bool {
			return r != '_' && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
		})
		slices.Sort(words)
		for _, word := range slices.Compact(words) {
			if strings.HasPrefix(word, "PLUMBLINE_") && !strings.Contains(known, word) {
				t.Errorf("%s names %s, which nothing reads", name, word)
			}
		}
	}
}
