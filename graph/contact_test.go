package graph_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// holds is what the devices that a user may see hold unsent: by name, the newest word first, each as
// "how many of which inspection".
func (w *world) holds(as, query string, names map[string]string) map[string][]string {
	w.t.Helper()
	held := map[string][]string{}
	data := w.ask(as, "{ "+query+" { edges { node { name outbox { inspectionId waiting reportedAt } } } } }", nil)["devices"]
	for _, edge := range fields(data, "edges").([]any) {
		name := fields(edge, "node", "name").(string)
		held[name] = []string{}
		for _, o := range fields(edge, "node", "outbox").([]any) {
			held[name] = append(held[name], fmt.Sprintf("%v of %s", fields(o, "waiting"), names[fields(o, "inspectionId").(string)]))
		}
	}
	return held
}

// The list of devices says what each last said that it holds, of the inspections whose fieldwork the
// reader sees; an administrator sees the device alone.
func TestTheListOfDevicesSaysWhatTheyHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, other := w.started("5.8"), w.started("5.8")
	names := map[string]string{first: "the first", other: "the other"}
	a, b := w.registered(inspector, "tablet A"), w.registered(second, "tablet B")
	w.on(a).tablet(inspector).pull(1000) // heard of, and yet without a word
	reports := func(of string, waiting int) {
		w.pass(time.Minute)
		w.on(a).reported(inspector, of, waiting, nil)
	}
	sees := func(what, as, query string, want map[string][]string) {
		t.Helper()
		if diff := cmp.Diff(want, w.holds(as, query, names)); diff != "" {
			t.Errorf("%s, %s sees (-want +got):\n%s", what, as, diff)
		}
	}
	sees("before any word", inspector, "devices", map[string][]string{"tablet A": {}})
	reports(first, 3)
	reports(other, 0)
	sees("after two reports", inspector, "devices", map[string][]string{"tablet A": {"0 of the other", "3 of the first"}})
	reports(first, 5)
	sees("after another", inspector, "devices", map[string][]string{"tablet A": {"5 of the first", "0 of the other"}})
	sees("of a tablet that said nothing", second, "devices", map[string][]string{"tablet B": {}})
	sees("of everybody", admin, "devices(everybody: true)", map[string][]string{"tablet A": {}, "tablet B": {}})
	said := fields(w.ask(inspector, "query($id: ID!) { node(id: $id) { ... on Device { outbox { waiting reportedAt } } } }", map[string]any{"id": a.ID}), "node", "outbox").([]any)
	if len(said) != 2 || fields(said[0], "waiting") != 5.0 || fields(said[0], "reportedAt") != w.entry(first, "tablet A")["outboxAt"] {
		t.Errorf("the device itself says %v, and the ledger %v", said, w.entry(first, "tablet A"))
	}
	w.leaves(first, inspector)
	sees("who left the team", inspector, "devices", map[string][]string{"tablet A": {"0 of the other"}})
	w.revoke(&b)
	sees("once revoked", second, "devices", map[string][]string{"tablet B": {}})
}

// What devices hold is read with them: a page takes as many statements for many as for one, and each
// device tells of the last twenty inspections.
func TestWhatDevicesHoldCostsNoStatement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	w.started("5.8")
	page := func() map[string][]string {
		t.Helper()
		w.statements.Reset()
		held := w.holds(inspector, "devices", nil)
		if n := w.statements.Count(); n != 2 {
			t.Errorf("%d devices take %d statements, want 2: %q", len(held), n, w.statements.SQL())
		}
		return held
	}
	w.on(w.registered(inspector, "tablet 0")).reported(inspector, w.started("5.8"), 3, nil)
	page()
	for n := range 10 {
		w.registered(inspector, fmt.Sprint("tablet ", n+1))
	}
	for range 21 {
		w.plan("5.8")
	}
	w.mustExec(db, `insert into device_contact (inspection_id, device_id, user_id, first_contact_at, last_contact_at, outbox, outbox_at)
		select i.id, d.id, d.user_id, now(), now(), 1, now() from inspection i, device d on conflict do nothing`)
	held := page()
	if len(held) != 11 {
		t.Errorf("%d devices", len(held))
	}
	for name, said := range held {
		if len(said) != 20 {
			t.Errorf("%s tells of %d inspections", name, len(said))
		}
	}
}
