package graph_test

import (
	"testing"

	"plumbline/inspection"
)

// A sealed note that came late and is adopted before the freeze is its author's, of their tablet and clock,
// and opens as they sealed it; that the lead adopted it stands with the late work and in the log.
func TestALateNoteIsAdoptedInItsAuthorsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	device := w.registered(second, "tablet B")
	row := w.sealedNote(second, id, "what was said")
	note := row["newDocumentState"].(document)["id"].(string)
	w.leaves(id, second)
	if _, refusals := w.on(device).copyOf(notes, second).push(row); len(refusals) != 1 || refusals[0].Code != "LATE_REMOVED" {
		t.Fatalf("refused with %v", refusals)
	}
	write := fields(w.lateWork(lead, id)[0], "id").(string)
	w.untouched(db, "adopting by those who may not", func() {
		for as, kind := range map[string]string{inspector: "ForbiddenProblem", reviewer: "ForbiddenProblem", facility: "NotFoundProblem"} {
			w.refusedAs(kind, as, "adopting", w.decide(as, "adoptLateWork", id, "x", write))
		}
	})
	w.decided(lead, "adoptLateWork", id, write)
	w.untouched(db, "adopting again", func() { w.decided(lead, "adoptLateWork", id, write) })
	var sealed []byte
	var author, tablet inspection.ID
	var at string
	if err := db.QueryRow(t.Context(), `select sealed, author_id, device_id, to_char(device_time at time zone 'utc', 'YYYY-MM-DD HH24:MI') from interview_note where inspection_id = $1 and id = $2`,
		id, note).Scan(&sealed, &author, &tablet, &at); err != nil {
		t.Fatal(err)
	}
	if author != w.users[second].ID || tablet != device.ID || at != "2026-03-03 09:00" {
		t.Errorf("it is of %s from %s at %s", author, tablet, at)
	}
	if text, err := w.openNote(id, note, sealed); err != nil || text != "what was said" {
		t.Errorf("opened: %q, %v", text, err)
	}
	if n := w.count(db, "select count(*) from kept_write where id = $1 and decision = 'ADOPTED' and decided_by = $2", write, w.users[lead].ID); n != 1 {
		t.Error("who adopted it is not kept")
	}
	if w.verifyChains(db) != w.events(db) {
		t.Error("the log is broken")
	}
}
