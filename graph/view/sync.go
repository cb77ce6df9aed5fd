package view

import (
	"context"
	"io"
	"strconv"
	"time"

	"plumbline/inspection"
)

// Checkpoint is a place in a pulled collection.
type Checkpoint struct{ Seq string }

func checkpointFields() fields[Checkpoint] {
	return fields[Checkpoint]{"seq": text(func(c Checkpoint) string { return c.Seq })}
}

// marshalBulk writes a page of the collection whose types begin with name, or the word RESYNC in its
// place. of are the fields of its documents.
func marshalBulk[D any](ctx context.Context, w io.Writer, name string, of fields[*D], bulk inspection.Bulk[D]) error {
	if bulk.Resync {
		_, err := io.WriteString(w, `"RESYNC"`)
		return err
	}
	type B = inspection.Bulk[D]
	return marshal(ctx, w, name+"PullBulk", fields[B]{
		"documents":  manyByPointer(name+"Document", of, func(b B) []D { return b.Documents }),
		"checkpoint": nested(name+"Checkpoint", checkpointFields(), func(b B) (Checkpoint, bool) { return Checkpoint{b.Checkpoint}, true }),
	}, bulk, 1024*len(bulk.Documents))
}

// numberText writes a number as text.
func numberText[T any](get func(T) int64) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		b = append(b, '"')
		b = strconv.AppendInt(b, get(v), 10)
		return append(b, '"')
	})
}

// idText writes an id as text, empty for the zero id.
func idText(b []byte, id inspection.ID) []byte {
	if id == (inspection.ID{}) {
		return append(b, `""`...)
	}
	return appendID(b, id)
}

// timeText is a time as text, nil for none.
func timeText(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339Nano)
	return &text
}

// idGiven is an id as text, nil for the zero id.
func idGiven(id inspection.ID) *string {
	if id == (inspection.ID{}) {
		return nil
	}
	text := id.String()
	return &text
}

// idOrEmpty is an id as text, empty for the zero id.
func idOrEmpty(id inspection.ID) string {
	if id == (inspection.ID{}) {
		return ""
	}
	return id.String()
}
