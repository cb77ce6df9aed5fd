package inspection

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
)

// mostKey bounds a public key in PKIX form, in bytes. Those accepted have 91 and 44.
const mostKey = 512

// DeviceKey is the public half of a device's key: ECDSA on P-256, or Ed25519.
type DeviceKey struct {
	public crypto.PublicKey
	der    []byte
}

// ParseDeviceKey reads a public key in PKIX form (SubjectPublicKeyInfo, DER).
func ParseDeviceKey(der []byte) (DeviceKey, error) {
	if len(der) > mostKey {
		return DeviceKey{}, errDeviceKey()
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return DeviceKey{}, errDeviceKey()
	}
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return DeviceKey{}, errDeviceKey()
		}
	case ed25519.PublicKey:
	default:
		return DeviceKey{}, errDeviceKey()
	}
	// Written anew, so that one key has one form and is registered once.
	der, err = x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return DeviceKey{}, errDeviceKey()
	}
	return DeviceKey{public: public, der: der}, nil
}

func errDeviceKey() error {
	return Refuse(Invalid, "publicKey", "the public key must be ECDSA on P-256, or Ed25519, in SPKI form (DER), as base64")
}

// DER is the key in PKIX form.
func (k DeviceKey) DER() []byte { return k.der }

// Public is the key as package crypto knows it.
func (k DeviceKey) Public() crypto.PublicKey { return k.public }

// Equal reports whether two keys are the same.
func (k DeviceKey) Equal(other DeviceKey) bool { return bytes.Equal(k.der, other.der) }

// Signed reports whether the signature is by the key and of the message. A signature by ECDSA is of the
// message's SHA-256, as r and s of 32 bytes each, which is WebCrypto's form.
func (k DeviceKey) Signed(message, signature []byte) bool {
	switch key := k.public.(type) {
	case *ecdsa.PublicKey:
		if len(signature) != 64 {
			return false
		}
		digest := sha256.Sum256(message)
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(key, digest[:], r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	}
	return false
}
