package replay

import (
	"slices"

	"github.com/google/uuid"
)

// edition is a stored edition that reports are bound to.
type edition struct {
	id        uuid.UUID
	standards []standard
}

// standard finds a standard by its abbreviation; nil if the key is no standard.
func (e edition) standard(key string) *standard {
	for n := range e.standards {
		if st := &e.standards[n]; st.answersTo(Abbreviation(key)) {
			return st
		}
	}
	return nil
}

// codeOf is the code of the standard that a key names; the key itself if it names none.
func (e edition) codeOf(key string) string {
	if st := e.standard(key); st != nil {
		return st.Code
	}
	return key
}

func (st standard) answersTo(abbreviation string) bool {
	return st.Code != "" && slices.ContainsFunc(append([]string{st.Code}, st.CodeVariants...), func(code string) bool {
		return Abbreviation(code) == abbreviation
	})
}

// Reasons and remarks of a reconstruction.
const (
	notNamed      = "not named in the report"
	noneReported  = "no deficiency published"
	unknownPlace  = "the report names a deficiency of this standard without the requirement that it concerns"
	sharedLine    = "the report names a line as deficient that belongs to this requirement and another"
	reportedUnder = "the published report names a deficiency of this requirement"
)

// rating is the answer that a report supports on one requirement.
type rating struct{ rating, reason, remarks string }

func (r rating) methods() []string {
	if r.rating == "MEETS" || r.rating == "DOES_NOT_MEET" {
		return []string{"DOCUMENT"}
	}
	return nil
}

// rater answers requirements from the findings of one inspection.
type rater struct {
	named    map[uuid.UUID]bool // standards with a deficiency
	loose    map[uuid.UUID]bool // standards with a deficiency that rests on no known line
	breached map[uuid.UUID]bool // requirements that a deficiency rests on
	shared   map[uuid.UUID]bool // requirements of a line that belongs to several
}

func newRater(e edition, findings []finding) rater {
	r := rater{map[uuid.UUID]bool{}, map[uuid.UUID]bool{}, map[uuid.UUID]bool{}, map[uuid.UUID]bool{}}
	for _, f := range findings {
		if f.StandardID == nil || f.RemovedAt != nil {
			continue
		}
		r.named[*f.StandardID] = true
		switch {
		case f.RequirementID != nil:
			r.breached[*f.RequirementID] = true
		case f.LineID != nil:
			for _, id := range e.onLine(*f.StandardID, f.Code) {
				r.shared[id] = true
			}
		default:
			r.loose[*f.StandardID] = true
		}
	}
	return r
}

// onLine lists the requirements of a standard that a line belongs to.
func (e edition) onLine(standard uuid.UUID, line string) []uuid.UUID {
	var ids []uuid.UUID
	for _, st := range e.standards {
		if st.ID != standard {
			continue
		}
		for _, req := range st.Requirements {
			if slices.Contains(req.Lines, line) {
				ids = append(ids, req.ID)
			}
		}
	}
	return ids
}

// rate answers one requirement. Where a deficiency's requirement is unknown, none of the standard's
// is called met: it may be the one.
func (r rater) rate(standard, requirement uuid.UUID) rating {
	switch {
	case !r.named[standard]:
		return rating{rating: "NOT_REVIEWED", reason: notNamed}
	case r.breached[requirement]:
		return rating{rating: "DOES_NOT_MEET", remarks: reportedUnder}
	case r.shared[requirement]:
		return rating{rating: "UNDETERMINED", reason: sharedLine}
	case r.loose[standard]:
		return rating{rating: "UNDETERMINED", reason: unknownPlace}
	}
	return rating{rating: "MEETS", remarks: noneReported}
}
