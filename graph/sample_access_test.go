package graph_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// Draws are fieldwork: the team draws while the inspection runs, OPR and its watchers read, the
// inspected learn nothing of them.
func TestWhoDrawsAndWhoSeesDraws(t *testing.T) {
	t.Parallel()
	p := play(t)
	db := p.behind()
	draw := p.committed(inspector, p.running, nil)
	steps := func(of, draw string) map[string]map[string]any {
		return map[string]map[string]any{
			"commitSample":     {"inspectionId": of, "id": inspection.NewID(), "purpose": "x"},
			"drawSample":       drawInput(of, draw, 20, 2),
			"substituteSample": {"inspectionId": of, "drawId": draw, "position": 1, "reason": "x"},
		}
	}
	for _, as := range everybody {
		for mutation, input := range steps(p.running, draw) {
			want := map[string]string{reviewer: "ForbiddenProblem", auditor: "ForbiddenProblem"}[as]
			if want == "" {
				want = "NotFoundProblem"
			}
			if slices.Contains([]string{lead, inspector, second}, as) {
				continue
			}
			p.untouched(db, mutation+" as "+as, func() {
				p.refusedAs(want, as, mutation, p.try(as, mutation, strings.ToUpper(mutation[:1])+mutation[1:]+"Input", "sampleDraw { id }", input))
			})
		}
		for mutation, input := range steps(p.issued, draw) {
			want := map[bool]string{true: "LockedInspectionProblem", false: "ForbiddenProblem"}[slices.Contains([]string{lead, inspector, second}, as)]
			if slices.Contains([]string{elsewhere, privacy, admin}, as) {
				want = "NotFoundProblem"
			}
			p.untouched(db, mutation+" after the issue as "+as, func() {
				p.refusedAs(want, as, mutation, p.try(as, mutation, strings.ToUpper(mutation[:1])+mutation[1:]+"Input", "sampleDraw { id }", input))
			})
		}
	}
	p.do(lead, "drawSample", "DrawSampleInput", "sampleDraw { id }", drawInput(p.running, draw, 20, 2))
	p.answerAll(inspector, p.running, "MEETS", "5.8")
	seen := func(as string) (listed, node bool) {
		body := string(p.raw(as, "query($id: ID!, $draw: ID!) { inspection(id: $id) { id sampleDraws { id seed } } node(id: $draw) { id } }", map[string]any{"id": p.running, "draw": draw}))
		return strings.Contains(body, `"seed"`), strings.Contains(body, `"node":{"id":"`+draw)
	}
	running := []string{lead, inspector, second, reviewer, auditor}
	for _, as := range everybody {
		if listed, node := seen(as); listed != slices.Contains(running, as) || node != listed {
			t.Errorf("while it runs %s sees draws: %v, as a node %v", as, listed, node)
		}
	}
	p.issue(p.running)
	for _, as := range everybody {
		if listed, node := seen(as); listed != slices.Contains(append(running, analyst), as) || node != listed {
			t.Errorf("after the issue %s sees draws: %v, as a node %v", as, listed, node)
		}
	}
	for _, as := range []string{facility, fieldOffice} {
		if body := string(p.raw(as, "query($id: ID!) { inspection(id: $id) { sampleDraws { id } } }", map[string]any{"id": p.running})); !strings.Contains(body, "FORBIDDEN") || strings.Contains(body, draw) {
			t.Errorf("%s is told %s", as, body)
		}
	}
}

// The second lock: seeds are hidden from the server's own role, and what is drawn stands.
func TestTheDatabaseKeepsSeedsHiddenAndDrawsAsTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	open := w.committed(inspector, id, nil)
	draw, fresh := w.drawn(inspector, id, 40, 4, nil)
	const stands, privilege = "PL050", denied
	for _, as := range []string{lead, inspector, reviewer, auditor, analyst, facility, admin, ""} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			seeds, draws := w.count(tx, "select count(*) from sample_seed"), w.count(tx, "select count(*) from sample_draw")
			sees := map[string]int{lead: 1, inspector: 1, reviewer: 1, auditor: 1}[as]
			if seeds != sees || draws != 2*sees || w.count(tx, "select count(*) from sample_seed where draw_id = $1", open) != 0 {
				t.Errorf("%q sees %d draws and %d seeds, one of the two drawn", as, draws, seeds)
			}
		})
	}
	w.asRole(inspector, func(ctx context.Context, tx pgx.Tx) {
		fix := "update sample_draw set population = 9, size = 1, list = 'x', drawn_by = committed_by, drawn_at = now() where id = $1"
		for _, c := range []struct {
			sql, of, want string
		}{
			{"update sample_draw set population = 41 where id = $1", draw, stands},
			{"update sample_draw set size = 5 where id = $1", draw, stands},
			{"update sample_draw set list = 'another' where id = $1", draw, stands},
			{"update sample_draw set list_sha256 = sha256('x') where id = $1", draw, stands},
			{"update sample_draw set drawn_at = now() where id = $1", draw, stands},
			{"update sample_draw set positions = '{1,2,3,4}' where id = $1", draw, stands},
			{"update sample_draw set population = null, size = null, list = '', drawn_by = null, drawn_at = null, positions = '{}' where id = $1", draw, stands},
			{"update sample_draw set purpose = 'x' where id = $1", draw, stands},
			{"update sample_draw set commitment = sha256('x') where id = $1", open, stands},
			{"update sample_draw set committed_at = now() where id = $1", open, stands},
			{"update sample_draw set positions = '{1}' where id = $1", open, stands},
			{fix, draw, stands},
			{fix, open, ""},
			{"insert into sample_draw select inspection_id, gen_random_uuid(), requirement_id, purpose, commitment, committed_by, committed_at, population, size, list, list_sha256, drawn_by, drawn_at, positions from sample_draw where id = $1", draw, stands},
			{"insert into sample_seed select inspection_id, id, sha256('guess') from sample_draw where id = $1", open, stands},
			{"update sample_seed set seed = sha256('x') where draw_id = $1", draw, privilege},
			{"delete from sample_seed where draw_id = $1", draw, privilege},
			{"delete from sample_draw where id = $1", draw, privilege},
			{"insert into sample_substitution select inspection_id, id, 1, positions[1], 9, 'x', committed_by, now() from sample_draw where id = $1", draw, stands},
			{"insert into sample_substitution select inspection_id, id, 0, 41, 9, 'x', committed_by, now() from sample_draw where id = $1", draw, stands},
			{"insert into sample_substitution select inspection_id, id, 0, 1, 9, 'x', committed_by, now() from sample_draw where id = $1", open, stands},
			{"insert into sample_substitution select inspection_id, id, 0, positions[1], 9, 'x', (select id from app_user where role = 'REVIEWER'), now() from sample_draw where id = $1", draw, privilege},
		} {
			if code := refusedBy(t, ctx, tx, c.sql, c.of); code != c.want {
				t.Errorf("%s: %q, want %q", c.sql, code, c.want)
			}
		}
	})
	w.do(inspector, "substituteSample", "SubstituteSampleInput", "sampleDraw { id }", map[string]any{"inspectionId": id, "drawId": draw, "position": ints(fresh["positions"])[0], "reason": "x"})
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.issue(id)
	w.asRole(lead, func(ctx context.Context, tx pgx.Tx) {
		for sql, want := range map[string]string{
			"update sample_draw set purpose = purpose where inspection_id = $1":                                                                                                       "PL001",
			"insert into sample_draw (inspection_id, id, purpose, commitment, committed_by, committed_at) select $1, gen_random_uuid(), 'x', sha256('x'), actor_id(), now()":          "PL001",
			"insert into sample_substitution select inspection_id, id, 1, positions[2], 9, 'x', actor_id(), now() from sample_draw where inspection_id = $1 and drawn_at is not null": "PL001",
			"update sample_substitution set reason = 'x' where inspection_id = $1":                                                                                                    privilege,
		} {
			if code := refusedBy(t, ctx, tx, sql, id); code != want {
				t.Errorf("after the issue %s: %q, want %q", sql, code, want)
			}
		}
	})
}

// Every step of a draw has its fixed number of statements and one event, however much is drawn.
func TestWhatDrawsCost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	r := w.standard("5.8").Requirements
	cost := func(mutation string, input map[string]any, statements, events int) {
		t.Helper()
		before := w.events(db)
		w.statements.Reset()
		w.do(inspector, mutation, strings.ToUpper(mutation[:1])+mutation[1:]+"Input", "__typename", input)
		if n := w.statements.Count(); n != statements {
			t.Errorf("%s takes %d statements, want %d: %q", mutation, n, statements, w.statements.SQL())
		}
		if n := w.events(db) - before; n != events {
			t.Errorf("%s writes %d events, want %d", mutation, n, events)
		}
	}
	for _, size := range []int{1, 2000} {
		draw := inspection.NewID()
		commit := map[string]any{"inspectionId": id, "id": draw, "purpose": "x"}
		cost("commitSample", commit, 9, 1)
		cost("commitSample", commit, 4, 0)
		input := drawInput(id, draw.String(), 5000, size)
		cost("drawSample", input, 10, 1)
		cost("drawSample", input, 4, 0)
		order := ints(w.do(inspector, "drawSample", "DrawSampleInput", "sampleDraw { positions }", input)["sampleDraw"].(map[string]any)["positions"])
		cost("substituteSample", map[string]any{"inspectionId": id, "drawId": draw, "position": order[0], "reason": "x"}, 8, 1)
		entry := answer(r[size%7].ID, 0, "MEETS", map[string]any{"sample": map[string]any{"drawId": draw, "nonconforming": 0}})
		cost("recordAnswers", map[string]any{"inspectionId": id, "answers": []any{entry}}, 11, 1)
	}
	cost("commitSample", map[string]any{"inspectionId": id, "id": inspection.NewID(), "purpose": "x", "requirementId": r[0].ID}, 10, 1)
	w.statements.Reset()
	w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { sampleDraws { id positions inspected receipt { body } substitutions { reason } } } }", map[string]any{"id": id})
	if n := w.statements.Count(); n != 3 {
		t.Errorf("reading all draws takes %d statements: %q", n, w.statements.SQL())
	}
}
