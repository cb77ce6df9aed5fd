package sync

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/google/uuid"
)

// Cursor is how far a device has read one of the collections that it only reads. Their rows belong to
// no one inspection's lock, so that they have no numbers of their own: they are read in order of the
// transaction that changed them, and only those are given out before which nothing can appear any
// more. It is given out as text that is opaque to clients; see Text and ReadCursor.
type Cursor struct {
	// Epoch is the history of the database in which it was given.
	Epoch string
	// Places are the inspections that the device holds rows of, or has begun to, in order of their
	// ids, each once. They are also the scope that the device knows: an inspection without a place is
	// new to it, and is read from its first row however old that is; a place whose inspection is no
	// longer its user's leaves tombstones.
	Places []Place
}

// Place is how far a device has read a collection's rows of one inspection.
type Place struct {
	Inspection uuid.UUID
	// ChangedIn and After are the transaction and the id of the last row read.
	ChangedIn uint64
	After     uuid.UUID
	// Since is the oldest transaction that was running when the device began to read the inspection:
	// what was dropped before that, it never held.
	Since uint64
	// Leaving: the inspection left the user's scope, and its documents are being taken back in order
	// of their ids; those up to After were.
	Leaving bool
}

const (
	cursorVersion = 1
	// mostPlaces bounds a cursor: nobody works on more inspections at a time.
	mostPlaces = 1000
)

// PlaceOf is the device's place in the inspection's rows, and whether it has one.
func (c Cursor) PlaceOf(inspection uuid.UUID) (Place, bool) {
	n, found := slices.BinarySearchFunc(c.Places, inspection, func(p Place, id uuid.UUID) int { return compareIDs(p.Inspection, id) })
	if !found {
		return Place{}, false
	}
	return c.Places[n], true
}

// Text writes the cursor, its places in order.
func (c Cursor) Text(of For) string {
	places := slices.Clone(c.Places)
	slices.SortFunc(places, func(a, b Place) int { return compareIDs(a.Inspection, b.Inspection) })
	b := make([]byte, 0, 32+49*len(places))
	b = append(b, cursorVersion)
	b = appendWord(b, c.Epoch)
	b = binary.AppendUvarint(b, uint64(len(places)))
	for _, p := range places {
		b = append(b, p.Inspection[:]...)
		b = binary.AppendUvarint(b, p.ChangedIn)
		b = append(b, p.After[:]...)
		b = binary.AppendUvarint(b, p.Since)
		leaving := byte(0)
		if p.Leaving {
			leaving = 1
		}
		b = append(b, leaving)
	}
	return Seal(of, b)
}

// ReadCursor reads a cursor back. Every text that Text did not write for the same reader and
// collection is refused with ErrCheckpoint.
func ReadCursor(of For, text string) (Cursor, error) {
	content, err := Unseal(of, text)
	if err != nil {
		return Cursor{}, err
	}
	r := reader{rest: content}
	if r.byte() != cursorVersion {
		return Cursor{}, ErrCheckpoint
	}
	c := Cursor{Epoch: r.word()}
	for n := r.number(mostPlaces); n > 0 && !r.failed; n-- {
		p := Place{Inspection: r.id(), ChangedIn: r.number(lastTransaction), After: r.id(), Since: r.number(lastTransaction)}
		leaving := r.byte()
		p.Leaving = leaving == 1
		r.failed = r.failed || leaving > 1 || len(c.Places) > 0 && compareIDs(c.Places[len(c.Places)-1].Inspection, p.Inspection) >= 0
		c.Places = append(c.Places, p)
	}
	if r.failed || len(r.rest) > 0 {
		return Cursor{}, ErrCheckpoint
	}
	return c, nil
}

// lastTransaction is the highest number that a transaction can have.
const lastTransaction = 1<<64 - 1

// ErrUnborn is the error of a cursor that names a transaction which has not begun.
var ErrUnborn = errors.New("sync: the checkpoint names a transaction that is yet to come")

// Enter compares the cursor with the inspections that are in the reader's scope now, in order of their
// ids. The new ones begin before their first row, since the given transaction; those that were being
// taken back and are in scope again begin anew; those that are no more begin to be taken back. next is
// the first transaction that has not begun.
func (c Cursor) Enter(scope []uuid.UUID, since, next uint64) (present, leaving []Place, err error) {
	for _, p := range c.Places {
		if p.ChangedIn >= next || p.Since > next {
			return nil, nil, ErrUnborn
		}
		if _, in := slices.BinarySearchFunc(scope, p.Inspection, compareIDs); in {
			continue
		}
		if !p.Leaving {
			p.Leaving, p.After = true, uuid.UUID{}
		}
		leaving = append(leaving, p)
	}
	for _, id := range scope {
		p, known := c.PlaceOf(id)
		switch {
		case !known:
			p = Place{Inspection: id, Since: since}
		case p.Leaving: // what was not taken back yet is still there
			p = Place{Inspection: id, Since: p.Since}
		}
		present = append(present, p)
	}
	return present, leaving, nil
}

// TakenBack is what is left of leaving places after a page of at most limit tombstones: the rows taken
// back, in order of inspection and id. A page that is not full ends them all.
func TakenBack(leaving []Place, rows []Entry, limit int) []Place {
	if len(rows) < limit {
		return nil
	}
	last := rows[len(rows)-1]
	var left []Place
	for _, p := range leaving {
		switch d := compareIDs(p.Inspection, last.Inspection); {
		case d > 0:
			left = append(left, p)
		case d == 0:
			p.After = last.ID
			left = append(left, p)
		}
	}
	return left
}

// Given is where the device is after a page of at most limit rows, which are in order of inspection,
// transaction and id. Inspections that a full page did not get to stay as they were, and the new ones
// among them stay new.
func (c Cursor) Given(present []Place, rows []Entry, limit int) []Place {
	full := len(rows) >= limit
	now := make([]Place, 0, len(present))
	for _, p := range present {
		begun := false
		for len(rows) > 0 && rows[0].Inspection == p.Inspection {
			p.ChangedIn, p.After, begun = rows[0].ChangedIn, rows[0].ID, true
			rows = rows[1:]
		}
		reached := !full || len(rows) > 0
		if reached && begun {
			p.After = lastID // all rows of that transaction were given, and it can make no more
		}
		if _, known := c.PlaceOf(p.Inspection); reached || begun || known {
			now = append(now, p)
		}
	}
	return now
}

// Ended reports whether every row of the last transaction was read.
func (p Place) Ended() bool { return p.After == lastID }

var lastID = uuid.Max

// Entry names a row in the order in which it is read.
type Entry struct {
	Inspection uuid.UUID
	ChangedIn  uint64
	ID         uuid.UUID
}

// Beyond reports whether the row comes after what was read at the place.
func (r Entry) Beyond(p Place) bool {
	if r.ChangedIn != p.ChangedIn {
		return r.ChangedIn > p.ChangedIn
	}
	return compareIDs(r.ID, p.After) > 0
}
