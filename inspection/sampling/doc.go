// Package sampling holds the arithmetic of samples: the draw of n of N by a committed seed, the exact
// interval around a share, measures against thresholds, and timeliness from pairs of dates. It is
// pure: the same input gives the same result on every machine, and nothing is read or kept.
package sampling
