package sync

import (
	"time"

	"github.com/google/uuid"
)

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
