package replay

import "fmt"

// Deficiency is one deficiency of a report.
type Deficiency struct {
	// Standard is the key that the report counts it under, as printed.
	Standard string
	// Code is the worksheet line of the report's edition, "EHS-114". A code that is no such line says
	// after a comma what it is instead, so that nothing is looked up under it: "SMU-1, serial number".
	// It is empty where the report's code is not known.
	Code string
	Text string
	// What the report's marks declare.
	Priority, Repeat, Corrected bool
}

// codesNameLines reports whether the report's codes are worksheet lines of an edition whose lines are
// known. A serial number inside a report names no line at all, and of a mixed visit it is not
// published which edition a code belongs to.
func (r Report) codesNameLines() bool {
	sets := setsOf(r.StandardSet)
	return !r.Serial && len(sets) == 1 && sets[0].lines
}

// Deficiencies lists the report's deficiencies: every code, in the order of the standards' counts,
// and as many without a code as a standard's count is higher than its codes.
func (r Report) Deficiencies() []Deficiency {
	var all []Deficiency
	listed := map[string]bool{}
	for _, count := range r.Counts {
		standard := Abbreviation(count.Standard)
		listed[standard] = true
		coded := r.codesOf(standard)
		for _, code := range coded {
			all = append(all, r.coded(count.Standard, code))
		}
		for n := len(coded); n < count.Deficiencies; n++ {
			all = append(all, Deficiency{Standard: count.Standard,
				Text: fmt.Sprintf("A deficiency that the published report counts under %s; its code is not known.", count.Standard)})
		}
	}
	for _, code := range r.Codes {
		if !listed[code.Standard] {
			all = append(all, r.coded(code.Standard, code))
		}
	}
	return all
}

func (r Report) codesOf(standard string) []Code {
	var codes []Code
	for _, code := range r.Codes {
		if code.Standard == standard {
			codes = append(codes, code)
		}
	}
	return codes
}

func (r Report) coded(standard string, code Code) Deficiency {
	return Deficiency{Standard: standard, Code: r.recorded(code), Text: r.textOf(code),
		Priority: code.Priority, Repeat: code.Repeat, Corrected: code.Corrected}
}

// recorded is the code as a finding bears it.
func (r Report) recorded(code Code) string {
	switch {
	case r.Serial:
		return code.Printed + ", serial number"
	case !r.codesNameLines():
		return code.Printed + ", standards set: " + r.StandardSet
	}
	return code.Line
}

// textOf says what is known of a deficiency by its code: the reports' own wording is not at hand.
func (r Report) textOf(code Code) string {
	text := fmt.Sprintf("Deficiency %s of the published report.", code.Printed)
	switch {
	case r.Serial:
		text += " The code is a serial number inside the report and names no line."
	case !r.codesNameLines():
		text += fmt.Sprintf(" The code is a line of a set whose lines are not known (as printed: %s).", r.StandardSet)
	}
	if code.Corrected {
		text += " " + correctionUnknown
	}
	for _, remark := range code.Remarks {
		text += fmt.Sprintf(" The code is remarked %q.", remark)
	}
	return text
}

// Marks counts what the marks of a report's codes declare.
type Marks struct{ Priority, Repeat, Corrected int }

// MarksOf counts the marks.
func MarksOf(codes []Code) Marks {
	var m Marks
	for _, code := range codes {
		m.Priority += one(code.Priority)
		m.Repeat += one(code.Repeat)
		m.Corrected += one(code.Corrected)
	}
	return m
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}
