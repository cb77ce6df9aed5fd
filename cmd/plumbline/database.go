package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"plumbline/storage"
)

// openStore opens the database that the environment names, else the running development stack's.
func (p process) openStore(ctx context.Context) (*storage.Store, error) {
	if url := p.getenv("PLUMBLINE_DATABASE_URL"); url != "" {
		key, err := p.auditKey()
		if err != nil {
			return nil, err
		}
		return storage.Open(ctx, storage.Config{URL: url, AuditKey: key, MaxConns: 2})
	}
	running, err := p.stack()
	if err != nil {
		return nil, fmt.Errorf("PLUMBLINE_DATABASE_URL is not set, and %w", err)
	}
	key, err := hexKey(running.AuditKey)
	if err != nil {
		return nil, err
	}
	return storage.Open(ctx, storage.Config{URL: running.DatabaseURL, AuditKey: key, MaxConns: 2})
}

// auditKey reads the key of the audit chains, from the variable or from the file it names.
func (p process) auditKey() ([]byte, error) {
	digits := p.getenv("PLUMBLINE_AUDIT_KEY")
	if path := p.getenv("PLUMBLINE_AUDIT_KEY_FILE"); digits == "" && path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("PLUMBLINE_AUDIT_KEY_FILE cannot be read: %w", err)
		}
		digits = strings.TrimSpace(string(content))
	}
	if digits == "" {
		return nil, fmt.Errorf("PLUMBLINE_AUDIT_KEY is not set: what this command changes is audited")
	}
	return hexKey(digits)
}

func hexKey(digits string) ([]byte, error) {
	key, err := hex.DecodeString(digits)
	if err != nil || len(key) < 32 {
		return nil, fmt.Errorf("PLUMBLINE_AUDIT_KEY is wrong: it must be at least 64 hex digits")
	}
	return key, nil
}
