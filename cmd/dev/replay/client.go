package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/cmd/stack"
)

// client speaks GraphQL over HTTP as one user of the running stack.
type client struct {
	user   string
	locate func() (stack.Stack, error)
	http   *http.Client
	token  string
}

// requestLimit ends a request that nobody answers.
const requestLimit = time.Minute

// awayError says that the server, the issuer or the object store cannot answer now. What was asked
// may or may not have been done.
type awayError struct{ cause error }

func (e *awayError) Error() string { return e.cause.Error() }
func (e *awayError) Unwrap() error { return e.cause }

func away(format string, args ...any) error { return &awayError{fmt.Errorf(format, args...)} }

// problem is a reason why a change was refused.
type problem struct {
	Code      string
	Message   string
	Path      []string
	SubjectID *uuid.UUID
}

// refusal is the answer to a change that was not made.
type refusal []problem

func (r refusal) Error() string {
	texts := make([]string, len(r))
	for n, p := range r {
		texts[n] = p.Message
	}
	return strings.Join(texts, "; ")
}

// ask sends a query and returns its data.
func ask[T any](ctx context.Context, c *client, query string, variables any) (T, error) {
	var data T
	err := c.send(ctx, query, variables, &data)
	return data, err
}

// change sends a mutation of one field called "payload" and returns the payload without its
// problems. With a problem nothing was changed, and the error is a refusal.
func change[T any](ctx context.Context, c *client, mutation string, input any) (T, error) {
	var data struct {
		Payload json.RawMessage
	}
	var payload T
	if err := c.send(ctx, mutation, map[string]any{"input": input}, &data); err != nil {
		return payload, err
	}
	var refused struct{ Problems refusal }
	if err := json.Unmarshal(data.Payload, &refused); err != nil {
		return payload, fmt.Errorf("the server's answer: %w", err)
	}
	if len(refused.Problems) > 0 {
		return payload, sortRefusal(refused.Problems)
	}
	if err := json.Unmarshal(data.Payload, &payload); err != nil {
		return payload, fmt.Errorf("the server's answer: %w", err)
	}
	return payload, nil
}

// sortRefusal tells what may succeed later from what will not. A stale revision means that an
// earlier request of ours was done after all, though its answer was lost.
func sortRefusal(r refusal) error {
	if slices.ContainsFunc(r, func(p problem) bool { return p.Code == "UNAVAILABLE" || p.Code == "STALE_REVISION" }) {
		return &awayError{r}
	}
	return r
}

// answer is a GraphQL response.
type answer struct {
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
}

func (c *client) send(ctx context.Context, query string, variables, data any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return fmt.Errorf("the request: %w", err)
	}
	where, err := c.locate()
	if err != nil {
		return away("%w", err)
	}
	response, err := c.post(ctx, where, body)
	if err != nil {
		return err
	}
	var a answer
	if err := json.Unmarshal(response, &a); err != nil {
		return away("the server's answer was cut off: %w", err)
	}
	if len(a.Errors) > 0 {
		first := a.Errors[0]
		switch first.Extensions.Code {
		case "INTERNAL", "TIMEOUT", "UNAVAILABLE":
			return away("the server: %s", first.Message)
		}
		return fmt.Errorf("the server as %s: %s", c.user, first.Message)
	}
	if err := json.Unmarshal(a.Data, data); err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	return nil
}

// post sends the request signed in, with a new token if the one at hand is no longer taken.
func (c *client) post(ctx context.Context, where stack.Stack, body []byte) ([]byte, error) {
	for fresh := false; ; fresh = true {
		if c.token == "" || fresh {
			if err := c.signIn(ctx, where); err != nil {
				return nil, err
			}
		}
		header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + c.token},
			"Accept": {"application/graphql-response+json, application/json;q=0.9"}}
		status, response, err := c.exchange(ctx, http.MethodPost, where.URL+"/graphql", header, bytes.NewReader(body))
		switch {
		case err != nil:
			return nil, err
		case status == http.StatusUnauthorized && !fresh:
			continue
		case status >= 500 || status == http.StatusTooManyRequests:
			return nil, away("the server answers %d %s", status, http.StatusText(status))
		case status >= 400 && !bytes.Contains(response, []byte(`"errors"`)):
			return nil, fmt.Errorf("the server answers %d %s", status, http.StatusText(status))
		}
		return response, nil
	}
}

// signIn takes a token from the stack's issuer.
func (c *client) signIn(ctx context.Context, where stack.Stack) error {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	form := strings.NewReader(url.Values{"user": {c.user}}.Encode())
	status, response, err := c.exchange(ctx, http.MethodPost, where.Issuer.URL+"/token", header, form)
	switch {
	case err != nil:
		return err
	case status >= 500:
		return away("the issuer answers %d", status)
	case status != http.StatusOK:
		return fmt.Errorf("the issuer gives no token for %s: %d", c.user, status)
	}
	var granted struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(response, &granted); err != nil || granted.Token == "" {
		return fmt.Errorf("the issuer's answer holds no token for %s", c.user)
	}
	c.token = granted.Token
	return nil
}

// upload sends an original by its signed request. An original that is there already is none the
// worse: the store took exactly the declared bytes.
func (c *client) upload(ctx context.Context, request signedRequest, original []byte) error {
	header := http.Header{}
	for _, h := range request.Headers {
		if !strings.EqualFold(h.Name, "Content-Length") {
			header.Set(h.Name, h.Value)
		}
	}
	status, _, err := c.exchange(ctx, request.Method, request.URL, header, bytes.NewReader(original))
	switch {
	case err != nil:
		return err
	case status == http.StatusPreconditionFailed || status >= 200 && status < 300:
		return nil
	case status >= 500 || status == http.StatusForbidden: // forbidden: the request has expired
		return away("the object store answers %d %s", status, http.StatusText(status))
	}
	return fmt.Errorf("the object store refuses the original: %d %s", status, http.StatusText(status))
}

// exchange sends one request and reads its answer whole. Errors do not hold the address: a signed
// one is as good as a token.
func (c *client) exchange(ctx context.Context, method, address string, header http.Header, body io.Reader) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return 0, nil, errors.New("the address to ask is no URL")
	}
	request.Header = header
	response, err := c.http.Do(request)
	if err != nil {
		var of *url.Error
		if errors.As(err, &of) {
			err = of.Err
		}
		return 0, nil, away("%w", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, away("%w", err)
	}
	return response.StatusCode, content, nil
}
