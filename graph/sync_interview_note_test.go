package graph_test

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// makeVault makes the world's vault: the server knows the public half of its key.
func (w *world) makeVault() []inspection.VaultKey {
	w.t.Helper()
	var err error
	if w.vault, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
		w.t.Fatal(err)
	}
	return []inspection.VaultKey{inspection.NewVaultKey(w.vault.PublicKey())}
}

// openNote opens a sealed note with the vault's private half.
func (w *world) openNote(inspectionID, id string, sealed []byte) (string, error) {
	w.t.Helper()
	opener, err := hpke.NewDHKEMPrivateKey(w.vault)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := hpke.Open(opener, hpke.HKDFSHA256(), hpke.AES256GCM(), inspection.NoteInfo(uuidOf(w.t, inspectionID), uuidOf(w.t, id)), sealed)
	return string(text), err
}

// asServer runs a question to the database in the server's own role, on behalf of a user.
func (w *world) asServer(as, sql string) (int, error) {
	w.t.Helper()
	db, err := pgx.Connect(w.t.Context(), w.database.AppURL)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(w.t.Context()))
	user := w.users[as]
	place := ""
	if user.FacilityID != (inspection.ID{}) {
		place = user.FacilityID.String()
	}
	if _, err := db.Exec(w.t.Context(), `select set_config('plumbline.role', $1, false), set_config('plumbline.user', $2, false),
		set_config('plumbline.field_office', $3, false), set_config('plumbline.facility', $4, false)`, string(user.Role), user.ID.String(), user.FieldOffice, place); err != nil {
		w.t.Fatal(err)
	}
	var n int
	err = db.QueryRow(w.t.Context(), sql).Scan(&n)
	return n, err
}

// sealedNote is a note as a tablet seals it, by what the server publishes and nothing else.
func (w *world) sealedNote(as, inspectionID, text string) document {
	w.t.Helper()
	published := w.ask(as, "{ vaultKey { id algorithm publicKey } }", nil)["vaultKey"].(document)
	if published["algorithm"] != "HPKE-P256-SHA256-A256GCM" {
		w.t.Fatalf("algorithm %v", published["algorithm"])
	}
	point, err := base64.StdEncoding.DecodeString(published["publicKey"].(string))
	if err != nil {
		w.t.Fatal(err)
	}
	public, err := hpke.DHKEM(ecdh.P256()).NewPublicKey(point)
	if err != nil {
		w.t.Fatal(err)
	}
	id := inspection.NewID().String()
	sealed, err := hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("plumbline interview note 1 "+inspectionID+" "+id), []byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return document{"newDocumentState": document{"id": id, "inspectionId": inspectionID, "keyId": published["id"],
		"sealed": base64.StdEncoding.EncodeToString(sealed), "deviceTime": "2026-03-03T09:00:00Z"}}
}

// altered is the row with other fields.
func altered(row, changes document) document {
	next := document{}
	for k, v := range row["newDocumentState"].(document) {
		next[k] = v
	}
	for k, v := range changes {
		next[k] = v
	}
	return document{"newDocumentState": next}
}

// A note arrives exactly once, stays sealed, and opens with the private half alone.
func TestASealedNoteArrivesOnceAndStaysSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	a := w.copyOf(notes, inspector)
	row := w.sealedNote(inspector, id, "what was said")
	a.taken(row, w.sealedNote(inspector, id, "more"))
	w.untouched(db, "the same notes again, and deleted", func() {
		a.taken(row)
		w.copyOf(notes, second).taken(row)
		a.taken(altered(row, document{"deleted": true}))
	})
	var sealed []byte
	if err := db.QueryRow(t.Context(), "select sealed from interview_note where id = $1", row["newDocumentState"].(document)["id"]).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if text, err := w.openNote(id, row["newDocumentState"].(document)["id"].(string), sealed); err != nil || text != "what was said" {
		t.Errorf("opened: %q, %v", text, err)
	}
	// The server's own role may not read them, whoever it acts for, and no event counts them.
	for _, as := range []string{inspector, lead, reviewer, auditor} {
		if n, err := w.asServer(as, "select count(*) from interview_note"); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s reads %d notes, %v", as, n, err)
		}
	}
	for _, detail := range w.rows(db, "select detail::text from audit_event where detail->>'collection' = 'interviewNote'") {
		if detail != `{"collection":"interviewNote"}` {
			t.Errorf("the log says %s", detail)
		}
	}
	w.verifyChains(db)
}

// Wrong notes are refused each; what was never sealed is not kept either.
func TestWrongNotesAreRefusedEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, other := w.started("4.3"), w.started("5.8")
	a := w.copyOf(notes, inspector)
	good, known := w.sealedNote(inspector, id, "x"), w.sealedNote(inspector, id, "y")
	a.taken(known)
	plain := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("in plain sight ", 20)))
	bad := []struct {
		code string
		row  document
	}{
		{"INVALID", altered(good, document{"keyId": "0000000000000000"})},
		{"INVALID", altered(good, document{"sealed": ""})},
		{"INVALID", altered(good, document{"sealed": "AAAA"})},
		{"INVALID", altered(good, document{"sealed": plain})},
		{"INVALID", altered(good, document{"sealed": "no base64, in plain sight"})},
		{"INVALID", altered(good, document{"sealed": base64.StdEncoding.EncodeToString(make([]byte, 70_000))})},
		{"INVALID", altered(good, document{"deviceTime": "noon"})},
		{"INVALID", altered(good, document{"id": "x"})},
		{"CONFLICT", altered(good, document{"id": id})},
		{"CONFLICT", altered(good, document{"id": known["newDocumentState"].(document)["id"]})},
		{"CONFLICT", altered(known, document{"inspectionId": other})},
		{"NOT_FOUND", altered(good, document{"inspectionId": inspection.NewID().String()})},
		{"INVALID", altered(good, document{"inspectionId": "x"})},
	}
	var rows []document
	for _, b := range bad {
		rows = append(rows, b.row)
	}
	conflicts, refusals := a.push(append(rows, good, altered(good, document{"sealed": known["newDocumentState"].(document)["sealed"]}))...)
	bad = append(bad, struct {
		code string
		row  document
	}{"CONFLICT", good})
	if len(refusals) != len(bad) {
		t.Fatalf("%d refusals of %d: %v", len(refusals), len(bad), refusals)
	}
	codes := map[string]int{}
	for _, r := range refusals {
		codes[r.Code]++
	}
	if codes["INVALID"] != 9 || codes["CONFLICT"] != 4 || codes["NOT_FOUND"] != 1 {
		t.Errorf("refused: %v", codes)
	}
	for _, d := range conflicts {
		if d["deleted"] != true || d["sealed"] != "" || d["keyId"] != "" {
			t.Errorf("told of %v", d)
		}
	}
	if n := w.count(db, "select count(*) from interview_note where inspection_id = $1", id); n != 2 {
		t.Errorf("%d notes", n)
	}
	for _, kept := range w.rows(db, "select document::text from kept_write") {
		if strings.Contains(kept, plain) || strings.Contains(kept, "plain sight") {
			t.Errorf("kept: %s", kept)
		}
	}
}

// A late note is kept, sealed, and only who brought it and who decides knows of it.
func TestLateNotesAreKeptSealedAndUncounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	a := w.copyOf(notes, inspector)
	known := w.sealedNote(inspector, id, "in time")
	a.taken(known)
	late := w.sealedNote(inspector, id, "late")
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	removed := w.copyOf(notes, second)
	removed.taken(known)
	w.do(lead, "cancelInspection", "ReasonInput", header, w.stepInput(id, map[string]any{"reason": "tested"}))
	a.taken(known)
	a.refused("LATE_FROZEN", late)
	removed.refused("LATE_REMOVED", w.sealedNote(second, id, "from outside"))
	w.untouched(db, "the late note again", func() { a.refused("LATE_FROZEN", late) })
	if kept := w.rows(db, "select document->>'sealed' from kept_write where inspection_id = $1 and code = 'LATE_FROZEN'", id); len(kept) != 1 || kept[0] != late["newDocumentState"].(document)["sealed"] {
		t.Errorf("kept: %v", kept)
	}
	for as, want := range map[string]int{inspector: 1, lead: 2, reviewer: 2, second: 1, auditor: 0, analyst: 0, facility: 0, fieldOffice: 0, admin: 0} {
		if n, err := w.asServer(as, "select count(*) from kept_write"); err != nil || n != want {
			t.Errorf("%s sees %d kept writes, want %d (%v)", as, n, want, err)
		}
	}
	if _, errs := w.send(facility, "{ vaultKey { id } }", nil); len(errs) > 0 {
		t.Errorf("%v", errs)
	}
	if key := w.ask(facility, "{ vaultKey { id } }", nil)["vaultKey"]; key != nil {
		t.Errorf("a facility is given %v", key)
	}
}

// Without a key none is published, and no note is taken.
func TestWithoutAVaultKeyNoNoteIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3")
	row := w.sealedNote(inspector, id, "x")
	without := inspection.NewService(w.store, w.blobs, w.now, inspection.Settings{})
	if key, err := without.VaultKey(w.users[inspector]); err != nil || key != nil {
		t.Errorf("published: %v, %v", key, err)
	}
	sent := row["newDocumentState"].(document)
	result, err := without.PushInterviewNotes(t.Context(), w.users[inspector], []inspection.InterviewNoteRow{{New: inspection.PushedNote{
		ID: sent["id"].(string), InspectionID: id, KeyID: sent["keyId"].(string), Sealed: sent["sealed"].(string)}}})
	if err != nil || len(result.Refusals) != 1 || result.Refusals[0].Code != inspection.Invalid {
		t.Errorf("%+v, %v", result, err)
	}
}

// A push of notes takes as many statements for one as for many.
func TestWhatAPushOfNotesCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3")
	a := w.copyOf(notes, inspector)
	many := make([]document, 50)
	for n := range many {
		many[n] = w.sealedNote(inspector, id, "x")
	}
	one := w.sealedNote(inspector, id, "x")
	for _, rows := range [][]document{{one}, many} {
		w.statements.Reset()
		a.taken(rows...)
		if n := w.statements.Count(); n != 7 {
			t.Errorf("%d statements for %d notes, want 7", n, len(rows))
		}
	}
}
