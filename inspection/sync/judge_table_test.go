package sync_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/inspection/sync"
)

// What a row of a rating and a remark comes to, case by case.
func TestWhatARowComesTo(t *testing.T) {
	t.Parallel()
	rules := sync.Rules{{Name: "rating", Judgement: true}, {Name: "remark", Aside: true}}
	me, other := uuid.UUID{1}, uuid.UUID{2}
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	by := func(who uuid.UUID, hours int) sync.Hand {
		return sync.Hand{By: who, At: noon.Add(time.Duration(hours) * time.Hour)}
	}
	theirs := []sync.Version{{Author: other, Revision: 3, Hands: []sync.Hand{by(other, -2), by(other, -2)}, At: noon.Add(-2 * time.Hour), Content: sync.Content{"MEETS", "theirs"}}}
	for _, c := range []struct {
		what              string
		base, master, new sync.Content
		hands             []sync.Hand
		others            []sync.Version
		settled           int
		outcome           sync.Outcome
	}{
		{"what only I changed", sync.Content{"", "a"}, sync.Content{"", "a"}, sync.Content{"", "b"}, []sync.Hand{{}, by(other, -2)}, nil, 0, sync.Taken},
		{"what another changed too", sync.Content{"", "a"}, sync.Content{"", "theirs"}, sync.Content{"", "mine"}, []sync.Hand{{}, by(other, -2)}, theirs, 0, sync.Contested},
		{"what I wrote earlier elsewhere", sync.Content{"", "a"}, sync.Content{"", "older"}, sync.Content{"", "newer"}, []sync.Hand{{}, by(me, -2)}, nil, 0, sync.Taken},
		{"what I wrote later elsewhere", sync.Content{"", "a"}, sync.Content{"", "newer"}, sync.Content{"", "older"}, []sync.Hand{{}, by(me, 2)}, nil, 0, sync.Superseded},
		{"another's judgement, read before", sync.Content{"MEETS", ""}, sync.Content{"MEETS", ""}, sync.Content{"FAILS", ""}, []sync.Hand{by(other, -2), {}}, theirs, 0, sync.Contested},
		{"another's judgement, which a ruling affirmed", sync.Content{"MEETS", ""}, sync.Content{"MEETS", ""}, sync.Content{"FAILS", ""}, []sync.Hand{by(other, -2), {}}, theirs, 3, sync.Contested},
		{"another's judgement, which a ruling settled", sync.Content{"FAILS", ""}, sync.Content{"FAILS", ""}, sync.Content{"UNDETERMINED", ""}, []sync.Hand{by(me, -1), {}}, theirs, 3, sync.Taken},
		{"nothing", sync.Content{"", "a"}, sync.Content{"MEETS", "theirs"}, sync.Content{"", "a"}, []sync.Hand{by(other, -2), by(other, -2)}, theirs, 0, sync.Unchanged},
	} {
		got := rules.Judge(sync.Row{Author: by(me, 0), DeviceTime: noon, Stated: rules.All(), New: c.new, Base: c.base, Master: c.master,
			Hands: c.hands, Versions: c.others, Settled: []int{c.settled, c.settled}})
		if got.Outcome != c.outcome {
			t.Errorf("%s: outcome %d, want %d", c.what, got.Outcome, c.outcome)
		}
	}
}

// A clock that is ahead is put back by its offset, and nothing was written after it was received.
func TestADevicesTimeIsPutRight(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	shown := received.Add(50 * time.Minute)
	if got := sync.Corrected(shown, time.Hour, received); !got.Equal(received.Add(-10 * time.Minute)) {
		t.Errorf("an hour ahead: %s", got)
	}
	if got := sync.Corrected(shown, 0, received); !got.Equal(received) {
		t.Errorf("after its receipt: %s", got)
	}
	if got := sync.Corrected(time.Time{}, time.Hour, received); !got.Equal(received) {
		t.Errorf("no time: %s", got)
	}
}

// What a row comes to where it matters who stands by what.
func TestWhoStandsByAJudgement(t *testing.T) {
	t.Parallel()
	rules := sync.Rules{{Name: "rating", Judgement: true, Nothing: "?"}, {Name: "reason"}, {Name: "remark", Aside: true}}
	const rating = sync.Fields(1)
	me, other := uuid.UUID{1}, uuid.UUID{2}
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	earlier := noon.Add(-time.Hour)
	rated := func(by uuid.UUID, revision int, value string) sync.Version {
		return sync.Version{Author: by, Revision: revision, Hands: []sync.Hand{{By: by, At: earlier}, {}, {}}, At: earlier, Content: sync.Content{value, "", ""}}
	}
	yes := sync.Row{Author: sync.Hand{By: me, At: noon}, DeviceTime: noon, Stated: rules.All(), Based: true,
		New: sync.Content{"yes", "", ""}, Base: sync.Content{"?", "", ""}, Master: sync.Content{"yes", "", ""}, Hands: []sync.Hand{{By: other, At: earlier}, {}, {}},
		Versions: []sync.Version{rated(other, 1, "yes")}}
	disputed := yes // the other says yes, I said no; now I say yes
	disputed.Base, disputed.Disputed, disputed.Since = sync.Content{"no", "", ""}, rating, 2
	disputed.Versions = []sync.Version{rated(other, 1, "yes"), rated(me, 2, "no")}
	remark := disputed // and now I only add a remark
	remark.Base, remark.New = sync.Content{"yes", "", ""}, sync.Content{"yes", "", "loose"}
	for _, c := range []struct {
		what string
		row  sync.Row
		with func(*sync.Row)
		want sync.Outcome
	}{
		{"I rate as another did", yes, func(*sync.Row) {}, sync.Seconded},
		{"I do not say when", yes, func(r *sync.Row) { r.DeviceTime = time.Time{} }, sync.Unchanged},
		{"I do not know what I rest on", yes, func(r *sync.Row) { r.Based = false }, sync.Unchanged},
		{"I said so before", yes, func(r *sync.Row) { r.Versions = append(r.Versions, rated(me, 2, "yes")) }, sync.Unchanged},
		{"I say nothing, as everybody", yes, func(r *sync.Row) {
			r.New, r.Base, r.Master, r.Versions = sync.Content{"?", "", ""}, sync.Content{"yes", "", ""}, sync.Content{"?", "", ""}, nil
		}, sync.Unchanged},
		{"my app hands theirs back as if it were mine", yes, func(r *sync.Row) { r.Versions[0].DeviceTime = noon }, sync.Unchanged},
		{"my app hands an older one of theirs back", yes, func(r *sync.Row) {
			r.Versions[0].DeviceTime = noon
			r.Master, r.Versions = sync.Content{"no", "", ""}, append(r.Versions, rated(other, 2, "no"))
		}, sync.Unchanged},
		{"I come over to what stands", disputed, func(*sync.Row) {}, sync.Agreed},
		{"I add a remark and hold to my rating", remark, func(*sync.Row) {}, sync.Contested},
		{"I add a remark, and my rating was ruled on", remark, func(r *sync.Row) { r.Settled, r.Disputed = []int{2, 0, 0}, 0 }, sync.Taken},
		{"a ruling on the remark leaves ratings opposed", yes, func(r *sync.Row) {
			r.New, r.Settled = sync.Content{"no", "", ""}, []int{0, 0, 5}
		}, sync.Contested},
		{"I said otherwise later, on another device", disputed, func(r *sync.Row) {
			r.Versions[1].Hands[0].At, r.Versions[1].At, r.Versions[1].Device = noon.Add(time.Hour), noon.Add(time.Hour), uuid.UUID{7}
		}, sync.Superseded},
		{"I said otherwise by the clock of this device, which went back", disputed, func(r *sync.Row) {
			r.Versions[1].Hands[0].At, r.Versions[1].At = noon.Add(time.Hour), noon.Add(time.Hour)
		}, sync.Agreed},
	} {
		row := c.row
		row.Versions = slices.Clone(row.Versions)
		for n := range row.Versions {
			row.Versions[n].Hands = slices.Clone(row.Versions[n].Hands)
		}
		c.with(&row)
		if got := rules.Judge(row); got.Outcome != c.want {
			t.Errorf("%s: outcome %d, want %d", c.what, got.Outcome, c.want)
		}
	}
}

// What counts of what people said: all that is as it stands, and else what no ruling settled; of what is no
// judgement only what waits in a dispute.
func TestWhatPeopleStandBy(t *testing.T) {
	t.Parallel()
	early, late := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)
	me, other := uuid.UUID{1}, uuid.UUID{2}
	versions := []sync.Version{
		{Author: me, Revision: 1, Content: sync.Content{"no"}, Hands: []sync.Hand{{By: me, At: early}}, At: early},
		{Author: other, Revision: 2, Content: sync.Content{"yes"}, Hands: []sync.Hand{{By: other, At: early}}, At: early},
		{Author: me, Revision: 3, Content: sync.Content{"no"}, Hands: []sync.Hand{{By: me, At: early}}, At: late}, // about something else
	}
	judgement, remark := sync.Field{Judgement: true}, sync.Field{Aside: true}
	for _, c := range []struct {
		what string
		q    sync.Question
		want []int // revisions
	}{
		{"a judgement", sync.Question{Field: judgement, Master: "no"}, []int{1, 2}},
		{"settled by a ruling for another", sync.Question{Field: judgement, Master: "no", Settled: 3}, []int{1}},
		{"settled by a ruling for both", sync.Question{Field: judgement, Master: "yes", Settled: 1}, []int{2}},
		{"a remark that waits", sync.Question{Field: remark, Master: "no", Since: 2}, []int{1, 2}},
		{"a remark that was replaced", sync.Question{Field: remark, Master: "yes"}, []int{2}},
		{"a remark from before the dispute", sync.Question{Field: remark, Master: "yes", Since: 2}, []int{2}},
	} {
		var got []int
		for _, s := range c.q.Standings(0, versions) {
			got = append(got, s.Revision)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}
