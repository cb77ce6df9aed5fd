package embedded

import (
	"io"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a process that does not outlive this one.
type child struct {
	cmd  *exec.Cmd
	log  *tail
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; to be read after done
}

// startChild starts cmd under the account, with its output going to log (which may be nil) and
// into the child's tail. The kernel sends death to the child when this process dies.
func startChild(cmd *exec.Cmd, who account, death syscall.Signal, log io.Writer) (*child, error) {
	c := &child{cmd: cmd, log: newTail(12), done: make(chan struct{})}
	var out io.Writer = c.log
	if log != nil {
		out = io.MultiWriter(c.log, log)
	}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second // a grandchild may hold the output open
	cmd.SysProcAttr = attributes(who, death)
	started := make(chan error, 1)
	go c.run(started)
	if err := <-started; err != nil {
		return nil, who.explain(err)
	}
	return c, nil
}

// run forks and waits on one operating-system thread: Linux sends the death signal when the
// thread that forked ends, not the process, so that thread has to stay as long as the child.
func (c *child) run(started chan<- error) {
	runtime.LockOSThread()
	defer close(c.done)
	if err := c.cmd.Start(); err != nil {
		started <- err
		return
	}
	release, err := guard(c.cmd.Process.Pid)
	if err != nil {
		c.err = c.cmd.Process.Kill()
		started <- err
		return
	}
	started <- nil
	c.err = c.cmd.Wait()
	release()
}

// ended says whether the process is gone.
func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// step is one more insistent way to ask a child to end, and how long to wait for it.
type step struct {
	ask  func() error
	wait time.Duration
}

// stop takes the steps in turn until the process has ended. The last resort is SIGKILL.
func (c *child) stop(steps ...step) {
	kill := step{ask: c.cmd.Process.Kill, wait: time.Minute}
	for _, s := range append(steps, kill) {
		if c.ended() {
			return
		}
		if err := s.ask(); err != nil {
			continue // it ended just now, or the next step has to do
		}
		select {
		case <-c.done:
			return
		case <-time.After(s.wait):
		}
	}
}

// signal is a step that sends a signal.
func (c *child) signal(s syscall.Signal, wait time.Duration) step {
	return step{ask: func() error { return c.cmd.Process.Signal(s) }, wait: wait}
}
