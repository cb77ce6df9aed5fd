package sync_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"plumbline/inspection/sync"
)

func drawID(t *rapid.T, label string) uuid.UUID {
	return uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, label))
}

func inOrder(ids []uuid.UUID) []uuid.UUID {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

func drawCheckpoint(t *rapid.T) sync.Checkpoint {
	c := sync.Checkpoint{Epoch: rapid.StringN(0, 16, 64).Draw(t, "epoch"), Scope: rapid.StringN(0, 12, 64).Draw(t, "scope")}
	var ids []uuid.UUID
	for range rapid.IntRange(0, 12).Draw(t, "heads") {
		ids = append(ids, drawID(t, "inspection"))
	}
	for _, id := range inOrder(ids) {
		h := sync.Head{Inspection: id, Seq: rapid.Int64Range(0, 1<<62).Draw(t, "seq")}
		if rapid.Bool().Draw(t, "leaving") {
			h.Leaving, h.Gone = true, drawID(t, "gone")
		}
		c.Heads = append(c.Heads, h)
	}
	return c
}

func drawFor(t *rapid.T) sync.For {
	return sync.For{Collection: rapid.SampledFrom([]string{"answer", "finding"}).Draw(t, "collection"), Reader: drawID(t, "reader")}
}

func TestLawACheckpointReadsBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of, c := drawFor(t), drawCheckpoint(t)
		read, err := sync.Read(of, c.Text(of))
		if diff := cmp.Diff(c, read); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// No text but the one that was given out is a checkpoint: one that was cut, grown, or changed in any
// place could skip rows.
func TestLawNoOtherTextIsACheckpoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of, c := drawFor(t), drawCheckpoint(t)
		text := c.Text(of)
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		letter := rapid.SampledFrom([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_= \n")).Draw(t, "letter")
		for _, other := range []string{text[:at], text[at+1:], text[:at] + string(letter) + text[at:], text[:at] + string(letter) + text[at+1:], text + text} {
			if other == text || len(c.Heads) == 0 && other == "" {
				continue
			}
			if _, err := sync.Read(of, other); !errors.Is(err, sync.ErrCheckpoint) {
				t.Fatalf("%q is read as %q: %v", other, text, err)
			}
		}
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		raw[rapid.IntRange(0, len(raw)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := sync.Read(of, base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, sync.ErrCheckpoint) {
			t.Fatalf("a bit was changed: %v", err)
		}
	})
}

func TestLawACheckpointIsOfOneReaderAndCollection(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of, other, c := drawFor(t), drawFor(t), drawCheckpoint(t)
		if _, err := sync.Read(other, c.Text(of)); of != other && !errors.Is(err, sync.ErrCheckpoint) {
			t.Fatalf("read as %v's: %v", other, err)
		}
	})
}

// Text that somebody made, with a right sum over nonsense, is refused and breaks nothing.
func TestLawSealedNonsenseIsNoCheckpoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of := drawFor(t)
		content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		c, err := sync.Read(of, sync.Seal(of, content))
		if err == nil && !slices.IsSortedFunc(c.Heads, func(a, b sync.Head) int { return bytes.Compare(a.Inspection[:], b.Inspection[:]) }) {
			t.Fatalf("heads out of order: %v", c.Heads)
		}
		if err != nil && !errors.Is(err, sync.ErrCheckpoint) {
			t.Fatal(err)
		}
	})
}

func TestACheckpointAheadOfItsInspectionIsRefused(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("01920000-0000-7000-8000-000000000001")
	for seq, want := range map[int64]error{6: nil, 7: nil, 8: sync.ErrAhead} {
		c := sync.Checkpoint{Heads: []sync.Head{{Inspection: id, Seq: seq}}}
		if err := c.Enter([]sync.Head{{Inspection: id, Seq: 7}}); !errors.Is(err, want) {
			t.Errorf("at %d of 7: %v, want %v", seq, err, want)
		}
	}
}

func TestTheScopeIsASet(t *testing.T) {
	t.Parallel()
	a, b := uuid.MustParse("01920000-0000-7000-8000-000000000001"), uuid.MustParse("01920000-0000-7000-8000-000000000002")
	if sync.ScopeOf([]uuid.UUID{a, b}) != sync.ScopeOf([]uuid.UUID{b, a}) {
		t.Error("the order makes another scope")
	}
	if sync.ScopeOf([]uuid.UUID{a}) == sync.ScopeOf([]uuid.UUID{b}) || sync.ScopeOf(nil) == sync.ScopeOf([]uuid.UUID{a}) {
		t.Error("two sets are one scope")
	}
}
