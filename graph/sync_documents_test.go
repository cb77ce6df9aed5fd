package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"plumbline/inspection"
)

// collection is a pushed collection beside the answers, with the selection of its whole documents.
type collection struct{ name, document string }

var (
	findings = collection{"Finding", `id inspectionId kind standardId standardText requirementId code citation text responsibleParty priority repeat
		correctedOnSite correctionNote condition likelihood spread immediateThreat removedReason revision seq authorId deviceId deviceTime recordedAt deleted`}
	observations = collection{"Observation", `id inspectionId standardId requirementId text place observedAt revision seq authorId deviceId deviceTime recordedAt deleted`}
	originals    = collection{"Evidence", `id inspectionId requirementId findingId sha256 size mediaType class capturedFrom capturedTo place device caption state
		deviceId declaredBy declaredAt seq deleted`}
	notes = collection{"InterviewNote", "id inspectionId keyId sealed deviceTime deleted"}
)

// copyOf is a tablet's copy of one collection: RxDB in short, as tablet is for answers.
type copyOf struct {
	collection
	w          *world
	as         string
	replica    map[string]document
	checkpoint any
}

func (w *world) copyOf(c collection, as string) *copyOf {
	return &copyOf{collection: c, w: w, as: as, replica: map[string]document{}}
}

// pull pulls until a page is short, and returns how many documents came.
func (c *copyOf) pull(limit int) int {
	c.w.t.Helper()
	query := fmt.Sprintf("query($checkpoint: %[1]sInputCheckpoint, $limit: Int!) { pull%[1]s(checkpoint: $checkpoint, limit: $limit) { documents { %[2]s } checkpoint { seq } } }", c.name, c.document)
	for count := 0; ; {
		bulk := c.w.ask(c.as, query, map[string]any{"checkpoint": c.checkpoint, "limit": limit})["pull"+c.name].(document)
		c.checkpoint = bulk["checkpoint"]
		page := bulk["documents"].([]any)
		for _, one := range page {
			c.replica[one.(document)["id"].(string)] = one.(document)
		}
		if count += len(page); len(page) < limit {
			return count
		}
	}
}

// fresh is a row of a document that the server does not know.
func fresh(inspectionID string, fields document) document {
	row := document{"id": inspection.NewID().String(), "inspectionId": inspectionID}
	maps.Copy(row, fields)
	return document{"newDocumentState": row}
}

// edit is a row that changes the replica's document.
func (c *copyOf) edit(id string, changes document) document {
	next := maps.Clone(c.replica[id])
	maps.Copy(next, changes)
	return document{"assumedMasterState": c.replica[id], "newDocumentState": next}
}

// mutation pushes rows of the collection.
func (c collection) mutation() string {
	lower := strings.ToLower(c.name[:1]) + c.name[1:]
	return fmt.Sprintf("mutation($rows: [%[1]sInputPushRow!]) { push%[1]s(%[2]sPushRow: $rows) { %[3]s } }", c.name, lower, c.document)
}

// push sends rows and returns the conflicts and the refusals; other errors fail the test.
func (c *copyOf) push(rows ...document) ([]document, []refusedWrite) {
	c.w.t.Helper()
	var answer struct {
		Data       map[string][]document
		Errors     []any
		Extensions struct{ RefusedWrites []refusedWrite }
	}
	body := c.w.raw(c.as, c.mutation(), map[string]any{"rows": rows})
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Errors) > 0 {
		c.w.t.Fatalf("as %s: %v: %s", c.as, err, body)
	}
	return answer.Data["push"+c.name], answer.Extensions.RefusedWrites
}

// taken pushes rows, all of which must be taken without a word, and returns the first one's id.
func (c *copyOf) taken(rows ...document) string {
	c.w.t.Helper()
	if conflicts, refusals := c.push(rows...); len(conflicts) > 0 || len(refusals) > 0 {
		c.w.t.Fatalf("as %s: conflicts %v, refusals %v", c.as, conflicts, refusals)
	}
	return rows[0]["newDocumentState"].(document)["id"].(string)
}

// told pushes one row that must be taken, and returns what it is told stands.
func (c *copyOf) told(row document) document {
	c.w.t.Helper()
	conflicts, refusals := c.push(row)
	if len(conflicts) != 1 || len(refusals) != 0 {
		c.w.t.Fatalf("as %s: conflicts %v, refusals %v; want one conflict", c.as, conflicts, refusals)
	}
	return conflicts[0]
}

// refused pushes one row that must be refused with the code, and returns the document that came back.
func (c *copyOf) refused(code string, row document) document {
	c.w.t.Helper()
	conflicts, refusals := c.push(row)
	if len(conflicts) != 1 || len(refusals) != 1 || refusals[0].Code != code || refusals[0].Message == "" {
		c.w.t.Fatalf("as %s: conflicts %v, refusals %v; want one, %s", c.as, conflicts, refusals, code)
	}
	return conflicts[0]
}

// kept lists code and document of the kept writes of an inspection.
func (w *world) kept(id string) map[string]int {
	w.t.Helper()
	rows, err := w.behind().Query(w.t.Context(), "select collection || ' ' || code, count(*) from kept_write where inspection_id = $1 group by 1", id)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	kept := map[string]int{}
	for rows.Next() {
		var what string
		var n int
		if err := rows.Scan(&what, &n); err != nil {
			w.t.Fatal(err)
		}
		kept[what] = n
	}
	return kept
}

// force puts an inspection into a state past every rule.
func (w *world) force(id, state string) {
	w.t.Helper()
	w.mustExec(w.behind(), fmt.Sprintf("set session_replication_role = replica; update inspection set state = '%s' where id = '%s'; set session_replication_role = origin", state, id))
}

// aFinding, anObservation and anOriginal are what a tablet brings of each.
func (w *world) aFinding(more document) document {
	row := document{"kind": "DEFICIENCY", "standardId": w.standard("4.3").ID.String(), "code": "MC-137", "text": "No log was kept.", "deviceTime": "2026-03-03T09:00:00Z"}
	maps.Copy(row, more)
	return row
}

func anObservation(more document) document {
	row := document{"text": "The day room was being painted.", "place": "Unit C", "observedAt": "2026-03-03T09:00:00Z", "deviceTime": "2026-03-03T09:00:00Z"}
	maps.Copy(row, more)
	return row
}

func (w *world) anOriginal(more document) document {
	row := document{"requirementId": w.standard("4.3").Requirements[0].ID.String(), "sha256": strings.Repeat("ab", 32), "size": 1234, "mediaType": "image/jpeg",
		"class": "NONE", "capturedFrom": "2026-03-03T09:00:00Z", "capturedTo": "2026-03-03T09:05:00Z", "place": "Unit C", "device": "T-1", "caption": "The log"}
	maps.Copy(row, more)
	return row
}

// startedBy starts an inspection of 4.3 on whose team are the lead and one other.
func (w *world) startedBy(member string) string {
	w.t.Helper()
	payload := w.do(lead, "planInspection", "PlanInspectionInput", header, map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "LIVE",
		"scope": "FULL", "announced": false, "plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID,
		"teamIds": []any{w.users[member].ID}, "standardIds": []any{w.standard("4.3").ID}})
	id := payload["inspection"].(map[string]any)["id"].(string)
	w.step(lead, "startInspection", "StepInput", id, nil)
	return id
}

// each runs a test for findings, observations and originals.
func each(t *testing.T, test func(t *testing.T, w *world, c collection, sample func(document) document)) {
	t.Parallel()
	for _, c := range []collection{findings, observations, originals} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sample := map[string]func(document) document{"Finding": w.aFinding, "Observation": anObservation, "Evidence": w.anOriginal}[c.name]
			test(t, w, c, sample)
		})
	}
}

func TestWhatATabletBringsOfEachCollectionAnotherPulls(t *testing.T) {
	each(t, func(t *testing.T, w *world, c collection, sample func(document) document) {
		db := w.behind()
		id := w.started("4.3")
		a, b := w.copyOf(c, inspector), w.copyOf(c, second)
		var rows []document
		for n := range 7 {
			rows = append(rows, fresh(id, sample(document{})))
			if c.name == "Evidence" {
				rows[n]["newDocumentState"].(document)["sha256"] = fmt.Sprintf("%064x", n)
			}
		}
		first := a.taken(rows...)
		w.untouched(db, "the same push again", func() { a.taken(rows...) })
		if n := b.pull(3); n != 7 {
			t.Errorf("%d documents came, want 7", n)
		}
		sent := rows[0]["newDocumentState"].(document)
		for field, value := range sent {
			if got := b.replica[first][field]; fmt.Sprint(got) != fmt.Sprint(value) && field != "deviceTime" {
				t.Errorf("%s: sent %v, pulled %v", field, value, got)
			}
		}
		if b.replica[first]["deleted"] != false || b.replica[first]["seq"] == "0" {
			t.Errorf("pulled %v", b.replica[first])
		}
		// What was pulled is sent back whole, as RxDB does, and changes nothing.
		w.untouched(db, "what was pulled, sent back", func() { b.taken(b.edit(first, nil)) })
		if n := b.pull(100); n != 0 {
			t.Errorf("%d documents came twice", n)
		}
		w.verifyChains(db)
	})
}

// Hostile or wrong rows are refused one by one: the good row among them is taken.
func TestRowsThatNameWhatTheyMayNotAreRefusedEach(t *testing.T) {
	each(t, func(t *testing.T, w *world, c collection, sample func(document) document) {
		id, other := w.started("4.3"), w.started("5.8")
		a := w.copyOf(c, inspector)
		elsewhere := a.taken(fresh(other, outOf(w, c, sample)))
		with := func(fields document) document { return fresh(id, sample(fields)) }
		long := strings.Repeat("x", 10_001)
		bad := []struct {
			code string
			row  document
		}{
			{"INVALID", with(document{"id": "no id"})},
			{"INVALID", with(document{"id": strings.Repeat("0", 36)})},
			{"CONFLICT", with(document{"id": id})},
			{"CONFLICT", with(document{"id": elsewhere})},
			{"CONFLICT", with(document{"id": w.users[lead].ID.String()})},
			{"CONFLICT", with(document{"id": inspection.AnswerID(uuidOf(t, id), w.standard("4.3").Requirements[0].ID).String()})},
			{"INVALID", with(document{"requirementId": w.standard("5.8").Requirements[0].ID.String()})},
			{"INVALID", with(document{"requirementId": "x"})},
			{"INVALID", with(document{map[string]string{"Finding": "text", "Observation": "text", "Evidence": "caption"}[c.name]: long})},
			{"INVALID", with(document{map[string]string{"Finding": "text", "Observation": "place", "Evidence": "caption"}[c.name]: "a\x00b"})},
			{"NOT_FOUND", fresh(inspection.NewID().String(), sample(nil))},
			{"INVALID", fresh("no id", sample(nil))},
		}
		more := map[string][]document{
			"Finding": {{"kind": "GUESS"}, {"kind": nil}, {"text": ""}, {"responsibleParty": "NOBODY"}, {"likelihood": "LIKELY"}, {"correctedOnSite": "PARTIAL"},
				{"condition": "if full"}, {"code": "MC-137", "requirementId": w.standard("4.3").Requirements[0].ID.String()}, {"deviceTime": "yesterday"}, {"deleted": true}},
			"Observation": {{"text": " "}, {"observedAt": "noon"}, {"deviceTime": "0001-01-02T00:00:00Z"}, {"standardId": id}},
			"Evidence": {{"sha256": "abcd"}, {"sha256": nil}, {"size": 0}, {"size": 1.5}, {"size": 1e300}, {"size": -1}, {"mediaType": "text/html"}, {"class": "X"},
				{"capturedTo": "2026-03-03T08:00:00Z"}, {"capturedFrom": nil}, {"findingId": id}, {"deleted": true}},
		}
		for _, fields := range more[c.name] {
			bad = append(bad, struct {
				code string
				row  document
			}{"INVALID", with(fields)})
		}
		good := with(document{})
		rows := []document{}
		for _, b := range bad {
			rows = append(rows, b.row)
		}
		conflicts, refusals := a.push(append(rows, good)...)
		if len(refusals) != len(bad) {
			t.Fatalf("%d refusals of %d: %v", len(refusals), len(bad), refusals)
		}
		for n, r := range refusals {
			if sent := bad[n].row["newDocumentState"].(document); r.Code != bad[n].code || r.ID != sent["id"] || r.InspectionID != sent["inspectionId"] {
				t.Errorf("row %d (%v): %+v, want %s", n, sent, r, bad[n].code)
			}
		}
		for _, d := range conflicts {
			if d["deleted"] != true {
				t.Errorf("a refused row that names nothing of its own returns %v", d)
			}
		}
		if a.pull(100) != 2 || a.replica[good["newDocumentState"].(document)["id"].(string)] == nil {
			t.Errorf("after it there is %v", a.replica)
		}
		kept := w.kept(id)
		lower := strings.ToLower(c.name)
		if kept[lower+" CONFLICT"] != 4 || kept[lower+" INVALID"] != len(bad)-6 {
			t.Errorf("kept: %v", kept)
		}
	})
}

// outOf is a sample that names nothing of a standard.
func outOf(w *world, c collection, sample func(document) document) document {
	row := sample(nil)
	for _, field := range []string{"standardId", "requirementId", "code"} {
		delete(row, field)
	}
	if c.name == "Finding" {
		row["kind"] = "NOTE"
	}
	return row
}

// Late rows are kept aside and change nothing; what was there already is no late row.
func TestRowsThatComeLateAreKeptAside(t *testing.T) {
	each(t, func(t *testing.T, w *world, c collection, sample func(document) document) {
		db := w.behind()
		id := w.started("4.3")
		a := w.copyOf(c, second)
		known := fresh(id, sample(nil))
		a.taken(known)
		late := []document{fresh(id, sample(nil)), fresh(id, sample(nil)), fresh(id, sample(nil))}
		lower := strings.ToLower(c.name)
		w.force(id, "FIELDWORK_DONE")
		a.taken(known)
		a.refused("LATE_FIELDWORK_DONE", late[0])
		w.force(id, "IN_PROGRESS")
		a.pull(100)
		w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
		if gone := a.refused("LATE_REMOVED", late[2]); gone["deleted"] != true {
			t.Errorf("told of %v", gone)
		}
		w.do(lead, "cancelInspection", "ReasonInput", header, w.stepInput(id, map[string]any{"reason": "tested"}))
		still := w.copyOf(c, inspector)
		still.refused("LATE_FROZEN", late[1])
		if got := w.kept(id); got[lower+" LATE_FIELDWORK_DONE"] != 1 || got[lower+" LATE_FROZEN"] != 1 || got[lower+" LATE_REMOVED"] != 1 {
			t.Errorf("kept: %v", got)
		}
		w.untouched(db, "the late row again, and the one that came in time", func() {
			a.refused("LATE_REMOVED", late[2])
			if conflicts, refusals := a.push(known); len(refusals) > 0 || len(conflicts) != 1 || conflicts[0]["deleted"] != true {
				t.Errorf("what came in time: conflicts %v, refusals %v", conflicts, refusals)
			}
		})
		// What was held is taken back from the tablet.
		a.pull(100)
		if d := a.replica[known["newDocumentState"].(document)["id"].(string)]; d["deleted"] != true || d["text"] == "No log was kept." {
			t.Errorf("after removal the tablet holds %v", d)
		}
		if n := w.count(db, "select count(*) from "+map[string]string{"Finding": "finding", "Observation": "observation", "Evidence": "evidence"}[c.name]+" where inspection_id = $1", id); n != 1 {
			t.Errorf("%d rows became part of the record", n)
		}
	})
}

// What a revoked tablet brings is kept aside, of each collection, with the tablet's name; what it brought
// while it was trusted is no late row.
func TestRowsOfARevokedDeviceAreKeptAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	device := w.registered(inspector, "tablet A")
	trusted, admitted := w.on(device), w.admitted(device.ID)
	w.do(admin, "revokeDevice", "RevokeDeviceInput", "device { revokedAt }", map[string]any{"deviceId": device.ID, "reason": "lost"})
	for _, c := range []struct {
		collection
		table    string
		row, new document
	}{
		{findings, "finding", fresh(id, w.aFinding(nil)), fresh(id, w.aFinding(nil))},
		{observations, "observation", fresh(id, anObservation(nil)), fresh(id, anObservation(nil))},
		{originals, "evidence", fresh(id, w.anOriginal(nil)), fresh(id, w.anOriginal(nil))},
		{notes, "interview_note", w.sealedNote(inspector, id, "in time"), w.sealedNote(inspector, id, "late")},
	} {
		trusted.copyOf(c.collection, inspector).taken(c.row)
		a := admitted.copyOf(c.collection, inspector)
		if gone := a.refused("LATE_REVOKED", c.new); gone["deleted"] != true || gone["id"] != fields(c.new, "newDocumentState", "id") {
			t.Errorf("%s: told of %v", c.name, gone)
		}
		events := w.events(db)
		a.refused("LATE_REVOKED", c.new)
		if conflicts, refusals := a.push(c.row); len(refusals) > 0 {
			t.Errorf("%s that came in time: conflicts %v, refusals %v", c.name, conflicts, refusals)
		}
		if n := w.events(db) - events; n != 0 {
			t.Errorf("%s: both again write %d events", c.name, n)
		}
		if n := w.count(db, "select count(*) from "+c.table+" where inspection_id = $1", id); n != 1 {
			t.Errorf("%s: %d rows became part of the record", c.name, n)
		}
		if n := w.count(db, "select count(*) from kept_write where document_id = $1 and code = 'LATE_REVOKED' and late and device_id = $2 and user_id = $3",
			fields(c.new, "newDocumentState", "id"), device.ID, w.users[inspector].ID); n != 1 {
			t.Errorf("%s: %d late writes are kept with their tablet, want 1", c.name, n)
		}
	}
	w.verifyChains(db)
}

// Nobody but inspectors pushes or pulls, and of strangers nothing is kept.
func TestOnlyTheTeamReplicatesEachCollection(t *testing.T) {
	each(t, func(t *testing.T, w *world, c collection, sample func(document) document) {
		db := w.behind()
		id := w.startedBy(inspector)
		lower := strings.ToLower(c.name[:1]) + c.name[1:]
		push := fmt.Sprintf("mutation($rows: [%[1]sInputPushRow!]) { push%[1]s(%[2]sPushRow: $rows) { id } }", c.name, lower)
		pull := fmt.Sprintf("{ pull%s(limit: 10) { documents { id } } }", c.name)
		w.untouched(db, "pushes of others", func() {
			for _, as := range []string{reviewer, facility, fieldOffice, analyst, auditor, privacy, admin} {
				for _, query := range []string{push, pull} {
					if data, errs := w.send(as, query, map[string]any{"rows": []any{fresh(id, sample(nil))}}); len(errs) != 1 || data != nil {
						t.Errorf("as %s: %v %v", as, data, errs)
					}
				}
			}
			stranger := w.copyOf(c, second)
			stranger.refused("NOT_FOUND", fresh(id, sample(nil)))
			if n := stranger.pull(10); n != 0 {
				t.Errorf("a stranger pulls %d", n)
			}
		})
	})
}

// A push takes as many statements for one row as for many, refused ones among them.
func TestWhatAPushOfEachCollectionCosts(t *testing.T) {
	each(t, func(t *testing.T, w *world, c collection, sample func(document) document) {
		id := w.started("4.3")
		a := w.copyOf(c, inspector)
		if _, err := w.store.WarmEditions(t.Context()); err != nil {
			t.Fatal(err)
		}
		cost := func(n int, spoil document) int {
			rows := make([]document, n)
			for k := range rows {
				rows[k] = fresh(id, sample(spoil))
			}
			w.statements.Reset()
			a.push(rows...)
			return w.statements.Count()
		}
		bad := document{"requirementId": "x"}
		if one, many := cost(1, nil), cost(300, nil); one != many || one != 11 {
			t.Errorf("%d statements for one row and %d for 300, want 11", one, many)
		}
		if one, many := cost(1, bad), cost(300, bad); one != many || one != 9 {
			t.Errorf("%d statements for one refused row and %d for 300, want 9", one, many)
		}
		w.statements.Reset()
		a.pull(1000)
		if n := w.statements.Count(); n != 3 {
			t.Errorf("%d statements for a pull, want 3", n)
		}
	})
}
