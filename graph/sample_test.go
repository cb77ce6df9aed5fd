package graph_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

const drawFields = `sampleDraw { id inspectionId requirementId purpose commitment committedBy committedAt population size list listSha256 drawnBy drawnAt
	seed positions inspected substitutions { position replacement reason substitutedBy } receipt { sha256 body } }`

// committed commits to a draw and returns its id.
func (w *world) committed(as, inspectionID string, more map[string]any) string {
	w.t.Helper()
	id := inspection.NewID().String()
	input := map[string]any{"inspectionId": inspectionID, "id": id, "purpose": "detention files, for the admission forms"}
	for k, v := range more {
		input[k] = v
	}
	w.do(as, "commitSample", "CommitSampleInput", "sampleDraw { id }", input)
	return id
}

func drawInput(inspectionID, draw string, population, size int) map[string]any {
	return map[string]any{"inspectionId": inspectionID, "drawId": draw, "population": population, "size": size, "list": "detention files of all held on 3 March, by bed"}
}

// drawn commits and draws, and returns the draw's id and its fields.
func (w *world) drawn(as, inspectionID string, population, size int, more map[string]any) (string, map[string]any) {
	w.t.Helper()
	id := w.committed(as, inspectionID, more)
	payload := w.do(as, "drawSample", "DrawSampleInput", drawFields, drawInput(inspectionID, id, population, size))
	return id, payload["sampleDraw"].(map[string]any)
}

// order is the seed's order of 1..population, computed here once more: the list is really shuffled.
func order(t *testing.T, seed string, population int) []int {
	t.Helper()
	key, err := hex.DecodeString(seed)
	if err != nil || len(key) != 32 {
		t.Fatalf("the seed is %q", seed)
	}
	var numbers []uint64
	block := uint64(0)
	next := func() uint64 {
		if len(numbers) == 0 {
			digest := sha256.Sum256(binary.BigEndian.AppendUint64(slices.Clone(key), block))
			block++
			for at := 0; at < 32; at += 8 {
				numbers = append(numbers, binary.BigEndian.Uint64(digest[at:]))
			}
		}
		x := numbers[0]
		numbers = numbers[1:]
		return x
	}
	list := make([]int, population)
	for n := range list {
		list[n] = n + 1
	}
	for k := range list {
		r := uint64(population - k)
		x := next()
		for surplus := (^uint64(0)%r + 1) % r; x > ^uint64(0)-surplus; x = next() {
		}
		j := k + int(x%r)
		list[k], list[j] = list[j], list[k]
	}
	return list
}

func ints(v any) []int {
	var all []int
	for _, n := range v.([]any) {
		all = append(all, int(n.(float64)))
	}
	return all
}

// From the commitment to the receipt: the seed is hidden until it is said what is drawn from, the
// positions follow from it, substitutes are the next ones, and the receipt and the snapshot hold it all.
func TestASampleIsDrawnByACommittedSeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	draw, events := inspection.NewID().String(), w.events(db)
	commit := map[string]any{"inspectionId": id, "id": draw, "requirementId": r, "purpose": " work details, for the hours "}
	first := w.do(inspector, "commitSample", "CommitSampleInput", drawFields, commit)["sampleDraw"].(map[string]any)
	for _, hidden := range []string{"seed", "population", "size", "drawnBy", "drawnAt", "receipt", "listSha256"} {
		if first[hidden] != nil {
			t.Errorf("before the draw %s is %v", hidden, first[hidden])
		}
	}
	if first["purpose"] != "work details, for the hours" || first["committedBy"] != w.users[inspector].ID.String() || len(ints(first["positions"])) > 0 {
		t.Errorf("committed: %v", first)
	}
	if again := w.do(lead, "commitSample", "CommitSampleInput", drawFields, commit)["sampleDraw"]; !cmp.Equal(first, again) {
		t.Errorf("committed again: %v", again)
	}

	input := drawInput(id, draw, 467, 12)
	input["listSha256"] = strings.Repeat("ab", 32)
	drawn := w.do(second, "drawSample", "DrawSampleInput", drawFields, input)["sampleDraw"].(map[string]any)
	seed := drawn["seed"].(string)
	key, err := hex.DecodeString(seed)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(key); hex.EncodeToString(sum[:]) != first["commitment"] || drawn["commitment"] != first["commitment"] {
		t.Errorf("the seed %s is not the one that was committed to, %v", seed, first["commitment"])
	}
	expected := order(t, seed, 467)
	if got := ints(drawn["positions"]); !slices.Equal(got, expected[:12]) || !slices.Equal(got, ints(drawn["inspected"])) {
		t.Errorf("drawn %v, want %v", got, expected[:12])
	}
	if again := w.do(inspector, "drawSample", "DrawSampleInput", drawFields, input)["sampleDraw"]; !cmp.Equal(drawn, again) {
		t.Errorf("drawn again: %s", cmp.Diff(drawn, again))
	}

	missing := map[string]any{"inspectionId": id, "drawId": draw, "position": expected[2], "reason": "file not found"}
	w.do(inspector, "substituteSample", "SubstituteSampleInput", drawFields, missing)
	w.do(inspector, "substituteSample", "SubstituteSampleInput", drawFields, map[string]any{"inspectionId": id, "drawId": draw, "position": expected[12], "reason": "released before the period"})
	last := w.do(inspector, "substituteSample", "SubstituteSampleInput", drawFields, missing)["sampleDraw"].(map[string]any)
	want := slices.Clone(expected[:12])
	want[2] = expected[13]
	if got := ints(last["inspected"]); !slices.Equal(got, want) || len(last["substitutions"].([]any)) != 2 {
		t.Errorf("after substitution %v, want %v: %v", got, want, last["substitutions"])
	}
	w.checkReceipt(last, seed, expected, want)
	if n := w.events(db) - events; n != 4 {
		t.Errorf("%d audit events for a commitment, a draw and two substitutions, each once and two of them again", n)
	}
	w.verifyChains(db)

	w.answerAll(inspector, id, "MEETS", "5.8")
	w.issue(id)
	var snapshot struct {
		Samples []struct{ ID, Receipt, SHA256 string }
	}
	body := fields(w.ask(analyst, "query($id: ID!) { inspection(id: $id) { snapshot { body } } }", map[string]any{"id": id}), "inspection", "snapshot", "body").(string)
	if err := json.Unmarshal([]byte(body), &snapshot); err != nil {
		t.Fatal(err)
	}
	if len(snapshot.Samples) != 1 || snapshot.Samples[0].ID != draw || snapshot.Samples[0].Receipt != fields(last, "receipt", "body") || snapshot.Samples[0].SHA256 != fields(last, "receipt", "sha256") {
		t.Errorf("the snapshot holds %+v", snapshot.Samples)
	}
}

// checkReceipt reads a receipt as an outsider would.
func (w *world) checkReceipt(draw map[string]any, seed string, order, inspected []int) {
	w.t.Helper()
	body := fields(draw, "receipt", "body").(string)
	if sum := sha256.Sum256([]byte(body)); hex.EncodeToString(sum[:]) != fields(draw, "receipt", "sha256") {
		w.t.Errorf("the receipt's hash is %v", fields(draw, "receipt", "sha256"))
	}
	var receipt struct {
		Method, ID, Seed, Commitment, List, ListSHA256 string
		Population, Size                               int
		Positions, Inspected                           []int
		Substitutions                                  []struct {
			Position, Replacement int
			Reason                string
		}
	}
	if err := json.Unmarshal([]byte(body), &receipt); err != nil {
		w.t.Fatal(err)
	}
	if receipt.Method != "plumbline-sample/1" || receipt.ID != draw["id"] || receipt.Seed != seed || receipt.Commitment != draw["commitment"] || receipt.List == "" ||
		receipt.ListSHA256 != draw["listSha256"] || !slices.Equal(receipt.Positions, order[:receipt.Size]) || receipt.Population != len(order) || !slices.Equal(receipt.Inspected, inspected) {
		w.t.Errorf("the receipt says %+v", receipt)
	}
	for n, s := range receipt.Substitutions {
		if s.Replacement != order[receipt.Size+n] || s.Reason == "" {
			w.t.Errorf("substitution %d is %+v, want by %d", n, s, order[receipt.Size+n])
		}
	}
}

// Where all are drawn already, a position that cannot be inspected is left out and nothing replaces it.
// An answer that still counts it is a gap.
func TestAnExhaustedListLeavesNoSubstitute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	draw, fresh := w.drawn(inspector, id, 3, 3, nil)
	all := ints(fresh["positions"])
	substitute := func(position int) map[string]any {
		return w.try(inspector, "substituteSample", "SubstituteSampleInput", drawFields, map[string]any{"inspectionId": id, "drawId": draw, "position": position, "reason": "x"})
	}
	r := w.standard("5.8").Requirements[0].ID
	w.answerAll(inspector, id, "MEETS", "5.8")
	cited := func(revision int) {
		w.recorded(inspector, id, answer(r, revision, "MEETS", map[string]any{"sample": map[string]any{"drawId": draw, "nonconforming": 1}}))
	}
	gaps := func() []any {
		return fields(w.ask(lead, "query($id: ID!) { inspection(id: $id) { gaps { message } } }", map[string]any{"id": id}), "inspection", "gaps").([]any)
	}
	cited(1)
	if open := gaps(); len(open) > 0 {
		t.Errorf("gaps before: %v", open)
	}
	left := substitute(all[1])["sampleDraw"].(map[string]any)
	if got := ints(left["inspected"]); !slices.Equal(got, []int{all[0], all[2]}) || fields(left["substitutions"].([]any)[0], "replacement") != nil {
		t.Errorf("%v are left: %v", got, left)
	}
	if open := gaps(); len(open) != 1 || !contains(fields(open[0], "message").(string), "the sample is of 3, and its draw has 2 left to inspect; record the answer again") {
		t.Errorf("gaps: %v", open)
	}
	w.refused("GuardProblem", w.try(lead, "finishFieldwork", "FinishFieldworkInput", header, w.stepInput(id, nil)))
	cited(2)
	if n := w.count(w.behind(), "select (sample->>'size')::int from answer where inspection_id = $1 and requirement_id = $2", id, r); n != 2 {
		t.Errorf("the sample has %d, want the two that could be inspected", n)
	}
	w.issue(id)
}

// Bad figures, wrong order, wrong names: each is refused by its field and leaves nothing behind.
func TestDrawsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, other := w.started("5.8"), w.started("5.8")
	taken := w.deficiency(inspector, id, "5.8", nil)
	elsewhere := w.committed(inspector, other, nil)
	open := w.committed(inspector, id, nil)
	draw, fresh := w.drawn(inspector, id, 40, 4, nil)
	position := ints(fresh["positions"])[0]
	w.do(inspector, "substituteSample", "SubstituteSampleInput", "sampleDraw { id }", map[string]any{"inspectionId": id, "drawId": draw, "position": position, "reason": "file missing"})
	commit := func(changes map[string]any) map[string]any {
		input := map[string]any{"inspectionId": id, "id": inspection.NewID(), "purpose": "x"}
		for k, v := range changes {
			input[k] = v
		}
		return input
	}
	with := func(input map[string]any, key string, value any) map[string]any {
		input[key] = value
		return input
	}
	substitute := func(of string, position int, reason string) map[string]any {
		return map[string]any{"inspectionId": id, "drawId": of, "position": position, "reason": reason}
	}
	const commits, draws, substitutes = "commitSample", "drawSample", "substituteSample"
	for _, c := range []struct {
		what, mutation string
		input          map[string]any
		kind, path     string
		message        string
	}{
		{"no purpose", commits, commit(map[string]any{"purpose": "  "}), "ValidationProblem", "input.purpose", "say what the sample is for"},
		{"a purpose with a NUL", commits, commit(map[string]any{"purpose": "a\x00b"}), "ValidationProblem", "input.purpose", "cannot be stored"},
		{"a purpose of 10,001 characters", commits, commit(map[string]any{"purpose": strings.Repeat("ü", 10_001)}), "ValidationProblem", "input.purpose", "at most 10000"},
		{"the zero id", commits, commit(map[string]any{"id": inspection.ID{}}), "ValidationProblem", "input.id", "UUIDv7"},
		{"an item of another standard", commits, commit(map[string]any{"requirementId": w.standard("7.1").Requirements[0].ID}), "NotFoundProblem", "input.requirementId", "no item"},
		{"a committed id for another purpose", commits, commit(map[string]any{"id": open}), "ConflictProblem", "input.id", "mint a new one"},
		{"another inspection's id", commits, commit(map[string]any{"id": elsewhere}), "ConflictProblem", "input", "names another object"},
		{"a finding's id", commits, commit(map[string]any{"id": taken}), "ConflictProblem", "input", "names another object"},
		{"more than there are", draws, drawInput(id, open, 11, 12), "ValidationProblem", "input.size", "12 cannot be drawn from 11"},
		{"nothing", draws, drawInput(id, open, 11, 0), "ValidationProblem", "input.size", "draw 1 to 2000"},
		{"a negative size", draws, drawInput(id, open, 11, -1), "ValidationProblem", "input.size", "draw 1 to 2000"},
		{"of nothing", draws, drawInput(id, open, 0, 0), "ValidationProblem", "input.population", "a population has 1 to"},
		{"of a negative population", draws, drawInput(id, open, -5, 1), "ValidationProblem", "input.population", "a population has 1 to"},
		{"of too many", draws, drawInput(id, open, 10_000_001, 1), "ValidationProblem", "input.population", "a population has 1 to"},
		{"too many", draws, drawInput(id, open, 10_000, 2001), "ValidationProblem", "input.size", "draw 1 to 2000"},
		{"without a list", draws, with(drawInput(id, open, 11, 1), "list", " "), "ValidationProblem", "input.list", "say which list"},
		{"a list with a NUL", draws, with(drawInput(id, open, 11, 1), "list", "\x00"), "ValidationProblem", "input.list", "cannot be stored"},
		{"a draw nobody committed to", draws, drawInput(id, inspection.NewID().String(), 11, 1), "NotFoundProblem", "input.drawId", "no such draw"},
		{"another inspection's draw", draws, drawInput(id, elsewhere, 11, 1), "NotFoundProblem", "input.drawId", "no such draw"},
		{"again with another size", draws, drawInput(id, draw, 40, 5), "ConflictProblem", "input.drawId", "drawn already, 4 of 40"},
		{"again with another population", draws, drawInput(id, draw, 41, 4), "ConflictProblem", "input.drawId", "drawn already"},
		{"again with another list", draws, with(drawInput(id, draw, 40, 4), "list", "by name"), "ConflictProblem", "input.drawId", "drawn already"},
		{"again with a hash", draws, with(drawInput(id, draw, 40, 4), "listSha256", strings.Repeat("0", 64)), "ConflictProblem", "input.drawId", "drawn already"},
		{"a substitute before the draw", substitutes, substitute(open, 1, "x"), "ConflictProblem", "input.drawId", "draw the sample first"},
		{"a substitute without a reason", substitutes, substitute(draw, ints(fresh["positions"])[1], " "), "ValidationProblem", "input.reason", "say why"},
		{"a substitute of a position not drawn", substitutes, substitute(draw, order(t, fresh["seed"].(string), 40)[30], "x"), "ValidationProblem", "input.position", "not among those to inspect"},
		{"a substitute of position 0", substitutes, substitute(draw, 0, "x"), "ValidationProblem", "input.position", "not among those to inspect"},
		{"a substitute again for another reason", substitutes, substitute(draw, position, "changed my mind"), "ConflictProblem", "input.position", "for another reason"},
		{"a substitute in no draw", substitutes, substitute(elsewhere, 1, "x"), "NotFoundProblem", "input.drawId", "no such draw"},
	} {
		w.untouched(db, c.what, func() {
			payload := w.try(inspector, c.mutation, strings.ToUpper(c.mutation[:1])+c.mutation[1:]+"Input", "sampleDraw { id }", c.input)
			message := w.refusedAs(c.kind, inspector, c.what, payload)
			if payload["sampleDraw"] != nil || !contains(message, c.message) {
				t.Errorf("%s: %q, want %q", c.what, message, c.message)
			}
			if problems := payload["problems"].([]any); len(problems) == 0 || fmt.Sprint(fields(problems[0], "path")) != fmt.Sprint(strings.Split(c.path, ".")) {
				t.Errorf("%s: %v, want the path %s", c.what, problems, c.path)
			}
		})
	}
	// The other way about: what a draw is called, nothing else is called.
	w.refused("ConflictProblem", w.try(inspector, "recordFindings", "RecordFindingsInput", "findings { id }", map[string]any{"inspectionId": id,
		"findings": []any{map[string]any{"id": draw, "revision": 0, "kind": "NOTE", "text": "x"}}}))
	w.refused("ConflictProblem", w.try(inspector, "declareEvidence", "DeclareEvidenceInput", "evidence { id }", map[string]any{"inspectionId": id,
		"evidence": []any{declaration(draw, picture(1), nil)}}))
}

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
