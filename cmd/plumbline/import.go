package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"plumbline/inspection"
	"plumbline/inspection/roster"
)

// importFile reads a file of facts into the database.
func (p process) importFile(ctx context.Context, args []string) error {
	if len(args) != 2 || args[0] != "facilities" {
		return errUsage{"say what to import: plumbline import facilities FILE.xlsx"}
	}
	return p.importFacilities(ctx, args[1])
}

// importFacilities reads one of ICE's detention statistics workbooks. All of it is kept or nothing;
// what could not be understood is reported row by row and changes nothing.
func (p process) importFacilities(ctx context.Context, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the workbook cannot be read: %w", err)
	}
	workbook, err := roster.ReadWorkbook(bytes.NewReader(content), filepath.Base(path))
	if err != nil {
		return err
	}
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	var planned roster.Change
	err = service.ChangeRoster(ctx, inspection.System(), filepath.Base(path),
		func(facilities []inspection.Facility, ratings []inspection.ExternalRating) (inspection.RosterChange, error) {
			planned = roster.Plan(facilities, ratings, workbook)
			return planned.RosterChange, nil
		})
	if err != nil {
		return err
	}
	return roster.Report(p.stdout, planned)
}
