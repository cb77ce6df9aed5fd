package graph_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
