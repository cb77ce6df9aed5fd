package view

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"
)

// writer appends the JSON of one value as its query selected it.
type writer[T any] func(b []byte, v T) []byte

// fields says how each field of an object type is written, given the selection below it.
type fields[T any] map[string]func(s selection) writer[T]

// selection is a set of selected fields in its operation, so that fragments, @skip and @include hold.
type selection struct {
	operation *graphql.OperationContext
	set       ast.SelectionSet
}

// object plans how to write an object: the plan is made once per query, not once per value.
func object[T any](typename string, of fields[T], s selection) writer[T] {
	type planned struct {
		key   []byte
		write writer[T]
	}
	var plan []planned
	for _, f := range graphql.CollectFields(s.operation, s.set, []string{typename}) {
		write := func(b []byte, _ T) []byte { return appendText(b, typename) }
		if f.Name != "__typename" {
			write = of[f.Name](selection{s.operation, f.Selections})
		}
		plan = append(plan, planned{append(appendText(nil, f.Alias), ':'), write})
	}
	return func(b []byte, v T) []byte {
		b = append(b, '{')
		for n, p := range plan {
			if n > 0 {
				b = append(b, ',')
			}
			b = append(b, p.key...)
			b = p.write(b, v)
		}
		return append(b, '}')
	}
}

// marshal writes the object at which gqlgen's own marshalling ends and this one begins.
func marshal[T any](ctx context.Context, w io.Writer, typename string, of fields[T], v T, size int) error {
	field := graphql.GetFieldContext(ctx)
	for field != nil && field.Field.Field == nil {
		field = field.Parent
	}
	if field == nil {
		return errors.New("view: marshalled outside of a field")
	}
	write := object(typename, of, selection{graphql.GetOperationContext(ctx), field.Field.Selections})
	_, err := w.Write(write(make([]byte, 0, size+64), v))
	return err
}

func errNoInput() error { return errors.New("view: this type is no input") }

// nested writes one object found in another; false is null.
func nested[T, U any](typename string, of fields[U], get func(T) (U, bool)) func(selection) writer[T] {
	return func(s selection) writer[T] {
		write := object(typename, of, s)
		return func(b []byte, v T) []byte {
			u, ok := get(v)
			if !ok {
				return append(b, "null"...)
			}
			return write(b, u)
		}
	}
}

// many writes a list of objects found in another.
func many[T, U any](typename string, of fields[U], get func(T) []U) func(selection) writer[T] {
	return func(s selection) writer[T] {
		write := object(typename, of, s)
		return func(b []byte, v T) []byte {
			return appendList(b, get(v), write)
		}
	}
}

// manyByPointer writes a list of objects without copying them.
func manyByPointer[T, U any](typename string, of fields[*U], get func(T) []U) func(selection) writer[T] {
	return func(s selection) writer[T] {
		write := object(typename, of, s)
		return func(b []byte, v T) []byte {
			list := get(v)
			b = append(b, '[')
			for n := range list {
				if n > 0 {
					b = append(b, ',')
				}
				b = write(b, &list[n])
			}
			return append(b, ']')
		}
	}
}

// leaf writes a scalar.
func leaf[T any](write writer[T]) func(selection) writer[T] {
	return func(selection) writer[T] { return write }
}

func text[T any](get func(T) string) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte { return appendText(b, get(v)) })
}

// textOrNull writes null for empty text.
func textOrNull[T any](get func(T) string) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		if t := get(v); t != "" {
			return appendText(b, t)
		}
		return append(b, "null"...)
	})
}

func texts[T any, S ~string](get func(T) []S) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		return appendList(b, get(v), func(b []byte, s S) []byte { return appendText(b, string(s)) })
	})
}

func number[T any](get func(T) int64) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte { return strconv.AppendInt(b, get(v), 10) })
}

func boolean[T any](get func(T) bool) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte { return strconv.AppendBool(b, get(v)) })
}

func id[T any](get func(T) uuid.UUID) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte { return appendID(b, get(v)) })
}

// idOrNull writes null for the zero id.
func idOrNull[T any](get func(T) uuid.UUID) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		id := get(v)
		if id == (uuid.UUID{}) {
			return append(b, "null"...)
		}
		return appendID(b, id)
	})
}

// pointed is the id pointed at, the zero id for nil.
func pointed(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.UUID{}
	}
	return *id
}

// moment writes a time in UTC; the zero time is null.
func moment[T any](get func(T) time.Time) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte { return appendTime(b, get(v)) })
}

func momentOrNull[T any](get func(T) *time.Time) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		if t := get(v); t != nil {
			return appendTime(b, *t)
		}
		return append(b, "null"...)
	})
}

func numberOrNull[T any, N int | float64](get func(T) *N) func(selection) writer[T] {
	return leaf(func(b []byte, v T) []byte {
		n := get(v)
		if n == nil {
			return append(b, "null"...)
		}
		return strconv.AppendFloat(b, float64(*n), 'g', -1, 64)
	})
}

func appendList[U any](b []byte, list []U, write writer[U]) []byte {
	b = append(b, '[')
	for n, u := range list {
		if n > 0 {
			b = append(b, ',')
		}
		b = write(b, u)
	}
	return append(b, ']')
}

func appendID(b []byte, id uuid.UUID) []byte {
	var digits [36]byte
	b = append(b, '"')
	encodeID(digits[:], id)
	b = append(b, digits[:]...)
	return append(b, '"')
}

func encodeID(dst []byte, id uuid.UUID) {
	const hexadecimal = "0123456789abcdef"
	at := 0
	for n, v := range id {
		if n == 4 || n == 6 || n == 8 || n == 10 {
			dst[at] = '-'
			at++
		}
		dst[at], dst[at+1] = hexadecimal[v>>4], hexadecimal[v&15]
		at += 2
	}
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// appendText writes a JSON string. Plain ASCII is copied as it is; anything else is left to the
// standard library.
func appendText(b []byte, s string) []byte {
	for n := 0; n < len(s); n++ {
		if c := s[n]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			quoted, err := json.Marshal(s)
			if err != nil { // a Go string is always a JSON string
				panic(err)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
