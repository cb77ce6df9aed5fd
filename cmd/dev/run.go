package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"plumbline/cmd/stack"
	"plumbline/storage/embedded"
)

// runStack starts everything, says so, and serves until ctx ends. Nothing is started if the address
// is taken or the data folder is in use, and nothing is left when it returns.
func runStack(ctx context.Context, getenv func(string) string, stdout io.Writer) error {
	settings, err := readSettings(getenv)
	if err != nil {
		return err
	}
	listener, err := listen(settings.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	folder, err := openDataFolder(settings.folder, settings.fresh)
	if err != nil {
		return err
	}
	defer folder.close()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go followMake(ctx, getenv, cancel)
	err = runOn(ctx, cancel, folder, listener, publicURL(settings.addr, listener), getenv, stdout)
	if ctx.Err() != nil {
		return context.Cause(ctx) // why it ended, and not what broke because of that
	}
	return err
}

// runOn runs the stack on its folder and address.
func runOn(ctx context.Context, fail func(error), folder *dataFolder, listener net.Listener, url string,
	getenv func(string) string, stdout io.Writer) error {
	keys, err := loadSecrets(folder)
	if err != nil {
		return err
	}
	vault, err := loadVault(folder)
	if err != nil {
		return err
	}
	servers, err := startServers(ctx, folder, keys, getenv)
	if err != nil {
		return err
	}
	defer servers.stop()
	go servers.watch(ctx, fail)
	issuer, err := startIssuer(folder)
	if err != nil {
		return err
	}
	defer issuer.stop()

	described := describe(servers, issuer, keys, url)
	described.VaultKey = vault
	if err := seed(ctx, described); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if err := described.Write(folder.path); err != nil {
		return err
	}
	go announce(ctx, described, folder, stdout, fail)
	return serveStack(ctx, described, folder.path, listener)
}

// describe says where everything is.
func describe(servers *servers, issuer *devIssuer, keys secrets, url string) stack.Stack {
	return stack.Stack{
		PID:                os.Getpid(),
		URL:                url,
		DatabaseURL:        servers.postgres.URL(embedded.ServerRole, databaseName),
		MigrateDatabaseURL: servers.postgres.URL(embedded.OwnerRole, databaseName),
		S3: stack.S3{
			Endpoint: servers.s3.Endpoint, Region: embedded.Region, Bucket: bucketName,
			AccessKey: keys.S3AccessKey, SecretKey: keys.S3SecretKey,
		},
		Issuer:   stack.Issuer{URL: issuer.url, Audience: audience},
		AuditKey: keys.AuditKey,
		TokenKey: keys.TokenKey,
	}
}

// announce waits until the server says that it is ready, and tells the user what to do next.
func announce(ctx context.Context, s stack.Stack, folder *dataFolder, stdout io.Writer, fail func(error)) {
	if err := awaitReady(ctx, s.URL+"/readyz"); err != nil {
		fail(err)
		return
	}
	fmt.Fprintf(stdout, welcome, s.URL, s.URL, s.URL, s.DatabaseURL, folder.path)
}

const welcome = `ready: %s

  API explorer   %s/graphiql   (choose a demo user, run the examples)
  API            %s/graphql
  a token        bin/plumbline token --user lead@opr.example
  the database   psql '%s'
  the data       %s   (FRESH=1 make run starts over)

Ctrl-C stops everything.
`

func awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("the server is not ready after a minute"))
	defer cancel()
	for {
		err := get(ctx, url)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func get(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}
