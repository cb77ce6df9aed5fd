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

  plumbline serve                      run the server (settings: see README.md)
  plumbline migrate                    bring the database to this version and load the standards
  plumbline import facilities FILE     read one of ICE's detention statistics workbooks (.xlsx)
  plumbline edition list               list the editions of the standards
  plumbline edition show KEY           say what an edition holds and how well it is known
  plumbline edition validate FILE...   check editions (.yaml, .csv) and store nothing
  plumbline edition import FILE        store an edition, whole or not at all
  plumbline edition export KEY         write an edition: --format yaml or csv, --out FILE
  plumbline edition diff KEY KEY       say what a version adds, drops and changes for open findings
  plumbline score vectors FILE         compare policy odo-bands with published ratings (YAML)
  plumbline score policies list        list the scoring policies
  plumbline score policies show NAME   print a policy's document; NAME is ID or ID@VERSION
  plumbline score policies import FILE load a new version of a policy (JSON)
  plumbline export report INSPECTION   write an issued inspection's report, one HTML page (--form internal,
                                       facility or public)
  plumbline export snapshot INSPECTION write the frozen document of an issued inspection, JSON
  plumbline verify snapshot FILE       recompute tally and score from an exported snapshot
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
	case "edition":
		return p.edition(ctx, rest)
	case "score":
		return p.score(ctx, rest)
	case "export":
		return p.export(ctx, rest)
	case "verify":
		return p.verify(ctx, rest)
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
