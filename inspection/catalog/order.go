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
			slices.SortStableFunc(standards[s].Requirements, func(a, b inspection.Requirement) int {
				return cmp.Compare(serialOf(a.Key), serialOf(b.Key))
			})
		}
	}
}

// compareNumbers orders standards as their numbers count: 2.9 before 2.10.
func compareNumbers(a, b string) int {
	partA, withinA, _ := strings.Cut(a, ".")
	partB, withinB, _ := strings.Cut(b, ".")
	return cmp.Or(cmp.Compare(wholeOf(partA), wholeOf(partB)), cmp.Compare(wholeOf(withinA), wholeOf(withinB)))
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

// identify gives every object its derived id, the same in every installation.
func identify(e *inspection.Edition) {
	e.ID = inspection.EditionID(e.Key)
	for _, s := range e.Standards() {
		s.ID = inspection.StandardID(e.ID, s.Number)
		for r := range s.Requirements {
			s.Requirements[r].ID = inspection.RequirementID(e.ID, s.Requirements[r].Key)
		}
	}
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
