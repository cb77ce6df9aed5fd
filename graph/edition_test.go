package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

const confirmedFields = `edition { key set version supersedes hash parts { standards { number requirements {
	key citation citationSeen text strength verified priority prioritySource numbersSeen confirmed confirmation { title url page by on } } } } }`

// confirmation is a request to confirm two requirements of an edition.
func confirmation(edition string, more map[string]any) map[string]any {
	input := map[string]any{"editionKey": edition, "title": "PBNDS 2011, revised December 2016", "url": "https://example.org/pbnds.pdf",
		"requirements": []any{
			map[string]any{"key": "4.3-V.A-01", "citation": "V.A.2", "page": "p. 258", "text": "Care is free", "priority": "SOURCED"},
			map[string]any{"key": "1.1-V.A-01", "citation": "V.A", "page": "p. 2"}}}
	for k, v := range more {
		input[k] = v
	}
	return input
}

func requirementsOf(payload map[string]any) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, part := range payload["edition"].(map[string]any)["parts"].([]any) {
		for _, standard := range part.(map[string]any)["standards"].([]any) {
			for _, r := range standard.(map[string]any)["requirements"].([]any) {
				all[r.(map[string]any)["key"].(string)] = r.(map[string]any)
			}
		}
	}
	return all
}

// Two requirements confirmed in one request make one new version. What was confirmed is shown with its
// source; the version before, and what is bound to it, stays as it was; one event says who did it.
func TestAConfirmationIsANewVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bound := w.started("4.3")
	payload := w.do(admin, "confirmRequirements", "ConfirmRequirementsInput", confirmedFields, confirmation(w.edition.Key, nil))
	made := payload["edition"].(map[string]any)
	if made["key"] != "pbnds-2011-r2016-v2" || made["set"] != "pbnds-2011-r2016" || made["version"] != 2.0 || made["supersedes"] != "pbnds-2011-r2016" {
		t.Fatalf("made %v %v %v %v", made["key"], made["set"], made["version"], made["supersedes"])
	}
	now := requirementsOf(payload)
	first := now["4.3-V.A-01"]
	delete(first["confirmation"].(map[string]any), "on")
	if diff := cmp.Diff(map[string]any{"key": "4.3-V.A-01", "citation": "V.A.2", "citationSeen": true, "text": "Care is free", "strength": "QUOTED", "verified": "official text",
		"priority": "SOURCED", "prioritySource": "official text", "numbersSeen": false, "confirmed": true,
		"confirmation": map[string]any{"title": "PBNDS 2011, revised December 2016", "url": "https://example.org/pbnds.pdf", "page": "p. 258", "by": w.users[admin].ID.String()}}, first); diff != "" {
		t.Errorf("confirmed (-want +got):\n%s", diff)
	}
	if second := now["1.1-V.A-01"]; second["citation"] != "V.A" || second["confirmed"] != true || second["prioritySource"] == "official text" {
		t.Errorf("the second is %v", second)
	}
	if other := now["4.3-V.A-02"]; other["confirmed"] != false || !strings.HasSuffix(other["citation"].(string), "(unconfirmed)") {
		t.Errorf("another is %v", other)
	}
	before := w.ask(reviewer, `query($id: ID!) { edition(key: "pbnds-2011-r2016") { hash } inspection(id: $id) { standards { edition { key partial partialNote } } checklist { items { requirement { text confirmed lineage population sighting { first } confirmation { on } } } } } }`, map[string]any{"id": bound})
	if before["edition"].(map[string]any)["hash"] != w.edition.Hash {
		t.Error("the version before has changed")
	}
	scope := before["inspection"].(map[string]any)["standards"].([]any)[0].(map[string]any)["edition"].(map[string]any)
	if scope["key"] != "pbnds-2011-r2016" || scope["partial"] != true || scope["partialNote"] == "" {
		t.Errorf("the inspection is bound to %v", scope)
	}
	newest := w.ask(analyst, `{ edition(key: "pbnds-2011-r2016", latest: true) { key } }`, nil)
	if newest["edition"].(map[string]any)["key"] != "pbnds-2011-r2016-v2" {
		t.Errorf("the newest is %v", newest)
	}
	events := 0
	if err := w.behind().QueryRow(t.Context(), `select count(*) from audit_event where action = 'MANAGE_EDITIONS' and actor_id = $1 and detail->>'supersedes' = 'pbnds-2011-r2016'
		and (detail->'confirmed')::jsonb = '["4.3-V.A-01", "1.1-V.A-01"]'::jsonb`, w.users[admin].ID).Scan(&events); err != nil || events != 1 {
		t.Errorf("%d events (%v)", events, err)
	}
}

// A repeated request changes nothing. One that was written for an older version is refused as stale, for
// its author saw other words.
func TestAConfirmationIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.do(admin, "confirmRequirements", "ConfirmRequirementsInput", "edition { key hash }", confirmation(w.edition.Key, nil))
	again := w.do(admin, "confirmRequirements", "ConfirmRequirementsInput", "edition { key hash }", confirmation(w.edition.Key, nil))
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("repeated (-first +again):\n%s", diff)
	}
	other := confirmation(w.edition.Key, map[string]any{"title": "Another document"})
	message := w.refused("StaleRevisionProblem", w.try(admin, "confirmRequirements", "ConfirmRequirementsInput", "edition { key }", other))
	if !strings.Contains(message, "pbnds-2011-r2016-v2 is") {
		t.Errorf("the refusal does not name the newest version: %s", message)
	}
	other["editionKey"] = "pbnds-2011-r2016-v2"
	third := w.do(admin, "confirmRequirements", "ConfirmRequirementsInput", "edition { key supersedes }", other)
	if diff := cmp.Diff(map[string]any{"key": "pbnds-2011-r2016-v3", "supersedes": "pbnds-2011-r2016-v2"}, third["edition"]); diff != "" {
		t.Errorf("third (-want +got):\n%s", diff)
	}
	keys := w.ask(reviewer, "{ editions { key } }", nil)["editions"].([]any)
	if len(keys) != 3 {
		t.Errorf("editions: %v", keys)
	}
}

// Only an administrator confirms, by the API and by the database.
func TestNobodyElseConfirms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, as := range []string{lead, inspector, reviewer, fieldOffice, facility, analyst, auditor, privacy} {
		w.refused("ForbiddenProblem", w.try(as, "confirmRequirements", "ConfirmRequirementsInput", "edition { key }", confirmation(w.edition.Key, nil)))
	}
	next := *w.edition
	next.Key, next.Version, next.Supersedes = "pbnds-2011-r2016-v2", 2, w.edition.Key
	next.Seal()
	err := w.store.InTx(t.Context(), w.users[reviewer], func(tx inspection.Tx) error {
		_, err := tx.SaveEdition(t.Context(), &next)
		return err
	})
	if !inspection.Refused(err, inspection.Forbidden) {
		t.Errorf("a reviewer saves an edition: %v", err)
	}
}

func TestAConfirmationMustBeWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := func(change map[string]any) []any {
		r := map[string]any{"key": "4.3-V.A-01", "citation": "V.A", "page": "p. 1"}
		for k, v := range change {
			r[k] = v
		}
		return []any{r}
	}
	for name, c := range map[string]struct {
		kind string
		more map[string]any
		path []any
	}{
		"an edition nobody stored":   {"NotFoundProblem", map[string]any{"editionKey": "pbnds-1999"}, []any{"input", "editionKey"}},
		"a requirement it lacks":     {"NotFoundProblem", map[string]any{"requirements": one(map[string]any{"key": "9.9-V.A-01"})}, []any{"input", "requirements", "0", "key"}},
		"a requirement twice":        {"ValidationProblem", map[string]any{"requirements": append(one(nil), one(nil)...)}, []any{"input", "requirements", "1", "key"}},
		"no requirement":             {"ValidationProblem", map[string]any{"requirements": []any{}}, []any{"input", "requirements"}},
		"no title":                   {"ValidationProblem", map[string]any{"title": " "}, []any{"input", "title"}},
		"an address that is none":    {"ValidationProblem", map[string]any{"url": "javascript:alert(1)"}, []any{"input", "url"}},
		"no section":                 {"ValidationProblem", map[string]any{"requirements": one(map[string]any{"citation": ""})}, []any{"input", "requirements", "0", "citation"}},
		"a section that is none":     {"ValidationProblem", map[string]any{"requirements": one(map[string]any{"citation": "see above!"})}, []any{"input", "requirements", "0", "citation"}},
		"no page":                    {"ValidationProblem", map[string]any{"requirements": one(map[string]any{"page": ""})}, []any{"input", "requirements", "0", "page"}},
		"a text of two lines":        {"ValidationProblem", map[string]any{"requirements": one(map[string]any{"text": "a\nb"})}, []any{"input", "requirements", "0", "text"}},
		"a text in two forms":        {"ValidationProblem", map[string]any{"requirements": one(map[string]any{"text": "cafe\u0301"})}, []any{"input", "requirements", "0", "text"}},
		"a text without end":         {"ValidationProblem", map[string]any{"requirements": one(map[string]any{"text": strings.Repeat("x", 10_001)})}, []any{"input", "requirements", "0", "text"}},
		"a priority of our proposal": {"ValidationProblem", map[string]any{"requirements": one(map[string]any{"priority": "PROPOSED"})}, []any{"input", "requirements", "0", "priority"}},
	} {
		payload := w.try(admin, "confirmRequirements", "ConfirmRequirementsInput", "edition { key }", confirmation(w.edition.Key, c.more))
		w.refused(c.kind, payload)
		if got := payload["problems"].([]any)[0].(map[string]any)["path"]; !cmp.Equal(c.path, got) || payload["edition"] != nil {
			t.Errorf("%s: path %v, want %v", name, got, c.path)
		}
	}
	if n := len(w.ask(reviewer, "{ editions { key } }", nil)["editions"].([]any)); n != 1 {
		t.Errorf("%d editions after refusals", n)
	}
}

// Confirming a thousand requirements costs as many statements as confirming one.
func TestWhatAConfirmationCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.store.WarmEditions(t.Context()); err != nil {
		t.Fatal(err)
	}
	var many []any
	for _, st := range w.edition.Standards() {
		for _, r := range st.Requirements {
			many = append(many, map[string]any{"key": r.Key, "citation": "V.A", "page": "p. 1"})
		}
	}
	key := w.edition.Key
	for _, requirements := range [][]any{many[:1], many} {
		w.statements.Reset()
		made := w.do(admin, "confirmRequirements", "ConfirmRequirementsInput", "edition { key }", confirmation(key, map[string]any{"requirements": requirements}))
		key = made["edition"].(map[string]any)["key"].(string)
		if n := w.statements.Count(); n != 11 {
			t.Errorf("%d requirements cost %d statements: %q", len(requirements), n, w.statements.SQL())
		}
		if _, err := w.store.WarmEditions(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// What was confirmed goes out and comes in again as the same edition: a confirmation makes nothing that
// the rules for data files would refuse.
func TestAConfirmedEditionCanBeExportedAndImported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(admin, "confirmRequirements", "ConfirmRequirementsInput", "edition { key }", confirmation(w.edition.Key, nil))
	made, err := w.service.NewestEdition(t.Context(), inspection.System(), "pbnds-2011-r2016")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := catalog.WriteCSV(&text, made); err != nil {
		t.Fatal(err)
	}
	again, err := catalog.Read("edition.csv", strings.NewReader(text.String()))
	if err != nil || again.Hash != made.Hash {
		t.Errorf("imported again: %v", err)
	}
}

// The crosswalk pairs requirements of two editions that crosswalk to the same, and says how well that is
// known. It costs one statement beside the sign-in at most, however many pairs there are.
func TestTheCrosswalkPairsWhatAsksForTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shipped, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.service.LoadEditions(t.Context(), inspection.System(), shipped); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.WarmEditions(t.Context()); err != nil {
		t.Fatal(err)
	}
	const query = `query($from: String!, $to: String!) { edition(key: $from) { crosswalk(to: $to) { lineage agreement from { key } to { key } } } }`
	pairs := func(from, to string) []any {
		w.statements.Reset()
		edition := w.ask(inspector, query, map[string]any{"from": from, "to": to})["edition"].(map[string]any)
		if n := w.statements.Count(); n > 2 {
			t.Errorf("%s to %s: %d statements %q", from, to, n, w.statements.SQL())
		}
		if edition["crosswalk"] == nil {
			return nil
		}
		return edition["crosswalk"].([]any)
	}
	to := pairs("nds-2019", "pbnds-2011-r2016")
	if len(to) != 402 {
		t.Errorf("%d pairs, want one for each of 402 lineages", len(to))
	}
	want := map[string]any{"lineage": "2.5-V.G-09", "agreement": "1/1", "from": map[string]any{"key": "AR-14"}, "to": map[string]any{"key": "2.5-V.G-09"}}
	if !slices.ContainsFunc(to, func(pair any) bool { return cmp.Equal(want, pair) }) {
		t.Error("AR-14 is not paired with 2.5-V.G-09")
	}
	if back := pairs("pbnds-2011-r2016", "nds-2019"); len(back) != len(to) {
		t.Errorf("%d pairs back", len(back))
	}
	if none := pairs("nds-2019", "nothing"); none != nil {
		t.Errorf("a crosswalk to nothing: %v", none)
	}
	if empty := pairs("nds-2019", "nds-2025"); empty == nil || len(empty) != 0 {
		t.Errorf("a crosswalk to an empty edition: %v", empty)
	}
}

// A finding says how well the requirement is known on which it rests.
func TestAFindingSaysHowWellItsRequirementIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3")
	st := w.standard("4.3")
	known := slices.IndexFunc(st.Requirements, func(r inspection.Requirement) bool { return r.Strength == inspection.Recalled })
	recorded := w.do(lead, "recordFindings", "RecordFindingsInput", "findings { id text strength }", map[string]any{"inspectionId": id, "findings": []any{
		map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "DEFICIENCY", "requirementId": st.Requirements[known].ID, "text": "one"},
		map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "DEFICIENCY", "standardId": st.ID, "text": "two"}}})["findings"].([]any)
	for n, want := range []any{"RECALLED", nil} {
		if got := recorded[n].(map[string]any)["strength"]; got != want {
			t.Errorf("as recorded, finding %d is %v, want %v", n, got, want)
		}
	}
	findings := w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { findings { text strength citation citationConfirmed } } }", map[string]any{"id": id})["inspection"].(map[string]any)["findings"].([]any)
	for _, f := range findings {
		finding := f.(map[string]any)
		switch finding["text"] {
		case "one":
			if finding["strength"] != "RECALLED" || finding["citationConfirmed"] != false || !strings.HasSuffix(finding["citation"].(string), "(unconfirmed)") {
				t.Errorf("the first is %v", finding)
			}
		default:
			if finding["strength"] != nil {
				t.Errorf("the second is %v", finding)
			}
		}
	}
}

// A revision says which findings are still open on what it drops or changes, and leaves them bound to
// their own edition.
func TestARevisionSaysWhatItMeansForOpenFindings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("3.1")
	st := w.standard("3.1")
	w.answerAll(lead, id, "MEETS", "3.1")
	var entries []any
	for n, r := range st.Requirements[:3] {
		w.recorded(lead, id, answer(r.ID, 1, "DOES_NOT_MEET", nil))
		entries = append(entries, map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "DEFICIENCY", "requirementId": r.ID, "text": r.Key + string(rune('a'+n))})
	}
	entries = append(entries, map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "DEFICIENCY", "standardId": st.ID, "text": "on the standard alone"})
	w.do(lead, "recordFindings", "RecordFindingsInput", "findings { id }", map[string]any{"inspectionId": id, "findings": entries})
	w.issue(id)
	late := w.adoptedLate(id, "seen as well", document{"standardId": st.ID, "requirementId": st.Requirements[0].ID, "code": ""})
	confirm := confirmation(w.edition.Key, map[string]any{"requirements": []any{
		map[string]any{"key": st.Requirements[0].Key, "citation": "V.Z.9", "page": "p. 1"}}})
	w.do(admin, "confirmRequirements", "ConfirmRequirementsInput", "edition { key }", confirm)
	next, err := w.service.NewestEdition(t.Context(), inspection.System(), w.edition.Set)
	if err != nil {
		t.Fatal(err)
	}
	after := *next
	after.Parts = slices.Clone(next.Parts)
	for p := range after.Parts {
		after.Parts[p].Standards = slices.Clone(after.Parts[p].Standards)
		for s := range after.Parts[p].Standards {
			if dropped := &after.Parts[p].Standards[s]; dropped.Number == "3.1" {
				dropped.Requirements = slices.Delete(slices.Clone(dropped.Requirements), 1, 2)
			}
		}
	}
	diff, err := inspection.DiffEditions(w.edition, &after)
	if err != nil {
		t.Fatal(err)
	}
	w.statements.Reset()
	impact, err := w.service.RevisionImpact(t.Context(), inspection.System(), diff)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.statements.Count(); n != 1 {
		t.Errorf("%d statements", n)
	}
	if len(impact.Changed) != 2 || impact.Changed[1].FindingID.String() != late || *impact.Changed[1].RequirementID != st.Requirements[0].ID ||
		*impact.Changed[0].RequirementID != st.Requirements[0].ID || impact.Changed[0].Facility != "PINE RIVER PROCESSING CENTER" ||
		len(impact.Dropped) != 1 || *impact.Dropped[0].RequirementID != st.Requirements[1].ID || impact.Dropped[0].State != inspection.ActionOpen || impact.Untouched != 2 {
		t.Errorf("impact %+v", impact)
	}
	if _, err := w.service.RevisionImpact(t.Context(), w.users[reviewer], diff); !inspection.Refused(err, inspection.Forbidden) {
		t.Errorf("a reviewer asks for the impact: %v", err)
	}
}
