package graph_test

import (
	"testing"
	"time"

	"plumbline/inspection"
)

// Late work is not looked into before it is kept: whatever is in it, it is listed, and somebody can
// decide on it. Else it would stand in the way of the inspection for ever.
func TestWhateverLateWorkHoldsItIsListedAndDecidedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, _, b := w.two()
	w.leaves(id, second)
	for what, changes := range map[string]document{
		"a NUL":                           {"remarks": "a\x00b"},
		"a year after the last":           {"remarks": "x", "deviceTime": "9999-12-31T23:59:59-12:00"},
		"a year before the first":         {"remarks": "x", "deviceTime": "0000-01-01T00:00:00+12:00"},
		"the first moment of all":         {"remarks": "x", "deviceTime": "0001-01-01T00:00:00Z"},
		"a leap second":                   {"remarks": "x", "deviceTime": "2016-12-31T23:59:60Z"},
		"a rating with a NUL":             {"rating": "\x00"},
		"an item that is none":            {"id": "\x00", "requirementId": ""},
		"a draw with a NUL, and a number": {"sample": document{"drawId": "\x00", "size": 2147483647}},
	} {
		writes := w.late(b, b.edit(item, changes))
		if len(writes) != 1 {
			t.Errorf("%s: kept %v", what, writes)
			continue
		}
		if problems := messages(w.decide(lead, "dismissLateWork", id, "x", writes...)); len(problems) > 0 {
			t.Errorf("%s cannot be dismissed: %q", what, problems)
		}
	}
}

// What was refused for one reason and comes again when it is late, is late work too.
func TestLateWorkIsKeptBesideWhatWasRefusedBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, _, b := w.two()
	row := b.edit(item, document{"rating": "GOOD"})
	if _, refusals := b.push(row); len(refusals) != 1 || refusals[0].Code != "INVALID" {
		t.Fatalf("in time: %v", refusals)
	}
	w.leaves(id, second)
	for range 2 {
		if _, refusals := b.push(row); len(refusals) != 1 || refusals[0].Code != "LATE_REMOVED" {
			t.Fatalf("late: %v", refusals)
		}
	}
	if late := w.lateWork(reviewer, id); len(late) != 1 || fields(late[0], "code") != "LATE_REMOVED" {
		t.Errorf("late work: %v", late)
	}
}

// Who left the team and came back has written since: what they brought between is older, whenever it is
// adopted.
func TestAdoptedLateWorkDoesNotOverturnWhatItsAuthorWroteSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, _, b := w.two()
	w.leaves(id, second)
	before := b.edit(item, document{"remarks": "before", "methods": []any{"DOCUMENT"}})
	writes := w.late(b, before)
	w.do(lead, "addTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	c := w.tablet(second)
	c.pull(1000)
	c.taken(c.edit(item, document{"remarks": "since"}))
	w.decided(lead, "adoptLateWork", id, writes...)
	c.pull(1000)
	if got := c.replica[item]; got["remarks"] != "since" || len(got["methods"].([]any)) != 1 {
		t.Errorf("what stands: %v", got)
	}
}

// A row that the network holds back and delivers twice says when it was sent, and not how long it was
// under way. What it said stands in the record or in what was kept; it overturns nothing its author
// wrote since.
func TestADelayedDuplicateOverturnsNothingOfItsAuthors(t *testing.T) {
	t.Parallel()
	device := inspection.NewID()
	for what, c := range map[string]struct{ first, again inspection.ActorDevice }{
		"the clock is ahead, and nobody knows how far": {inspection.ActorDevice{ID: device}, inspection.ActorDevice{ID: device}},
		"the delay makes it look younger": {inspection.ActorDevice{ID: device, Offset: -time.Minute, OffsetKnown: true},
			inspection.ActorDevice{ID: device, Offset: -time.Hour, OffsetKnown: true}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, item, _, _ := w.two()
			w.devices.Store("first", c.first)
			w.devices.Store("again", c.again)
			w.devices.Store("other", inspection.ActorDevice{ID: inspection.NewID(), OffsetKnown: true})
			first, again, other := w.tablet(inspector+"#first"), w.tablet(inspector+"#again"), w.tablet(inspector+"#other")
			first.pull(1000)
			year := "2199-01-01T00:00:00Z"
			if c.first.OffsetKnown {
				year = at(10)
			}
			row := first.edit(item, document{"remarks": "then", "deviceTime": year})
			first.taken(row)
			other.pull(1000)
			other.taken(other.edit(item, document{"remarks": "now", "deviceTime": at(20)}))
			other.pull(1000)
			other.taken(other.edit(item, document{"remarks": "", "deviceTime": at(30)}))
			w.untouched(w.behind(), what, func() { again.push(row) })
		})
	}
	t.Run("what was superseded stays so", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, item, _, _ := w.two()
		for name, offset := range map[string]time.Duration{"first": 0, "again": -time.Hour, "other": 0} {
			w.devices.Store(name, inspection.ActorDevice{ID: inspection.NewID(), Offset: offset, OffsetKnown: true})
		}
		first, again, other := w.tablet(inspector+"#first"), w.tablet(inspector+"#again"), w.tablet(inspector+"#other")
		first.pull(1000)
		other.pull(1000)
		other.taken(other.edit(item, document{"remarks": "now", "deviceTime": at(20)}))
		row := first.edit(item, document{"remarks": "then", "deviceTime": at(10)})
		for _, d := range []*tablet{first, again} {
			if _, refusals := d.push(row); len(refusals) != 1 || refusals[0].Code != "SUPERSEDED" {
				t.Errorf("refused %v", refusals)
			}
		}
		other.pull(1000)
		if got := other.replica[item]["remarks"]; got != "now" {
			t.Errorf("what stands: %v", got)
		}
	})
}

// A tablet that never learnt that its writing had arrived, and whose user changed it back meanwhile, rests
// on the same state as before: to have gone back is a change all the same.
func TestWhoGoesBackBeforeTheAnswerCameIsHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, _, b := w.two()
	w.devices.Store("one", inspection.ActorDevice{ID: inspection.NewID(), OffsetKnown: true})
	a := w.tablet(inspector + "#one")
	a.pull(1000)
	a.push(a.edit(item, document{"remarks": "said", "deviceTime": at(1)})) // the answer is lost
	back := a.edit(item, document{"remarks": "", "methods": []any{"DOCUMENT"}, "deviceTime": at(2)})
	a.taken(back)
	w.untouched(w.behind(), "the same again", func() { a.taken(back) })
	b.pull(1000)
	if got := b.replica[item]; got["remarks"] != "" || len(got["methods"].([]any)) != 1 {
		t.Errorf("what stands: %v", got)
	}
	if ds := w.disputes(id); len(ds) != 0 {
		t.Errorf("disputes: %v", ds)
	}
}
