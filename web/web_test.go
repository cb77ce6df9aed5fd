package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"plumbline/web"
)

const issuer = "http://127.0.0.1:4000"

// site is the pages as the server mounts them.
func site(t *testing.T) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	mount := func(pattern string, h http.Handler, err error) {
		if err != nil {
			t.Fatal(err)
		}
		mux.Handle(pattern, h)
	}
	start, err := web.Start{Version: "test", Development: true}.Handler()
	mount("/{$}", start, err)
	explorer, err := web.Explorer{Issuer: issuer}.Handler()
	mount("/graphiql", explorer, err)
	explorerFiles, err := web.Files("graphiql", "/graphiql/")
	mount("/graphiql/", explorerFiles, err)
	startFiles, err := web.Files("start", "/")
	mount("/", startFiles, err)
	return mux
}

func ask(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

func get(h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	return ask(h, http.MethodGet, target, headers...)
}

func TestStartPageShowsTheExplorerInDevelopmentOnly(t *testing.T) {
	t.Parallel()
	for _, development := range []bool{true, false} {
		h, err := web.Start{Version: "1.2.3 <test>", Development: development}.Handler()
		if err != nil {
			t.Fatal(err)
		}
		body := get(h, "/").Body.String()
		if got := strings.Contains(body, "/graphiql"); got != development {
			t.Errorf("development %t: the explorer is shown: %t", development, got)
		}
		for _, want := range []string{"This is 1.2.3 &lt;test&gt;", "/graphql", "/healthz", "/readyz", "/metrics", "docs/", "PBNDS 2011"} {
			if !strings.Contains(body, want) {
				t.Errorf("development %t: %q is missing", development, want)
			}
		}
	}
}

// A page may load what this server sends, run only scripts that are files of it, and talk to the
// server and, in the explorer, to the issuer.
func TestPagesAreHeldToAPolicy(t *testing.T) {
	t.Parallel()
	h := site(t)
	for path, want := range map[string][]string{
		"/":         {"default-src 'none'", "style-src 'self'"},
		"/graphiql": {"default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "connect-src 'self' " + issuer},
	} {
		rec := get(h, path)
		if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" || rec.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %v", path, rec.Code, rec.Header())
		}
		directives := strings.Split(rec.Header().Get("Content-Security-Policy"), "; ")
		loading := regexp.MustCompile(`^(default|script|style|connect)-src `)
		var got []string
		for _, directive := range directives {
			if loading.MatchString(directive) {
				got = append(got, directive)
			}
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("%s may load by %q, want %q", path, got, want)
		}
		if inline := regexp.MustCompile(`<script(?:>| [^>]*>)[^<]|<style| style=| on[a-z]+=`).FindString(rec.Body.String()); inline != "" {
			t.Errorf("%s holds %q, which its policy forbids", path, inline)
		}
	}
}

func TestExplorerAllowsTheIssuersHostAndNoMore(t *testing.T) {
	t.Parallel()
	h, err := web.Explorer{Issuer: "https://id.example:8443/realms/dev"}.Handler()
	if err != nil {
		t.Fatal(err)
	}
	if csp := get(h, "/graphiql").Header().Get("Content-Security-Policy"); !strings.HasSuffix(csp, "connect-src 'self' https://id.example:8443") {
		t.Errorf("policy is %s", csp)
	}
	for _, wrong := range []string{"", "id.example", "ftp://id.example", "http://", "http://a b", "http://id.example; script-src *"} {
		if _, err := (web.Explorer{Issuer: wrong}).Handler(); err == nil {
			t.Errorf("the issuer %q is accepted", wrong)
		}
	}
}

// loaded finds what a page of ours makes the browser load.
var loaded = regexp.MustCompile(`(?:src|<link[^>]* href|data-tour)="([^"]+)"`)

// Every file that a page loads is there, named by its content and kept for good.
func TestPagesLoadFilesOfThisServerThatNeverChange(t *testing.T) {
	t.Parallel()
	h := site(t)
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
		".svg": "image/svg+xml", ".graphql": "text/plain; charset=utf-8"}
	for page, atLeast := range map[string]int{"/": 3, "/graphiql": 9} {
		names := loaded.FindAllStringSubmatch(get(h, page).Body.String(), -1)
		if len(names) < atLeast {
			t.Errorf("%s loads %d files; want %d or more", page, len(names), atLeast)
		}
		for _, name := range names {
			target := strings.ReplaceAll(name[1], "&amp;", "&")
			rec := get(h, target)
			path, _, _ := strings.Cut(target, "?")
			if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != types[filepath.Ext(path)] {
				t.Errorf("%s: %d %s", target, rec.Code, rec.Header().Get("Content-Type"))
			}
			if caching := rec.Header().Get("Cache-Control"); caching != "public, max-age=31536000, immutable" {
				t.Errorf("%s: kept by %q", target, caching)
			}
			if rec.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: the browser may guess its type", target)
			}
			if caching := get(h, path+"?v=another").Header().Get("Cache-Control"); caching != "no-cache" {
				t.Errorf("another version of %s: kept by %q", path, caching)
			}
		}
	}
}

func TestFilesAreRevalidatedByTheirContent(t *testing.T) {
	t.Parallel()
	h := site(t)
	for _, path := range []string{"/", "/start.css", "/graphiql", "/graphiql/page.js"} {
		tag := get(h, path).Header().Get("ETag")
		again := get(h, path, "If-None-Match", tag)
		if tag == "" || again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s with its tag %s: %d with %d bytes", path, tag, again.Code, again.Body.Len())
		}
		if other := get(h, path, "If-None-Match", `W/"other"`); other.Code != http.StatusOK {
			t.Errorf("%s with another tag: %d", path, other.Code)
		}
	}
}

func TestWhatIsNotServed(t *testing.T) {
	t.Parallel()
	h := site(t)
	for _, path := range []string{"/index.html", "/none.css", "/graphiql/", "/graphiql/index.html", "/graphiql/none.js", "/graphiql/vendor", "/web.go"} {
		if rec := get(h, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", path, rec.Code)
		}
	}
	for _, path := range []string{"/", "/start.css", "/graphiql", "/graphiql/page.js"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
			rec := ask(h, method, path)
			if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, Allow: %s", method, path, rec.Code, rec.Header().Get("Allow"))
			}
		}
		if rec := ask(h, http.MethodHead, path); rec.Code != http.StatusOK || rec.Body.Len() != 0 {
			t.Errorf("HEAD %s: %d with %d bytes", path, rec.Code, rec.Body.Len())
		}
	}
}

// mentioned are the addresses that the vendored files may hold, none of which a browser loads:
// names of XML vocabularies, links that a person may follow, and comments.
var mentioned = []string{
	"http://www.w3.org/",                          // names of vocabularies
	"https://reactjs.org/docs/error-decoder.html", // in the text of an error
	"https://github.com/graphql/graphiql",         // links, and the text of an error
	"https://codemirror.net/5/doc/manual.html",    // a link in the help on keys
	"https://commonmark.org/",                     // in a description of GraphQL's own schema
	"https://en.wikipedia.org/wiki/",              // the same
	"https://github.com/jonschlinkert",            // licence comments
}

// Nothing that a page loads names a place to load more from.
func TestNothingComesFromElsewhere(t *testing.T) {
	t.Parallel()
	h := site(t)
	address := regexp.MustCompile(`(?:https?:|["'(=])//[a-z0-9-]+[.:][^\s"'` + "`" + `<>)\\]*`)
	loading := regexp.MustCompile(`@import|@font-face|url\(\s*["']?(?:https?:)?//|sourceMappingURL`)
	for _, page := range []string{"/", "/graphiql"} {
		body := get(h, page).Body.String()
		texts := map[string]string{page: strings.ReplaceAll(body, issuer, "")}
		for _, name := range loaded.FindAllStringSubmatch(body, -1) {
			texts[name[1]] = get(h, name[1]).Body.String()
		}
		for name, text := range texts {
			for _, found := range address.FindAllString(text, -1) {
				if !strings.Contains(name, "/vendor/") && !strings.Contains(name, ".svg") || !startsWithAny(found, mentioned) {
					t.Errorf("%s names %s", name, found)
				}
			}
			if found := loading.FindString(text); found != "" {
				t.Errorf("%s loads by %s", name, found)
			}
		}
	}
}

func startsWithAny(text string, beginnings []string) bool {
	for _, beginning := range beginnings {
		if strings.HasPrefix(text, beginning) {
			return true
		}
	}
	return false
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
