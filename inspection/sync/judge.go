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
	// Aside: a difference over it may stand side by side; it holds up nothing. See Judgement.Open.
	Aside bool
}

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
	// Said are the fields that the author stands by; the others are as they found them, and no judgement
	// of theirs.
	Said Fields
	// Held are those of Said that the author wrote in an earlier version.
	Held Fields
	// Device is where it was written; zero if that is not known.
	Device uuid.UUID
	// DeviceTime is the device's clock as it was stated; zero if it was not.
	DeviceTime time.Time
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
	// Master is the server's state, and Hands whose each field of it is; a zero hand is nobody's.
	Master Content
	Hands  []Hand
	// Own are the author's kept versions that the row may repeat: the newest, and those of the same
	// device time.
	Own []Version
	// Others are the newest versions of each other person, and Before those of theirs, of the same device
	// time, that the row may hand back.
	Others, Before []Version
	// Settled is of each field the last revision that a ruling on it settled, 0 or left out if none: what
	// was ruled on opposes no more.
	Settled []int
	// Disputed are the fields of the open dispute, none if no dispute is open.
	Disputed Fields
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
	// Said are the fields in which the row differs from its base: what its author wrote.
	Said Fields
	// Changed are the fields in which the row differs from its base and from the master: with these of
	// the row, and the others of the master, it is a version.
	Changed Fields
	// Taken are the fields of the row that become the master's.
	Taken Fields
	// Disputed are the fields that the row disputes.
	Disputed Fields
	// Against is the lowest revision that the row contradicts; 0 if it is not Contested.
	Against int
}

// Judge decides what a row comes to. It changes nothing it is given.
func (r Rules) Judge(row Row) Judgement {
	var j Judgement
	var moved Fields
	for n := range r {
		if !row.Stated.Has(n) || row.New[n] == row.Base[n] && !row.wentBack(n) {
			continue
		}
		j.Said = j.Said.With(n)
		if row.New[n] != row.Master[n] {
			j.Changed = j.Changed.With(n)
			if row.Base[n] != row.Master[n] {
				moved = moved.With(n)
			}
		}
	}
	blocked := r.Blocking(row.Disputed)
	switch {
	case j.Said == 0 || r.repeats(row, j, moved, blocked):
		return Judgement{}
	case j.Changed == 0 && r.seconds(row, j.Said):
		return Judgement{Outcome: Seconded, Said: j.Said}
	case j.Changed == 0:
		return Judgement{}
	}
	superseded := r.contest(row, moved, &j)
	switch {
	case blocked && j.Disputed&^row.Disputed == 0 && r.agree(row, j):
		return Judgement{Outcome: Agreed, Said: j.Said, Changed: j.Changed, Taken: j.Changed}
	case blocked && j.Disputed == 0:
		j.Disputed, j.Outcome = row.Disputed, Contested // it waits for the ruling with the others
	case j.Disputed != 0:
		j.Outcome = Contested
	case superseded != 0:
		j.Outcome, j.Taken = Superseded, j.Changed&^superseded
	default:
		j.Outcome, j.Taken = Taken, j.Changed
	}
	return j
}

// wentBack reports whether the author changed a field and now changed it back, on a device that never
// learnt that the change had arrived: the state is what this very device wrote earlier, and what the row
// rests on is older than that.
func (row Row) wentBack(n int) bool {
	if row.Device == (uuid.UUID{}) || row.DeviceTime.IsZero() || row.New[n] == row.Master[n] || row.Hands[n].By != row.Author.By {
		return false
	}
	newest := newestBy(row.Own, row.Author.By)
	for _, v := range row.Own {
		if v.Revision == newest && v.Device == row.Device && v.Said.Has(n) && !v.Held.Has(n) && v.Content[n] == row.Master[n] &&
			!v.DeviceTime.IsZero() && v.DeviceTime.Before(row.DeviceTime) {
			return true
		}
	}
	return false
}

// contest finds the fields that the row disputes, and those that its author wrote later.
func (r Rules) contest(row Row, moved Fields, j *Judgement) (superseded Fields) {
	for n, f := range r {
		if !j.Changed.Has(n) {
			continue
		}
		if f.Judgement {
			if against := opposed(row, n, f.Nothing); against != 0 {
				j.dispute(n, against)
				continue
			}
		}
		hand := row.Hands[n]
		switch {
		case !moved.Has(n), hand.By == uuid.UUID{}, f.Judgement && row.Master[n] == f.Nothing:
		case hand.By != row.Author.By:
			j.dispute(n, newestBy(row.Others, hand.By))
		case row.Author.At.Before(hand.At):
			superseded = superseded.With(n)
		}
	}
	return superseded
}

func (j *Judgement) dispute(n, against int) {
	j.Disputed = j.Disputed.With(n)
	if j.Against == 0 || against != 0 && against < j.Against {
		j.Against = against
	}
}

// opposed returns the first revision in which another person judged differently, 0 if nobody did. Whose
// version came last does not matter: adding a remark to another's judgement does not make it one's own
// to overturn.
func opposed(row Row, n int, nothing string) int {
	first := 0
	for _, other := range row.Others {
		if other.Said.Has(n) && other.Revision > row.settled(n) && other.Content[n] != nothing && other.Content[n] != row.New[n] &&
			(first == 0 || other.Revision < first) {
			first = other.Revision
		}
	}
	return first
}

// settled is the last revision that a ruling on the n-th field settled.
func (row Row) settled(n int) int {
	if n < len(row.Settled) {
		return row.Settled[n]
	}
	return 0
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

func newestBy(versions []Version, author uuid.UUID) int {
	newest := 0
	for _, v := range versions {
		if v.Author == author {
			newest = max(newest, v.Revision)
		}
	}
	return newest
}

// repeats reports whether the row is a version of its author's sent again, by a tablet that got no
// answer or a network that delivered twice. Content alone does not say so: a person may come back to
// what they said before. The same words of the same moment do, whatever the state has come to and
// however wrong the clock is; if they are another's they are handed back, by an app that ended between
// storing what it pulled and noting that it did. A row that states no moment repeats the author's newest
// version if what it rests on is no longer the state, or if a ruling has settled it.
func (r Rules) repeats(row Row, j Judgement, moved Fields, blocked bool) bool {
	newest := newestBy(row.Own, row.Author.By)
	repeated := func(v Version) bool { return r.Differ(v.Content, row.New, j.Said) == 0 }
	if !row.DeviceTime.IsZero() {
		same := func(v Version) bool { return v.DeviceTime.Equal(row.DeviceTime) && repeated(v) }
		return slices.ContainsFunc(row.Own, same) || slices.ContainsFunc(row.Others, same) || slices.ContainsFunc(row.Before, same)
	}
	for _, v := range row.Own {
		if v.Revision == newest && repeated(v) && (blocked || moved != 0 || row.ruled(v.Revision, j.Said)) {
			return true
		}
	}
	return false
}

// agree reports whether all parties to the open dispute say the same of its fields with this row, its author
// among them: what they said before and say nothing new about they stand by.
func (r Rules) agree(row Row, j Judgement) bool {
	changed, parties := j.Changed, 0
	newest := newestBy(row.Own, row.Author.By)
	for _, own := range row.Own {
		still := row.Disputed &^ j.Said & own.Said
		for n := range r {
			if own.Revision == newest && own.Revision > row.settled(n) && still.Has(n) && own.Content[n] != row.Master[n] {
				return false
			}
		}
	}
	for _, other := range row.Others {
		party := false
		for n, f := range r {
			said := row.Master[n]
			if changed.Has(n) {
				said = row.New[n]
			}
			silent := !other.Said.Has(n) || other.Revision <= row.settled(n) || f.Judgement && other.Content[n] == f.Nothing
			if !row.Disputed.Has(n) || silent {
				continue
			}
			if other.Content[n] != said {
				return false
			}
			party = true
		}
		if party {
			parties++
		}
	}
	return parties > 0 && changed&row.Disputed != 0
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
