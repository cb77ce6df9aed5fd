package inspection

import (
	"crypto/ecdh"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// VaultAlgorithm names the one way to seal to a vault key: HPKE (RFC 9180) in base mode, single-shot,
// with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM.
const VaultAlgorithm = "HPKE-P256-SHA256-A256GCM"

const (
	// vaultPoint is the length of an encapsulated key: an uncompressed point of P-256.
	vaultPoint = 65
	// vaultTag is the length of AES-GCM's tag.
	vaultTag = 16
	// MaxSealedNote is the longest interview note in bytes before it is sealed.
	MaxSealedNote = 64 << 10
)

// VaultKey is the public half of a key to which tablets seal interview notes. Its private half is in
// no part of Plumbline.
type VaultKey struct {
	// ID is the first 16 hex digits of the SHA-256 of Public.
	ID string
	// Public is an uncompressed point of P-256, 65 bytes: the public key as RFC 9180 serialises it.
	Public []byte
}

// Algorithm is VaultAlgorithm.
func (VaultKey) Algorithm() string { return VaultAlgorithm }

// PublicText is Public in base64.
func (k VaultKey) PublicText() string { return base64.StdEncoding.EncodeToString(k.Public) }

// ReadVaultKeys reads public keys from PEM ("PUBLIC KEY", of P-256). The first is the one to seal to;
// the others are earlier ones, to which tablets that were away may still have sealed. Its errors do
// not repeat the text.
func ReadVaultKeys(text []byte) ([]VaultKey, error) {
	var keys []VaultKey
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		text = rest
		key, err := readVaultKey(block)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 || strings.TrimSpace(string(text)) != "" {
		return nil, errors.New("is not one or more public keys in PEM")
	}
	return keys, nil
}

func readVaultKey(block *pem.Block) (VaultKey, error) {
	if strings.Contains(block.Type, "PRIVATE") {
		return VaultKey{}, errors.New("holds a private key; the server must never have it, give it the public one")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return VaultKey{}, errors.New("holds a block that is no public key (PKIX, PEM)")
	}
	convertible, ok := parsed.(interface {
		ECDH() (*ecdh.PublicKey, error)
	})
	if !ok {
		return VaultKey{}, errors.New("holds a public key that is not of the curve P-256")
	}
	public, err := convertible.ECDH()
	if err != nil || public.Curve() != ecdh.P256() {
		return VaultKey{}, errors.New("holds a public key that is not of the curve P-256")
	}
	return NewVaultKey(public), nil
}

// NewVaultKey returns the vault key of a public key of P-256.
func NewVaultKey(public *ecdh.PublicKey) VaultKey {
	point := public.Bytes()
	sum := sha256.Sum256(point)
	return VaultKey{ID: hex.EncodeToString(sum[:8]), Public: point}
}

// NoteInfo is the info parameter with which a note is sealed and opened. It ties the note to its
// inspection and its id: under any other it does not open.
func NoteInfo(inspection, note ID) []byte {
	return fmt.Appendf(nil, "plumbline interview note 1 %s %s", inspection, note)
}

// checkSealed says what is wrong with a sealed note, as far as that can be seen without opening it.
// Text that was never sealed has no point of the curve in front.
func checkSealed(path string, sealed []byte) Problems {
	switch {
	case len(sealed) <= vaultPoint+vaultTag:
		return Problems{newProblem(Invalid, path, "a sealed note has more than %d bytes: encapsulated key, text and tag", vaultPoint+vaultTag)}
	case len(sealed) > vaultPoint+vaultTag+MaxSealedNote:
		return Problems{newProblem(Invalid, path, "a note has at most %d bytes before it is sealed; split it", MaxSealedNote)}
	}
	if _, err := ecdh.P256().NewPublicKey(sealed[:vaultPoint]); err != nil {
		return Problems{newProblem(Invalid, path, "this is no note sealed by %s: it does not begin with an encapsulated key", VaultAlgorithm)}
	}
	return nil
}
