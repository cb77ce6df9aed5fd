package view

import (
	"strconv"

	"plumbline/inspection"
	"plumbline/inspection/sampling"
)

// sampleFields writes a sample. What is derived is computed only where it is selected.
func sampleFields() fields[*inspection.Sample] {
	type S = *inspection.Sample
	return fields[S]{
		"drawId":        idOrNull(func(s S) inspection.ID { return pointed(s.DrawID) }),
		"population":    numberOrNull(func(s S) *int { return s.Population }),
		"size":          numberOrNull(func(s S) *int { return s.Size }),
		"nonconforming": numberOrNull(func(s S) *int { return s.Nonconforming }),
		"lowest":        numberOrNull(func(s S) *float64 { return s.Lowest }),
		"highest":       numberOrNull(func(s S) *float64 { return s.Highest }),
		"unit":          text(func(s S) string { return s.Unit }),
		"period":        text(func(s S) string { return s.Period }),
		"group":         text(func(s S) string { return s.Group }),
		"datePairs":     many("DatePair", datePairFields(), func(s S) []inspection.DatePair { return s.DatePairs }),
		"limit":         nested("TimeLimit", timeLimitFields(), func(s S) (*sampling.TimeLimit, bool) { return s.Limit, s.Limit != nil }),
		"asOf":          text(func(s S) string { return s.AsOf }),
		"holidays":      texts(func(s S) []string { return s.Holidays }),
		"interval": nested("SampleInterval", intervalFields(), func(s S) (*inspection.SampleInterval, bool) {
			i := s.Interval()
			return i, i != nil
		}),
		"timeliness": nested("Timeliness", timelinessFields(), func(s S) (*sampling.Timeliness, bool) {
			t := s.Timeliness()
			return t, t != nil
		}),
	}
}

func datePairFields() fields[inspection.DatePair] {
	type P = inspection.DatePair
	return fields[P]{
		"start": text(func(p P) string { return p.Start }),
		"end":   textOrNull(func(p P) string { return p.End }),
	}
}

func timeLimitFields() fields[*sampling.TimeLimit] {
	type L = *sampling.TimeLimit
	return fields[L]{
		"value": number(func(l L) int64 { return int64(l.Value) }),
		"unit":  text(func(l L) string { return string(l.Unit) }),
	}
}

func intervalFields() fields[*inspection.SampleInterval] {
	type I = *inspection.SampleInterval
	return fields[I]{
		"lower": text(func(i I) string { return i.Lower }),
		"upper": text(func(i I) string { return i.Upper }),
		"level": text(func(i I) string { return i.Level }),
		"note":  text(func(i I) string { return i.Note }),
	}
}

func timelinessFields() fields[*sampling.Timeliness] {
	type T = *sampling.Timeliness
	return fields[T]{
		"limit":       nested("TimeLimit", timeLimitFields(), func(t T) (*sampling.TimeLimit, bool) { return &t.Limit, true }),
		"summary":     text(func(t T) string { return t.Summary() }),
		"total":       number(func(t T) int64 { return int64(t.Total) }),
		"beyond":      number(func(t T) int64 { return int64(t.Beyond) }),
		"open":        number(func(t T) int64 { return int64(t.Open) }),
		"openBeyond":  number(func(t T) int64 { return int64(t.OpenBeyond) }),
		"shortest":    numberOrNull(func(t T) *float64 { return t.Shortest }),
		"longest":     numberOrNull(func(t T) *float64 { return t.Longest }),
		"median":      numberOrNull(func(t T) *float64 { return t.Median }),
		"longestOpen": numberOrNull(func(t T) *float64 { return t.LongestOpen }),
	}
}

func thresholdCheckFields() fields[inspection.ThresholdCheck] {
	type C = inspection.ThresholdCheck
	return fields[C]{
		"op":      text(func(c C) string { return string(c.Op) }),
		"value":   leaf(func(b []byte, c C) []byte { return strconv.AppendFloat(b, c.Value, 'g', -1, 64) }),
		"unit":    text(func(c C) string { return c.Unit }),
		"note":    text(func(c C) string { return c.Note }),
		"group":   text(func(c C) string { return c.Group }),
		"verdict": text(func(c C) string { return string(c.Verdict) }),
		"because": text(func(c C) string { return c.Because }),
		"lowest":  numberOrNull(func(c C) *float64 { return c.Lowest }),
		"highest": numberOrNull(func(c C) *float64 { return c.Highest }),
	}
}
