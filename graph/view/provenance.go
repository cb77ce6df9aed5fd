package view

import (
	"context"
	"time"

	"plumbline/inspection"
)

// RecordedFindings are findings as they were just recorded in an inspection, without anything that
// answers them.
func RecordedFindings(service *inspection.Service, actor inspection.Actor, id inspection.ID, fs ...inspection.Finding) []Finding {
	strengths := once(func(ctx context.Context) (map[inspection.ID]inspection.Strength, error) {
		return service.FindingStrengths(ctx, actor, id, fs)
	})
	all := make([]Finding, len(fs))
	for n, f := range fs {
		all[n] = Finding{Finding: f, strengths: strengths}
	}
	return all
}

// Strength says how well the requirement is known on which the finding rests; nil if it rests on none.
func (f Finding) Strength(ctx context.Context) (*inspection.Strength, error) {
	known, err := f.strengths(ctx)
	if err != nil {
		return nil, err
	}
	strength, ok := known[f.ID]
	if !ok {
		return nil, nil
	}
	return &strength, nil
}

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
