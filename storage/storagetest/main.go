// Package storagetest gives tests a real PostgreSQL and a real S3 server of their own.
//
// A package that needs either has
//
//	func TestMain(m *testing.M) { storagetest.Main(m) }
//
// and its tests then ask for a Database or a Bucket. Every test gets a fresh one, so tests run in
// parallel. Each test binary runs its own servers, started when first asked for, so packages are
// tested in parallel too. A machine without PostgreSQL fails the tests; nothing is skipped.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"plumbline/storage/embedded"
)

// Main runs the tests of a package and ends the process with their exit code. It must be all that
// TestMain does, for the S3 server is this test binary started again.
func Main(m *testing.M) {
	embedded.RunChild()
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "storagetest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// shared is the one thing that a test binary's tests have in common: its servers. TestMain cannot
// hand anything to a test, so they hang on a variable.
var shared servers

// servers starts each server when it is first asked for and keeps it for the whole test binary.
type servers struct {
	mu       sync.Mutex
	home     *home
	postgres outcome[*cluster]
	s3       outcome[*embedded.S3]
}

// outcome remembers a start, so that a hundred tests do not wait for the same failure.
type outcome[T any] struct {
	tried bool
	value T
	err   error
}

// cluster is the running PostgreSQL with a pool for making and dropping databases.
type cluster struct {
	server *embedded.Postgres
	admin  *pgxpool.Pool
	names  atomic.Int64 // of the databases made so far
}

// startLimit bounds a start on a machine that is busy compiling.
const startLimit = 2 * time.Minute

func (s *servers) cluster() (*cluster, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.postgres.tried {
		s.postgres.tried = true
		s.postgres.value, s.postgres.err = s.startPostgres()
	}
	return s.postgres.value, s.postgres.err
}

func (s *servers) gateway() (*embedded.S3, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.s3.tried {
		s.s3.tried = true
		s.s3.value, s.s3.err = s.startS3()
	}
	return s.s3.value, s.s3.err
}

func (s *servers) startPostgres() (*cluster, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	bin, err := embedded.FindPostgres(ctx, os.Getenv)
	if err != nil {
		return nil, err
	}
	folder, err := s.folder()
	if err != nil {
		return nil, err
	}
	server, err := embedded.StartPostgres(ctx, embedded.PostgresConfig{Bin: bin, Dir: filepath.Join(folder, "pg"), Test: true})
	if err != nil {
		return nil, err
	}
	c := &cluster{server: server}
	if err := c.prepare(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (s *servers) startS3() (*embedded.S3, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	folder, err := s.folder()
	if err != nil {
		return nil, err
	}
	return embedded.StartS3(ctx, embedded.S3Config{
		Dir: filepath.Join(folder, "s3"), AccessKey: "storagetest", SecretKey: "storagetest-secret",
	})
}

// folder is the binary's own folder among the temporary files.
func (s *servers) folder() (string, error) {
	if s.home == nil {
		h, err := newHome()
		if err != nil {
			return "", err
		}
		s.home = h
	}
	return s.home.path, nil
}

// stop ends what was started and removes the files.
func (s *servers) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.postgres.value != nil {
		errs = append(errs, s.postgres.value.stop())
	}
	if s.s3.value != nil {
		errs = append(errs, s.s3.value.Stop())
	}
	if s.home != nil {
		errs = append(errs, s.home.remove())
	}
	return errors.Join(errs...)
}
