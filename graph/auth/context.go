package auth

import (
	"context"

	"plumbline/inspection"
)

type actorKey struct{}

// WithActor returns a context in which actor is who asks.
func WithActor(ctx context.Context, actor inspection.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// ActorFrom returns who asks; the second result is false if nobody was let in.
func ActorFrom(ctx context.Context) (inspection.Actor, bool) {
	actor, ok := ctx.Value(actorKey{}).(inspection.Actor)
	return actor, ok
}
