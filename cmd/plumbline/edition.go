package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/storage"
)

const editionUsage = `say what to do: plumbline edition list
  | show KEY | validate FILE... | import FILE | export KEY [--format yaml|csv] [--out FILE] | diff KEY KEY`

// edition works on editions. Where no database is named and no development stack runs, all but import
// work on the editions that ship with the program.
func (p process) edition(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage{editionUsage}
	}
	switch name, rest := args[0], args[1:]; {
	case name == "list" && len(rest) == 0:
		return p.withEditions(ctx, func(k knownEditions) error { return catalog.List(p.stdout, k.all) })
	case name == "show" && len(rest) == 1:
		return p.withEditions(ctx, func(k knownEditions) error {
			e, err := k.named(rest[0])
			if err != nil {
				return err
			}
			return catalog.Show(p.stdout, e)
		})
	case name == "validate" && len(rest) > 0:
		return p.validateEditions(ctx, rest)
	case name == "import" && len(rest) == 1:
		return p.importEdition(ctx, rest[0])
	case name == "export" && len(rest) > 0:
		return p.exportEdition(ctx, rest)
	case name == "diff" && len(rest) == 2:
		return p.diffEditions(ctx, rest[0], rest[1])
	}
	return errUsage{editionUsage}
}

// knownEditions are the editions that a command works on, ordered by key.
type knownEditions struct {
	all []*inspection.Edition
	// service is that of the database they are stored in; nil if they are those of the program.
	service *inspection.Service
}

func (k knownEditions) named(key string) (*inspection.Edition, error) {
	n := slices.IndexFunc(k.all, func(e *inspection.Edition) bool { return e.Key == key })
	if n < 0 {
		return nil, fmt.Errorf("there is no edition %s; plumbline edition list names them", key)
	}
	return k.all[n], nil
}

// withEditions gives f the editions that are stored or, without a database, those that ship.
func (p process) withEditions(ctx context.Context, f func(knownEditions) error) error {
	if !p.namesDatabase() {
		shipped, err := catalog.Embedded()
		if err != nil {
			return err
		}
		slices.SortFunc(shipped, func(a, b *inspection.Edition) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) })
		return f(knownEditions{all: shipped})
	}
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	return p.withStored(ctx, store, f)
}

func (p process) withStored(ctx context.Context, store *storage.Store, f func(knownEditions) error) error {
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	stored, err := service.Editions(ctx, inspection.System())
	if err != nil {
		return err
	}
	return f(knownEditions{stored, service})
}

// namesDatabase reports whether there is a database to work on.
func (p process) namesDatabase() bool {
	if p.getenv("PLUMBLINE_DATABASE_URL") != "" {
		return true
	}
	_, err := p.stack()
	return err == nil
}

// validateEditions checks files and stores nothing. It goes through all of them, whatever is wrong.
func (p process) validateEditions(ctx context.Context, paths []string) error {
	return p.withEditions(ctx, func(k knownEditions) error {
		var wrong []error
		for _, path := range paths {
			e, err := readEdition(path, k.all)
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			fmt.Fprintf(p.stdout, "%s: %s\n", filepath.Base(path), catalog.Summary(e))
		}
		return errors.Join(wrong...)
	})
}

// importEdition stores a file's edition, whole or not at all.
func (p process) importEdition(ctx context.Context, path string) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	return p.withStored(ctx, store, func(k knownEditions) error {
		e, err := readEdition(path, k.all)
		if err != nil {
			return err
		}
		added, err := k.service.LoadEdition(ctx, inspection.System(), e)
		switch {
		case err != nil:
			return err
		case !added:
			fmt.Fprintf(p.stdout, "stored already, nothing changed: %s\n", catalog.Summary(e))
		default:
			fmt.Fprintf(p.stdout, "imported: %s\n", catalog.Summary(e))
		}
		return nil
	})
}

// readEdition reads a file that may crosswalk to any edition that is stored or that ships.
func readEdition(path string, stored []*inspection.Edition) (*inspection.Edition, error) {
	shipped, err := catalog.Embedded()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the edition cannot be read: %w", err)
	}
	defer file.Close()
	return catalog.Read(path, file, slices.Concat(stored, shipped)...)
}

// exportEdition writes an edition in one of the two forms that import reads.
func (p process) exportEdition(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	format, out := flags.String("format", "yaml", ""), flags.String("out", "", "")
	write := map[string]func(io.Writer, *inspection.Edition) error{"yaml": catalog.WriteYAML, "csv": catalog.WriteCSV}
	if err := flags.Parse(args[1:]); err != nil || flags.NArg() > 0 || write[*format] == nil {
		return errUsage{editionUsage}
	}
	return p.withEditions(ctx, func(k knownEditions) error {
		e, err := k.named(args[0])
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if err := write[*format](&text, e); err != nil {
			return err
		}
		if *out == "" {
			_, err := p.stdout.Write(text.Bytes())
			return err
		}
		return os.WriteFile(*out, text.Bytes(), 0o600)
	})
}

// diffEditions says what the second edition adds, drops and changes and, with a database, what that
// means for open findings.
func (p process) diffEditions(ctx context.Context, from, to string) error {
	return p.withEditions(ctx, func(k knownEditions) error {
		before, err := k.named(from)
		if err != nil {
			return err
		}
		after, err := k.named(to)
		if err != nil {
			return err
		}
		diff, err := inspection.DiffEditions(before, after)
		if err != nil {
			return plain(err)
		}
		if err := catalog.ReportDiff(p.stdout, diff); err != nil || k.service == nil {
			return err
		}
		impact, err := k.service.RevisionImpact(ctx, inspection.System(), diff)
		if err != nil {
			return err
		}
		return catalog.ReportImpact(p.stdout, impact)
	})
}
