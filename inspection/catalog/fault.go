package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Fault is one mistake in an edition's data files.
type Fault struct {
	// File is the file's name within the edition's folder.
	File string
	// Line counts from 1. In a file that is not YAML it is the first line that cannot be read.
	Line   int
	Reason string
}

func (f *Fault) Error() string {
	return fmt.Sprintf("catalog: %s:%d: %s", f.File, f.Line, f.Reason)
}

// place is where in the data files something stands.
type place struct {
	file string
	line int
}

func (l *loader) fault(at place, format string, args ...any) {
	l.faults = append(l.faults, &Fault{File: at.file, Line: at.line, Reason: fmt.Sprintf(format, args...)})
}

// mostFaults is how many faults one error lists. A file that is wrong throughout is wrong in one way.
const mostFaults = 100

// joined is all faults as one error: edition.yaml first, then the files in the order in which a fault
// was first met, lines ascending. Of a great many only the first are listed, and the last says so.
func (l *loader) joined() error {
	rank := map[string]int{l.main: 0}
	for _, f := range l.faults {
		if _, known := rank[f.File]; !known {
			rank[f.File] = len(rank)
		}
	}
	slices.SortStableFunc(l.faults, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(rank[a.File], rank[b.File]), cmp.Compare(a.Line, b.Line))
	})
	if more := len(l.faults) - mostFaults; more > 0 {
		last := l.faults[mostFaults-1]
		l.faults = append(l.faults[:mostFaults], &Fault{File: last.File, Line: last.Line, Reason: fmt.Sprintf("and %d more mistakes from here on", more)})
	}
	errs := make([]error, len(l.faults))
	for i, f := range l.faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}
