package report

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"plumbline/inspection"
)

func (b *builder) disputes() []Dispute {
	items := map[inspection.ID]string{}
	for _, a := range b.doc.Answers {
		items[a.ID] = a.Requirement
	}
	var disputes []Dispute
	for _, d := range b.doc.Disputes {
		item := items[d.AnswerID]
		if item == "" {
			item = d.AnswerID.String()
		}
		disputes = append(disputes, Dispute{Item: item, Ruling: word(d.Ruling), Reason: d.RulingReason})
	}
	return disputes
}

func (b *builder) evidence() *Evidence {
	e := &Evidence{Total: len(b.doc.Evidence)}
	states := map[inspection.EvidenceState]int{}
	for _, original := range b.doc.Evidence {
		states[original.State]++
		if original.AcceptedReason != "" {
			e.Accepted = append(e.Accepted, original)
		}
	}
	for _, state := range slices.Sorted(maps.Keys(states)) {
		e.ByState = append(e.ByState, Count{Name: word(state), Value: strconv.Itoa(states[state])})
	}
	return e
}

func (b *builder) carried() []Carried {
	var carried []Carried
	for _, c := range b.doc.Carried {
		carried = append(carried, Carried{Code: c.Code, Text: c.Text, Found: date(c.EndedOn), AgeDays: c.AgeDays, Outcome: word(c.Outcome)})
	}
	return carried
}

func (b *builder) trend() *Trend {
	t := b.doc.Trend
	if t == nil {
		return nil
	}
	line := func(name string, then, now int, d inspection.Direction) TrendLine {
		return TrendLine{Name: name, Then: then, Now: now, Direction: word(d)}
	}
	return &Trend{Since: date(t.LastEndedOn), Common: len(t.CommonStandards), Repeated: len(t.Repeated), Lines: []TrendLine{
		line("Deficiencies", t.All.DeficienciesThen, t.All.DeficienciesNow, t.All.Deficiencies),
		line("Deficient standards", t.All.DeficientStandardsThen, t.All.DeficientStandardsNow, t.All.DeficientStandards),
		line("Deficiencies in standards that both reviewed", t.Common.DeficienciesThen, t.Common.DeficienciesNow, t.Common.Deficiencies),
		line("Deficient standards that both reviewed", t.Common.DeficientStandardsThen, t.Common.DeficientStandardsNow, t.Common.DeficientStandards),
	}}
}

// held counts who was held at the facility, by group.
func (b *builder) held() []Count {
	if b.doc.Scope.Population == nil {
		return nil
	}
	var held []Count
	for _, c := range b.doc.Scope.Population.InOrder() {
		name := strings.ToLower(strings.ReplaceAll(string(c.Group), "_", " "))
		held = append(held, Count{Name: strings.ToUpper(name[:1]) + name[1:], Value: strconv.Itoa(c.Count)})
	}
	return held
}
