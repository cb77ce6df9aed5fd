package auth_test

import (
	"crypto/elliptic"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"plumbline/graph/auth"
)

func TestNewKeyIsFetchedWhenATokenNamesIt(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	old, next := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	i.publish(t, "old", "ES256", jwkset.UseSig, public(old))
	v := i.verifier(t)
	oldToken := sign(t, jwt.SigningMethodES256, old, kid("old"), i.good())
	mustAccept(t, v, oldToken)

	i.withdrawAll()
	i.publish(t, "next", "ES256", jwkset.UseSig, public(next))
	i.wait(time.Minute)
	mustAccept(t, v, sign(t, jwt.SigningMethodES256, next, kid("next"), i.good()))
	mustRefuse(t, v, oldToken, false)
}

func TestWithdrawnKeyEndsWithoutANewOne(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	stays, goes := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	i.publish(t, "stays", "ES256", jwkset.UseSig, public(stays))
	i.publish(t, "goes", "ES256", jwkset.UseSig, public(goes))
	v := i.verifier(t)
	token := sign(t, jwt.SigningMethodES256, goes, kid("goes"), i.good())
	mustAccept(t, v, token)

	i.withdrawAll()
	i.publish(t, "stays", "ES256", jwkset.UseSig, public(stays))
	i.wait(20 * time.Minute)
	mustRefuse(t, v, token, false)
}

func TestInventedKeyIDsDoNotFloodTheIssuer(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	key := ecKey(t, elliptic.P256())
	i.publish(t, "k1", "ES256", jwkset.UseSig, public(key))
	v := i.verifier(t)
	mustAccept(t, v, sign(t, jwt.SigningMethodES256, key, kid("k1"), i.good()))
	i.wait(time.Minute)

	var wg sync.WaitGroup
	for n := range 50 {
		token := sign(t, jwt.SigningMethodES256, key, kid(fmt.Sprint("invented-", n)), i.good())
		wg.Go(func() { mustRefuse(t, v, token, false) })
	}
	wg.Wait()
	if n := i.fetches(); n != 2 {
		t.Errorf("the key set was fetched %d times, want 2: at first and once for fifty inventions", n)
	}
	mustAccept(t, v, sign(t, jwt.SigningMethodES256, key, kid("k1"), i.good()))
}

func TestIssuerDownAtTheStart(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	key := ecKey(t, elliptic.P256())
	i.publish(t, "k1", "ES256", jwkset.UseSig, public(key))
	i.set(func() { i.down = true })
	v := i.verifier(t)
	mustRefuse(t, v, sign(t, jwt.SigningMethodES256, key, kid("k1"), i.good()), true)

	i.set(func() { i.down = false })
	i.wait(time.Minute)
	mustAccept(t, v, sign(t, jwt.SigningMethodES256, key, kid("k1"), i.good()))
}

func TestIssuerDownLaterIsBridgedForADay(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	key := ecKey(t, elliptic.P256())
	i.publish(t, "k1", "ES256", jwkset.UseSig, public(key))
	v := i.verifier(t)
	mustAccept(t, v, sign(t, jwt.SigningMethodES256, key, kid("k1"), i.good()))

	i.set(func() { i.down = true })
	i.wait(23 * time.Hour)
	mustAccept(t, v, sign(t, jwt.SigningMethodES256, key, kid("k1"), i.good()))
	i.wait(2 * time.Hour)
	mustRefuse(t, v, sign(t, jwt.SigningMethodES256, key, kid("k1"), i.good()), true)
}

func TestUntrustworthyIssuerGivesNoKeys(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(*testing.T, *issuer)
	}{
		{"discovery of another issuer", func(_ *testing.T, i *issuer) { i.claims = "https://evil.example" }},
		{"keys in a file", func(_ *testing.T, i *issuer) { i.jwksURI = "file:///etc/keys" }},
		{"no keys", func(_ *testing.T, i *issuer) { i.keys = nil }},
		{"symmetric keys only", func(t *testing.T, i *issuer) {
			i.keys = nil
			jwk, err := jwkset.NewJWKFromKey([]byte("secret secret secret secret secret"), jwkset.JWKOptions{
				Metadata: jwkset.JWKMetadataOptions{KID: "k1"}, Marshal: jwkset.JWKMarshalOptions{Private: true}})
			if err != nil {
				t.Fatal(err)
			}
			i.keys = []jwkset.JWKMarshal{jwk.Marshal()}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t)
			key := ecKey(t, elliptic.P256())
			i.publish(t, "k1", "ES256", jwkset.UseSig, public(key))
			i.set(func() { tt.make(t, i) })
			mustRefuse(t, i.verifier(t), sign(t, jwt.SigningMethodES256, key, kid("k1"), i.good()), true)
		})
	}
}

func mustAccept(t *testing.T, v *auth.Verifier, token string) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("refused: %v", err)
	}
}

func mustRefuse(t *testing.T, v *auth.Verifier, token string, unavailable bool) {
	t.Helper()
	_, err := v.Verify(t.Context(), token)
	var refusal *auth.Error
	if !errors.As(err, &refusal) || refusal.Unavailable != unavailable {
		t.Errorf("got %v; want a refusal, unavailable %t", err, unavailable)
	}
}
