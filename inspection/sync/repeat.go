package sync

import (
	"slices"

	"github.com/google/uuid"
)

// newestBy is the newest of an author's versions, nil if there is none.
func newestBy(versions []Version, author uuid.UUID) *Version {
	for n := range slices.Backward(versions) {
		if versions[n].Author == author {
			return &versions[n]
		}
	}
	return nil
}

// repeats reports whether the row is a version of its author's sent again, by a tablet that got no
// answer or a network that delivered twice. Content alone does not say so: a person may come back to
// what they said before. The same words of the same moment do, whatever the state has come to and
// however wrong the clock is; if they are another's they are handed back, by an app that ended between
// storing what it pulled and noting that it did. A row that states no moment repeats the author's newest
// version if what it rests on is no longer the state, or if a ruling has settled it.
func (r Rules) repeats(row Row, said Fields) bool {
	blocked := r.Blocking(row.Disputed)
	known := func(v Version) bool { return !row.Read || blocked && v.Revision >= row.Since }
	if !row.DeviceTime.IsZero() {
		return slices.ContainsFunc(row.Versions, func(v Version) bool {
			return known(v) && v.DeviceTime.Equal(row.DeviceTime) && r.repeatsVersion(row, said, v)
		})
	}
	v := newestBy(row.Versions, row.Author.By)
	if v == nil || !known(*v) || r.Differ(v.Content, row.New, said) != 0 {
		return false
	}
	moved := r.Differ(row.Base, row.Master, r.Differ(row.New, row.Master, said))
	return moved != 0 || blocked || row.ruled(v.Revision, said)
}

// repeatsVersion reports whether the row says what the version says.
func (r Rules) repeatsVersion(row Row, said Fields, v Version) bool {
	if v.Author != row.Author.By || len(v.Hands) == 0 {
		return r.Differ(v.Content, row.New, said) == 0
	}
	wrote := row.Stated & r.fields(v.wrote)
	if said&wrote != 0 {
		wrote &= said
	} // else it may be one that went back, which says nothing by itself
	return wrote != 0 && r.Differ(v.Content, row.New, said|wrote) == 0
}

// fields are those for which something holds.
func (r Rules) fields(holds func(n int) bool) Fields {
	var some Fields
	for n := range r {
		if holds(n) {
			some = some.With(n)
		}
	}
	return some
}

// ruled reports whether a ruling settled one of the fields after the revision.
func (row Row) ruled(revision int, fields Fields) bool {
	for n := range row.Settled {
		if fields.Has(n) && revision <= row.Settled[n] {
			return true
		}
	}
	return false
}
