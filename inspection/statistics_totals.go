package inspection

import (
	"context"

	"plumbline/inspection/scoring"
)

// Totals counts the whole system.
type Totals struct {
	Users            []RoleCount
	Facilities       int
	FacilitiesListed int
	ExternalRatings  int
	Editions         int
	PartialEditions  int
	Inspections      []StateCount
	// Answers are the checklist items of all inspections, AnswerVersions every kept version.
	Answers        int
	AnswerVersions int
	// Findings are those of issued inspections; FindingVersions every kept version.
	Findings        []KindCount
	FindingVersions int
	Evidence        []EvidenceCount
	// Actions and Waivers are in the state they have now: one that has run out holds no more.
	Actions       []ActionCount
	Waivers       []WaiverCount
	DisputesOpen  int
	DisputesRuled int
	AuditEvents   int
}

// RoleCount is how many users have a role.
type RoleCount struct {
	Role     Role
	Active   int
	Inactive int
}

// StateCount is how many inspections of an origin are in a state.
type StateCount struct {
	Origin      Origin
	State       State
	Inspections int
}

// KindCount is how many findings are of a kind.
type KindCount struct {
	Kind     FindingKind
	Findings int
}

// EvidenceCount is how many originals are in a state, and their size.
type EvidenceCount struct {
	State     EvidenceState
	Originals int
	Bytes     int64
}

// ActionCount is how many corrective actions are in a state.
type ActionCount struct {
	State   ActionState
	Actions int
}

// WaiverCount is how many waivers are in a state.
type WaiverCount struct {
	State   WaiverState
	Waivers int
}

// SystemTotals counts the whole system: the same figures for everyone who may ask.
func (s *Service) SystemTotals(ctx context.Context, actor Actor) (Totals, error) {
	var totals Totals
	if err := Allow(actor, ReadTotals, Subject{}); err != nil {
		return totals, err
	}
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		totals, err = tx.SystemTotals(ctx, s.now())
		return err
	})
	return totals, err
}

// Measures are how the programme itself does. GAO-25-107580 found no goals or measures of the
// inspection programmes; Plumbline gives measures, and sets no goals.
type Measures struct {
	Basis StatisticsBasis
	// DaysToIssue is the whole days from the end of the fieldwork to the issue.
	DaysToIssue Distribution
	// RepeatDeclared is the share of deficiencies that their authors called repeats.
	RepeatDeclared scoring.Share
	// RepeatDerived is the share of deficiencies that history makes certain or probable repeats.
	RepeatDerived scoring.Share
	// CorrectedOnSite is the share of deficiencies put right, fully or in part, before the team left.
	CorrectedOnSite scoring.Share
	// ActionsVerified is the share of corrective actions that OPR verified, withdrawn ones left out.
	ActionsVerified scoring.Share
	// Coverage is the share of applicable items that were reviewed, Corroboration the share of the
	// reviewed known by two methods or more, NotApplicable the share of all items left out.
	Coverage      scoring.Share
	Corroboration scoring.Share
	NotApplicable scoring.Share
}

// Distribution is a set of whole numbers in short: each figure is one of the set. Nil if it is empty.
type Distribution struct {
	Count     int
	Least     *int
	Median    *int
	Ninetieth *int
	Most      *int
}

// Measures answers how the programme does, over the issued inspections that the filter selects.
func (s *Service) Measures(ctx context.Context, actor Actor, f StatisticsFilter) (Measures, error) {
	var m Measures
	if err := mayAsk(actor, false); err != nil {
		return m, err
	}
	if err := f.check(); err != nil {
		return m, err
	}
	if f.EditionSet != nil || f.StandardNumber != nil {
		return m, Refuse(Invalid, "filter", "the measures are of whole inspections; leave out editionSet and standardNumber")
	}
	var basis StatisticsBasis
	err := s.statistics(ctx, actor, &f, &basis, func(tx Tx) (err error) {
		m, err = tx.Measures(ctx, f)
		return err
	})
	m.Basis = basis
	return m, err
}
