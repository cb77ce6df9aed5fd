package inspection

import (
	"cmp"
	"context"
	"slices"
	"time"

	"plumbline/inspection/sync"
)

// EarlierDeficiency is an earlier deficiency as a part of one inspection's past.
type EarlierDeficiency struct {
	// ForID is the inspection whose past it is part of.
	ForID ID
	PriorDeficiency
	// Withdrawn: OPR took it back after its facility contested it.
	Withdrawn bool
	// Carried: its corrective action came along with the inspection when that started.
	Carried bool
	// RepeatTimes is how many inspections had found it before, as its own inspection was issued.
	RepeatTimes int
	// ActionOpenedAt is when its corrective action was opened, nil if it has none.
	ActionOpenedAt *time.Time
	// ChangedIn is the transaction that changed it last, or what counts for the inspection: which
	// inspections were issued, and which of their deficiencies withdrawn.
	ChangedIn uint64
}

// PriorFindingDocument is an earlier deficiency as a tablet keeps it.
type PriorFindingDocument struct {
	ID, InspectionID            ID
	FindingID, FromInspectionID ID
	EndedOn                     time.Time
	Scope                       Scope
	Standard                    string
	// RequirementID is the requirement of the inspection's scope that asks for the same, nil if there
	// is none or more than one.
	RequirementID *ID
	Code          string
	// Citation is marked unconfirmed unless CitationConfirmed.
	Citation          string
	CitationConfirmed bool
	Text              string
	PriorityDeclared  bool
	PriorityDerived   bool
	CorrectedOnSite   Correction
	RepeatTimes       int
	// AgeDays are the days from the last day of the inspection that found it to the first day of this
	// one.
	AgeDays        int
	ActionID       *ID
	ActionState    *ActionState
	ActionOpenedAt *time.Time
	VerifiedAt     *time.Time
	Carried        bool
	Seq            string
	Deleted        bool
}

func (m memory) priorDocument(i *Inspection, p EarlierDeficiency) PriorFindingDocument {
	requirement, _ := m.place(i, p.PriorDeficiency)
	return PriorFindingDocument{ID: PriorFindingID(i.ID, p.FindingID), InspectionID: i.ID, FindingID: p.FindingID, FromInspectionID: p.InspectionID,
		EndedOn: p.EndedOn, Scope: p.Scope, Standard: p.Standard, RequirementID: requirement, Code: p.Code, Citation: p.CitationLabel(),
		CitationConfirmed: p.CitationConfirmed, Text: p.Text, PriorityDeclared: p.PriorityDeclared, PriorityDerived: p.PriorityDerived,
		CorrectedOnSite: p.CorrectedOnSite, RepeatTimes: p.RepeatTimes, AgeDays: ageAt(i, p.EndedOn), ActionID: p.ActionID,
		ActionState: p.ActionStateGiven(), ActionOpenedAt: p.ActionOpenedAt, VerifiedAt: p.VerifiedAt, Carried: p.Carried, Seq: seqOf(p.ChangedIn)}
}

// PullPriorFindings returns the next page of what is known of the facilities' past: the deficiencies
// that PriorFindings lists, and those whose corrective actions came along with the inspection. What
// counts no more, because newer inspections were issued or OPR withdrew it, comes as a tombstone.
func (s *Service) PullPriorFindings(ctx context.Context, actor Actor, checkpoint string, limit int) (Bulk[PriorFindingDocument], error) {
	return reference[PriorFindingDocument]{
		name: CollectionPriorFinding,
		load: loadPast,
		gone: func(r sync.Entry) PriorFindingDocument { return forgottenFinding(r.Inspection, r.ID, 0) },
	}.pull(ctx, s, actor, checkpoint, limit)
}

func forgottenFinding(inspection, finding ID, changedIn uint64) PriorFindingDocument {
	return PriorFindingDocument{ID: PriorFindingID(inspection, finding), InspectionID: inspection, Scope: ScopeFull, CorrectedOnSite: NotCorrected,
		Seq: seqOf(changedIn), Deleted: true}
}

// loadPast asks first what has moved: the past is read whole, and moves seldom.
func loadPast(ctx context.Context, tx Tx, of referenceRead, limit int) ([]referenceRow[PriorFindingDocument], error) {
	moved, err := tx.PastMoved(ctx, of.places)
	if err != nil || len(moved) == 0 {
		return nil, err
	}
	past, err := tx.Pasts(ctx, moved, of.now)
	if err != nil {
		return nil, err
	}
	byInspection := map[ID][]EarlierDeficiency{}
	for _, p := range past {
		byInspection[p.ForID] = append(byInspection[p.ForID], p)
	}
	var rows []referenceRow[PriorFindingDocument]
	for n := range of.scope {
		i := &of.scope[n].Inspection
		if len(rows) >= limit || byInspection[i.ID] == nil {
			continue
		}
		m, err := memoryOf(ctx, tx, i)
		if err != nil {
			return nil, err
		}
		rows = append(rows, m.pastRows(i, byInspection[i.ID], of, of.places[n])...)
	}
	return rows[:min(limit, len(rows))], nil
}

// pastRows are the rows of one inspection beyond its place.
func (m memory) pastRows(i *Inspection, past []EarlierDeficiency, of referenceRead, place sync.Place) []referenceRow[PriorFindingDocument] {
	counted := countedPast(past)
	var rows []referenceRow[PriorFindingDocument]
	for _, p := range past {
		r := sync.Entry{Inspection: i.ID, ChangedIn: p.ChangedIn, ID: p.FindingID}
		if !of.beyond(r, place) || !counted[p.FindingID] && p.ChangedIn < place.Since {
			continue
		}
		d := forgottenFinding(i.ID, p.FindingID, p.ChangedIn)
		if counted[p.FindingID] {
			d = m.priorDocument(i, p)
		}
		rows = append(rows, referenceRow[PriorFindingDocument]{r, d})
	}
	slices.SortFunc(rows, func(a, b referenceRow[PriorFindingDocument]) int {
		return cmp.Or(cmp.Compare(a.ChangedIn, b.ChangedIn), slices.Compare(a.ID[:], b.ID[:]))
	})
	return rows
}

// countedPast says which deficiencies a tablet is shown.
func countedPast(past []EarlierDeficiency) map[ID]bool {
	counted := map[ID]bool{}
	var standing []PriorDeficiency
	for _, p := range past {
		if p.Carried {
			counted[p.FindingID] = true
		}
		if !p.Withdrawn {
			standing = append(standing, p.PriorDeficiency)
		}
	}
	for _, p := range lastVisits(standing) {
		counted[p.FindingID] = true
	}
	return counted
}

// ageAt is how old what an inspection found is on the first day of another.
func ageAt(i *Inspection, endedOn time.Time) int {
	return max(0, int(i.PlannedStart.Sub(endedOn)/(24*time.Hour)))
}
