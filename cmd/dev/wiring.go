package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"plumbline/cmd/serve"
	"plumbline/cmd/stack"
	"plumbline/storage/blob"
)

// logName is the server's log in the data folder; the terminal stays readable that way.
const logName = "server.log"

// serveStack answers on the listener until ctx ends, as production would but for three things: the
// explorer is there, evidence locks can be lifted, and stopping waits for nobody.
func serveStack(ctx context.Context, s stack.Stack, folder string, listener net.Listener) error {
	log, err := os.OpenFile(filepath.Join(folder, logName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	defer log.Close()
	config, err := serve.Load(environOf(s))
	if err != nil {
		return err
	}
	return serve.Run(ctx, config, serve.Options{Listener: listener, Log: log, Development: &serve.Development{IssuerURL: s.Issuer.URL}})
}

// environOf configures the server as its operator would, by its settings and their defaults.
func environOf(s stack.Stack) []string {
	return []string{
		"PLUMBLINE_DATABASE_URL=" + s.DatabaseURL,
		"PLUMBLINE_S3_ENDPOINT=" + s.S3.Endpoint,
		"PLUMBLINE_S3_REGION=" + s.S3.Region,
		"PLUMBLINE_S3_BUCKET=" + s.S3.Bucket,
		"PLUMBLINE_S3_ACCESS_KEY=" + s.S3.AccessKey,
		"PLUMBLINE_S3_SECRET_KEY=" + s.S3.SecretKey,
		"PLUMBLINE_S3_RETENTION=" + string(blob.Governance),
		"PLUMBLINE_PRIVATE_WEBHOOKS=true",
		"PLUMBLINE_OIDC_ISSUER=" + s.Issuer.URL,
		"PLUMBLINE_OIDC_AUDIENCE=" + s.Issuer.Audience,
		"PLUMBLINE_AUDIT_KEY=" + s.AuditKey,
		"PLUMBLINE_TOKEN_KEY=" + s.TokenKey,
		"PLUMBLINE_VAULT_KEY=" + s.VaultKey,
		"PLUMBLINE_SHUTDOWN_TIMEOUT=300ms",
	}
}
