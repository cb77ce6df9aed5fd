package auth_test

import (
	"bytes"
	"testing"
	"time"

	"plumbline/graph/auth"
)

var tokenKey = bytes.Repeat([]byte("t"), 32)

func ownTokens(t *testing.T, now func() time.Time) *auth.Tokens {
	t.Helper()
	tokens, err := auth.NewTokens(tokenKey, "plumbline", now)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}
