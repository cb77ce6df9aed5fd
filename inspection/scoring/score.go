package scoring

import (
	"cmp"
	"slices"
)

// Result is what a policy says of a standard, or of the whole inspection.
type Result string

const (
	ResultMeets       Result = "MEETS"
	ResultDoesNotMeet Result = "DOES_NOT_MEET"
	// ResultIncomplete: the coverage is below the policy's floor, or components are undetermined.
	ResultIncomplete Result = "INCOMPLETE"
	// ResultNotRated: everything is known and the policy's rule still gives no rating, because
	// nothing applies or because it is not known whether what is not met decides.
	ResultNotRated Result = "NOT_RATED"

	// The five levels of odo-bands, and what they come to.
	ResultSuperior   Result = "SUPERIOR"
	ResultGood       Result = "GOOD"
	ResultAcceptable Result = "ACCEPTABLE"
	ResultDeficient  Result = "DEFICIENT"
	ResultFailure    Result = "FAILURE"
	ResultPass       Result = "PASS"
	ResultFail       Result = "FAIL"
)

// rank orders the results of a policy from worst to best. INCOMPLETE is no result and stands below all.
func rank(r Result) int {
	return slices.Index([]Result{ResultIncomplete, ResultDoesNotMeet, ResultNotRated,
		ResultFailure, ResultDeficient, ResultAcceptable, ResultGood, ResultSuperior, ResultMeets}, r)
}

// Score is a policy's complete answer. Its JSON form is part of signed snapshots: fields are added,
// never renamed.
type Score struct {
	Policy  Identity `json:"policy"`
	Overall Section  `json:"overall"`
	// Standards has one section per standard, in the order of their numbers.
	Standards []Section `json:"standards"`
	// Bands is how odo-bands came to its level; nil of every other policy.
	Bands *Bands `json:"bands,omitempty"`
	// Models are the four scores of xccdf; empty of every other policy.
	Models []ModelScore `json:"models,omitempty"`
}

// Section is the score of one standard, or of the whole inspection.
type Section struct {
	// Standard is the standard's number; empty for the whole inspection.
	Standard string `json:"standard,omitempty"`
	Result   Result `json:"result"`
	// Because says in words what the result rests on.
	Because string `json:"because"`
	// Failed is true once the result cannot become a favourable one, whatever is still open: leaving
	// work undone does not hide a failure. Of g324a: a mandatory or priority component is not met;
	// of xccdf: any component is not met; of odo-bands: the deficiencies found so far come to FAIL.
	Failed bool `json:"failed"`
	// All is the sum of MandatoryOrPriority and Other.
	All                 Tally `json:"all"`
	MandatoryOrPriority Tally `json:"mandatoryOrPriority"`
	Other               Tally `json:"other"`
	// MandatoryUnknown counts the applicable components of Other whose mandatory flag no source
	// shows, NotMetMandatoryUnknown those of them that are not met.
	MandatoryUnknown       int `json:"mandatoryUnknown"`
	NotMetMandatoryUnknown int `json:"notMetMandatoryUnknown"`
	// Exclusions are the NOT_APPLICABLE components by reason, the most frequent first.
	Exclusions []ReasonCount `json:"exclusions"`
	// Open are the NOT_REVIEWED and UNDETERMINED components by reason, the most frequent first.
	Open []ReasonCount `json:"open"`
	// Coverage is the share of applicable components that were reviewed.
	Coverage Share `json:"coverage"`
	// Corroboration is the share of reviewed applicable components that are known by two methods
	// or more; nil where the reader may not see it.
	Corroboration *Share `json:"corroboration,omitempty"`
}

// ReasonCount counts the components that have one rating for one reason.
type ReasonCount struct {
	Rating Rating `json:"rating"`
	Reason string `json:"reason"` // NoReason if none was recorded
	Count  int    `json:"count"`
}

// NoReason stands for a reason that was not recorded.
const NoReason = "no reason recorded"

// ReasonNotShown stands for a reason that the reader may not see.
const ReasonNotShown = "reasons are not shown here"

// WithoutReasons returns a copy in which open and excluded components are counted by rating only.
// Facility and field office get this form: a reason is an inspector's note.
func (s Score) WithoutReasons() Score {
	s.Overall = s.Overall.withoutReasons()
	standards := make([]Section, len(s.Standards))
	for n, section := range s.Standards {
		standards[n] = section.withoutReasons()
	}
	s.Standards = standards
	return s
}

func (s Section) withoutReasons() Section {
	s.Exclusions, s.Open = byRating(s.Exclusions), byRating(s.Open)
	return s
}

// byRating adds up the counts of each rating, the most frequent first. How often which reason was given
// must not show in the order.
func byRating(groups []ReasonCount) []ReasonCount {
	sums := []ReasonCount{}
	for _, g := range groups {
		n := slices.IndexFunc(sums, func(sum ReasonCount) bool { return sum.Rating == g.Rating })
		if n < 0 {
			n = len(sums)
			sums = append(sums, ReasonCount{Rating: g.Rating, Reason: ReasonNotShown})
		}
		sums[n].Count += g.Count
	}
	slices.SortFunc(sums, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rating, b.Rating))
	})
	return sums
}

// WithoutCorroboration returns a copy that says nothing of methods. Facility and field office get
// this form only: a method count betrays who was interviewed.
func (s Score) WithoutCorroboration() Score {
	s.Overall.Corroboration = nil
	standards := make([]Section, len(s.Standards))
	for n, section := range s.Standards {
		section.Corroboration = nil
		standards[n] = section
	}
	s.Standards = standards
	return s
}
