package sync

import "github.com/google/uuid"

// Hands are, in the order of the rules, whose each field is. Of documents from before that was kept all
// is the given hand's.
func (r Rules) Hands(known Hands, otherwise Hand) []Hand {
	hands := make([]Hand, len(r))
	for n, f := range r {
		hands[n] = known[f.Name]
		if len(known) == 0 {
			hands[n] = otherwise
		}
	}
	return hands
}

// Written returns whose each field is after one hand wrote some of them.
func (r Rules) Written(before []Hand, by Hand, some Fields) Hands {
	after := make(Hands, len(r))
	for n, h := range before {
		if some.Has(n) {
			h = by
		}
		if h.By != (uuid.UUID{}) {
			after[r[n].Name] = h
		}
	}
	return after
}

// OthersSince reports whether anybody but the row's author changed a field since its base.
func (r Rules) OthersSince(row Row) bool {
	for n := range r {
		if row.Base[n] != row.Master[n] && row.Hands[n].By != row.Author.By && row.Hands[n].By != (uuid.UUID{}) {
			return true
		}
	}
	return false
}
