package graph_test

import "testing"

// The same writing that comes late again, pushed against another state, is kept once: it is to be decided
// on once.
func TestALateWritingIsKeptOnceWhateverItIsPushedAgainst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, item, _, b := w.two()
	id := b.replica[item]["inspectionId"].(string)
	row := b.edit(item, document{"rating": "MEETS", "remarks": "late", "deviceTime": at(1)})
	w.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": id, "userId": w.users[second].ID})
	for _, sent := range []document{row, {"newDocumentState": row["newDocumentState"]}, row} {
		if _, refusals := b.push(sent); len(refusals) != 1 || refusals[0].Code != "LATE_REMOVED" {
			t.Fatalf("refused %v", refusals)
		}
	}
	if n := w.count(w.behind(), "select count(*) from kept_write where inspection_id = $1", id); n != 1 {
		t.Errorf("kept %d times", n)
	}
}
