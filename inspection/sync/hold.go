package sync

// Held returns what the author of a next version stands by from the one before: what they said there and say
// nothing new about, where nobody has ruled since and it is the same still. Who adds a remark to an item
// does not give up their judgement of it. Where the content says otherwise that is so only of what is in
// dispute, for a version that waits for the ruling.
func (r Rules) Held(before Version, content Content, said, disputed Fields, settled []int) Fields {
	var held Fields
	for n := range r {
		if !before.Said.Has(n) || said.Has(n) || n < len(settled) && before.Revision <= settled[n] {
			continue
		}
		if before.Content[n] == content[n] || disputed.Has(n) {
			held = held.With(n)
		}
	}
	return held
}

// seconds reports whether the row judges as another did, in its author's own right: from then on it is theirs
// too, and is not changed by the other without a dispute. A tablet that hands back what it was given, or
// does not know what it rests on, seconds nothing.
func (r Rules) seconds(row Row, said Fields) bool {
	if row.DeviceTime.IsZero() || !row.Based {
		return false
	}
	for n, f := range r {
		if f.Judgement && said.Has(n) && row.New[n] != f.Nothing && row.Hands[n].By != row.Author.By && !row.standsBy(n) {
			return true
		}
	}
	return false
}

// standsBy reports whether the author says the same of a field already.
func (row Row) standsBy(n int) bool {
	newest := newestBy(row.Own, row.Author.By)
	for _, v := range row.Own {
		if v.Revision == newest && v.Said.Has(n) && v.Content[n] == row.New[n] && v.Revision > row.settled(n) {
			return true
		}
	}
	return false
}
