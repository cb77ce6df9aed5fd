package graph_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// The second lock: what tells of fieldwork is hidden from the inspected without the server's help.
func TestWhoSeesTheMemorysRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	w.visited("2025-02-04", nil, []string{"4.3"}, late)
	w.visited("2025-06-03", nil, []string{"4.3"}, late)
	w.visit("2025-09-02", nil, "4.3")
	type rows struct{ carried, trend, fieldwork int }
	for as, want := range map[string]rows{lead: {3, 1, 1}, inspector: {3, 1, 1}, reviewer: {3, 1, 1}, auditor: {3, 1, 1}, analyst: {1, 1, 1},
		facility: {0, 1, 0}, fieldOffice: {0, 1, 0}, elsewhere: {}, privacy: {}, admin: {}, "": {}} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			var got rows
			err := tx.QueryRow(ctx, "select (select count(*) from carried_action), (select count(*) from trend), (select count(*) from trend_fieldwork)").Scan(&got.carried, &got.trend, &got.fieldwork)
			if err != nil || got != want {
				t.Errorf("%q sees %+v, want %+v (%v)", as, got, want, err)
			}
		})
	}
}

// What the memory costs in statements, whatever it holds.
func TestWhatRememberingCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var unmet []inspection.ID
	for _, r := range w.standard("4.3").Requirements[:40] {
		unmet = append(unmet, r.ID)
	}
	measure := func(id string) {
		t.Helper()
		for selection, want := range map[string]int{"deficiencyDrafts { text repeatOf }": 5, "carriedActions { text outcome }": 3, "priorFindings { text itemId }": 3,
			"trend { repeated }": 6, "findings { repeatOf }": 7} {
			w.of(inspector, id, selection)
			w.statements.Reset()
			w.of(inspector, id, selection)
			if n := w.statements.Count(); n != want {
				t.Errorf("%s takes %d statements, want %d: %q", selection, n, want, w.statements.SQL())
			}
		}
	}
	w.visited("2025-02-04", nil, []string{"4.3"}, unmet[0])
	small := w.visit("2025-03-04", nil, "4.3")
	w.recorded(inspector, small, answer(unmet[0], 0, "DOES_NOT_MEET", nil))
	measure(small)
	w.visited("2025-06-03", nil, []string{"4.3"}, unmet...)
	large := w.visit("2025-07-01", nil, "4.3")
	for _, r := range unmet {
		w.recorded(inspector, large, answer(r, 0, "DOES_NOT_MEET", nil))
	}
	measure(large)
	if n := len(w.of(inspector, large, "carriedActions { ageDays }").([]any)); n != 41 {
		t.Errorf("%d actions came along, want 41", n)
	}
}

// What was remembered at the issue is as frozen as the rest.
func TestTheMemoryIsFrozen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.onLine("MC-137").ID
	w.visited("2025-02-04", nil, []string{"4.3"}, late)
	this := w.visited("2025-06-03", nil, []string{"4.3"}, late)
	const frozen = "PL001"
	for _, as := range []string{lead, reviewer} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			for sql, want := range map[string]string{
				"update finding set repeat_derived = 'NONE' where inspection_id = $1":              frozen,
				"update carried_action set outcome = 'LOOKED_AT' where inspection_id = $1":         frozen,
				"insert into carried_action select * from carried_action where inspection_id = $1": frozen,
				"insert into trend (inspection_id, body) values ($1, '{}')":                        frozen,
				"insert into trend_fieldwork (inspection_id, body) values ($1, '{}')":              frozen,
				"update trend set body = '{}' where inspection_id = $1":                            denied,
				"update trend_fieldwork set body = '{}' where inspection_id = $1":                  denied,
				"delete from carried_action where inspection_id = $1":                              denied,
			} {
				if code := refusedBy(t, ctx, tx, sql, this); code != want {
					t.Errorf("%s: %s: %q, want %q", as, sql, code, want)
				}
			}
		})
	}
}
