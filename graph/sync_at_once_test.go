package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
)

// Whatever happens to a few inspections at once, in whatever order they are named, each request is done,
// refused with a reason, or asked to be sent again: the locks are taken in one order, and what is kept
// stays whole.
func TestPushesStepsAdoptionsAndRulingsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	ids := []string{w.started("5.8"), w.started("5.8"), w.started("5.8")}
	r := w.standard("5.8").Requirements
	device := w.registered(second, "a tablet")
	w.devices.Store("one", device)
	said := func(as string, query string, variables map[string]any) map[string]any {
		var got struct {
			Data   map[string]any
			Errors []struct{ Extensions struct{ Code string } }
		}
		body := w.raw(as, query, variables)
		if err := json.Unmarshal(body, &got); err != nil {
			t.Errorf("as %s: %v: %s", as, err, body)
		}
		for _, e := range got.Errors {
			if e.Extensions.Code != "UNAVAILABLE" && e.Extensions.Code != "FORBIDDEN" {
				t.Errorf("as %s: %s", as, body)
			}
		}
		return got.Data
	}
	does := func(as, mutation, inputType string, input map[string]any) {
		said(as, "mutation M($input: "+inputType+"!) { "+mutation+"(input: $input) { "+problemFields+" } }", map[string]any{"input": input})
	}
	rows := func(round int, rating string, order ...int) []any {
		var rows []any
		for _, n := range order {
			for _, q := range r[:3] {
				rows = append(rows, document{"newDocumentState": document{"id": w.answerID(ids[n], q.ID), "inspectionId": ids[n], "requirementId": q.ID, "rating": rating,
					"remarks": fmt.Sprint(rating, round), "methods": []any{"DOCUMENT"}}})
			}
		}
		return rows
	}
	each := []func(round int){
		func(n int) {
			said(inspector, pushAnswerMutation, map[string]any{"rows": rows(n, "MEETS", 0, 1, 2)})
		},
		func(n int) {
			said(second+"#one", pushAnswerMutation, map[string]any{"rows": rows(n, "DOES_NOT_MEET", 2, 1, 0)})
		},
		func(n int) {
			does(lead, []string{"removeTeamMember", "addTeamMember"}[n%2], "TeamMemberInput", map[string]any{"inspectionId": ids[n%3], "userId": w.users[second].ID})
		},
		func(n int) {
			seen := said(lead, `query($id: ID!) { inspection(id: $id) { lateWork { id decision } disputes { id ruledAt } } }`, map[string]any{"id": ids[n%3]})
			if seen["inspection"] == nil {
				return
			}
			var writes []any
			for _, k := range fields(seen, "inspection", "lateWork").([]any) {
				writes = append(writes, fields(k, "id"))
			}
			slices.Reverse(writes)
			if len(writes) > 0 {
				does(lead, "adoptLateWork", "LateWorkInput", map[string]any{"inspectionId": ids[n%3], "writeIds": writes, "reason": "x"})
			}
			for _, d := range fields(seen, "inspection", "disputes").([]any) {
				does(lead, "ruleDispute", "RuleDisputeInput", map[string]any{"inspectionId": ids[n%3], "disputeId": fields(d, "id"), "revision": 1, "reason": "x"})
			}
		},
		func(n int) {
			does(lead, "finishFieldwork", "FinishFieldworkInput", map[string]any{"inspectionId": ids[n%3], "revision": n})
		},
		func(n int) {
			said(inspector, pullAnswerQuery, map[string]any{"limit": 1000})
		},
		func(n int) {
			for _, sql := range []string{"update facility set name = name || 'x' where id = (select facility_id from inspection limit 1)",
				"update app_user set name = name || 'x'", "update device set last_seen_at = now()"} {
				if _, err := db.Exec(t.Context(), sql); err != nil {
					t.Errorf("%s: %v", sql, err)
				}
			}
		},
	}
	var wait sync.WaitGroup
	for _, one := range each {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for round := range 12 {
				one(round)
			}
		}()
	}
	wait.Wait()
	if n := w.count(db, "select count(*) from answer_revision r where seq > (select head from inspection i where i.id = r.inspection_id)"); n != 0 {
		t.Errorf("%d numbers were never given out", n)
	}
	if n := w.count(db, "select count(*) from (select 1 from answer_revision group by inspection_id, seq having count(*) > 1) d"); n != 0 {
		t.Errorf("%d numbers were given out twice", n)
	}
	if n := w.count(db, "select count(*) from dispute"); n == 0 {
		t.Error("nobody disputed anything")
	}
	w.verifyChains(db)
}
