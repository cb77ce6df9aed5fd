// Package auth turns a bearer token into an inspection.Actor, before anything is executed.
//
// A token is a JWT signed by the configured OIDC issuer for this server's audience. It counts only
// if its algorithm is one of a fixed list, its signature is by a key that the issuer publishes now,
// and its issuer, audience, expiry and not-before hold. The person is then the active user whose
// address is the token's verified email. Roles come from Plumbline's own user record and never from
// a token.
//
// A registered device has tokens of Plumbline's own (Tokens), by another issuer, of another type and
// with another key, for 15 minutes each. One kind never passes for the other.
package auth
