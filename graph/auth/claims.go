package auth

import (
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Claims is what a verified token says about a person.
type Claims struct {
	// Subject is the issuer's stable name for the person.
	Subject string
	// Email is the verified address, in lower case.
	Email string
	Name  string
	// SignedInAt is when the person signed in (auth_time), else when the token was issued (iat); zero
	// if the token says neither.
	SignedInAt time.Time
	// Expires is when the token does.
	Expires time.Time
}

// wireClaims is the token's payload.
type wireClaims struct {
	jwt.RegisteredClaims
	Email         string           `json:"email"`
	EmailVerified verified         `json:"email_verified"`
	Name          string           `json:"name"`
	AuthTime      *jwt.NumericDate `json:"auth_time"`
}

// verified is the email_verified claim. Some issuers send the text "true" in place of the value.
type verified struct{ stated, value bool }

// UnmarshalJSON reads true, false, "true" and "false"; anything else counts as false.
func (v *verified) UnmarshalJSON(text []byte) error {
	*v = verified{stated: true, value: strings.Trim(string(text), `"`) == "true"}
	return nil
}

// claims checks what concerns the person. trustUnstated accepts an address of which the issuer
// does not say whether it is verified; an address stated to be unverified is never accepted.
func (w *wireClaims) claims(trustUnstated bool) (Claims, error) {
	if w.Subject == "" {
		return Claims{}, refused("the token names no subject")
	}
	email, ok := plainEmail(w.Email)
	if !ok {
		return Claims{}, refused("the token has no usable email address")
	}
	if !w.EmailVerified.value && (w.EmailVerified.stated || !trustUnstated) {
		return Claims{}, refused("the token's email address is not verified")
	}
	claims := Claims{Subject: w.Subject, Email: email, Name: w.Name, Expires: w.ExpiresAt.UTC()}
	switch {
	case w.AuthTime != nil:
		claims.SignedInAt = w.AuthTime.UTC()
	case w.IssuedAt != nil:
		claims.SignedInAt = w.IssuedAt.UTC()
	}
	return claims, nil
}

// plainEmail lowers an address of printable ASCII. Others are refused: letters that only look or
// fold alike must not lead to another person's account.
func plainEmail(email string) (string, bool) {
	local, domain, found := strings.Cut(email, "@")
	if !found || local == "" || domain == "" || strings.Contains(domain, "@") || len(email) > 254 {
		return "", false
	}
	for _, c := range email {
		if c <= ' ' || c > '~' {
			return "", false
		}
	}
	return strings.ToLower(email), true
}
