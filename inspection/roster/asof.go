package roster

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// fiscalYear returns the fiscal year that the sheet's name or headings give, e.g. 2026 for
// "Facilities EOFY26" or "FY26 ALOS"; 0 if none does.
func (t *table) fiscalYear() int {
	for _, text := range append([]string{t.sheet}, t.rows[t.header]...) {
		if match := regexp.MustCompile(`FY(\d{4}|\d{2})\b`).FindStringSubmatch(strings.ToUpper(text)); match != nil {
			year, err := strconv.Atoi(match[1])
			if err != nil {
				continue
			}
			if year < 100 {
				year += 2000
			}
			return year
		}
	}
	return 0
}

// dataPull returns the day that the sheet prints above its headings: "Source: ICE Integrated
// Decision Support (IIDS), 04/02/2026". It is zero if the sheet prints none.
func (t *table) dataPull() time.Time {
	for _, cells := range t.rows[:t.header] {
		line := strings.Join(cells, " ")
		upper := strings.ToUpper(line)
		if !strings.Contains(upper, "IIDS") && !strings.Contains(upper, "SOURCE") {
			continue
		}
		for _, text := range regexp.MustCompile(`\d{1,2}/\d{1,2}/\d{4}`).FindAllString(line, -1) {
			if on, err := americanDay(text); err == nil {
				return on
			}
		}
	}
	return time.Time{}
}

// nameDate returns the day in a file's name: FY26_detentionStats_04092026.xlsx,
// FY21_detentionStats061121.xlsx. It is zero if the name has none.
func nameDate(name string) time.Time {
	match := regexp.MustCompile(`(?i)stats?_?(\d{2})(\d{2})(\d{4}|\d{2})\D`).FindStringSubmatch(name)
	if match == nil {
		return time.Time{}
	}
	on, err := americanDay(match[1] + "/" + match[2] + "/" + match[3])
	if err != nil {
		return time.Time{}
	}
	return on
}

// asOf decides of which day the data is, and says so where that is not plainly printed.
//
// Files are misdated and hold stale sheets, so the day printed in the sheet counts. A sheet of
// fiscal year 2023 that prints January 2022 has last year's number, as people write it in January:
// the same day a year later (or earlier) is taken if only that lies in the fiscal year.
func asOf(printed, named time.Time, fiscalYear int) (time.Time, []string) {
	switch {
	case printed.IsZero() && named.IsZero():
		return time.Time{}, nil
	case printed.IsZero():
		return named, []string{fmt.Sprintf("the sheet prints no date of its data; %s is from the file's name",
			named.Format(time.DateOnly))}
	case fiscalYear == 0 || inFiscalYear(printed, fiscalYear):
		return printed, nil
	}
	for _, years := range []int{1, -1} {
		if moved := printed.AddDate(years, 0, 0); inFiscalYear(moved, fiscalYear) {
			return moved, []string{fmt.Sprintf("the sheet prints %s as the date of its data, which is not in its fiscal year %d; taken as %s",
				printed.Format(time.DateOnly), fiscalYear, moved.Format(time.DateOnly))}
		}
	}
	return printed, []string{fmt.Sprintf("the sheet is headed fiscal year %d, but its data is of %s: a stale sheet",
		fiscalYear, printed.Format(time.DateOnly))}
}

// inFiscalYear reports whether data pulled on the day can be a fiscal year's (October to September):
// the year-end release is pulled up to two months after its end.
func inFiscalYear(on time.Time, year int) bool {
	first := day(year-1, time.October, 1)
	last := day(year, time.November, 30)
	return !on.Before(first) && !on.After(last)
}

// workbook reads the table's rows.
func (t *table) workbook(name string) (*Workbook, error) {
	named := nameDate(name)
	on, notes := asOf(t.dataPull(), named, t.fiscalYear())
	if on.IsZero() {
		return nil, &FileError{name, NoDate, fmt.Sprintf(
			"neither sheet %q nor the file's name says of which day the data is", t.sheet)}
	}
	wb := &Workbook{Name: name, Sheet: t.sheet, FiscalYear: t.fiscalYear(), AsOf: on, Until: on, Notes: notes}
	if named.After(on) && named.Before(on.AddDate(0, 2, 0)) {
		wb.Until = named
	}
	reader := rowReader{table: t, footnotes: t.footnotes(), until: wb.Until}
	for i := t.header + 1; i < len(t.rows); i++ {
		if row, ok := reader.read(i); ok {
			wb.Rows = append(wb.Rows, row)
		}
	}
	wb.Notes = append(wb.Notes, reader.notes()...)
	return wb, nil
}
