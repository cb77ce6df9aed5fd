package inspection

import (
	"context"
	"time"
)

// Admission is a request at the door: whom a verified token names, and the device in their hands.
type Admission struct {
	// Email is the verified address of a sign-in, in lower case; UserID is the person whom a device's
	// token names. One of the two is given.
	Email  string
	UserID ID
	// DeviceID is the device that the request names; zero if it names none.
	DeviceID ID
	// SignedInAt is when the person last signed in, as the identity provider says; zero if it does not.
	SignedInAt time.Time
	// Offset is how far the device's clock is ahead; nil if the device did not say what it shows.
	Offset *time.Duration
	// At is the server's time of the request.
	At time.Time
}

// Doorkeeper looks people and devices up before there is an actor, each in one statement.
type Doorkeeper interface {
	// Admit returns the active user whom the request names, and their device with whether it was
	// revoked. It notes the sign-in, at most once an hour and never back, and that the device was heard
	// of, at most once a minute. A user who does not exist or is not active is a NotFound problem with
	// the path "user", a device that is not theirs one with the path "device".
	Admit(ctx context.Context, a Admission) (Actor, error)
}
