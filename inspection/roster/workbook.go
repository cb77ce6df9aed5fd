package roster

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

// Limits of a workbook. ICE's largest is 0.3 MB, unpacks to 3 MB and lists 593 places.
const (
	maxFileBytes     = 32 << 20
	maxUnpackedBytes = 128 << 20
	maxParts         = 5_000
	maxRows          = 20_000
	maxColumns       = 200
)

// Workbook is the facility list of one of ICE's detention-statistics workbooks.
type Workbook struct {
	// Name is the file's name without its folder.
	Name  string
	Sheet string
	// FiscalYear is the year of the sheet, e.g. 2026; 0 if the sheet does not say.
	FiscalYear int
	// AsOf is the day of which the data is: the data pull that the sheet prints, corrected where
	// Notes says so.
	AsOf time.Time
	// Until is the last day of which the file can know: AsOf, or the date in the file's name if the
	// file was published within two months of it.
	Until time.Time
	// Notes says in sentences what the reader decided about the file as a whole.
	Notes []string
	// Rows are the rows with a name and a city, in the sheet's order.
	Rows []Row
}

// ReadWorkbook reads the facility list of a workbook of ICE's detention statistics. Name is the
// file's name. Its error is a *FileError unless r itself fails.
func ReadWorkbook(r io.Reader, name string) (*Workbook, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("roster: read %s: %w", name, err)
	}
	if err := checkContent(content, name); err != nil {
		return nil, err
	}
	file, err := openWorkbook(content, name)
	if err != nil {
		return nil, err
	}
	table, err := findTable(file, name)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fileErrorOf(err, name)
	}
	return table.workbook(name)
}

// checkContent refuses what is no workbook, or a hostile one, before a parser sees it.
func checkContent(content []byte, name string) error {
	switch {
	case len(content) > maxFileBytes:
		return &FileError{name, TooLarge, fmt.Sprintf("it has more than %d MB", maxFileBytes>>20)}
	case len(content) == 0:
		return &FileError{name, NotAWorkbook, "it is empty"}
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")):
		return &FileError{name, NotAWorkbook, "it is an old .xls file or an encrypted workbook; save it as .xlsx"}
	case !bytes.HasPrefix(content, []byte("PK")):
		return &FileError{name, NotAWorkbook, "it does not start as an .xlsx file does"}
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return &FileError{name, CutOff, "its table of contents is missing: " + err.Error()}
	}
	return checkParts(archive, name)
}

func checkParts(archive *zip.Reader, name string) error {
	if len(archive.File) > maxParts {
		return &FileError{name, TooLarge, fmt.Sprintf("it has %d parts", len(archive.File))}
	}
	var unpacked uint64
	isWorkbook := false
	for _, part := range archive.File {
		if part.UncompressedSize64 > maxUnpackedBytes {
			unpacked = maxUnpackedBytes
		}
		unpacked += part.UncompressedSize64
		isWorkbook = isWorkbook || part.Name == "xl/workbook.xml"
		if unpacked > maxUnpackedBytes {
			return &FileError{name, TooLarge, fmt.Sprintf("it unpacks to more than %d MB", maxUnpackedBytes>>20)}
		}
	}
	if !isWorkbook {
		return &FileError{name, NotAWorkbook, "it is an archive without a workbook"}
	}
	return nil
}

// openWorkbook parses the content. The parser panics on some damaged files: a damaged file is the
// caller's news, not the program's end.
func openWorkbook(content []byte, name string) (file *excelize.File, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			file, err = nil, &FileError{name, CutOff, fmt.Sprint(fault)}
		}
	}()
	file, err = excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		RawCellValue:      true,
		UnzipSizeLimit:    maxUnpackedBytes,
		UnzipXMLSizeLimit: maxUnpackedBytes,
	})
	if err != nil {
		return nil, fileErrorOf(err, name)
	}
	return file, nil
}

// fileErrorOf gives an error of the parser its kind.
func fileErrorOf(err error, name string) error {
	var known *FileError
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, excelize.ErrWorkbookFileFormat) {
		return &FileError{name, NotAWorkbook, err.Error()}
	}
	return &FileError{name, CutOff, err.Error()}
}
