package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"plumbline/web"
)

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

func TestStartPageShowsTheExplorerInDevelopmentOnly(t *testing.T) {
	t.Parallel()
	for _, development := range []bool{true, false} {
		h, err := web.Start{Version: "1.2.3 <test>", Development: development}.Handler()
		if err != nil {
			t.Fatal(err)
		}
		body := get(t, h, "/").Body.String()
		if got := strings.Contains(body, "/graphiql"); got != development {
			t.Errorf("development %t: the explorer is shown: %t", development, got)
		}
		if !strings.Contains(body, "This is 1.2.3 &lt;test&gt;") {
			t.Error("the version is not shown, or not as text")
		}
	}
}

// Every page names only files that are served, and nothing of another host.
func TestPagesNeedNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	start, err := web.Start{}.Handler()
	if err != nil {
		t.Fatal(err)
	}
	explorer, err := web.Explorer{Issuer: "http://127.0.0.1:4000"}.Handler()
	if err != nil {
		t.Fatal(err)
	}
	startFiles, err := web.Files("start", "/")
	if err != nil {
		t.Fatal(err)
	}
	explorerFiles, err := web.Files("graphiql", "/graphiql/")
	if err != nil {
		t.Fatal(err)
	}
	loaded := regexp.MustCompile(`(?:src|<link[^>]* href)="([^"]+)"`)
	for _, page := range []http.Handler{start, explorer} {
		rec := get(t, page, "/")
		names := loaded.FindAllStringSubmatch(rec.Body.String(), -1)
		if len(names) == 0 {
			t.Error("the page loads nothing; the expression is wrong")
		}
		for _, name := range names {
			files := startFiles
			if strings.HasPrefix(name[1], "/graphiql/") {
				files = explorerFiles
			}
			if rec := get(t, files, name[1]); rec.Code != http.StatusOK {
				t.Errorf("%s: status %d", name[1], rec.Code)
			}
		}
		csp := rec.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe-eval") {
			t.Errorf("policy is %s", csp)
		}
	}
}

func TestFilesAreRevalidatedByTheirContent(t *testing.T) {
	t.Parallel()
	h, err := web.Files("start", "/")
	if err != nil {
		t.Fatal(err)
	}
	first := get(t, h, "/start.css")
	if first.Code != 200 || first.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Fatalf("got %d %s", first.Code, first.Header().Get("Content-Type"))
	}
	again := get(t, h, "/start.css", "If-None-Match", first.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("got %d with %d bytes", again.Code, again.Body.Len())
	}
	for _, path := range []string{"/index.html", "/none.css", "/../web.go", "/"} {
		if rec := get(t, h, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", path, rec.Code)
		}
	}
}

// The tour's operations must fit the API, or a newcomer's first click fails.
func TestTourFitsTheSchema(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../graph/schema/*.graphqls")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	var sources []*ast.Source
	for _, path := range paths {
		sources = append(sources, &ast.Source{Name: path, Input: read(t, path)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	tabs := regexp.MustCompile(`(?m)^#: `).Split(read(t, "graphiql/tour.graphql"), -1)[1:]
	if len(tabs) < 3 {
		t.Fatalf("the tour has %d tabs", len(tabs))
	}
	for _, tab := range tabs {
		title, operation, _ := strings.Cut(tab, "\n")
		if _, errs := gqlparser.LoadQueryWithRules(schema, operation, rules.NewDefaultRules()); errs != nil {
			t.Errorf("%s: %v", title, errs)
		}
	}
}

// Vendored files are what a reviewer has to trust: they come with their licences.
func TestVendoredFilesAreSmallAndLicensed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("graphiql/vendor")
	if err != nil {
		t.Fatal(err)
	}
	licences := read(t, "graphiql/vendor/LICENSES.txt")
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 1_000_000 {
			t.Errorf("%s has %d bytes", entry.Name(), info.Size())
		}
		if entry.Name() != "LICENSES.txt" && !strings.Contains(licences, entry.Name()) {
			t.Errorf("%s has no licence", entry.Name())
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
