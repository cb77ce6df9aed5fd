package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// S3Config says where an S3 gateway keeps its objects and who may use it.
type S3Config struct {
	// Dir holds the objects, their versions and their metadata; it is made if it does not exist.
	Dir string
	// AccessKey and SecretKey are the root account's.
	AccessKey, SecretKey string
	// Addr is host:port to listen on; empty for a free port of 127.0.0.1.
	Addr string
	// Log receives what the gateway prints; nil drops it.
	Log io.Writer
}

// S3 is a running S3 gateway.
type S3 struct {
	// Endpoint is the URL of the gateway, without a path: http://127.0.0.1:7070.
	Endpoint string
	// AccessKey and SecretKey are the root account's.
	AccessKey, SecretKey string

	child    *child
	lifeline io.Closer
}

// StartS3 starts a versitygw gateway and returns when it answers. Cancelling ctx abandons the start;
// a gateway that has started runs until Stop, or until this process ends however it ends. The
// program's main (or TestMain) must call RunChild first.
func StartS3(ctx context.Context, cfg S3Config) (*S3, error) {
	if cfg.AccessKey == "" || cfg.SecretKey == "" {
		return nil, errors.New("embedded: s3: the access key or the secret key is empty")
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("embedded: s3: %w", err)
	}
	cfg.Dir = dir
	if cfg.Addr != "" {
		return startS3(ctx, cfg)
	}
	// Somebody may take a free port between our looking and the gateway's listening.
	for attempt := 1; ; attempt++ {
		if cfg.Addr, err = freeAddr(); err != nil {
			return nil, fmt.Errorf("embedded: s3: %w", err)
		}
		s, err := startS3(ctx, cfg)
		if err == nil || attempt == 3 || ctx.Err() != nil {
			return s, err
		}
	}
}

func startS3(ctx context.Context, cfg S3Config) (*S3, error) {
	if err := checkFree(cfg.Addr); err != nil {
		return nil, fmt.Errorf("embedded: s3: %w", err)
	}
	s, err := launchGateway(cfg)
	if err != nil {
		return nil, fmt.Errorf("embedded: s3: %w", err)
	}
	if err := s.awaitReady(ctx); err != nil {
		_ = s.Stop() // err says what is wrong
		return nil, fmt.Errorf("embedded: s3 on %s: %w", cfg.Addr, err)
	}
	return s, nil
}

// launchGateway starts this executable again as a gateway. The settings travel through a pipe, so
// that the keys stand in no environment; the pipe stays open as the gateway's lifeline.
func launchGateway(cfg S3Config) (*S3, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(gatewaySettings{Dir: cfg.Dir, Addr: cfg.Addr, AccessKey: cfg.AccessKey, SecretKey: cfg.SecretKey})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVariable+"="+childS3)
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c, err := startChild(cmd, account{}, syscall.SIGKILL, cfg.Log)
	if err != nil {
		return nil, err
	}
	s := &S3{Endpoint: "http://" + cfg.Addr, AccessKey: cfg.AccessKey, SecretKey: cfg.SecretKey, child: c, lifeline: lifeline}
	if _, err := lifeline.Write(append(settings, '\n')); err != nil {
		<-c.done // only an end of the child can close the pipe
		return nil, fmt.Errorf("%w%s", err, c.log.suffix())
	}
	return s, nil
}

func (s *S3) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Second, errors.New("no answer for 30 s"))
	defer cancel()
	for {
		err := s.healthy(ctx)
		if s.child.ended() {
			return fmt.Errorf("stopped at once: %w%s", s.child.err, s.child.log.suffix())
		}
		if err == nil {
			return nil
		}
		if sleepErr := sleep(ctx, 10*time.Millisecond); sleepErr != nil {
			return fmt.Errorf("%w: %w%s", sleepErr, err, s.child.log.suffix())
		}
	}
}

func (s *S3) healthy(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint+healthPath, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s", response.Status)
	}
	return nil
}

// PID is the process id of the gateway.
func (s *S3) PID() int { return s.child.cmd.Process.Pid }

// Done is closed when the gateway has ended, by Stop or by itself.
func (s *S3) Done() <-chan struct{} { return s.child.done }

// Stop ends the gateway and returns when the process is gone. The error says that it had failed
// before.
func (s *S3) Stop() error {
	if s.child.ended() {
		return fmt.Errorf("embedded: s3 had ended: %w%s", s.child.err, s.child.log.suffix())
	}
	s.child.stop(step{ask: s.lifeline.Close, wait: 300 * time.Millisecond})
	return nil
}

func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// checkFree fails if somebody listens on the address: the gateway itself would say so only in its
// log.
func checkFree(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is taken by another program", addr)
	}
	if err != nil {
		return err
	}
	return listener.Close()
}
