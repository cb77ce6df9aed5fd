package edge

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// writeResult writes the response of an executed operation. The data, already JSON, is passed on as
// it is: to marshal it again would cost as much as the rest of a large response.
func writeResult(w http.ResponseWriter, mediaType string, resp *graphql.Response, limits Limits) error {
	head, err := resultHead(resp, limits)
	if err != nil {
		return err
	}
	data := []byte(resp.Data)
	if data == nil {
		data = []byte("null")
	}
	setType(w, mediaType)
	w.WriteHeader(http.StatusOK)
	for _, piece := range [][]byte{head, data, []byte("}\n")} {
		if _, err := w.Write(piece); err != nil {
			return fmt.Errorf("edge: write response: %w", err)
		}
	}
	return nil
}

// resultHead is everything in front of the data: the errors stand first, to be seen.
func resultHead(resp *graphql.Response, limits Limits) ([]byte, error) {
	head := []byte("{")
	if len(resp.Errors) > 0 {
		list, err := json.Marshal(capErrors(resp.Errors, limits.Errors))
		if err != nil {
			return nil, fmt.Errorf("edge: marshal errors: %w", err)
		}
		head = append(append(append(head, `"errors":`...), list...), ',')
	}
	if len(resp.Extensions) > 0 {
		ext, err := json.Marshal(resp.Extensions)
		if err != nil {
			return nil, fmt.Errorf("edge: marshal extensions: %w", err)
		}
		head = append(append(append(head, `"extensions":`...), ext...), ',')
	}
	return append(head, `"data":`...), nil
}

func capErrors(errs gqlerror.List, limit int) gqlerror.List {
	if len(errs) <= limit {
		return errs
	}
	rest := gqlerror.Errorf("%d more errors are not listed", len(errs)-limit)
	rest.Extensions = map[string]any{"code": codeLimit}
	return append(append(gqlerror.List{}, errs[:limit]...), rest)
}

// writeErrors writes a response without data: nothing was executed.
func writeErrors(w http.ResponseWriter, mediaType string, status int, errs gqlerror.List) {
	body, err := json.Marshal(struct {
		Errors gqlerror.List `json:"errors"`
	}{errs})
	if err != nil {
		// Only an extension of a type that JSON has not can do this; the status still tells.
		body = []byte(`{"errors":[{"message":"internal error"}]}`)
	}
	setType(w, mediaType)
	w.WriteHeader(status)
	// A caller that has gone away is no fault of ours.
	_, _ = w.Write(append(body, '\n'))
}

// Refuse answers a request that never became a GraphQL operation, in GraphQL's shape: a list of
// one error with extensions.code, in the media type that the caller accepts.
func Refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	mediaType, _ := responseType(r)
	writeErrors(w, mediaType, status, gqlerror.List{{
		Message:    message,
		Extensions: map[string]any{"code": code},
	}})
}

func setType(w http.ResponseWriter, mediaType string) {
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Add("Vary", "Accept")
}
