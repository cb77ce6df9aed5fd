package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// nation is a small world whose figures were worked out by hand.
type nation struct {
	*world
	alpha, beta *inspection.Edition
	oak, elm    inspection.ID
}

func newNation(t testing.TB) *nation {
	t.Helper()
	n := &nation{world: newWorld(t), oak: inspection.NewID(), elm: inspection.NewID()}
	n.alpha = smallEdition("alpha", false, []string{"1.1", "4.2", "4.10"}, map[string]int{"1.1": 4, "4.2": 2, "4.10": 2})
	n.beta = smallEdition("beta-v2", true, []string{"4.2", "9.9"}, map[string]int{"4.2": 3, "9.9": 1})
	n.beta.Set, n.beta.Version, n.beta.Supersedes = "beta", 2, "beta"
	n.load(n.alpha, smallEdition("beta", true, []string{"4.2"}, map[string]int{"4.2": 1}), n.beta)
	err := n.service.ChangeRoster(t.Context(), inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		return inspection.RosterChange{NewFacilities: []inspection.Facility{
			{ID: n.oak, Name: "OAK COUNTY JAIL", City: "OAK", State: "WA", FieldOffice: "SEA", Type: inspection.TypeIGSA, Operator: "COUNTY (SHERIFF)", Source: "test"},
			{ID: n.elm, Name: "ELM CENTER", City: "ELM", State: "TX", Type: inspection.TypeUnknown, Operator: "GEO Group", Source: "test"},
		}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Dates that are missed, or not, whatever the clock says.
var longAgo, farAhead = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)

// visits are what happened. Pine River (LA, NOL, CDF) was inspected twice, Cedar (WA, SEA, IGSA) once
// live and once for exercise, Oak once by two editions, Elm from a published report.
func (n *nation) visits() []visit {
	live, full, core := inspection.Live, inspection.ScopeFull, inspection.ScopeCoreSet
	day := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	return []visit{
		{at: n.facility, origin: live, scope: full, announced: &yes, start: "2025-09-30", state: inspection.Closed, rating: "Meets Standard",
			fieldwork: day, issue: day.Add(10*24*time.Hour + 23*time.Hour),
			parts: []part{{n.alpha, "1.1", "Mmdn"}, {n.alpha, "4.2", "MM"}, {n.alpha, "4.10", "u-"}},
			flaws: []flaw{{edition: n.alpha, number: "1.1", repeat: true, action: inspection.Verified, plan: longAgo, proof: longAgo},
				{edition: n.alpha, number: "1.1", corrected: inspection.CorrectedFully, withdrawn: true, action: inspection.ActionWithdrawn, plan: longAgo, proof: longAgo},
				{edition: n.alpha, number: "4.2", removed: true}, {kind: inspection.AreaOfConcern, edition: n.alpha, number: "4.10"}}},
		{at: n.facility, origin: live, scope: core, announced: &no, start: "2025-10-01", state: inspection.Issued, rating: "Fail",
			fieldwork: day, issue: day.Add(20 * 24 * time.Hour),
			parts: []part{{n.alpha, "1.1", "DDdM"}},
			flaws: []flaw{{edition: n.alpha, number: "1.1", action: inspection.ActionOpen, plan: longAgo, proof: farAhead},
				{edition: n.alpha, number: "1.1", action: inspection.ReportedDone, abatement: &longAgo, plan: longAgo, proof: longAgo},
				{edition: n.alpha, number: "1.1", action: inspection.ActionPlanned, abatement: &longAgo, plan: longAgo, proof: longAgo, corrected: inspection.CorrectedPartially}}},
		{at: n.other, origin: live, scope: full, announced: &yes, start: "2026-02-10", state: inspection.Issued, rating: "Superior",
			fieldwork: day, issue: day.Add(40 * 24 * time.Hour),
			parts: []part{{n.alpha, "4.10", "Mn"}}},
		{at: n.other, origin: inspection.Exercise, scope: full, announced: &yes, start: "2026-02-11", state: inspection.Issued,
			parts: []part{{n.alpha, "4.10", "DD"}}, flaws: []flaw{{edition: n.alpha, number: "4.10", action: inspection.ActionOpen, plan: longAgo, proof: longAgo}}},
		{at: n.other, origin: live, scope: full, announced: &yes, start: "2026-02-12", state: inspection.InReview,
			parts: []part{{n.alpha, "4.10", "DD"}}, flaws: []flaw{{edition: n.alpha, number: "4.10"}}},
		{at: n.other, origin: live, scope: full, announced: &no, start: "2026-02-13", state: inspection.Cancelled,
			parts: []part{{n.alpha, "4.10", "DD"}}, flaws: []flaw{{edition: n.alpha, number: "4.10"}}},
		{at: n.oak, origin: live, scope: full, announced: &no, start: "2026-04-01", state: inspection.Issued, rating: "Best we ever saw",
			fieldwork: day, issue: day,
			parts: []part{{n.alpha, "4.2", "md"}, {n.beta, "4.2", "D--"}},
			flaws: []flaw{{edition: n.beta, number: "4.2", repeat: true, action: inspection.Reopened, plan: longAgo, proof: longAgo},
				{edition: n.alpha, number: "4.2", action: inspection.Waived, plan: longAgo, proof: longAgo, until: farAhead}}},
		{at: n.elm, origin: inspection.Reconstructed, scope: full, start: "2022-05-03", state: inspection.Closed,
			parts: []part{{n.beta, "9.9", "-"}}, flaws: []flaw{{text: "ZZ"}, {text: "ZZ"}, {edition: n.beta, number: "9.9"}}},
	}
}

// figures prints groups, a line each: key, items (meets, does not meet, not applicable, undetermined,
// not reviewed), share, coverage, corroboration, deficiencies (withdrawn, repeats), deficient standards,
// inspections, facilities, partial.
func figures(groups ...any) string {
	var b strings.Builder
	for _, g := range groups {
		if node := fields(g, "node"); node != nil {
			g = node
		}
		corroboration := "-"
		if fields(g, "corroboration") != nil {
			corroboration = fraction(g, "corroboration")
		}
		fmt.Fprintf(&b, "%v|%v|%v %v %v %v %v|%s|%s|%s|%v (%v %v)|%v|%v|%v|%v\n", fields(g, "key"), fields(g, "label"), fields(g, "items", "meets"), fields(g, "items", "doesNotMeet"),
			fields(g, "items", "notApplicable"), fields(g, "items", "undetermined"), fields(g, "items", "notReviewed"), fraction(g, "items", "score"), fraction(g, "coverage"), corroboration,
			fields(g, "deficiencies"), fields(g, "withdrawn"), fields(g, "repeatsDeclared"), fields(g, "deficientStandards"), fields(g, "inspections"), fields(g, "facilities"), fields(g, "partial"))
	}
	return b.String()
}

func fraction(g any, path ...string) string {
	share := fields(g, path...)
	return fmt.Sprintf("%v/%v=%v", fields(share, "numerator"), fields(share, "denominator"), fields(share, "perMille"))
}

const groupFields = `key label facilityId items { meets doesNotMeet notApplicable undetermined notReviewed total score { numerator denominator perMille } arithmetic }
	coverage { numerator denominator perMille } corroboration { numerator denominator perMille } deficiencies withdrawn repeatsDeclared deficientStandards
	deficienciesPerInspection { numerator denominator perMille } inspections facilities partial`

const basisFields = `basis { origins { origin inspections } inspections facilities firstDay lastDay partial partialEditions }`

func (w *world) groups(as, question, arguments string) (string, map[string]any) {
	w.t.Helper()
	data := w.ask(as, "{ "+question+"("+arguments+") { "+basisFields+" edges { cursor node { "+groupFields+" } } pageInfo { hasNextPage endCursor } } }", nil)
	answer := data[question].(map[string]any)
	return figures(answer["edges"].([]any)...), answer["basis"].(map[string]any)
}

// Every group of the small nation, with the figures worked out by hand.
func TestComplianceOfASmallNation(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	n.happen(n.behind(), n.visits())
	for _, c := range []struct{ arguments, want string }{
		// 4.2 before 4.10. 4.2: Pine River MM, Oak m d by alpha and D-- by beta.
		{"groupBy: STANDARD", `1.1|Standard 1.1|3 4 1 0 0|3/7=429|7/7=1000|4/7=571|5 (1 1)|2|2|1|false
4.2|Standard 4.2|3 2 0 0 2|3/7=429|5/7=714|3/5=600|2 (0 1)|2|2|2|true
4.10|Standard 4.10|1 0 1 1 1|1/3=333|2/3=667|1/2=500|0 (0 0)|0|2|2|false
`},
		{"groupBy: FACILITY", fmt.Sprintf(`%s|CEDAR COUNTY JAIL|1 0 1 0 0|1/1=1000|1/1=1000|1/1=1000|0 (0 0)|0|1|1|false
%s|OAK COUNTY JAIL|1 2 0 0 2|1/5=200|3/5=600|1/3=333|2 (0 1)|2|1|1|true
%s|PINE RIVER PROCESSING CENTER|5 4 1 1 1|5/11=455|10/11=909|6/10=600|5 (1 1)|2|2|1|false
`, n.other, n.oak, n.facility)},
		{"groupBy: FIELD_OFFICE", `NOL|New Orleans|5 4 1 1 1|5/11=455|10/11=909|6/10=600|5 (1 1)|2|2|1|false
SEA|Seattle|2 2 1 0 2|2/6=333|4/6=667|2/4=500|2 (0 1)|2|2|2|true
`},
		{"groupBy: OPERATOR_TYPE", `PRIVATE|PRIVATE|5 4 1 1 1|5/11=455|10/11=909|6/10=600|5 (1 1)|2|2|1|false
PUBLIC|PUBLIC|1 2 0 0 2|1/5=200|3/5=600|1/3=333|2 (0 1)|2|1|1|true
UNKNOWN|UNKNOWN|1 0 1 0 0|1/1=1000|1/1=1000|1/1=1000|0 (0 0)|0|1|1|false
`},
		{"groupBy: OPERATOR, filter: {origins: [LIVE, RECONSTRUCTED], operatorType: PRIVATE}", `||5 4 1 1 1|5/11=455|10/11=909|6/10=600|5 (1 1)|2|2|1|false
GEO GROUP|GEO Group|0 0 0 0 1|0/1=0|0/1=0|0/0=<nil>|3 (0 0)|2|1|1|true
`},
		{"groupBy: FACILITY_TYPE", `CDF|CDF|5 4 1 1 1|5/11=455|10/11=909|6/10=600|5 (1 1)|2|2|1|false
IGSA|IGSA|2 2 1 0 2|2/6=333|4/6=667|2/4=500|2 (0 1)|2|2|2|true
`},
		{"groupBy: STATE, filter: {from: \"2026-02-10\"}", `WA|WA|2 2 1 0 2|2/6=333|4/6=667|2/4=500|2 (0 1)|2|2|2|true
`},
		// A mixed visit counts in each of its sets.
		{"groupBy: EDITION_SET", `alpha|alpha|7 5 2 1 1|7/14=500|13/14=929|7/13=538|6 (1 1)|3|4|3|false
beta|beta|0 1 0 0 2|0/3=0|1/3=333|1/1=1000|1 (0 1)|1|1|1|true
`},
		{"groupBy: MONTH", `2025-09|2025-09|4 1 1 1 1|4/7=571|6/7=857|3/6=500|2 (1 1)|1|1|1|false
2025-10|2025-10|1 3 0 0 0|1/4=250|4/4=1000|3/4=750|3 (0 0)|1|1|1|false
2026-02|2026-02|1 0 1 0 0|1/1=1000|1/1=1000|1/1=1000|0 (0 0)|0|1|1|false
2026-04|2026-04|1 2 0 0 2|1/5=200|3/5=600|1/3=333|2 (0 1)|2|1|1|true
`},
		{"groupBy: QUARTER, filter: {to: \"2026-03-31\"}", `2025-Q3|2025-Q3|4 1 1 1 1|4/7=571|6/7=857|3/6=500|2 (1 1)|1|1|1|false
2025-Q4|2025-Q4|1 3 0 0 0|1/4=250|4/4=1000|3/4=750|3 (0 0)|1|1|1|false
2026-Q1|2026-Q1|1 0 1 0 0|1/1=1000|1/1=1000|1/1=1000|0 (0 0)|0|1|1|false
`},
		// September is still the year before; October begins the next.
		{"groupBy: FISCAL_YEAR", `FY2025|FY2025|4 1 1 1 1|4/7=571|6/7=857|3/6=500|2 (1 1)|1|1|1|false
FY2026|FY2026|3 5 1 0 2|3/10=300|8/10=800|5/8=625|5 (0 1)|3|3|3|true
`},
		// What is not LIVE counts only if asked for, and what was not issued never.
		{"groupBy: FACILITY, filter: {origins: [EXERCISE]}", fmt.Sprintf("%s|CEDAR COUNTY JAIL|0 2 0 0 0|0/2=0|2/2=1000|2/2=1000|1 (0 0)|1|1|1|false\n", n.other)},
		{"groupBy: STANDARD, filter: {origins: [RECONSTRUCTED]}", `9.9|Standard 9.9|0 0 0 0 1|0/1=0|0/1=0|0/0=<nil>|1 (0 0)|1|1|1|true
ZZ|ZZ|0 0 0 0 0|0/0=<nil>|0/0=<nil>|0/0=<nil>|2 (0 0)|1|1|1|false
`},
		{"groupBy: STANDARD, filter: {editionSet: \"beta\", origins: [LIVE, EXERCISE, RECONSTRUCTED]}", `4.2|Standard 4.2|0 1 0 0 2|0/3=0|1/3=333|1/1=1000|1 (0 1)|1|1|1|true
9.9|Standard 9.9|0 0 0 0 1|0/1=0|0/1=0|0/0=<nil>|1 (0 0)|1|1|1|true
`},
		{"groupBy: FACILITY, filter: {standardNumber: \"4.10\", announced: true, scopes: [FULL]}", fmt.Sprintf(`%s|CEDAR COUNTY JAIL|1 0 1 0 0|1/1=1000|1/1=1000|1/1=1000|0 (0 0)|0|1|1|false
%s|PINE RIVER PROCESSING CENTER|0 0 0 1 1|0/2=0|1/2=500|0/1=0|0 (0 0)|0|1|1|false
`, n.other, n.facility)},
		{"groupBy: STATE, filter: {origins: [LIVE, RECONSTRUCTED], fieldOffice: \"\"}", "TX|TX|0 0 0 0 1|0/1=0|0/1=0|0/0=<nil>|3 (0 0)|2|1|1|true\n"},
		{"groupBy: STATE, filter: {operator: \"county (sheriff)\"}", "WA|WA|1 2 0 0 2|1/5=200|3/5=600|1/3=333|2 (0 1)|2|1|1|true\n"},
		{"groupBy: STATE, filter: {facilityType: HOLD}", ""},
		{"groupBy: STATE, filter: {scopes: [CORE_SET], state: \"LA\", facilityType: CDF}", "LA|LA|1 3 0 0 0|1/4=250|4/4=1000|3/4=750|3 (0 0)|1|1|1|false\n"},
	} {
		for _, question := range []string{"compliance", "coverage"} {
			got, _ := n.groups(analyst, question, c.arguments)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s(%s) (-want +got):\n%s", question, c.arguments, diff)
			}
		}
	}
}

// Every answer says what it rests on.
func TestWhatAnAnswerRestsOn(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	n.happen(n.behind(), n.visits())
	for filter, want := range map[string]string{
		"{}":                                     `{"facilities":3,"firstDay":"2025-09-30","inspections":4,"lastDay":"2026-04-01","origins":[{"inspections":4,"origin":"LIVE"}],"partial":true,"partialEditions":["beta-v2"]}`,
		"{origins: [RECONSTRUCTED, LIVE, LIVE]}": `{"facilities":4,"firstDay":"2022-05-03","inspections":5,"lastDay":"2026-04-01","origins":[{"inspections":4,"origin":"LIVE"},{"inspections":1,"origin":"RECONSTRUCTED"}],"partial":true,"partialEditions":["beta-v2"]}`,
		"{editionSet: \"alpha\", announced: true, origins: [EXERCISE, RECONSTRUCTED]}": `{"facilities":1,"firstDay":"2026-02-11","inspections":1,"lastDay":"2026-02-11","origins":[{"inspections":1,"origin":"EXERCISE"},{"inspections":0,"origin":"RECONSTRUCTED"}],"partial":false,"partialEditions":[]}`,
		"{from: \"2027-01-01\"}": `{"facilities":0,"firstDay":null,"inspections":0,"lastDay":null,"origins":[{"inspections":0,"origin":"LIVE"}],"partial":false,"partialEditions":[]}`,
	} {
		_, basis := n.groups(auditor, "compliance", "groupBy: STANDARD, filter: "+filter)
		got, err := json.Marshal(basis)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filter, diff)
		}
	}
}

// Announced, unannounced and unknown stand side by side, each with its deficiencies per inspection.
func TestAnnouncedBesideUnannounced(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	n.happen(n.behind(), n.visits())
	data := n.ask(reviewer, "{ announcement(filter: {origins: [LIVE, RECONSTRUCTED]}) { "+basisFields+" announced { "+groupFields+" } unannounced { "+groupFields+" } unknown { "+groupFields+" } } }", nil)["announcement"]
	want := `ANNOUNCED||5 1 2 1 1|5/8=625|7/8=875|4/7=571|2 (1 1)|1|2|2|false
UNANNOUNCED||2 5 0 0 2|2/9=222|7/9=778|4/7=571|5 (0 1)|3|2|2|true
UNKNOWN||0 0 0 0 1|0/1=0|0/1=0|0/0=<nil>|3 (0 0)|2|1|1|true
`
	if diff := cmp.Diff(want, figures(fields(data, "announced"), fields(data, "unannounced"), fields(data, "unknown"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for side, want := range map[string]string{"announced": "2/2=1000", "unannounced": "5/2=2500", "unknown": "3/1=3000"} {
		if got := fraction(data, side, "deficienciesPerInspection"); got != want {
			t.Errorf("%s: %s deficiencies per inspection, want %s", side, got, want)
		}
	}
	empty := n.ask(reviewer, "{ announcement(filter: {from: \"2030-01-01\"}) { unknown { "+groupFields+" } } }", nil)
	if got := figures(fields(empty, "announcement", "unknown")); got != "UNKNOWN||0 0 0 0 0|0/0=<nil>|0/0=<nil>|0/0=<nil>|0 (0 0)|0|0|0|false\n" {
		t.Errorf("of nothing: %s", got)
	}
}

// What the issue through the API stores is what the score says of the same inspection.
func TestTheStatisticsAgreeWithTheScore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8", "4.3")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.answerAll(second, id, "DOES_NOT_MEET", "4.3")
	w.deficiency(inspector, id, "4.3", nil)
	if got, _ := w.groups(analyst, "compliance", "groupBy: STANDARD"); got != "" {
		t.Errorf("before the issue there is %s", got)
	}
	w.issue(id)
	score := w.ask(reviewer, `query($id: ID!) { inspection(id: $id) { score { standards { standard all { meets doesNotMeet notApplicable undetermined notReviewed score { numerator denominator perMille } }
		coverage { numerator denominator perMille } corroboration { numerator denominator perMille } } } } }`, map[string]any{"id": id})
	var want strings.Builder
	for _, s := range fields(score, "inspection", "score", "standards").([]any) {
		fmt.Fprintf(&want, "%v %v %v %s\n", fields(s, "standard"), fields(s, "all"), fields(s, "coverage"), fraction(s, "corroboration"))
	}
	data := w.ask(analyst, `{ compliance(groupBy: STANDARD) { edges { node { key deficiencies items { meets doesNotMeet notApplicable undetermined notReviewed score { numerator denominator perMille } }
		coverage { numerator denominator perMille } corroboration { numerator denominator perMille } } } } }`, nil)
	var got strings.Builder
	for _, e := range fields(data, "compliance", "edges").([]any) {
		fmt.Fprintf(&got, "%v %v %v %s\n", fields(e, "node", "key"), fields(e, "node", "items"), fields(e, "node", "coverage"), fraction(fields(e, "node"), "corroboration"))
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" || got.Len() == 0 {
		t.Errorf("(-score +statistics):\n%s", diff)
	}
}
