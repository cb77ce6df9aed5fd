package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// selections are what a tablet asks of each collection that it only reads: everything.
var selections = map[string]string{
	"Inspection": `id inspectionId facilityId facilityName facilityCity facilityState origin scope announced plannedStart plannedEnd state leadId
		editionIds team { userId name role lead } returnedReason revision changedAt seq deleted`,
	"ChecklistItem": `id inspectionId standardId standardNumber standardTitle editionId requirementId key text citation citationConfirmed strength
		confirmed priority applies population codes expected thresholds { op value unit note group } numbersSeen hint position seq deleted`,
	"Assignment": `id inspectionId standardId standardNumber standardTitle standardCode editionId assignedTo position reasons seq deleted`,
	"PriorFinding": `id inspectionId findingId fromInspectionId endedOn scope standard requirementId code citation citationConfirmed text
		priorityDeclared priorityDerived correctedOnSite repeatTimes ageDays actionId actionState actionOpenedAt verifiedAt carried seq deleted`,
}

// mayBeNull are the fields that may be null of a document that is there.
var mayBeNull = []string{"announced", "assignedTo", "requirementId", "actionId", "actionState", "actionOpenedAt", "verifiedAt"}

// copied is what a device holds of one collection, replicated page by page as RxDB does.
type copied struct {
	w          *world
	as         string
	collection string
	checkpoint any
	held       map[string]map[string]any
	pages      int
}

func (w *world) replica(as, collection string) *copied {
	return &copied{w: w, as: as, collection: collection, held: map[string]map[string]any{}}
}

func (r *copied) page(limit int) []any {
	r.w.t.Helper()
	query := fmt.Sprintf(`query Pull($checkpoint: %[1]sInputCheckpoint, $limit: Int!) { pull%[1]s(checkpoint: $checkpoint, limit: $limit) {
		documents { %[2]s } checkpoint { seq } } }`, r.collection, selections[r.collection])
	data := r.w.ask(r.as, query, map[string]any{"checkpoint": r.checkpoint, "limit": limit})
	bulk := fields(data, "pull"+r.collection)
	r.checkpoint = fields(bulk, "checkpoint")
	return fields(bulk, "documents").([]any)
}

// pull replicates until a page is not full, and returns the documents that came.
func (r *copied) pull(limit int) []map[string]any {
	r.w.t.Helper()
	var came []map[string]any
	for {
		documents := r.page(limit)
		r.pages++
		for _, d := range documents {
			document := d.(map[string]any)
			came = append(came, document)
			if document["deleted"] == true {
				delete(r.held, document["id"].(string))
				continue
			}
			r.held[document["id"].(string)] = document
		}
		if len(documents) > limit {
			r.w.t.Fatalf("%d documents, asked for %d", len(documents), limit)
		}
		if len(documents) < limit {
			return came
		}
	}
}

// settle replicates until the condition holds. Another test's transaction of the same cluster may hold
// a change back for a moment, as any open transaction does.
func (r *copied) settle(what string, holds func() bool) {
	r.w.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		r.pull(100)
		if holds() {
			return
		}
		if time.Now().After(deadline) {
			r.w.t.Fatalf("%s as %s: %s never holds; %d documents: %v", r.collection, r.as, what, len(r.held), slices.Collect(maps.Values(r.held)))
		}
	}
}

func (r *copied) settled(count int) {
	r.w.t.Helper()
	r.settle(fmt.Sprint(count, " documents"), func() bool { return len(r.held) == count })
}

// A tablet builds header, checklist and assignments from what it pulls, the same by any page size.
func TestATabletBuildsItsInspectionFromWhatItPulls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8", "4.3")
	planned := w.plan("1.1")
	items := append(slices.Clone(w.standard("4.3").Requirements), w.standard("5.8").Requirements...)
	for _, limit := range []int{1, 2, 7, 1000} {
		headers, checklist, assignments := w.replica(inspector, "Inspection"), w.replica(inspector, "ChecklistItem"), w.replica(inspector, "Assignment")
		headers.settled(2)
		checklist.settled(len(items))
		assignments.settled(3)
		for _, settled := range []*copied{headers, checklist, assignments} {
			again := w.replica(inspector, settled.collection)
			again.pull(limit)
			if !maps.EqualFunc(settled.held, again.held, func(a, b map[string]any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
				t.Errorf("%s by pages of %d is not what it is by others", settled.collection, limit)
			}
			if want := len(again.held)/limit + 1; again.pages != want {
				t.Errorf("%s by pages of %d takes %d pages, want %d", settled.collection, limit, again.pages, want)
			}
			if came := again.pull(limit); len(came) != 0 {
				t.Errorf("%s: nothing changed, and %v comes", settled.collection, came)
			}
		}
		header := headers.held[id]
		if header["state"] != "IN_PROGRESS" || header["facilityName"] != "PINE RIVER PROCESSING CENTER" || header["plannedStart"] != "2026-03-03" ||
			header["leadId"] != w.users[lead].ID.String() || len(header["team"].([]any)) != 3 || header["origin"] != "LIVE" || header["announced"] != false {
			t.Errorf("the header is %v", header)
		}
		if headers.held[planned]["state"] != "PLANNED" {
			t.Errorf("the planned one is %v", headers.held[planned])
		}
		for n, r := range items {
			item := checklist.held[inspection.AnswerID(uuidOf(t, id), r.ID).String()]
			if item["requirementId"] != r.ID.String() || item["text"] != r.Text || item["citation"] != r.CitationLabel() || item["citationConfirmed"] != r.CitationSeen ||
				item["priority"] != string(r.Priority) || len(item["expected"].([]any)) != len(r.Evidence) || len(item["thresholds"].([]any)) != len(r.Thresholds) {
				t.Fatalf("item %d is %v, want %v", n, item, r)
			}
			if strings.HasSuffix(item["citation"].(string), "(unconfirmed)") == r.CitationSeen && r.Citation != "" {
				t.Errorf("item %s is cited %q, seen: %v", r.Key, item["citation"], r.CitationSeen)
			}
		}
	}
}

// What changes of an inspection comes again, and nothing else does.
func TestChangesOfTeamStateAndAssignmentComeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8", "4.3")
	headers, assignments, checklist := w.replica(second, "Inspection"), w.replica(second, "Assignment"), w.replica(second, "ChecklistItem")
	headers.settled(1)
	assignments.settled(2)
	checklist.settled(len(w.standard("5.8").Requirements) + len(w.standard("4.3").Requirements))

	standard := w.standard("4.3").ID
	w.do(lead, "assignStandards", "AssignStandardsInput", header, map[string]any{"inspectionId": id, "standardIds": []any{standard}, "userId": w.users[second].ID})
	assigned := inspection.AssignmentID(uuidOf(t, id), standard).String()
	came := 0
	assignments.settle("4.3 is assigned", func() bool { return assignments.held[assigned]["assignedTo"] == w.users[second].ID.String() })
	for _, a := range assignments.held {
		if a["assignedTo"] != nil {
			came++
		}
	}
	if came != 1 {
		t.Errorf("%d standards are assigned", came)
	}
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[inspector].ID})
	headers.settle("two are on the team", func() bool { return len(headers.held[id]["team"].([]any)) == 2 })

	w.answerAll(second, id, "MEETS", "5.8", "4.3")
	for range 5 {
		if came := checklist.pull(100); len(came) != 0 {
			t.Errorf("answers change no item, and %d came", len(came))
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	headers.settle("FIELDWORK_DONE", func() bool { return headers.held[id]["state"] == "FIELDWORK_DONE" })
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	w.step(lead, "submitForReview", "StepInput", id, nil)
	w.step(reviewer, "returnInspection", "ReasonInput", id, map[string]any{"reason": "look again"})
	headers.settle("returned", func() bool { return headers.held[id]["returnedReason"] == "look again" })

	db := w.behind()
	w.mustExec(db, "update facility set name = 'PINE RIVER CENTER' where id = $1", w.facility)
	headers.settle("renamed", func() bool { return headers.held[id]["facilityName"] == "PINE RIVER CENTER" })
	w.mustExec(db, "update app_user set name = 'Renamed' where id = $1", w.users[lead].ID)
	headers.settle("the lead renamed", func() bool { return strings.Contains(fmt.Sprint(headers.held[id]["team"]), "Renamed") })
}

// A tablet forgets what its user no longer works on, to the last document and once; and has it again,
// however old its rows are, when the user is back on the team.
func TestWhatLeavesAUsersScopeLeavesTheTablet(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 2, 7, 100} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			stays, id := w.started("1.1"), w.started("5.8")
			counts := map[string]int{"Inspection": 1, "ChecklistItem": len(w.standard("1.1").Requirements), "Assignment": 1}
			more := map[string]int{"Inspection": 1, "ChecklistItem": len(w.standard("5.8").Requirements), "Assignment": 1}
			var all []*copied
			for collection, n := range counts {
				r := w.replica(second, collection)
				r.settled(n + more[collection])
				all = append(all, r)
			}
			team := map[string]any{"inspectionId": id, "userId": w.users[second].ID}
			w.do(lead, "removeTeamMember", "TeamMemberInput", header, team)
			for _, r := range all {
				gone := r.pull(limit)
				if len(gone) != more[r.collection] || len(r.held) != counts[r.collection] {
					t.Errorf("%s: %d documents came when one inspection left, want %d", r.collection, len(gone), more[r.collection])
				}
				for _, d := range gone {
					if d["deleted"] != true || d["inspectionId"] != id {
						t.Errorf("%s: a tombstone says %v", r.collection, d)
					}
					for field, value := range d {
						if value == nil && !slices.Contains(mayBeNull, field) {
							t.Errorf("%s: %s of a tombstone is null, which no tablet's schema need allow", r.collection, field)
						}
					}
				}
				if came := r.pull(limit); len(came) != 0 {
					t.Errorf("%s: %d came again", r.collection, len(came))
				}
			}
			w.do(lead, "addTeamMember", "TeamMemberInput", header, team)
			for _, r := range all {
				if r.collection == "Inspection" {
					r.settled(2)
					continue
				}
				// No row of these changed: they are older than all that the device has read.
				if came := r.pull(limit); len(came) != more[r.collection] {
					t.Errorf("%s: %d documents came when it was back, want %d", r.collection, len(came), more[r.collection])
				}
			}
			w.step(lead, "cancelInspection", "ReasonInput", id, map[string]any{"reason": "x"})
			w.step(lead, "cancelInspection", "ReasonInput", stays, map[string]any{"reason": "x"})
			for _, r := range all {
				if r.pull(limit); len(r.held) != 0 {
					t.Errorf("%s: a tablet holds %d documents of what was cancelled", r.collection, len(r.held))
				}
			}
		})
	}
}

// A transaction that stamps first and commits last is the classic loss: who pulls in between reads on
// past its rows. Nobody is given what is newer than it until it has ended.
func TestASlowTransactionIsNotSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.plan("5.8", "4.3", "1.1")
	assignments := w.replica(inspector, "Assignment")
	assignments.settled(3)
	naive := newNaive(w)
	naive.pull(false)

	ctx := t.Context()
	db := w.behind()
	slow, err := db.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Rollback(ctx) }()
	assign := `update inspection_standard set assigned_to = $3 where inspection_id = $1 and standard_id = $2`
	first, last := w.standard("5.8").ID, w.standard("4.3").ID
	if _, err := slow.Exec(ctx, assign, id, first, w.users[second].ID); err != nil { // it stamps first
		t.Fatal(err)
	}
	w.mustExec(db, assign, id, last, w.users[inspector].ID) // stamps later, commits at once

	naive.pull(false)
	if !naive.held[last] {
		t.Fatal("the naive cursor does not see what was committed; this test proves nothing")
	}
	if came := assignments.pull(1); len(came) != 0 {
		t.Errorf("%v came while an earlier transaction was still running", came)
	}
	if err := slow.Commit(ctx); err != nil { // and commits last
		t.Fatal(err)
	}
	naive.pull(false)
	if naive.held[first] {
		t.Error("the naive cursor does not lose the row; this test proves nothing")
	}
	of := func(standard inspection.ID) any {
		return assignments.held[inspection.AssignmentID(uuidOf(t, id), standard).String()]["assignedTo"]
	}
	assignments.settle("both are assigned", func() bool {
		return of(first) == w.users[second].ID.String() && of(last) == w.users[inspector].ID.String()
	})
	safe := newNaive(w)
	for deadline := time.Now().Add(time.Minute); !(safe.held[first] && safe.held[last]); {
		safe.pull(true)
		if time.Now().After(deadline) {
			t.Fatal("the same cursor with the rule does not read both")
		}
	}
}

// naive reads assignments by "changed since the last I saw", with or without the rule.
type naive struct {
	w      *world
	cursor string
	held   map[inspection.ID]bool
}

func newNaive(w *world) *naive { return &naive{w, "0", map[inspection.ID]bool{}} }

func (n *naive) pull(rule bool) {
	n.w.t.Helper()
	n.held = map[inspection.ID]bool{}
	rows, err := n.w.behind().Query(n.w.t.Context(), `select standard_id, changed_in::text from inspection_standard
		where changed_in > $1::text::xid8 and assigned_to is not null and (not $2 or changed_in < pg_snapshot_xmin(pg_current_snapshot())) order by changed_in`, n.cursor, rule)
	if err != nil {
		n.w.t.Fatal(err)
	}
	var standard inspection.ID
	if _, err := pgx.ForEachRow(rows, []any{&standard, &n.cursor}, func() error { n.held[standard] = true; return nil }); err != nil {
		n.w.t.Fatal(err)
	}
}

// A dump that was restored into another cluster has rows with numbers that no transaction there has had
// yet. They are old, and are given out.
func TestRowsOfARestoredCopyAreGivenOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.mustExec(w.behind(), `set session_replication_role = replica; update answer set changed_in = '9000000000000'; update inspection_standard set changed_in = '9000000000000';
		update inspection_stamp set changed_in = '9000000000000'`)
	checklist := w.replica(inspector, "ChecklistItem")
	for collection, count := range map[string]int{"Inspection": 1, "ChecklistItem": len(w.standard("5.8").Requirements), "Assignment": 1} {
		r := w.replica(inspector, collection)
		if came := r.pull(7); len(came) != count {
			t.Errorf("%s: %d of %d came", collection, len(came), count)
		}
		if came := r.pull(7); len(came) != 0 {
			t.Errorf("%s: %d came again", collection, len(came))
		}
		if collection == "ChecklistItem" {
			checklist = r
		}
	}
	// What is new there has lower numbers than the copies, and is given out after them all the same.
	added := w.started("4.3")
	checklist.settled(len(w.standard("5.8").Requirements) + len(w.standard("4.3").Requirements))
	headers := w.replica(inspector, "Inspection")
	headers.settled(2)
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	headers.settle("two are on the team", func() bool {
		return len(headers.held[id]["team"].([]any)) == 2 && len(headers.held[added]["team"].([]any)) == 3
	})
}
