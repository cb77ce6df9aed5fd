package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
)

// at is a moment of the morning on which devices write, so many minutes after nine.
func at(minute int) string {
	return time.Date(2026, 3, 3, 9, minute, 0, 0, time.UTC).Format(time.RFC3339)
}

// two are two people's tablets on one item of a started inspection.
func (w *world) two() (id, item string, a, b *tablet) {
	w.t.Helper()
	id = w.started("5.8")
	item = w.answerID(id, w.standard("5.8").Requirements[0].ID)
	a, b = w.tablet(inspector), w.tablet(second)
	a.pull(1000)
	b.pull(1000)
	return id, item, a, b
}

// contested pushes a row that must come back as a conflict and be no refusal.
func (d *tablet) contested(row document) document {
	d.w.t.Helper()
	conflicts, refusals := d.push(row)
	if len(conflicts) != 1 || len(refusals) != 0 {
		d.w.t.Fatalf("as %s: conflicts %v, refusals %v", d.as, conflicts, refusals)
	}
	return conflicts[0]
}

// merged pushes a row that is taken, and returns the master: it holds what others wrote beside it.
func (d *tablet) merged(row document) document {
	d.w.t.Helper()
	return d.contested(row)
}

// disputes are the inspection's disputes as the reviewer reads them.
func (w *world) disputes(id string) []any {
	w.t.Helper()
	return fields(w.ask(reviewer, `query($id: ID!) { inspection(id: $id) { disputes { id answerId fields firstRevision secondRevision ruledAt ruledBy ruling rulingReason
		versions { revision rating remarks authorId deviceId deviceTime clockOffsetMs recordedAt } } } }`, map[string]any{"id": id}), "inspection", "disputes").([]any)
}

// What two people changed in different fields is merged; the second is told at once, both by their next pull.
func TestDifferentFieldsAreMerged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, a, b := w.two()
	a.taken(a.edit(item, document{"rating": "MEETS", "deviceTime": at(0)}))
	told := b.merged(b.edit(item, document{"remarks": "the log was shown", "methods": []any{"DOCUMENT"}, "deviceTime": at(1)}))
	if told["rating"] != "MEETS" || told["remarks"] != "the log was shown" {
		t.Errorf("told of %v", told)
	}
	for _, d := range []*tablet{a, b} {
		d.pull(1000)
		got := d.replica[item]
		if got["rating"] != "MEETS" || got["remarks"] != "the log was shown" || got["revision"] != 2.0 || got["authorId"] != w.users[second].ID.String() {
			t.Errorf("%s holds %v", d.as, got)
		}
	}
	// Who only remarked has not rated: the other may change their mind.
	a.taken(a.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(2)}))
	if ds := w.disputes(id); len(ds) != 0 {
		t.Errorf("disputes: %v", ds)
	}
}

// What a tablet does not hold it does not clear.
func TestWhatIsNotStatedStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, a, _ := w.two()
	a.taken(a.edit(item, document{"rating": "MEETS", "reason": "because", "remarks": "seen", "methods": []any{"OBSERVATION"}, "correctedOnSite": "FULL",
		"sample": document{"population": 10, "size": 2}, "deviceTime": at(0)}))
	a.pull(1000)
	small := func(more document) document {
		d := document{"id": item, "inspectionId": id, "requirementId": a.replica[item]["requirementId"], "rating": "MEETS"}
		for k, v := range more {
			d[k] = v
		}
		return d
	}
	for _, c := range []struct {
		what  string
		next  document
		field []string
		want  any
	}{
		{"less is stated", small(document{"remarks": "seen twice"}), []string{"reason"}, "because"},
		{"null is stated", small(document{"reason": nil, "methods": nil, "correctedOnSite": nil}), []string{"correctedOnSite"}, "FULL"},
		{"a sample is left out", small(nil), []string{"sample", "size"}, 2.0},
		{"text is cleared", small(document{"reason": ""}), []string{"reason"}, ""},
		{"a list is cleared", small(document{"methods": []any{}}), []string{"methods"}, []any{}},
		{"a sample is cleared", small(document{"sample": nil}), []string{"sample"}, nil},
	} {
		a.taken(document{"assumedMasterState": a.replica[item], "newDocumentState": c.next})
		a.pull(1000)
		if diff := cmp.Diff(c.want, fields(a.replica[item], c.field...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

// Two ratings that differ are a dispute, though neither knew of the other; all that comes while it is
// open is kept, and the ruling may choose the newest of each party.
func TestTwoRatingsAreADispute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, a, b := w.two()
	w.devices.Store("slow", inspection.ActorDevice{ID: inspection.NewID(), Offset: -2 * time.Minute, OffsetKnown: true})
	b.as = second + "#slow"
	a.taken(a.edit(item, document{"rating": "MEETS", "remarks": "fine", "deviceTime": at(0)}))
	row := b.edit(item, document{"rating": "DOES_NOT_MEET", "remarks": "not fine", "deviceTime": at(1)})
	master := b.contested(row)
	if master["rating"] != "MEETS" || master["remarks"] != "fine" || master["authorId"] != w.users[inspector].ID.String() {
		t.Errorf("what stands: %v", master)
	}
	db := w.behind()
	w.untouched(db, "the contested row again", func() { b.contested(row) })
	w.refused("GuardProblem", w.try(lead, "finishFieldwork", "FinishFieldworkInput", header, w.stepInput(id, nil)))
	later := b.edit(item, document{"rating": "DOES_NOT_MEET", "remarks": "I looked again: not fine", "deviceTime": at(5)})
	b.contested(later)
	ds := w.disputes(id)
	if len(ds) != 1 {
		t.Fatalf("disputes: %v", ds)
	}
	if diff := cmp.Diff([]any{"rating", "remarks"}, fields(ds[0], "fields")); diff != "" {
		t.Errorf("disputed (-want +got):\n%s", diff)
	}
	versions := fields(ds[0], "versions").([]any)
	if len(versions) != 2 || fields(versions[0], "revision") != 1.0 || fields(versions[1], "revision") != 3.0 || fields(versions[1], "remarks") != "I looked again: not fine" ||
		fields(versions[1], "clockOffsetMs") != -120000.0 || fields(versions[1], "deviceTime") != at(5) || fields(versions[1], "deviceId") == nil {
		t.Errorf("to choose from: %v", versions)
	}
	w.refused("ValidationProblem", w.rule(lead, id, fields(ds[0], "id").(string), 2, "an older version of the second"))
	if ruled := w.rule(lead, id, fields(ds[0], "id").(string), 3, "The photograph shows it."); fields(ruled, "answer", "revision") != 4.0 {
		t.Errorf("the ruling: %v", ruled)
	}
	a.pull(1000)
	if got := a.replica[item]; got["rating"] != "DOES_NOT_MEET" || got["authorId"] != w.users[second].ID.String() {
		t.Errorf("after the ruling: %v", got)
	}
	w.untouched(db, "a duplicate that comes after the ruling", func() {
		b.push(row)
		b.push(later)
	})
	w.verifyChains(db)
}

// The loser's row, delivered once more after the ruling, overturns nothing.
func TestADuplicateDoesNotOverturnARuling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, a, b := w.two()
	first := a.edit(item, document{"rating": "MEETS", "deviceTime": at(0)})
	a.taken(first)
	b.pull(1000)
	row := b.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(1)})
	b.contested(row)
	w.rule(lead, id, fields(w.disputes(id)[0], "id").(string), 1, "The first is right.")
	w.untouched(w.behind(), "the loser's row", func() {
		if master := b.contested(row); master["rating"] != "MEETS" {
			t.Errorf("what stands: %v", master)
		}
		a.taken(first)
	})
}

// Remarks stand side by side: a dispute over them alone holds nothing up.
func TestADisputeOverRemarksHoldsNothingUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, a, b := w.two()
	for _, r := range w.standard("5.8").Requirements {
		a.taken(a.edit(w.answerID(id, r.ID), document{"rating": "MEETS", "methods": []any{"OBSERVATION"}, "remarks": "one", "deviceTime": at(0)}))
	}
	if master := b.contested(b.edit(item, document{"remarks": "another", "deviceTime": at(1)})); master["remarks"] != "one" {
		t.Errorf("what stands: %v", master)
	}
	ds := w.disputes(id)
	if len(ds) != 1 || cmp.Diff([]any{"remarks"}, fields(ds[0], "fields")) != "" || len(fields(ds[0], "versions").([]any)) != 2 {
		t.Errorf("disputes: %v", ds)
	}
	// The item goes on being answered.
	a.pull(1000)
	a.taken(a.edit(item, document{"methods": []any{"OBSERVATION", "DOCUMENT"}, "deviceTime": at(2)}))
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
}

// Where the first comes to say what the second says, the dispute is over.
func TestWhoComesToAgreeEndsTheDispute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, item, a, b := w.two()
	a.taken(a.edit(item, document{"rating": "MEETS", "deviceTime": at(0)}))
	b.contested(b.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(1)}))
	a.pull(1000)
	a.taken(a.edit(item, document{"rating": "DOES_NOT_MEET", "deviceTime": at(2)}))
	d := w.disputes(id)[0]
	if fields(d, "ruledAt") == nil || fields(d, "ruling") != "DOES_NOT_MEET" || fields(d, "ruledBy") != w.users[inspector].ID.String() {
		t.Errorf("the dispute: %v", d)
	}
	b.pull(1000)
	if got := b.replica[item]; got["rating"] != "DOES_NOT_MEET" {
		t.Errorf("what stands: %v", got)
	}
}

// Of one person's two tablets the later by the corrected clock stands, whichever comes first; the older
// is kept and named.
func TestOfOnesOwnTabletsTheLaterStands(t *testing.T) {
	t.Parallel()
	for _, fastFirst := range []bool{true, false} {
		t.Run(fmt.Sprint("the fast clock first: ", fastFirst), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id, item, _, _ := w.two()
			// The fast tablet's clock is an hour ahead: it says 09:50 at what is 08:50.
			w.devices.Store("fast", inspection.ActorDevice{ID: inspection.NewID(), Offset: time.Hour, OffsetKnown: true})
			w.devices.Store("right", inspection.ActorDevice{ID: inspection.NewID(), OffsetKnown: true})
			fast, right := w.tablet(inspector+"#fast"), w.tablet(inspector+"#right")
			fast.pull(1000)
			right.pull(1000)
			older := fast.edit(item, document{"rating": "MEETS", "remarks": "older", "methods": []any{"DOCUMENT"}, "deviceTime": at(50)})
			newer := right.edit(item, document{"rating": "DOES_NOT_MEET", "remarks": "newer", "deviceTime": at(10)})
			if fastFirst {
				fast.taken(older)
				right.merged(newer)
			} else {
				right.taken(newer)
				conflicts, refusals := fast.push(older)
				if len(conflicts) != 1 || len(refusals) != 1 || refusals[0].Code != "SUPERSEDED" || conflicts[0]["remarks"] != "newer" {
					t.Fatalf("conflicts %v, refusals %v", conflicts, refusals)
				}
				w.untouched(w.behind(), "the older again", func() { fast.push(older) })
			}
			right.pull(1000)
			got := right.replica[item]
			if got["rating"] != "DOES_NOT_MEET" || got["remarks"] != "newer" || cmp.Diff([]any{"DOCUMENT"}, got["methods"]) != "" {
				t.Errorf("what stands: %v", got)
			}
			if ds := w.disputes(id); len(ds) != 0 {
				t.Errorf("one person disputes with themself: %v", ds)
			}
			kept := w.refusedWrites(id)
			if fastFirst != (len(kept) == 0) {
				t.Errorf("kept: %v", kept)
			}
			for _, k := range kept {
				if fields(k, "code") != "SUPERSEDED" || fields(k, "late") != false || fields(k, "clockOffsetMs") != 3600000.0 || fields(k, "deviceTime") != at(50) {
					t.Errorf("kept: %v", k)
				}
			}
		})
	}
}

// A row of a request meets what those before it made.
func TestRowsOfARequestAreJudgedInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, item, a, b := w.two()
	first := a.edit(item, document{"rating": "MEETS", "deviceTime": at(0)})
	second := document{"assumedMasterState": first["newDocumentState"], "newDocumentState": a.edit(item, document{"rating": "UNDETERMINED", "remarks": "no log", "deviceTime": at(1)})["newDocumentState"]}
	a.taken(first, second)
	b.pull(1000)
	if got := b.replica[item]; got["rating"] != "UNDETERMINED" || got["revision"] != 2.0 {
		t.Errorf("what stands: %v", got)
	}
}
