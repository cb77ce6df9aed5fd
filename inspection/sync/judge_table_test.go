package sync_test

import (
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
			Hands: c.hands, Others: c.others, Settled: c.settled})
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
