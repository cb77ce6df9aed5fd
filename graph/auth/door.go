package auth

import (
	"context"
	"errors"
	"net/http"

	"plumbline/graph/edge"
	"plumbline/inspection"
)

// Door is the gate for connections that stay open: it lets in whom the gate would, and keeps looking
// whether they may stay. A revoked device is not let in: there is nothing that it may read.
type Door struct {
	Gate *Gate
	// Feed tells of changed accounts and revoked devices. Nil leaves that to the edge's own rechecks.
	Feed inspection.Feed
}

var _ edge.Gate = Door{}

// Admit implements edge.Gate.
func (d Door) Admit(ctx context.Context, c edge.Credentials) (edge.Guest, error) {
	if c.Token == "" {
		return edge.Guest{}, denied(unauthenticated("sign in first: show a token as Authorization, in connection_init or in the request's headers"))
	}
	session, err := d.Gate.Authenticate(ctx, c.Token, c.Device, c.DeviceTime)
	if err != nil {
		return edge.Guest{}, denied(err)
	}
	if session.Actor.Device.Revoked {
		return edge.Guest{}, denied(revokedDevice())
	}
	guest := edge.Guest{
		User: session.Actor.ID, Until: session.Expires,
		Enter: func(ctx context.Context) context.Context { return WithActor(ctx, session.Actor) },
		Still: func(ctx context.Context) error {
			if err := d.Gate.Still(ctx, session); err != nil {
				return denied(err)
			}
			return nil
		},
	}
	if d.Feed != nil {
		topics := []inspection.Topic{{Kind: inspection.UserChanged, ID: session.Actor.ID}}
		if session.Actor.Device.ID != (inspection.ID{}) {
			topics = append(topics, inspection.Topic{Kind: inspection.DeviceChanged, ID: session.Actor.Device.ID})
		}
		if guest.Changed, err = d.Feed.Watch(ctx, topics...); err != nil {
			return edge.Guest{}, denied(err)
		}
	}
	// What changed between the look-up and the watch is found now.
	if err := guest.Still(ctx); err != nil {
		return edge.Guest{}, err
	}
	return guest, nil
}

// denied is a refusal as the edge takes it.
func denied(err error) *edge.Denied {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return &edge.Denied{Status: refusal.Status, Code: refusal.Code, Message: refusal.Message}
	}
	return &edge.Denied{Status: http.StatusServiceUnavailable, Code: CodeUnavailable, Message: "it cannot be told now who you are; try again"}
}
