package catalog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"plumbline/inspection"
)

// order sorts parts, standards and requirements by their numbers.
func order(e *inspection.Edition) {
	slices.SortStableFunc(e.Parts, func(a, b inspection.Part) int { return cmp.Compare(a.Number, b.Number) })
	for p := range e.Parts {
		standards := e.Parts[p].Standards
		slices.SortStableFunc(standards, func(a, b inspection.Standard) int { return compareNumbers(a.Number, b.Number) })
		for s := range standards {
			slices.SortStableFunc(standards[s].Requirements, compareRequirements)
		}
	}
}

// compareNumbers orders standards as their numbers count: 2.9 before 2.10.
func compareNumbers(a, b string) int {
	partA, withinA, _ := strings.Cut(a, ".")
	partB, withinB, _ := strings.Cut(b, ".")
	return cmp.Or(cmp.Compare(wholeOf(partA), wholeOf(partB)), cmp.Compare(wholeOf(withinA), wholeOf(withinB)))
}

// compareRequirements orders by serial number, and requirements that are known by a worksheet line
// alone after all others, by that line.
func compareRequirements(a, b inspection.Requirement) int {
	lineA, lineB := isLineKey(a.Key), isLineKey(b.Key)
	switch {
	case lineA != lineB && lineA:
		return 1
	case lineA != lineB:
		return -1
	case lineA:
		prefixA, _, _ := splitLine(a.Key)
		prefixB, _, _ := splitLine(b.Key)
		return cmp.Or(cmp.Compare(prefixA, prefixB), cmp.Compare(serialOf(a.Key), serialOf(b.Key)))
	}
	return cmp.Compare(serialOf(a.Key), serialOf(b.Key))
}

// isLineKey reports whether a requirement's key is the code of the worksheet line it was built from.
// The other keys begin with the number of a standard.
func isLineKey(key string) bool {
	_, _, ok := splitLine(key)
	return ok && (key[0] < '0' || key[0] > '9')
}

func serialOf(key string) int {
	return wholeOf(key[strings.LastIndexByte(key, '-')+1:])
}

// wholeOf reads a number whose form was checked before; anything else sorts first.
func wholeOf(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// trace gives the requirements of the crosswalk's own set themselves as lineage.
func trace(e *inspection.Edition) {
	if e.Set != inspection.CrosswalkSet {
		return
	}
	for _, s := range e.Standards() {
		for r := range s.Requirements {
			s.Requirements[r].Lineage = s.Requirements[r].Key
		}
	}
}
