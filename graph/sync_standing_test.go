package graph_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// A person who agreed with another's rating stands by it, also after a remark of theirs: the other does not
// change it without a dispute.
func TestWhoAgreedIsNotOverwrittenInSilence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what string
		says document
	}{
		{"with a remark", document{"rating": "MEETS", "remarks": "I saw it too", "deviceTime": at(1)}},
		{"and no more", document{"rating": "MEETS", "deviceTime": at(1)}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id, item, a, b := w.two()
			a.taken(a.edit(item, document{"rating": "MEETS", "deviceTime": at(0)}))
			row := b.edit(item, c.says)
			b.taken(row)
			w.untouched(w.behind(), "the same again", func() { b.taken(row) })
			b.pull(1000)
			b.taken(b.edit(item, document{"methods": []any{"DOCUMENT"}, "deviceTime": at(2)}))
			a.pull(1000)
			if master := a.contested(a.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(3)})); master["rating"] != "MEETS" {
				t.Errorf("what stands: %v", master)
			}
			if ds := w.disputes(id); len(ds) != 1 || cmp.Diff([]any{"rating"}, fields(ds[0], "fields")) != "" {
				t.Errorf("disputes: %v", ds)
			}
		})
	}
}

// Who loses a race and goes on with a remark has not given up their rating: it may still be chosen, with the
// remark, and the other does not settle the dispute alone.
func TestARemarkDoesNotGiveARatingUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, a, b := w.two()
	a.taken(a.edit(item, document{"rating": "MEETS", "deviceTime": at(0)}))
	b.contested(b.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(1)}))
	b.pull(1000)
	b.contested(b.edit(item, document{"remarks": "the hinge is broken", "deviceTime": at(2)}))
	a.pull(1000)
	if master := a.contested(a.edit(item, document{"rating": "UNDETERMINED", "deviceTime": at(3)})); master["rating"] != "MEETS" {
		t.Errorf("what stands: %v", master)
	}
	d := w.disputes(id)[0]
	if fields(d, "ruledAt") != nil {
		t.Fatalf("one party ended it: %v", d)
	}
	if diff := cmp.Diff([]any{"rating", "remarks"}, fields(d, "fields")); diff != "" {
		t.Errorf("disputed (-want +got):\n%s", diff)
	}
	versions := fields(d, "versions").([]any)
	if len(versions) != 3 || fields(versions[1], "rating") != "DOES_NOT_MEET" || fields(versions[1], "remarks") != "the hinge is broken" {
		t.Fatalf("to choose from: %v", versions)
	}
	w.rule(lead, id, fields(d, "id").(string), int(fields(versions[1], "revision").(float64)), "The photograph shows it.")
	b.pull(1000)
	if got := b.replica[item]; got["rating"] != "DOES_NOT_MEET" || got["remarks"] != "the hinge is broken" {
		t.Errorf("after the ruling: %v", got)
	}
}

// A ruling over remarks touches nothing else: what was taken meanwhile stays, and ratings oppose as before.
func TestARulingSettlesOnlyWhatIsInDispute(t *testing.T) {
	t.Parallel()
	for _, chosen := range []int{0, 1} {
		w := newWorld(t)
		id, item, a, b := w.two()
		a.taken(a.edit(item, document{"remarks": "one", "deviceTime": at(0)}))
		b.contested(b.edit(item, document{"remarks": "another", "deviceTime": at(1)}))
		a.pull(1000)
		a.taken(a.edit(item, document{"rating": "MEETS", "methods": []any{"OBSERVATION"}, "deviceTime": at(2)}))
		d := w.disputes(id)[0]
		versions := fields(d, "versions").([]any)
		if len(versions) != 2 {
			t.Fatalf("to choose from: %v", versions)
		}
		w.rule(lead, id, fields(d, "id").(string), int(fields(versions[chosen], "revision").(float64)), "Both saw it; this says it better.")
		b.pull(1000)
		if got := b.replica[item]; got["rating"] != "MEETS" || got["remarks"] != []string{"one", "another"}[chosen] || cmp.Diff([]any{"OBSERVATION"}, got["methods"]) != "" {
			t.Errorf("after the ruling for version %d: %v", chosen, got)
		}
		b.contested(b.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(3)}))
		if fields(w.disputes(id)[1], "ruledAt") != nil {
			t.Errorf("disputes: %v", w.disputes(id))
		}
	}
}

// Who came to agree and goes back on it is opposed again.
func TestAnAgreementIsNotUndoneInSilence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, a, b := w.two()
	a.taken(a.edit(item, document{"rating": "MEETS", "deviceTime": at(0)}))
	b.contested(b.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(1)}))
	a.pull(1000)
	a.taken(a.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(2)}))
	a.pull(1000)
	if master := a.contested(a.edit(item, document{"rating": "MEETS", "deviceTime": at(3)})); master["rating"] != "DOES_NOT_MEET" {
		t.Errorf("what stands: %v", master)
	}
	if ds := w.disputes(id); len(ds) != 2 || fields(ds[1], "ruledAt") != nil {
		t.Errorf("disputes: %v", ds)
	}
}

// An app that ended while it stored what it pulled hands another's answer back as if it were written on it:
// that is no judgement of its user, also when the item has moved on.
func TestWhatIsHandedBackIsNobodysJudgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, a, b := w.two()
	before := b.replica[item]
	a.taken(a.edit(item, document{"rating": "MEETS", "deviceTime": at(0)}))
	b.pull(1000)
	back := document{"assumedMasterState": before, "newDocumentState": b.replica[item]}
	db := w.behind()
	w.untouched(db, "the answer handed back", func() { b.taken(back) })
	a.pull(1000)
	a.taken(a.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(1)}))
	w.untouched(db, "the older answer handed back", func() { b.contested(back) })
	if ds := w.disputes(id); len(ds) != 0 {
		t.Errorf("disputes: %v", ds)
	}
}

// Of one person's two tablets, clocks apart, the one that takes back what stands in knowledge of it has it so,
// and the other agrees with its own person by no version of its own.
func TestAPersonDoesNotSecondThemself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, item, a, _ := w.two()
	ahead := 10*time.Minute + 7*time.Millisecond
	w.devices.Store("ahead", inspection.ActorDevice{ID: inspection.NewID(), Offset: ahead, OffsetKnown: true})
	fast := w.tablet(inspector + "#ahead")
	a.taken(a.edit(item, document{"rating": "MEETS", "remarks": "seen", "deviceTime": at(10)}))
	a.pull(1000)
	before := a.replica[item]
	fast.pull(1000)
	fast.taken(fast.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(15)})) // that is 09:05
	a.pull(1000)
	row := a.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(20)})
	row["assumedMasterState"] = before
	w.untouched(w.behind(), "the same, by the same person", func() { a.taken(row) })
}
