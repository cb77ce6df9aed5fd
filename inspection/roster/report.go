package roster

import (
	"fmt"
	"io"
	"strings"
)

// Report writes what was decided about the workbook, then a line for everything that was not
// understood, and the counts as its last line.
func Report(w io.Writer, change Change) error {
	var b strings.Builder
	for _, note := range change.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	for _, n := range change.NotUnderstood {
		fmt.Fprintln(&b, n)
	}
	fmt.Fprintln(&b, change.Counts)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("roster: report: %w", err)
	}
	return nil
}

// String is the report's line: sheet, row, name, reason, and which facilities it could be.
func (n NotUnderstood) String() string {
	line := fmt.Sprintf("not understood: %s, row %d, %s: %s", n.Sheet, n.Row, n.Name, n.Reason)
	if len(n.Candidates) > 0 {
		line += "; could be " + strings.Join(n.Candidates, " or ")
	}
	return line
}

// String is the last line of every import.
func (c Counts) String() string {
	return fmt.Sprintf("facilities: %d read, %d new, %d updated, %d same; ratings: %d read, %d new; not understood: %d",
		c.Facilities, c.New, c.Updated, c.Same, c.Ratings, c.NewRatings, c.NotUnderstood)
}
