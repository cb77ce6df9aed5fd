package tablet_test

import (
	"encoding/hex"
	"testing"
	"time"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/storage"
)

// office is what is done at a desk, behind the servers.
type office struct {
	*inspection.Service
	t       *testing.T
	edition *inspection.Edition
}

func (w *world) office(t *testing.T) office {
	t.Helper()
	key, err := hex.DecodeString(auditKey)
	if err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(t.Context(), storage.Config{URL: w.database.AppURL, AuditKey: key, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	edition, err := service.NewestEdition(t.Context(), inspection.System(), catalog.EmbeddedKey)
	if err != nil {
		t.Fatal(err)
	}
	return office{service, t, edition}
}

// must is the result of what is not refused.
func must[T any](t *testing.T) func(T, error) T {
	return func(result T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
}

// begin loads the people and a facility with an earlier visit, and starts an inspection of it with every item.
func (w *world) begin(t *testing.T) {
	t.Helper()
	o := w.office(t)
	reviewer := inspection.Actor{ID: inspection.NewID(), Email: "reviewer@opr.example", Name: "Tablet reviewer", Role: inspection.RoleReviewer}
	if err := o.LoadUsers(t.Context(), inspection.System(), nil, append([]inspection.Actor{reviewer}, w.team...)); err != nil {
		t.Fatal(err)
	}
	w.facility = inspection.NewID()
	err := o.ChangeRoster(t.Context(), inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		return inspection.RosterChange{NewFacilities: []inspection.Facility{{ID: w.facility, Name: "PINE RIVER PROCESSING CENTER", City: "PINE RIVER",
			State: "LA", FieldOffice: "NOL", Type: inspection.TypeCDF, Source: "test"}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	o.visited(w, reviewer, today.AddDate(0, -6, 0))
	w.inspection = o.visit(w, today).ID
}

// visit plans an inspection of the standards, or of every one, and starts it.
func (o office) visit(w *world, day time.Time, standards ...inspection.ID) *inspection.Inspection {
	o.t.Helper()
	var others []inspection.ID
	for _, member := range w.team[1:] {
		others = append(others, member.ID)
	}
	announced, lead := true, w.team[0]
	planned := must[*inspection.Inspection](o.t)(o.PlanInspection(o.t.Context(), lead, inspection.PlanInput{FacilityID: w.facility, EditionID: o.edition.ID,
		Origin: inspection.Exercise, Scope: inspection.ScopeFull, Announced: &announced, PlannedStart: day, PlannedEnd: day.AddDate(0, 0, 2),
		LeadID: lead.ID, TeamIDs: others, StandardIDs: standards}))
	return must[*inspection.Inspection](o.t)(o.StartInspection(o.t.Context(), lead, planned.ID, planned.Revision))
}

// visited is a visit of one standard that found everything met but its first requirement, and was issued.
func (o office) visited(w *world, reviewer inspection.Actor, day time.Time) {
	o.t.Helper()
	ctx, lead, step := o.t.Context(), w.team[0], must[*inspection.Inspection](o.t)
	standard := o.edition.Standards()[0]
	i := o.visit(w, day, standard.ID)
	var answers []inspection.AnswerInput
	for n, r := range standard.Requirements {
		a := inspection.AnswerInput{RequirementID: r.ID, Rating: inspection.Meets, Methods: []inspection.Method{inspection.Observed}, CorrectedOnSite: inspection.NotCorrected}
		if n == 0 {
			a.Rating = inspection.DoesNotMeet
		}
		answers = append(answers, a)
	}
	must[[]inspection.Answer](o.t)(o.RecordAnswers(ctx, lead, i.ID, answers))
	must[[]inspection.Finding](o.t)(o.AdoptDrafts(ctx, lead, i.ID, []inspection.AdoptInput{{RequirementID: standard.Requirements[0].ID}}))
	i = step(o.FinishFieldwork(ctx, lead, i.ID, i.Revision, "", nil))
	i = step(o.RecommendRating(ctx, lead, i.ID, i.Revision, "Pass", "as scored"))
	i = step(o.SubmitForReview(ctx, lead, i.ID, i.Revision))
	i = step(o.ApproveInspection(ctx, reviewer, i.ID, i.Revision))
	i = step(o.SetFinalRating(ctx, reviewer, i.ID, i.Revision, "Pass", "agreed"))
	step(o.IssueInspection(ctx, reviewer, i.ID, i.Revision))
}
