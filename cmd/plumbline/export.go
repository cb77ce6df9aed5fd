package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/inspection"
	"plumbline/inspection/report"
)

const exportUsage = "say what to export: plumbline export snapshot INSPECTION, or plumbline export report INSPECTION [--form internal|facility|public]"

// export writes what an issued inspection left to standard output, as the operator.
func (p process) export(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return errUsage{exportUsage}
	}
	id, err := uuid.Parse(args[1])
	if err != nil {
		return errUsage{fmt.Sprintf("%q is no inspection's id", args[1])}
	}
	switch what, rest := args[0], args[2:]; {
	case what == "snapshot" && len(rest) == 0:
		return p.exportSnapshot(ctx, id)
	case what == "report":
		return p.exportReport(ctx, id, rest)
	}
	return errUsage{exportUsage}
}

// exportSnapshot writes the snapshot's body as it was signed, to the byte.
func (p process) exportSnapshot(ctx context.Context, id inspection.ID) error {
	return p.withService(ctx, func(service *inspection.Service) error {
		i, err := service.Inspection(ctx, inspection.System(), id)
		if err != nil {
			return plain(err)
		}
		snapshot, err := service.Snapshot(ctx, inspection.System(), i)
		if err != nil {
			return plain(err)
		}
		if snapshot == nil {
			return fmt.Errorf("the inspection is %s; it has a snapshot once it is issued", i.State)
		}
		_, err = p.stdout.Write(snapshot.Body)
		return err
	})
}

// exportReport writes the report as one HTML page.
func (p process) exportReport(ctx context.Context, id inspection.ID, args []string) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	name := flags.String("form", "internal", "")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage{exportUsage}
	}
	form, err := inspection.ParseForm(*name)
	if err != nil {
		return errUsage{plain(err).Error()}
	}
	template, err := report.NewTemplate()
	if err != nil {
		return err
	}
	return p.withService(ctx, func(service *inspection.Service) error {
		made, err := service.ReportForm(ctx, inspection.System(), id, form)
		if err != nil {
			return plain(err)
		}
		built, err := report.Build(*made)
		if err != nil {
			return plain(err)
		}
		page, err := template.Page(built)
		if err != nil {
			return err
		}
		_, err = p.stdout.Write(page.HTML)
		return err
	})
}

// withService runs f over the database that the environment names.
func (p process) withService(ctx context.Context, f func(*inspection.Service) error) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	return f(inspection.NewService(store, nil, time.Now, inspection.Settings{}))
}

// plain is an error in words for the operator: a refusal without its code.
func plain(err error) error {
	var messages []string
	for _, problem := range inspection.ProblemsOf(err) {
		messages = append(messages, problem.Message)
	}
	if len(messages) == 0 {
		return err
	}
	return errors.New(strings.Join(messages, "\n"))
}
