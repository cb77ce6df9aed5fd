package inspection

import (
	"context"
	"slices"
	"time"

	"plumbline/inspection/scoring"
)

// StatisticsGroup is what an answer of the dashboard is divided by.
type StatisticsGroup string

const (
	ByStandard     StatisticsGroup = "STANDARD"
	ByFacility     StatisticsGroup = "FACILITY"
	ByFieldOffice  StatisticsGroup = "FIELD_OFFICE"
	ByState        StatisticsGroup = "STATE"
	ByOperator     StatisticsGroup = "OPERATOR"
	ByOperatorType StatisticsGroup = "OPERATOR_TYPE"
	ByFacilityType StatisticsGroup = "FACILITY_TYPE"
	ByEditionSet   StatisticsGroup = "EDITION_SET"
	// ByMonth, ByQuarter and ByFiscalYear go by the day the visit was planned to start. A fiscal
	// year runs from October to September and has the number of the year it ends in.
	ByMonth      StatisticsGroup = "MONTH"
	ByQuarter    StatisticsGroup = "QUARTER"
	ByFiscalYear StatisticsGroup = "FISCAL_YEAR"
	// ByAnnouncement is the question of announced against unannounced, which has an answer of its own.
	ByAnnouncement StatisticsGroup = "ANNOUNCEMENT"
)

// StatisticsGroups lists every group that may be asked for.
func StatisticsGroups() []StatisticsGroup {
	return []StatisticsGroup{ByStandard, ByFacility, ByFieldOffice, ByState, ByOperator, ByOperatorType, ByFacilityType,
		ByEditionSet, ByMonth, ByQuarter, ByFiscalYear}
}

// OperatorType is who runs a facility, as far as its record states it.
type OperatorType string

const (
	OperatorPublic  OperatorType = "PUBLIC"
	OperatorPrivate OperatorType = "PRIVATE"
	// OperatorUnknown: the record states no operator, or one that says neither.
	OperatorUnknown OperatorType = "UNKNOWN"
)

// StatisticsFilter selects the issued inspections that count, and of those the standards. A nil field
// asks for nothing; an empty text asks for those of which no source states the fact. Facts about a
// facility are its present record's.
type StatisticsFilter struct {
	// Origins are LIVE only unless others are asked for.
	Origins []Origin
	// From and To are the first and last day on which the visit was planned to start.
	From         *time.Time
	To           *time.Time
	FacilityID   *ID
	FieldOffice  *string
	State        *string
	FacilityType *FacilityType
	Operator     *string
	OperatorType *OperatorType
	// EditionSet is the standards set's key; StandardNumber the number of a standard, in any edition.
	EditionSet     *string
	StandardNumber *string
	Scopes         []Scope
	Announced      *bool
}

// origins returns the origins asked for, each once, in one order.
func (f StatisticsFilter) origins() []Origin {
	if len(f.Origins) == 0 {
		return []Origin{Live}
	}
	var asked []Origin
	for _, o := range []Origin{Live, Exercise, Reconstructed} {
		if slices.Contains(f.Origins, o) {
			asked = append(asked, o)
		}
	}
	return asked
}

func (f StatisticsFilter) check() error {
	var ps Problems
	for _, day := range []struct {
		path string
		at   *time.Time
	}{{"filter.from", f.From}, {"filter.to", f.To}} {
		if day.at != nil {
			ps = append(ps, checkTime(day.path, *day.at)...)
		}
	}
	if f.From != nil && f.To != nil && f.From.After(*f.To) {
		ps = append(ps, newProblem(Invalid, "filter.from", "the first day comes after the last; exchange from and to"))
	}
	for _, text := range []struct {
		path string
		is   *string
	}{{"filter.fieldOffice", f.FieldOffice}, {"filter.state", f.State}, {"filter.operator", f.Operator},
		{"filter.editionSet", f.EditionSet}, {"filter.standardNumber", f.StandardNumber}} {
		if text.is != nil {
			ps = append(ps, checkText(text.path, *text.is, mostWord)...)
		}
	}
	return refusal(ps)
}

// StatisticsQuery asks for a page of groups.
type StatisticsQuery struct {
	Filter  StatisticsFilter
	GroupBy StatisticsGroup
	After   *GroupCursor
	Limit   int
}

// GroupCursor is a place in a list of groups: after the group with this place and key.
type GroupCursor struct {
	GroupBy StatisticsGroup
	Sort    string
	Key     string
}

func (q StatisticsQuery) check() error {
	if !slices.Contains(StatisticsGroups(), q.GroupBy) {
		return Refuse(Invalid, "groupBy", "statistics are not grouped by %s; choose one of %v", q.GroupBy, StatisticsGroups())
	}
	if q.After != nil && q.After.GroupBy != q.GroupBy {
		return Refuse(Invalid, "after", "this is the cursor of a list by another group; start without it")
	}
	if q.After != nil {
		if ps := append(checkText("after", q.After.Sort, mostText), checkText("after", q.After.Key, mostText)...); len(ps) > 0 {
			return ps
		}
	}
	return q.Filter.check()
}

// StatisticsBasis says what an answer of the dashboard rests on.
type StatisticsBasis struct {
	// Origins are those that were counted, each with the number of its issued inspections.
	Origins     []OriginCount
	Inspections int
	Facilities  int
	// FirstDay and LastDay are the earliest and latest planned start; zero if nothing counted.
	FirstDay time.Time
	LastDay  time.Time
	// PartialEditions are the keys of the counted editions of which only a part is known.
	PartialEditions []string
}

// Partial reports whether any counted inspection rests on an edition of which only a part is known.
func (b StatisticsBasis) Partial() bool { return len(b.PartialEditions) > 0 }

// OriginCount is how many issued inspections of one origin were counted.
type OriginCount struct {
	Origin      Origin
	Inspections int
}

// inOrder gives every origin asked for its count, 0 where none was found.
func (b *StatisticsBasis) inOrder(asked []Origin) {
	found := b.Origins
	b.Origins = nil
	for _, o := range asked {
		at := slices.IndexFunc(found, func(c OriginCount) bool { return c.Origin == o })
		if at < 0 {
			b.Origins = append(b.Origins, OriginCount{Origin: o})
			continue
		}
		b.Origins = append(b.Origins, found[at])
	}
}

// GroupStatistics is what the issued inspections of one group add up to.
type GroupStatistics struct {
	// Key names the group for programs, Label for people. An empty key: no source states the fact.
	Key   string
	Label string
	// Sort is the group's place in the list.
	Sort string
	// FacilityID is set where the group is a facility.
	FacilityID *ID
	// Items counts the checklist items by rating, with the share of MEETS in the applicable ones.
	Items scoring.Tally
	// Coverage is the share of applicable items that were reviewed.
	Coverage scoring.Share
	// Corroboration is the share of reviewed items known by two methods or more; nil for the inspected.
	Corroboration *scoring.Share
	// Deficiencies are those of the issued reports, Withdrawn those of them that OPR withdrew later.
	Deficiencies int
	Withdrawn    int
	// RepeatsDeclared are the deficiencies that their authors called repeats, RepeatsCertain and
	// RepeatsProbable those that history makes ones.
	RepeatsDeclared int
	RepeatsCertain  int
	RepeatsProbable int
	// DeficientStandards counts a standard once for each inspection that found it deficient.
	DeficientStandards int
	Inspections        int
	Facilities         int
	// Partial is true if an edition counted here is known only in part.
	Partial bool
}

// StatisticsPage is a page of groups; More says whether others follow.
type StatisticsPage struct {
	Basis  StatisticsBasis
	Groups []GroupStatistics
	More   bool
}

type statisticsTx interface {
	// StatisticsBasis counts what the filter selects.
	StatisticsBasis(ctx context.Context, f StatisticsFilter) (StatisticsBasis, error)
	// GroupStatistics adds up what the filter selects by group, with corroboration only if asked for.
	GroupStatistics(ctx context.Context, q StatisticsQuery, corroboration bool) (groups []GroupStatistics, more bool, err error)
	Measures(ctx context.Context, f StatisticsFilter) (Measures, error)
	OverdueActions(ctx context.Context, q OverdueQuery) (OverduePage, error)
	OverdueGroups(ctx context.Context, q StatisticsQuery, now time.Time) (groups []OverdueGroup, more bool, err error)
	RatingComparisons(ctx context.Context, q ComparisonQuery) (ComparisonPage, error)
	// SystemTotals counts the whole system as it stands at now, past what the actor may see; NotFound if
	// the role may not ask.
	SystemTotals(ctx context.Context, now time.Time) (Totals, error)
}

// mayAsk returns nil if the actor may ask the dashboard's questions. The inspected may ask only what
// is open to them, and row-level security leaves them their own issued inspections.
func mayAsk(actor Actor, openToInspected bool) error {
	grant := GrantOf(actor.Role, ReadStatistics)
	if actor.Role == roleSystem || grant == IfIssued || grant == OwnIssued && openToInspected {
		return nil
	}
	return refuseAction(actor, ReadStatistics, Never)
}

// Compliance answers how the standards are met, by group. The inspected get their own inspections'
// figures, without corroboration.
func (s *Service) Compliance(ctx context.Context, actor Actor, q StatisticsQuery) (StatisticsPage, error) {
	return s.groups(ctx, actor, q, true)
}

// Coverage answers how much was looked at and how well it is known, by group. It is not for the
// inspected: corroboration tells of interviews.
func (s *Service) Coverage(ctx context.Context, actor Actor, q StatisticsQuery) (StatisticsPage, error) {
	return s.groups(ctx, actor, q, false)
}

func (s *Service) groups(ctx context.Context, actor Actor, q StatisticsQuery, openToInspected bool) (StatisticsPage, error) {
	var page StatisticsPage
	if err := mayAsk(actor, openToInspected); err != nil {
		return page, err
	}
	if err := q.check(); err != nil {
		return page, err
	}
	err := s.statistics(ctx, actor, &q.Filter, &page.Basis, func(tx Tx) (err error) {
		page.Groups, page.More, err = tx.GroupStatistics(ctx, q, GrantOf(actor.Role, ReadFieldwork) != Never)
		return err
	})
	return page, err
}

// statistics reads the basis and runs f in the same moment, with the origins filled in.
func (s *Service) statistics(ctx context.Context, actor Actor, filter *StatisticsFilter, basis *StatisticsBasis, f func(Tx) error) error {
	filter.Origins = filter.origins()
	return s.store.View(ctx, actor, func(tx Tx) (err error) {
		if *basis, err = tx.StatisticsBasis(ctx, *filter); err != nil {
			return err
		}
		basis.inOrder(filter.Origins)
		return f(tx)
	})
}

// Announcement is announced inspections beside unannounced ones, and those of which it is not known.
type Announcement struct {
	Basis       StatisticsBasis
	Announced   GroupStatistics
	Unannounced GroupStatistics
	// Unknown are reconstructed inspections whose source does not say.
	Unknown GroupStatistics
}

// Announcement sets announced and unannounced inspections side by side.
func (s *Service) Announcement(ctx context.Context, actor Actor, f StatisticsFilter) (Announcement, error) {
	var a Announcement
	if err := mayAsk(actor, false); err != nil {
		return a, err
	}
	if err := f.check(); err != nil {
		return a, err
	}
	sides := map[string]*GroupStatistics{"ANNOUNCED": &a.Announced, "UNANNOUNCED": &a.Unannounced, "UNKNOWN": &a.Unknown}
	for key, side := range sides {
		none := scoring.Part(0, 0)
		*side = GroupStatistics{Key: key, Items: scoring.Count(scoring.Tally{}), Coverage: none, Corroboration: &none}
	}
	err := s.statistics(ctx, actor, &f, &a.Basis, func(tx Tx) error {
		groups, _, err := tx.GroupStatistics(ctx, StatisticsQuery{Filter: f, GroupBy: ByAnnouncement, Limit: len(sides)}, true)
		for _, g := range groups {
			*sides[g.Key] = g
		}
		return err
	})
	return a, err
}

// Ratio is an exact quotient that may exceed one.
type Ratio struct {
	Numerator   int
	Denominator int
	// PerMille is the quotient in thousandths, rounded half up; nil if the denominator is 0.
	PerMille *int
}

func ratioOf(numerator, denominator int) Ratio {
	r := Ratio{Numerator: numerator, Denominator: denominator}
	if denominator > 0 {
		rounded := (2000*numerator + denominator) / (2 * denominator)
		r.PerMille = &rounded
	}
	return r
}

// DeficienciesPerInspection is how many deficiencies an inspection found on average.
func (g GroupStatistics) DeficienciesPerInspection() Ratio {
	return ratioOf(g.Deficiencies, g.Inspections)
}
