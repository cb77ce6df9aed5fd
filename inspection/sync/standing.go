package sync

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Standing is what a person stands by in a field: what they last said of it.
type Standing struct {
	By uuid.UUID
	// Revision is that of the version in which they last said it.
	Revision int
	Value    string
	At       time.Time
	Device   uuid.UUID
}

// Standings are what each person stands by in one field.
type Standings []Standing

// By is what one person stands by.
func (s Standings) By(person uuid.UUID) (Standing, bool) {
	n := slices.IndexFunc(s, func(one Standing) bool { return one.By == person })
	if n < 0 {
		return Standing{}, false
	}
	return s[n], true
}

// Question is a field on which people may stand differently.
type Question struct {
	Field  Field
	Master string
	// Settled is the last revision that a ruling on it settled, 0 if none; Since the revision since which
	// versions wait in an open dispute over it, 0 if there is none.
	Settled, Since int
}

// Standings folds versions, in order of revision, into what each person stands by in their n-th field. Who
// goes on with something else gives nothing up. What says the same as the master always counts; what says
// otherwise does not if a ruling settled it, nor, if it is no judgement, if it waits in no dispute: then
// another has overwritten it in knowledge of it.
func (q Question) Standings(n int, versions []Version) Standings {
	var stands Standings
	for _, v := range versions {
		if !v.wrote(n) {
			continue
		}
		s := Standing{By: v.Author, Revision: v.Revision, Value: v.Content[n], At: v.Hands[n].At, Device: v.Device}
		if at := slices.IndexFunc(stands, func(one Standing) bool { return one.By == v.Author }); at >= 0 {
			stands[at] = s
		} else {
			stands = append(stands, s)
		}
	}
	return slices.DeleteFunc(stands, func(s Standing) bool { return !q.counts(s) })
}

func (q Question) counts(s Standing) bool {
	switch {
	case s.Value == q.Master:
		return true
	case s.Revision <= q.Settled:
		return false
	}
	return q.Field.Judgement || q.Since > 0 && s.Revision >= q.Since
}

// rowStandings are what each person stands by, field by field, when the row comes.
func (r Rules) rowStandings(row Row) []Standings {
	stands := make([]Standings, len(r))
	for n, f := range r {
		q := Question{Field: f, Master: row.Master[n]}
		if n < len(row.Settled) {
			q.Settled = row.Settled[n]
		}
		if row.Disputed.Has(n) {
			q.Since = row.Since
		}
		stands[n] = q.Standings(n, row.Versions)
	}
	return stands
}
