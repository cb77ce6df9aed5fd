package view

import (
	"time"

	"plumbline/inspection"
)

// day writes the day of a time.
func day[T any](get func(T) time.Time) func(selection) writer[T] {
	return text(func(v T) string { return get(v).UTC().Format(time.DateOnly) })
}

func sightingFields() fields[*inspection.Sighting] {
	type S = *inspection.Sighting
	return fields[S]{
		"facilities":      number(func(s S) int64 { return int64(s.Facilities) }),
		"first":           day(func(s S) time.Time { return s.First }),
		"last":            day(func(s S) time.Time { return s.Last }),
		"codeDoubtful":    boolean(func(s S) bool { return s.CodeDoubtful }),
		"editionInferred": boolean(func(s S) bool { return s.EditionInferred }),
		"agreement":       text(func(s S) string { return s.Agreement }),
		"figures":         text(func(s S) string { return s.Figures }),
	}
}

func confirmationFields() fields[*inspection.Confirmation] {
	type C = *inspection.Confirmation
	return fields[C]{
		"title": text(func(c C) string { return c.Title }),
		"url":   text(func(c C) string { return c.URL }),
		"page":  text(func(c C) string { return c.Page }),
		"by":    text(func(c C) string { return c.By }),
		"on":    day(func(c C) time.Time { return c.On }),
	}
}
