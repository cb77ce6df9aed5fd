package auth

import (
	"fmt"
	"net/http"

	"plumbline/graph/edge"
	"plumbline/inspection"
)

// The codes of a Refusal beside those of package inspection.
const (
	// CodeUnauthenticated: there is no valid token.
	CodeUnauthenticated = "UNAUTHENTICATED"
	// CodeUnavailable: it cannot be told now; the same request may succeed later.
	CodeUnavailable = "UNAVAILABLE"
	// CodeBadRequest: a header cannot be read.
	CodeBadRequest = "BAD_REQUEST"
)

// Refusal is why nobody was let in, in words fit for the caller.
type Refusal struct {
	// Status is the HTTP status that says the same: 400, 401, 403 or 503.
	Status  int
	Code    string
	Message string
	// invalidToken: there was a token, and it is at fault.
	invalidToken bool
}

func (r *Refusal) Error() string { return "auth: " + r.Message }

// Answer writes the refusal in GraphQL's shape.
func (r *Refusal) Answer(w http.ResponseWriter, request *http.Request) {
	switch r.Status {
	case http.StatusUnauthorized:
		challenge := `Bearer realm="plumbline"`
		if r.invalidToken {
			challenge += fmt.Sprintf(`, error="invalid_token", error_description=%q`, r.Message)
		}
		w.Header().Set("WWW-Authenticate", challenge)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "10")
	}
	edge.Refuse(w, request, r.Status, r.Code, r.Message)
}

func forbidden(message string) *Refusal {
	return &Refusal{Status: http.StatusForbidden, Code: string(inspection.Forbidden), Message: message}
}

func unauthenticated(reason string) *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Code: CodeUnauthenticated, Message: reason, invalidToken: true}
}

func unavailable(reason string) *Refusal {
	return &Refusal{Status: http.StatusServiceUnavailable, Code: CodeUnavailable, Message: reason}
}
