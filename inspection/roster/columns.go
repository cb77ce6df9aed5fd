package roster

import (
	"slices"
	"strings"
)

// column is what a column of the facility list holds, whatever its heading of the year.
type column string

const (
	columnDetloc            column = "detloc"
	columnName              column = "name"
	columnStreet            column = "address"
	columnCity              column = "city"
	columnState             column = "state"
	columnZip               column = "zip"
	columnFieldOffice       column = "AOR"
	columnType              column = "type"
	columnSex               column = "sex"
	columnMaleCriminal      column = "male crim"
	columnMaleOther         column = "male non-crim"
	columnFemaleCriminal    column = "female crim"
	columnFemaleOther       column = "female non-crim"
	columnGuaranteedMinimum column = "guaranteed minimum"
)

// populationColumns add up to ICE's average daily population.
func populationColumns() []column {
	return []column{columnMaleCriminal, columnMaleOther, columnFemaleCriminal, columnFemaleOther}
}

// columns says where a sheet's columns are.
type columns struct {
	at    map[column]int
	slots []slot
}

// slot is a group of columns that describes one inspection. A column that the sheet lacks is -1.
type slot struct {
	// heading says which inspection of the row it is, for reports: "last", "last ODO",
	// "last Nakamoto", "second to last", ...
	heading string
	// body is the inspection type that the headings themselves name; empty if they name none.
	body                        string
	kind, edition, rating, date int
}

func (c columns) has(wanted column) bool {
	_, ok := c.at[wanted]
	return ok
}

func (c columns) cell(cells []string, wanted column) string {
	at, ok := c.at[wanted]
	if !ok {
		return ""
	}
	return cellAt(cells, at)
}

func cellAt(cells []string, at int) string {
	if at < 0 || at >= len(cells) {
		return ""
	}
	return cells[at]
}

func parseColumns(headings []string) columns {
	found := columns{at: map[column]int{}}
	for at, heading := range headings {
		words := sameWords(heading)
		if known, ok := plainColumn(words); ok {
			if !found.has(known) {
				found.at[known] = at
			}
			continue
		}
		found.addInspection(words, at)
	}
	found.shareType()
	return found
}

func plainColumn(words string) (column, bool) {
	switch words {
	case "DETLOC", "DETENTION FACILITY CODE", "FACILITY CODE", "DETENTION LOCATION CODE":
		return columnDetloc, true
	case "NAME", "FACILITY NAME", "FACILITY":
		return columnName, true
	case "ADDRESS", "STREET", "STREET ADDRESS":
		return columnStreet, true
	case "CITY":
		return columnCity, true
	case "STATE", "ST":
		return columnState, true
	case "ZIP", "ZIP CODE", "ZIPCODE":
		return columnZip, true
	case "AOR", "FIELD OFFICE", "AREA OF RESPONSIBILITY":
		return columnFieldOffice, true
	case "TYPE DETAILED", "TYPE", "FACILITY TYPE DETAILED":
		return columnType, true
	case "MALE FEMALE":
		return columnSex, true
	case "MALE CRIM":
		return columnMaleCriminal, true
	case "MALE NON CRIM":
		return columnMaleOther, true
	case "FEMALE CRIM":
		return columnFemaleCriminal, true
	case "FEMALE NON CRIM":
		return columnFemaleOther, true
	case "GUARANTEED MINIMUM", "GUARANTEED MIN":
		return columnGuaranteedMinimum, true
	}
	return "", false
}

// addInspection files a column of inspection data under its slot. The headings change every year:
// "Last Inspection Date", "ODO Inspection End Date", "Last Nakamoto Inspection Rating - Final",
// "Second to Last Inspection Standard". "Pending FY24 Inspection" describes none that was held.
func (c *columns) addInspection(words string, at int) {
	if strings.HasPrefix(words, "PENDING") || !strings.Contains(words, "LAST") &&
		!strings.Contains(words, "INSPECTION") && !strings.HasPrefix(words, "ODO ") {
		return
	}
	s := c.slot(slotOf(words))
	switch {
	case strings.Contains(words, "DATE"):
		setOnce(&s.date, at)
	case strings.Contains(words, "STANDARD"):
		setOnce(&s.edition, at)
	case strings.Contains(words, "RATING"):
		setOnce(&s.rating, at)
	case strings.Contains(words, "TYPE"):
		setOnce(&s.kind, at)
	}
}

func setOnce(where *int, at int) {
	if *where < 0 {
		*where = at
	}
}

// slotOf returns the heading and the body of the slot that a column belongs to.
func slotOf(words string) (heading, body string) {
	heading = "last"
	switch {
	case strings.Contains(words, "SECOND TO LAST"):
		heading = "second to last"
	case strings.Contains(words, "THIRD TO LAST"):
		heading = "third to last"
	}
	switch {
	case strings.Contains(words, "NAKAMOTO"):
		return heading + " Nakamoto", typeNakamoto
	case hasWord(words, "ODO"):
		return heading + " ODO", typeODO
	}
	return heading, ""
}

// slot returns the slot of the heading, adding it if the row has none yet.
func (c *columns) slot(heading, body string) *slot {
	i := slices.IndexFunc(c.slots, func(s slot) bool { return s.heading == heading })
	if i < 0 {
		i = len(c.slots)
		c.slots = append(c.slots, slot{heading, body, -1, -1, -1, -1})
	}
	return &c.slots[i]
}

// shareType gives the type column of a slot that has nothing else to the ODO's: FY23 and FY24 print
// "Last Inspection Type" in front of the ODO columns.
func (c *columns) shareType() {
	lone := slices.IndexFunc(c.slots, func(s slot) bool {
		return s.heading == "last" && s.edition < 0 && s.rating < 0 && s.date < 0
	})
	if lone < 0 {
		return
	}
	kind := c.slots[lone].kind
	c.slots = slices.Delete(c.slots, lone, lone+1)
	for i := range c.slots {
		if c.slots[i].heading == "last ODO" {
			setOnce(&c.slots[i].kind, kind)
		}
	}
}
