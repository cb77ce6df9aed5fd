package sync_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"plumbline/inspection/sync"
)

// shelf is a server's rows without a database: of each inspection the number of every document's
// newest version, given out one after the other.
type shelf struct {
	open map[uuid.UUID]bool
	head map[uuid.UUID]int64
	rows map[uuid.UUID]map[uuid.UUID]int64
}

func (s *shelf) write(of, document uuid.UUID) {
	s.head[of]++
	if s.rows[of] == nil {
		s.rows[of] = map[uuid.UUID]int64{}
	}
	s.rows[of][document] = s.head[of]
}

func (s *shelf) heads() []sync.Head {
	var ids []uuid.UUID
	for id := range s.open {
		ids = append(ids, id)
	}
	var heads []sync.Head
	for _, id := range inOrder(ids) {
		heads = append(heads, sync.Head{Inspection: id, Seq: s.head[id]})
	}
	return heads
}

// given is a document as a page gives it: at a number, or taken back.
type given struct {
	of, document uuid.UUID
	seq          int64
	deleted      bool
}

// page is a pull as inspection.pull does it, over the shelf.
func (s *shelf) page(t *rapid.T, of sync.For, text string, limit int) ([]given, string) {
	var c sync.Checkpoint
	if text != "" {
		var err error
		if c, err = sync.Read(of, text); err != nil {
			t.Fatal(err)
		}
	}
	open := s.heads()
	if err := c.Enter(open); err != nil {
		t.Fatal(err)
	}
	var page []given
	for _, h := range c.Leaving() {
		var ids []uuid.UUID
		for id := range s.rows[h.Inspection] {
			if bytes.Compare(id[:], h.Gone[:]) > 0 {
				ids = append(ids, id)
			}
		}
		for _, id := range inOrder(ids) {
			page = append(page, given{of: h.Inspection, document: id, deleted: true})
		}
	}
	page = page[:min(len(page), limit)]
	for _, g := range page {
		c.TakenBack(g.of, g.document)
	}
	if len(c.Leaving()) > 0 && len(page) < limit {
		c.Left()
	}
	room := limit - len(page)
	var fresh []given
	for _, h := range c.Present() {
		for id, seq := range s.rows[h.Inspection] {
			if seq > h.Seq {
				fresh = append(fresh, given{of: h.Inspection, document: id, seq: seq})
			}
		}
	}
	slices.SortFunc(fresh, func(a, b given) int {
		if d := bytes.Compare(a.of[:], b.of[:]); d != 0 {
			return d
		}
		return int(a.seq - b.seq)
	})
	fresh = fresh[:min(len(fresh), room)]
	for _, g := range fresh {
		c.Given(g.of, g.seq)
	}
	if room > 0 && len(fresh) < room {
		c.CaughtUp(open)
	}
	return append(page, fresh...), c.Text(of)
}

// Whatever is written while pages of whatever size are read, and whichever inspections come and go: in
// the end the reader holds every document of the open inspections at its newest number, and nothing
// of the others; and no document of an inspection that stayed open comes twice at one number.
func TestLawPagesOfAnySizeSkipNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &shelf{open: map[uuid.UUID]bool{}, head: map[uuid.UUID]int64{}, rows: map[uuid.UUID]map[uuid.UUID]int64{}}
		inspections, documents := make([]uuid.UUID, 3), make([]uuid.UUID, 6)
		for n := range inspections {
			inspections[n] = uuid.NewSHA1(uuid.Nil, fmt.Append(nil, "inspection", n))
		}
		for n := range documents {
			documents[n] = uuid.NewSHA1(uuid.Nil, fmt.Append(nil, "document", n))
		}
		of, text := drawFor(t), ""
		held, left := map[uuid.UUID]map[uuid.UUID]int64{}, map[uuid.UUID]bool{}
		read := func(limit int) int {
			page, next := s.page(t, of, text, limit)
			text = next
			for _, g := range page {
				switch {
				case g.deleted:
					delete(held[g.of], g.document)
				case held[g.of] == nil:
					held[g.of] = map[uuid.UUID]int64{g.document: g.seq}
				case held[g.of][g.document] == g.seq && !left[g.of]:
					t.Fatalf("%v came twice at %d", g.document, g.seq)
				default:
					held[g.of][g.document] = g.seq
				}
			}
			return len(page)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			of := rapid.SampledFrom(inspections).Draw(t, "inspection")
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				s.open[of] = true
			case 1:
				delete(s.open, of)
				left[of] = true // if it comes back before all was taken back, it begins anew
			case 2:
				read(rapid.IntRange(1, 8).Draw(t, "limit"))
			default:
				s.write(of, rapid.SampledFrom(documents).Draw(t, "document"))
			}
		}
		limit := rapid.IntRange(1, 8).Draw(t, "last limit")
		for read(limit) == limit {
		}
		for _, of := range inspections {
			want := s.rows[of]
			if !s.open[of] {
				want = nil
			}
			if len(held[of]) != len(want) {
				t.Fatalf("%d documents held of %d", len(held[of]), len(want))
			}
			for id, seq := range want {
				if held[of][id] != seq {
					t.Fatalf("%v is held at %d, is at %d", id, held[of][id], seq)
				}
			}
		}
	})
}
