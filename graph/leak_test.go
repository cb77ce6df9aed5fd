package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"plumbline/graph"
	"plumbline/graph/generated"
	"plumbline/inspection"
)

// schemaWalk writes selections of everything that a type offers.
type schemaWalk struct{ schema *ast.Schema }

func wholeSchema(w *world) schemaWalk {
	return schemaWalk{generated.NewExecutableSchema(generated.Config{Resolvers: &graph.Resolver{Service: w.service}}).Schema()}
}

// everything selects every field of the type that needs no argument, to the depth.
func (s schemaWalk) everything(name string, depth int) string {
	def := s.schema.Types[name]
	switch def.Kind {
	case ast.Scalar, ast.Enum:
		return ""
	case ast.Interface, ast.Union:
		all := " { __typename"
		for _, possible := range s.schema.GetPossibleTypes(def) {
			all += " ... on " + possible.Name + strings.Replace(s.everything(possible.Name, depth), "{", "{ __typename", 1)
		}
		return all + " }"
	}
	all := " { __typename"
	for _, f := range def.Fields {
		if strings.HasPrefix(f.Name, "__") || slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil }) {
			continue
		}
		of := s.schema.Types[f.Type.Name()]
		if of.Kind == ast.Scalar || of.Kind == ast.Enum {
			all += " " + f.Name
		} else if depth > 0 {
			all += " " + f.Name + s.everything(f.Type.Name(), depth-1)
		}
	}
	return all + " }"
}

// told is everything that the API tells a user of an inspection, field by field.
func (w *world) told(as, id string) map[string]string {
	w.t.Helper()
	s := wholeSchema(w)
	told := map[string]string{}
	for _, f := range s.schema.Types["Inspection"].Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		for depth := 3; depth >= 0; depth-- {
			body := string(w.raw(as, "query($id: ID!) { inspection(id: $id) { "+f.Name+s.everything(f.Type.Name(), depth)+" } }", map[string]any{"id": id}))
			if strings.Contains(body, "LIMIT_EXCEEDED") && depth > 0 {
				continue
			}
			if strings.Contains(body, "GRAPHQL_VALIDATION_FAILED") || strings.Contains(body, `"code":"INTERNAL"`) || strings.Contains(body, "GRAPHQL_PARSE_FAILED") {
				w.t.Errorf("%s as %s: %.400s", f.Name, as, body)
			}
			told[f.Name] = body
			break
		}
	}
	return told
}

// kestrels plays an issued inspection in which OPR says its secret word wherever only OPR may read it.
func kestrels(t *testing.T) (*world, string, []string) {
	w := newWorld(t)
	r := func(n int) inspection.ID { return w.standard("5.8").Requirements[n].ID }
	before := w.visited("2025-03-03", nil, []string{"5.8"}, r(5))
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.recorded(inspector, id, answer(r(0), 1, "NOT_APPLICABLE", map[string]any{"reason": secretWord + " reason", "remarks": secretWord, "methods": []any{"DETAINEE_INTERVIEW"}}),
		answer(r(1), 1, "UNDETERMINED", map[string]any{"reason": secretWord + " reason", "methods": []any{"DETAINEE_INTERVIEW"}}),
		answer(r(2), 1, "NOT_REVIEWED", map[string]any{"reason": secretWord + " reason", "methods": []any{}}),
		answer(r(3), 1, "DOES_NOT_MEET", map[string]any{"remarks": secretWord}), answer(r(4), 1, "DOES_NOT_MEET", map[string]any{"remarks": secretWord}))
	w.recorded(second, id, answer(r(6), 1, "DOES_NOT_MEET", map[string]any{"remarks": secretWord}))
	w.do(lead, "ruleDispute", "RuleDisputeInput", "answer { id }", map[string]any{"inspectionId": id, "revision": 2, "reason": secretWord,
		"disputeId": fields(w.ask(lead, "query($id: ID!) { inspection(id: $id) { disputes { id } } }", map[string]any{"id": id}), "inspection", "disputes").([]any)[0].(map[string]any)["id"]})
	w.do(lead, "recordMilestone", "RecordMilestoneInput", header, map[string]any{"inspectionId": id, "kind": "ENTRANCE_BRIEFING", "occurredAt": "2026-03-03T13:00:00Z", "rolesPresent": []any{secretWord}, "note": secretWord})
	w.upload(inspector, id, map[string]any{"requirementId": r(0), "caption": secretWord, "place": secretWord, "device": secretWord})
	w.roster(inspector, id, 0, "ICE_DETAINEES", 987654, "WOMEN", 0)
	draw := w.committed(inspector, id, map[string]any{"purpose": secretWord, "requirementId": r(4)})
	input := drawInput(id, draw, 876543, 12)
	input["list"] = secretWord
	w.do(inspector, "drawSample", "DrawSampleInput", drawFields, input)
	drawn := w.ask(inspector, "query($id: ID!) { node(id: $id) { ... on SampleDraw { positions } } }", map[string]any{"id": draw})
	w.do(inspector, "substituteSample", "SubstituteSampleInput", "__typename", map[string]any{"inspectionId": id, "drawId": draw, "reason": secretWord, "position": fields(drawn, "node", "positions").([]any)[0]})
	for _, n := range []int{3, 4, 6} {
		w.do(lead, "adoptDrafts", "AdoptDraftsInput", "findings { id }", map[string]any{"inspectionId": id, "drafts": []any{map[string]any{"requirementId": r(n), "text": "Of three detainees in interviews none had one."}}})
	}
	gone := w.deficiency(inspector, id, "5.8", map[string]any{"text": secretWord + " draft"})
	w.do(inspector, "removeFinding", "RemoveFindingInput", "finding { id }", map[string]any{"inspectionId": id, "findingId": gone, "reason": secretWord})
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, map[string]any{"note": secretWord})
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": secretWord, "reason": secretWord})
	w.step(lead, "submitForReview", "StepInput", id, nil)
	w.do(reviewer, "reviewExclusions", "ReviewExclusionsInput", header, map[string]any{"inspectionId": id, "verdict": "SENT_BACK", "reason": secretWord})
	w.step(reviewer, "returnInspection", "ReasonInput", id, map[string]any{"reason": secretWord})
	w.recorded(inspector, id, answer(r(0), 2, "NOT_APPLICABLE", map[string]any{"reason": secretWord + " better", "methods": []any{"DETAINEE_INTERVIEW"}}),
		answer(r(1), 2, "UNDETERMINED", map[string]any{"reason": secretWord + " better", "methods": []any{"DETAINEE_INTERVIEW"}}))
	w.submit(id)
	w.do(reviewer, "reviewExclusions", "ReviewExclusionsInput", header, map[string]any{"inspectionId": id, "verdict": "ACCEPTED", "reason": secretWord})
	w.step(reviewer, "approveInspection", "StepInput", id, nil)
	w.step(reviewer, "setFinalRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "As three interviews say."})
	w.step(reviewer, "issueInspection", "StepInput", id, nil)
	return w, id, []string{before, gone}
}

// Everything that the schema offers of an issued inspection, asked by everyone. The inspected are told
// of no word, no count and no person behind the report, and elsewhere nobody is told that it exists.
func TestEverythingThatTheSchemaOffersOfAnIssuedInspection(t *testing.T) {
	t.Parallel()
	w, id, hidden := kestrels(t)
	never := []string{secretWord, "DETAINEE_INTERVIEW", "987654", "876543", hidden[1]}
	for email, u := range w.users {
		never = append(never, email, u.ID.String())
	}
	for _, as := range []string{facility, fieldOffice} {
		for field, body := range w.told(as, id) {
			if strings.Contains(body, "three detainees") || strings.Contains(body, `"corroboration":{`) {
				t.Errorf("%s is told how many were interviewed by %s: %.3000s", as, field, body)
			}
			for _, word := range never {
				if strings.Contains(strings.ToLower(body), strings.ToLower(word)) {
					t.Errorf("%s is told %q by %s: %.3000s", as, word, field, around(body, word))
				}
			}
		}
	}
	for _, as := range []string{elsewhere, privacy, admin} {
		for field, body := range w.told(as, id) {
			var answer struct{ Data map[string]any }
			if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Data["inspection"] != nil {
				t.Errorf("%s is told by %s: %.300s", as, field, body)
			}
		}
	}
	_ = w.told(analyst, id)
}

func around(body, word string) string {
	n := strings.Index(strings.ToLower(body), strings.ToLower(word))
	return body[max(0, n-200):min(len(body), n+100)]
}

// The same below the API: what the database gives the server's own role, introduced as each of them.
func TestWhatTheDatabaseGivesTheInspected(t *testing.T) {
	t.Parallel()
	w, id, _ := kestrels(t)
	db := w.behind()
	tables := w.rows(db, "select schemaname || '.' || tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1")
	tables = append(tables, w.rows(db, "select schemaname || '.' || viewname from pg_views where schemaname not in ('pg_catalog', 'information_schema') order by 1")...)
	for _, as := range []string{facility, fieldOffice, elsewhere, privacy, admin, ""} {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			var seen []string
			for _, table := range tables {
				point, err := tx.Begin(ctx)
				if err != nil {
					t.Fatal(err)
				}
				found, err := point.Query(ctx, "select t::text from "+table+" t")
				var rows []string
				if err == nil {
					rows, err = pgx.CollectRows(found, pgx.RowTo[string])
				}
				point.Rollback(ctx)
				if err != nil && !strings.Contains(err.Error(), denied) {
					t.Fatal(err)
				}
				if len(rows) > 0 {
					seen = append(seen, fmt.Sprint(table, ": ", len(rows)))
				}
				for _, row := range rows {
					if strings.Contains(row, secretWord) || (as != facility && as != fieldOffice && strings.Contains(row, id)) {
						t.Errorf("%q reads of %s: %.1500s", as, table, row)
					}
				}
			}
			if (as == "" || as == elsewhere || as == privacy || as == admin) && len(seen) > 10 {
				t.Errorf("%q reads %s", as, strings.Join(seen, ", "))
			}
		})
	}
}

// What a source states of interviews is told to the inspected as the report tells it: the total, from
// five on, and nothing else.
func TestTheInspectedAreToldOfInterviewsAsTheReportTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for total, want := range map[string]string{"3": "[beds]", "7": "[beds interviews]"} {
		id := w.planned(map[string]any{"origin": "RECONSTRUCTED", "source": "the report of " + total, "standardIds": []any{w.standard("5.8").ID}, "statements": []any{
			map[string]any{"name": "beds", "value": "100", "source": "page 1"}, map[string]any{"name": "interviews", "value": total, "source": "page 1"},
			map[string]any{"name": "what_they_said", "value": "In interviews two complained.", "source": "page 2"}}})
		w.step(lead, "startInspection", "StepInput", id, nil)
		w.answerAll(inspector, id, "MEETS", "5.8")
		w.issue(id)
		for as, names := range map[string]string{facility: want, fieldOffice: want, analyst: "[beds interviews what_they_said]"} {
			var told []string
			for _, s := range w.of(as, id, "statements { name }").([]any) {
				told = append(told, fields(s, "name").(string))
			}
			slices.Sort(told)
			if fmt.Sprint(told) != names {
				t.Errorf("of %s interviews %s is told %v, want %s", total, as, told, names)
			}
		}
	}
}
