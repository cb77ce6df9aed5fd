package auth_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"plumbline/graph/auth"
)

func TestEveryPinnedAlgorithmIsAccepted(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	rs, p256, p384, ed := rsaKey(t, 2048), ecKey(t, elliptic.P256()), ecKey(t, elliptic.P384()), edKey(t)
	i.publish(t, "rsa", "", jwkset.UseSig, public(rs))
	i.publish(t, "p256", "ES256", jwkset.UseSig, public(p256))
	i.publish(t, "p384", "ES384", "", public(p384))
	i.publish(t, "ed", "EdDSA", jwkset.UseSig, public(ed))
	v := i.verifier(t)
	tests := []struct {
		kid    string
		method jwt.SigningMethod
		key    any
	}{
		{"rsa", jwt.SigningMethodRS256, rs},
		{"rsa", jwt.SigningMethodPS256, rs},
		{"p256", jwt.SigningMethodES256, p256},
		{"p384", jwt.SigningMethodES384, p384},
		{"ed", jwt.SigningMethodEdDSA, ed},
	}
	now := i.now()
	want := auth.Claims{Subject: "u-1", Email: "lead@opr.example", Name: "Lee Ad", SignedInAt: now, Expires: now.Add(time.Hour)}
	for _, tt := range tests {
		t.Run(tt.method.Alg(), func(t *testing.T) {
			t.Parallel()
			got, err := v.Verify(t.Context(), sign(t, tt.method, tt.key, kid(tt.kid), i.good()))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFalseTokensAreRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	key, stranger, encryption, weak := rsaKey(t, 2048), rsaKey(t, 2048), rsaKey(t, 2048), rsaKey(t, 1024)
	secret := bytes.Repeat([]byte("s"), 32)
	i.publish(t, "k1", "RS256", jwkset.UseSig, public(key))
	i.publish(t, "enc", "", jwkset.UseEnc, public(encryption))
	i.publish(t, "weak", "", jwkset.UseSig, public(weak))
	i.publish(t, "oct", "HS256", jwkset.UseSig, secret)
	v := i.verifier(t)

	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	rs := func(header map[string]any, c jwt.MapClaims) string {
		return sign(t, jwt.SigningMethodRS256, key, header, c)
	}
	claim := func(name string, value any) string { return rs(kid("k1"), i.with(name, value)) }
	at := func(d time.Duration) int64 { return i.now().Add(d).Unix() }
	good := rs(kid("k1"), i.good())
	parts := strings.Split(good, ".")
	b64 := base64.RawURLEncoding.EncodeToString

	tests := []struct{ name, token, reason string }{
		{"empty", "", "malformed"},
		{"not a token", "lead@opr.example", "malformed"},
		{"two parts", parts[0] + "." + parts[1], "malformed"},
		{"signature removed", parts[0] + "." + parts[1] + ".", "signature"},
		{"signature of another token", parts[0] + "." + parts[1] + "." + strings.Split(claim("sub", "u-2"), ".")[2], "signature"},
		{"payload changed", parts[0] + "." + b64([]byte(`{"sub":"u-9"}`)) + "." + parts[2], "signature"},
		{"padded", good + "=", "malformed"},

		{"alg none", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid("k1"), i.good()), "signature"},
		{"alg None in another case", b64([]byte(`{"alg":"nOnE","kid":"k1"}`)) + "." + parts[1] + ".", "not valid"},
		{"HS256 with the public key as secret, PEM", sign(t, jwt.SigningMethodHS256, publicPEM, kid("k1"), i.good()), "signature"},
		{"HS256 with the public key as secret, DER", sign(t, jwt.SigningMethodHS256, der, kid("k1"), i.good()), "signature"},
		{"HS256 with a published symmetric key", sign(t, jwt.SigningMethodHS256, secret, kid("oct"), i.good()), "signature"},
		{"RS512, which is not pinned", sign(t, jwt.SigningMethodRS512, key, kid("k1"), i.good()), "signature"},
		{"PS256 under a key for RS256", sign(t, jwt.SigningMethodPS256, key, kid("k1"), i.good()), "not valid"},
		{"ES256 under an RSA key", sign(t, jwt.SigningMethodES256, ecKey(t, elliptic.P256()), kid("k1"), i.good()), "not valid"},

		{"another's key under a known id", sign(t, jwt.SigningMethodRS256, stranger, kid("k1"), i.good()), "signature"},
		{"unknown key id", rs(kid("k9"), i.good()), "key is not known"},
		{"no key id", rs(nil, i.good()), "names no key"},
		{"key id is a number", rs(map[string]any{"kid": 1}, i.good()), "names no key"},
		{"key id is a path", rs(kid("../../../dev/null"), i.good()), "key is not known"},
		{"key id is SQL", rs(kid("k1' or '1'='1"), i.good()), "key is not known"},
		{"key for encryption", sign(t, jwt.SigningMethodRS256, encryption, kid("enc"), i.good()), "key is not known"},
		{"weak RSA key", sign(t, jwt.SigningMethodRS256, weak, kid("weak"), i.good()), "key is not known"},
		{"own key in the header", sign(t, jwt.SigningMethodRS256, stranger, map[string]any{
			"kid": "k1", "jwk": map[string]any{"kty": "RSA"}, "jku": i.url + "/keys", "x5u": i.url}, i.good()), "signature"},
		{"critical extension", rs(map[string]any{"kid": "k1", "crit": []string{"b64"}, "b64": false}, i.good()), "critical"},
		{"token of another type", rs(map[string]any{"kid": "k1", "typ": "logout+jwt"}, i.good()), "another type"},

		{"expired", claim("exp", at(-time.Minute)), "expired"},
		{"no expiry", claim("exp", nil), "lacks a required claim"},
		{"expiry is text", claim("exp", "tomorrow"), "malformed"},
		{"not yet", claim("nbf", at(time.Minute)), "not valid yet"},
		{"no not-before", claim("nbf", nil), "lacks a required claim"},
		{"other issuer", claim("iss", i.url+"/"), "another issuer"},
		{"no issuer", claim("iss", nil), "lacks a required claim"},
		{"other audience", claim("aud", "payroll"), "another audience"},
		{"other audiences", claim("aud", []string{"payroll", "plumbline2"}), "another audience"},
		{"no audience", claim("aud", nil), "lacks a required claim"},
		{"no subject", claim("sub", nil), "no subject"},

		{"no email", claim("email", nil), "no usable email"},
		{"email without a domain", claim("email", "lead@"), "no usable email"},
		{"two addresses", claim("email", "lead@opr.example,evil@x@y"), "no usable email"},
		{"letter that folds to ASCII", claim("email", "\u212Aim@opr.example"), "no usable email"},
		{"address with a line break", claim("email", "lead@opr.example\n"), "no usable email"},
		{"email not verified", claim("email_verified", false), "not verified"},
		{"email not verified, as text", claim("email_verified", "false"), "not verified"},
		{"email verified by a number", claim("email_verified", 1), "not verified"},
		{"nothing said of the email", claim("email_verified", nil), "not verified"},

		{"huge", claim("name", strings.Repeat("x", 9000)), "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			claims, err := v.Verify(t.Context(), tt.token)
			var refusal *auth.Error
			if !errors.As(err, &refusal) || refusal.Unavailable || !strings.Contains(refusal.Reason, tt.reason) {
				t.Errorf("got %+v, %v; want a refusal with %q", claims, err, tt.reason)
			}
		})
	}
	// The table proves nothing if nothing passes.
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Errorf("the good token is refused: %v", err)
	}
}

func TestWhatIssuersDoDifferentlyIsAccepted(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	key := edKey(t)
	i.publish(t, "k1", "EdDSA", jwkset.UseSig, public(key))
	lax := i.verifierWith(t, auth.Config{TrustUnstatedEmail: true})
	tests := []struct {
		name     string
		verifier *auth.Verifier
		header   map[string]any
		claims   jwt.MapClaims
	}{
		{"clock a little behind", i.verifier(t), nil, i.with("nbf", i.now().Add(20*time.Second).Unix())},
		{"clock a little ahead", i.verifier(t), nil, i.with("exp", i.now().Add(-20*time.Second).Unix())},
		{"several audiences", i.verifier(t), nil, i.with("aud", []string{"account", "plumbline"})},
		{"verified, as text", i.verifier(t), nil, i.with("email_verified", "true")},
		{"type of an access token", i.verifier(t), map[string]any{"typ": "at+jwt"}, i.good()},
		{"verification unstated, by configuration", lax, nil, i.with("email_verified", nil)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := kid("k1")
			for name, value := range tt.header {
				header[name] = value
			}
			if _, err := tt.verifier.Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, key, header, tt.claims)); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("stated as unverified, by no configuration", func(t *testing.T) {
		t.Parallel()
		if _, err := lax.Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, key, kid("k1"), i.with("email_verified", false))); err == nil {
			t.Error("accepted")
		}
	})
}

func TestVerifierNeedsAnIssuerAndAnAudience(t *testing.T) {
	t.Parallel()
	for _, cfg := range []auth.Config{
		{Audience: "plumbline"},
		{Issuer: "https://id.example"},
		{Issuer: "id.example", Audience: "plumbline"},
		{Issuer: "file:///keys", Audience: "plumbline"},
	} {
		if _, err := auth.NewVerifier(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}
