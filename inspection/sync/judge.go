package sync

import (
	"math/bits"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Rules name the fields of a kind of document, in the order of its Content.
type Rules []Field

// Field is a part of a document that is compared, taken and disputed as a whole.
type Field struct {
	Name string
	// Judgement: what it says is a person's judgement. One that differs from another person's is
	// disputed also where it was written in knowledge of the other.
	Judgement bool
	// Nothing is the value of a judgement that says nothing, and contradicts nobody.
	Nothing string
	// Aside: a difference over it may stand side by side; it holds up nothing. See Rules.Blocking.
	Aside bool
}

// Silent reports whether the value is no judgement, of a field that is one.
func (f Field) Silent(value string) bool { return f.Judgement && value == f.Nothing }

// Content is what a document says, by field: texts that are equal if and only if they say the same.
type Content []string

// Fields is a set of fields, by their place in Rules.
type Fields uint64

// Has reports whether the n-th field is in the set.
func (s Fields) Has(n int) bool { return s>>n&1 == 1 }

// With returns the set with the n-th field.
func (s Fields) With(n int) Fields { return s | 1<<n }

// Count is how many fields are in the set.
func (s Fields) Count() int { return bits.OnesCount64(uint64(s)) }

// All is the set of every field.
func (r Rules) All() Fields { return 1<<len(r) - 1 }

// Names lists the fields of the set, in the order of the rules.
func (r Rules) Names(s Fields) []string {
	names := make([]string, 0, s.Count())
	for n, f := range r {
		if s.Has(n) {
			names = append(names, f.Name)
		}
	}
	return names
}

// Named is the set of the named fields; names that the rules have not are left out.
func (r Rules) Named(names []string) Fields {
	var s Fields
	for n, f := range r {
		for _, name := range names {
			if f.Name == name {
				s = s.With(n)
			}
		}
	}
	return s
}

// Blocking reports whether a dispute over the fields holds up the inspection.
func (r Rules) Blocking(s Fields) bool {
	for n, f := range r {
		if s.Has(n) && !f.Aside {
			return true
		}
	}
	return false
}

// Version is a kept version of a document.
type Version struct {
	Author   uuid.UUID
	Revision int
	Content  Content
	// Hands are whose each field is; none for kinds of documents that know no dispute.
	Hands []Hand
	// At is when it was written, as the hand of what it says anew has it.
	At time.Time
	// Device is where it was written; zero if that is not known.
	Device uuid.UUID
	// DeviceTime is the device's clock as it was stated; zero if it was not.
	DeviceTime time.Time
}

// wrote reports whether the author said the n-th field in this version. The others are as they found them:
// as others wrote them, or they themselves in an earlier version.
func (v Version) wrote(n int) bool {
	return len(v.Hands) > 0 && v.Hands[n].By == v.Author && v.Hands[n].At.Equal(v.At)
}

// Written is the moment of its author's hand in it: the one that its times come to, or, of what was adopted
// long after it came, their latest.
func (v Version) Written(computed time.Time) time.Time {
	var latest time.Time
	for _, h := range v.Hands {
		switch {
		case h.By != v.Author:
		case h.At.Equal(computed):
			return computed
		case h.At.After(latest):
			latest = h.At
		}
	}
	return latest
}

// Row is a pushed row and what it meets.
type Row struct {
	// Author is who pushes, and when it was written by the corrected clock.
	Author Hand
	// Device is where it was written; zero if that is not known.
	Device uuid.UUID
	// DeviceTime is the device's clock as stated for this writing; zero if it was not stated, or merely
	// handed back.
	DeviceTime time.Time
	// Stated are the fields that the row speaks of; the others are as they are.
	Stated Fields
	New    Content
	// Base is what the author took for the server's state when writing. Based is whether they knew it.
	Base  Content
	Based bool
	// Read: the author had the newest state before them, so that the row repeats nothing but what waits in a
	// dispute.
	Read bool
	// Master is the server's state, and Hands whose each field of it is; a zero hand is nobody's.
	Master Content
	Hands  []Hand
	// Versions are kept ones in order of revision: at least the newest by each person, the newest in which
	// each says each field, and all of the row's device time.
	Versions []Version
	// Settled is of each field the last revision that a ruling on it settled, 0 or left out if none.
	Settled []int
	// Disputed are the fields of the open dispute, none if no dispute is open; since the revision Since
	// its versions wait.
	Disputed Fields
	Since    int
}

// Outcome is what a row comes to.
type Outcome int

const (
	// Unchanged: there is nothing in it that is not there already.
	Unchanged Outcome = iota
	// Taken: what it changes becomes the master's.
	Taken
	// Contested: its version is kept, and the master stays: all that it changes waits for the ruling.
	Contested
	// Superseded: the same person wrote later what it changes too. What else it changes is taken.
	Superseded
	// Seconded: it judges as another did, in its author's own right. It is a version of theirs; the
	// master says the same already.
	Seconded
	// Agreed: with it all parties to the open dispute say the same, which becomes the master's.
	Agreed
)

// Judgement is what a row comes to, and by which of its fields.
type Judgement struct {
	Outcome Outcome
	// Said are the fields that its author says in the version that it makes.
	Said Fields
	// Changed are those of them in which the row differs from the master: with these of the row, and the
	// others of the master, it is a version.
	Changed Fields
	// Late are the fields that the author wrote later elsewhere. These words are in no version: the row is
	// to be kept, and one that was kept before is not to be judged again.
	Late Fields
	// Taken are the fields of the row that become the master's.
	Taken Fields
	// Disputed are the fields that the row disputes.
	Disputed Fields
}

// Judge decides what a row comes to. It changes nothing it is given.
func (r Rules) Judge(row Row) Judgement {
	said := r.Differ(row.New, row.Base, row.Stated)
	stands := r.rowStandings(row)
	if r.repeats(row, said) {
		return Judgement{}
	}
	said |= r.wentBack(row)
	changed := r.Differ(row.New, row.Master, said)
	seconded := r.seconds(row, said, stands)
	late := r.late(row, changed|seconded, stands)
	j := Judgement{Said: said &^ late, Changed: changed &^ late, Late: late}
	j.Disputed = r.disputes(row, j.Changed, stands)
	switch {
	case changed|seconded == 0:
		return Judgement{}
	case late == changed|seconded:
		j.Outcome = Superseded
	case late == 0 && j.Disputed&^row.Disputed == 0 && r.Blocking(row.Disputed) && r.agree(row, said, stands):
		j.Outcome, j.Taken, j.Disputed = Agreed, j.Changed, 0
	case j.Changed == 0:
		j.Outcome = Seconded
	case j.Disputed != 0:
		j.Outcome = Contested
	case r.Blocking(row.Disputed):
		j.Outcome, j.Disputed = Contested, row.Disputed // it waits for the ruling with the others
	case late != 0:
		j.Outcome, j.Taken = Superseded, j.Changed
	default:
		j.Outcome, j.Taken = Taken, j.Changed
	}
	return j
}

// wentBack finds the fields that the author changed and now changed back, on a device that never learnt
// that the change had arrived: the state is what this very device wrote in their newest version, and what
// the row rests on is older than that.
func (r Rules) wentBack(row Row) Fields {
	var back Fields
	newest := newestBy(row.Versions, row.Author.By)
	if newest == nil || row.Device == (uuid.UUID{}) || newest.Device != row.Device || row.DeviceTime.IsZero() ||
		newest.DeviceTime.IsZero() || !newest.DeviceTime.Before(row.DeviceTime) {
		return 0
	}
	for n := range r {
		if row.Stated.Has(n) && row.New[n] == row.Base[n] && row.New[n] != row.Master[n] && row.Hands[n].By == row.Author.By &&
			newest.wrote(n) && newest.Content[n] == row.Master[n] {
			back = back.With(n)
		}
	}
	return back
}

// late finds the fields that the author wrote later, and of which the row does not know: in the master, or
// on another device in a version that waits.
func (r Rules) late(row Row, among Fields, stands []Standings) Fields {
	var late Fields
	for n := range r {
		if !among.Has(n) {
			continue
		}
		moved := row.Base[n] != row.Master[n]
		if hand := row.Hands[n]; moved && hand.By == row.Author.By && row.Author.At.Before(hand.At) {
			late = late.With(n)
		}
		own, ok := stands[n].By(row.Author.By)
		if !ok || !row.Author.At.Before(own.At) {
			continue
		}
		if waits := own.Value != row.Master[n]; waits && own.Device != row.Device || !waits && moved {
			late = late.With(n)
		}
	}
	return late
}

// disputes finds the fields in which the row contradicts another person: their judgement, whether or not it
// was read before, or what they changed since. Whose version came last does not matter: adding a remark to
// another's judgement does not make it one's own to overturn.
func (r Rules) disputes(row Row, changed Fields, stands []Standings) Fields {
	var disputed Fields
	for n, f := range r {
		if !changed.Has(n) {
			continue
		}
		moved := row.Base[n] != row.Master[n]
		anothers := row.anothers(n, stands[n]) && !f.Silent(row.Master[n])
		opposed := f.Judgement && slices.ContainsFunc(stands[n], func(s Standing) bool {
			return s.By != row.Author.By && !f.Silent(s.Value) && s.Value != row.New[n]
		})
		if opposed || moved && anothers {
			disputed = disputed.With(n)
		}
	}
	return disputed
}

// anothers reports whether the n-th field is as another person wrote it, and somebody else than the author
// still stands by that, as far as it is known who stands by what.
func (row Row) anothers(n int, stands Standings) bool {
	hand := row.Hands[n].By
	if hand == (uuid.UUID{}) || hand == row.Author.By {
		return false
	}
	known := slices.ContainsFunc(row.Versions, func(v Version) bool { return len(v.Hands) > 0 })
	return !known || slices.ContainsFunc(stands, func(s Standing) bool { return s.By != row.Author.By && s.Value == row.Master[n] })
}

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

// seconds finds the fields in which the row judges as another did, in its author's own right: from then on
// it is theirs too, and the other does not change it without a dispute. A tablet that hands back what it
// was given, or does not know what it rests on, seconds nothing.
func (r Rules) seconds(row Row, said Fields, stands []Standings) Fields {
	var seconded Fields
	if row.DeviceTime.IsZero() || !row.Based {
		return 0
	}
	for n, f := range r {
		own, ok := stands[n].By(row.Author.By)
		if f.Judgement && said.Has(n) && row.New[n] == row.Master[n] && !f.Silent(row.New[n]) && (!ok || own.Value != row.New[n]) {
			seconded = seconded.With(n)
		}
	}
	return seconded
}

// agree reports whether all parties to the open dispute say the same of its fields with this row, its author
// among them: what they said before and say nothing new about they stand by. Who says nothing of a field
// is no party to it.
func (r Rules) agree(row Row, said Fields, stands []Standings) bool {
	others := false
	for n, f := range r {
		if !row.Disputed.Has(n) {
			continue
		}
		becomes := row.Master[n]
		if said.Has(n) {
			becomes = row.New[n]
		}
		for _, s := range stands[n] {
			answered := s.By == row.Author.By && said.Has(n)
			if answered || f.Silent(s.Value) {
				continue
			}
			if s.Value != becomes {
				return false
			}
			others = others || s.By != row.Author.By
		}
	}
	return others
}

// Merge returns the content of a with the given fields of b.
func (r Rules) Merge(a, b Content, fields Fields) Content {
	merged := make(Content, len(a))
	copy(merged, a)
	for n := range r {
		if fields.Has(n) {
			merged[n] = b[n]
		}
	}
	return merged
}

// Differ returns in which of the given fields two contents differ.
func (r Rules) Differ(a, b Content, among Fields) Fields {
	var differ Fields
	for n := range r {
		if among.Has(n) && a[n] != b[n] {
			differ = differ.With(n)
		}
	}
	return differ
}
