package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"plumbline/cmd/stack"
	"plumbline/storage/embedded"
)

const (
	databaseName = "plumbline"
	bucketName   = "plumbline-evidence"
)

// servers are the child processes of the stack.
type servers struct {
	postgres *embedded.Postgres
	s3       *embedded.S3
	logs     []*os.File
}

// startServers starts PostgreSQL and the S3 gateway side by side, and makes the database and the
// bucket ready. If one fails, neither is left.
func startServers(ctx context.Context, folder *dataFolder, keys secrets, getenv func(string) string) (*servers, error) {
	s := &servers{}
	started := make(chan error, 2)
	postgresLog, err := s.log(folder, "postgres.log")
	if err != nil {
		return nil, err
	}
	s3Log, err := s.log(folder, "s3.log")
	if err != nil {
		return nil, err
	}
	go func() { started <- s.startPostgres(ctx, folder, postgresLog, getenv) }()
	go func() { started <- s.startS3(ctx, folder, keys, s3Log) }()
	if err := errors.Join(<-started, <-started); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// log opens a child's log, which begins anew with every start of the stack.
func (s *servers) log(folder *dataFolder, name string) (*os.File, error) {
	file, err := os.OpenFile(folder.file(name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	s.logs = append(s.logs, file)
	return file, nil
}

func (s *servers) startPostgres(ctx context.Context, folder *dataFolder, log *os.File, getenv func(string) string) error {
	bin, err := embedded.FindPostgres(ctx, getenv)
	if err != nil {
		return err
	}
	s.postgres, err = embedded.StartPostgres(ctx, embedded.PostgresConfig{Bin: bin, Dir: folder.file("postgres"), Log: log})
	if err != nil {
		return err
	}
	return s.postgres.PrepareDatabase(ctx, databaseName)
}

// startS3 starts the object store where it was last time, so that open upload plans hold, or else on
// another free port: a port that was free a moment ago may be somebody's by now.
func (s *servers) startS3(ctx context.Context, folder *dataFolder, keys secrets, log *os.File) (err error) {
	config := embedded.S3Config{Dir: folder.file("s3"), AccessKey: keys.S3AccessKey, SecretKey: keys.S3SecretKey, Log: log,
		Addr: ownAddr(folder, func(last stack.Stack) string { return last.S3.Endpoint })}
	s.s3, err = embedded.StartS3(ctx, config)
	if err != nil && ctx.Err() == nil {
		config.Addr = ""
		s.s3, err = embedded.StartS3(ctx, config)
	}
	if err != nil {
		return err
	}
	return s.s3.CreateBucket(ctx, bucketName)
}

// watch calls fail when one of the servers ends by itself.
func (s *servers) watch(ctx context.Context, fail func(reason error)) {
	select {
	case <-ctx.Done():
	case <-s.postgres.Done():
		fail(fmt.Errorf("PostgreSQL has stopped: see postgres.log in the data folder"))
	case <-s.s3.Done():
		fail(fmt.Errorf("the S3 gateway has stopped: see s3.log in the data folder"))
	}
}

// stop ends both servers side by side. What one says about having failed, watch has said before.
func (s *servers) stop() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s.s3 != nil {
			_ = s.s3.Stop()
		}
	}()
	if s.postgres != nil {
		_ = s.postgres.Stop()
	}
	<-done
	for _, log := range s.logs {
		_ = log.Close() // nothing is buffered
	}
}
