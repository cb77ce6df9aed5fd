package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"plumbline/inspection"
)

// What verifies a fix: an original that has arrived, is of this action or of a later inspection of the
// facility, and was both captured and declared after the fix.
func TestWhichEvidenceVerifiesAFix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a, b := w.answered(nil), w.answered(nil)
	old := w.now().UTC()
	early := a.prove(facility, nil) // declared before the fix
	w.pass(time.Hour)
	done := w.now().UTC()
	w.pass(time.Hour)
	backdated := a.prove(facility, map[string]any{"capturedFrom": old, "capturedTo": w.now().UTC()}) // may be older than the fix
	forward := a.prove(facility, nil)
	shown := a.shot()
	b.proveWith(facility, shown, map[string]any{"capturedFrom": old, "capturedTo": old})
	again := a.proveWith(facility, shown, nil)
	wrong := a.prove(facility, map[string]any{"capturedFrom": w.now().Add(time.Hour).UTC(), "capturedTo": "2199-01-01T00:00:00Z"})
	missing := inspection.NewID().String()
	now := w.now().UTC()
	a.declareProof(facility, declaration(missing, picture(1), map[string]any{"capturedFrom": now, "capturedTo": now}))
	foreign := b.prove(facility, nil)
	later := w.started("5.8")
	drill := fields(w.do(lead, "planInspection", "PlanInspectionInput", header, map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "EXERCISE", "scope": "FULL",
		"announced": true, "plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID, "teamIds": []any{w.users[inspector].ID}, "standardIds": []any{w.standard("5.8").ID}}), "inspection", "id").(string)
	w.step(lead, "startInspection", "StepInput", drill, nil)
	staged := w.upload(inspector, drill, map[string]any{"capturedFrom": now, "capturedTo": now})["id"].(string)
	own := w.upload(inspector, later, map[string]any{"capturedFrom": now, "capturedTo": now})["id"].(string)
	a.take(facility, "reportActionDone", "REPORTED_DONE", map[string]any{"doneAt": done, "evidenceIds": []any{forward}})
	fieldwork := w.rows(db, "select id::text from finding where id = $1", a.finding)[0]
	for what, c := range map[string]struct {
		ids  []any
		kind string
	}{
		"declared before the fix":        {[]any{early}, "GuardProblem"},
		"captured perhaps before it":     {[]any{backdated}, "GuardProblem"},
		"captured after it was declared": {[]any{wrong}, "GuardProblem"},
		"an old picture under a new id":  {[]any{again}, "GuardProblem"},
		"not arrived":                    {[]any{missing}, "GuardProblem"},
		"of another action":              {[]any{foreign}, "NotFoundProblem"},
		"no evidence":                    {[]any{fieldwork}, "NotFoundProblem"},
		"of an exercise":                 {[]any{staged}, "NotFoundProblem"},
		"one good, one bad":              {[]any{forward, early}, "GuardProblem"},
		"nothing that anybody ever sent": {[]any{inspection.NewID()}, "NotFoundProblem"},
	} {
		w.untouched(db, what, func() {
			w.refusedAs(c.kind, reviewer, what, a.attempt(reviewer, "verifyAction", map[string]any{"evidenceIds": c.ids}))
		})
	}
	a.take(reviewer, "verifyAction", "VERIFIED", map[string]any{"evidenceIds": []any{forward, own}})
	if seen := a.read(facility)["history"].([]any); len(fields(seen[1], "evidenceIds").([]any)) != 1 {
		t.Errorf("the facility reads of OPR's own evidence: %v", seen[1])
	}
}

// Proof is seen by who may, kept for the retention schedule at once, and touches nothing frozen.
func TestProofIsKeptApartFromFieldwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	a := w.answered(nil)
	ask := "query($id: ID!) { inspection(id: $id) { evidence { total } snapshot { sha256 body } } }"
	before := w.ask(auditor, ask, map[string]any{"id": a.id})
	theirs := a.prove(facility, nil)
	ours := a.prove(lead, nil)
	if after := w.ask(auditor, ask, map[string]any{"id": a.id}); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("proof changes the evidence or the snapshot of an issued inspection")
	}
	if n := w.count(db, "select count(*) from evidence where action_id is not null and (seq <> 0 or retain_until < now() + interval '6 years')"); n != 0 {
		t.Errorf("%d originals are in a tablet's feed, or not locked for the schedule", n)
	}
	for _, as := range everybody {
		opr := slices.Contains([]string{lead, inspector, second, reviewer, analyst, auditor}, as)
		inspected := as == facility || as == fieldOffice
		for id, sees := range map[string]bool{theirs: opr || inspected, ours: opr} {
			node := w.ask(as, "query($id: ID!) { node(id: $id) { __typename id } }", map[string]any{"id": id})["node"]
			if (node != nil) != sees {
				t.Errorf("%s sees proof: %v, want %v", as, node != nil, sees)
			}
		}
		node := w.ask(as, "query($id: ID!) { node(id: $id) { __typename } }", map[string]any{"id": a.action})["node"]
		if (node != nil) != (opr || inspected) {
			t.Errorf("%s sees the action: %v", as, node)
		}
		view := w.try(as, "viewOriginal", "EvidenceRef", "request { url }", map[string]any{"inspectionId": a.id, "evidenceId": theirs})
		if (len(messages(view)) == 0) != slices.Contains([]string{lead, inspector, second, reviewer, auditor}, as) {
			t.Errorf("%s looks at proof: %v", as, messages(view))
		}
	}
	if history := fmt.Sprint(a.read(facility)["history"]); contains(history, w.users[lead].ID.String()) {
		t.Errorf("the facility reads who did it: %s", history)
	}
	proof := a.read(facility)["proof"].([]any)
	if len(proof) != 1 || fields(proof[0], "id") != theirs || fields(proof[0], "declaredAs") != "FACILITY" {
		t.Errorf("the facility sees the proof %v", proof)
	}
	entry := declaration(inspection.NewID().String(), picture(1), nil)
	for as, want := range map[string]string{fieldOffice: "ForbiddenProblem", analyst: "ForbiddenProblem", auditor: "ForbiddenProblem",
		elsewhere: "NotFoundProblem", privacy: "NotFoundProblem", admin: "NotFoundProblem"} {
		w.untouched(db, "proof as "+as, func() { w.refusedAs(want, as, "declareProof", a.declareProof(as, entry)) })
	}
	w.untouched(db, "proof of a requirement", func() {
		w.refused("ValidationProblem", a.declareProof(facility, declaration(inspection.NewID().String(), picture(1), map[string]any{"findingId": a.finding})))
	})
	w.untouched(db, "another original under an id", func() {
		w.refused("ConflictProblem", a.declareProof(facility, declaration(theirs, picture(9), nil)))
	})
	running := w.started("5.8")
	w.untouched(db, "proof before the issue", func() {
		payload := w.try(lead, "declareProof", "DeclareProofInput", "evidence { id }", map[string]any{"inspectionId": running, "actionId": a.action, "evidence": []any{entry}})
		w.refused("ForbiddenProblem", payload)
	})
}
