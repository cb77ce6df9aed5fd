package sync_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"plumbline/inspection/sync"
)

var ofItems = sync.For{Collection: "checklistItem", Reader: uuid.UUID{15: 9}}

func idOf(n byte) uuid.UUID { return uuid.UUID{15: n} }

func byID(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }

func anyCursor(t *rapid.T) sync.Cursor {
	c := sync.Cursor{Epoch: rapid.StringMatching(`[0-9a-f]{16}`).Draw(t, "epoch")}
	for _, n := range rapid.SliceOfNDistinct(rapid.ByteRange(1, 200), 0, 20, rapid.ID).Draw(t, "inspections") {
		c.Places = append(c.Places, sync.Place{Inspection: idOf(n), ChangedIn: rapid.Uint64().Draw(t, "changed"),
			After: idOf(rapid.Byte().Draw(t, "after")), Since: rapid.Uint64().Draw(t, "since"), Leaving: rapid.Bool().Draw(t, "leaving")})
	}
	slices.SortFunc(c.Places, func(a, b sync.Place) int { return byID(a.Inspection, b.Inspection) })
	return c
}

func TestACursorReadsBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCursor(t)
		back, err := sync.ReadCursor(ofItems, c.Text(ofItems))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACursorThatWasCutChangedOrGivenToAnotherIsRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := anyCursor(t).Text(ofItems)
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		changed := text[:at] + string(rapid.SampledFrom([]rune("ABCabc019-_")).Draw(t, "letter")) + text[at+1:]
		wrong := map[string]string{"cut": text[:at], "doubled": text + text, "padded": text + "=", "no base64": text + "!"}
		if changed != text {
			wrong["changed"] = changed
		}
		for name, w := range wrong {
			if _, err := sync.ReadCursor(ofItems, w); err == nil {
				t.Errorf("%s: %q is read", name, w)
			}
		}
		for _, other := range []sync.For{{Collection: "assignment", Reader: ofItems.Reader}, {Collection: ofItems.Collection}} {
			if _, err := sync.ReadCursor(other, text); err == nil {
				t.Errorf("a cursor of %v is read as one of %v", ofItems, other)
			}
		}
	})
}

func TestACursorThatNamesATransactionToComeIsRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []sync.Place{{ChangedIn: 8}, {Since: 9}} {
		if _, _, err := (sync.Cursor{Places: []sync.Place{p}}).Enter(nil, 7, 8); err == nil {
			t.Errorf("%+v is taken while 8 is the next transaction", p)
		}
		if _, _, err := (sync.Cursor{Places: []sync.Place{p}}).Enter(nil, 7, 9); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// A device reads pages of any size while rows are touched by ever later transactions and inspections
// come and go. In the end it holds exactly what is in scope, each row as it stands.
func TestPagesOfAnySizeBringADeviceToWhatTheServerHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		server := map[uuid.UUID]map[uuid.UUID]uint64{} // the row's transaction, by inspection and id
		scope := map[uuid.UUID]bool{}
		device := map[uuid.UUID]map[uuid.UUID]uint64{}
		text, next := "", uint64(1)
		pull := func(limit int) int {
			var c sync.Cursor
			if text != "" {
				var err error
				if c, err = sync.ReadCursor(ofItems, text); err != nil {
					t.Fatal(err)
				}
			}
			present, leaving, err := c.Enter(rowsInOrder(scope), next, next)
			if err != nil {
				t.Fatal(err)
			}
			gone := forgotten(server, leaving, limit)
			for _, r := range gone {
				delete(device[r.Inspection], r.ID)
			}
			room := limit - len(gone)
			rows := beyond(server, present, room)
			for _, r := range rows {
				if device[r.Inspection] == nil {
					device[r.Inspection] = map[uuid.UUID]uint64{}
				}
				device[r.Inspection][r.ID] = r.ChangedIn
			}
			c.Places = append(sync.TakenBack(leaving, gone, limit), c.Given(present, rows, room)...)
			text = c.Text(ofItems)
			return len(gone) + len(rows)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			inspection := idOf(rapid.ByteRange(1, 4).Draw(t, "inspection"))
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				scope[inspection] = !scope[inspection]
			case 1, 2:
				if server[inspection] == nil {
					server[inspection] = map[uuid.UUID]uint64{}
				}
				for range rapid.IntRange(1, 4).Draw(t, "rows") {
					server[inspection][idOf(rapid.ByteRange(1, 12).Draw(t, "row"))] = next
				}
				next++
			case 3:
				pull(rapid.IntRange(1, 5).Draw(t, "limit"))
			}
		}
		limit := rapid.SampledFrom([]int{1, 2, 7, 100}).Draw(t, "limit")
		for pull(limit) == limit {
		}
		for inspection, rows := range server {
			want := rows
			if !scope[inspection] {
				want = map[uuid.UUID]uint64{}
			}
			got := device[inspection]
			if got == nil {
				got = map[uuid.UUID]uint64{}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("inspection %s (-server +device):\n%s", inspection, diff)
			}
		}
		if pull(limit) != 0 {
			t.Error("a device that has everything is given something")
		}
	})
}

func rowsInOrder(scope map[uuid.UUID]bool) []uuid.UUID {
	var ids []uuid.UUID
	for id, in := range scope {
		if in {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, byID)
	return ids
}

func beyond(server map[uuid.UUID]map[uuid.UUID]uint64, places []sync.Place, limit int) []sync.Entry {
	var rows []sync.Entry
	for _, p := range places {
		var of []sync.Entry
		for id, changed := range server[p.Inspection] {
			if r := (sync.Entry{Inspection: p.Inspection, ChangedIn: changed, ID: id}); r.Beyond(p) {
				of = append(of, r)
			}
		}
		slices.SortFunc(of, func(a, b sync.Entry) int {
			if a.ChangedIn != b.ChangedIn {
				return int(int64(a.ChangedIn - b.ChangedIn))
			}
			return byID(a.ID, b.ID)
		})
		rows = append(rows, of...)
	}
	return rows[:min(limit, len(rows))]
}

func forgotten(server map[uuid.UUID]map[uuid.UUID]uint64, leaving []sync.Place, limit int) []sync.Entry {
	var rows []sync.Entry
	for _, p := range leaving {
		var of []sync.Entry
		for id := range server[p.Inspection] {
			if strings.Compare(string(id[:]), string(p.After[:])) > 0 {
				of = append(of, sync.Entry{Inspection: p.Inspection, ID: id})
			}
		}
		slices.SortFunc(of, func(a, b sync.Entry) int { return byID(a.ID, b.ID) })
		rows = append(rows, of...)
	}
	return rows[:min(limit, len(rows))]
}
