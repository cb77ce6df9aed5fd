package inspection

import (
	"context"
	"slices"
)

// HintQuery asks how often the requirements of an edition, or of an inspection's scope, were cited.
type HintQuery struct {
	// FacilityID is the place that "here" means; of a question about an inspection it is the inspection's.
	FacilityID *ID
	// EditionID or InspectionID, one of them, says which requirements.
	EditionID    *ID
	InspectionID *ID
	// Origins are those of the issued inspections whose findings count, LIVE only unless others are
	// asked for.
	Origins        []Origin
	StandardNumber *string
	// CitedOnly leaves out requirements that nobody cited.
	CitedOnly bool
	After     *HintCursor
	Limit     int
}

// HintCursor is a place in the list: after the requirement at this place of the checklist.
type HintCursor struct{ Requirement ID }

// CitationHint is how often a requirement was cited: a hint where to look, never a score. Its counts
// come from different sources, overlap, and are not to be added.
type CitationHint struct {
	Requirement *Requirement
	Standard    string
	// Published is how often published reports under the edition cited the requirement, by the
	// edition's own count.
	Published int
	// Found are Plumbline's own, one for each origin asked for.
	Found []CitationCount
}

// CitationCount is how many deficiencies of issued inspections of one origin rest on a requirement, or
// on another that asks for the same.
type CitationCount struct {
	Origin     Origin
	Nationwide int
	// Inspections are those that found Nationwide.
	Inspections int
	// SameType is how many of Nationwide were found at facilities of this one's type; nil if its type is
	// not known.
	SameType *int
	// Here is how many of Nationwide were found at this facility.
	Here int
}

// HintPage is a page of hints in the order of the checklist.
type HintPage struct {
	FacilityID   ID
	FacilityType FacilityType
	Origins      []Origin
	Hints        []CitationHint
	More         bool
}

type hintTx interface {
	RepeatDeficiencies(ctx context.Context, q RepeatQuery) (RepeatPage, error)
	// Citations counts, for each requirement of the standards and each origin, the deficiencies of
	// issued inspections that rest on it or on another requirement of the same lineage, without those
	// withdrawn and those of the inspection except.
	Citations(ctx context.Context, facility Facility, standards []ID, origins []Origin, except ID) (map[ID][]CitationCount, error)
}

func (q HintQuery) check() error {
	switch {
	case (q.EditionID == nil) == (q.InspectionID == nil):
		return Refuse(Invalid, "editionId", "name an edition or an inspection, one of the two")
	case q.EditionID != nil && q.FacilityID == nil:
		return Refuse(Invalid, "facilityId", "name the facility that the question is about")
	case q.InspectionID != nil && q.FacilityID != nil:
		return Refuse(Invalid, "facilityId", "leave the facility out: it is the inspection's")
	case q.StandardNumber != nil:
		return refusal(checkText("standardNumber", *q.StandardNumber, mostWord))
	}
	return nil
}

// CitationHints answers how often each requirement was cited nationwide, at facilities of this type and
// here, in the order of the checklist.
func (s *Service) CitationHints(ctx context.Context, actor Actor, q HintQuery) (HintPage, error) {
	var page HintPage
	if err := mayAsk(actor, false); err != nil {
		return page, err
	}
	if err := q.check(); err != nil {
		return page, err
	}
	page.Origins = StatisticsFilter{Origins: q.Origins}.origins()
	err := s.store.View(ctx, actor, func(tx Tx) error {
		standards, except, err := s.asked(ctx, tx, actor, &q)
		if err != nil {
			return err
		}
		facility, err := tx.Facility(ctx, *q.FacilityID)
		if err != nil {
			return err
		}
		page.FacilityID, page.FacilityType = facility.ID, facility.Type
		ids := make([]ID, len(standards))
		for n, st := range standards {
			ids[n] = st.ID
		}
		counts, err := tx.Citations(ctx, facility.Facility, ids, page.Origins, except)
		if err != nil {
			return err
		}
		return page.fill(q, standards, counts)
	})
	return page, err
}

// asked are the standards whose requirements the question is about, in order, and the inspection whose
// own findings do not count. It fills in the facility.
func (s *Service) asked(ctx context.Context, tx Tx, actor Actor, q *HintQuery) (standards []*Standard, except ID, err error) {
	wanted := func(st *Standard) bool { return q.StandardNumber == nil || st.Number == *q.StandardNumber }
	if q.EditionID != nil {
		edition, err := tx.Edition(ctx, *q.EditionID)
		if err != nil {
			return nil, except, err
		}
		for _, st := range edition.Standards() {
			if wanted(st) {
				standards = append(standards, st)
			}
		}
		return standards, except, nil
	}
	i, err := tx.Inspection(ctx, *q.InspectionID)
	if err != nil {
		return nil, except, err
	}
	subject, err := subjectOf(ctx, tx, actor, i)
	if err != nil {
		return nil, except, err
	}
	if err := Allow(actor, ReadInspection, subject); err != nil {
		return nil, except, err
	}
	c, err := catalogueOf(ctx, tx, i)
	if err != nil {
		return nil, except, err
	}
	for _, scoped := range i.Standards {
		if st := c.standards[scoped.StandardID]; st != nil && wanted(st) {
			standards = append(standards, st)
		}
	}
	q.FacilityID = &i.FacilityID
	return standards, i.ID, nil
}

// fill turns to the page asked for.
func (p *HintPage) fill(q HintQuery, standards []*Standard, counts map[ID][]CitationCount) error {
	begun := q.After == nil
	for _, st := range standards {
		for n := range st.Requirements {
			r := &st.Requirements[n]
			if !begun {
				begun = r.ID == q.After.Requirement
				continue
			}
			if q.CitedOnly && r.TimesCited == 0 && len(counts[r.ID]) == 0 {
				continue
			}
			if len(p.Hints) == q.Limit {
				p.More = true
				return nil
			}
			p.Hints = append(p.Hints, CitationHint{Requirement: r, Standard: st.Number, Published: r.TimesCited, Found: p.byOrigin(counts[r.ID])})
		}
	}
	if !begun {
		return Refuse(Invalid, "after", "this is no cursor of this list; pass the endCursor of a page")
	}
	return nil
}

// byOrigin has a count for every origin asked for, 0 where nothing was found.
func (p *HintPage) byOrigin(found []CitationCount) []CitationCount {
	all := make([]CitationCount, len(p.Origins))
	for n, origin := range p.Origins {
		all[n].Origin = origin
		if at := slices.IndexFunc(found, func(c CitationCount) bool { return c.Origin == origin }); at >= 0 {
			all[n] = found[at]
		}
		switch {
		case p.FacilityType == TypeUnknown:
			all[n].SameType = nil
		case all[n].SameType == nil:
			all[n].SameType = new(int)
		}
	}
	return all
}
