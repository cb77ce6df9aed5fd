package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection"
)

// A sum is what a group adds up to, counted one answer after the other.
type sum struct {
	ratings                                       [5]int // meets, does not meet, not applicable, undetermined, not reviewed
	corroborated, deficiencies, withdrawn, repeat int
	certain, probable                             int
	deficient                                     int
	inspections, facilities                       map[inspection.ID]bool
	partial                                       bool
}

func (s *sum) String() string {
	return fmt.Sprint(s.ratings, s.corroborated, s.deficiencies, s.withdrawn, s.repeat, s.certain, s.probable, s.deficient, len(s.inspections), len(s.facilities), s.partial)
}

// facts of the nation's facilities, as the groups name them.
func (n *nation) facts(id inspection.ID) map[inspection.StatisticsGroup]string {
	all := map[inspection.ID][]string{n.facility: {"NOL", "LA", "", "PRIVATE", "CDF"}, n.other: {"SEA", "WA", "", "UNKNOWN", "IGSA"},
		n.oak: {"SEA", "WA", "COUNTY (SHERIFF)", "PUBLIC", "IGSA"}, n.elm: {"", "TX", "GEO GROUP", "PRIVATE", "UNKNOWN"}}[id]
	return map[inspection.StatisticsGroup]string{inspection.ByFacility: id.String(), inspection.ByFieldOffice: all[0], inspection.ByState: all[1],
		inspection.ByOperator: all[2], inspection.ByOperatorType: all[3], inspection.ByFacilityType: all[4]}
}

// keyOf is the group that a standard of a visit belongs to.
func (n *nation) keyOf(by inspection.StatisticsGroup, v *visit, number, set string) string {
	day := onDay(v.start)
	switch by {
	case inspection.ByStandard:
		return number
	case inspection.ByEditionSet:
		return set
	case inspection.ByMonth:
		return day.Format("2006-01")
	case inspection.ByQuarter:
		return fmt.Sprintf("%d-Q%d", day.Year(), (int(day.Month())+2)/3)
	case inspection.ByFiscalYear:
		if day.Month() >= time.October {
			return fmt.Sprintf("FY%d", day.Year()+1)
		}
		return fmt.Sprintf("FY%d", day.Year())
	}
	return n.facts(v.at)[by]
}

func (n *nation) selected(f inspection.StatisticsFilter, v *visit) bool {
	is := n.facts(v.at)
	same := func(asked *string, by inspection.StatisticsGroup) bool {
		return asked == nil || strings.EqualFold(*asked, is[by])
	}
	origins := f.Origins
	if len(origins) == 0 {
		origins = []inspection.Origin{inspection.Live}
	}
	day := onDay(v.start)
	return (v.state == inspection.Issued || v.state == inspection.Closed) && slices.Contains(origins, v.origin) &&
		(f.From == nil || !day.Before(*f.From)) && (f.To == nil || !day.After(*f.To)) && (f.FacilityID == nil || *f.FacilityID == v.at) &&
		same(f.FieldOffice, inspection.ByFieldOffice) && same(f.State, inspection.ByState) && same(f.Operator, inspection.ByOperator) &&
		same((*string)(f.OperatorType), inspection.ByOperatorType) && same((*string)(f.FacilityType), inspection.ByFacilityType) &&
		(len(f.Scopes) == 0 || slices.Contains(f.Scopes, v.scope)) && (f.Announced == nil || v.announced != nil && *v.announced == *f.Announced)
}

// naive adds up visits one answer after the other.
func (n *nation) naive(q inspection.StatisticsQuery, visits []visit) map[string]string {
	sums := map[string]*sum{}
	at := func(v *visit, number, set string, partial bool) *sum {
		key := n.keyOf(q.GroupBy, v, number, set)
		if sums[key] == nil {
			sums[key] = &sum{inspections: map[inspection.ID]bool{}, facilities: map[inspection.ID]bool{}}
		}
		s := sums[key]
		s.inspections[v.id], s.facilities[v.at] = true, true
		s.partial = s.partial || partial
		return s
	}
	f := q.Filter
	wanted := func(number, set string) bool {
		return (f.EditionSet == nil || *f.EditionSet == set) && (f.StandardNumber == nil || *f.StandardNumber == number)
	}
	for k := range visits {
		v := &visits[k]
		if !n.selected(f, v) {
			continue
		}
		for _, p := range v.parts {
			if wanted(p.number, p.edition.Set) {
				s := at(v, p.number, p.edition.Set, p.edition.Partial)
				for _, letter := range p.ratings {
					s.ratings[strings.IndexByte("mdnu-", byte(letter|0x20))]++
					if letter == 'M' || letter == 'D' {
						s.corroborated++
					}
				}
			}
		}
		deficient := map[string]bool{}
		for _, fl := range v.flaws {
			number, set, partial := fl.text, "", false
			if fl.edition != nil {
				number, set, partial = fl.number, fl.edition.Set, fl.edition.Partial
			} else if f.EditionSet != nil || f.StandardNumber != nil {
				continue
			}
			if fl.kind != "" && fl.kind != inspection.Deficiency || fl.removed || fl.edition != nil && !wanted(number, set) {
				continue
			}
			s := at(v, number, set, partial)
			s.deficiencies++
			s.withdrawn += btoi(fl.withdrawn)
			s.repeat += btoi(fl.repeat)
			s.certain += btoi(fl.derived == inspection.RepeatCertain)
			s.probable += btoi(fl.derived == inspection.RepeatProbable)
			if !deficient[set+" "+number] {
				deficient[set+" "+number] = true
				s.deficient++
			}
		}
	}
	printed := map[string]string{}
	for key, s := range sums {
		printed[key] = s.String()
	}
	return printed
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (n *nation) drawVisits(t *rapid.T) []visit {
	places := []inspection.ID{n.facility, n.other, n.oak, n.elm}
	standards := []part{{n.alpha, "1.1", "    "}, {n.alpha, "4.2", "  "}, {n.alpha, "4.10", "  "}, {n.beta, "4.2", "   "}, {n.beta, "9.9", " "}}
	announced := []*bool{&yes, &no, nil}
	visits := make([]visit, rapid.IntRange(0, 12).Draw(t, "visits"))
	for k := range visits {
		v := visit{at: rapid.SampledFrom(places).Draw(t, "place"), origin: rapid.SampledFrom([]inspection.Origin{inspection.Live, inspection.Live, inspection.Exercise, inspection.Reconstructed}).Draw(t, "origin"),
			scope: rapid.SampledFrom([]inspection.Scope{inspection.ScopeFull, inspection.ScopeFollowUp}).Draw(t, "scope"), announced: rapid.SampledFrom(announced).Draw(t, "announced"),
			start: onDay("2025-08-15").AddDate(0, 0, rapid.IntRange(0, 100).Draw(t, "day")).Format(time.DateOnly),
			state: rapid.SampledFrom([]inspection.State{inspection.Issued, inspection.Issued, inspection.Closed, inspection.InReview, inspection.Planned, inspection.Cancelled}).Draw(t, "state")}
		if v.origin != inspection.Reconstructed && v.announced == nil {
			v.announced = &yes
		}
		for _, p := range standards {
			if !rapid.Bool().Draw(t, "in scope") {
				continue
			}
			letters := make([]byte, len(p.ratings))
			for l := range letters {
				letters[l] = rapid.SampledFrom([]byte("MmDdnu-")).Draw(t, "letter")
			}
			v.parts = append(v.parts, part{p.edition, p.number, string(letters)})
			for range rapid.IntRange(0, 2).Draw(t, "flaws") {
				v.flaws = append(v.flaws, n.drawFlaw(t, p, v.state))
			}
		}
		if v.origin == inspection.Reconstructed && rapid.Bool().Draw(t, "text") {
			v.flaws = append(v.flaws, flaw{text: "ZZ"})
		}
		visits[k] = v
	}
	return visits
}

func (n *nation) drawFlaw(t *rapid.T, p part, state inspection.State) flaw {
	return flaw{kind: rapid.SampledFrom([]inspection.FindingKind{"", "", inspection.Note}).Draw(t, "kind"), edition: p.edition, number: p.number,
		derived: rapid.SampledFrom([]inspection.RepeatKind{"", inspection.RepeatNone, inspection.RepeatCertain, inspection.RepeatProbable}).Draw(t, "derived"),
		repeat:  rapid.Bool().Draw(t, "repeat"), removed: rapid.IntRange(0, 4).Draw(t, "removed") == 0,
		withdrawn: state == inspection.Issued && rapid.IntRange(0, 4).Draw(t, "withdrawn") == 0}
}

func drawn[T any](t *rapid.T, name string, values ...T) *T {
	if rapid.IntRange(0, 4).Draw(t, name+" asked") > 0 {
		return nil
	}
	value := rapid.SampledFrom(values).Draw(t, name)
	return &value
}

func (n *nation) drawFilter(t *rapid.T) inspection.StatisticsFilter {
	f := inspection.StatisticsFilter{FacilityID: drawn(t, "facility", n.facility, n.oak), FieldOffice: drawn(t, "office", "NOL", "SEA", ""),
		State: drawn(t, "state", "LA", "WA", "TX"), FacilityType: drawn(t, "type", inspection.TypeCDF, inspection.TypeIGSA, inspection.TypeUnknown),
		Operator: drawn(t, "operator", "", "geo group", "COUNTY (SHERIFF)"), OperatorType: drawn(t, "operator type", inspection.OperatorPublic, inspection.OperatorPrivate, inspection.OperatorUnknown),
		EditionSet: drawn(t, "set", "alpha", "beta"), StandardNumber: drawn(t, "number", "4.2", "9.9"), Announced: drawn(t, "announced", true, false),
		From: drawn(t, "from", onDay("2025-09-01"), onDay("2025-09-30")), To: drawn(t, "to", onDay("2025-10-01"), onDay("2025-11-01"))}
	if origins := drawn(t, "origins", []inspection.Origin{inspection.Exercise}, []inspection.Origin{inspection.Reconstructed, inspection.Live}); origins != nil {
		f.Origins = *origins
	}
	if scopes := drawn(t, "scopes", []inspection.Scope{inspection.ScopeFollowUp}); scopes != nil {
		f.Scopes = *scopes
	}
	return f
}

// Whatever happened and whatever is asked, the figures are those that counting one answer after the
// other gives, in every group.
func TestTheFiguresAreWhatCountingGives(t *testing.T) {
	t.Parallel()
	n := newNation(t)
	db := n.behind()
	rapid.Check(t, func(t *rapid.T) {
		if err := forget(n.t.Context(), db); err != nil {
			t.Fatal(err)
		}
		visits := n.drawVisits(t)
		n.happen(db, visits)
		filter := n.drawFilter(t)
		by := rapid.SampledFrom(inspection.StatisticsGroups()).Draw(t, "by")
		q := inspection.StatisticsQuery{Filter: filter, GroupBy: by, Limit: 100}
		page, err := n.service.Coverage(n.t.Context(), n.users[analyst], q)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, g := range page.Groups {
			i := g.Items
			got[g.Key] = fmt.Sprint([5]int{i.Meets, i.DoesNotMeet, i.NotApplicable, i.Undetermined, i.NotReviewed}, g.Corroboration.Numerator, g.Deficiencies, g.Withdrawn,
				g.RepeatsDeclared, g.RepeatsCertain, g.RepeatsProbable, g.DeficientStandards, g.Inspections, g.Facilities, g.Partial)
		}
		if diff := cmp.Diff(n.naive(q, visits), got); diff != "" {
			t.Fatalf("by %s (-counted +stored):\n%s", by, diff)
		}
		if len(got) != len(page.Groups) {
			t.Fatalf("by %s: a key stands twice in %v", by, slices.Sorted(maps.Keys(got)))
		}
	})
}
