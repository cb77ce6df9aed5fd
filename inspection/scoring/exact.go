package scoring

// Part returns the share that numerator is of denominator.
func Part(numerator, denominator int) Share { return shareOf(numerator, denominator) }

// Count returns the tally of components that were counted by rating elsewhere, with its score and
// arithmetic. Total, Score and Arithmetic of counts are not read.
func Count(counts Tally) Tally {
	counts.Total = counts.Meets + counts.DoesNotMeet + counts.NotApplicable + counts.Undetermined + counts.NotReviewed
	return counts.scored()
}
