// Package scoring turns the ratings of an inspection into a score whose arithmetic anyone can redo.
//
// A score is computed by a named, versioned Policy and is never typed in. Its laws, whatever the
// policy:
//
//   - The same items give the same score, in any order; a score holds integers only.
//   - "Not reviewed" is never "compliant": NOT_REVIEWED and UNDETERMINED stay in the denominator,
//     and while any remain there is no rating.
//   - What was left out is listed and counted with its reason.
//   - Only what a source calls mandatory or priority decides; an unknown flag never counts as "no".
//
// The package is a leaf: it knows nothing of inspections, users or storage.
package scoring
