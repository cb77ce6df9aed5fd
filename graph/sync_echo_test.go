package graph_test

import "testing"

// echoed pushes a tombstone as RxDB does that took it for the server's state; anew, as one that knows of
// no such state.
func (c *copyOf) echoed(gone document, anew bool) []document {
	c.w.t.Helper()
	row := document{"assumedMasterState": gone, "newDocumentState": gone}
	if anew {
		delete(row, "assumedMasterState")
	}
	conflicts, refusals := c.push(row)
	if len(refusals) != 0 {
		c.w.t.Errorf("a tombstone handed back is refused: %v", refusals)
	}
	return conflicts
}

// Who was removed is answered by a tombstone, once: RxDB hands it back, and that says nothing. Back on
// the team, the tablet that still holds it is told what stands, and takes nothing back by it.
func TestATombstoneHandedBackSaysNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world, c collection, sample func(document) document) {
		db := w.behind()
		id := w.started("4.3")
		a := w.copyOf(c, second)
		known, late := fresh(id, sample(nil)), fresh(id, sample(nil))
		d := a.taken(known)
		member := map[string]any{"inspectionId": id, "userId": w.users[second].ID}
		w.do(lead, "removeTeamMember", "TeamMemberInput", header, member)
		a.refused("LATE_REMOVED", late)
		w.untouched(db, "what came before, and tombstones", func() {
			gone := a.told(known)
			if gone["deleted"] != true || gone["id"] != d {
				t.Errorf("what came before is answered by %v", gone)
			}
			for _, one := range []document{gone, a.refused("LATE_REMOVED", late)} {
				for _, anew := range []bool{false, true} {
					if conflicts := a.echoed(one, anew); len(conflicts) != 0 {
						t.Errorf("a tombstone handed back is answered by %v", conflicts)
					}
				}
			}
		})
		gone := a.told(known)
		w.do(lead, "addTeamMember", "TeamMemberInput", header, member)
		w.untouched(db, "tombstones of a member who is back", func() {
			for _, anew := range []bool{false, true} {
				conflicts := a.echoed(gone, anew)
				if len(conflicts) != 1 || conflicts[0]["deleted"] != false || conflicts[0]["id"] != d {
					t.Fatalf("back on the team, told of %v", conflicts)
				}
				a.taken(document{"assumedMasterState": conflicts[0], "newDocumentState": conflicts[0]})
			}
		})
	})
}
