package main_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"plumbline/cmd/stack"
)

// program is the path of the program under test, built once for all tests.
var program string

func TestMain(m *testing.M) {
	code, err := build(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func build(m *testing.M) (int, error) {
	folder, err := os.MkdirTemp("", "plumbline-dev-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(folder)
	program = filepath.Join(folder, "dev")
	if out, err := exec.Command("go", "build", "-o", program, "plumbline/cmd/dev").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// command prepares a run of the program on a data folder, at a free port unless environ says
// otherwise.
func command(t *testing.T, folder string, environ ...string) *exec.Cmd {
	t.Helper()
	return prepare(exec.Command(program), folder, environ...)
}

func prepare(cmd *exec.Cmd, folder string, environ ...string) *exec.Cmd {
	cmd.Env = append(os.Environ(), "PLUMBLINE_DATA="+folder, "PLUMBLINE_ADDR=localhost:0", "FRESH=", "MAKELEVEL=", "MAKEFLAGS=")
	cmd.Env = append(cmd.Env, environ...)
	return cmd
}

// start runs a stack until it says that it is ready, and ends it with the test at the latest.
func start(t *testing.T, folder string, environ ...string) (*exec.Cmd, stack.Stack) {
	t.Helper()
	cmd := command(t, folder, environ...)
	return cmd, begin(t, cmd, folder)
}

func begin(t *testing.T, cmd *exec.Cmd, folder string) stack.Stack {
	t.Helper()
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			_ = cmd.Wait()
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready: http://localhost:") {
		_ = cmd.Wait()
		t.Fatalf("got %q, %v and the complaint %q; want ready", line, err, complaints.String())
	}
	s, err := stack.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	if url := strings.TrimSpace(strings.TrimPrefix(line, "ready: ")); url != s.URL {
		t.Errorf("it says that %s is ready and stack.json names %s", url, s.URL)
	}
	return s
}

// fails runs the program, expects it to end by itself and returns its complaint.
func fails(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Run(); err == nil {
		t.Fatal("the program succeeded")
	}
	if text := complaints.String(); strings.Count(text, "\n") != 1 {
		t.Errorf("the complaint is not one line: %q", text)
	}
	return complaints.String()
}

// status asks the server and returns the status code.
func status(t *testing.T, url string) int {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// eventually fails the test if the condition does not come true. The time is a bound for a machine
// that is busy with other things, not a promise.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("still not so: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
