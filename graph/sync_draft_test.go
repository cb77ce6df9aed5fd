package graph_test

import (
	"strings"
	"testing"

	"plumbline/inspection"
)

// Two people change different fields of one finding: both are taken. The same field: the first stands,
// the other's whole row is kept and its tablet told what stands.
func TestTwoPeopleChangeOneFinding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("4.3")
	a, b := w.copyOf(findings, inspector), w.copyOf(findings, second)
	f := a.taken(fresh(id, w.aFinding(nil)))
	a.pull(100)
	b.pull(100)
	a.taken(a.edit(f, document{"text": "No log was kept in March.", "deviceTime": "2026-03-03T10:00:00Z"}))
	lost := b.edit(f, document{"text": "The log was lost.", "code": "", "deviceTime": "2026-03-03T10:02:00Z"})
	merged := b.told(b.edit(f, document{"likelihood": "LIKELY", "spread": "PATTERN", "deviceTime": "2026-03-03T10:01:00Z"}))
	if merged["text"] != "No log was kept in March." || merged["spread"] != "PATTERN" || merged["revision"] != 3.0 {
		t.Errorf("told of the merge: %v", merged)
	}
	a.pull(100)
	if d := a.replica[f]; d["text"] != "No log was kept in March." || d["spread"] != "PATTERN" || d["revision"] != 3.0 {
		t.Fatalf("the merge: %v", d)
	}
	stands := b.refused("CONFLICT", lost)
	if stands["text"] != "No log was kept in March." || stands["code"] != "MC-137" {
		t.Errorf("what stands: %v", stands)
	}
	w.untouched(db, "the lost row again", func() { b.refused("CONFLICT", lost) })
	if kept := w.kept(id); kept["finding CONFLICT"] != 1 {
		t.Errorf("kept: %v", kept)
	}
	if document := w.rows(db, "select document->>'text' from kept_write where inspection_id = $1", id); len(document) != 1 || document[0] != "The log was lost." {
		t.Errorf("kept document: %v", document)
	}
	// Having read it, the second person may change it.
	b.pull(100)
	b.taken(b.edit(f, document{"text": "The log for March was lost.", "deviceTime": "2026-03-03T10:03:00Z"}))
	if by := w.rows(db, "select author_id::text from finding_revision where finding_id = $1 order by revision", f); len(by) != 4 || by[3] != w.users[second].ID.String() {
		t.Errorf("versions by %v", by)
	}
}

// Two changes that hold each by itself and not together are a lost race too.
func TestAMergeThatWouldNotHoldIsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3")
	a, b := w.copyOf(findings, inspector), w.copyOf(findings, second)
	f := a.taken(fresh(id, document{"kind": "AREA_OF_CONCERN", "text": "x"}))
	a.pull(100)
	b.pull(100)
	a.taken(a.edit(f, document{"kind": "NOTE"}))
	if stands := b.refused("CONFLICT", b.edit(f, document{"condition": "if it were full"})); stands["kind"] != "NOTE" || stands["condition"] != "" {
		t.Errorf("what stands: %v", stands)
	}
}

// What others wrote beside a row, and the form in which its words were kept, is told at once: a tablet
// that pulls while it has something to push passes over that version. Handed back, it is told no more.
func TestATabletIsToldWhatItsRowCameTo(t *testing.T) {
	each(t, func(t *testing.T, w *world, c collection, sample func(document) document) {
		id := w.started("4.3")
		a, b := w.copyOf(c, inspector), w.copyOf(c, second)
		where := map[string]string{"Finding": "text", "Observation": "place", "Evidence": "caption"}[c.name]
		stands := a.told(fresh(id, sample(document{where: " Where it was. "})))
		if stands[where] != "Where it was." {
			t.Errorf("told of %v", stands)
		}
		d := stands["id"].(string)
		a.taken(document{"assumedMasterState": stands, "newDocumentState": stands})
		if c.name == "Evidence" {
			return
		}
		b.pull(100)
		a.pull(100)
		a.taken(a.edit(d, document{where: "Elsewhere."}))
		mine := map[string]string{"Finding": "correctionNote", "Observation": "text"}[c.name]
		merged := b.told(b.edit(d, document{mine: "Mine.", "deviceTime": "2026-03-03T10:01:00Z"}))
		if merged[where] != "Elsewhere." || merged[mine] != "Mine." {
			t.Errorf("told of the merge: %v", merged)
		}
		b.taken(document{"assumedMasterState": merged, "newDocumentState": merged})
	})
}

// A requirement that follows from the line's code follows when the code is changed.
func TestTheRequirementFollowsTheCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3")
	a := w.copyOf(findings, inspector)
	f := a.taken(fresh(id, w.aFinding(nil)))
	a.pull(100)
	if got := a.replica[f]["requirementId"]; got != w.onLine("MC-137").ID.String() {
		t.Fatalf("requirement %v", got)
	}
	a.taken(a.edit(f, document{"requirementId": nil, "priority": true}))
	a.pull(100)
	code, requirement := w.otherLine("4.3", "MC-137")
	// The row states the requirement of before, and is told of the other.
	if d := a.told(a.edit(f, document{"code": code})); d["requirementId"] != requirement.ID.String() {
		t.Errorf("told of %v", d)
	}
	a.pull(100)
	if d := a.replica[f]; d["requirementId"] != requirement.ID.String() || d["code"] != code || d["priority"] != true {
		t.Errorf("with another code: %v", d)
	}
}

// otherLine is a line of the standard that rests on one requirement, which is not that of the given one.
func (w *world) otherLine(number, than string) (string, *inspection.Requirement) {
	w.t.Helper()
	resting := map[string][]*inspection.Requirement{}
	rs := w.standard(number).Requirements
	for n := range rs {
		for _, line := range rs[n].Lines {
			resting[line] = append(resting[line], &rs[n])
		}
	}
	for line, of := range resting {
		if len(of) == 1 && of[0].ID != w.onLine(than).ID {
			return line, of[0]
		}
	}
	w.t.Fatalf("%s has no other line", number)
	return "", nil
}

// What was taken back stays in the record, comes as deleted, and comes back by no row.
func TestWhatWasTakenBackStaysSo(t *testing.T) {
	t.Parallel()
	for _, c := range []collection{findings, observations} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			db := w.behind()
			id := w.started("4.3")
			a, b := w.copyOf(c, inspector), w.copyOf(c, second)
			sample := anObservation(nil)
			if c.name == "Finding" {
				sample = w.aFinding(nil)
			}
			first := fresh(id, sample)
			d := a.taken(first)
			a.pull(100)
			b.pull(100)
			remove := document{"deleted": true, "deviceTime": "2026-03-03T11:00:00Z"}
			if c.name == "Finding" {
				a.refused("INVALID", a.edit(d, remove))
				remove["removedReason"] = "Recorded twice."
			}
			a.taken(a.edit(d, remove))
			w.untouched(db, "taking back again, and the first row again", func() {
				a.taken(a.edit(d, remove))
				a.push(first)
			})
			if gone := b.refused("CONFLICT", b.edit(d, document{"text": "Still so.", "deviceTime": "2026-03-03T11:01:00Z"})); gone["deleted"] != true {
				t.Errorf("told of %v", gone)
			}
			b.pull(100)
			if b.replica[d]["deleted"] != true || b.replica[d]["text"] != sample["text"] {
				t.Errorf("pulled %v", b.replica[d])
			}
			b.refused("CONFLICT", b.edit(d, document{"deleted": false, "deviceTime": "2026-03-03T11:02:00Z"}))
			// Another person's change that was not read holds the taking back up.
			other := a.taken(fresh(id, sample))
			a.pull(100)
			b.pull(100)
			a.taken(a.edit(other, document{"text": "More was seen.", "deviceTime": "2026-03-03T12:00:00Z"}))
			if stands := b.refused("CONFLICT", b.edit(other, remove)); stands["deleted"] != false || stands["text"] != "More was seen." {
				t.Errorf("what stands: %v", stands)
			}
			w.verifyChains(db)
		})
	}
}

// The same person on two tablets: the later writing stands, the earlier is kept.
func TestTheSamePersonsLaterWritingStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3")
	one, two := w.copyOf(observations, inspector), w.copyOf(observations, inspector)
	o := one.taken(fresh(id, anObservation(nil)))
	one.pull(100)
	two.pull(100)
	one.taken(one.edit(o, document{"text": "Painted twice.", "deviceTime": "2026-03-03T12:00:00Z"}))
	if stands := two.refused("SUPERSEDED", two.edit(o, document{"text": "Painted once.", "deviceTime": "2026-03-03T11:00:00Z"})); stands["text"] != "Painted twice." {
		t.Errorf("what stands: %v", stands)
	}
	if kept := w.kept(id); kept["observation SUPERSEDED"] != 1 {
		t.Errorf("kept: %v", kept)
	}
}

// A declaration stands as it was made, and its state reaches every tablet.
func TestADeclarationStandsAndItsStateIsPulled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3")
	a, b := w.copyOf(originals, inspector), w.copyOf(originals, second)
	body := picture(3)
	sum := declaration("x", body, nil)
	row := fresh(id, w.anOriginal(document{"sha256": sum["sha256"], "size": len(body), "mediaType": sum["mediaType"]}))
	e := a.taken(row)
	a.pull(100)
	b.pull(100)
	others := document{"sha256": strings.Repeat("cd", 32), "caption": "Another", "class": "MEDICAL", "capturedTo": "2026-03-03T09:06:00Z",
		"requirementId": "", "findingId": fresh(id, nil)["newDocumentState"].(document)["id"]}
	for field, value := range others {
		if stands := b.refused("CONFLICT", b.edit(e, document{field: value})); stands["sha256"] != sum["sha256"] || stands["caption"] != "The log" {
			t.Errorf("%s: what stands: %v", field, stands)
		}
	}
	// A tablet with a smaller schema states less, and changes nothing.
	b.taken(document{"newDocumentState": document{"id": e, "inspectionId": id, "sha256": sum["sha256"]}})
	w.put(inspector, id, e, body)
	w.finalise(inspector, id, e)
	if n := b.pull(100); n != 1 || b.replica[e]["state"] != "LOCKED" {
		t.Errorf("%d came: %v", n, b.replica[e])
	}
	// Who declares it again, having got no answer, is told how far it has come, once.
	locked := a.told(row)
	if locked["state"] != "LOCKED" {
		t.Errorf("told of %v", locked)
	}
	a.taken(document{"assumedMasterState": locked, "newDocumentState": locked})
	missing := a.taken(fresh(id, w.anOriginal(nil)))
	w.do(lead, "acceptEvidence", "AcceptEvidenceInput", "__typename", map[string]any{"inspectionId": id, "evidenceId": missing, "reason": "lost"})
	if n := b.pull(100); n != 1 {
		t.Errorf("%d came of the accepted original", n)
	}
	// A finding may be named before it has arrived.
	f := fresh(id, w.aFinding(nil))
	a.taken(fresh(id, w.anOriginal(document{"findingId": f["newDocumentState"].(document)["id"]})))
	w.copyOf(findings, inspector).taken(f)
}

// Observations are read on the inspection and by their ids, and never by the inspected.
func TestObservationsAreForThoseWhoSeeFieldwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3")
	o := w.copyOf(observations, inspector).taken(fresh(id, anObservation(nil)))
	read := "query($id: ID!) { inspection(id: $id) { observations { id text place authorId revision } } }"
	got := fields(w.ask(reviewer, read, map[string]any{"id": id}), "inspection", "observations").([]any)
	if len(got) != 1 || fields(got[0], "text") != "The day room was being painted." || fields(got[0], "authorId") != w.users[inspector].ID.String() {
		t.Errorf("read %v", got)
	}
	node := "query($id: ID!) { node(id: $id) { __typename ... on Observation { place } } }"
	if n := w.ask(second, node, map[string]any{"id": o})["node"]; fields(n, "place") != "Unit C" {
		t.Errorf("node: %v", n)
	}
	w.force(id, "FIELDWORK_DONE")
	for _, as := range []string{facility, fieldOffice, admin, privacy} {
		if n := w.ask(as, node, map[string]any{"id": o})["node"]; n != nil {
			t.Errorf("%s reads %v", as, n)
		}
	}
}
