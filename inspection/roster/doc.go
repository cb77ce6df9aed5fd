// Package roster knows the places where ICE detains people: the embedded roster of real facilities,
// and the reader and matcher of ICE's detention-statistics workbooks.
//
// ReadWorkbook reads one workbook of any layout since fiscal year 2019; Plan compares it with the
// known roster and says what it adds and changes. Both are pure: saving the change is up to the
// caller. What the package promises:
//
//   - It never guesses. A cell or row that has no single reading is reported with its place and the
//     reason, and changes nothing. The raw text of every normalised value is kept.
//   - It never merges two places. A row is a known facility only by its code, or by name and place;
//     where two facilities fit, or an unknown name stands at a known address, it is reported.
//   - Newer facts win, whatever the order of import, and a newer list that is silent on a fact
//     erases nothing. An older workbook adds names and past ratings only.
//   - Importing a workbook again changes nothing.
package roster
