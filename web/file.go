package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"
)

// Files serves the files of one of the folders "start" and "graphiql", each under the path that
// begins with prefix and goes on as the file's name in the folder. Another path is 404.
func Files(folder, prefix string) (http.Handler, error) {
	served := map[string]file{}
	err := fs.WalkDir(embedded, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) == ".html" {
			return err
		}
		mediaType, err := mediaTypeOf(name)
		if err != nil {
			return err
		}
		content, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		served[prefix+name[len(folder)+1:]] = newFile(mediaType, content)
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

// mediaTypeOf does not ask the machine, whose table of types may differ from another's.
func mediaTypeOf(name string) (string, error) {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8", nil
	case ".js":
		return "text/javascript; charset=utf-8", nil
	case ".svg":
		return "image/svg+xml", nil
	case ".graphql", ".txt":
		return "text/plain; charset=utf-8", nil
	}
	return "", fmt.Errorf("%s is of no known media type", name)
}

// file is a response that stays the same for the life of the program.
type file struct {
	mediaType string
	content   []byte
	// version is the content's hash.
	version string
}

func newFile(mediaType string, content []byte) file {
	sum := sha256.Sum256(content)
	return file{mediaType: mediaType, content: content, version: hex.EncodeToString(sum[:8])}
}

// ServeHTTP answers GET and HEAD. A browser keeps what it asked for by version; of anything else it
// asks each time, and is told at once if it has the newest.
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this page can only be read, by GET", http.StatusMethodNotAllowed)
		return
	}
	caching := "no-cache"
	if r.URL.Query().Get("v") == f.version {
		caching = "public, max-age=31536000, immutable"
	}
	w.Header().Set("Cache-Control", caching)
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("ETag", `W/"`+f.version+`"`) // weak: it may be compressed on the way
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}
