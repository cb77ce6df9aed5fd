package main

import (
	"context"
	"fmt"
	"time"

	"plumbline/cmd/stack"
	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/inspection/coreset"
	"plumbline/inspection/roster"
	"plumbline/inspection/scoring"
	"plumbline/migrations"
	"plumbline/storage"
)

// migrate brings the database to this version as its owner, and loads what every installation has:
// the embedded editions, the released scoring policies and ERO's areas of responsibility.
func (p process) migrate(ctx context.Context, args []string) error {
	if err := noArguments("migrate", args); err != nil {
		return err
	}
	url, key, err := p.owner()
	if err != nil {
		return err
	}
	if err := migrations.Up(ctx, url); err != nil {
		return err
	}
	store, err := storage.Open(ctx, storage.Config{URL: url, AuditKey: key, AsOwner: true, MaxConns: 2})
	if err != nil {
		return err
	}
	defer store.Close()
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	if err := service.LoadUsers(ctx, inspection.System(), roster.FieldOffices(), nil); err != nil {
		return err
	}
	editions, err := catalog.Embedded()
	if err != nil {
		return err
	}
	added, kept, err := service.LoadEditions(ctx, inspection.System(), editions)
	if err != nil {
		return err
	}
	for _, e := range added {
		fmt.Fprintf(p.stdout, "edition %s loaded (%s)\n", e.Key, e.Hash)
	}
	for _, e := range kept {
		fmt.Fprintf(p.stdout, "edition %s left out: this installation has its own version %d of %s\n", e.Key, e.Version, e.Set)
	}
	core, err := coreset.Embedded()
	if err != nil {
		return err
	}
	loaded, err := service.LoadCoreSets(ctx, inspection.System(), core)
	if err != nil {
		return err
	}
	if loaded > 0 {
		fmt.Fprintf(p.stdout, "%d core sets loaded\n", loaded)
	}
	if err := p.loadPolicies(ctx, service); err != nil {
		return err
	}
	made, err := service.MakeMissingForms(ctx, inspection.System())
	if err != nil {
		return fmt.Errorf("the forms of issued reports: %w", plain(err))
	}
	if made > 0 {
		fmt.Fprintf(p.stdout, "reports made of %d snapshots that had none\n", made)
	}
	latest, err := migrations.Latest()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "the database is at version %d\n", latest)
	return err
}

// loadPolicies loads the released scoring policies. An installation that has given a released version's
// name to one of its own keeps its own, and is told.
func (p process) loadPolicies(ctx context.Context, service *inspection.Service) error {
	for _, policy := range scoring.Released() {
		added, err := service.LoadPolicy(ctx, inspection.System(), policy)
		switch {
		case inspection.Refused(err, inspection.Conflict):
			fmt.Fprintf(p.stdout, "policy %s not loaded: %v\n", policy.Name(), err)
		case err != nil:
			return err
		case added:
			fmt.Fprintf(p.stdout, "policy %s loaded (%s)\n", policy.Name(), policy.Hash)
		}
	}
	return nil
}

// owner is the database as its owner, from the environment or the running development stack.
func (p process) owner() (url string, auditKey []byte, err error) {
	if url := p.getenv("PLUMBLINE_MIGRATE_DATABASE_URL"); url != "" {
		key, err := p.auditKey()
		return url, key, err
	}
	if p.getenv("PLUMBLINE_DATABASE_URL") != "" {
		return "", nil, fmt.Errorf("PLUMBLINE_MIGRATE_DATABASE_URL is not set: the database as the role that owns it")
	}
	running, err := p.stack()
	if err != nil {
		return "", nil, fmt.Errorf("PLUMBLINE_MIGRATE_DATABASE_URL is not set, and %w", err)
	}
	key, err := hexKey(running.AuditKey)
	return running.MigrateDatabaseURL, key, err
}

// stack is the running development stack.
func (p process) stack() (stack.Stack, error) {
	folder, err := stack.Folder(p.getenv)
	if err != nil {
		return stack.Stack{}, err
	}
	return stack.Read(folder)
}
