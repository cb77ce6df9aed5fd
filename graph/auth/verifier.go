package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// maxToken is the largest token in bytes. Real ones have one to three thousand.
	maxToken = 8 << 10
	// leeway is how far the issuer's clock may be off.
	leeway = 30 * time.Second
)

// algorithms lists the accepted signatures. All are asymmetric, so that a public key can never
// serve as the secret of a symmetric one.
func algorithms() []string {
	return []string{"RS256", "PS256", "ES256", "ES384", "EdDSA"}
}

// Config configures NewVerifier. Issuer and Audience are required.
type Config struct {
	// Issuer is the issuer's URL, exactly as its tokens state it.
	Issuer string
	// Audience is this server's name at the issuer.
	Audience string
	// TrustUnstatedEmail accepts tokens without the claim email_verified, for an issuer that owns
	// its people's mailboxes and does not send it.
	TrustUnstatedEmail bool
	// Client fetches the issuer's documents. Nil means one with a timeout of five seconds.
	Client *http.Client
	// Logger receives failures to fetch keys. Nil means slog.Default.
	Logger *slog.Logger
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	parser             *jwt.Parser
	keys               *keySet
	trustUnstatedEmail bool
}

// NewVerifier returns a verifier. It does not reach out yet: keys are fetched when the first token
// arrives, so that a server may start before its issuer.
func NewVerifier(cfg Config) (*Verifier, error) {
	if cfg.Issuer == "" || cfg.Audience == "" {
		return nil, errors.New("auth: issuer and audience are required")
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: fetchTimeout}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	keys, err := newKeySet(cfg)
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods(algorithms()),
		jwt.WithIssuer(cfg.Issuer),
		jwt.WithAudience(cfg.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(cfg.Now),
		jwt.WithStrictDecoding(),
	)
	return &Verifier{parser: parser, keys: keys, trustUnstatedEmail: cfg.TrustUnstatedEmail}, nil
}

// Verify returns the claims of a valid token. Every error is an *Error.
func (v *Verifier) Verify(ctx context.Context, token string) (Claims, error) {
	if len(token) > maxToken {
		return Claims{}, refused("the token is too large")
	}
	var wire wireClaims
	_, err := v.parser.ParseWithClaims(token, &wire, func(t *jwt.Token) (any, error) {
		if err := checkHeader(t.Header); err != nil {
			return nil, err
		}
		return v.keys.key(ctx, t)
	})
	if err != nil {
		return Claims{}, explain(err)
	}
	return wire.claims(v.trustUnstatedEmail)
}

// checkHeader refuses headers that ask for what is not done here. A key that comes with the token,
// or an address to fetch one from, is simply never looked at.
func checkHeader(header map[string]any) error {
	if _, critical := header["crit"]; critical {
		return refused("the token has critical extensions")
	}
	typ, stated := header["typ"]
	if !stated {
		return nil
	}
	name, _ := typ.(string)
	switch strings.TrimPrefix(strings.ToLower(name), "application/") {
	case "jwt", "at+jwt":
		return nil
	}
	return refused("the token is of another type")
}

// explain turns the parser's error into a sentence of ours.
func explain(err error) error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, jwt.ErrTokenExpired):
		return refused("the token has expired")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return refused("the token is not valid yet")
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return refused("the token is by another issuer")
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return refused("the token is for another audience")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return refused("the token lacks a required claim")
	case errors.Is(err, jwt.ErrTokenMalformed):
		return refused("the token is malformed")
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return refused("the token's signature is not valid")
	}
	return refused("the token is not valid")
}
