package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"plumbline/graph/auth"
)

// issuer is an OIDC issuer on a real listener whose keys a test may change at will.
type issuer struct {
	url string

	mu      sync.Mutex
	keys    []jwkset.JWKMarshal
	claims  string // the issuer that the discovery document states; empty for its own
	jwksURI string // empty for its own
	down    bool
	fetched int // how often the key set was fetched
	clock   time.Time
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", i.keySet)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

func (i *issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		http.Error(w, "down", http.StatusBadGateway)
		return
	}
	doc := map[string]string{"issuer": i.url, "jwks_uri": i.url + "/keys"}
	if i.claims != "" {
		doc["issuer"] = i.claims
	}
	if i.jwksURI != "" {
		doc["jwks_uri"] = i.jwksURI
	}
	_ = json.NewEncoder(w).Encode(doc)
}

func (i *issuer) keySet(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetched++
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": i.keys})
}

// set changes the issuer under its lock.
func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

func (i *issuer) fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetched
}

func (i *issuer) now() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.clock
}

func (i *issuer) wait(d time.Duration) { i.set(func() { i.clock = i.clock.Add(d) }) }

func (i *issuer) publish(t *testing.T, kid, alg string, use jwkset.USE, key any) {
	t.Helper()
	jwk, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{
		Metadata: jwkset.JWKMetadataOptions{KID: kid, ALG: jwkset.ALG(alg), USE: use},
		Marshal:  jwkset.JWKMarshalOptions{Private: true}, // a symmetric key has no other form
	})
	if err != nil {
		t.Fatal(err)
	}
	i.set(func() { i.keys = append(i.keys, jwk.Marshal()) })
}

func (i *issuer) withdrawAll() { i.set(func() { i.keys = nil }) }

func (i *issuer) verifier(t *testing.T) *auth.Verifier {
	t.Helper()
	return i.verifierWith(t, auth.Config{})
}

func (i *issuer) verifierWith(t *testing.T, cfg auth.Config) *auth.Verifier {
	t.Helper()
	cfg.Issuer, cfg.Audience, cfg.Now = i.url, "plumbline", i.now
	cfg.Logger = slog.New(slog.DiscardHandler)
	v, err := auth.NewVerifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// good returns the claims of a valid token.
func (i *issuer) good() jwt.MapClaims {
	now := i.now()
	return jwt.MapClaims{
		"iss": i.url, "aud": "plumbline", "sub": "u-1",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"email": "Lead@OPR.example", "email_verified": true, "name": "Lee Ad",
	}
}

func (i *issuer) with(name string, value any) jwt.MapClaims {
	c := i.good()
	c[name] = value
	if value == nil {
		delete(c, name)
	}
	return c
}

func sign(t *testing.T, method jwt.SigningMethod, key any, header map[string]any, claims jwt.Claims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for name, value := range header {
		token.Header[name] = value
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func kid(id string) map[string]any { return map[string]any{"kid": id} }

func ecKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func edKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(key crypto.Signer) any { return key.Public() }
