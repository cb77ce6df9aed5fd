package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// vaultKeyName is the private half of the development vault's key. The server never reads it; with it
// a developer opens what a tablet has sealed.
const vaultKeyName = "vault-private-key.pem"

// loadVault returns the public half, in PEM, of the folder's vault key, which it makes if there is none.
func loadVault(folder *dataFolder) (string, error) {
	path := folder.file(vaultKeyName)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		content, err = newVault(path)
	}
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return "", fmt.Errorf("%s is no private key in PEM", path)
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := private.(*ecdsa.PrivateKey)
	if err != nil || !ok {
		return "", fmt.Errorf("%s is no private key of P-256", path)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), err
}

func newVault(path string) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	content := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	// By way of a draft: half a file would open nothing.
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return nil, err
	}
	return content, os.Rename(path+".new", path)
}
