package sync_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/google/uuid"

	"plumbline/inspection/sync"
)

// No text makes the decoder fail in any other way than by refusing it, and what it takes it gives back
// the same. Each text is tried as it came, and with the sum that would make it pass for an own one.
func FuzzCheckpoint(f *testing.F) {
	reader := sync.For{Collection: "answer", Reader: uuid.UUID{7}}
	for _, c := range []sync.Checkpoint{
		{},
		{Epoch: "0123456789abcdef", Scope: sync.ScopeOf(nil)},
		{Epoch: "e", Heads: []sync.Head{{Inspection: uuid.UUID{1}, Seq: 1 << 40}, {Inspection: uuid.UUID{2}, Seq: 3, Leaving: true, Gone: uuid.UUID{9}}}},
	} {
		text := c.Text(reader)
		content, err := sync.Unseal(reader, text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, content)
		f.Add(text[:len(text)/2], content[:len(content)/2])
	}
	f.Add("", []byte{1, 1, 'e', 0, 0xff, 0xff, 0xff, 0xff, 0x0f})                                   // four billion heads, and none follows
	f.Add("AAAA", []byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 'e', 0, 0}) // a word as long as all memory
	f.Fuzz(func(t *testing.T, text string, content []byte) {
		for _, one := range []string{text, sync.Seal(reader, content)} {
			c, err := sync.Read(reader, one)
			if err != nil {
				if !errors.Is(err, sync.ErrCheckpoint) {
					t.Errorf("%q: %v", one, err)
				}
				continue
			}
			again, err := sync.Read(reader, c.Text(reader))
			if err != nil || !reflect.DeepEqual(again, c) {
				t.Errorf("%q: read %+v and then %+v, %v", one, c, again, err)
			}
			if _, err := sync.Read(sync.For{Collection: "finding", Reader: reader.Reader}, one); err == nil {
				t.Errorf("%q passes for a checkpoint of another collection", one)
			}
			if _, err := sync.Read(sync.For{Collection: "answer", Reader: uuid.UUID{8}}, one); err == nil {
				t.Errorf("%q passes for another reader's checkpoint", one)
			}
			if err := c.Enter([]sync.Head{{Inspection: uuid.UUID{1}, Seq: 5}, {Inspection: uuid.UUID{3}, Seq: 5}}); err != nil && !errors.Is(err, sync.ErrAhead) {
				t.Errorf("%q: %v", one, err)
			}
		}
	})
}
