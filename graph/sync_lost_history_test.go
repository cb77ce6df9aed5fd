package graph_test

import (
	"maps"
	"testing"
)

// After a restore from backup a tablet may rest its row on a state that the database has lost: of a
// revision that it has not reached, or of one that says something else now. All that the tablet holds
// counts then, what was acknowledged before among it, and another person's words stand all the same.
func TestAStateOfALostHistoryIsNoBase(t *testing.T) {
	each(t, func(t *testing.T, w *world, c collection, sample func(document) document) {
		id := w.started("4.3")
		a, b := w.copyOf(c, inspector), w.copyOf(c, second)
		field := map[string]string{"Finding": "correctionNote", "Observation": "place", "Evidence": "caption"}[c.name]
		lost := func(from document, revision float64, text string) document {
			assumed := maps.Clone(from)
			assumed[field] = text
			if c.name != "Evidence" {
				assumed["revision"] = revision
			}
			next := maps.Clone(assumed)
			next["deviceTime"] = "2026-03-03T11:00:00Z"
			if c.name == "Evidence" {
				delete(next, "deviceTime")
			} else {
				next["text"] = "More was seen, " + text
			}
			return document{"assumedMasterState": assumed, "newDocumentState": next}
		}
		// The whole document is lost.
		unknown := fresh(id, sample(nil))["newDocumentState"].(document)
		d := a.taken(lost(unknown, 4, "Acknowledged."))
		a.pull(100)
		if a.replica[d][field] != "Acknowledged." {
			t.Errorf("of a lost document there is %v", a.replica[d])
		}
		if c.name == "Evidence" {
			return
		}
		for revision, text := range map[float64]string{7: "Further on.", a.replica[d]["revision"].(float64): "As far."} {
			d := a.taken(fresh(id, sample(nil)))
			a.pull(100)
			a.taken(lost(a.replica[d], revision, text))
			a.pull(100)
			if got := a.replica[d]; got[field] != text || got["text"] != "More was seen, "+text {
				t.Errorf("of revision %v there is %v", revision, got)
			}
		}
		a.pull(100)
		b.pull(100)
		b.taken(b.edit(d, document{field: "Another's.", "deviceTime": "2026-03-03T10:00:00Z"}))
		if stands := a.refused("CONFLICT", lost(a.replica[d], 9, "Lost.")); stands[field] != "Another's." {
			t.Errorf("what stands: %v", stands)
		}
	})
}
