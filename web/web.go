// Package web holds the pages that the server shows, as files inside the binary. Nothing is fetched
// from elsewhere: a page works on a machine without internet.
package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
)

//go:embed start graphiql
var embedded embed.FS

// Start is the start page: what runs here and where to go.
type Start struct {
	Version string
	// Development adds the API explorer and the notice that this is a development stack.
	Development bool
}

// Handler returns the page, for the path "/". It needs Files("start", "/") beside it.
func (s Start) Handler() (http.Handler, error) {
	return newPage("start/index.html", policy+"; style-src 'self'", s)
}

// Explorer is GraphiQL, signed in as a demo user of the development issuer.
type Explorer struct {
	// Issuer is the development issuer's URL, from which the page takes users and tokens.
	Issuer string
}

// Handler returns the page, for the path "/graphiql". It needs Files("graphiql", "/graphiql/") and
// Files("start", "/") beside it, and the API at "/graphql". An issuer that is no http or https URL
// is an error.
func (e Explorer) Handler() (http.Handler, error) {
	issuer, err := origin(e.Issuer)
	if err != nil {
		return nil, fmt.Errorf("web: issuer %q: %w", e.Issuer, err)
	}
	// The page's editor makes style elements, which no hash can name beforehand.
	return newPage("graphiql/index.html", policy+"; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' "+issuer, e)
}

// policy lets a page load pictures of this server and nothing else; each page adds what it needs.
const policy = "default-src 'none'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// origin is what a content security policy calls the host of a URL.
func origin(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", errors.New("want a URL such as http://127.0.0.1:4000")
	}
	return u.Scheme + "://" + u.Host, nil
}

// newPage fills a template once and serves it under a content security policy.
func newPage(name, policy string, data any) (http.Handler, error) {
	tmpl, err := template.New("").Funcs(template.FuncMap{"version": version}).ParseFS(embedded, name)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	var b bytes.Buffer
	if err := tmpl.ExecuteTemplate(&b, "index.html", data); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	f := newFile("text/html; charset=utf-8", b.Bytes())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		f.ServeHTTP(w, r)
	}), nil
}

// version is what a page adds to the name of an embedded file, as in page.css?v=VERSION, so that a
// browser may keep the file for good.
func version(name string) (string, error) {
	content, err := embedded.ReadFile(name)
	if err != nil {
		return "", err
	}
	return newFile("", content).version, nil
}
