package inspection

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// RepeatKind says whether an earlier inspection of the facility found the same.
type RepeatKind string

const (
	// RepeatNone: no earlier inspection found it.
	RepeatNone RepeatKind = "NONE"
	// RepeatCertain: an earlier inspection found the same worksheet line of the same standards set.
	RepeatCertain RepeatKind = "CERTAIN"
	// RepeatProbable: an earlier inspection found a deficiency of the same requirement, under another
	// line or another standards set.
	RepeatProbable RepeatKind = "PROBABLE"
)

// Repeat is what a deficiency's history comes to. It is computed on every read until the inspection is
// issued, and then frozen with it.
//
// Only what issued inspections of the same facility and the same origin found counts, if they ended
// before this one ends and OPR has not withdrawn the deficiency. The figures of a certain repeat rest
// on certain matches alone, so that no probable one swells them; those of a probable repeat rest on
// the probable ones, for there are no others.
type Repeat struct {
	// RepeatDerived is empty of findings that are no deficiencies, and of inspections that were
	// issued before repeats were derived.
	RepeatDerived RepeatKind `json:"repeatDerived"`
	// RepeatTimes is how many earlier inspections found it: 2 of one that is found "for the third
	// time".
	RepeatTimes int `json:"repeatTimes"`
	// RepeatFirstOn is the last day of the first inspection that found it, nil if none did.
	RepeatFirstOn *time.Time `json:"repeatFirstOn"`
	// RepeatDaysOpen is on how many days it stood unverified between RepeatFirstOn and the last day of
	// this inspection: from the last day of each inspection that found it until its corrective action
	// was verified, days within two such periods counted once. A waiver and a reported fix do not end
	// a period. Nil if it is no repeat.
	RepeatDaysOpen *int `json:"repeatDaysOpen"`
	// RepeatOf are the earlier findings, the newest first.
	RepeatOf []ID `json:"repeatOf"`
}

// RepeatDerivedGiven is nil where nothing was derived.
func (r Repeat) RepeatDerivedGiven() *RepeatKind { return unlessEmpty(r.RepeatDerived) }

// Provision is what a finding says is breached, as far as that is known. Fields are empty where it is
// not.
type Provision struct {
	// Set is the key of the standards set, the same for all versions of an edition.
	Set string
	// Line is the worksheet line's code within the set.
	Line string
	// Lineage is the requirement of PBNDS 2011 (rev. 2016) that asks for the same.
	Lineage string
}

// Same says how surely two findings are about the same provision.
func (p Provision) Same(q Provision) RepeatKind {
	switch {
	case p.Line != "" && p.Set != "" && p.Line == q.Line && p.Set == q.Set:
		return RepeatCertain
	case p.Lineage != "" && p.Lineage == q.Lineage:
		return RepeatProbable
	}
	return RepeatNone
}

// PriorDeficiency is a deficiency that an earlier inspection of the facility found, with what became
// of it.
type PriorDeficiency struct {
	FindingID    ID
	InspectionID ID
	// EndedOn is the last day of the inspection that found it.
	EndedOn time.Time
	Scope   Scope
	Provision
	// Standard is the standard's number, or the source's own key where no standard is known.
	Standard          string
	RequirementID     *ID
	Code              string
	Citation          string
	CitationConfirmed bool
	Text              string
	PriorityDeclared  bool
	PriorityDerived   bool
	CorrectedOnSite   Correction
	ActionID          *ID
	// ActionState is empty where there is no action.
	ActionState ActionState
	// VerifiedAt is when the action was verified, nil while it is not.
	VerifiedAt *time.Time
}

// repeatOf derives a deficiency's repeat from the facility's earlier deficiencies, as of the last day
// of its own inspection.
func repeatOf(p Provision, past []PriorDeficiency, day time.Time) Repeat {
	kind := RepeatNone
	var found []PriorDeficiency
	for _, prior := range past {
		same := p.Same(prior.Provision)
		switch {
		case same == RepeatNone:
		case same == kind:
			found = append(found, prior)
		case kind != RepeatCertain: // the first match, or the first certain one after probable ones
			kind, found = same, []PriorDeficiency{prior}
		}
	}
	r := Repeat{RepeatDerived: kind}
	if len(found) == 0 {
		return r
	}
	slices.SortFunc(found, func(a, b PriorDeficiency) int {
		return cmp.Or(a.EndedOn.Compare(b.EndedOn), slices.Compare(a.FindingID[:], b.FindingID[:]))
	})
	visits := map[ID]bool{}
	for _, prior := range found {
		visits[prior.InspectionID] = true
		r.RepeatOf = append(r.RepeatOf, prior.FindingID)
	}
	slices.Reverse(r.RepeatOf)
	open := daysOpen(found, day)
	r.RepeatTimes, r.RepeatFirstOn, r.RepeatDaysOpen = len(visits), &found[0].EndedOn, &open
	return r
}

// daysOpen counts the days until the given one on which at least one of the findings stood unverified.
// The findings are in order of time.
func daysOpen(found []PriorDeficiency, until time.Time) int {
	days := 0
	var counted time.Time
	for _, prior := range found {
		from, to := prior.EndedOn, until
		if prior.VerifiedAt != nil && prior.VerifiedAt.Before(until) {
			to = prior.VerifiedAt.UTC().Truncate(24 * time.Hour)
		}
		if counted.After(from) {
			from = counted
		}
		if to.After(from) {
			days += int(to.Sub(from) / (24 * time.Hour))
			counted = to
		}
	}
	return days
}

// HistoryQuery selects what was known about a facility before an inspection ended.
type HistoryQuery struct {
	FacilityID ID
	Origin     Origin
	// Except is the inspection itself.
	Except ID
	// EndedBefore is the last day of the inspection: others count if they ended on an earlier one.
	EndedBefore time.Time
	// IssuedUntil, if set, leaves out what was issued later.
	IssuedUntil *time.Time
	// Now is the moment at which the corrective actions are looked at: a waiver that has run out by
	// then is none, and its action REOPENED.
	Now time.Time
}

// historyTx is how an inspection remembers the ones before it.
type historyTx interface {
	// PriorDeficiencies loads the standing deficiencies of the issued inspections, the oldest first,
	// without those that OPR withdrew.
	PriorDeficiencies(ctx context.Context, q HistoryQuery) ([]PriorDeficiency, error)
	// SaveRepeats writes what was derived of the findings, set-wise. It makes no new version.
	SaveRepeats(ctx context.Context, fs []Finding) error
}

// before is the history that counts for the inspection.
func (s *Service) before(i *Inspection) HistoryQuery {
	return HistoryQuery{FacilityID: i.FacilityID, Origin: i.Origin, Except: i.ID, EndedBefore: i.PlannedEnd, IssuedUntil: i.IssuedAt, Now: s.now()}
}
