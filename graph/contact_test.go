package graph_test

import (
	"context"
	"testing"
	"time"

	"plumbline/inspection"
)

// Who pulled may have worked since, without a word: the fieldwork waits for a tablet that only pulled.
func TestFieldworkWaitsForATabletThatOnlyPulled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, other := w.started("5.8"), w.started("5.8")
	for _, i := range []string{id, other} {
		w.answerAll(lead, i, "MEETS", "5.8")
	}
	events := w.events(db)
	a := w.registered(inspector, "tablet A")
	a.Offset, a.OffsetKnown = time.Hour, true
	onA := w.on(a).tablet(inspector)
	onA.pull(1000)
	w.tablet(second).pull(1000) // no tablet by name
	if n := w.events(db) - events; n != 0 {
		t.Errorf("pulling writes %d events", n)
	}
	heard := w.entry(id, "tablet A")
	if heard["firstContactAt"] == nil || heard["lastContactAt"] != heard["firstContactAt"] || heard["lastSeenAt"] != heard["lastContactAt"] || heard["outbox"] != nil ||
		heard["lastWorkAt"] != nil || heard["clockOffsetMs"] != 3_600_000.0 || nonzero(heard["counts"]) != "" {
		t.Errorf("the ledger says %v", heard)
	}
	if n := w.count(db, "select count(*) from device_contact"); n != 2 {
		t.Errorf("%d contacts, want one for each open inspection", n)
	}
	for _, i := range []string{id, other} {
		w.untouched(db, "finishing", func() {
			if texts := messages(w.finish(lead, i, nil)); len(texts) != 1 || !contains(texts[0], "device tablet A of INSPECTOR has not said whether it still holds work") {
				t.Errorf("finishing: %q", texts)
			}
		})
	}
	w.on(a).reported(inspector, id, 0, nil)
	w.pass(time.Minute)
	onA.pull(1000) // heard of again, and still known to be empty
	if again := w.entry(id, "tablet A"); again["outbox"] != 0.0 || again["lastContactAt"] == heard["lastContactAt"] || again["firstContactAt"] != heard["firstContactAt"] {
		t.Errorf("the ledger says %v", again)
	}
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	if problems := messages(w.finish(lead, other, statements(a.ID, "its battery is dead"))); len(problems) > 0 {
		t.Error(problems)
	}
	if gap := w.entry(other, "tablet A")["gap"]; gap != "" {
		t.Errorf("the lead named it, and yet %q", gap)
	}
	w.pass(time.Minute)
	onA.pull(1000)
	if gap := w.entry(other, "tablet A")["gap"]; gap == "" {
		t.Error("the statement holds though the tablet was heard of again")
	}
}

// A pull is heard of once a minute, by one statement however many inspections are open, and costs else what
// it costs without a device.
func TestWhatBeingHeardOfCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.started("5.8")
	a := w.on(w.registered(inspector, "tablet A"))
	count := func(what string, want int) {
		t.Helper()
		from := a.tablet(inspector)
		w.statements.Reset()
		from.page(1000)
		if n := w.statements.Count(); n != want {
			t.Errorf("%s takes %d statements, want %d: %q", what, n, want, w.statements.SQL())
		}
	}
	count("a first pull", 4)
	count("the next", 3)
	w.pass(59 * time.Second)
	count("one within the minute", 3)
	w.started("5.8")
	w.started("5.8")
	count("one with two inspections more", 4)
	w.pass(time.Minute)
	count("one of three after a minute", 4)
	count("the next", 3)
}

// That a contact cannot be noted is told of and takes no page away; where nobody is told, the pull fails.
func TestAPullOutlivesAContactThatCannotBeNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.started("5.8")
	actor := w.users[inspector]
	actor.Device = w.registered(inspector, "tablet A")
	w.mustExec(w.behind(), "revoke insert on device_contact from plumbline_app")
	var faults []error
	telling := inspection.NewService(w.store, w.blobs, w.now, inspection.Settings{Fault: func(_ context.Context, err error) { faults = append(faults, err) }})
	page, err := telling.PullAnswers(t.Context(), actor, "", 10)
	if err != nil || len(page.Documents) != 10 || page.Checkpoint == "" {
		t.Errorf("%d documents, %v", len(page.Documents), err)
	}
	if len(faults) != 1 || !contains(faults[0].Error(), "contact of device "+actor.Device.ID.String()) {
		t.Errorf("told of %v", faults)
	}
	if _, err := inspection.NewService(w.store, w.blobs, w.now, inspection.Settings{}).PullAnswers(t.Context(), actor, "", 10); err == nil {
		t.Error("the fault is swallowed")
	}
}
