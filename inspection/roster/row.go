package roster

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"plumbline/inspection"
)

// Row is one facility row of a workbook. Empty text and nil pointers mean that the row does not
// state the fact, or not in a way that was understood; Faults tells the two apart.
type Row struct {
	// Number is the row's number in the sheet, from 1.
	Number int
	// Detloc is the facility's code, from a column or from the footnote glued to the name.
	Detloc string
	// Name is the name as printed, without a footnote's digit.
	Name   string
	Street string
	City   string
	// State is the two-letter code; empty if the cell is empty or no state (StateRaw).
	State             string
	StateRaw          string
	Zip               string
	FieldOffice       string
	Type              inspection.FacilityType
	TypeRaw           string
	Sex               string
	GuaranteedMinimum *int
	Population        *float64
	Standard          string
	StandardRaw       string
	// Statements are what the row says of past inspections.
	Statements []Statement
	// Faults are the cells that were not understood.
	Faults []string

	name facilityName
}

// Statement is what a row says of one past inspection.
type Statement struct {
	// Heading says which inspection of the row it is: "last", "last ODO", "second to last", ...
	Heading    string
	Type       string
	TypeRaw    string
	Edition    string
	EditionRaw string
	Rating     string
	RatingRaw  string
	EndedOn    time.Time
	// Usable is true if the statement can become an ExternalRating: its inspection has a date that
	// the file can know of. A word that is not known leaves it usable, kept as printed.
	Usable bool
	// Fault says what was not understood; empty if everything was.
	Fault string
}

// rowReader reads the rows of one table.
type rowReader struct {
	table     *table
	footnotes map[string]footnote
	until     time.Time
	// typeAsSex counts rows whose Male/Female repeats the facility type.
	typeAsSex int
}

// read reads the i-th row of the table. It returns false for a row that is no facility: one without
// a name and a city, such as a footnote.
func (r *rowReader) read(i int) (Row, bool) {
	cells := r.table.rows[i]
	cell := func(c column) string { return stated(r.table.columns.cell(cells, c)) }
	printed, _ := cutFootnote(cell(columnName))
	row := Row{Number: i + 1, Name: printed, City: cell(columnCity), Street: cell(columnStreet)}
	if row.Name == "" || row.City == "" || sameWords(row.Name) == "NAME" && sameWords(row.City) == "CITY" {
		return Row{}, false
	}
	row.name = parseName(cell(columnName))
	row.Detloc = strings.ToUpper(cell(columnDetloc))
	if row.Detloc == "" {
		row.Detloc = detlocOf(row.name, r.footnotes)
	}
	r.readPlace(&row, cell)
	r.readKind(&row, cell)
	r.readNumbers(&row, cell)
	r.readInspections(&row, cells)
	return row, true
}

func (row *Row) fault(format string, args ...any) {
	row.Faults = append(row.Faults, fmt.Sprintf(format, args...))
}

func (r *rowReader) readPlace(row *Row, cell func(column) string) {
	var ok bool
	if row.StateRaw = cell(columnState); row.StateRaw != "" {
		row.State, _ = normalState(row.StateRaw)
	}
	if zip := cell(columnZip); zip != "" {
		if row.Zip, ok = normalZip(zip); !ok {
			row.fault("zip %q is no ZIP code", zip)
		}
	}
	if office := cell(columnFieldOffice); office != "" {
		if row.FieldOffice, ok = normalFieldOffice(office); !ok {
			row.fault("AOR %q is none of ERO's areas of responsibility", office)
		}
	}
}

func (r *rowReader) readKind(row *Row, cell func(column) string) {
	var ok bool
	if row.TypeRaw = cell(columnType); row.TypeRaw != "" {
		if row.Type, ok = NormalFacilityType(row.TypeRaw); !ok {
			row.fault("facility type %q is not known", row.TypeRaw)
		}
	}
	sex := cell(columnSex)
	if sex == "" {
		return
	}
	if row.Sex, ok = normalSex(sex); ok {
		return
	}
	if _, isType := NormalFacilityType(sex); isType {
		r.typeAsSex++
		return
	}
	row.fault("Male/Female %q is not known", sex)
}

func (r *rowReader) readNumbers(row *Row, cell func(column) string) {
	if text := cell(columnGuaranteedMinimum); text != "" && sameWords(text) != "AS NEEDED" {
		if beds, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64); err != nil ||
			beds < 0 || beds > 100_000 || beds != math.Trunc(beds) {
			row.fault("guaranteed minimum %q is no number of beds", text)
		} else {
			whole := int(beds)
			row.GuaranteedMinimum = &whole
		}
	}
	row.Population = readPopulation(row, cell)
}

// readPopulation adds up the four columns of the average daily population, to two decimals. All
// four must be there: a part is not the whole.
func readPopulation(row *Row, cell func(column) string) *float64 {
	sum := 0.0
	for _, part := range populationColumns() {
		text := cell(part)
		if text == "" {
			return nil
		}
		value, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
		if err != nil || !(value >= 0 && value < 1_000_000) {
			row.fault("population (%s) %q is no number of people", part, text)
			return nil
		}
		sum += value
	}
	sum = math.Round(sum*100) / 100
	return &sum
}

// readInspections reads the row's slots into statements, and its newest stated standard.
func (r *rowReader) readInspections(row *Row, cells []string) {
	for _, s := range r.table.columns.slots {
		statement, said := r.readStatement(s, cells)
		if said {
			row.Statements = append(row.Statements, statement)
		}
		if strings.HasPrefix(s.heading, "last") && row.StandardRaw == "" {
			row.Standard, row.StandardRaw = statement.Edition, statement.EditionRaw
		}
		if !said && statement.Fault != "" {
			row.fault("%s", statement.Fault)
		}
	}
}

// notes says in sentences what the reader decided about many rows at once.
func (r *rowReader) notes() []string {
	if r.typeAsSex == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Male/Female repeats the facility type in %d rows; taken as not stated", r.typeAsSex)}
}
