package sync

import (
	"slices"

	"github.com/google/uuid"
)

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
// the row rests on is older than that. What was ever ruled on nobody goes back on unread.
func (r Rules) wentBack(row Row) Fields {
	var back Fields
	newest := newestBy(row.Versions, row.Author.By)
	if newest == nil || row.Device == (uuid.UUID{}) || newest.Device != row.Device || row.DeviceTime.IsZero() ||
		newest.DeviceTime.IsZero() || !newest.DeviceTime.Before(row.DeviceTime) {
		return 0
	}
	for n := range r {
		if row.Stated.Has(n) && row.New[n] == row.Base[n] && row.New[n] != row.Master[n] && row.Hands[n].By == row.Author.By &&
			newest.wrote(n) && newest.Content[n] == row.Master[n] && !row.ruledOn(n) {
			back = back.With(n)
		}
	}
	return back
}

// ruledOn reports whether there ever was a ruling on the n-th field.
func (row Row) ruledOn(n int) bool { return n < len(row.Settled) && row.Settled[n] > 0 }

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
