package edge_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"plumbline/graph/edge"
)

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("a byte of the body was read")
	return 0, errors.New("not to be read")
}

func TestABodyThatSaysItIsTooLongIsNotRead(t *testing.T) {
	t.Parallel()
	handler := edge.NewHandler(newSchema(), edge.Options{Limits: edge.Limits{Body: 2000}})
	request := httptest.NewRequest(http.MethodPost, "/graphql", unread{t})
	request.Header.Set("Content-Type", "application/json")
	request.ContentLength = 2001
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d: %s", answer.Code, answer.Body)
	}
}
