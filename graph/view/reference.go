package view

import (
	"context"
	"io"

	"plumbline/inspection"
)

// The pages of what tablets only read, written by hand: RxDB asks for a thousand documents at a time.
// Their values were permitted before they came here.
type (
	InspectionPullBulk struct {
		inspection.Bulk[inspection.InspectionDocument]
	}
	ChecklistItemPullBulk struct {
		inspection.Bulk[inspection.ChecklistItemDocument]
	}
	AssignmentPullBulk struct {
		inspection.Bulk[inspection.AssignmentDocument]
	}
	PriorFindingPullBulk struct {
		inspection.Bulk[inspection.PriorFindingDocument]
	}
)

// Checkpoint is where the next page begins.
func (b InspectionPullBulk) Checkpoint() Checkpoint { return Checkpoint{b.Bulk.Checkpoint} }

// MarshalGQLContext writes what the query selected, or the word RESYNC.
func (b InspectionPullBulk) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshalBulk(ctx, w, "Inspection", inspectionDocumentFields(), b.Bulk)
}

// UnmarshalGQLContext is never called: a bulk is no input.
func (*InspectionPullBulk) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

// Checkpoint is where the next page begins.
func (b ChecklistItemPullBulk) Checkpoint() Checkpoint { return Checkpoint{b.Bulk.Checkpoint} }

// MarshalGQLContext writes what the query selected, or the word RESYNC.
func (b ChecklistItemPullBulk) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshalBulk(ctx, w, "ChecklistItem", itemDocumentFields(), b.Bulk)
}

// UnmarshalGQLContext is never called: a bulk is no input.
func (*ChecklistItemPullBulk) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

// Checkpoint is where the next page begins.
func (b AssignmentPullBulk) Checkpoint() Checkpoint { return Checkpoint{b.Bulk.Checkpoint} }

// MarshalGQLContext writes what the query selected, or the word RESYNC.
func (b AssignmentPullBulk) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshalBulk(ctx, w, "Assignment", assignmentDocumentFields(), b.Bulk)
}

// UnmarshalGQLContext is never called: a bulk is no input.
func (*AssignmentPullBulk) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

// Checkpoint is where the next page begins.
func (b PriorFindingPullBulk) Checkpoint() Checkpoint { return Checkpoint{b.Bulk.Checkpoint} }

// MarshalGQLContext writes what the query selected, or the word RESYNC.
func (b PriorFindingPullBulk) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshalBulk(ctx, w, "PriorFinding", priorDocumentFields(), b.Bulk)
}

// UnmarshalGQLContext is never called: a bulk is no input.
func (*PriorFindingPullBulk) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }
