package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// followMake ends the stack when the make that started it ends or is told to. Make passes on only
// SIGTERM; of SIGINT and SIGHUP, and of its own death by SIGKILL, its child hears nothing. What make
// does on such a signal can be seen: it no longer catches it, and waits for its child.
func followMake(ctx context.Context, getenv func(string) string, stop func(reason error)) {
	if getenv("MAKELEVEL") == "" {
		return
	}
	parent := os.Getppid()
	before := caught(parent)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
		if os.Getppid() != parent {
			stop(fmt.Errorf("make, process %d, has ended", parent))
			return
		}
		if before&^caught(parent) != 0 {
			stop(nil)
			return
		}
	}
}

// caught is the set of signals among those that end make which the process has a handler for.
func caught(pid int) uint64 {
	const ending = 1<<(syscall.SIGHUP-1) | 1<<(syscall.SIGINT-1) | 1<<(syscall.SIGTERM-1)
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if mask, found := strings.CutPrefix(lines.Text(), "SigCgt:"); found {
			set, err := strconv.ParseUint(strings.TrimSpace(mask), 16, 64)
			if err != nil {
				return 0
			}
			return set & ending
		}
	}
	return 0
}
