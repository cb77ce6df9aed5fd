package scoring

import (
	"fmt"
	"strings"
)

// Length says whether a standards set has few lines or many, which decides how many deficiencies are many.
type Length string

const (
	// LengthUnknown: the set is not stated, or sets of both lengths are in force.
	LengthUnknown Length = ""
	// Short: the NDS and its like.
	Short Length = "SHORT"
	// Long: PBNDS and the family residential standards.
	Long Length = "LONG"
)

// Figures are what odo-bands rates. Nil is unknown, which is never the same as zero.
type Figures struct {
	Length Length `json:"length"`
	// StandardsReviewed is how many standards were looked at, DeficientStandards how many of them
	// have a deficiency.
	StandardsReviewed  *int `json:"standardsReviewed"`
	DeficientStandards *int `json:"deficientStandards"`
	Deficiencies       *int `json:"deficiencies"`
	// Priority and Repeats are how many of the deficiencies are of a priority component and repeats.
	Priority *int `json:"priority"`
	Repeats  *int `json:"repeats"`
}

// LengthKnown is the length, nil if it is unknown.
func (f Figures) LengthKnown() *Length {
	if f.Length == LengthUnknown {
		return nil
	}
	return &f.Length
}

// check refuses figures that contradict each other.
func (f Figures) check() error {
	for _, c := range []struct {
		part, whole         *int
		partName, wholeName string
	}{
		{f.DeficientStandards, f.StandardsReviewed, "deficient standards", "standards reviewed"},
		{f.DeficientStandards, f.Deficiencies, "deficient standards", "deficiencies"},
		{f.Priority, f.Deficiencies, "priority deficiencies", "deficiencies"},
		{f.Repeats, f.Deficiencies, "repeats", "deficiencies"},
	} {
		switch {
		case c.part != nil && *c.part < 0 || c.whole != nil && *c.whole < 0:
			return fmt.Errorf("a negative number of %s or %s", c.partName, c.wholeName)
		case c.part != nil && c.whole != nil && *c.part > *c.whole:
			return fmt.Errorf("%d %s of %d %s", *c.part, c.partName, *c.whole, c.wholeName)
		}
	}
	switch f.Length {
	case LengthUnknown, Short, Long:
		return nil
	}
	return fmt.Errorf("unknown length %q", f.Length)
}

// unknown names the figures that are not known.
func (f Figures) unknown() []string {
	var names []string
	for _, c := range []struct {
		figure *int
		name   string
	}{
		{f.Deficiencies, "deficiencies"}, {f.DeficientStandards, "deficient standards"}, {f.StandardsReviewed, "standards reviewed"},
		{f.Priority, "priority deficiencies"}, {f.Repeats, "repeats"},
	} {
		if c.figure == nil {
			names = append(names, c.name)
		}
	}
	return names
}

// least is the smallest number of deficiencies that the figures allow, and false if they say nothing
// of it at all.
func (f Figures) least() (int, bool) {
	if f.Deficiencies != nil {
		return *f.Deficiencies, true
	}
	least, any := 0, false
	for _, part := range []*int{f.DeficientStandards, f.Priority, f.Repeats} {
		if part != nil {
			least, any = max(least, *part), true
		}
	}
	return least, any
}

// orNone is the figure, zero if it is unknown: whoever calls it says so beside.
func orNone(figure *int) int {
	if figure == nil {
		return 0
	}
	return *figure
}

// LengthOf tells the length of standards sets by the words of their names or keys, as the policy's
// data has them: "PBNDS 2011 (Rev. 2016)" and "pbnds-2011-r2016" are long, "NDS 2019" is short.
func (p ODOBands) LengthOf(sets ...string) Length {
	length := LengthUnknown
	for _, set := range sets {
		own := p.lengthOf(set)
		if own == LengthUnknown || length != LengthUnknown && own != length {
			return LengthUnknown
		}
		length = own
	}
	return length
}

func (p ODOBands) lengthOf(set string) Length {
	length := LengthUnknown
	words := strings.FieldsFunc(strings.ToUpper(set), func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
	for _, word := range words {
		for _, l := range p.Lengths {
			switch {
			case l.Word != word:
			case length != LengthUnknown && length != l.Length:
				return LengthUnknown // both lengths in one name: a mixed visit
			default:
				length = l.Length
			}
		}
	}
	return length
}

// figuresOf counts an inspection's deficiencies: those recorded, and one for each answer
// DOES_NOT_MEET on which none was recorded. A standard was reviewed if one of its components was, were it
// only to find it not applicable: excluding components must not change the share that is deficient.
func (p ODOBands) figuresOf(in Input) (Figures, map[string]Found) {
	found := map[string]Found{}
	reviewed := map[string]bool{}
	for _, item := range in.Items {
		found[item.Standard] = found[item.Standard].Plus(item.counts())
		if item.Rating != NotReviewed {
			reviewed[item.Standard] = true
		}
	}
	for _, s := range in.Standards {
		found[s.Standard] = found[s.Standard].Plus(s.Found)
	}
	total, deficient := Found{}, 0
	for standard, f := range found {
		total = total.Plus(f)
		if f.Deficiencies > 0 {
			deficient++
			reviewed[standard] = true
		}
	}
	standards := len(reviewed)
	return Figures{Length: p.LengthOf(in.Sets...), StandardsReviewed: &standards, DeficientStandards: &deficient,
		Deficiencies: &total.Deficiencies, Priority: &total.Priority, Repeats: &total.Repeats}, found
}
