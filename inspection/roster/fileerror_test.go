package roster_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"plumbline/inspection/roster"
)

// archive packs the named parts into a zip file.
func archive(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range parts {
		part, err := w.Create(name)
		must(t, err)
		_, err = part.Write([]byte(content))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	good := layouts()["FY26"].bytes(t, []listing{place("RIVER PARISH JAIL", "1 LEVEE ROAD", "JENA", "LA", 71342)})
	noList := layout{"x.xlsx", "Detention FY26", []string{"Source: IIDS, 04/02/2026"}, []string{"Name", "Total"}, nil}
	noDate := layout{"list.xlsx", "Facilities FY26", nil, []string{"Name", "City", "State"}, nil}
	manyRows := layout{"x.xlsx", "Facilities FY26", nil, []string{"Name"}, nil}
	rows := make([]listing, 20_001)
	for name, c := range map[string]struct {
		content []byte
		fault   roster.FileFault
	}{
		"empty":                    {nil, roster.NotAWorkbook},
		"text":                     {[]byte("Name,City,State\nA,B,LA\n"), roster.NotAWorkbook},
		"old .xls":                 {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), roster.NotAWorkbook},
		"another archive":          {archive(t, map[string]string{"readme.txt": "hello"}), roster.NotAWorkbook},
		"empty workbook part":      {archive(t, map[string]string{"xl/workbook.xml": ""}), roster.CutOff},
		"broken workbook part":     {archive(t, map[string]string{"xl/workbook.xml": "<workbook><sheets>", "[Content_Types].xml": "<Types"}), roster.CutOff},
		"cut off":                  {good[:len(good)/2], roster.CutOff},
		"cut off by a byte":        {good[:len(good)-30], roster.CutOff},
		"damaged inside":           {damage(good), roster.CutOff},
		"zip bomb":                 {archive(t, map[string]string{"xl/workbook.xml": strings.Repeat(" ", 129<<20)}), roster.TooLarge},
		"beyond the limit of size": {append([]byte("PK"), make([]byte, 32<<20)...), roster.TooLarge},
		"too many rows":            {manyRows.bytes(t, rows), roster.TooLarge},
		"no facility sheet":        {noList.bytes(t, nil), roster.NoFacilitySheet},
		"no date":                  {noDate.bytes(t, nil), roster.NoDate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wb, err := roster.ReadWorkbook(bytes.NewReader(c.content), "list.xlsx")
			var refused *roster.FileError
			if !errors.As(err, &refused) {
				t.Fatalf("workbook %v, error %v; want a FileError", wb != nil, err)
			}
			if refused.Fault != c.fault || refused.File != "list.xlsx" || refused.Detail == "" {
				t.Errorf("%v; want %s", err, c.fault)
			}
		})
	}
}

// damage overwrites bytes in the middle of a file, which keeps its table of contents.
func damage(content []byte) []byte {
	damaged := bytes.Clone(content)
	for i := 200; i < len(damaged)-1500; i++ {
		damaged[i] ^= 0x5a
	}
	return damaged
}

func TestACellFarOutFillsNoMemory(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	must(t, f.SetSheetName("Sheet1", "Facilities FY26"))
	must(t, f.SetSheetRow("Facilities FY26", "A1", &[]string{"Source: IIDS, 04/02/2026"}))
	must(t, f.SetSheetRow("Facilities FY26", "A2", &[]string{"Name", "City", "State"}))
	must(t, f.SetSheetRow("Facilities FY26", "A3", &[]string{"RIVER PARISH JAIL", "JENA", "LA"}))
	must(t, f.SetCellValue("Facilities FY26", "XFD4", "far out"))
	var b bytes.Buffer
	must(t, f.Write(&b))
	must(t, f.Close())
	wb, err := roster.ReadWorkbook(&b, "x.xlsx")
	must(t, err)
	if len(wb.Rows) != 1 {
		t.Errorf("%d rows, want 1", len(wb.Rows))
	}
}

func TestOfTwoListsTheNewerIsRead(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	must(t, f.SetSheetName("Sheet1", "Facilities EOFY24"))
	for i, sheet := range []string{"Facilities EOFY24", "Facilities FY25"} {
		if i > 0 {
			_, err := f.NewSheet(sheet)
			must(t, err)
		}
		must(t, f.SetSheetRow(sheet, "A1", &[]string{"Source: IIDS, 10/28/2024"}))
		must(t, f.SetSheetRow(sheet, "A3", &[]string{"Name", "City", "State"}))
		must(t, f.SetSheetRow(sheet, "A4", &[]string{sheet + " JAIL", "JENA", "LA"}))
	}
	var b bytes.Buffer
	must(t, f.Write(&b))
	must(t, f.Close())
	wb, err := roster.ReadWorkbook(&b, "x.xlsx")
	must(t, err)
	if wb.Sheet != "Facilities FY25" || wb.FiscalYear != 2025 || wb.Rows[0].Name != "Facilities FY25 JAIL" {
		t.Errorf("read %q of %d: %+v", wb.Sheet, wb.FiscalYear, wb.Rows)
	}
}
