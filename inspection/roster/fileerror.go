package roster

import "fmt"

// FileFault says why a file as a whole cannot be imported.
type FileFault string

const (
	// NotAWorkbook: the file is no .xlsx workbook (or an encrypted one, or an old .xls).
	NotAWorkbook FileFault = "not a workbook"
	// CutOff: the file starts as a workbook and ends too early, or is damaged inside.
	CutOff FileFault = "cut off or damaged"
	// TooLarge: the file, or what it unpacks to, is beyond anything ICE publishes.
	TooLarge FileFault = "too large"
	// NoFacilitySheet: no sheet has a row of headings with Name, City and State.
	NoFacilitySheet FileFault = "no facility sheet"
	// NoDate: neither the sheet nor the file's name says of which day the data is.
	NoDate FileFault = "no date"
)

// FileError is ReadWorkbook's error. Nothing of the file was used.
type FileError struct {
	File  string
	Fault FileFault
	// Detail says what was found, in one sentence.
	Detail string
}

func (e *FileError) Error() string {
	return fmt.Sprintf("roster: %s: %s: %s", e.File, e.Fault, e.Detail)
}
