package graph_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// refusal pulls one page and returns the code and the path of the error.
func (w *world) refusal(as, collection string, checkpoint any, limit int) (code string, path any) {
	w.t.Helper()
	data, errs := w.send(as, fmt.Sprintf(`query($c: %[1]sInputCheckpoint, $n: Int!) { pull%[1]s(checkpoint: $c, limit: $n) { documents { id } checkpoint { seq } } }`, collection),
		map[string]any{"c": checkpoint, "n": limit})
	if len(errs) == 0 {
		return "", nil
	}
	if data != nil {
		w.t.Errorf("an error, and data beside it: %v", data)
	}
	return fields(errs[0], "extensions", "code").(string), fields(errs[0], "extensions", "path")
}

// pulledCollections are all that a tablet pulls.
var pulledCollections = []string{"Answer", "Finding", "Observation", "Evidence", "Inspection", "ChecklistItem", "Assignment", "PriorFinding"}

// given pulls one page and returns its checkpoint.
func (w *world) given(as, collection string) string {
	w.t.Helper()
	bulk := w.ask(as, fmt.Sprintf(`{ pull%s(limit: 1) { documents { id } checkpoint { seq } } }`, collection), nil)["pull"+collection]
	return fields(bulk, "checkpoint", "seq").(string)
}

// Every pull refuses what is no checkpoint of its own: cut, changed, another person's, another
// collection's or of before a restore; and whoever never inspects.
func TestWhatEveryPullRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3", "5.8")
	for _, c := range []struct {
		collection
		row document
	}{{findings, w.aFinding(nil)}, {observations, anObservation(nil)}, {originals, w.anOriginal(nil)}} {
		w.copyOf(c.collection, inspector).taken(fresh(id, c.row), fresh(id, c.row))
	}
	db := w.behind()
	for _, collection := range pulledCollections {
		given := w.given(inspector, collection)
		w.untouched(db, collection, func() {
			for _, wrong := range []struct{ as, seq, why string }{
				{inspector, given[:len(given)-1], "cut"}, {inspector, given[:len(given)/2], "cut in half"}, {inspector, given + "A", "longer"}, {inspector, given + given, "twice itself"},
				{inspector, "x" + given[1:], "changed"}, {inspector, "17", "a number"}, {inspector, "????", "no base64"}, {inspector, "\x00", "NUL"},
				{inspector, strings.Repeat("A", 50_000), "long"}, {second, given, "another person's"},
			} {
				if code, path := w.refusal(wrong.as, collection, map[string]any{"seq": wrong.seq}, 10); code != "INVALID" || fmt.Sprint(path) != "[checkpoint]" {
					t.Errorf("%s: a checkpoint that is %s is answered %s at %v", collection, wrong.why, code, path)
				}
			}
			for _, other := range pulledCollections {
				if code, _ := w.refusal(inspector, other, map[string]any{"seq": given}, 10); (code == "INVALID") != (other != collection) {
					t.Errorf("a checkpoint of %s is answered %q by %s", collection, code, other)
				}
			}
			for _, limit := range []int{0, -1, 1001} {
				if code, path := w.refusal(inspector, collection, nil, limit); code != "INVALID" || fmt.Sprint(path) != "[limit]" {
					t.Errorf("%s: a limit of %d is answered %s at %v", collection, limit, code, path)
				}
			}
			if code, _ := w.refusal(inspector, collection, map[string]any{"seq": ""}, 1000); code != "" {
				t.Errorf("%s: the beginning is answered %s", collection, code)
			}
			for _, as := range everybody {
				inspects := as == lead || as == inspector || as == second
				if code, _ := w.refusal(as, collection, nil, 10); (code == "") != inspects || !inspects && code != "FORBIDDEN" {
					t.Errorf("%s as %s is answered %q", collection, as, code)
				}
			}
		})
	}
	stale := map[string]any{}
	for _, collection := range pulledCollections {
		stale[collection] = map[string]any{"seq": w.given(inspector, collection)}
	}
	w.mustExec(db, "update installation set id = gen_random_uuid()") // as a restore does
	for collection, checkpoint := range stale {
		if code, _ := w.refusal(inspector, collection, checkpoint, 10); code != "EPOCH_CHANGED" {
			t.Errorf("%s: a checkpoint of before the restore is answered %q", collection, code)
		}
	}
}

// A stranger to an inspection is told nothing of it, also by a checkpoint that names it: tombstones are
// for who was on the team.
func TestAStrangerIsGivenNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.plan("5.8")
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	w.step(lead, "startInspection", "StepInput", id, nil)
	db := w.behind()
	for collection := range selections {
		if came := w.replica(second, collection).pull(10); len(came) != 0 {
			t.Errorf("%s: who left the team before the start is given %v", collection, came)
		}
	}
	rows := func(user string) []string {
		var all []string
		w.asRole(user, func(ctx context.Context, tx pgx.Tx) {
			for _, collection := range []string{"inspection", "checklistItem", "assignment", "priorFinding"} {
				found, err := tx.Query(ctx, "select id::text from rows_to_forget($1, $2)", collection, []string{id})
				if err != nil {
					t.Fatal(err)
				}
				ids, err := pgx.CollectRows(found, pgx.RowTo[string])
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, ids...)
			}
		})
		return all
	}
	if n := len(rows(second)); n != 2+len(w.standard("5.8").Requirements) {
		t.Errorf("who was on the team is told %d ids", n)
	}
	w.mustExec(db, "set session_replication_role = replica; delete from team_member where inspection_id = '"+id+"' and user_id = '"+w.users[second].ID.String()+"'")
	for _, as := range []string{second, facility, analyst, admin} {
		if n := len(rows(as)); n != 0 {
			t.Errorf("%s is told %d ids", as, n)
		}
	}
}

// A pull takes the same few statements whatever the page, the sign-in among them.
func TestWhatAPullOfReferenceCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	w.visited("2025-03-05", nil, []string{"4.3"}, late)
	w.visited("2025-05-05", nil, []string{"4.3"}, late)
	var left []string
	for range 3 {
		left = append(left, w.started("4.3", "5.8"))
	}
	for collection, want := range map[string]int{"Inspection": 3, "ChecklistItem": 4, "Assignment": 4, "PriorFinding": 5} {
		for _, limit := range []int{1, 7, 1000} {
			r := w.replica(second, collection)
			w.statements.Reset()
			r.page(limit)
			if n := w.statements.Count(); n != want {
				t.Errorf("pull%s of %d takes %d statements, want %d: %q", collection, limit, n, want, w.statements.SQL())
			}
		}
	}
	held := map[string]*copied{}
	items := len(w.standard("4.3").Requirements) + len(w.standard("5.8").Requirements)
	for collection, count := range map[string]int{"Inspection": 3, "ChecklistItem": 3 * items, "Assignment": 6, "PriorFinding": 6} {
		held[collection] = w.replica(second, collection)
		held[collection].settled(count)
	}
	for _, id := range left[:2] {
		w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	}
	for collection, want := range map[string]int{"Inspection": 4, "ChecklistItem": 5, "Assignment": 5, "PriorFinding": 5} {
		r := held[collection]
		w.statements.Reset()
		r.page(1000)
		if n := w.statements.Count(); n != want {
			t.Errorf("pull%s with tombstones takes %d statements, want %d: %q", collection, n, want, w.statements.SQL())
		}
	}
}
