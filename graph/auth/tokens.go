package auth

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"plumbline/inspection"
)

const (
	// OwnIssuer names Plumbline as the issuer of its devices' tokens. No OIDC issuer can have the name:
	// theirs are http and https URLs.
	OwnIssuer = "urn:plumbline:device"
	// TokenLifetime is how long a device's token holds.
	TokenLifetime = 15 * time.Minute
	// ownType is the type of a device's token, which the verifier of OIDC tokens refuses.
	ownType = "device+jwt"
	// minTokenKey is the shortest key, in bytes.
	minTokenKey = 32
)

// Tokens issues and verifies the tokens of devices, and the challenges that they answer to get one.
// Server processes that share a key accept each other's. It is safe for concurrent use.
type Tokens struct {
	private  ed25519.PrivateKey
	seal     []byte // of challenges
	audience string
	now      func() time.Time
	parser   *jwt.Parser
}

// NewTokens returns an issuer for the audience, whose keys are derived from the secret of at least 32
// bytes. Nil for now means time.Now.
func NewTokens(secret []byte, audience string, now func() time.Time) (*Tokens, error) {
	if len(secret) < minTokenKey {
		return nil, fmt.Errorf("auth: the key of device tokens has %d bytes; it needs at least %d", len(secret), minTokenKey)
	}
	if audience == "" {
		return nil, errors.New("auth: device tokens need an audience")
	}
	if now == nil {
		now = time.Now
	}
	seed, err := hkdf.Key(sha256.New, secret, nil, "plumbline device token", ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	seal, err := hkdf.Key(sha256.New, secret, nil, "plumbline device challenge", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(OwnIssuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(now),
		jwt.WithStrictDecoding(),
	)
	return &Tokens{private: ed25519.NewKeyFromSeed(seed), seal: seal, audience: audience, now: now, parser: parser}, nil
}

// Audience is what tokens and assertions name as the server they are for.
func (t *Tokens) Audience() string { return t.audience }

// OwnClaims is what a device's verified token says.
type OwnClaims struct {
	UserID   inspection.ID
	DeviceID inspection.ID
	// Offset is how far the device's clock was ahead when the token was issued.
	Offset  *time.Duration
	Expires time.Time
}

// ownWire is the token's payload.
type ownWire struct {
	jwt.RegisteredClaims
	Device string `json:"device"`
	Ahead  *int64 `json:"ahead_ms,omitempty"`
}

// Issue returns a token for a device in a user's hands, and when it expires.
func (t *Tokens) Issue(user, device inspection.ID, offset time.Duration) (string, time.Time, error) {
	now := t.now().UTC().Truncate(time.Second)
	ahead, expires := offset.Milliseconds(), now.Add(TokenLifetime)
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, ownWire{Device: device.String(), Ahead: &ahead,
		RegisteredClaims: jwt.RegisteredClaims{Issuer: OwnIssuer, Audience: jwt.ClaimStrings{t.audience}, Subject: user.String(), ID: inspection.NewID().String(),
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires)}})
	token.Header["typ"] = ownType
	text, err := token.SignedString(t.private)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("auth: sign: %w", err)
	}
	return text, expires, nil
}

// Verify returns the claims of a valid token of Plumbline's own. Every error is an *Error.
func (t *Tokens) Verify(token string) (OwnClaims, error) {
	if len(token) > maxToken {
		return OwnClaims{}, refused("the token is too large")
	}
	var wire ownWire
	_, err := t.parser.ParseWithClaims(token, &wire, func(parsed *jwt.Token) (any, error) {
		if parsed.Header["typ"] != ownType {
			return nil, refused("the token is of another type")
		}
		return t.private.Public(), nil
	})
	if err != nil {
		return OwnClaims{}, explain(err)
	}
	user, badUser := uuid.Parse(wire.Subject)
	device, badDevice := uuid.Parse(wire.Device)
	if badUser != nil || badDevice != nil {
		return OwnClaims{}, refused("the token names no user and device")
	}
	claims := OwnClaims{UserID: user, DeviceID: device, Expires: wire.ExpiresAt.Time}
	if wire.Ahead != nil {
		offset := time.Duration(*wire.Ahead) * time.Millisecond
		claims.Offset = &offset
	}
	return claims, nil
}

// claimsOwnIssuer reports whether an unverified token says that it is Plumbline's own. It decides only
// who verifies it.
func claimsOwnIssuer(token string) bool {
	if len(token) > maxToken {
		return false
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
		return false
	}
	return claims.Issuer == OwnIssuer
}
