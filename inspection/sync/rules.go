package sync

import "math/bits"

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
