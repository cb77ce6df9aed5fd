package graph_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// plainServer is the server that RxDB's documentation describes: a push whose assumed state is not the
// server's is in conflict, and everything else is taken.
type plainServer struct {
	docs map[string]document
	seq  int
}

func (s *plainServer) answer(_ *client, c call) replied {
	if c.rows != nil {
		conflicts := []any{}
		for _, r := range c.rows {
			if r.base != nil && !reflect.DeepEqual(bare(r.base), bare(s.docs[r.id])) || r.base == nil && s.docs[r.id] != nil {
				conflicts = append(conflicts, maps.Clone(s.docs[r.id]))
				continue
			}
			s.seq++
			s.docs[r.id] = maps.Clone(r.state)
			s.docs[r.id]["seq"] = s.seq
		}
		return replied{heard: true, data: map[string]any{"pushNote": conflicts}}
	}
	after := 0
	if checkpoint, ok := c.variables["checkpoint"].(map[string]any); ok {
		after, _ = strconv.Atoi(checkpoint["seq"].(string))
	}
	var page []any
	for _, d := range slices.SortedFunc(maps.Values(s.docs), func(a, b document) int { return a["seq"].(int) - b["seq"].(int) }) {
		if d["seq"].(int) > after && len(page) < c.variables["limit"].(int) {
			page = append(page, maps.Clone(d))
			after = d["seq"].(int)
		}
	}
	return replied{heard: true, data: map[string]any{"pullNote": map[string]any{"documents": page, "checkpoint": map[string]any{"seq": strconv.Itoa(after)}}}}
}

// bare is a document without what the server owns.
func bare(doc document) document {
	doc = maps.Clone(doc)
	delete(doc, "seq")
	return doc
}

// The tablets of these tests do what the client does: on a server that keeps its protocol they come to
// agree whatever is lost on the way, and an edit that met no conflict is on the server.
func TestTabletsComeToAgreeOnAPlainServer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &plainServer{docs: map[string]document{}}
		calm := false
		network := func(of *client, c call) replied {
			fate := 0
			if !calm {
				fate = rapid.IntRange(0, 4).Draw(t, "fate")
			}
			if fate == 1 {
				return replied{}
			}
			got := s.answer(of, c)
			if fate == 2 {
				return replied{}
			}
			return got
		}
		tablets := make([]*client, 3)
		for n := range tablets {
			tablets[n] = &client{name: fmt.Sprint(n), clock: time.Now, send: network, replicas: map[string]*replica{"Note": newReplica("Note", "id")}}
		}
		edits := 0
		any1 := func() (*client, *replica) {
			one := rapid.SampledFrom(tablets).Draw(t, "tablet")
			return one, one.replicas["Note"]
		}
		t.Repeat(map[string]func(*rapid.T){
			"edit": func(*rapid.T) {
				one, r := any1()
				edits++
				id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id")
				one.edit(r, id, document{"id": id, "text": edits})
			},
			"push": func(*rapid.T) {
				one, r := any1()
				one.push(r, 2)
			},
			"pull": func(*rapid.T) {
				one, r := any1()
				one.pull(r, 2)
			},
			"restart": func(*rapid.T) {
				_, r := any1()
				r.restart()
			},
			"renew": func(*rapid.T) {
				_, r := any1()
				r.renew()
			},
		})
		calm = true
		for range 5 {
			for _, one := range tablets {
				r := one.replicas["Note"]
				for sent := true; sent; {
					sent, _ = one.push(r, 10)
				}
				one.pull(r, 2)
			}
		}
		for _, one := range tablets {
			held := map[string]document{}
			for id, f := range one.replicas["Note"].fork {
				held[id] = bare(f.doc)
			}
			want := map[string]document{}
			for id, d := range s.docs {
				want[id] = bare(d)
			}
			if !reflect.DeepEqual(held, want) {
				t.Errorf("tablet %s holds %v, the server %v", one.name, held, want)
			}
		}
	})
}
