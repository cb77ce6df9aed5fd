package graph_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
	"plumbline/inspection/coreset"
)

// coreSet is one version to add.
func coreSet(more map[string]any, codes ...string) map[string]any {
	standards := []any{}
	for _, code := range codes {
		standards = append(standards, map[string]any{"code": code})
	}
	input := map[string]any{"set": "pbnds-2011-r2016", "fiscalYear": 2026, "name": "Core set", "source": "a memorandum", "standards": standards}
	for k, v := range more {
		input[k] = v
	}
	return input
}

const coreSetFields = "coreSet { id version supersedes fiscalYear lastFiscalYear standards { code basis } }"

func (w *world) addCoreSet(more map[string]any, codes ...string) string {
	w.t.Helper()
	payload := w.do(admin, "addCoreSet", "AddCoreSetInput", coreSetFields, coreSet(more, codes...))
	return fields(payload, "coreSet", "id").(string)
}

// scopeOf reads an inspection's standards in scope, by number, with the reasons, and what is out of it.
func (w *world) scopeOf(as, id string) (in map[string][]any, out map[string]string) {
	w.t.Helper()
	seen := w.ask(as, "query($id: ID!) { inspection(id: $id) { standards { number reasons } outOfScope { standard { number } why rating } } }", map[string]any{"id": id})
	in, out = map[string][]any{}, map[string]string{}
	for _, st := range fields(seen, "inspection", "standards").([]any) {
		in[fields(st, "number").(string)] = fields(st, "reasons").([]any)
	}
	for _, st := range fields(seen, "inspection", "outOfScope").([]any) {
		out[fields(st, "standard", "number").(string)] = fields(st, "why").(string)
		if fields(st, "rating") != "NOT_REVIEWED" {
			w.t.Errorf("what is out of scope is rated %v", fields(st, "rating"))
		}
	}
	return in, out
}

// A core set is versioned data: each change is a new version that names the one before, and what is
// wrong with it keeps it out whole.
func TestVersionsOfACoreSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	first := w.addCoreSet(nil, "MC", "FS")
	second := w.addCoreSet(map[string]any{"supersedes": first}, "MC")
	w.addCoreSet(map[string]any{"fiscalYear": 2024, "lastFiscalYear": 2025, "partial": true, "note": "seen in part"}, "MC")
	for _, c := range []struct {
		what, kind string
		more       map[string]any
		codes      []string
	}{
		{"the first version again", "ConflictProblem", nil, []string{"MC"}},
		{"on a superseded version", "ConflictProblem", map[string]any{"supersedes": first}, []string{"MC"}},
		{"on another year's version", "NotFoundProblem", map[string]any{"fiscalYear": 2027, "supersedes": second}, []string{"MC"}},
		{"a code the edition lacks", "ValidationProblem", map[string]any{"fiscalYear": 2027}, []string{"MC", "XYZ"}},
		{"a code twice", "ValidationProblem", map[string]any{"fiscalYear": 2027}, []string{"MC", "MC"}},
		{"no code", "ValidationProblem", map[string]any{"fiscalYear": 2027}, nil},
		{"an unknown standards set", "NotFoundProblem", map[string]any{"set": "nds-1066"}, []string{"MC"}},
		{"years reversed", "ValidationProblem", map[string]any{"lastFiscalYear": 2025}, []string{"MC"}},
		{"another century", "ValidationProblem", map[string]any{"fiscalYear": 1999}, []string{"MC"}},
		{"no source", "ValidationProblem", map[string]any{"fiscalYear": 2027, "source": " "}, []string{"MC"}},
		{"no name", "ValidationProblem", map[string]any{"fiscalYear": 2027, "name": ""}, []string{"MC"}},
		{"partial, and nobody knows what", "ValidationProblem", map[string]any{"fiscalYear": 2027, "partial": true}, []string{"MC"}},
	} {
		w.untouched(db, c.what, func() {
			w.refusedAs(c.kind, admin, c.what, w.try(admin, "addCoreSet", "AddCoreSetInput", "__typename", coreSet(c.more, c.codes...)))
		})
	}
	for _, as := range everybody {
		if as != admin {
			w.untouched(db, as, func() {
				w.refusedAs("ForbiddenProblem", as, "addCoreSet", w.try(as, "addCoreSet", "AddCoreSetInput", "__typename", coreSet(map[string]any{"fiscalYear": 2027}, "MC")))
			})
		}
		seen := w.ask(as, "query($id: ID!) { coreSets { id version supersedes standards { code } } node(id: $id) { __typename id } }", map[string]any{"id": second})
		sets := seen["coreSets"].([]any)
		if len(sets) != 3 || fields(sets[2], "supersedes") != first || fields(sets[2], "version") != 2.0 || fields(seen, "node", "__typename") != "CoreSet" {
			t.Errorf("%s reads %v", as, seen)
		}
	}
}

// The core sets that ship with Plumbline are loaded once.
func TestTheShippedCoreSetsAreLoadedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	sets, err := coreset.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{len(sets), 0} {
		if added, err := w.service.LoadCoreSets(t.Context(), inspection.System(), sets); err != nil || added != want {
			t.Errorf("%d added, %v; want %d", added, err, want)
		}
	}
	if n := w.count(db, "select count(*) from core_set_standard"); n != 20+28+31 {
		t.Errorf("%d standards", n)
	}
	if _, err := w.service.LoadCoreSets(t.Context(), w.users[lead], sets); !inspection.Refused(err, inspection.Forbidden) {
		t.Errorf("a lead loads core sets: %v", err)
	}
}

// A core set picks the standards of a plan; what the plan names is added, what is left over is not
// reviewed and never compliant.
func TestPlanningByACoreSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	core := w.addCoreSet(map[string]any{"standards": []any{map[string]any{"code": "MC"}, map[string]any{"code": "FS", "basis": "CARRIED"}, map[string]any{"code": "MCW", "basis": "SOMETIMES"}}})
	plan := func(more map[string]any) map[string]any {
		input := w.planInput(map[string]any{"scope": "CORE_SET", "coreSetId": core})
		for k, v := range more {
			input[k] = v
		}
		return input
	}
	for _, c := range []struct {
		what string
		more map[string]any
		want map[string][]any
	}{
		{"the core standards", nil, map[string][]any{"4.1": {"CORE_SET"}, "4.3": {"CORE_SET"}}},
		{"and some", map[string]any{"standardIds": []any{w.standard("5.8").ID, w.standard("4.3").ID}}, map[string][]any{"4.1": {"CORE_SET"}, "4.3": {"CORE_SET", "NAMED"}, "5.8": {"NAMED"}}},
		{"and what is core at some sites", map[string]any{"standardIds": []any{w.standard("4.4").ID}}, map[string][]any{"4.1": {"CORE_SET"}, "4.3": {"CORE_SET"}, "4.4": {"NAMED"}}},
	} {
		payload := w.do(lead, "planInspection", "PlanInspectionInput", "inspection { id coreSet { id version fiscalYear } }", plan(c.more))
		if fields(payload, "inspection", "coreSet", "id") != core || fields(payload, "inspection", "coreSet", "version") != 1.0 {
			t.Errorf("%s: planned by %v", c.what, fields(payload, "inspection", "coreSet"))
		}
		in, out := w.scopeOf(lead, fields(payload, "inspection", "id").(string))
		if !sameReasons(in, c.want) || len(in)+len(out) != len(w.edition.Standards()) {
			t.Errorf("%s: in scope %v, out of it %v", c.what, in, out)
		}
		if out["6.1"] != "NOT_PLANNED" || out["7.5"] != "NO_REQUIREMENTS" {
			t.Errorf("%s: out of scope is %v", c.what, out)
		}
	}
	other := w.secondEdition("nds-test")
	foreign := w.addCoreSet(map[string]any{"set": "nds-test"}, "MC", "DH")
	later := w.addCoreSet(map[string]any{"supersedes": core}, "MC")
	gone := inspection.NewID()
	w.mustExec(db, `insert into core_set select $1, standards_set, 2020, 2020, 1, null, name, partial, note, source, 1, added_at from core_set where id = $2`, gone, core)
	w.mustExec(db, `insert into core_set_standard values ($1, 0, 'GONE', 'STATED')`, gone)
	for _, c := range []struct {
		what, kind string
		more       map[string]any
	}{
		{"no core set", "ValidationProblem", map[string]any{"coreSetId": nil}},
		{"another scope", "ValidationProblem", map[string]any{"coreSetId": later, "scope": "FULL"}},
		{"an unknown core set", "NotFoundProblem", map[string]any{"coreSetId": inspection.NewID()}},
		{"another standards set's", "ValidationProblem", map[string]any{"coreSetId": foreign}},
		{"a superseded version", "ConflictProblem", nil},
		{"a code that the edition lacks", "ValidationProblem", map[string]any{"coreSetId": gone}},
	} {
		w.untouched(db, c.what, func() {
			w.refusedAs(c.kind, lead, c.what, w.try(lead, "planInspection", "PlanInspectionInput", header, plan(c.more)))
		})
	}
	// Of an edition that is known in part, a core standard may have nothing to check; it is not reviewed.
	payload := w.do(lead, "planInspection", "PlanInspectionInput", header, plan(map[string]any{"coreSetId": foreign, "editionId": other.ID}))
	in, out := w.scopeOf(lead, fields(payload, "inspection", "id").(string))
	if !sameReasons(in, map[string][]any{"4.3": {"CORE_SET"}}) || out["6.1"] != "NO_REQUIREMENTS" || out["5.8"] != "NOT_PLANNED" {
		t.Errorf("a partial edition: in scope %v, out of it %v", in, out)
	}
	// A mixed visit takes the core standard's place.
	payload = w.do(lead, "planInspection", "PlanInspectionInput", header, plan(map[string]any{"coreSetId": later,
		"also": []any{map[string]any{"editionId": other.ID, "standardIds": []any{inspection.StandardID(other.ID, "4.3")}}}, "standardIds": []any{w.standard("4.1").ID}}))
	in, out = w.scopeOf(lead, fields(payload, "inspection", "id").(string))
	if !sameReasons(in, map[string][]any{"4.1": {"NAMED"}, "4.3": {"NAMED"}}) || out["4.3"] != "OTHER_EDITION" {
		t.Errorf("a mixed visit: in scope %v, out of it %v", in, out)
	}
}

func sameReasons(got, want map[string][]any) bool {
	if len(got) != len(want) {
		return false
	}
	for number, reasons := range want {
		if !slices.Equal(got[number], reasons) {
			return false
		}
	}
	return true
}

// An issued inspection's snapshot says what was looked at and why, what was left out, who was held, and
// who reviewed what was not rated.
func TestTheSnapshotSaysWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	core := w.addCoreSet(map[string]any{"partial": true, "note": "seen in part"}, "VWP")
	id := w.planned(map[string]any{"scope": "CORE_SET", "coreSetId": core})
	w.step(lead, "startInspection", "StepInput", id, nil)
	w.roster(inspector, id, 0, "WOMEN", 3)
	w.roster(inspector, id, 1, "WOMEN", 2)
	w.answerAll(inspector, id, "NOT_APPLICABLE", "5.8")
	w.issue(id)
	seen := w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { snapshot { body } } }", map[string]any{"id": id})
	var frozen struct {
		Scope struct {
			CoreSet               struct{ Note string }
			Standards, OutOfScope []struct {
				Edition, Number, Why, Rating string
				Reasons                      []string
			}
			Population       struct{ Counts map[string]int }
			ExclusionReviews []struct{ Verdict string }
		}
	}
	if err := json.Unmarshal([]byte(fields(seen, "inspection", "snapshot", "body").(string)), &frozen); err != nil {
		t.Fatal(err)
	}
	scope := frozen.Scope
	if scope.CoreSet.Note != "seen in part" || scope.Population.Counts["WOMEN"] != 2 || len(scope.ExclusionReviews) != len(w.standard("5.8").Requirements) {
		t.Errorf("the snapshot says %+v", scope)
	}
	if len(scope.Standards) != 1 || scope.Standards[0].Number != "5.8" || !slices.Equal(scope.Standards[0].Reasons, []string{"CORE_SET"}) || len(scope.OutOfScope) != len(w.edition.Standards())-1 {
		t.Errorf("looked at %+v, left out %d", scope.Standards, len(scope.OutOfScope))
	}
	for _, st := range scope.OutOfScope {
		if st.Rating != "NOT_REVIEWED" || st.Edition != w.edition.Key {
			t.Errorf("left out: %+v", st)
		}
	}
}

// A core set stays as it was added, and so does the one an inspection was planned by, whoever asks
// the database.
func TestACoreSetStaysInTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	core := w.addCoreSet(nil, "MC")
	w.planned(map[string]any{"scope": "CORE_SET", "coreSetId": core})
	for _, c := range []struct{ as, sql, want string }{
		{admin, "update core_set set name = 'x'", denied},
		{admin, "delete from core_set_standard", denied},
		{admin, "insert into core_set_standard select core_set_id, 1, 'FS', 'STATED' from core_set_standard", "PL001"},
		{lead, "insert into core_set_standard select core_set_id, 0, 'FS', 'STATED' from core_set_standard", denied},
		{lead, "update inspection set core_set_id = null", "PL001"},
		{lead, "update inspection_standard set reasons = '{BECAUSE}'", "23514"},
	} {
		w.asRole(c.as, func(ctx context.Context, tx pgx.Tx) {
			if got := refusedBy(t, ctx, tx, c.sql); got != c.want {
				t.Errorf("%s: %s is answered %q, want %q", c.as, c.sql, got, c.want)
			}
		})
	}
}
