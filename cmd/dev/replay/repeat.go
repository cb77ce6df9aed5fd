package replay

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// reported is a deficiency of an issued inspection with its repeat marks: what the report declares
// and what Plumbline derives from the inspections before.
type reported struct {
	Kind           string
	Code           string
	RepeatDeclared bool
	RepeatDerived  string // NONE, CERTAIN or PROBABLE
}

func (d reported) derived() bool {
	return d.RepeatDerived == "CERTAIN" || d.RepeatDerived == "PROBABLE"
}

// repeats sets the declared repeats of all reports beside the derived ones.
type repeats struct {
	declared, certain, probable, agreed int
	// missed are declared and not derived, extra derived and not declared, both counted by the reason.
	missed, extra map[string]int
	// seen counts the reports played so far, by facility.
	seen map[uuid.UUID]int
}

func newRepeats() *repeats {
	return &repeats{missed: map[string]int{}, extra: map[string]int{}, seen: map[uuid.UUID]int{}}
}

// add counts a report's deficiencies. Reports come in the order of their last day.
func (rs *repeats) add(r Report, place uuid.UUID, deficiencies []reported) {
	for _, d := range deficiencies {
		rs.declared += one(d.RepeatDeclared)
		rs.certain += one(d.RepeatDerived == "CERTAIN")
		rs.probable += one(d.RepeatDerived == "PROBABLE")
		switch {
		case d.RepeatDeclared && d.derived():
			rs.agreed++
		case d.RepeatDeclared:
			rs.missed[rs.whyMissed(place, d)]++
		case d.derived():
			rs.extra[whyExtra(r)]++
		}
	}
	rs.seen[place]++
}

func (rs *repeats) whyMissed(place uuid.UUID, d reported) string {
	switch {
	case rs.seen[place] == 0:
		return "no earlier report of the facility is in the file"
	case d.Code == "":
		return "the deficiency's code is not known"
	case strings.Contains(d.Code, ","):
		return "the code is a serial number or its set is not known"
	}
	return "no earlier report in the file cites that provision by a known code"
}

func whyExtra(r Report) string {
	switch {
	case r.Published.Repeat == nil:
		return "the report's number of repeats is not known"
	case r.Published.Repeat != nil && *r.Published.Repeat > MarksOf(r.Codes).Repeat:
		return "the report counts repeats without saying which"
	}
	return "an earlier report cites the same provision, and the report does not say so"
}

// lines tells the comparison.
func (rs *repeats) lines() []string {
	told := []string{fmt.Sprintf("repeats: %d declared; %d derived, %d of them probable; %d both declared and derived",
		rs.declared, rs.certain+rs.probable, rs.probable, rs.agreed)}
	for _, side := range []struct {
		what    string
		reasons map[string]int
	}{{"declared and not derived", rs.missed}, {"derived and not declared", rs.extra}} {
		for _, why := range slices.Sorted(maps.Keys(side.reasons)) {
			told = append(told, fmt.Sprintf("repeats: %s: %d: %s", side.what, side.reasons[why], why))
		}
	}
	return told
}
