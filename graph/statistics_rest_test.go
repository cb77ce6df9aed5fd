package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// published adds ratings of other bodies, in the order of their days.
func (n *nation) published(ratings ...inspection.ExternalRating) {
	n.t.Helper()
	err := n.service.ChangeRoster(n.t.Context(), inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		var change inspection.RosterChange
		for _, r := range ratings {
			r.ID, r.RatingRaw, r.Source = inspection.ExternalRatingID(r.FacilityID, r.EndedOn), strings.ToLower(r.Rating), "test"
			change.NewRatings = append(change.NewRatings, r)
		}
		return change, nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
}

func onDay(text string) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return day
}

const pairFields = `facility { name } daysApart contradicts later { id body origin endedOn edition rating ratingRaw } earlier { id body origin endedOn edition rating ratingRaw }`

// pairs prints comparisons, a line each.
func pairs(edges []any) []string {
	var lines []string
	for _, e := range edges {
		n := fields(e, "node")
		side := func(of string) string {
			rating := fields(n, of, "rating")
			if rating == "" {
				rating = fmt.Sprintf("%q", fields(n, of, "ratingRaw"))
			}
			return fmt.Sprintf("%v %v %v", fields(n, of, "body"), rating, fields(n, of, "endedOn"))
		}
		lines = append(lines, fmt.Sprintf("%.4s: %s, %s, %v days, %v", fields(n, "facility", "name"), side("later"), side("earlier"), fields(n, "daysApart"), fields(n, "contradicts")))
	}
	return lines
}

// Two bodies' ratings of one facility stand side by side. One body is not compared with itself, nor
// with what may be itself under another name, nor what is no rating.
func TestTwoBodiesRatingsSideBySide(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	n.happen(n.behind(), n.visits())
	n.published(
		inspection.ExternalRating{FacilityID: n.facility, Type: "ODO", Rating: "FAIL", EndedOn: onDay("2025-06-01")},
		inspection.ExternalRating{FacilityID: n.facility, Type: "NAKAMOTO", Rating: "MEETS_STANDARD", EndedOn: onDay("2025-05-01")},
		inspection.ExternalRating{FacilityID: n.facility, Type: "REGULAR", Rating: "DEFICIENT", EndedOn: onDay("2025-04-01")},
		inspection.ExternalRating{FacilityID: n.facility, Type: "ODO", Rating: "PENDING", EndedOn: onDay("2025-03-01")},
		inspection.ExternalRating{FacilityID: n.facility, Type: "", Rating: "PASS", EndedOn: onDay("2025-03-02")},
		inspection.ExternalRating{FacilityID: n.facility, Type: "PRE_OCCUPANCY", Rating: "PASS", EndedOn: onDay("2025-03-03")},
		inspection.ExternalRating{FacilityID: n.facility, Type: "ODO", Rating: "", EndedOn: onDay("2025-03-04")},
		inspection.ExternalRating{FacilityID: n.facility, Type: "ODO", Rating: "SUPERIOR", EndedOn: onDay("2024-06-01")},
		inspection.ExternalRating{FacilityID: n.oak, Type: "ORSA", Rating: "ACCEPTABLE", EndedOn: onDay("2026-01-01")},
		inspection.ExternalRating{FacilityID: n.oak, Type: "ODO", Rating: "FAIL_REFUSED", EndedOn: onDay("2026-01-02")},
		inspection.ExternalRating{FacilityID: n.elm, Type: "ODO", Rating: "FAIL", EndedOn: onDay("2022-05-05")},
	)
	ask := func(arguments string) (any, []string) {
		answer := n.ask(auditor, "{ ratingComparisons("+arguments+") { origins pairs contradictions facilities rule { one other } edges { cursor node { "+pairFields+" } } pageInfo { hasNextPage endCursor } } }", nil)["ratingComparisons"]
		return answer, pairs(fields(answer, "edges").([]any))
	}
	pine := []string{
		"PINE: PLUMBLINE FAIL 2025-10-03, ODO FAIL 2025-06-01, 124 days, false",
		"PINE: PLUMBLINE FAIL 2025-10-03, NAKAMOTO MEETS_STANDARD 2025-05-01, 155 days, true",
		"PINE: PLUMBLINE FAIL 2025-10-03, REGULAR DEFICIENT 2025-04-01, 185 days, false",
		"PINE: PLUMBLINE MEETS_STANDARD 2025-10-02, ODO FAIL 2025-06-01, 123 days, true",
		"PINE: PLUMBLINE MEETS_STANDARD 2025-10-02, NAKAMOTO MEETS_STANDARD 2025-05-01, 154 days, false",
		"PINE: PLUMBLINE MEETS_STANDARD 2025-10-02, REGULAR DEFICIENT 2025-04-01, 184 days, false",
		"PINE: ODO FAIL 2025-06-01, NAKAMOTO MEETS_STANDARD 2025-05-01, 31 days, true",
		"PINE: ODO FAIL 2025-06-01, REGULAR DEFICIENT 2025-04-01, 61 days, false",
		"PINE: NAKAMOTO MEETS_STANDARD 2025-05-01, ODO SUPERIOR 2024-06-01, 334 days, false",
		"PINE: REGULAR DEFICIENT 2025-04-01, ODO SUPERIOR 2024-06-01, 304 days, true",
	}
	oak := []string{
		`OAK : PLUMBLINE "Best we ever saw" 2026-04-03, ODO FAIL_REFUSED 2026-01-02, 91 days, false`,
		`OAK : PLUMBLINE "Best we ever saw" 2026-04-03, ORSA ACCEPTABLE 2026-01-01, 92 days, false`,
		"OAK : ODO FAIL_REFUSED 2026-01-02, ORSA ACCEPTABLE 2026-01-01, 1 days, false",
	}
	only := func(lines []string, part string) (kept []string) {
		for _, l := range lines {
			if strings.Contains(l, part) {
				kept = append(kept, l)
			}
		}
		return kept
	}
	for _, c := range []struct {
		arguments string
		want      []string
		pairs     float64
		against   float64
		places    float64
	}{
		{"first: 100", append(slices.Clone(oak), pine...), 13, 4, 2},
		{"contradicting: true", only(pine, "true"), 4, 4, 1},
		{fmt.Sprintf("filter: {facilityId: %q}, withinDays: 31", n.facility), pine[6:7], 1, 1, 1},
		{fmt.Sprintf("filter: {facilityId: %q}, withinDays: 30", n.facility), nil, 0, 0, 0},
		{`filter: {state: "WA"}`, oak, 3, 0, 1},
		{`filter: {from: "2025-05-01", to: "2025-06-01"}`, pine[6:7], 1, 1, 1},
		// A reconstructed inspection follows a published one: it counts only if asked for.
		{`filter: {origins: [RECONSTRUCTED], state: "TX"}`, []string{`ELM : PLUMBLINE "" 2022-05-05, ODO FAIL 2022-05-05, 0 days, false`}, 1, 0, 1},
		{`filter: {state: "TX"}`, nil, 0, 0, 0},
	} {
		answer, got := ask(c.arguments)
		if c.arguments == `filter: {origins: [RECONSTRUCTED], state: "TX"}` && len(got) == 1 && strings.HasPrefix(got[0], "ELM : ODO") {
			c.want = []string{`ELM : ODO FAIL 2022-05-05, PLUMBLINE "" 2022-05-05, 0 days, false`} // of one day, by id
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.arguments, diff)
		}
		if fields(answer, "pairs") != c.pairs || fields(answer, "contradictions") != c.against || fields(answer, "facilities") != c.places {
			t.Errorf("%s: %v pairs, %v contradictions, %v facilities", c.arguments, fields(answer, "pairs"), fields(answer, "contradictions"), fields(answer, "facilities"))
		}
	}
	whole, all := ask("first: 100")
	if n := len(fields(whole, "rule").([]any)); n != 17 {
		t.Errorf("the rule has %d pairs", n)
	}
	var turned []string
	after := ""
	for {
		page, lines := ask("first: 3" + after)
		turned = append(turned, lines...)
		if fields(page, "pairs") != 13.0 {
			t.Errorf("a page counts %v pairs", fields(page, "pairs"))
		}
		if fields(page, "pageInfo", "hasNextPage") != true {
			break
		}
		after = fmt.Sprintf(", after: %q", fields(page, "pageInfo", "endCursor"))
	}
	if diff := cmp.Diff(all, turned); diff != "" {
		t.Errorf("page by page (-whole +pages):\n%s", diff)
	}
}

// The rule is symmetric, and nothing contradicts itself or a body that may be the same.
func TestTheRuleOfContradiction(t *testing.T) {
	t.Parallel()
	seen := map[inspection.RatingPair]bool{}
	for _, p := range inspection.ContradictingRatings() {
		if p.One == p.Other || seen[p] || seen[inspection.RatingPair{One: p.Other, Other: p.One}] {
			t.Errorf("%v stands twice or contradicts itself", p)
		}
		seen[p] = true
	}
	for _, a := range inspection.RatingBodies() {
		if !inspection.SameBody(a, a) {
			t.Errorf("%s is not itself", a)
		}
		for _, b := range inspection.RatingBodies() {
			if inspection.SameBody(a, b) != inspection.SameBody(b, a) {
				t.Errorf("%s and %s", a, b)
			}
		}
	}
}

const overdueFields = `actionId inspectionId findingId state origin plannedStart facility { name } fieldOffice code standard missed daysOverdue abatement plan proof abatementDue planDue proofDue`

// What missed a date, and which: by hand over the small nation.
func TestOverdueActionsOfASmallNation(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	visits := n.visits()
	n.happen(n.behind(), visits)
	days := int(time.Since(longAgo) / (24 * time.Hour))
	list := func(as, arguments string) []string {
		var lines []string
		data := n.ask(as, "{ overdueActions"+arguments+" { "+basisFields+" asOf edges { node { "+overdueFields+" } } pageInfo { hasNextPage } } }", nil)
		for _, e := range fields(data, "overdueActions", "edges").([]any) {
			o := fields(e, "node")
			if got := fields(o, "daysOverdue"); got != float64(days) {
				t.Errorf("%v days overdue, want %d", got, days)
			}
			lines = append(lines, fmt.Sprintf("%.4s %v %v %v: abatement %v, plan %v, proof %v", fields(o, "facility", "name"), fields(o, "fieldOffice"), fields(o, "standard"), fields(o, "state"),
				fields(o, "abatement"), fields(o, "plan"), fields(o, "proof")))
		}
		slices.Sort(lines) // all missed the same date: their order is that of ids
		return lines
	}
	pine := []string{"PINE NOL 1.1 OPEN: abatement false, plan true, proof false", "PINE NOL 1.1 PLANNED: abatement true, plan false, proof true"}
	oak := []string{"OAK  SEA 4.2 REOPENED: abatement false, plan false, proof true"}
	cedar := []string{"CEDA SEA 4.10 OPEN: abatement false, plan true, proof true"}
	for _, c := range []struct {
		as, arguments string
		want          []string
	}{
		{analyst, "", slices.Concat(oak, pine)},
		{analyst, "(filter: {origins: [EXERCISE]})", cedar},
		{analyst, `(filter: {standardNumber: "4.2"})`, oak},
		{analyst, `(filter: {editionSet: "alpha"})`, pine},
		{analyst, `(filter: {fieldOffice: "SEA"})`, oak},
		{facility, "", pine},
		{elsewhere, "(filter: {origins: [LIVE, EXERCISE]})", cedar},
		{fieldOffice, "", pine},
		{fieldOffice, `(filter: {fieldOffice: "SEA"})`, nil},
	} {
		if diff := cmp.Diff(c.want, list(c.as, c.arguments)); diff != "" {
			t.Errorf("%s as %s (-want +got):\n%s", c.arguments, c.as, diff)
		}
	}
	data := n.ask(analyst, `{ overdueSummary(groupBy: FACILITY) { edges { node { label actions unsettled overdue abatement plan proof mostDays daysOverdue { from to count } } } } }`, nil)
	var got []string
	for _, e := range fields(data, "overdueSummary", "edges").([]any) {
		g := fields(e, "node")
		buckets := fields(g, "daysOverdue").([]any)
		got = append(got, fmt.Sprintf("%.4s %v %v %v: %v %v %v, longest %v, beyond two years %v", fields(g, "label"), fields(g, "actions"), fields(g, "unsettled"), fields(g, "overdue"),
			fields(g, "abatement"), fields(g, "plan"), fields(g, "proof"), fields(g, "mostDays"), fields(buckets[len(buckets)-1], "count")))
	}
	want := []string{fmt.Sprintf("OAK  2 1 1: 0 0 1, longest %d, beyond two years 1", days), fmt.Sprintf("PINE 5 3 2: 1 1 1, longest %d, beyond two years 2", days)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by facility (-want +got):\n%s", diff)
	}
}

// A date is missed the moment after it, counted in whole days, and put into the right bucket.
func TestTheMomentADateIsMissed(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	clock := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	service := inspection.NewService(n.store, n.blobs, func() time.Time { return clock }, inspection.Settings{})
	var flaws []flaw
	for _, due := range []time.Duration{0, -time.Microsecond, time.Hour, -24 * time.Hour, -31*24*time.Hour + time.Microsecond, -31 * 24 * time.Hour, -365 * 24 * time.Hour, -366 * 24 * time.Hour, -731 * 24 * time.Hour} {
		flaws = append(flaws, flaw{edition: n.alpha, number: "4.2", action: inspection.ActionPlanned, plan: longAgo, proof: clock.Add(due)})
	}
	n.happen(n.behind(), []visit{{at: n.oak, origin: inspection.Live, scope: inspection.ScopeFull, announced: &yes, start: "2026-01-01", state: inspection.Issued,
		parts: []part{{n.alpha, "4.2", "MM"}}, flaws: flaws}})
	page, err := service.OverdueActions(t.Context(), n.users[analyst], inspection.OverdueQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var days []int
	for _, a := range page.Actions {
		days = append(days, a.DaysOverdue)
	}
	if want := []int{731, 366, 365, 31, 30, 1, 0}; !slices.Equal(days, want) {
		t.Errorf("days overdue %v, want %v", days, want)
	}
	summary, err := service.OverdueSummary(t.Context(), n.users[analyst], inspection.StatisticsQuery{GroupBy: inspection.ByState, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var counts []int
	for _, b := range summary.Groups[0].DaysOverdue {
		counts = append(counts, b.Count)
	}
	if want := []int{3, 1, 0, 1, 1, 1}; !slices.Equal(counts, want) || summary.Groups[0].Overdue != 7 {
		t.Errorf("buckets %v of %d, want %v of 7", counts, summary.Groups[0].Overdue, want)
	}
}

// The list and the action itself agree on what is overdue, a waiver that has run out among it.
func TestTheListAndTheActionAgreeOnWhatIsOverdue(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	clock := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	service := inspection.NewService(n.store, n.blobs, func() time.Time { return clock }, inspection.Settings{})
	var flaws []flaw
	before, after := clock.Add(-time.Hour), clock.Add(time.Hour)
	for _, state := range []inspection.ActionState{inspection.ActionOpen, inspection.ActionPlanned, inspection.ReportedDone, inspection.Verified, inspection.Reopened, inspection.Waived, inspection.ActionWithdrawn} {
		for k := range 32 {
			pick := func(bit int) time.Time { return []time.Time{before, after}[k>>bit&1] }
			f := flaw{edition: n.alpha, number: "4.2", action: state, plan: pick(0), proof: pick(1), noPlan: k>>2&1 == 1, until: pick(3)}
			if at := pick(0); k>>4&1 == 1 {
				f.abatement = &at
			}
			flaws = append(flaws, f)
		}
	}
	v := []visit{{at: n.oak, origin: inspection.Live, scope: inspection.ScopeFull, announced: &yes, start: "2026-01-01", state: inspection.Issued, parts: []part{{n.alpha, "4.2", "MM"}}, flaws: flaws}}
	n.happen(n.behind(), v)
	listed := map[inspection.ID]string{}
	q := inspection.OverdueQuery{Limit: 100}
	for {
		page, err := service.OverdueActions(t.Context(), n.users[analyst], q)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Actions {
			listed[a.ActionID] = fmt.Sprint(a.State, a.Missed, a.DaysOverdue)
			q.After = &inspection.OverdueCursor{Missed: a.Missed, Action: a.ActionID}
		}
		if !page.More {
			break
		}
	}
	overdue := 0
	err := n.store.View(t.Context(), n.users[analyst], func(tx inspection.Tx) error {
		actions, err := tx.CorrectiveActions(t.Context(), v[0].id)
		for _, a := range actions {
			a = a.At(clock)
			want := ""
			if a.Overdue != nil {
				want = fmt.Sprint(a.State, a.Overdue.At, a.Overdue.Days)
				overdue++
			}
			if listed[a.ID] != want {
				t.Errorf("listed as %q, itself %q", listed[a.ID], want)
			}
		}
		return err
	})
	if err != nil || overdue != len(listed) || overdue < 50 {
		t.Errorf("%d are overdue, %d listed (%v)", overdue, len(listed), err)
	}
}

// How the programme does, by hand over the small nation.
func TestTheProgrammesMeasures(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	n.happen(n.behind(), n.visits())
	ask := func(arguments string) string {
		m := n.ask(analyst, `{ programmeMeasures`+arguments+` { daysToIssue { count least median ninetieth most } repeatDeclared { numerator denominator perMille } correctedOnSite { numerator denominator perMille }
			actionsVerified { numerator denominator perMille } coverage { numerator denominator perMille } corroboration { numerator denominator perMille } notApplicable { numerator denominator perMille } } }`, nil)["programmeMeasures"]
		d := fields(m, "daysToIssue")
		return fmt.Sprintf("%v: %v %v %v %v; repeat %s, corrected %s, verified %s, coverage %s, corroboration %s, not applicable %s", fields(d, "count"), fields(d, "least"), fields(d, "median"), fields(d, "ninetieth"), fields(d, "most"),
			fraction(m, "repeatDeclared"), fraction(m, "correctedOnSite"), fraction(m, "actionsVerified"), fraction(m, "coverage"), fraction(m, "corroboration"), fraction(m, "notApplicable"))
	}
	// 0, 10, 20 and 40 days; 7 deficiencies; 7 actions, one of them withdrawn.
	if got, want := ask(""), "4: 0 10 40 40; repeat 2/7=286, corrected 2/7=286, verified 1/6=167, coverage 14/17=824, corroboration 8/14=571, not applicable 2/19=105"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := ask(`(filter: {state: "TX"})`), "0: <nil> <nil> <nil> <nil>; repeat 0/0=<nil>, corrected 0/0=<nil>, verified 0/0=<nil>, coverage 0/0=<nil>, corroboration 0/0=<nil>, not applicable 0/0=<nil>"; got != want {
		t.Errorf("of nothing: %s", got)
	}
}

// The totals are the same for everyone who may ask, and count what they may not see.
func TestTheSystemsTotals(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	db := n.behind()
	n.happen(db, n.visits())
	n.mustExec(db, fmt.Sprintf(`begin; set local session_replication_role = replica;
		insert into waiver (id, facility_id, standard_id, authority, reference, reason, starts_on, ends_on, needs_consent, granted_by, granted_as, granted_at, ended_at, end_reason)
		select gen_random_uuid(), '%s', '%s', 'x', 'x', 'x', current_date - 9, current_date - w.ago, false, '%s', 'REVIEWER', now(), w.ended_at, w.reason
		from (values (0, null, ''), (1, null, ''), (0, now(), 'x')) w (ago, ended_at, reason); commit`, n.oak, standardOf(n.alpha, "4.2").ID, n.users[reviewer].ID))
	const question = `{ systemTotals { users { role active inactive } facilities facilitiesListed externalRatings editions partialEditions inspections { origin state inspections } answers answerVersions
		findings { kind findings } findingVersions evidence { state originals bytes } actions { state actions } waivers { state waivers } disputesOpen disputesRuled auditEvents } }`
	first := ""
	for _, as := range []string{admin, analyst, auditor, reviewer, lead, inspector} {
		got, err := json.Marshal(n.ask(as, question, nil)["systemTotals"])
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(got)
		}
		if string(got) != first {
			t.Errorf("%s gets %s, the administrator %s", as, got, first)
		}
	}
	for _, part := range []string{`{"active":2,"inactive":0,"role":"INSPECTOR"}`, `"facilities":4,`, `"facilitiesListed":0,`, `"editions":4,`, `"partialEditions":3,`,
		`{"inspections":3,"origin":"LIVE","state":"ISSUED"}`, `{"inspections":1,"origin":"LIVE","state":"IN_REVIEW"}`, `{"inspections":1,"origin":"RECONSTRUCTED","state":"CLOSED"}`, `"answers":26,`,
		`{"findings":11,"kind":"DEFICIENCY"}`, `{"findings":1,"kind":"AREA_OF_CONCERN"}`, `{"actions":2,"state":"OPEN"}`, `{"actions":1,"state":"WITHDRAWN"}`, `"disputesOpen":0,`, `"evidence":[]`, `"waivers":[{"state":"ENDED","waivers":1},{"state":"EXPIRED","waivers":1},{"state":"IN_EFFECT","waivers":1}]`} {
		if !strings.Contains(first, part) {
			t.Errorf("%s is missing in %s", part, first)
		}
	}
	for _, as := range []string{privacy, facility, fieldOffice} {
		if data, errs := n.send(as, question, nil); len(errs) == 0 || data["systemTotals"] != nil || !strings.Contains(fmt.Sprint(errs), "FORBIDDEN") {
			t.Errorf("%s gets %v %v", as, data, errs)
		}
	}
}

// Plumbline's own rating names every edition that its inspection bound, as other bodies' name theirs.
func TestOwnRatingsNameTheirEditions(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	db := n.behind()
	n.happen(db, n.visits())
	n.published(inspection.ExternalRating{FacilityID: n.facility, Type: "ODO", Rating: "FAIL", EndedOn: onDay("2025-06-01")})
	answer := n.ask(auditor, "{ ratingComparisons(first: 100) { edges { node { later { id body edition } } } } }", nil)["ratingComparisons"]
	own := 0
	for _, edge := range fields(answer, "edges").([]any) {
		later := fields(edge, "node", "later").(map[string]any)
		if later["body"] != "PLUMBLINE" {
			continue
		}
		own++
		bound := n.rows(db, "select distinct e.key from inspection_standard s join edition e on e.id = s.edition_id where s.inspection_id = $1 order by 1", later["id"])
		if want := strings.Join(bound, ", "); later["edition"] != want || want == "" {
			t.Errorf("%v is rated under %q, bound to %q", later["id"], later["edition"], want)
		}
	}
	if own == 0 {
		t.Error("no rating of Plumbline's own is compared")
	}
}
