package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// refusal is an HTTP-level answer: the request never became a GraphQL operation.
type refusal struct {
	status  int
	code    string
	message string
}

func (r *refusal) Error() string { return r.message }

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// readParams reads the GraphQL request out of a GET's query string or a POST's JSON body.
func readParams(w http.ResponseWriter, r *http.Request, limits Limits) (*graphql.RawParams, error) {
	var params *graphql.RawParams
	var err error
	if r.Method == http.MethodGet {
		params, err = paramsOfURL(r)
	} else {
		params, err = paramsOfBody(w, r, limits.Body)
	}
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(params.Query) == "" {
		return nil, refuse(http.StatusBadRequest, codeBadRequest, "the request has no \"query\"")
	}
	if len(params.Query) > limits.Query {
		return nil, refuse(http.StatusRequestEntityTooLarge, codeLimit,
			"the query is %d bytes long; the limit is %d", len(params.Query), limits.Query)
	}
	params.Headers = r.Header
	return params, nil
}

func paramsOfURL(r *http.Request) (*graphql.RawParams, error) {
	q := r.URL.Query()
	params := &graphql.RawParams{Query: q.Get("query"), OperationName: q.Get("operationName")}
	if err := decodeObject(q.Get("variables"), &params.Variables); err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadRequest, "\"variables\" is not a JSON object")
	}
	if err := decodeObject(q.Get("extensions"), &params.Extensions); err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadRequest, "\"extensions\" is not a JSON object")
	}
	return params, nil
}

func paramsOfBody(w http.ResponseWriter, r *http.Request, limit int64) (*graphql.RawParams, error) {
	mediaType, mtParams, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != typeJSON || !plainUTF8(mtParams["charset"]) {
		return nil, refuse(http.StatusUnsupportedMediaType, codeBadRequest,
			"a POST needs the header Content-Type: application/json")
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, refuse(http.StatusUnsupportedMediaType, codeBadRequest,
			"a request body must not be compressed")
	}
	tooLong := refuse(http.StatusRequestEntityTooLarge, codeLimit, "the request body is over the limit of %d bytes", limit)
	if r.ContentLength > limit {
		return nil, tooLong
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, tooLong
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadRequest, "the request body ended early")
	}
	return decodeBody(body)
}

func decodeBody(body []byte) (*graphql.RawParams, error) {
	if !utf8.Valid(body) {
		return nil, refuse(http.StatusBadRequest, codeBadRequest, "the request body is not UTF-8; nothing of it was read")
	}
	body = bytes.TrimLeft(body, " \t\r\n")
	if bytes.HasPrefix(body, []byte("[")) {
		return nil, refuse(http.StatusBadRequest, codeBadRequest,
			"a batch of operations is not supported: send each operation as a request of its own")
	}
	var params graphql.RawParams
	if err := decodeObject(string(body), &params); err != nil {
		return nil, refuse(http.StatusBadRequest, codeBadRequest,
			"the request body is not a JSON object with \"query\", \"operationName\", \"variables\" and \"extensions\"")
	}
	return &params, nil
}

// decodeObject decodes one JSON object and nothing after it. Numbers keep their digits. An empty
// text leaves value as it is.
func decodeObject(text string, value any) error {
	if text == "" {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(value); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("edge: more than one JSON value")
	}
	return nil
}
