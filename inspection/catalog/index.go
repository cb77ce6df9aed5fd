package catalog

import "plumbline/inspection"

// Index finds the things of one edition by the names people use for them. It holds pointers into
// the edition, which must not change while the Index is in use; it may be shared by goroutines.
type Index struct {
	set          string
	standards    map[string]*inspection.Standard
	codes        map[string]*inspection.Standard
	requirements map[string]*inspection.Requirement
	owners       map[string]*inspection.Standard
	lines        map[string][]*inspection.Requirement
}

// NewIndex indexes an edition that Load returned or that was stored from one.
func NewIndex(e *inspection.Edition) *Index {
	x := &Index{
		set:          e.Set,
		standards:    map[string]*inspection.Standard{},
		codes:        map[string]*inspection.Standard{},
		requirements: map[string]*inspection.Requirement{},
		owners:       map[string]*inspection.Standard{},
		lines:        map[string][]*inspection.Requirement{},
	}
	standards := e.Standards()
	for _, s := range standards {
		x.addStandard(s)
	}
	// Lines name codes of any standard, so all codes come first.
	for _, s := range standards {
		x.addRequirements(s)
	}
	return x
}

func (x *Index) addStandard(s *inspection.Standard) {
	x.standards[s.Number] = s
	if s.Code == "" {
		return
	}
	x.codes[s.Code] = s
	for _, variant := range s.CodeVariants {
		x.codes[variant] = s
	}
}

func (x *Index) addRequirements(s *inspection.Standard) {
	for i := range s.Requirements {
		r := &s.Requirements[i]
		x.requirements[r.Key] = r
		x.owners[r.Key] = s
		for _, line := range r.Lines {
			code := x.canonicalOr(line)
			x.lines[code] = append(x.lines[code], r)
		}
	}
}

// Standard returns the standard with a number, e.g. "4.3".
func (x *Index) Standard(number string) (*inspection.Standard, bool) {
	s, ok := x.standards[number]
	return s, ok
}

// StandardByCode returns the standard with a code or code variant: "EHS" and "EH&S" are both 1.2.
func (x *Index) StandardByCode(code string) (*inspection.Standard, bool) {
	s, ok := x.codes[code]
	return s, ok
}

// StandardByLine returns the standard on whose worksheet a line stands, by the line's code alone;
// the line itself need not be known.
func (x *Index) StandardByLine(line string) (*inspection.Standard, bool) {
	prefix, _, ok := splitLine(line)
	if !ok {
		return nil, false
	}
	return x.StandardByCode(prefix)
}

// Requirement returns the requirement with a key, e.g. "4.3-V.M-20".
func (x *Index) Requirement(key string) (*inspection.Requirement, bool) {
	r, ok := x.requirements[key]
	return r, ok
}

// StandardOf returns the standard to which the requirement with a key belongs.
func (x *Index) StandardOf(key string) (*inspection.Standard, bool) {
	s, ok := x.owners[key]
	return s, ok
}

// CanonicalLine returns a worksheet line code with its standard's own code: "EHS-1" for "EH&S-1".
// It returns false if no standard of the edition has such a code.
func (x *Index) CanonicalLine(line string) (string, bool) {
	prefix, number, ok := splitLine(line)
	if !ok {
		return "", false
	}
	s, ok := x.codes[prefix]
	if !ok {
		return "", false
	}
	return s.Code + "-" + number, true
}

func (x *Index) canonicalOr(line string) string {
	if code, ok := x.CanonicalLine(line); ok {
		return code
	}
	return line
}

// RequirementsByLine returns the requirements that rest on a worksheet line, in the edition's order,
// whichever variant of the standard's code the line is written with; none if the line is not known.
// Some lines belong to requirements of several standards. The caller must not change the slice.
func (x *Index) RequirementsByLine(line string) []*inspection.Requirement {
	return x.lines[x.canonicalOr(line)]
}
