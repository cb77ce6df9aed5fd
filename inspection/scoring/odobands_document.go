package scoring

// Bounds of the parameters of odo-bands. They keep what would change a result computable at once.
const (
	mostPoints    = 400
	mostRepeats   = 10
	mostStandards = 45
)

func (r *fields) odoBands(version int, note string, parameters value) Policy {
	r.known(parameters, "coverageFloor", "corroboratingMethods", "priorityWeight", "limits", "repeatSteps", "superiorStandards", "superiorSpread", "lengths")
	p := ODOBands{Version: version, Note: note}
	p.CoverageFloor, p.CorroboratingMethods = r.covered(parameters)
	p.PriorityWeight = r.number(parameters, "priorityWeight", 0, 10)
	p.Limits = r.limits(parameters)
	p.RepeatSteps = r.repeatSteps(parameters)
	p.SuperiorStandards = r.number(parameters, "superiorStandards", 0, mostStandards)
	p.SuperiorSpread = r.number(parameters, "superiorSpread", 1, 1000)
	p.Lengths = r.lengths(parameters)
	return p
}

func (r *fields) limits(parameters value) []Limits {
	var all []Limits
	seen := map[Length]bool{}
	for _, element := range r.objects(parameters, "limits", "length", "superior", "good", "acceptable", "deficient") {
		l := Limits{Length: r.length(element), Superior: r.number(element, "superior", 0, 50), Good: r.number(element, "good", 0, mostPoints),
			Acceptable: r.number(element, "acceptable", 0, mostPoints), Deficient: r.number(element, "deficient", 0, mostPoints)}
		if l.Superior >= l.Good || l.Good >= l.Acceptable || l.Acceptable >= l.Deficient {
			r.fault(element.line, "the bands are out of order: superior %d, good %d, acceptable %d and deficient %d must rise", l.Superior, l.Good, l.Acceptable, l.Deficient)
		}
		if seen[l.Length] {
			r.fault(element.line, "limits for %s stand twice", l.Length)
		}
		seen[l.Length] = true
		all = append(all, l)
	}
	for _, length := range []Length{Short, Long} {
		if list, given := parameters.object["limits"]; given && !seen[length] {
			r.fault(list.line, "limits for %s are missing", length)
		}
	}
	if len(all) == 2 && seen[Short] && seen[Long] {
		r.shortIsStricter(parameters.object["limits"].line, all)
	}
	return all
}

// shortIsStricter holds what a set of unknown length relies on.
func (r *fields) shortIsStricter(line int, all []Limits) {
	short, long := all[0], all[1]
	if short.Length == Long {
		short, long = long, short
	}
	for n := range short.list() {
		if short.list()[n] > long.list()[n] {
			r.fault(line, "a limit of the short sets is higher than that of the long ones")
			return
		}
	}
}

func (r *fields) length(of value) Length {
	length := Length(r.text(of, "length"))
	if v, given := of.object["length"]; given && length != Short && length != Long {
		r.fault(v.line, "length must be SHORT or LONG")
	}
	return length
}

func (r *fields) repeatSteps(parameters value) []RepeatStep {
	var all []RepeatStep
	for _, element := range r.objects(parameters, "repeatSteps", "repeats", "steps") {
		s := RepeatStep{r.number(element, "repeats", 1, mostRepeats), r.number(element, "steps", 1, 2)}
		if n := len(all); n > 0 && (s.Repeats <= all[n-1].Repeats || s.Steps <= all[n-1].Steps) {
			r.fault(element.line, "repeatSteps are out of order: repeats and steps must rise")
		}
		all = append(all, s)
	}
	return all
}

func (r *fields) lengths(parameters value) []LengthWord {
	var all []LengthWord
	seen := map[string]bool{}
	for _, element := range r.objects(parameters, "lengths", "word", "length") {
		l := LengthWord{r.text(element, "word"), r.length(element)}
		if seen[l.Word] {
			r.fault(element.line, "the word %s stands twice", l.Word)
		}
		seen[l.Word] = true
		all = append(all, l)
	}
	return all
}
