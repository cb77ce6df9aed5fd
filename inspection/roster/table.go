package roster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// table is a sheet that lists facilities, as text: true dates and numbers are unformatted.
type table struct {
	sheet    string
	date1904 bool
	// header is the index in rows of the row of headings.
	header  int
	columns columns
	rows    [][]string
}

// findTable returns the sheet that lists facilities. If several do, it is the one of the latest
// fiscal year, and the first of these.
func findTable(file *excelize.File, name string) (found *table, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			found, err = nil, &FileError{name, CutOff, fmt.Sprint(fault)}
		}
	}()
	properties, err := file.GetWorkbookProps()
	if err != nil {
		return nil, err
	}
	var tables []*table
	for _, sheet := range file.GetSheetList() {
		rows, err := readRows(file, sheet, name)
		if err != nil {
			return nil, err
		}
		if header := findHeader(rows); header >= 0 {
			tables = append(tables, &table{sheet: sheet, header: header, rows: rows,
				columns:  parseColumns(rows[header]),
				date1904: properties.Date1904 != nil && *properties.Date1904})
		}
	}
	if len(tables) == 0 {
		return nil, &FileError{name, NoFacilitySheet, fmt.Sprintf(
			"none of its sheets (%s) has a row with the headings Name, City and State",
			strings.Join(file.GetSheetList(), ", "))}
	}
	return slices.MaxFunc(tables, func(a, b *table) int { return a.fiscalYear() - b.fiscalYear() }), nil
}

// readRows reads a sheet row by row; only the columns that a facility list can have are kept, so
// that a cell far out cannot fill the memory.
func readRows(file *excelize.File, sheet, name string) ([][]string, error) {
	cursor, err := file.Rows(sheet)
	if err != nil {
		var missing excelize.ErrSheetNotExist
		if errors.As(err, &missing) || strings.Contains(err.Error(), "not a worksheet") {
			return nil, nil // a chart sheet
		}
		return nil, err
	}
	var rows [][]string
	for cursor.Next() {
		if len(rows) == maxRows {
			return nil, errors.Join(cursor.Close(),
				&FileError{name, TooLarge, fmt.Sprintf("sheet %q has more than %d rows", sheet, maxRows)})
		}
		cells, err := cursor.Columns()
		if err != nil {
			return nil, errors.Join(err, cursor.Close())
		}
		rows = append(rows, slices.Clone(cells[:min(len(cells), maxColumns)]))
	}
	return rows, errors.Join(cursor.Error(), cursor.Close())
}

// findHeader returns the index of the row of headings, or -1. It is the first row that has Name,
// City and State.
func findHeader(rows [][]string) int {
	return slices.IndexFunc(rows, func(cells []string) bool {
		found := parseColumns(cells)
		return found.has(columnName) && found.has(columnCity) && found.has(columnState)
	})
}
