package replay

import (
	"regexp"
	"strings"
)

// standardsSet is a standards set as reports print it.
type standardsSet struct {
	// edition is the key of the standards set; reports are bound to its newest version.
	edition string
	// lines is true if worksheet lines of the set are known, so that a code may name one.
	lines bool
}

// notStated is the edition of what a report does not tell.
const notStated = "not-stated"

// setOf returns the set that a text prints; false for a text that names none.
func setOf(printed string) (standardsSet, bool) {
	switch strings.ToUpper(strings.Join(strings.Fields(printed), " ")) {
	case "PBNDS 2011 (REV. 2016)":
		return standardsSet{"pbnds-2011-r2016", true}, true
	case "PBNDS 2011 (2013 ERRATA)":
		return standardsSet{"pbnds-2011-e2013", true}, true
	case "PBNDS 2011":
		return standardsSet{"pbnds-2011", true}, true
	case "PBNDS 2008":
		return standardsSet{"pbnds-2008", true}, true
	case "NDS 2019":
		return standardsSet{"nds-2019", true}, true
	case "FRS 2020", "FRS":
		return standardsSet{"frs-2020", true}, true
	case "NDS 2000":
		return standardsSet{"nds-2000", false}, true
	case "NDS 2025":
		return standardsSet{"nds-2025", false}, true
	case "FPBDS", "FPBDS (MAY 2025)":
		return standardsSet{"fpbds", false}, true
	case "NDS (EDITION NOT STATED)":
		return standardsSet{"nds", false}, true
	case "UNKNOWN", "":
		return standardsSet{notStated, false}, true
	}
	return standardsSet{}, false
}

// mixedSets recognises "22 PBNDS 2008 standards and 1 PBNDS 2011 (2013 Errata) standard".
var mixedSets = regexp.MustCompile(`^\d+ (.+?) standards? and \d+ (.+?) standards?$`)

// setsOf returns the sets that a report was made under: one, or those of a mixed visit in the order
// of the text. It returns nil for a text that names a set nobody knows.
//
// Which standard of a mixed visit was checked by which set is not published. So its deficiencies rest
// on notStated, the last of the sets returned, and the others are in scope beside it.
func setsOf(printed string) []standardsSet {
	if set, known := setOf(printed); known {
		return []standardsSet{set}
	}
	parts := mixedSets.FindStringSubmatch(printed)
	if parts == nil {
		return nil
	}
	var sets []standardsSet
	for _, part := range parts[1:] {
		set, known := setOf(part)
		if !known {
			return nil
		}
		sets = append(sets, set)
	}
	return append(sets, standardsSet{edition: notStated})
}
