package tablet_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// build makes the production binary, as 'make build' does.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "plumbline")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "plumbline/cmd/plumbline").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// command runs a short command of the program to its end.
func command(t *testing.T, program string, environ []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = environ
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("plumbline %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// server is one process of 'plumbline serve', at the same address however often it is started.
type server struct {
	program, address string
	environ          []string
	log              *journal
	process          *os.Process
	ended            chan error
}

// journal keeps what all runs of a server logged.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// newServer starts a server at a free address and stops it with the test.
func newServer(t *testing.T, program string, environ []string) *server {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{program: program, address: free.Addr().String(), log: &journal{}}
	s.environ = append([]string{"PLUMBLINE_ADDR=" + s.address}, environ...)
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.kill() }) // what it says of its end, the test has no use for
	return s
}

// start runs the server and returns when it is ready.
func (s *server) start(ctx context.Context) error {
	cmd := exec.Command(s.program, "serve")
	cmd.Env, cmd.Stdout, cmd.Stderr = s.environ, s.log, s.log
	cmd.SysProcAttr = dyingWithUs()
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the kernel ties the child to the thread that forked it
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.process, s.ended = cmd.Process, ended
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if err := s.ready(ctx); err == nil {
			return nil
		}
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("the server ended with %v\n%s", err, s.log)
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready\n%s", s.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *server) ready(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", response.Status)
	}
	return nil
}

// kill ends the server as kill -9 does.
func (s *server) kill() error {
	if err := s.process.Kill(); err != nil {
		return err
	}
	<-s.ended
	return nil
}
