package graph_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// questions are the dashboard's, each with the number of its statements, the sign-in among them.
var questions = []struct {
	query      string
	inspected  bool // open to them
	statements int
}{
	{"{ compliance(groupBy: STANDARD) { " + basisFields + " edges { node { key deficiencies items { total } } } } }", true, 3},
	{"{ compliance(groupBy: FACILITY, first: 100) { edges { node { " + groupFields + " } } pageInfo { endCursor } } }", true, 3},
	{"{ coverage(groupBy: FISCAL_YEAR) { edges { node { key coverage { perMille } corroboration { perMille } } } } }", false, 3},
	{"{ announcement { " + basisFields + " announced { " + groupFields + " } unannounced { key } unknown { key } } }", false, 3},
	{"{ ratingComparisons(first: 100) { pairs edges { node { " + pairFields + " } } } }", false, 2},
	{"{ overdueActions(first: 100) { asOf edges { node { " + overdueFields + " } } } }", true, 3},
	{"{ overdueSummary(groupBy: FACILITY, first: 100) { edges { node { key overdue daysOverdue { count } } } } }", true, 3},
	{"{ repeats(first: 100) { " + basisFields + " counts { declared daysOpen { count } } edges { node { findingId daysOpen } } } }", false, 4},
	{"{ programmeMeasures { " + basisFields + " coverage { perMille } daysToIssue { median } } }", false, 3},
}

// manyVisits are issued inspections of every facility, each with a deficiency that missed its dates.
func (n *nation) manyVisits(count int) []visit {
	var visits []visit
	for k := range count {
		visits = append(visits, visit{at: []inspection.ID{n.facility, n.other, n.oak, n.elm}[k%4], origin: inspection.Live, scope: inspection.ScopeFull, announced: &yes,
			start: fmt.Sprintf("20%02d-%02d-01", 10+k/12, 1+k%12), state: inspection.Issued, rating: []string{"Pass", "Fail"}[k%2],
			parts: []part{{n.alpha, "1.1", "MmdD"}, {n.beta, "4.2", "nu-"}},
			flaws: []flaw{{edition: n.alpha, number: "1.1", action: inspection.ActionOpen, plan: longAgo, proof: longAgo}}})
	}
	return visits
}

// Each question takes the same number of statements over one inspection and over sixty.
func TestWhatEachQuestionCosts(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	db := n.behind()
	for _, count := range []int{1, 60} {
		n.happen(db, n.manyVisits(count))
		if count > 1 {
			for k := range 30 {
				n.published(inspection.ExternalRating{FacilityID: n.facility, Type: []string{"ODO", "NAKAMOTO"}[k%2], Rating: "PASS", EndedOn: onDay("2020-01-01").AddDate(0, k, 0)})
			}
		}
		for _, q := range append(slices.Clone(questions), struct {
			query      string
			inspected  bool
			statements int
		}{"{ systemTotals { answers inspections { inspections } } }", false, 2}) {
			n.ask(analyst, q.query, nil)
			n.statements.Reset()
			n.ask(analyst, q.query, nil)
			if got := n.statements.Count(); got != q.statements {
				t.Errorf("%s over %d inspections takes %d statements, want %d: %q", q.query, count, got, q.statements, n.statements.SQL())
			}
		}
		if err := forget(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
}

// Who may ask what. The inspected get their own facility's figures and nothing that tells of methods;
// who may not ask is refused, and learns nothing.
func TestWhoMayAskTheDashboardsQuestions(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	n.happen(n.behind(), n.visits())
	for _, q := range questions {
		for _, as := range everybody {
			data, errs := n.send(as, q.query, nil)
			inspected := as == facility || as == elsewhere || as == fieldOffice
			may := as != privacy && as != admin && (!inspected || q.inspected)
			refusal := fmt.Sprint(errs)
			switch {
			case may && len(errs) > 0:
				t.Errorf("%s is refused %s: %s", as, q.query, refusal)
			case !may && (len(errs) == 0 || data != nil || !strings.Contains(refusal, "FORBIDDEN") || inside.MatchString(refusal)):
				t.Errorf("%s gets %s: %v %s", as, q.query, data, refusal)
			}
		}
	}
	for as, want := range map[string]string{
		facility:    n.facility.String() + "|PINE RIVER PROCESSING CENTER|5 4 1 1 1|5/11=455|10/11=909|-|5 (1 1)|2|2|1|false\n",
		fieldOffice: n.facility.String() + "|PINE RIVER PROCESSING CENTER|5 4 1 1 1|5/11=455|10/11=909|-|5 (1 1)|2|2|1|false\n",
		elsewhere:   n.other.String() + "|CEDAR COUNTY JAIL|1 0 1 0 0|1/1=1000|1/1=1000|-|0 (0 0)|0|1|1|false\n",
	} {
		for _, arguments := range []string{"groupBy: FACILITY", fmt.Sprintf("groupBy: FACILITY, filter: {facilityId: %q}", n.users[as].FacilityID)} {
			if as == fieldOffice && strings.Contains(arguments, "filter") {
				continue
			}
			if got, basis := n.groups(as, "compliance", arguments); got != want || basis["facilities"] != 1.0 {
				t.Errorf("%s gets %v\n%s", as, basis, got)
			}
		}
		if got, basis := n.groups(as, "compliance", fmt.Sprintf("groupBy: FACILITY, filter: {facilityId: %q, origins: [LIVE, EXERCISE, RECONSTRUCTED]}", n.oak)); got != "" || basis["inspections"] != 0.0 {
			t.Errorf("%s gets another's figures: %v %s", as, basis, got)
		}
	}
}

// The tables behind the figures are written by the issue alone, and show the inspected no methods.
func TestTheFiguresAreNobodysToWrite(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	db := n.behind()
	n.happen(db, n.visits())
	for _, statement := range []string{
		"insert into standard_tally select * from standard_tally limit 0", "update standard_tally set meets = 99", "delete from standard_tally",
		"insert into standard_corroboration select * from standard_corroboration limit 0", "update standard_corroboration set corroborated = 99", "select tally_standards('{}')",
	} {
		n.asRole(reviewer, func(ctx context.Context, tx pgx.Tx) {
			if _, err := tx.Exec(ctx, statement); err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("%s: %v", statement, err)
			}
		})
	}
	// Nine standards of issued inspections, four of them at Pine River.
	for as, want := range map[string][3]int{reviewer: {9, 9, 1}, analyst: {9, 9, 1}, facility: {4, 0, 0}, fieldOffice: {4, 0, 0}, admin: {0, 0, 1}, privacy: {0, 0, 0}, "": {0, 0, 0}} {
		for k, query := range []string{"select count(*) from standard_tally", "select count(*) from standard_corroboration", "select count(system_totals(now()))"} {
			n.asRole(as, func(ctx context.Context, tx pgx.Tx) {
				var got int
				if err := tx.QueryRow(ctx, query).Scan(&got); err != nil || got != want[k] {
					t.Errorf("%s by %q: %d, want %d (%v)", query, as, got, want[k], err)
				}
			})
		}
	}
}

// What is wrong with a question is said by name.
func TestWrongQuestions(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	n.happen(n.behind(), n.manyVisits(8))
	cursorOf := func(question string) string {
		data := n.ask(analyst, "{ "+question+" { edges { cursor } } }", nil)
		for _, answer := range data {
			return fields(answer.(map[string]any)["edges"].([]any)[0], "cursor").(string)
		}
		return ""
	}
	byEdition := fmt.Sprintf("facilityId: %q, editionId: %q", n.facility, n.alpha.ID)
	byMonth, overdue := cursorOf("compliance(groupBy: MONTH)"), cursorOf("overdueActions")
	for _, list := range []string{"facilities", "inspections"} {
		if c := cursorOf(list); c == "" {
			t.Errorf("no cursor of %s", list)
		}
	}
	inspections := cursorOf("inspections")
	for _, c := range []struct{ question, want string }{
		{`compliance(groupBy: STANDARD, filter: {from: "2026-02-02", to: "2026-02-01"})`, "exchange from and to"},
		{`coverage(groupBy: STANDARD, filter: {from: "0001-02-02"})`, "between 1900 and 2199"},
		{`compliance(groupBy: STANDARD, filter: {to: "2026-02-30"})`, "YYYY-MM-DD"},
		{`compliance(groupBy: WEEKDAY)`, "WEEKDAY"},
		{`compliance(groupBy: ANNOUNCEMENT)`, "ANNOUNCEMENT"},
		{`compliance`, "groupBy"},
		{`compliance(groupBy: STANDARD, first: 0)`, "1 to 100"},
		{`coverage(groupBy: STANDARD, first: 101)`, "1 to 100"},
		{`overdueActions(first: 0)`, "1 to 100"},
		{`overdueSummary(groupBy: STATE, first: 101)`, "1 to 100"},
		{`ratingComparisons(first: -1)`, "1 to 100"},
		{`ratingComparisons(withinDays: 0)`, "1 to 1096 days"},
		{`ratingComparisons(withinDays: 1097)`, "1 to 1096 days"},
		{`ratingComparisons(filter: {editionSet: "x"})`, "leave out editionSet"},
		{fmt.Sprintf(`compliance(groupBy: STANDARD, after: %q)`, byMonth), "another group"},
		{fmt.Sprintf(`overdueSummary(groupBy: STANDARD, after: %q)`, byMonth), "another group"},
		{fmt.Sprintf(`compliance(groupBy: MONTH, after: %q)`, overdue), "no cursor of this list"},
		{fmt.Sprintf(`compliance(groupBy: MONTH, after: %q)`, inspections), "no cursor of this list"},
		{fmt.Sprintf(`overdueActions(after: %q)`, byMonth), "no cursor of this list"},
		{fmt.Sprintf(`ratingComparisons(after: %q)`, overdue), "no cursor of this list"},
		{fmt.Sprintf(`overdueActions(after: %q)`, base64.RawURLEncoding.EncodeToString([]byte("{}"))), "no cursor of this list"},
		{fmt.Sprintf(`ratingComparisons(after: %q)`, base64.RawURLEncoding.EncodeToString([]byte("{}"))), "no cursor of this list"},
		{fmt.Sprintf(`compliance(groupBy: MONTH, after: %q)`, base64.RawURLEncoding.EncodeToString([]byte(`{"GroupBy":"MONTH","Key":"\u0000"}`))), "NUL"},
		{fmt.Sprintf(`repeats(after: %q)`, overdue), "no cursor of this list"},
		{`repeats(first: 0)`, "1 to 100"},
		{fmt.Sprintf(`repeats(after: %q)`, base64.RawURLEncoding.EncodeToString([]byte("{}"))), "no cursor of this list"},
		{`citationHints`, "an edition or an inspection"},
		{fmt.Sprintf(`citationHints(%s, inspectionId: %q)`, byEdition, n.alpha.ID), "an edition or an inspection"},
		{fmt.Sprintf(`citationHints(editionId: %q)`, n.alpha.ID), "name the facility"},
		{fmt.Sprintf(`citationHints(facilityId: %q, inspectionId: %q)`, n.facility, n.alpha.ID), "leave the facility out"},
		{fmt.Sprintf(`citationHints(%s, first: 101)`, byEdition), "1 to 100"},
		{fmt.Sprintf(`citationHints(%s, after: %q)`, byEdition, overdue), "no cursor of this list"},
		{fmt.Sprintf(`citationHints(%s, after: %q)`, byEdition, base64.RawURLEncoding.EncodeToString([]byte("{}"))), "no cursor of this list"},
		{`compliance(groupBy: STATE, filter: {origins: [DEAD]})`, "DEAD"},
		{`compliance(groupBy: STATE, filter: {facilityId: "x"})`, ""},
		{fmt.Sprintf(`compliance(groupBy: STATE, filter: {operator: %q})`, strings.Repeat("x", 201)), "at most 200"},
		{`compliance(groupBy: STATE, filter: {fieldOffice: "\u0000"})`, "NUL"},
	} {
		rest := " { pageInfo { endCursor } } }"
		if body := n.inputError(analyst, "{ "+c.question+rest, nil); !strings.Contains(body, c.want) {
			t.Errorf("%s: %s", c.question, body)
		}
	}
	if body := n.inputError(analyst, `{ programmeMeasures(filter: {standardNumber: "4.1"}) { basis { inspections } } }`, nil); !strings.Contains(body, "leave out editionSet") {
		t.Error(body)
	}
}

// Turning the pages shows every group once, in order, at any size of page.
func TestPagesOfGroups(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	n.happen(n.behind(), n.manyVisits(30))
	for _, question := range []string{"compliance(groupBy: MONTH, ", "compliance(groupBy: FACILITY, ", "coverage(groupBy: STANDARD, ", "overdueSummary(groupBy: QUARTER, ", "overdueActions("} {
		node := "key"
		if question == "overdueActions(" {
			node = "actionId"
		}
		turn := func(first int) (keys []string) {
			after := ""
			for {
				data := n.ask(analyst, fmt.Sprintf("{ %sfirst: %d%s) { edges { cursor node { %s } } pageInfo { hasNextPage endCursor } } }", question, first, after, node), nil)
				for _, answer := range data {
					for _, e := range fields(answer, "edges").([]any) {
						keys = append(keys, fields(e, "node", node).(string))
					}
					if fields(answer, "pageInfo", "hasNextPage") != true {
						return keys
					}
					after = fmt.Sprintf(", after: %q", fields(answer, "pageInfo", "endCursor"))
				}
			}
		}
		whole := turn(100)
		if len(whole) < 2 {
			t.Fatalf("%s %v", question, whole)
		}
		for _, first := range []int{1, 3, len(whole)} {
			if got := turn(first); !slices.Equal(got, whole) {
				t.Errorf("%s by %d: %v, want %v", question, first, got, whole)
			}
		}
	}
}
