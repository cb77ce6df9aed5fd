package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
	"plumbline/inspection/scoring/vectors"
)

// score is about the scoring policies.
func (p process) score(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "vectors":
		return p.scoreVectors(args[1])
	case len(args) == 2 && args[0] == "policies" && args[1] == "list":
		return p.listPolicies(ctx)
	case len(args) == 3 && args[0] == "policies" && args[1] == "show":
		return p.showPolicy(ctx, args[2])
	case len(args) == 3 && args[0] == "policies" && args[1] == "import":
		return p.importPolicy(ctx, args[2])
	}
	return errUsage{"say what to do: plumbline score vectors FILE, or score policies list, show ID[@VERSION] or import FILE"}
}

// scoreVectors rates published figures by odo-bands and compares the result with what was published.
func (p process) scoreVectors(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the vectors cannot be read: %w", err)
	}
	read, err := vectors.Read(bytes.NewReader(content))
	if err != nil {
		return inFile(path, err)
	}
	for _, policy := range scoring.Newest(scoring.Policies()) {
		bands, ok := policy.(scoring.ODOBands)
		if !ok {
			continue
		}
		compared, err := vectors.Compare(bands, read)
		if err != nil {
			return inFile(path, err)
		}
		return vectors.Print(p.stdout, compared)
	}
	return fmt.Errorf("this program has no policy odo-bands")
}

// inFile puts the file's name before every line of an error.
func inFile(path string, err error) error {
	lines := strings.Split(err.Error(), "\n")
	for n, line := range lines {
		lines[n] = filepath.Base(path) + ", " + line
	}
	return fmt.Errorf("%s", strings.Join(lines, "\n"))
}

// policies are all that the installation has.
func (p process) policies(ctx context.Context) ([]inspection.StoredPolicy, error) {
	store, err := p.openStore(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return inspection.NewService(store, nil, time.Now, inspection.Settings{}).Policies(ctx, inspection.System())
}

func (p process) listPolicies(ctx context.Context) error {
	all, err := p.policies(ctx)
	if err != nil {
		return err
	}
	for _, policy := range all {
		loaded := "released, not loaded"
		if policy.LoadedAt != nil {
			loaded = "loaded " + policy.LoadedAt.Format(time.DateOnly)
		}
		if _, err := fmt.Fprintf(p.stdout, "%-14s %s  %s  %s\n", policy.Name(), policy.Hash, loaded, policy.Policy.Identity().Title); err != nil {
			return err
		}
	}
	return nil
}

// showPolicy prints a policy's document, the newest version's if none is named.
func (p process) showPolicy(ctx context.Context, name string) error {
	id, digits, named := strings.Cut(name, "@")
	version, err := strconv.Atoi(digits)
	if named && err != nil {
		return errUsage{"write the policy as ID@VERSION, e.g. odo-bands@1"}
	}
	all, err := p.policies(ctx)
	if err != nil {
		return err
	}
	var shown *inspection.StoredPolicy
	for n := range all {
		if identity := all[n].Policy.Identity(); identity.ID == id && (!named || identity.Version == version) {
			shown = &all[n] // they come by version, so that the last is the newest
		}
	}
	if shown == nil {
		return fmt.Errorf("there is no policy %s", name)
	}
	_, err = fmt.Fprintln(p.stdout, strings.TrimRight(string(shown.Content), "\n"))
	return err
}

// importPolicy stores a policy's document. All of it is kept or nothing.
func (p process) importPolicy(ctx context.Context, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the policy cannot be read: %w", err)
	}
	document, err := scoring.ReadDocument(content)
	if err != nil {
		return inFile(path, err)
	}
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	added, err := inspection.NewService(store, nil, time.Now, inspection.Settings{}).LoadPolicy(ctx, inspection.System(), document)
	switch {
	case err != nil:
		return inFile(path, err)
	case !added:
		_, err = fmt.Fprintf(p.stdout, "policy %s is loaded already (%s)\n", document.Name(), document.Hash)
	default:
		_, err = fmt.Fprintf(p.stdout, "policy %s loaded (%s)\n", document.Name(), document.Hash)
	}
	return err
}
