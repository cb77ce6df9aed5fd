package storage

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"plumbline/inspection"
)

// sealer encrypts what the database keeps and must not know: AES-256-GCM under a key that is derived
// from the audit key. What is sealed for one id opens under no other.
func (s *Store) sealer() (cipher.AEAD, error) {
	h := hmac.New(sha256.New, s.auditKey)
	h.Write([]byte("plumbline webhook secrets 1"))
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("storage: seal: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Store) seal(id inspection.ID, secret []byte) ([]byte, error) {
	aead, err := s.sealer()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, secret, id[:]), nil
}

func (s *Store) unseal(id inspection.ID, sealed []byte) ([]byte, error) {
	aead, err := s.sealer()
	if err != nil {
		return nil, err
	}
	secret, err := aead.Open(nil, nil, sealed, id[:])
	if err != nil {
		return nil, fmt.Errorf("storage: the secret of webhook %s was sealed with another audit key: %w", id, err)
	}
	return secret, nil
}
