package main

import (
	"context"

	"plumbline/cmd/stack"
)

// seed puts into the database what every stack begins with; so far the migrations have put all
// there is. It runs at every start, after the migrations and before the server, and must change
// nothing that is there already.
func seed(ctx context.Context, s stack.Stack) error {
	return nil
}
