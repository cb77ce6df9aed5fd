// Package web holds the pages that the server shows, as files inside the binary. Nothing is fetched
// from elsewhere: a page works on a machine without internet.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
)

//go:embed start graphiql
var files embed.FS

// Start is the start page: what runs here and where to go.
type Start struct {
	Version string
	// Development adds the API explorer and the notice that this is a development stack.
	Development bool
}

// Handler returns the page.
func (s Start) Handler() (http.Handler, error) {
	return page("start/index.html", policy(""), s)
}

// Explorer is GraphiQL, signed in as a demo user of the development issuer.
type Explorer struct {
	// Issuer is the development issuer's URL, from which the page takes users and tokens.
	Issuer string
}

// Handler returns the page.
func (e Explorer) Handler() (http.Handler, error) {
	return page("graphiql/index.html", policy(e.Issuer), e)
}

// Files serves the files of one of the folders "start" and "graphiql" by their names; strip is what
// stands before the name in the request's path.
func Files(folder, strip string) (http.Handler, error) {
	served := map[string]file{}
	err := fs.WalkDir(files, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) == ".html" {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		served[strip+name[len(folder)+1:]] = newFile(typeOf(name), content)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := served[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		f.ServeHTTP(w, r)
	}), nil
}

func typeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".graphql", ".txt":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// file is served with a hash of its content, so that a browser asks again and is told at once
// whether it has the newest.
type file struct {
	mediaType, tag string
	content        []byte
}

func newFile(mediaType string, content []byte) file {
	sum := sha256.Sum256(content)
	return file{mediaType: mediaType, content: content, tag: `W/"` + hex.EncodeToString(sum[:8]) + `"`}
}

func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", f.tag)
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	// A browser that has gone away is no fault of ours.
	_, _ = w.Write(f.content)
}

// page fills a template once and serves it under a content security policy.
func page(name, policy string, data any) (http.Handler, error) {
	tmpl, err := template.ParseFS(files, name)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	f := newFile("text/html; charset=utf-8", b.Bytes())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		f.ServeHTTP(w, r)
	}), nil
}

// policy lets a page load from this server only. The explorer also talks to the issuer, and its
// editor makes style elements.
func policy(issuer string) string {
	const common = "default-src 'none'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
	if issuer == "" {
		return common + "style-src 'self'"
	}
	return common + "script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' " + issuer
}
