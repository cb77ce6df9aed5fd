package sync

import (
	"errors"
	"slices"

	"github.com/google/uuid"
)

// ErrAhead is the error of a checkpoint that claims a number which its inspection never gave out.
var ErrAhead = errors.New("sync: the checkpoint is ahead of its inspection")

// Enter compares the checkpoint with the inspections that are open to the reader now, given in order
// of their ids with the last number of each. Those that are new begin at 0; those that were being taken
// back and are open again begin anew; those that are open no more begin to be taken back.
func (c *Checkpoint) Enter(open []Head) error {
	heads := make([]Head, 0, len(open)+len(c.Heads))
	left := c.Heads
	for _, o := range open {
		for len(left) > 0 && compareIDs(left[0].Inspection, o.Inspection) < 0 {
			heads, left = append(heads, leaving(left[0])), left[1:]
		}
		h := Head{Inspection: o.Inspection}
		if len(left) > 0 && left[0].Inspection == o.Inspection {
			if !left[0].Leaving {
				h.Seq = left[0].Seq
			}
			left = left[1:]
		}
		if h.Seq > o.Seq {
			return ErrAhead
		}
		heads = append(heads, h)
	}
	for _, h := range left {
		heads = append(heads, leaving(h))
	}
	c.Heads = heads
	ids := make([]uuid.UUID, len(open))
	for n, o := range open {
		ids[n] = o.Inspection
	}
	c.Scope = ScopeOf(ids)
	return nil
}

func leaving(h Head) Head {
	h.Leaving = true
	return h
}

// Leaving are the inspections whose documents are being taken back.
func (c *Checkpoint) Leaving() []Head { return c.heads(true) }

// Present are the inspections that are open.
func (c *Checkpoint) Present() []Head { return c.heads(false) }

func (c *Checkpoint) heads(leaving bool) []Head {
	var some []Head
	for _, h := range c.Heads {
		if h.Leaving == leaving {
			some = append(some, h)
		}
	}
	return some
}

func (c *Checkpoint) head(inspection uuid.UUID) *Head {
	n, found := slices.BinarySearchFunc(c.Heads, inspection, func(h Head, id uuid.UUID) int { return compareIDs(h.Inspection, id) })
	if !found {
		return &Head{}
	}
	return &c.Heads[n]
}

// Given notes that the inspection's rows up to seq were given out.
func (c *Checkpoint) Given(inspection uuid.UUID, seq int64) { c.head(inspection).Seq = seq }

// TakenBack notes that the inspection's documents up to the id were taken back.
func (c *Checkpoint) TakenBack(inspection, document uuid.UUID) { c.head(inspection).Gone = document }

// Left forgets the inspections that were taken back whole.
func (c *Checkpoint) Left() {
	c.Heads = slices.DeleteFunc(c.Heads, func(h Head) bool { return h.Leaving })
}

// CaughtUp notes that nothing of the collection follows in the open inspections up to their last
// numbers, as Enter was given them.
func (c *Checkpoint) CaughtUp(open []Head) {
	for _, o := range open {
		c.Given(o.Inspection, o.Seq)
	}
}
