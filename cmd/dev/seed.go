package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"plumbline/cmd/stack"
	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/inspection/coreset"
	"plumbline/inspection/roster"
	"plumbline/inspection/scoring"
	"plumbline/storage"
)

// seed puts into the database what every stack begins with: the edition, the real facilities, the
// demo users and one exercise in progress. It runs at every start, after the migrations and before
// the server, and changes nothing that is there already.
func seed(ctx context.Context, s stack.Stack) error {
	key, err := hex.DecodeString(s.AuditKey)
	if err != nil {
		return fmt.Errorf("audit key: %w", err)
	}
	store, err := storage.Open(ctx, storage.Config{URL: s.DatabaseURL, AuditKey: key, MaxConns: 2})
	if err != nil {
		return err
	}
	defer store.Close()
	// Nothing that is seeded has evidence, so that the service needs no object store.
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	editions, err := catalog.Embedded()
	if err != nil {
		return err
	}
	if _, _, err := service.LoadEditions(ctx, inspection.System(), editions); err != nil {
		return err
	}
	core, err := coreset.Embedded()
	if err != nil {
		return err
	}
	if _, err := service.LoadCoreSets(ctx, inspection.System(), core); err != nil {
		return fmt.Errorf("core sets: %w", err)
	}
	for _, policy := range scoring.Released() {
		if _, err := service.LoadPolicy(ctx, inspection.System(), policy); err != nil {
			return fmt.Errorf("policy %s: %w", policy.Name(), err)
		}
	}
	if err := seedRoster(ctx, service); err != nil {
		return fmt.Errorf("facilities: %w", err)
	}
	if err := service.LoadUsers(ctx, inspection.System(), nil, demoUsers()); err != nil {
		return fmt.Errorf("users: %w", err)
	}
	newest, err := service.NewestEdition(ctx, inspection.System(), catalog.EmbeddedKey)
	if err != nil {
		return err
	}
	if err := seedExercise(ctx, service, newest.ID); err != nil {
		return fmt.Errorf("exercise: %w", err)
	}
	if _, err := service.MakeMissingForms(ctx, inspection.System()); err != nil {
		return fmt.Errorf("reports of issued inspections: %w", err)
	}
	return nil
}

// seedRoster adds the facilities and ratings of the embedded roster that are not there yet.
func seedRoster(ctx context.Context, service *inspection.Service) error {
	if err := service.LoadUsers(ctx, inspection.System(), roster.FieldOffices(), nil); err != nil {
		return err
	}
	return service.ChangeRoster(ctx, inspection.System(), "embedded roster",
		func(facilities []inspection.Facility, ratings []inspection.ExternalRating) (inspection.RosterChange, error) {
			known := map[inspection.ID]bool{}
			for _, f := range facilities {
				known[f.ID] = true
			}
			for _, r := range ratings {
				known[r.ID] = true
			}
			seeded, err := roster.Seed()
			var change inspection.RosterChange
			for _, f := range seeded.Facilities {
				if !known[f.ID] {
					change.NewFacilities = append(change.NewFacilities, f)
				}
			}
			for _, r := range seeded.Ratings {
				if !known[r.ID] {
					change.NewRatings = append(change.NewRatings, r)
				}
			}
			return change, err
		})
}

// seedExercise plans and starts one exercise with a full scope, so that every client has something
// to open at once. It is made once and never again.
func seedExercise(ctx context.Context, service *inspection.Service, edition inspection.ID) error {
	people := map[inspection.Role]inspection.Actor{}
	for _, u := range demoUsers() {
		people[u.Role] = u
	}
	lead := people[inspection.RoleLead]
	there, err := service.Inspections(ctx, people[inspection.RoleReviewer], inspection.InspectionQuery{Origins: []inspection.Origin{inspection.Exercise}, Limit: 1})
	if err != nil || len(there.Inspections) > 0 {
		return err
	}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	announced := false
	planned, err := service.PlanInspection(ctx, lead, inspection.PlanInput{
		FacilityID: inspection.FacilityID(demoDetloc), EditionID: edition, Origin: inspection.Exercise, Scope: inspection.ScopeFull,
		Announced: &announced, PlannedStart: today, PlannedEnd: today.AddDate(0, 0, 2),
		LeadID: lead.ID, TeamIDs: []inspection.ID{people[inspection.RoleInspector].ID}})
	if err != nil {
		return err
	}
	_, err = service.StartInspection(ctx, lead, planned.ID, planned.Revision)
	return err
}
