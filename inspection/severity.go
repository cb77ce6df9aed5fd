package inspection

// Likelihood is how likely it is that what was found harms somebody if it goes on.
type Likelihood string

const (
	Unlikely Likelihood = "UNLIKELY"
	Possible Likelihood = "POSSIBLE"
	Likely   Likelihood = "LIKELY"
)

// Likelihoods lists every likelihood, the lowest first.
func Likelihoods() []Likelihood { return []Likelihood{Unlikely, Possible, Likely} }

// Spread is how far what was found reaches.
type Spread string

const (
	// Isolated: one case, or very few, with no common cause.
	Isolated Spread = "ISOLATED"
	// Pattern: several cases that have something in common.
	Pattern Spread = "PATTERN"
	// Widespread: most of the cases looked at, or the whole facility.
	Widespread Spread = "WIDESPREAD"
)

// Spreads lists every spread, the narrowest first.
func Spreads() []Spread { return []Spread{Isolated, Pattern, Widespread} }

// Severity ranks findings by what they may do to people. It is Plumbline's own: no source that was
// seen ranks deficiencies this way, ODO's reports least of all, and no score takes it in.
type Severity string

const (
	SeverityLow      Severity = "LOW"
	SeverityModerate Severity = "MODERATE"
	SeverityHigh     Severity = "HIGH"
	// SeverityImmediate: a threat to life or limb, above the whole table.
	SeverityImmediate Severity = "IMMEDIATE"
)

// severities is the one table of severity, by likelihood of harm and spread.
var severities = map[Likelihood]map[Spread]Severity{
	Unlikely: {Isolated: SeverityLow, Pattern: SeverityLow, Widespread: SeverityModerate},
	Possible: {Isolated: SeverityLow, Pattern: SeverityModerate, Widespread: SeverityHigh},
	Likely:   {Isolated: SeverityModerate, Pattern: SeverityHigh, Widespread: SeverityHigh},
}

// SeverityOf ranks a finding. An immediate threat to life or limb is IMMEDIATE, whatever else is said
// of it; without likelihood or spread there is no severity, and the result is "".
func SeverityOf(likelihood Likelihood, spread Spread, immediateThreat bool) Severity {
	if immediateThreat {
		return SeverityImmediate
	}
	return severities[likelihood][spread]
}

// LikelihoodGiven is the likelihood of harm, nil if nobody judged it.
func (f Finding) LikelihoodGiven() *Likelihood { return unlessEmpty(f.Likelihood) }

// SpreadGiven is the spread, nil if nobody judged it.
func (f Finding) SpreadGiven() *Spread { return unlessEmpty(f.Spread) }

// SeverityGiven is the severity, nil if there is none.
func (f Finding) SeverityGiven() *Severity { return unlessEmpty(f.Severity) }

// unlessEmpty is a pointer to the word, nil for the empty one.
func unlessEmpty[S ~string](word S) *S {
	if word == "" {
		return nil
	}
	return &word
}
