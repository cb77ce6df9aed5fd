// Command plumbline is the production binary: the server, and the operator's commands beside it. It
// only wires; what it wires is in the packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

const usage = `plumbline is the backend for inspections of detention facilities.

  plumbline serve                      run the server (settings: see README, "Configuration")
  plumbline migrate                    bring the database to this version and load the standards
  plumbline import facilities FILE     read one of ICE's detention statistics workbooks (.xlsx)
  plumbline score vectors FILE         compare policy odo-bands with published ratings (YAML)
  plumbline score policies list        list the scoring policies
  plumbline score policies show NAME   print a policy's document; NAME is ID or ID@VERSION
  plumbline score policies import FILE load a new version of a policy (JSON)
  plumbline token --user EMAIL         print a token of the development stack
  plumbline version                    print the version

Every command but serve uses the development stack that runs on PLUMBLINE_DATA (default .plumbline)
where no database is named to it.
`

// Exit codes.
const (
	succeeded = 0
	failed    = 1
	misused   = 2
)

// process is what a command has of its surroundings.
type process struct {
	environ        []string
	stdout, stderr io.Writer
}

// getenv is the variable's value, empty if it is not set.
func (p process) getenv(name string) string {
	for _, entry := range p.environ {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

// errUsage says that the command was called wrongly.
type errUsage struct{ text string }

func (e errUsage) Error() string { return e.text }

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	p := process{environ, stdout, stderr}
	err := p.command(ctx, args)
	var wrong errUsage
	switch {
	case err == nil:
		return succeeded
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "plumbline: %s\n\n%s", wrong.text, usage)
		return misused
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		fmt.Fprintf(stderr, "plumbline: %s\n", line)
	}
	return failed
}

func (p process) command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage{"name a command"}
	}
	switch name, rest := args[0], args[1:]; name {
	case "serve":
		return p.serve(ctx, rest)
	case "migrate":
		return p.migrate(ctx, rest)
	case "import":
		return p.importFile(ctx, rest)
	case "score":
		return p.score(ctx, rest)
	case "token":
		return p.token(ctx, rest)
	case "version":
		_, err := fmt.Fprintln(p.stdout, version())
		return err
	case "help", "-h", "--help":
		_, err := io.WriteString(p.stdout, usage)
		return err
	default:
		return errUsage{fmt.Sprintf("there is no command %q", name)}
	}
}

func noArguments(name string, args []string) error {
	if len(args) > 0 {
		return errUsage{name + " takes no arguments"}
	}
	return nil
}
