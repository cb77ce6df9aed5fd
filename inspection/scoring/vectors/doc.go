// Package vectors compares policy odo-bands with published ratings: it reads rating vectors, the figures
// of published reports with the rating that was published of each, rates the figures and counts how often
// the policy says what was published, beside how often a rule would that looks at nothing.
package vectors
