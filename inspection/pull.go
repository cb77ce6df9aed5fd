package inspection

import (
	"context"
	"time"

	"plumbline/inspection/sync"
)

// Bulk is a page of a pulled collection, and where the next begins.
type Bulk[T any] struct {
	Documents  []T
	Checkpoint string
	// Resync stands in the place of documents on a stream: pull again, the scope has changed.
	Resync bool
}

// Collection names what tablets keep a copy of.
type Collection string

const (
	CollectionAnswer        Collection = "answer"
	CollectionEvidence      Collection = "evidence"
	CollectionFinding       Collection = "finding"
	CollectionObservation   Collection = "observation"
	CollectionInterviewNote Collection = "interviewNote"
)

// mostPulled is the largest page.
const mostPulled = 1000

type pullTx interface {
	// OpenInspections returns the database's epoch and the inspections that are open to the actor, on
	// whose team they are, in order of their ids, with their last change numbers; and those of them of
	// which the device was not heard after since, none for the zero id.
	OpenInspections(ctx context.Context, device ID, since time.Time) (epoch string, heads []sync.Head, unheard []ID, err error)
	// DepartedDocuments lists the ids of a collection's documents in the inspections, beyond Gone of
	// each, in order of inspection and id; of inspections whose team the actor never joined, none.
	DepartedDocuments(ctx context.Context, of Collection, heads []sync.Head, limit int) ([]Departed, error)
}

// Departed names a document of an inspection that is no longer open to the reader.
type Departed struct{ InspectionID, ID ID }

// pulled is a collection as pull sees it.
type pulled[T any] struct {
	name Collection
	// load returns the documents beyond each head's number, in order of inspection and number.
	load func(ctx context.Context, tx Tx, heads []sync.Head, limit int) ([]T, error)
	// place is the document's inspection and number.
	place func(T) (ID, int64)
	// gone makes the tombstone of a document.
	gone func(Departed) T
}

// pull returns the next page of a collection over all the inspections open to the actor. A page is
// shorter than limit only if nothing follows it. No row is skipped: numbers are given out under the
// inspection's lock, so that a lower one never appears after a higher, and a page that ends in the
// middle of a push goes on there. That the device was heard of is noted; see noteContact.
func pull[T any](ctx context.Context, s *Service, actor Actor, of pulled[T], checkpoint string, limit int) (Bulk[T], error) {
	page, unheard, err := nextPage(ctx, s, actor, of, checkpoint, limit)
	if err != nil {
		return page, err
	}
	return page, s.noteContact(ctx, actor, unheard)
}

// nextPage is pull without a trace of it: the page, and the open inspections of which the actor's device
// was not heard lately.
func nextPage[T any](ctx context.Context, s *Service, actor Actor, of pulled[T], checkpoint string, limit int) (page Bulk[T], unheard []ID, err error) {
	if err := checkPull(actor, limit); err != nil {
		return page, nil, err
	}
	err = s.store.View(ctx, actor, func(tx Tx) error {
		epoch, open, due, err := tx.OpenInspections(ctx, actor.Device.ID, s.now().Add(-contactEvery))
		if err != nil {
			return err
		}
		unheard = due
		reader := sync.For{Collection: string(of.name), Reader: actor.ID}
		now, err := readCheckpoint(reader, checkpoint, epoch, open)
		if err != nil {
			return err
		}
		if err := of.takeBack(ctx, tx, &now, &page, limit); err != nil {
			return err
		}
		if err := of.giveOut(ctx, tx, &now, open, &page, limit-len(page.Documents)); err != nil {
			return err
		}
		page.Checkpoint = now.Text(reader)
		return nil
	})
	return page, unheard, err
}

func checkPull(actor Actor, limit int) error {
	if err := Allow(actor, SyncPull, Subject{}); err != nil {
		return err
	}
	if actor.Device.Revoked {
		return refuseRevoked()
	}
	if limit < 1 || limit > mostPulled {
		return Refuse(Invalid, "limit", "ask for 1 to %d documents at a time", mostPulled)
	}
	return nil
}

func refuseRevoked() error {
	return Refuse(Forbidden, "", "this device was revoked; it may still bring what it holds, and reads nothing")
}

// refuseEpoch refuses a checkpoint of another history of the database. To begin anew in silence would
// overwrite acknowledged work with the restored, older state.
func refuseEpoch() error {
	return Refuse(EpochChanged, "checkpoint", "the database was restored or replaced since this checkpoint: "+
		"begin replication under a new identifier, so that everything held is pushed again")
}

// refuseCheckpoint refuses a text that is no checkpoint of the reader's.
func refuseCheckpoint() error {
	return Refuse(Invalid, "checkpoint", "this is no checkpoint of this collection and this user; hand back the last one whole, or none to begin anew")
}

// readCheckpoint reads what the client handed back; an empty text is the beginning.
func readCheckpoint(reader sync.For, text, epoch string, open []sync.Head) (sync.Checkpoint, error) {
	now := sync.Checkpoint{Epoch: epoch}
	if text != "" {
		given, err := sync.Read(reader, text)
		if err != nil {
			return now, refuseCheckpoint()
		}
		now = given
	}
	if now.Epoch != epoch {
		return now, refuseEpoch()
	}
	switch err := now.Enter(open); {
	case err != nil:
		return now, Refuse(Invalid, "checkpoint", "the checkpoint is ahead of its inspection; begin anew without one")
	}
	return now, nil
}

// takeBack appends tombstones of what is no longer open to the reader.
func (of pulled[T]) takeBack(ctx context.Context, tx Tx, now *sync.Checkpoint, page *Bulk[T], limit int) error {
	leaving := now.Leaving()
	if len(leaving) == 0 {
		return nil
	}
	gone, err := tx.DepartedDocuments(ctx, of.name, leaving, limit)
	if err != nil {
		return err
	}
	for _, d := range gone {
		page.Documents = append(page.Documents, of.gone(d))
		now.TakenBack(d.InspectionID, d.ID)
	}
	if len(gone) < limit {
		now.Left()
	}
	return nil
}

// giveOut appends what is new in the open inspections.
func (of pulled[T]) giveOut(ctx context.Context, tx Tx, now *sync.Checkpoint, open []sync.Head, page *Bulk[T], room int) error {
	if room == 0 || len(open) == 0 {
		return nil
	}
	documents, err := of.load(ctx, tx, now.Present(), room)
	if err != nil {
		return err
	}
	page.Documents = append(page.Documents, documents...)
	for _, d := range documents {
		now.Given(of.place(d))
	}
	if len(documents) < room {
		now.CaughtUp(open)
	}
	return nil
}
