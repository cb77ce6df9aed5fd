package auth

import "errors"

// Error says why a token was refused, in words that repeat nothing of the token.
type Error struct {
	Reason string
	// Unavailable is true if the token could not be judged, because the issuer's keys could not be
	// had: the caller may try again with the same token.
	Unavailable bool
}

func (e *Error) Error() string { return "auth: " + e.Reason }

func refused(reason string) error { return &Error{Reason: reason} }

// errUnavailable: no keys are at hand and the issuer does not give any.
var errUnavailable = &Error{Reason: "the identity provider cannot be reached; try again", Unavailable: true}

func reasonOf(err error) (reason string, unavailable bool) {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Reason, refusal.Unavailable
	}
	return "the token is not valid", false
}
