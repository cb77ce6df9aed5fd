package catalog

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

// WriteCSV writes the edition as a worksheet: its own facts on lines that begin with "#", then a row
// per requirement. Read makes the same edition of it again, with the same hash: nothing is left out. A
// cell that a spreadsheet would run as a formula has an apostrophe before it, which Read takes away.
func WriteCSV(w io.Writer, e *inspection.Edition) error {
	head, err := encoded(editionFields(e, false))
	if err != nil {
		return fmt.Errorf("catalog: write %s: %w", e.Key, err)
	}
	var text bytes.Buffer
	for line := range bytes.Lines(head) {
		text.WriteString("# ")
		text.Write(line)
	}
	rows := csv.NewWriter(&text)
	names := make([]string, len(columns))
	for n, c := range columns {
		names[n] = c.name
	}
	if err := rows.Write(names); err != nil {
		return fmt.Errorf("catalog: write %s: %w", e.Key, err)
	}
	if err := writeRows(rows, e); err != nil {
		return fmt.Errorf("catalog: write %s: %w", e.Key, err)
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("catalog: write %s: %w", e.Key, err)
	}
	return nil
}

func writeRows(rows *csv.Writer, e *inspection.Edition) error {
	index := NewIndex(e)
	cells := make([]string, len(columns))
	for _, s := range e.Standards() {
		for _, r := range s.Requirements {
			row, err := cellsOf(r, *s, index)
			if err != nil {
				return err
			}
			for n, c := range columns {
				cells[n] = guarded(row[c.name])
			}
			if err := rows.Write(cells); err != nil {
				return err
			}
		}
	}
	rows.Flush()
	return rows.Error()
}

func cellsOf(r inspection.Requirement, s inspection.Standard, index *Index) (map[string]string, error) {
	own, others := linesByOwner(r, s, index)
	row := map[string]string{
		"code": r.Key, "standard": s.Number, "section": r.Citation, "section_seen": strconv.FormatBool(r.CitationSeen), "text": r.Text,
		"priority": strings.ToLower(string(r.Priority)), "priority_reason": r.PriorityReason, "priority_source": r.PrioritySource,
		"applies": strings.ToLower(string(r.Applies)), "applies_note": r.AppliesNote, "population": r.Population,
		"lineage": lineageWritten(r, index), "strength": strings.ToLower(string(r.Strength)), "verified": r.Verified,
		"verified_url": r.VerifiedURL, "hint": r.Hint, "evidence": joined(r.Evidence), "times_cited": number(r.TimesCited),
		"lines": joined(own), "lines_of_other_standards": joined(others),
	}
	if len(r.Thresholds) > 0 {
		flow, err := yaml.Marshal(thresholdNodes(r.Thresholds, yaml.FlowStyle))
		if err != nil {
			return nil, err
		}
		row["thresholds"], row["numbers_seen"] = strings.TrimSpace(string(flow)), strconv.FormatBool(r.NumbersSeen)
	}
	if seen := r.SightingSeen(); seen != nil {
		row["facilities"], row["first_seen"], row["last_seen"] = number(seen.Facilities), seen.First.UTC().Format(time.DateOnly), seen.Last.UTC().Format(time.DateOnly)
		row["code_doubtful"], row["edition_inferred"] = strconv.FormatBool(seen.CodeDoubtful), strconv.FormatBool(seen.EditionInferred)
		row["agreement"], row["figures"] = seen.Agreement, seen.Figures
	}
	if given := r.ConfirmationGiven(); given != nil {
		row["confirmed_title"], row["confirmed_url"], row["confirmed_page"] = given.Title, given.URL, given.Page
		row["confirmed_by"], row["confirmed_on"] = given.By, given.On.UTC().Format(time.DateOnly)
	}
	return row, nil
}

func joined[T ~string](list []T) string {
	words := make([]string, len(list))
	for n, word := range list {
		words[n] = string(word)
		if _, isKind := any(word).(inspection.EvidenceKind); isKind {
			words[n] = strings.ToLower(words[n])
		}
	}
	return strings.Join(words, "; ")
}

// number is a count as a cell; none is an empty one.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
