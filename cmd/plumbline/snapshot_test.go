package main_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/storage"
	"plumbline/storage/storagetest"
)

// anIssue is a database with one issued inspection and one that is planned.
func anIssue(t *testing.T) (environ []string, issued, planned inspection.ID) {
	t.Helper()
	db := storagetest.Database(t)
	store, err := storage.Open(t.Context(), storage.Config{URL: db.AppURL, AuditKey: bytes.Repeat([]byte("k"), 32), MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	editions, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	edition := editions[0]
	if _, err := service.LoadEdition(t.Context(), inspection.System(), edition); err != nil {
		t.Fatal(err)
	}
	place := inspection.NewID()
	err = service.ChangeRoster(t.Context(), inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		return inspection.RosterChange{NewFacilities: []inspection.Facility{{ID: place, Name: "PINE RIVER", Type: inspection.TypeCDF, Source: "test"}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lead := inspection.Actor{ID: inspection.NewID(), Email: "lead@opr.example", Name: "Lead", Role: inspection.RoleLead}
	reviewer := inspection.Actor{ID: inspection.NewID(), Email: "reviewer@opr.example", Name: "Reviewer", Role: inspection.RoleReviewer}
	if err := service.LoadUsers(t.Context(), inspection.System(), nil, []inspection.Actor{lead, reviewer}); err != nil {
		t.Fatal(err)
	}
	plan := func() *inspection.Inspection {
		i, err := service.PlanInspection(t.Context(), lead, inspection.PlanInput{FacilityID: place, EditionID: edition.ID, Origin: inspection.Live, Scope: inspection.ScopeFull,
			Announced: new(bool), PlannedStart: time.Now(), PlannedEnd: time.Now(), LeadID: lead.ID, StandardIDs: []inspection.ID{inspection.StandardID(edition.ID, "5.8")}})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	i, ctx := plan(), t.Context()
	next := func(changed *inspection.Inspection, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		i = changed
	}
	next(service.StartInspection(ctx, lead, i.ID, i.Revision))
	var answers []inspection.AnswerInput
	for _, st := range edition.Standards() {
		for _, r := range st.Requirements {
			if st.Number == "5.8" {
				answers = append(answers, inspection.AnswerInput{RequirementID: r.ID, Rating: inspection.Meets, Methods: []inspection.Method{inspection.Observed}, CorrectedOnSite: inspection.NotCorrected})
			}
		}
	}
	if _, err := service.RecordAnswers(ctx, lead, i.ID, answers); err != nil {
		t.Fatal(err)
	}
	next(service.FinishFieldwork(ctx, lead, i.ID, i.Revision, "", nil))
	next(service.RecommendRating(ctx, lead, i.ID, i.Revision, "Recommended", "because"))
	next(service.SubmitForReview(ctx, lead, i.ID, i.Revision))
	next(service.ApproveInspection(ctx, reviewer, i.ID, i.Revision))
	next(service.SetFinalRating(ctx, reviewer, i.ID, i.Revision, "Set", "because"))
	next(service.IssueInspection(ctx, reviewer, i.ID, i.Revision))
	key := hex.EncodeToString(bytes.Repeat([]byte("k"), 32))
	return []string{"PLUMBLINE_DATABASE_URL=" + db.AppURL, "PLUMBLINE_AUDIT_KEY=" + key}, i.ID, plan().ID
}

func TestWhatWasIssuedIsExportedAndVerified(t *testing.T) {
	t.Parallel()
	environ, issued, planned := anIssue(t)
	snapshot := run(t, environ, "export", "snapshot", issued.String())
	if snapshot.code != 0 || snapshot.stderr != "" || !strings.HasPrefix(snapshot.stdout, `{"format":"plumbline-snapshot/2"`) {
		t.Fatalf("export: %d %.200s %s", snapshot.code, snapshot.stdout, snapshot.stderr)
	}
	path := filepath.Join(t.TempDir(), "snapshot.json")
	if err := os.WriteFile(path, []byte(snapshot.stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(snapshot.stdout))
	want := result{0, "format plumbline-snapshot/2\nsha256 " + hex.EncodeToString(sum[:]) +
		"\ntally: recomputed, agrees\nwhat the policies read: recomputed, agrees\nscore g324a version 1: recomputed, agrees\n" +
		"score odo-bands version 1: recomputed, agrees\nscore xccdf version 1: recomputed, agrees\ndocument: recomputed, agrees\n", ""}
	if got := run(t, nil, "verify", "snapshot", path); got != want {
		t.Errorf("verify: %+v", got)
	}
	for _, form := range []string{"internal", "FACILITY", "public"} {
		got := run(t, environ, "export", "report", issued.String(), "--form", form)
		if got.code != 0 || got.stderr != "" || !strings.HasPrefix(got.stdout, "<!DOCTYPE html>") || !strings.Contains(got.stdout, hex.EncodeToString(sum[:])) {
			t.Errorf("the %s form: %d %.200s %s", form, got.code, got.stdout, got.stderr)
		}
		if strings.Contains(got.stdout, "Recommended by the lead") != (form == "internal") {
			t.Errorf("the %s form and the recommended rating", form)
		}
	}
	for _, what := range []string{"snapshot", "report"} {
		if got := run(t, environ, "export", what, planned.String()); got.code != 1 || got.stdout != "" || !strings.Contains(got.stderr, "the inspection is PLANNED") {
			t.Errorf("the %s of a planned inspection: %+v", what, got)
		}
		if got := run(t, environ, "export", what, someID); got.code != 1 || got.stdout != "" || strings.Contains(got.stderr, "NOT_FOUND") {
			t.Errorf("the %s of no inspection: %+v", what, got)
		}
	}
}

func TestVerifyFindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	first, err := os.ReadFile("../../inspection/testdata/snapshot-1.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body string
		code int
		says string
	}{
		"the first format": {string(first), 0, "score g324a version 1: recomputed, agrees"},
		"a changed rating": {strings.Replace(string(first), `"rating":"UNDETERMINED"`, `"rating":"MEETS"`, 1), 1, "score g324a version 1: DIFFERS"},
		"no snapshot":      {"<html>", 1, "this is no snapshot"},
	} {
		path := filepath.Join(t.TempDir(), "snapshot.json")
		if err := os.WriteFile(path, []byte(c.body), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := run(t, nil, "verify", "snapshot", path); got.code != c.code || !strings.Contains(got.stdout+got.stderr, c.says) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := run(t, nil, "verify", "snapshot", filepath.Join(t.TempDir(), "missing")); got.code != 1 || !strings.Contains(got.stderr, "cannot be read") {
		t.Errorf("a missing file: %+v", got)
	}
}
