package catalog

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"plumbline/inspection"
)

// List prints one line per edition: key, version, how much it holds, and the beginning of its hash.
func List(w io.Writer, editions []*inspection.Edition) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tVERSION\tSTANDARDS\tREQUIREMENTS\tPARTIAL\tHASH\tTITLE")
	for _, e := range editions {
		n := tallyOf(e)
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%t\t%.12s\t%s\n", e.Key, e.Version, n.standards, n.requirements, e.Partial, e.Hash, e.Title)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("catalog: list: %w", err)
	}
	return nil
}

// Show prints what an edition is, what it lacks, and how well its requirements are known, standard by
// standard.
func Show(w io.Writer, e *inspection.Edition) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s: %s\n", e.Key, e.Title)
	fmt.Fprintf(&text, "version %d of %s", e.Version, e.Set)
	if e.Supersedes != "" {
		fmt.Fprintf(&text, ", supersedes %s", e.Supersedes)
	}
	fmt.Fprintf(&text, "; compiled %s\nhash %s\n", e.Compiled.Format(time.DateOnly), e.Hash)
	if note := e.PartialNote(); note != "" {
		fmt.Fprintf(&text, "partial: %s\n", note)
	}
	n := tallyOf(e)
	fmt.Fprintf(&text, "%d standards, %d requirements: %d quoted (%d of them confirmed against the official text), %d cited, %d recalled; %d sourced as priority, %d with a section that was seen, %d with a crosswalk\n",
		n.standards, n.requirements, n.quoted, n.confirmed, n.cited, n.recalled, n.priority, n.sections, n.lineages)
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, s := range e.Standards() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\n", s.Number, s.Code, s.Title, len(s.Requirements))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("catalog: show: %w", err)
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("catalog: show: %w", err)
	}
	return nil
}

// Summary says in one line what an edition is.
func Summary(e *inspection.Edition) string {
	n := tallyOf(e)
	return fmt.Sprintf("edition %s, version %d of %s: %d standards, %d requirements, hash %s", e.Key, e.Version, e.Set, n.standards, n.requirements, e.Hash)
}

type tally struct {
	standards, requirements, quoted, cited, recalled, confirmed, priority, sections, lineages int
}

func tallyOf(e *inspection.Edition) tally {
	var n tally
	add := func(counter *int, is bool) {
		if is {
			*counter++
		}
	}
	for _, s := range e.Standards() {
		n.standards++
		for _, r := range s.Requirements {
			n.requirements++
			add(&n.quoted, r.Strength == inspection.Quoted)
			add(&n.cited, r.Strength == inspection.Cited)
			add(&n.recalled, r.Strength == inspection.Recalled)
			add(&n.confirmed, r.Confirmed())
			add(&n.priority, r.Priority == inspection.PrioritySourced)
			add(&n.sections, r.CitationSeen)
			add(&n.lineages, r.Lineage != "")
		}
	}
	return n
}

// ReportDiff prints what a revision adds, drops and changes, a line each.
func ReportDiff(w io.Writer, d inspection.EditionDiff) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "from %s\nto   %s\n", Summary(d.From), Summary(d.To))
	if d.Empty() {
		fmt.Fprintln(&text, "no difference")
	}
	if len(d.Facts) > 0 {
		fmt.Fprintf(&text, "the edition's own facts changed: %s\n", strings.Join(d.Facts, ", "))
	}
	for _, s := range d.AddedStandards {
		fmt.Fprintf(&text, "+ standard %s %s\n", s.Number, s.Title)
	}
	for _, s := range d.DroppedStandards {
		fmt.Fprintf(&text, "- standard %s %s\n", s.Number, s.Title)
	}
	for _, c := range d.ChangedStandards {
		fmt.Fprintf(&text, "~ standard %s: %s\n", c.Name, strings.Join(c.Fields, ", "))
	}
	for _, p := range d.Added {
		fmt.Fprintf(&text, "+ %s  %s\n", p.Requirement.Key, p.Requirement.Text)
	}
	for _, p := range d.Dropped {
		fmt.Fprintf(&text, "- %s  %s\n", p.Requirement.Key, p.Requirement.Text)
	}
	for _, c := range d.Changed {
		fmt.Fprintf(&text, "~ %s\n", c.Before.Key)
		for _, field := range c.Fields {
			fmt.Fprintf(&text, "    %s: %s -> %s\n", field, fieldOf(c.Before, field), fieldOf(c.After, field))
		}
	}
	fmt.Fprintf(&text, "requirements: %d added, %d dropped, %d changed; worksheet lines: %d added, %d dropped\n",
		len(d.Added), len(d.Dropped), len(d.Changed), len(d.AddedLines), len(d.DroppedLines))
	if len(d.DroppedLines) > 0 {
		fmt.Fprintf(&text, "dropped lines: %s\n", strings.Join(d.DroppedLines, ", "))
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("catalog: diff: %w", err)
	}
	return nil
}

// fieldOf prints a requirement's field; text stands in quotes, so that an empty one shows.
func fieldOf(r *inspection.Requirement, name string) string {
	switch value := reflect.ValueOf(*r).FieldByName(name).Interface().(type) {
	case string:
		return strconv.Quote(value)
	default:
		return fmt.Sprintf("%+v", value)
	}
}

// ReportImpact prints what the revision means for the findings that are still open under the edition
// before it.
func ReportImpact(w io.Writer, i inspection.Impact) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "open findings under the edition before: %d rest on what is dropped, %d on what is changed, %d on neither; all stay bound to their own edition\n",
		len(i.Dropped), len(i.Changed), i.Untouched)
	openFindings(&text, "dropped", i.Dropped)
	openFindings(&text, "changed", i.Changed)
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("catalog: impact: %w", err)
	}
	return nil
}

func openFindings(text *bytes.Buffer, what string, findings []inspection.OpenFinding) {
	for _, f := range findings {
		fmt.Fprintf(text, "%s: finding %s (%s) at %s, corrective action %s, %s inspection %s\n", what, f.FindingID, f.Code, f.Facility, f.State, f.Origin, f.InspectionID)
	}
}
