package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
)

// maxDocument bounds a document of the issuer, in bytes.
const maxDocument = 1 << 20

// minRSA is the shortest RSA modulus accepted, in bits.
const minRSA = 2048

// source fetches an issuer's keys by way of its discovery document.
type source struct {
	issuer string
	scheme string
	client *http.Client
}

func newSource(issuer string, client *http.Client) (source, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return source{}, fmt.Errorf("auth: issuer %q is not an http(s) URL", issuer)
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error {
		return errors.New("auth: the issuer redirects, which is not followed")
	}
	return source{issuer: issuer, scheme: u.Scheme, client: &own}, nil
}

// fetch reads the discovery document and then the key set it names.
func (s source) fetch(ctx context.Context) (keyfunc.Keyfunc, error) {
	var discovery struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	address := strings.TrimSuffix(s.issuer, "/") + "/.well-known/openid-configuration"
	if err := s.get(ctx, address, &discovery); err != nil {
		return nil, err
	}
	if discovery.Issuer != s.issuer {
		return nil, fmt.Errorf("auth: %s describes issuer %q", address, discovery.Issuer)
	}
	if u, err := url.Parse(discovery.JWKSURI); err != nil || (u.Scheme != "https" && u.Scheme != s.scheme) {
		return nil, fmt.Errorf("auth: %s names the key address %q, which is not https", address, discovery.JWKSURI)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := s.get(ctx, discovery.JWKSURI, &set); err != nil {
		return nil, err
	}
	return collect(ctx, set.Keys)
}

func (s source) get(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("auth: %s answered %s", address, resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxDocument)).Decode(into); err != nil {
		return fmt.Errorf("auth: %s: %w", address, err)
	}
	return nil
}

// collect keeps the keys that may verify a token and passes over the others: an issuer's set may
// hold keys for encryption, or of kinds not known here.
func collect(ctx context.Context, raw []json.RawMessage) (keyfunc.Keyfunc, error) {
	store := jwkset.NewMemoryStorage()
	n := 0
	for _, text := range raw {
		key, err := jwkset.NewJWKFromRawJSON(text, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err != nil || !verifies(key) {
			continue
		}
		if err := store.KeyWrite(ctx, key); err != nil {
			return nil, fmt.Errorf("auth: keep key: %w", err)
		}
		n++
	}
	if n == 0 {
		return nil, errors.New("auth: the issuer's key set has no key that can verify a token")
	}
	return keyfunc.New(keyfunc.Options{Ctx: ctx, Storage: store})
}

func verifies(key jwkset.JWK) bool {
	meta := key.Marshal()
	if meta.KID == "" || (meta.USE != "" && meta.USE != jwkset.UseSig) {
		return false
	}
	switch public := key.Key().(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSA
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}
