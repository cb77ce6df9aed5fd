// Package report makes the report of an issued inspection, in the shape of the reports that ICE's
// Office of Detention Oversight (ODO) publishes: from the snapshot alone, which nobody can change any
// more, and in three forms. What a form leaves out is decided by inspection.Frozen.For; this package
// arranges what is left and writes it as one HTML page.
package report
