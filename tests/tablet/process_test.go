package tablet_test

import (
	"bufio"
	"bytes"
	"io"
	"os/exec"
	"testing"
	"time"
)

// startNode starts a Node program, hands over each line that it says, and ends it with the test. It
// returns where the program listens: the program ends by itself when that is closed.
func startNode(t *testing.T, name, folder string, said func(line []byte), silent func(), arguments ...string) io.Writer {
	t.Helper()
	cmd := exec.Command("node", arguments...)
	cmd.Dir = folder
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer silent()
		for in := bufio.NewReader(stdout); ; {
			line, err := in.ReadBytes('\n')
			if err != nil {
				return
			}
			said(line)
		}
	}()
	t.Cleanup(func() {
		_ = stdin.Close()
		timer := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		<-read
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Errorf("%s ended with %v\n%s", name, err, complaints.String())
		}
	})
	return stdin
}
