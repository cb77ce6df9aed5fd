package inspection

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// File is a document that a tablet takes along, addressed by its content: it is JSON in one form only,
// the same from every process, so that one hash names it for good.
type File struct {
	SHA256 SHA256
	// Body is the document. What is passed on of a file without its content has none.
	Body []byte
	// Size is the length of the document in bytes, before compression.
	Size int
}

func newFile(document any) (File, error) {
	body, err := json.Marshal(document)
	if err != nil {
		return File{}, fmt.Errorf("inspection: file: %w", err)
	}
	return File{SHA256: sha256.Sum256(body), Body: body, Size: len(body)}, nil
}

// FirstSync is what a tablet loads before it goes where there is no network.
type FirstSync struct {
	// Editions are those that the inspection binds, the one it was planned under first. An edition's
	// file never changes.
	Editions []File
	// Assignment is what is the inspection's own, as it is now.
	Assignment File
}

// editionFiles remembers how the editions' files are addressed, not the files.
type editionFiles struct {
	mu    sync.Mutex
	known map[ID]File
	named map[SHA256]ID
}

// of makes the file of an edition.
func (f *editionFiles) of(e *Edition) (File, error) {
	made, err := newFile(editionFile(e))
	if err != nil {
		return made, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known, f.named = map[ID]File{}, map[SHA256]ID{}
	}
	f.known[e.ID], f.named[made.SHA256] = File{SHA256: made.SHA256, Size: made.Size}, e.ID
	return made, nil
}

// address is the file of an edition without its content.
func (f *editionFiles) address(e *Edition) (File, error) {
	f.mu.Lock()
	known, ok := f.known[e.ID]
	f.mu.Unlock()
	if ok {
		return known, nil
	}
	made, err := f.of(e)
	made.Body = nil
	return made, err
}

func (f *editionFiles) edition(named SHA256) (ID, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, ok := f.named[named]
	return id, ok
}

// FirstSync says where a tablet of the actor's finds what it takes along to the inspection; no file has
// its content. Forbidden to all but its team, and Locked once it is issued or cancelled.
func (s *Service) FirstSync(ctx context.Context, actor Actor, i *Inspection) (FirstSync, error) {
	var first FirstSync
	t, err := s.take(ctx, actor, i.ID)
	first.Editions, first.Assignment = t.editions, t.assignment
	first.Assignment.Body = nil
	return first, err
}

// AssignmentFile is what is an inspection's own for a tablet of the actor's, as it is now.
func (s *Service) AssignmentFile(ctx context.Context, actor Actor, inspection ID) (File, error) {
	t, err := s.take(ctx, actor, inspection)
	return t.assignment, err
}

// MayTakeEditions refuses who may not have the files of editions: everyone who reads the standards may.
func (s *Service) MayTakeEditions(actor Actor) error {
	if actor.Device.Revoked {
		return refuseRevoked()
	}
	return Allow(actor, ReadStandards, Subject{})
}

// EditionFile is the file of an edition, by its address; see MayTakeEditions.
func (s *Service) EditionFile(ctx context.Context, actor Actor, named SHA256) (File, error) {
	if err := s.MayTakeEditions(actor); err != nil {
		return File{}, err
	}
	var file File
	err := s.store.View(ctx, actor, func(tx Tx) error {
		id, known := s.files.edition(named)
		if !known {
			var err error
			if id, err = s.findEdition(ctx, tx, named); err != nil {
				return err
			}
		}
		e, err := tx.Edition(ctx, id)
		if err != nil {
			return err
		}
		file, err = s.files.of(e)
		return err
	})
	return file, err
}

// findEdition looks through the editions that this process has not addressed yet.
func (s *Service) findEdition(ctx context.Context, tx Tx, named SHA256) (ID, error) {
	editions, err := tx.Editions(ctx)
	if err != nil {
		return ID{}, err
	}
	for _, e := range editions {
		if _, err := s.files.address(e); err != nil {
			return ID{}, err
		}
	}
	id, known := s.files.edition(named)
	if !known {
		return ID{}, Refuse(NotFound, "", "no edition has this address; read Inspection.firstSync again")
	}
	return id, nil
}

// taken is what a tablet takes along to one inspection.
type taken struct {
	editions   []File
	assignment File
}

// take makes what the actor may take along, of one moment.
func (s *Service) take(ctx context.Context, actor Actor, id ID) (taken, error) {
	var t taken
	if actor.Device.Revoked {
		return t, refuseRevoked()
	}
	err := s.look(ctx, actor, id, ReadInspection, func(tx Tx, i *Inspection) error {
		if GrantOf(actor.Role, SyncPull) == Never {
			return refuseAction(actor, SyncPull, Never)
		}
		if !i.OnTeam(actor.ID) {
			return refuseAction(actor, SyncPull, OnTeam)
		}
		if i.State.Frozen() {
			return Refuse(Locked, "", "the inspection is %s: there is nothing to take along to it", i.State)
		}
		for _, edition := range i.EditionIDs() {
			e, err := tx.Edition(ctx, edition)
			if err != nil {
				return err
			}
			file, err := s.files.address(e)
			if err != nil {
				return err
			}
			t.editions = append(t.editions, file)
		}
		document, err := visitFile(ctx, tx, i, t.editions, s.now())
		if err != nil {
			return err
		}
		t.assignment, err = newFile(document)
		return err
	})
	return t, err
}

// dayText is a day as files write it, empty for none.
func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
