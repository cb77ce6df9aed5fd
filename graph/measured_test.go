package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
)

const sampleSelection = `sample { drawId population size nonconforming lowest highest unit period group datePairs { start end } limit { value unit } asOf holidays
	interval { lower upper level note } timeliness { limit { value unit } summary total beyond open openBeyond shortest longest median longestOpen } }`

const checkSelection = "thresholdChecks { op value unit note group verdict because lowest highest }"

// requirementOf finds a requirement of the edition by key.
func (w *world) requirementOf(key string) inspection.ID {
	w.t.Helper()
	for _, st := range w.edition.Standards() {
		for _, r := range st.Requirements {
			if r.Key == key {
				return r.ID
			}
		}
	}
	w.t.Fatalf("no requirement %s", key)
	return inspection.ID{}
}

// item reads an item of the checklist by its requirement.
func (w *world) item(as, inspectionID string, requirement inspection.ID, selection string) map[string]any {
	w.t.Helper()
	data := w.ask(as, "query($id: ID!) { inspection(id: $id) { checklist { items { requirement { id } "+selection+" } } } }", map[string]any{"id": inspectionID})
	for _, item := range fields(data, "inspection", "checklist", "items").([]any) {
		if fields(item, "requirement", "id") == requirement.String() {
			return item.(map[string]any)
		}
	}
	w.t.Fatalf("no item of %s", requirement)
	return nil
}

// sampled records an answer with a sample; problems fail the test.
func (w *world) sampled(inspectionID string, requirement inspection.ID, revision int, sample map[string]any) {
	w.t.Helper()
	w.recorded(inspector, inspectionID, answer(requirement, revision, "DOES_NOT_MEET", map[string]any{"sample": sample}))
}

// What was measured is held against the thresholds of the catalogue that a source showed, whatever the
// unit; a figure nobody saw, or a limit for something else, judges nothing and says so.
func TestMeasuresAreHeldAgainstSeenThresholds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.5", "4.1", "2.12", "2.2")
	water, showers, toilets := w.requirementOf("4.5-V.C-07"), w.requirementOf("4.5-V.C-06"), w.requirementOf("4.5-V.C-04")
	food, watch, review := w.requirementOf("4.1-V.D-07"), w.requirementOf("2.12-V.D-13"), w.requirementOf("2.2-V.G-13")
	const seen = "WITHIN BEYOND"
	for _, c := range []struct {
		what        string
		requirement inspection.ID
		sample      map[string]any
		want        string // verdicts in order
		because     string // of the first
	}{
		{"water too hot in places", water, map[string]any{"lowest": 101, "highest": 126, "unit": "F"}, seen, "101 is not below the least of 100 F"},
		{"the same in Celsius", water, map[string]any{"lowest": 38.5, "highest": 52.5, "unit": "degrees C"}, seen, "101.3 is not below the least of 100 F"},
		{"water in a unit nobody knows", water, map[string]any{"lowest": 38, "highest": 52, "unit": "lukewarm"}, "NOT_JUDGED NOT_JUDGED", "the measure is in lukewarm and the limit in F, which do not convert"},
		{"showers for 14 each", showers, map[string]any{"highest": 14, "unit": "people per fixture"}, "BEYOND", "14 is above one for every 12"},
		{"toilets, a figure nobody saw", toilets, map[string]any{"highest": 14, "unit": "people per fixture", "group": "male"}, "NOT_JUDGED NOT_JUDGED", "nobody saw this figure in a source"},
		{"food, which has a hot and a cold limit", food, map[string]any{"lowest": 38, "highest": 40, "unit": "F"}, "NOT_JUDGED NOT_JUDGED", "nobody saw this figure in a source"},
		{"observations by the clock", watch, map[string]any{"limit": map[string]any{"value": 30, "unit": "MINUTES"}, "datePairs": []any{
			map[string]any{"start": "2026-03-03T01:00:00Z", "end": "2026-03-03T01:29:00Z"}, map[string]any{"start": "2026-03-03T01:29:00Z", "end": "2026-03-03T02:22:00Z"}}},
			"BEYOND", "53 is above the most of 30 minutes"},
		{"reviews after 60 to 90 days", review, map[string]any{"limit": map[string]any{"value": 90, "unit": "DAYS"}, "datePairs": []any{
			map[string]any{"start": "2026-01-01", "end": "2026-03-12"}, map[string]any{"start": "2026-01-01", "end": "2026-02-10"}}}, "BEYOND WITHIN", "40 is below the least of 60 days"},
		{"nothing measured", water, map[string]any{"size": 3}, "", ""},
	} {
		revision := int(fields(w.item(inspector, id, c.requirement, "answer { revision }"), "answer", "revision").(float64))
		w.sampled(id, c.requirement, revision, c.sample)
		checks := w.item(inspector, id, c.requirement, checkSelection)["thresholdChecks"].([]any)
		var verdicts []string
		for _, check := range checks {
			verdicts = append(verdicts, fields(check, "verdict").(string))
			if fields(check, "because") == "" {
				t.Errorf("%s: %v gives no reason", c.what, check)
			}
		}
		if got := strings.Join(verdicts, " "); got != c.want {
			t.Errorf("%s: %q, want %q: %v", c.what, got, c.want, checks)
		}
		if len(checks) > 0 && fields(checks[0], "because") != c.because {
			t.Errorf("%s: %v, want %q", c.what, fields(checks[0], "because"), c.because)
		}
	}
}

// grievances are 467 cases of which 222 took more than five days, as OIG-20-45 found; the dates are
// made for the test.
func grievances() []any {
	received := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	var pairs []any
	for n := range 467 {
		took := n % 6
		if n < 222 {
			took = 6 + n%30
		}
		start := received.AddDate(0, 0, n%20)
		pairs = append(pairs, map[string]any{"start": start.Format(time.DateOnly), "end": start.AddDate(0, 0, took).Format(time.DateOnly)})
	}
	return pairs
}

// Timeliness is computed from the dates, never typed: size, nonconforming and the interval follow, on
// every way to the answer the same, and the same again changes nothing.
func TestTimelinessIsComputedFromTheDates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("6.2")
	r := w.requirementOf("6.2-V.B-08")
	sample := map[string]any{"limit": map[string]any{"value": 5, "unit": "DAYS"}, "datePairs": grievances(), "period": "January"}
	entry := answer(r, 0, "DOES_NOT_MEET", map[string]any{"sample": sample})
	w.recorded(inspector, id, entry)
	w.untouched(db, "the same again", func() { w.recorded(inspector, id, entry) })
	item := w.item(inspector, id, r, "answer { id "+sampleSelection+" }")
	got := fields(item, "answer", "sample").(map[string]any)
	if fields(got, "timeliness", "summary") != "222 of 467 beyond 5 days" || got["size"] != 467.0 || got["nonconforming"] != 222.0 || fields(got, "timeliness", "longest") != 35.0 || fields(got, "timeliness", "open") != 0.0 {
		t.Errorf("%v of %v: %v", got["nonconforming"], got["size"], got["timeliness"])
	}
	if fields(got, "interval", "lower") != "0.429291" || fields(got, "interval", "upper") != "0.521772" || fields(got, "interval", "level") != "0.95" || fields(got, "interval", "note") == "" {
		t.Errorf("the interval is %v", got["interval"])
	}
	if len(got["datePairs"].([]any)) != 467 {
		t.Errorf("%d pairs are kept", len(got["datePairs"].([]any)))
	}
	// The checklist is marshalled by hand, the node and the versions by gqlgen.
	node := w.ask(inspector, "query($id: ID!) { node(id: $id) { ...on Answer { "+sampleSelection+" } } }", map[string]any{"id": fields(item, "answer", "id")})
	got["holidays"] = nil // an empty list there, null here
	if diff := cmp.Diff(got, fields(node, "node", "sample")); diff != "" {
		t.Errorf("the node differs from the item:\n%s", diff)
	}

	// Open cases count as of a day; working days leave out the holidays that were entered.
	sample = map[string]any{"limit": map[string]any{"value": 5, "unit": "WORKING_DAYS"}, "asOf": "2026-01-30", "holidays": []any{"2026-01-19"}, "datePairs": []any{
		map[string]any{"start": "2026-01-12", "end": "2026-01-20"}, map[string]any{"start": "2026-01-12"}, map[string]any{"start": "2026-01-28"}}}
	w.sampled(id, r, 1, sample)
	got = fields(w.item(inspector, id, r, "answer { "+sampleSelection+" }"), "answer", "sample").(map[string]any)
	want := map[string]any{"limit": map[string]any{"value": 5.0, "unit": "WORKING_DAYS"}, "summary": "1 of 3 beyond 5 working days", "total": 3.0, "beyond": 1.0,
		"open": 2.0, "openBeyond": 1.0, "shortest": 5.0, "longest": 5.0, "median": 5.0, "longestOpen": 13.0}
	if diff := cmp.Diff(want, got["timeliness"]); diff != "" {
		t.Errorf("open cases (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{map[string]any{"start": "2026-01-12", "end": "2026-01-20"}, map[string]any{"start": "2026-01-12", "end": nil}, map[string]any{"start": "2026-01-28", "end": nil}}, got["datePairs"]); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"2026-01-19"}, got["holidays"]); diff != "" || got["asOf"] != "2026-01-30" {
		t.Errorf("as of %v without %v", got["asOf"], got["holidays"])
	}
	if n := len(w.ask(inspector, "query($i: ID!, $a: ID!) { answerRevisions(inspectionId: $i, answerId: $a) { revision "+sampleSelection+" } }",
		map[string]any{"i": id, "a": fields(item, "answer", "id")})["answerRevisions"].([]any)); n != 2 {
		t.Errorf("%d versions", n)
	}
}

// A sample cites its draw; population and size follow from it.
func TestASampleFollowsFromItsDraw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	rs := w.standard("5.8").Requirements
	draw, _ := w.drawn(inspector, id, 120, 12, nil)
	bound, _ := w.drawn(inspector, id, 30, 5, map[string]any{"requirementId": rs[1].ID})
	open := w.committed(inspector, id, nil)
	other := w.started("5.8")
	foreign, _ := w.drawn(inspector, other, 30, 5, nil)
	w.sampled(id, rs[0].ID, 0, map[string]any{"drawId": draw, "nonconforming": 2})
	w.sampled(id, rs[1].ID, 0, map[string]any{"drawId": bound, "size": 5, "population": 30})
	got := fields(w.item(inspector, id, rs[0].ID, "answer { "+sampleSelection+" }"), "answer", "sample").(map[string]any)
	note, _ := fields(got, "interval", "note").(string)
	if got["drawId"] != draw || got["population"] != 120.0 || got["size"] != 12.0 || fields(got, "interval", "lower") != "0.020862" || contains(note, "No draw is recorded") {
		t.Errorf("the sample is %v", got)
	}
	for _, c := range []struct {
		what    string
		sample  map[string]any
		kind    string
		path    string
		message string
	}{
		{"a draw that there is not", map[string]any{"drawId": inspection.NewID()}, "NotFoundProblem", "drawId", "no such draw"},
		{"another inspection's draw", map[string]any{"drawId": foreign}, "NotFoundProblem", "drawId", "no such draw"},
		{"a draw not drawn", map[string]any{"drawId": open}, "ConflictProblem", "drawId", "draw the sample first"},
		{"another item's draw", map[string]any{"drawId": bound}, "ConflictProblem", "drawId", "for another item"},
		{"another size", map[string]any{"drawId": draw, "size": 11}, "ValidationProblem", "size", "the draw has 12 to inspect, not 11"},
		{"another population", map[string]any{"drawId": draw, "population": 12}, "ValidationProblem", "population", "the draw is from 120, not 12"},
		{"more nonconforming than drawn", map[string]any{"drawId": draw, "nonconforming": 13}, "ValidationProblem", "nonconforming", "more nonconforming (13) than sampled (12)"},
		{"dates of another number", map[string]any{"drawId": draw, "limit": map[string]any{"value": 5, "unit": "DAYS"}, "datePairs": []any{map[string]any{"start": "2026-01-01", "end": "2026-01-02"}}},
			"ValidationProblem", "size", "the draw has 12 to inspect, not 1"},
	} {
		w.refusedSample(db, c.what, id, rs[2].ID, c.sample, c.kind, c.path, c.message)
	}
}

// refusedSample asserts that an answer with the sample is refused by its field and leaves nothing.
func (w *world) refusedSample(db *pgxpool.Pool, what, inspectionID string, requirement inspection.ID, sample map[string]any, kind, path, message string) {
	w.t.Helper()
	w.untouched(db, what, func() {
		payload := w.recordAs(inspector, inspectionID, answer(requirement, 0, "DOES_NOT_MEET", map[string]any{"sample": sample}))
		said := w.refusedAs(kind, inspector, what, payload)
		if !contains(said, message) || len(said) > 300 || inside.MatchString(said) {
			w.t.Errorf("%s: %q, want %q", what, said, message)
		}
		want := "input.answers.0.sample"
		if path != "" {
			want += "." + path
		}
		if problems := payload["problems"].([]any); len(problems) == 0 || fmt.Sprint(fields(problems[0], "path")) != fmt.Sprint(strings.Split(want, ".")) {
			w.t.Errorf("%s: %v, want the path %s", what, problems, want)
		}
	})
}

// Wrong figures and dates are refused by their field; a unit that no threshold knows is none of them.
func TestSamplesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	r := w.standard("5.8").Requirements[0].ID
	pair := func(start, end string) map[string]any { return map[string]any{"start": start, "end": end} }
	dated := func(limit int, unit string, more map[string]any, pairs ...any) map[string]any {
		s := map[string]any{"limit": map[string]any{"value": limit, "unit": unit}, "datePairs": pairs}
		for k, v := range more {
			s[k] = v
		}
		return s
	}
	good := pair("2026-03-01", "2026-03-02")
	many := make([]any, 2001)
	for n := range many {
		many[n] = good
	}
	tomorrow := time.Now().AddDate(0, 0, 3).Format(time.DateOnly)
	for _, c := range []struct {
		what          string
		sample        map[string]any
		path, message string
	}{
		{"k above n", map[string]any{"size": 12, "nonconforming": 13}, "nonconforming", "more nonconforming (13) than sampled (12)"},
		{"n above N", map[string]any{"population": 11, "size": 12}, "size", "the sample (12) is larger than its population (11)"},
		{"a negative count", map[string]any{"nonconforming": -1}, "", "not negative"},
		{"an absurd population", map[string]any{"population": 2_000_000_000}, "", "at most 1000000000"},
		{"an absurd sample", map[string]any{"size": 1_000_001}, "size", "at most 1000000"},
		{"NaN, which a text can carry", map[string]any{"lowest": "NaN", "unit": "F"}, "lowest", "finite"},
		{"infinity, which a text can carry", map[string]any{"highest": "Inf", "unit": "F"}, "highest", "finite"},
		{"a temperature below the absolute zero", map[string]any{"lowest": -300, "unit": "C"}, "lowest", "beyond all sense"},
		{"a negative time", map[string]any{"lowest": -1, "unit": "hours"}, "lowest", "beyond all sense"},
		{"a measure of 1e300", map[string]any{"highest": 1e300}, "highest", "beyond all sense"},
		{"a range upside down", map[string]any{"lowest": 3, "highest": 2}, "highest", "below the lowest"},
		{"a group of 201 characters", map[string]any{"group": strings.Repeat("x", 201)}, "group", "at most 200"},
		{"a group with a NUL", map[string]any{"group": "\x00"}, "group", "cannot be stored"},
		{"dates reversed", dated(5, "DAYS", nil, good, pair("2026-03-05", "2026-03-04")), "datePairs.1.end", "pair 2 ends (2026-03-04) before it starts (2026-03-05)"},
		{"no date", dated(5, "DAYS", nil, pair("2026-02-30", "2026-03-04")), "datePairs.0.start", "the start of pair 1"},
		{"a date with a NUL", dated(5, "DAYS", nil, pair("\x00", "2026-03-04")), "datePairs.0.start", "the start of pair 1"},
		{"a limit of zero", dated(0, "DAYS", nil, good), "limit.value", "one of 0 is kept by nothing"},
		{"a day where hours count", dated(5, "HOURS", nil, good), "datePairs.0.start", "needs the time"},
		{"an open case as of no day", dated(5, "DAYS", nil, map[string]any{"start": "2026-03-01"}), "asOf", "pair 1 has no end"},
		{"a case of the future", dated(5, "DAYS", nil, pair("2026-03-01", tomorrow)), "datePairs.0.end", "lies in the future"},
		{"counted in the future", dated(5, "DAYS", map[string]any{"asOf": tomorrow}, good), "asOf", "lies in the future"},
		{"a holiday that is none", dated(5, "WORKING_DAYS", map[string]any{"holidays": []any{"Easter"}}, good), "holidays.0", "holiday 1"},
		{"2,001 pairs", dated(5, "DAYS", nil, many...), "datePairs", "1 to 2000"},
		{"dates without a limit", map[string]any{"datePairs": []any{good}}, "limit", "how long a case may take"},
		{"a limit without dates", map[string]any{"limit": map[string]any{"value": 5, "unit": "DAYS"}}, "datePairs", "go with the dates"},
		{"holidays without dates", map[string]any{"holidays": []any{"2026-03-01"}}, "datePairs", "go with the dates"},
		{"a typed nonconforming that contradicts the dates", dated(5, "DAYS", map[string]any{"nonconforming": 1}, good), "nonconforming", "by the dates 0 are beyond the limit, not 1"},
		{"a typed size that contradicts the dates", dated(5, "DAYS", map[string]any{"size": 2}, good), "size", "the dates are of 1 cases, not 2"},
		{"a population below the dates", dated(5, "DAYS", map[string]any{"population": 1}, good, good), "size", "the sample (2) is larger than its population (1)"},
	} {
		w.refusedSample(db, c.what, id, r, c.sample, "ValidationProblem", c.path, c.message)
	}
	w.sampled(id, r, 0, dated(5, "DAYS", map[string]any{"size": 1, "nonconforming": 0, "unit": "furlongs", "lowest": 3}, good))
}

// What is derived costs nothing unless it is asked for, and no statement even then.
func TestDerivedFiguresCostNoStatement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("6.2", "4.5")
	w.sampled(id, w.requirementOf("6.2-V.B-08"), 0, map[string]any{"limit": map[string]any{"value": 5, "unit": "DAYS"}, "datePairs": grievances()})
	w.sampled(id, w.requirementOf("4.5-V.C-07"), 0, map[string]any{"lowest": 101, "highest": 126, "unit": "F", "size": 12, "nonconforming": 2})
	for _, selection := range []string{"answer { rating }", "answer { rating " + sampleSelection + " } " + checkSelection} {
		query := "query($id: ID!) { inspection(id: $id) { checklist { items { " + selection + " } } } }"
		w.ask(inspector, query, map[string]any{"id": id})
		w.statements.Reset()
		w.ask(inspector, query, map[string]any{"id": id})
		if n := w.statements.Count(); n != 4 {
			t.Errorf("%s takes %d statements: %q", selection, n, w.statements.SQL())
		}
	}
	// The dates are kept, and travel with the snapshot, as ISO 8601 intervals.
	var stored struct{ DatePairs []string }
	text := w.rows(w.behind(), "select sample::text from answer where inspection_id = $1 and sample->'datePairs' is not null", id)
	if len(text) != 1 {
		t.Fatalf("%d samples with dates", len(text))
	}
	if err := json.Unmarshal([]byte(text[0]), &stored); err != nil || len(stored.DatePairs) != 467 || stored.DatePairs[0] != "2026-01-05/2026-01-11" {
		t.Errorf("kept as %.80s (%v)", text[0], err)
	}
}
