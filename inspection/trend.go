package inspection

import (
	"context"
	"slices"
	"time"
)

// Direction is how a count moved since the last inspection of the same kind. More deficiencies are UP.
type Direction string

const (
	Up    Direction = "UP"
	Down  Direction = "DOWN"
	Level Direction = "LEVEL"
)

func direction(then, now int) Direction {
	switch {
	case now > then:
		return Up
	case now < then:
		return Down
	}
	return Level
}

// Comparison sets two inspections' deficiencies side by side.
type Comparison struct {
	DeficienciesThen       int       `json:"deficienciesThen"`
	DeficienciesNow        int       `json:"deficienciesNow"`
	Deficiencies           Direction `json:"deficiencies"`
	DeficientStandardsThen int       `json:"deficientStandardsThen"`
	DeficientStandardsNow  int       `json:"deficientStandardsNow"`
	DeficientStandards     Direction `json:"deficientStandards"`
}

// Trend compares an inspection with the last issued one of the same kind, facility and origin that
// ended before it. Full inspections and core sets are one kind, for both are a year's compliance
// inspection; follow-ups, special reviews and pre-occupancy visits are one each.
//
// It is computed on every read until the inspection is issued, and then frozen with it. Deficiencies
// that OPR has withdrawn by then are left out.
type Trend struct {
	LastInspectionID ID        `json:"lastInspectionId"`
	LastEndedOn      time.Time `json:"lastEndedOn"`
	// All counts everything. A larger scope finds more, so that it may go up where nothing grew worse.
	All Comparison `json:"all"`
	// Common counts only the standards that both reviewed: where the number of the standard is in both
	// scopes and at least one of its items was rated in each, or its items are not known.
	Common Comparison `json:"common"`
	// CommonStandards are their numbers, in the order of this inspection's scope.
	CommonStandards []string `json:"commonStandards"`
	// Repeated are the last inspection's deficiencies that this one found again, surely or probably.
	Repeated []ID `json:"repeated"`
	// FoundMet are those whose item is now rated MEETS, NotLookedAt those whose item was not reviewed
	// or is out of scope. They tell of ratings, and are not for the inspected.
	FoundMet    []ID `json:"foundMet"`
	NotLookedAt []ID `json:"notLookedAt"`
}

// LastInspection is the inspection that a trend compares with.
type LastInspection struct {
	ID      ID
	EndedOn time.Time
	// Reviewed are the numbers of the standards it reviewed.
	Reviewed []string
}

// trendTx keeps trends.
type trendTx interface {
	// LastInspection finds the last of the issued inspections with one of the scopes, nil if there is
	// none.
	LastInspection(ctx context.Context, q HistoryQuery, scopes []Scope) (*LastInspection, error)
	// SaveTrend keeps the trend of an inspection that is being issued: what everybody reads, and apart
	// from it what tells of fieldwork.
	SaveTrend(ctx context.Context, inspection ID, t Trend) error
	// Trend loads a kept trend, nil if there is none. What tells of fieldwork is empty for the
	// inspected.
	Trend(ctx context.Context, inspection ID) (*Trend, error)
}

// kindOf are the scopes of the same kind.
func kindOf(s Scope) []Scope {
	if s == ScopeFull || s == ScopeCoreSet {
		return []Scope{ScopeFull, ScopeCoreSet}
	}
	return []Scope{s}
}

// trend compares the inspection with the last one, nil if there was none.
func (m memory) trend(i *Inspection, last *LastInspection, answers []Answer, findings []Finding, past []PriorDeficiency) *Trend {
	if last == nil {
		return nil
	}
	t := Trend{LastInspectionID: last.ID, LastEndedOn: last.EndedOn, CommonStandards: []string{}, Repeated: []ID{}, FoundMet: []ID{}, NotLookedAt: []ID{}}
	var then, now []string // the standard of each deficiency
	for _, prior := range past {
		if prior.InspectionID == last.ID {
			then = append(then, prior.Standard)
			m.follow(&t, i, prior, answers, findings)
		}
	}
	for _, f := range findings {
		if f.Standing() {
			now = append(now, m.standardKey(f))
		}
	}
	for _, number := range m.reviewed(i, answers) {
		if slices.Contains(last.Reviewed, number) {
			t.CommonStandards = append(t.CommonStandards, number)
		}
	}
	other := func(standard string) bool { return !slices.Contains(t.CommonStandards, standard) }
	t.All = compare(then, now)
	t.Common = compare(slices.DeleteFunc(then, other), slices.DeleteFunc(now, other))
	return &t
}

// follow says what became of one of the last inspection's deficiencies.
func (m memory) follow(t *Trend, i *Inspection, prior PriorDeficiency, answers []Answer, findings []Finding) {
	if m.foundAgain(prior.Provision, findings) {
		t.Repeated = append(t.Repeated, prior.FindingID)
		return
	}
	rating := NotReviewed
	if requirement, _ := m.place(i, prior); requirement != nil {
		for _, a := range answers {
			if a.RequirementID == *requirement {
				rating = a.Rating
			}
		}
	}
	switch rating {
	case Meets:
		t.FoundMet = append(t.FoundMet, prior.FindingID)
	case NotReviewed:
		t.NotLookedAt = append(t.NotLookedAt, prior.FindingID)
	}
}

func compare(then, now []string) Comparison {
	c := Comparison{DeficienciesThen: len(then), DeficienciesNow: len(now),
		DeficientStandardsThen: distinct(then), DeficientStandardsNow: distinct(now)}
	c.Deficiencies = direction(c.DeficienciesThen, c.DeficienciesNow)
	c.DeficientStandards = direction(c.DeficientStandardsThen, c.DeficientStandardsNow)
	return c
}

func distinct(words []string) int {
	return len(slices.Compact(slices.Sorted(slices.Values(words))))
}

// standardKey is the number of the finding's standard, or the source's own key.
func (m memory) standardKey(f Finding) string {
	if f.StandardID != nil && m.standards[*f.StandardID] != nil {
		return m.standards[*f.StandardID].Number
	}
	return f.StandardText
}

// reviewed lists the numbers of the standards with at least one rated item, and of those whose items
// are not known, in the order of the scope.
func (m memory) reviewed(i *Inspection, answers []Answer) []string {
	rated, known := map[ID]bool{}, map[ID]bool{}
	for _, a := range answers {
		known[a.StandardID] = true
		rated[a.StandardID] = rated[a.StandardID] || a.Rating != NotReviewed
	}
	var numbers []string
	for _, scoped := range i.Standards {
		st := m.standards[scoped.StandardID]
		if st != nil && (rated[st.ID] || !known[st.ID]) && !slices.Contains(numbers, st.Number) {
			numbers = append(numbers, st.Number)
		}
	}
	return numbers
}

// Trend returns how the inspection compares with the last one of its kind, nil if there was none, or if
// it was issued before trends were kept.
func (s *Service) Trend(ctx context.Context, actor Actor, i *Inspection) (*Trend, error) {
	var trend *Trend
	err := s.lookAt(ctx, actor, i, ReadInspection, func(tx Tx) (err error) {
		if issued(i) {
			trend, err = tx.Trend(ctx, i.ID)
			return err
		}
		trend, err = s.trendNow(ctx, tx, i)
		return err
	})
	if trend != nil && GrantOf(actor.Role, ReadFieldwork) == Never {
		trend.FoundMet, trend.NotLookedAt = nil, nil
	}
	return trend, err
}

// trendNow computes the trend as things stand.
func (s *Service) trendNow(ctx context.Context, tx Tx, i *Inspection) (*Trend, error) {
	m, err := memoryOf(ctx, tx, i)
	if err != nil {
		return nil, err
	}
	answers, err := tx.Answers(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	findings, err := tx.Findings(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	past, err := tx.PriorDeficiencies(ctx, s.before(i))
	if err != nil {
		return nil, err
	}
	last, err := tx.LastInspection(ctx, s.before(i), kindOf(i.Scope))
	return m.trend(i, last, answers, findings, past), err
}
