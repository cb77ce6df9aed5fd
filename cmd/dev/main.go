// Command dev runs the whole of Plumbline on one machine, for development: a private PostgreSQL and
// an S3 gateway as child processes, the migrations, the edition, real facilities, demo users with an
// issuer for their tokens, and the server.
//
//	dev                 run the stack until Ctrl-C
//	dev replay FILE     play published inspections through the API of the running stack
//
// PLUMBLINE_DATA names the data folder (.plumbline), PLUMBLINE_ADDR the server's address
// (localhost:8080), PLUMBLINE_PGBIN the folder of PostgreSQL's binaries; FRESH=1 starts over.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"plumbline/cmd/dev/replay"
	"plumbline/storage/embedded"
)

func main() {
	embedded.RunChild()
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run returns the exit code. A signal ends the command in order; a second one ends it at once.
func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals()...)
	defer stop()
	context.AfterFunc(ctx, stop)
	err := command(ctx, args, getenv, stdout)
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	if !errors.Is(err, replay.ErrNotAllMatched) { // the replay has said all, and its last line is its sum
		fmt.Fprintln(stderr, "dev:", err)
	}
	return 1
}

// command picks what to do.
func command(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	if len(args) == 0 {
		return runStack(ctx, getenv, stdout)
	}
	switch args[0] {
	case "replay":
		return replay.Run(ctx, args[1:], getenv, stdout)
	default:
		return fmt.Errorf("unknown command %q; usage: dev | dev replay FILE", args[0])
	}
}

// endingSignals are the signals that end the stack. Under nohup a hangup does not.
func endingSignals() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
