package storage

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// table writes rows of one table set-wise: one statement for any number of rows, which travel as one
// JSON document whose keys are the columns.
type table struct {
	name    string
	columns []string
	// key is the primary key; a row that exists is updated in all other columns, unless insertOnly.
	key        []string
	insertOnly bool
	// keepExisting leaves a row that exists as it is.
	keepExisting bool
}

func (tb table) sql() string {
	all := strings.Join(tb.columns, ", ")
	sql := fmt.Sprintf("insert into %s (%s) select %s from json_populate_recordset(null::%s, $1::json)", tb.name, all, all, tb.name)
	if tb.insertOnly {
		return sql
	}
	if tb.keepExisting {
		return sql + " on conflict do nothing"
	}
	var sets []string
	for _, c := range tb.columns {
		if !contains(tb.key, c) {
			sets = append(sets, c+" = excluded."+c)
		}
	}
	return sql + fmt.Sprintf(" on conflict (%s) do update set %s", strings.Join(tb.key, ", "), strings.Join(sets, ", "))
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// row is one row to write, by column.
type row map[string]any

func (t *tx) save(ctx context.Context, tb table, rows []row) error {
	_, err := t.add(ctx, tb, rows)
	return err
}

// add is save, and returns how many rows were written.
func (t *tx) add(ctx context.Context, tb table, rows []row) (int, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	document, err := json.Marshal(rows)
	if err != nil {
		return 0, fmt.Errorf("storage: %s: %w", tb.name, err)
	}
	tag, err := t.Exec(ctx, tb.sql(), document)
	if err != nil {
		return 0, fmt.Errorf("storage: save %s: %w", tb.name, err)
	}
	return int(tag.RowsAffected()), nil
}

// bytea writes bytes as PostgreSQL reads them in text.
func bytea(b []byte) string { return `\x` + hex.EncodeToString(b) }

// optional is nil for the zero value, so that it is stored as null.
func optional[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// moment is nil for the zero time.
func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

// date is nil for the zero time, else the day.
func date(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.DateOnly)
}

// list is never null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// collect runs a query and scans each of its rows by one, and wraps errors with what was being read.
func collect[T any](ctx context.Context, t *tx, what string, scan func(pgx.Rows, *T) error, sql string, args ...any) ([]T, error) {
	rows, err := t.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("storage: %s: %w", what, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		all = append(all, *new(T))
		if err := scan(rows, &all[len(all)-1]); err != nil {
			return nil, fmt.Errorf("storage: %s: %w", what, err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("storage: %s: %w", what, err)
	}
	return all, nil
}

// interned scans text that repeats: each distinct value is allocated once per query.
type interned struct {
	known map[string]string
	value string
}

func newInterned() *interned { return &interned{known: map[string]string{}} }

// ScanBytes implements pgtype.BytesScanner. A null reads as "".
func (i *interned) ScanBytes(b []byte) error {
	if len(b) == 0 {
		i.value = ""
		return nil
	}
	if known, ok := i.known[string(b)]; ok {
		i.value = known
		return nil
	}
	i.value = string(b)
	i.known[i.value] = i.value
	return nil
}

// uid scans an id without pgx's detour over text; a null reads as the zero id.
type uid inspection.ID

// ScanUUID implements pgtype.UUIDScanner.
func (u *uid) ScanUUID(v pgtype.UUID) error {
	*u = v.Bytes
	return nil
}

// hash scans a SHA-256.
type hash [32]byte

// ScanBytes implements pgtype.BytesScanner.
func (h *hash) ScanBytes(b []byte) error {
	if len(b) != len(h) {
		return fmt.Errorf("%d bytes are no SHA-256", len(b))
	}
	copy(h[:], b)
	return nil
}

// id is a pointer to the id, nil for null.
func id(u pgtype.UUID) *inspection.ID {
	if !u.Valid {
		return nil
	}
	v := inspection.ID(u.Bytes)
	return &v
}

// at is a pointer to the time in UTC, nil for null.
func at(ts pgtype.Timestamptz) *time.Time {
	if !ts.Valid {
		return nil
	}
	v := ts.Time.UTC()
	return &v
}

func missing(what string) error {
	return inspection.Refuse(inspection.NotFound, "", "there is no such %s, or it is not yours to see", what)
}

// duration is a pointer to so many milliseconds, nil for null.
func duration(ms pgtype.Int8) *time.Duration {
	if !ms.Valid {
		return nil
	}
	d := time.Duration(ms.Int64) * time.Millisecond
	return &d
}
