package inspection

import (
	"context"

	"plumbline/inspection/sync"
)

// PullInspections returns the next page of the headers of the actor's inspections from PLANNED to
// IN_REVIEW. What is issued or cancelled, or no longer the actor's, comes once as a tombstone.
func (s *Service) PullInspections(ctx context.Context, actor Actor, checkpoint string, limit int) (Bulk[InspectionDocument], error) {
	return reference[InspectionDocument]{
		name: CollectionInspection,
		load: func(_ context.Context, _ Tx, of referenceRead, limit int) ([]referenceRow[InspectionDocument], error) {
			var rows []referenceRow[InspectionDocument]
			for n, i := range of.scope {
				r := sync.Entry{Inspection: i.ID, ChangedIn: i.ChangedIn, ID: i.ID}
				if len(rows) < limit && of.beyond(r, of.places[n]) {
					rows = append(rows, referenceRow[InspectionDocument]{r, headerDocument(i)})
				}
			}
			return rows, nil
		},
		gone: func(r sync.Entry) InspectionDocument {
			return InspectionDocument{ID: r.ID, InspectionID: r.ID, Origin: Live, Scope: ScopeFull, State: Cancelled, Seq: seqOf(0), Deleted: true}
		},
	}.pull(ctx, s, actor, checkpoint, limit)
}

// ItemRow is a checklist item as it is stored.
type ItemRow struct {
	sync.Entry
	StandardID, RequirementID ID
	Position                  int
}

// PullChecklistItems returns the next page of the items of the actor's started inspections. Items are
// made when the inspection starts, and stay.
func (s *Service) PullChecklistItems(ctx context.Context, actor Actor, checkpoint string, limit int) (Bulk[ChecklistItemDocument], error) {
	return reference[ChecklistItemDocument]{
		name: CollectionChecklistItem,
		load: func(ctx context.Context, tx Tx, of referenceRead, limit int) ([]referenceRow[ChecklistItemDocument], error) {
			c, err := of.catalogue(ctx, tx)
			if err != nil {
				return nil, err
			}
			items, err := tx.ItemRows(ctx, of.places, of.horizon.Oldest, limit)
			rows := make([]referenceRow[ChecklistItemDocument], len(items))
			for n, item := range items {
				rows[n] = referenceRow[ChecklistItemDocument]{item.Entry,
					itemDocument(item, c.edition[item.StandardID], c.standards[item.StandardID], c.requirements[item.RequirementID])}
			}
			return rows, err
		},
		gone: func(r sync.Entry) ChecklistItemDocument {
			return ChecklistItemDocument{ID: r.ID, InspectionID: r.Inspection, Strength: Recalled, Priority: PriorityNone, Applies: AppliesAll, Seq: seqOf(0), Deleted: true}
		},
	}.pull(ctx, s, actor, checkpoint, limit)
}

// AssignmentRow is a standard in scope as it is stored.
type AssignmentRow struct {
	sync.Entry
	ScopedStandard
}

// PullAssignments returns the next page of the standards in the actor's inspections' scopes, each with
// who is to work on it.
func (s *Service) PullAssignments(ctx context.Context, actor Actor, checkpoint string, limit int) (Bulk[AssignmentDocument], error) {
	return reference[AssignmentDocument]{
		name: CollectionAssignment,
		load: func(ctx context.Context, tx Tx, of referenceRead, limit int) ([]referenceRow[AssignmentDocument], error) {
			c, err := of.catalogue(ctx, tx)
			if err != nil {
				return nil, err
			}
			found, err := tx.AssignmentRows(ctx, of.places, of.horizon.Oldest, limit)
			rows := make([]referenceRow[AssignmentDocument], len(found))
			for n, a := range found {
				rows[n] = referenceRow[AssignmentDocument]{a.Entry, assignmentDocument(a, c.standards[a.StandardID])}
			}
			return rows, err
		},
		gone: func(r sync.Entry) AssignmentDocument {
			return AssignmentDocument{ID: AssignmentID(r.Inspection, r.ID), InspectionID: r.Inspection, Seq: seqOf(0), Deleted: true}
		},
	}.pull(ctx, s, actor, checkpoint, limit)
}

// boundCatalogue is what the editions of several inspections say.
type boundCatalogue struct {
	edition      map[ID]ID // by standard
	standards    map[ID]*Standard
	requirements map[ID]*Requirement
}

func (of referenceRead) catalogue(ctx context.Context, tx Tx) (boundCatalogue, error) {
	c := boundCatalogue{map[ID]ID{}, map[ID]*Standard{}, map[ID]*Requirement{}}
	read := map[ID]bool{}
	for _, i := range of.scope {
		for _, id := range i.EditionIDs() {
			if read[id] {
				continue
			}
			read[id] = true
			e, err := tx.Edition(ctx, id)
			if err != nil {
				return c, err
			}
			for _, st := range e.Standards() {
				c.edition[st.ID], c.standards[st.ID] = e.ID, st
				for n := range st.Requirements {
					c.requirements[st.Requirements[n].ID] = &st.Requirements[n]
				}
			}
		}
	}
	return c, nil
}
