package replay

import "fmt"

// Tally is what Plumbline derives of an inspection's findings.
type Tally struct {
	Deficiencies       int
	DeficientStandards int
	ByStandard         []StandardTally
	PriorityDeclared   int
	RepeatDeclared     int
	CorrectedOnSite    int
}

// StandardTally is how many deficiencies Plumbline counts on a standard, by its code or the report's
// own key.
type StandardTally struct {
	Standard     string
	Deficiencies int
}

// Compare lists how what was derived differs from what was published; nil if nothing does. What the
// report does not give is not compared, nor is a count that the marks of its codes do not add up to.
// codeOf gives the code under which a standard is counted that the report prints in another form.
func Compare(r Report, derived Tally, codeOf func(printed string) string) []string {
	c := comparison{codeOf: codeOf}
	marks := MarksOf(r.Codes)
	c.count("deficiencies", r.Published.Deficiencies, derived.Deficiencies)
	c.count("deficient standards", r.Published.DeficientStandards, derived.DeficientStandards)
	if r.Counts != nil {
		c.standards(r.Counts, derived.ByStandard)
	}
	c.marked("priority", r.Published.Priority, marks.Priority, derived.PriorityDeclared)
	c.marked("repeat", r.Published.Repeat, marks.Repeat, derived.RepeatDeclared)
	c.marked("corrected on site", r.Published.Corrected, marks.Corrected, derived.CorrectedOnSite)
	return c.differences
}

type comparison struct {
	codeOf      func(printed string) string
	differences []string
}

func (c *comparison) count(what string, published *int, derived int) {
	if published != nil && *published != derived {
		c.differences = append(c.differences, fmt.Sprintf("%s: %d published, %d derived", what, *published, derived))
	}
}

func (c *comparison) marked(what string, published *int, marked, derived int) {
	if published != nil && *published == marked {
		c.count(what, published, derived)
	}
}

// standards compares both ways: each published standard, and each derived one that was not published.
func (c *comparison) standards(published []Count, derived []StandardTally) {
	of := map[string]int{}
	for _, d := range derived {
		of[Abbreviation(d.Standard)] += d.Deficiencies
	}
	expected := map[string]int{}
	var order []string
	for _, p := range published {
		key := Abbreviation(c.codeOf(p.Standard))
		if _, seen := expected[key]; !seen {
			order = append(order, key)
		}
		expected[key] += p.Deficiencies
	}
	for _, key := range order {
		n := expected[key]
		c.count(key, &n, of[key])
	}
	for _, d := range derived {
		if _, known := expected[Abbreviation(d.Standard)]; !known {
			none := 0
			c.count(d.Standard, &none, d.Deficiencies)
		}
	}
}
