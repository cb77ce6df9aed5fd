package roster

import (
	"io/fs"
	"time"
)

// The parsers below have no exported form of their own; tests reach them here.

// ReadDate reads a date cell: the day, the word in its place, and the fault.
func ReadDate(cell string, date1904 bool) (on time.Time, word, fault string) {
	read := readDate(cell, date1904)
	return read.on, read.word, read.fault
}

// NameKey is the key under which two ways to write a name are one, with the state it mentions and
// the footnote's digit glued to it.
func NameKey(printed string) (key, state, footnote string) {
	name := parseName(printed)
	return name.key, name.state, name.footnote
}

func StreetKey(street string) string { return streetKey(street) }

func NormalZip(printed string) (string, bool) { return normalZip(printed) }

func NormalState(printed string) (string, bool) { return normalState(printed) }

func ReadSeed(files fs.FS) (Roster, error) { return readSeed(files) }
