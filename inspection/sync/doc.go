// Package sync holds the rules by which work from tablets becomes part of the record: what a checkpoint
// says and that none skips a row, and what each pushed row comes to, field by field. It knows no
// database and no clock.
package sync
