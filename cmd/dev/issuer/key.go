package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyFile holds the signing key in the data folder, readable by its owner only.
const keyFile = "issuer.pem"

// loadKey reads the signing key, or makes one.
func loadKey(folder string) (*ecdsa.PrivateKey, error) {
	path := filepath.Join(folder, keyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("issuer: %s holds no key; delete it to have a new one made", path)
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("issuer: %s holds no key; delete it to have a new one made: %w", path, err)
	}
	return key, nil
}

func makeKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	return key, nil
}

// publicJWK writes the key as a JSON Web Key (RFC 7518, section 6.2).
func publicJWK(key *ecdsa.PublicKey) (map[string]string, error) {
	point, err := key.Bytes() // 4, x, y
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	half := (len(point) - 1) / 2
	return map[string]string{"kty": "EC", "crv": "P-256", "x": encode(point[1 : 1+half]), "y": encode(point[1+half:])}, nil
}

// thumbprint names the key by RFC 7638.
func thumbprint(key *ecdsa.PrivateKey) (string, error) {
	jwk, err := publicJWK(&key.PublicKey)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":%q,"kty":%q,"x":%q,"y":%q}`, jwk["crv"], jwk["kty"], jwk["x"], jwk["y"]))
	return encode(sum[:]), nil
}
