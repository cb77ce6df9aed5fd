package sync_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"plumbline/inspection/sync"
)

var rules = sync.Rules{{Name: "rating", Judgement: true, Nothing: "?"}, {Name: "reason"}, {Name: "remarks", Aside: true}, {Name: "methods"}}

var start = sync.Content{"?", "", "", ""}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func person(n int) uuid.UUID { return uuid.NewSHA1(uuid.Nil, fmt.Append(nil, "person", n)) }

// item is a document as a server keeps it by the rules, and nothing else.
type item struct {
	master   sync.Content
	hands    []sync.Hand
	versions []sync.Version
	kept     []sync.Content // superseded
	disputed sync.Fields
	since    int // the version that began the dispute
	settled  []int
	ruled    int // disputes that were ended
	// rated is how each person last rated, as far as no ruling settled it.
	rated map[uuid.UUID]string
}

func newItem() *item {
	return &item{master: start, hands: make([]sync.Hand, len(rules)), settled: make([]int, len(rules)), rated: map[uuid.UUID]string{}}
}

// pushed is a row as a device sends it.
type pushed struct {
	by         int
	at         time.Time
	base, new_ sync.Content
	stated     sync.Fields
	timed      bool
	based      bool
}

func (i *item) row(p pushed) sync.Row {
	r := sync.Row{Author: sync.Hand{By: person(p.by), At: p.at}, Stated: p.stated, New: p.new_, Base: p.base, Master: i.master, Hands: i.hands,
		Based: p.based, Versions: i.versions, Settled: i.settled, Disputed: i.disputed, Since: i.since}
	if p.timed {
		r.DeviceTime = p.at
	}
	return r
}

func (i *item) push(p pushed) sync.Judgement {
	r := i.row(p)
	j := rules.Judge(r)
	if j.Late != 0 {
		if slices.ContainsFunc(i.kept, func(k sync.Content) bool { return slices.Equal(k, p.new_) }) {
			return sync.Judgement{Outcome: sync.Superseded, Late: j.Late}
		}
		i.kept = append(i.kept, p.new_)
	}
	if j.Outcome == sync.Unchanged || j.Changed == 0 && j.Outcome != sync.Seconded && j.Outcome != sync.Agreed {
		return j
	}
	revision := len(i.versions) + 1
	if j.Outcome == sync.Contested {
		if i.disputed == 0 {
			i.since = revision
		}
		i.disputed |= j.Disputed | j.Changed
	}
	i.versions = append(i.versions, sync.Version{Author: r.Author.By, Revision: revision, Content: rules.Merge(i.master, p.new_, j.Changed),
		Hands: i.handsAfter(r.Author, j.Said), At: r.Author.At, DeviceTime: r.DeviceTime})
	if j.Outcome == sync.Agreed {
		i.disputed, i.ruled = 0, i.ruled+1
	}
	if j.Outcome != sync.Contested {
		i.master, i.hands = rules.Merge(i.master, p.new_, j.Changed), i.handsAfter(r.Author, j.Taken)
	}
	if j.Said.Has(0) {
		i.rated[r.Author.By] = p.new_[0]
	}
	return j
}

func (i *item) handsAfter(by sync.Hand, fields sync.Fields) []sync.Hand {
	hands := slices.Clone(i.hands)
	for n := range rules {
		if fields.Has(n) {
			hands[n] = by
		}
	}
	return hands
}

// rule lets what one person stands by stand in the disputed fields.
func (i *item) rule(chosen sync.Version) {
	over, last := i.disputed, len(i.versions)
	for n := range rules {
		if !over.Has(n) {
			continue
		}
		q := sync.Question{Field: rules[n], Master: i.master[n], Settled: i.settled[n], Since: i.since}
		if s, ok := q.Standings(n, i.versions).By(chosen.Author); ok {
			var only sync.Fields
			i.hands = i.handsAfter(sync.Hand{By: s.By, At: s.At}, only.With(n))
			i.master = rules.Merge(i.master, i.versions[s.Revision-1].Content, only.With(n))
		}
		i.settled[n] = last
	}
	i.disputed, i.ruled = 0, i.ruled+1
	ruled := sync.Version{Author: chosen.Author, Revision: last + 1, Content: i.master, Hands: i.hands}
	ruled.At = ruled.Written(chosen.At)
	i.versions = append(i.versions, ruled)
	if over.Has(0) {
		i.rated = map[uuid.UUID]string{}
	}
}

// atOdds reports whether two people rate differently.
func (i *item) atOdds() bool {
	different := map[string]bool{}
	for _, rating := range i.rated {
		if rating != "?" {
			different[rating] = true
		}
	}
	return len(different) > 1
}

func drawContent(t *rapid.T, label string) sync.Content {
	return sync.Content{rapid.SampledFrom([]string{"?", "yes", "no"}).Draw(t, label+" rating"), rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, label+" reason"),
		rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, label+" remarks"), rapid.SampledFrom([]string{"", "seen"}).Draw(t, label+" methods")}
}

// drawPush draws a row by one of three people, resting on any state that the item ever had or on none. No two
// people write at the same moment: the same words of the same moment are handed back.
func drawPush(t *rapid.T, known []sync.Content) pushed {
	p := pushed{by: rapid.IntRange(0, 2).Draw(t, "by"), at: noon.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "at")) * time.Minute),
		base: rapid.SampledFrom(known).Draw(t, "base"), new_: drawContent(t, "new"), timed: rapid.Bool().Draw(t, "timed"), based: true,
		stated: sync.Fields(rapid.Uint64Range(1, uint64(rules.All())).Draw(t, "stated"))}
	p.at = p.at.Add(time.Duration(p.by)*time.Second + time.Duration(len(known))*time.Microsecond) // anew with each writing
	if !p.timed {                                                                                 // then it is the time of receipt
		p.at = noon.Add(time.Duration(len(known)) * time.Hour)
	}
	return p
}

// whatever is pushed, by whom and in whatever order: what a row says is in a version, in what was kept,
// or was there already; what is disputed stays as it is without a ruling; and the same row at once again
// changes nothing.
func TestLawsOfJudging(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		i, known := newItem(), []sync.Content{start}
		for range rapid.IntRange(1, 20).Draw(t, "pushes") {
			p := drawPush(t, known)
			before, disputed, ended := i.master, i.disputed, i.ruled
			mine := rules.Differ(p.new_, p.base, p.stated)
			j := i.push(p)
			i.holds(t, p, mine, before, j)
			for n := range rules {
				if (disputed | j.Disputed).Has(n) && rules.Blocking(disputed|j.Disputed) && i.ruled == ended && i.master[n] != before[n] {
					t.Fatalf("the disputed %s changed from %q to %q", rules[n].Name, before[n], i.master[n])
				}
			}
			if j.Disputed != 0 && cmp.Diff(before, i.master) != "" {
				t.Fatalf("a contested row changed the master from %v to %v", before, i.master)
			}
			versions, kept, master := len(i.versions), len(i.kept), i.master
			again := i.push(p)
			// What was superseded is superseded again, and kept once by its sum.
			if len(i.versions) != versions || cmp.Diff(master, i.master) != "" || (again.Outcome != sync.Unchanged && again.Outcome != sync.Superseded) ||
				(len(i.kept) > kept && j.Outcome != sync.Superseded) {
				t.Fatalf("sent again it is judged %+v after %+v", again, j)
			}
			if i.atOdds() && !i.disputed.Has(0) {
				t.Fatalf("people rate differently and nothing is in dispute: %v", i.rated)
			}
			known = append(known, i.master)
			if i.disputed != 0 && rapid.IntRange(0, 4).Draw(t, "ruling") == 0 {
				i.rule(rapid.SampledFrom(i.versions).Draw(t, "chosen"))
				known = append(known, i.master)
			}
		}
	})
}

// holds asserts that nothing of what the row says is lost.
func (i *item) holds(t *rapid.T, p pushed, mine sync.Fields, before sync.Content, j sync.Judgement) {
	if rules.Differ(p.new_, before, mine) == 0 {
		return
	}
	for _, v := range i.versions {
		if v.Author == person(p.by) && rules.Differ(p.new_, v.Content, mine) == 0 {
			return
		}
	}
	for _, k := range i.kept {
		if rules.Differ(p.new_, k, mine) == 0 {
			return
		}
	}
	t.Fatalf("%v by %d over %v is lost: judged %+v", p.new_, p.by, before, j)
}

// Two people who changed different fields, neither a judgement, end at the same, whoever comes first.
func TestLawMergingDisjointFieldsCommutes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := drawContent(t, "base")
		first, second := pushed{by: 1, at: noon, base: base, new_: drawContent(t, "first"), timed: true}, pushed{by: 2, at: noon, base: base, new_: drawContent(t, "second"), timed: true}
		first.stated = sync.Fields(rapid.Uint64Range(0, uint64(rules.All())).Draw(t, "fields"))
		second.stated = rules.All() &^ first.stated
		merged := func(order ...pushed) sync.Content {
			i := newItem()
			i.master = base
			for _, p := range order {
				if j := i.push(p); j.Outcome == sync.Contested || j.Outcome == sync.Superseded {
					t.Fatalf("judged %+v", j)
				}
			}
			return i.master
		}
		if diff := cmp.Diff(merged(first, second), merged(second, first)); diff != "" {
			t.Fatalf("(-first second +second first):\n%s", diff)
		}
	})
}

// One person's two devices end at the same, whichever comes first: what was written last, field by field.
func TestLawOnesOwnDevicesEndAtTheLatest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		early, late := pushed{by: 1, at: noon, base: start, new_: drawContent(t, "early"), timed: true}, pushed{by: 1, at: noon.Add(time.Minute), base: start, new_: drawContent(t, "late"), timed: true}
		early.stated, late.stated = rules.All(), rules.All()
		merged := func(order ...pushed) sync.Content {
			i := newItem()
			for _, p := range order {
				if j := i.push(p); j.Outcome == sync.Contested {
					t.Fatalf("one person disputes with themself: %+v", j)
				}
			}
			return i.master
		}
		if diff := cmp.Diff(merged(early, late), merged(late, early)); diff != "" {
			t.Fatalf("(-early first +late first):\n%s", diff)
		}
	})
}

func TestHandsReadBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hands := sync.Hands{}
		for _, f := range rules {
			if rapid.Bool().Draw(t, f.Name) {
				hands[f.Name] = sync.Hand{By: person(rapid.IntRange(0, 2).Draw(t, "by")), At: noon.Add(time.Duration(rapid.Int64Range(-1e18, 1e18).Draw(t, "at")))}
			}
		}
		document, err := hands.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var read sync.Hands
		if err := read.UnmarshalJSON(document); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(hands, read); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
