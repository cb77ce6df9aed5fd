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
	theirs := []sync.Version{{Author: other, Revision: 3, Said: rules.All(), Content: sync.Content{"MEETS", "theirs"}}}
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
		{"another's judgement, settled by a ruling", sync.Content{"MEETS", ""}, sync.Content{"MEETS", ""}, sync.Content{"FAILS", ""}, []sync.Hand{by(other, -2), {}}, theirs, 3, sync.Taken},
		{"nothing", sync.Content{"", "a"}, sync.Content{"MEETS", "theirs"}, sync.Content{"", "a"}, []sync.Hand{by(other, -2), by(other, -2)}, theirs, 0, sync.Unchanged},
	} {
		got := rules.Judge(sync.Row{Author: by(me, 0), DeviceTime: noon, Stated: rules.All(), New: c.new, Base: c.base, Master: c.master,
			Hands: c.hands, Others: c.others, Settled: []int{c.settled, c.settled}})
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
	const rating, reason = sync.Fields(1), sync.Fields(2)
	me, other := uuid.UUID{1}, uuid.UUID{2}
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	theirs := sync.Hand{By: other, At: noon.Add(-time.Hour)}
	version := func(by uuid.UUID, revision int, said sync.Fields, content ...string) sync.Version {
		return sync.Version{Author: by, Revision: revision, Said: said, Content: content}
	}
	yes := sync.Row{Author: sync.Hand{By: me, At: noon}, DeviceTime: noon, Stated: rules.All(), Based: true,
		New: sync.Content{"yes", "", ""}, Base: sync.Content{"?", "", ""}, Master: sync.Content{"yes", "", ""}, Hands: []sync.Hand{theirs, {}, {}},
		Others: []sync.Version{version(other, 1, rating, "yes", "", "")}}
	disputed := yes // the other says yes, I said no; now I say yes
	disputed.Base, disputed.Disputed, disputed.Own = sync.Content{"no", "", ""}, rating, []sync.Version{version(me, 2, rating, "no", "", "")}
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
		{"I said so before", yes, func(r *sync.Row) { r.Own = []sync.Version{version(me, 2, rating, "yes", "", "")} }, sync.Unchanged},
		{"I said so before a ruling", yes, func(r *sync.Row) {
			r.Own, r.Settled = []sync.Version{version(me, 2, rating, "yes", "", "")}, []int{2, 0, 0}
		}, sync.Seconded},
		{"I say nothing, as everybody", yes, func(r *sync.Row) {
			r.New, r.Base, r.Master, r.Others = sync.Content{"?", "", ""}, sync.Content{"yes", "", ""}, sync.Content{"?", "", ""}, nil
		}, sync.Unchanged},
		{"my app hands theirs back as if it were mine", yes, func(r *sync.Row) { r.Others[0].DeviceTime = noon }, sync.Unchanged},
		{"my app hands an older one of theirs back", yes, func(r *sync.Row) {
			r.Before = []sync.Version{r.Others[0]}
			r.Before[0].DeviceTime = noon
			r.Master, r.Others = sync.Content{"no", "", ""}, []sync.Version{version(other, 2, rating, "no", "", "")}
		}, sync.Unchanged},
		{"I add a remark and hold to my rating", remark, func(*sync.Row) {}, sync.Contested},
		{"I add a remark, and my rating was ruled on", remark, func(r *sync.Row) { r.Settled, r.Disputed = []int{2, 0, 0}, 0 }, sync.Taken},
		{"I agree over the reason, and rate against them", yes, func(r *sync.Row) {
			r.Disputed, r.New, r.Master = reason, sync.Content{"no", "why", ""}, sync.Content{"yes", "", ""}
			r.Others = []sync.Version{version(other, 1, rating|reason, "yes", "why", "")}
		}, sync.Contested},
		{"a ruling on the remark leaves ratings opposed", yes, func(r *sync.Row) {
			r.New, r.Settled = sync.Content{"no", "", ""}, []int{0, 0, 5}
		}, sync.Contested},
	} {
		row := c.row
		row.Others = slices.Clone(row.Others)
		c.with(&row)
		if got := rules.Judge(row); got.Outcome != c.want {
			t.Errorf("%s: outcome %d, want %d", c.what, got.Outcome, c.want)
		}
	}
}

// What an author said before and says nothing new about is held to while it is the same, or waits in a dispute.
func TestWhatAnAuthorHoldsTo(t *testing.T) {
	t.Parallel()
	rules := sync.Rules{{Name: "rating", Judgement: true}, {Name: "remark", Aside: true}}
	const rating, remark = sync.Fields(1), sync.Fields(2)
	before := sync.Version{Revision: 3, Said: rating, Content: sync.Content{"no", "mine"}}
	for _, c := range []struct {
		what           string
		content        sync.Content
		said, disputed sync.Fields
		settled        []int
		want           sync.Fields
	}{
		{"the same still", sync.Content{"no", ""}, remark, 0, nil, rating},
		{"said anew", sync.Content{"no", ""}, rating, rating, nil, 0},
		{"another now", sync.Content{"yes", ""}, remark, 0, nil, 0},
		{"another now, in dispute", sync.Content{"yes", ""}, remark, rating, nil, rating},
		{"ruled on since", sync.Content{"no", ""}, remark, rating, []int{3, 0}, 0},
		{"ruled on before", sync.Content{"no", ""}, remark, 0, []int{2, 0}, rating},
		{"never said", sync.Content{"no", "mine"}, 0, remark, nil, rating},
	} {
		if got := rules.Held(before, c.content, c.said, c.disputed, c.settled); got != c.want {
			t.Errorf("%s: %b, want %b", c.what, got, c.want)
		}
	}
}
