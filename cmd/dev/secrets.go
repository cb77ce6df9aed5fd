package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// secrets are made once for a data folder and kept with it.
type secrets struct {
	S3AccessKey string `json:"s3AccessKey"`
	S3SecretKey string `json:"s3SecretKey"`
	// AuditKey is 32 bytes in hex.
	AuditKey string `json:"auditKey"`
	// TokenKey is 32 bytes in hex.
	TokenKey string `json:"tokenKey"`
}

// loadSecrets reads the folder's secrets, or makes them for a new folder.
func loadSecrets(folder *dataFolder) (secrets, error) {
	path := folder.file("secrets.json")
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return keepSecrets(path, secrets{S3AccessKey: "plumbline-" + randomHex(6), S3SecretKey: randomHex(20), AuditKey: randomHex(32), TokenKey: randomHex(32)})
	}
	if err != nil {
		return secrets{}, err
	}
	var s secrets
	if err := json.Unmarshal(content, &s); err != nil {
		return secrets{}, fmt.Errorf("%s: %w", path, err)
	}
	if s.TokenKey == "" { // a folder from before there were device tokens
		s.TokenKey = randomHex(32)
		return keepSecrets(path, s)
	}
	return s, nil
}

func keepSecrets(path string, s secrets) (secrets, error) {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return secrets{}, err
	}
	// By way of a draft: half a file would lock the audit log's key out.
	if err := os.WriteFile(path+".new", append(content, '\n'), 0o600); err != nil {
		return secrets{}, err
	}
	return s, os.Rename(path+".new", path)
}

// randomHex is n random bytes in hex.
func randomHex(n int) string {
	random := make([]byte, n)
	rand.Read(random) // never fails
	return hex.EncodeToString(random)
}
