package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"plumbline/inspection"
)

// Assertion is what a device says of itself, verified, to get a token.
type Assertion struct {
	Device inspection.DeviceCredential
	// Challenge is one of ours that still holds; it may have been answered before.
	Challenge inspection.Challenge
	// Shown is what the device's clock shows. It proves nothing: the challenge does.
	Shown time.Time
}

// assertionWire is the assertion's payload. Times that a JWT may carry are not looked at: the clock
// that wrote them may be years off.
type assertionWire struct {
	jwt.RegisteredClaims
	Challenge  string `json:"challenge"`
	DeviceTime string `json:"deviceTime"`
}

// ReadAssertion verifies a device's assertion: a JWT that names the device as its key (kid), this
// server as its audience and one of its challenges, signed by the device's key with ES256 or EdDSA.
// find returns a device's credential, or a NotFound problem; it is asked only about an assertion whose
// challenge holds. An assertion that is refused is an *Error; other errors are find's.
func (t *Tokens) ReadAssertion(ctx context.Context, text string, find func(context.Context, inspection.ID) (inspection.DeviceCredential, error)) (Assertion, error) {
	if len(text) > maxToken {
		return Assertion{}, refused("the assertion is too large")
	}
	var read Assertion
	var wire assertionWire
	var fault error
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256", "EdDSA"}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	_, err := parser.ParseWithClaims(text, &wire, func(parsed *jwt.Token) (any, error) {
		id, err := t.checkAssertion(parsed, &wire, &read)
		if err != nil {
			return nil, err
		}
		if read.Device, fault = find(ctx, id); fault != nil {
			return nil, fault
		}
		return read.Device.Key.Public(), nil
	})
	switch {
	case inspection.Refused(fault, inspection.NotFound):
		return Assertion{}, refused(noSuchKey)
	case fault != nil:
		return Assertion{}, fault
	case err != nil:
		return Assertion{}, explainAssertion(err)
	}
	return read, nil
}

// noSuchKey does not tell a device that is not registered from a signature by another key.
const noSuchKey = "the assertion is not signed by the key of a registered device"

// checkAssertion judges what can be judged before the signature, and returns the device that it names.
func (t *Tokens) checkAssertion(parsed *jwt.Token, wire *assertionWire, read *Assertion) (inspection.ID, error) {
	if _, critical := parsed.Header["crit"]; critical {
		return inspection.ID{}, refused("the assertion has critical extensions")
	}
	kid, _ := parsed.Header["kid"].(string)
	id, err := uuid.Parse(kid)
	if err != nil {
		return inspection.ID{}, refused("the assertion's header kid must be the device's id")
	}
	if !slices.Contains(wire.Audience, t.audience) {
		return inspection.ID{}, refused("the assertion is for another audience")
	}
	if read.Challenge, err = t.readChallenge(wire.Challenge); err != nil {
		return inspection.ID{}, err
	}
	if read.Shown, err = readDeviceTime(wire.DeviceTime); err != nil {
		return inspection.ID{}, refused("the assertion's deviceTime must be what the device's clock shows, in the form of RFC 3339")
	}
	return id, nil
}

func explainAssertion(err error) error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, jwt.ErrTokenMalformed):
		return refused("the assertion is no JWT")
	}
	return refused(noSuchKey)
}
