package inspection

import (
	"context"
	"errors"
	"time"

	"plumbline/inspection/sync"
)

// What a tablet only reads.
const (
	CollectionInspection    Collection = "inspection"
	CollectionChecklistItem Collection = "checklistItem"
	CollectionAssignment    Collection = "assignment"
	CollectionPriorFinding  Collection = "priorFinding"
)

// referenceTx is what the collections that tablets only read need of the store.
type referenceTx interface {
	// Horizon says up to where global collections can be read now.
	Horizon(ctx context.Context) (Horizon, error)
	// ReferenceScope loads the inspections on whose team the actor is and that are neither issued nor
	// cancelled, in order of their ids.
	ReferenceScope(ctx context.Context) ([]OpenInspection, error)
	// ItemRows loads the checklist items beyond the places, and those that changed before the given
	// transaction only, in order of inspection, transaction and id.
	ItemRows(ctx context.Context, places []sync.Place, before uint64, limit int) ([]ItemRow, error)
	// AssignmentRows is ItemRows for the standards in scope, whose rows have their standards' ids.
	AssignmentRows(ctx context.Context, places []sync.Place, before uint64, limit int) ([]AssignmentRow, error)
	// PastMoved lists those places' inspections of whose past something changed beyond the place.
	PastMoved(ctx context.Context, places []sync.Place) ([]ID, error)
	// Pasts loads every deficiency that counts for the inspections, the oldest first, those that OPR
	// withdrew and how each stands at the given moment among them.
	Pasts(ctx context.Context, inspections []ID, now time.Time) ([]EarlierDeficiency, error)
	// RowsToForget lists the ids of the collection's rows of the leaving places beyond each, in order of
	// inspection and id; of inspections on whose team the actor never was, none.
	RowsToForget(ctx context.Context, of Collection, leaving []sync.Place, limit int) ([]sync.Entry, error)
}

// Horizon is up to where global collections can be read at a moment.
type Horizon struct {
	// Epoch is the history of the database.
	Epoch string
	// Oldest is the oldest transaction that still runs: what it and later ones change may yet appear,
	// so that only what changed in earlier ones is given out.
	Oldest uint64
	// Next is the first transaction that has not begun.
	Next uint64
}

// OpenInspection is an inspection that its team's tablets work on.
type OpenInspection struct {
	Inspection
	Facility FacilityName
	// ChangedIn is the transaction that changed the header or the team last, ChangedAt when, by the
	// database's clock.
	ChangedIn uint64
	ChangedAt time.Time
}

// reference is a collection that tablets only read.
type reference[T any] struct {
	name Collection
	// load returns the rows beyond the places, in order of inspection, transaction and id.
	load func(ctx context.Context, tx Tx, of referenceRead, limit int) ([]referenceRow[T], error)
	// gone makes the tombstone of a row.
	gone func(sync.Entry) T
}

type referenceRow[T any] struct {
	sync.Entry
	document T
}

// referenceRead is what is read, and from where on.
type referenceRead struct {
	scope   []OpenInspection
	places  []sync.Place
	horizon Horizon
	now     time.Time
}

// pull returns the next page of a collection over the actor's inspections. A page is shorter than limit
// only if nothing follows it. No row is skipped, whichever of two transactions commits first: see
// Horizon. An inspection that is new to the device is read from its first row, however old that is.
func (of reference[T]) pull(ctx context.Context, s *Service, actor Actor, checkpoint string, limit int) (Bulk[T], error) {
	if err := checkPull(actor, limit); err != nil {
		return Bulk[T]{}, err
	}
	var page Bulk[T]
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		read := referenceRead{now: s.now()}
		if read.horizon, err = tx.Horizon(ctx); err != nil {
			return err
		}
		reader := sync.For{Collection: string(of.name), Reader: actor.ID}
		cursor, err := readCursor(reader, checkpoint, read.horizon.Epoch)
		if err != nil {
			return err
		}
		if read.scope, err = tx.ReferenceScope(ctx); err != nil {
			return err
		}
		ids := make([]ID, len(read.scope))
		for n, i := range read.scope {
			ids[n] = i.ID
		}
		var leaving []sync.Place
		if read.places, leaving, err = cursor.Enter(ids, read.horizon.Oldest, read.horizon.Next); err != nil {
			return Refuse(Invalid, "checkpoint", "the checkpoint is ahead of the database; begin anew without one")
		}
		if leaving, err = of.takeBack(ctx, tx, leaving, &page, limit); err != nil {
			return err
		}
		present, err := of.giveOut(ctx, tx, cursor, read, &page, limit-len(page.Documents))
		if err != nil {
			return err
		}
		cursor.Places = append(leaving, present...)
		page.Checkpoint = cursor.Text(reader)
		return nil
	})
	return page, err
}

// readCursor reads what the client handed back; an empty text is the beginning.
func readCursor(reader sync.For, text, epoch string) (sync.Cursor, error) {
	if text == "" {
		return sync.Cursor{Epoch: epoch}, nil
	}
	c, err := sync.ReadCursor(reader, text)
	switch {
	case errors.Is(err, sync.ErrCheckpoint):
		return c, refuseCheckpoint()
	case err != nil:
		return c, err
	case c.Epoch != epoch:
		return c, refuseEpoch()
	}
	return c, nil
}

// takeBack appends tombstones of what is no longer in the actor's scope, and returns what is left of it.
func (of reference[T]) takeBack(ctx context.Context, tx Tx, leaving []sync.Place, page *Bulk[T], limit int) ([]sync.Place, error) {
	if len(leaving) == 0 {
		return nil, nil
	}
	rows, err := tx.RowsToForget(ctx, of.name, leaving, limit)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		page.Documents = append(page.Documents, of.gone(r))
	}
	return sync.TakenBack(leaving, rows, limit), nil
}

// giveOut appends what is new in the actor's scope, and returns where the device is then.
func (of reference[T]) giveOut(ctx context.Context, tx Tx, cursor sync.Cursor, read referenceRead, page *Bulk[T], room int) ([]sync.Place, error) {
	var found []referenceRow[T]
	if room > 0 && len(read.places) > 0 {
		var err error
		if found, err = of.load(ctx, tx, read, room); err != nil {
			return nil, err
		}
	}
	rows := make([]sync.Entry, len(found))
	for n, f := range found {
		rows[n] = f.Entry
		page.Documents = append(page.Documents, f.document)
	}
	return cursor.Given(read.places, rows, room), nil
}

// beyond reports whether the row is new at its place and can be given out.
func (of referenceRead) beyond(r sync.Entry, p sync.Place) bool {
	return r.ChangedIn < of.horizon.Oldest && r.Beyond(p)
}
