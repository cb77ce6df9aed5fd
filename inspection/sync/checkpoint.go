package sync

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/google/uuid"
)

// Checkpoint says how far a reader has read a collection of the inspections open to it. It is given
// out as text that is opaque to clients; see Text and Read.
type Checkpoint struct {
	// Epoch is the history of the database in which it was given; a restore from backup begins another.
	Epoch string
	// Scope is the version of the set of inspections that were open to the reader; see ScopeOf.
	Scope string
	// Heads are in order of inspection, each inspection once.
	Heads []Head
}

// Head is how far one inspection was read.
type Head struct {
	Inspection uuid.UUID
	// Seq is the last change number given out; every row up to it was given at its newest.
	Seq int64
	// Leaving: the inspection is no longer open to the reader, and its documents are being taken back
	// in order of their ids; those up to Gone were.
	Leaving bool
	Gone    uuid.UUID
}

// For names whose checkpoint it is: one of another collection or person says nothing here.
type For struct {
	Collection string
	Reader     uuid.UUID
}

// ErrCheckpoint is the error of every text that is no checkpoint of this reader and collection.
var ErrCheckpoint = errors.New("sync: this is no checkpoint of this collection")

const (
	checkpointVersion = 1
	sumLength         = 8
	mostHeads         = 10_000
	mostWord          = 64
)

// ScopeOf is the version of a set of open inspections, whatever their order.
func ScopeOf(inspections []uuid.UUID) string {
	sorted := slices.Clone(inspections)
	slices.SortFunc(sorted, compareIDs)
	h := sha256.New()
	for _, id := range sorted {
		h.Write(id[:])
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:9])
}

func compareIDs(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }

// Seal makes text of what a reader is to hand back unread and unchanged.
func Seal(of For, content []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(slices.Clip(content), sum(of, content)...))
}

// Unseal returns what Seal was given, or ErrCheckpoint: a text that was cut, changed or given to
// somebody else, or of another collection, is refused.
func Unseal(of For, text string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < sumLength {
		return nil, ErrCheckpoint
	}
	content, signed := raw[:len(raw)-sumLength], raw[len(raw)-sumLength:]
	if !bytes.Equal(signed, sum(of, content)) || base64.RawURLEncoding.EncodeToString(raw) != text {
		return nil, ErrCheckpoint
	}
	return content, nil
}

// sum finds every change that happens by itself. Who computes one for a checkpoint of their own making
// misleads nobody but themself: what they may read is decided elsewhere.
func sum(of For, content []byte) []byte {
	h := sha256.New()
	h.Write([]byte(of.Collection))
	h.Write([]byte{0})
	h.Write(of.Reader[:])
	h.Write(content)
	return h.Sum(nil)[:sumLength]
}

// Text writes the checkpoint.
func (c Checkpoint) Text(of For) string {
	b := make([]byte, 0, 32+27*len(c.Heads))
	b = append(b, checkpointVersion)
	b = appendWord(b, c.Epoch)
	b = appendWord(b, c.Scope)
	b = binary.AppendUvarint(b, uint64(len(c.Heads)))
	for _, h := range c.Heads {
		b = append(b, h.Inspection[:]...)
		b = binary.AppendUvarint(b, uint64(h.Seq))
		if !h.Leaving {
			b = append(b, 0)
			continue
		}
		b = append(append(b, 1), h.Gone[:]...)
	}
	return Seal(of, b)
}

func appendWord(b []byte, word string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(word))), word...)
}

// Read reads a checkpoint back. Every text that Text did not write for the same reader and collection
// is refused with ErrCheckpoint.
func Read(of For, text string) (Checkpoint, error) {
	content, err := Unseal(of, text)
	if err != nil {
		return Checkpoint{}, err
	}
	r := reader{rest: content}
	if r.byte() != checkpointVersion {
		return Checkpoint{}, ErrCheckpoint
	}
	c := Checkpoint{Epoch: r.word(), Scope: r.word()}
	for n := r.number(mostHeads); n > 0 && !r.failed; n-- {
		h := Head{Inspection: r.id(), Seq: int64(r.number(1<<63 - 1))}
		switch r.byte() {
		case 0:
		case 1:
			h.Leaving, h.Gone = true, r.id()
		default:
			r.failed = true
		}
		c.Heads = append(c.Heads, h)
	}
	inOrder := slices.IsSortedFunc(c.Heads, func(a, b Head) int {
		if d := compareIDs(a.Inspection, b.Inspection); d != 0 {
			return d
		}
		return -1 // an inspection stands once
	})
	if r.failed || len(r.rest) > 0 || !inOrder {
		return Checkpoint{}, ErrCheckpoint
	}
	return c, nil
}

// reader takes values off the front; after a failure all are zero.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if r.failed || len(r.rest) < n {
		r.failed = true
		return make([]byte, n)
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte    { return r.take(1)[0] }
func (r *reader) id() uuid.UUID { return uuid.UUID(r.take(16)) }

func (r *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.failed || n <= 0 || v > most {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) word() string { return string(r.take(int(r.number(mostWord)))) }
