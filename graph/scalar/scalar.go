// Package scalar reads and writes the API's own scalars.
package scalar

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"plumbline/inspection"
)

// MarshalDate writes a day as YYYY-MM-DD, null if there is none.
func MarshalDate(t time.Time) graphql.Marshaler {
	if t.IsZero() {
		return graphql.Null
	}
	return text(t.Format(time.DateOnly))
}

// UnmarshalDate reads YYYY-MM-DD as UTC midnight.
func UnmarshalDate(v any) (time.Time, error) {
	s, _ := v.(string)
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("%v is no day; write YYYY-MM-DD", v)
	}
	return t, nil
}

// MarshalSHA256 writes the hash as hexadecimal digits.
func MarshalSHA256(sum inspection.SHA256) graphql.Marshaler { return text(hex.EncodeToString(sum[:])) }

// UnmarshalSHA256 reads 64 hexadecimal digits.
func UnmarshalSHA256(v any) (sum inspection.SHA256, err error) {
	s, _ := v.(string)
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(sum) {
		return sum, fmt.Errorf("%q is no SHA-256; write 64 hexadecimal digits", s)
	}
	return inspection.SHA256(b), nil
}

// MarshalMediaType writes the media type.
func MarshalMediaType(m inspection.MediaType) graphql.Marshaler { return text(string(m)) }

// UnmarshalMediaType reads any text; whether the kind is accepted is the domain's to say.
func UnmarshalMediaType(v any) (inspection.MediaType, error) {
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("%v is no media type", v)
	}
	return inspection.MediaType(s), nil
}

func text(s string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { io.WriteString(w, strconv.Quote(s)) })
}
