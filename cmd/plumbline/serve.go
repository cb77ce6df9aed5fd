package main

import (
	"context"

	"plumbline/cmd/serve"
)

// serve runs the server until it is told to stop.
func (p process) serve(ctx context.Context, args []string) error {
	if err := noArguments("serve", args); err != nil {
		return err
	}
	config, err := serve.Load(p.environ)
	if err != nil {
		return err
	}
	return serve.Run(ctx, config, serve.Options{Log: p.stderr})
}
